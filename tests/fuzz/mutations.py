"""Interchanges damaged at random, reproducibly: the seed of a batch gives the same bytes again.

Seeds are written by the house writer and by hand; the samples beside the checkout join them when
they are there. All are synthetic.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from datecertain.messages import Envelope, Separators, bundled_profiles, plain, write_messages
from datecertain.messages.event_writing import write_emsevt

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu" / "samples"
OTHER = Separators(ord("|"), ord("*"), ord("!"), None, ord("~"))
REPEATING = Separators(repetition=ord("*"))

#: What interchanges are made of, and what they should not be made of.
PIECES = (
    b"+", b":", b"'", b"?", b"??", b"?'", b"*", b"|", b"~", b"\x1c", b"\x1d", b"\x1f", b" ",
    b"\r\n", b"\x00", b"\xff", b"\xe9", b"\xc3\xa9", b"\xb0\xa1", b"\x1b$B", b"'''", b"+++",
    b":::", b"0", b"9" * 20, b"UNA", b"UNA:+.? '", b"UNA|*.! ~", b"UNA::::::", b"UNA:+.?*'",
    b"UNB", b"UNB+UNOA:3+A+B+261116:0930+R'", b"UNB+UNOX:4+A+B+20261116:0930+R'",
    b"UNB+UNOC:9+A+B++R++++++1'", b"UNZ+1+R'", b"UNZ", b"UNZ+'",
    b"UNG+EMSEVT+A+B+261116:0930+G1+ZZ+3'", b"UNE+1+G1'", b"UNE'", b"UNH+1+EMSEVT:3:0:ZZ:DC1'",
    b"UNH'", b"UNT+4+1'", b"UNT'", b"UNT+999999999+1'", b"CNI+1+EE473124829KR'", b"CNI'",
    b"CNI+1+EE473124828KR'", b"PCI++KRSELBAUSYDBAEN60017001000123'", b"PCI'",
    b"PCI++KRSELBAUSYDBAEN60017001000123:X:Y'", b"STS++24'", b"STS+7+MIS'", b"TDT+20+CX417+4'",
    b"TDT+30'", b"RFF+S10:EE473124829KR'", b"RFF+S10:X'", b"GID+1'",
    b"STS+1+EMC'", b"STS+1'", b"DTM+334:202611160112:203'",
    b"DTM+334:99:203'", b"LOC+14+KRSELB'", b"FTX+A'", b"XYZ+1'",
    b"STS+1+EMX'DTM+334:20261116:102'LOC+14+??'",
)  # fmt: skip

Random = random.Random
Mutation = Callable[[bytes, Random], bytes]


def seeds() -> list[bytes]:
    """Whole interchanges of many shapes, small: what matters is where they break."""
    events = pa.table(
        {
            "item_id": ["EE473124829KR", "EE473124829KR", "EE966331020JP", "EE000000005US"],
            "code": ["EMC", "EMD", "EME", "EMH"],
            "event_date": pa.array([20_773] * 4, pa.int32()),
            "event_min": pa.array([72, None, 1_205, 555], pa.int16()),
            "office": ["KRSELB", "JPKWSA", "KRSELB", "KRBUSA"],
            "reason": [None, None, "54", "1"],
            "measure": [None, None, None, "A"],
            "message": pa.array([1, 1, 1, 2], pa.int32()),
        }
    )
    profile = bundled_profiles().named("house-emsevt")

    def envelope(reference: str, **more: object) -> Envelope:
        return Envelope("J1CKRA", "J1CJPA:ZZ", reference, 20_773, 570, **more)  # type: ignore[arg-type]

    plainly = write_emsevt(events, envelope("R1"), profile).data
    written = [
        plainly,
        write_emsevt(events, envelope("R2", separators=OTHER), profile).data,
        write_emsevt(events, envelope("R3", version=4, separators=REPEATING), profile).data,
        write_emsevt(events, envelope("R4", syntax="UNOC", acknowledge=True), profile).data,
        write_emsevt(events.slice(0, 1), envelope("R5", test=True), profile).data,
        write_messages(
            envelope("R6"), [("CONTRL:D:3:UN", [plain("UCI", "R1", "A", "B", "4", "29")])]
        ).data,
        plainly.replace(b"'", b"'\r\n"),
        plainly[9:] + b"\r\n" + plainly,
        _grouped(plainly),
        b"UNB\x1dUNOB\x1f1\x1dA\x1dB\x1d261116\x1f0930\x1dR\x1cUNZ\x1d0\x1dR\x1c",
    ]
    if SAMPLES.is_dir():
        written += [path.read_bytes() for path in sorted(SAMPLES.glob("*.edi"))]
    return written


def _grouped(data: bytes) -> bytes:
    head = data.index(b"UNH")
    tail = data.index(b"UNZ")
    group = b"UNG+EMSEVT+A+B+261116:0930+G1+ZZ+3'", b"UNE+2+G1'"
    return data[:head] + group[0] + data[head:tail] + group[1] + b"UNZ+1+R1'"


def flipped(data: bytes, random: Random) -> bytes:
    """Single bytes changed to any other."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, 4)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def cut_off(data: bytes, random: Random) -> bytes:
    """The beginning or the end is missing."""
    at = random.randrange(len(data))
    return data[:at] if random.random() < 0.7 else data[at:]


def cut_out(data: bytes, random: Random) -> bytes:
    """Some bytes in the middle are missing."""
    at = random.randrange(len(data))
    return data[:at] + data[at + random.randint(1, 40) :]


def put_in(data: bytes, random: Random) -> bytes:
    """Separators, segments or rubbish in between."""
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(data) + 1)
        data = data[:at] + random.choice(PIECES) + data[at:]
    return data


def put_between(data: bytes, random: Random) -> bytes:
    """A piece between two segments."""
    segments = data.split(b"'")
    segments.insert(random.randrange(len(segments) + 1), random.choice(PIECES).rstrip(b"'"))
    return b"'".join(segments)


def reordered(data: bytes, random: Random) -> bytes:
    """Segments exchanged, repeated or lost."""
    segments = data.split(b"'")
    one, other = random.randrange(len(segments)), random.randrange(len(segments))
    choice = random.random()
    if choice < 0.4:
        segments[one], segments[other] = segments[other], segments[one]
    elif choice < 0.7:
        segments.insert(one, segments[other])
    else:
        del segments[one]
    return b"'".join(segments)


def swollen(data: bytes, random: Random) -> bytes:
    """An element far too long, or far too many of them."""
    at = random.randrange(len(data))
    piece = random.choice((b"A", b"?", b"+", b":", b"'", b" ", b"\xff", b"0"))
    return data[:at] + piece * random.choice((20, 70, 300, 1_500)) + data[at:]


def miscounted(data: bytes, random: Random) -> bytes:
    """Counts and references that don't agree."""
    tag = random.choice((b"UNT+", b"UNZ+", b"UNE+"))
    at = data.find(tag)
    if at < 0:
        return flipped(data, random)
    wrong = random.choice((b"", b"0", b"-1", b"00", b"2", b"1E3", b"99999999999999999999"))
    return data[: at + 4] + wrong + data[at + 4 + random.randint(0, 2) :]


def renamed(data: bytes, random: Random) -> bytes:
    """A message's reference changed at both its ends, mostly to one far too long."""
    reference = random.choice((b"R", b"9", b"?+")) * random.choice((1, 15, 40, 60, 70, 400))
    return data.replace(b"UNH+1+", b"UNH+" + reference + b"+").replace(
        b"+1'", b"+" + reference + b"'"
    )


def miscoded(data: bytes, random: Random) -> bytes:
    """Another character set than the header says, or another header."""
    if random.random() < 0.5:
        syntax = random.choice((b"UNOA", b"UNOB", b"UNOK", b"UNOX", b"UNOY", b"UNQQ"))
        return data.replace(data[data.find(b"UNO") :][:4], syntax, 1)
    at = random.randrange(len(data))
    text = random.choice(("서울", "北京", "Málaga", "Ёж", "กรุงเทพ", "\ufeff"))
    return data[:at] + text.encode(random.choice(("utf-8", "utf-16", "utf-32"))) + data[at:]


def advised(data: bytes, random: Random) -> bytes:
    """A service string advice that lies."""
    advice = bytes(
        random.choice(b":+.?' *|~AZ0\x00\xff") for _ in range(random.choice((5, 6, 6, 7)))
    )
    body = data[9:] if data.startswith(b"UNA") else data
    return b"UNA" + advice + random.choice((b"", b"\r\n", b" ", b"UNA:+.? '")) + body


MUTATIONS: tuple[Mutation, ...] = (
    flipped, cut_off, cut_out, put_in, put_between,
    reordered, swollen, miscounted, renamed, miscoded, advised,
)  # fmt: skip


def mutated(seed: bytes, random: Random) -> bytes:
    """A seed with one to three kinds of damage."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        seed = random.choice(MUTATIONS)(seed or b"'", random)
    return seed


def batch(number: int, size: int, sound: Sequence[bytes] = ()) -> list[bytes]:
    """So many damaged interchanges, of the seeds or of what else is `sound`; the same number gives
    the same ones. Those that begin alike come together: the reader takes them at one go, which
    makes a hundred thousand affordable.
    """
    chance = random.Random(number)
    sound = sound or seeds()
    damaged = (mutated(chance.choice(sound), chance) for _ in range(size))
    return sorted(damaged, key=lambda data: (data[data.find(b"UNB") :][:10], data[:9]))
