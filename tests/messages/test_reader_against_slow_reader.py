"""The fast reader and a slow, obvious one find the same, whatever is done to the bytes.

Damage: truncation at every byte, flipped bytes, lost, doubled and exchanged segments, foreign
pieces put in, files glued together; read in blocks of any size. Reading never raises, and every
byte is either used or kept.
"""

from __future__ import annotations

import pytest
import slow_reader
from house_cases import HELD, LEAVES, RECEIVED_ON, TRIED, interchange, message, parts, two_messages
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages import Quarantined
from thorough import often

OTHER_SEPARATORS = (
    b"UNA|*.! ~UNB*UNOA|3*J1CKRA*J1CJPA*261116|0930*KRJP0000000125**EMSEVT~\r\n"
    b"UNH*1*EMSEVT|3|0|ZZ|DC1~\r\nCNI*1*EE000000005US~\r\nSTS*1*EMH~\r\n"
    b"DTM*334|202611160915|203~\r\nLOC*14*KRBUSA~\r\nSTS*2*1~\r\n"
    b"FTX*AAI***O'BRIEN MOVED? FLAT 3+4!~~\r\nUNT*8*1~\r\nUNZ*1*KRJP0000000125~\r\n"
)
GROUPS = interchange(
    "UNG+EMSEVT+A+B+261116:0930+G1+ZZ+3'" + message(1, LEAVES) + "UNE+1+G1'",
    "UNG+EMSEVT+A+B+261116:0930+G2+ZZ+3'" + message(1, TRIED) + "UNE+1+G2'",
)
REPEATS = interchange(
    message(1, LEAVES.replace("LOC+14+KRSELB'", "LOC+14+KRSELB*JPKWSA'LOC+14+KRSELB'")),
    message(2, HELD.replace("202611152005:203", "2611152005?+09:301")),
    header="UNA:+.?*'UNB+UNOC:4+A:ZZ+B+20261116:0930+KRJP0000000123'",
)
FILES = [
    two_messages(),
    OTHER_SEPARATORS,
    GROUPS,
    REPEATS,
    two_messages().replace(b"'", b"'\r\n"),
    two_messages() + OTHER_SEPARATORS + two_messages(),
    b"\xef\xbb\xbfSubject: events\r\n\r\n" + two_messages() + b"\x1a",
]
PIECES = [
    b"+", b":", b"'", b"?", b"??", b"*", b" ", b"\n", b"\x00", b"0", b"E", b"\xe9", b"\xc3\xa9",
    b"UNH", b"UNT+", b"UNZ", b"UNG+", b"UNE+1+", b"UNB+UNOA:3+", b"UNA:+.? '", b"UNA|*.! ~",
    b"STS+1+", b"CNI+1+", b"LOC+14+", b"DTM+334:", b"DTM+137:2611160930:201'", b"",
]  # fmt: skip


def compare(data: bytes, block_bytes: int = 1 << 20) -> None:
    """Both readers on the same bytes."""
    slow = slow_reader.read(data, RECEIVED_ON)
    found = parts(data, block_bytes)
    rows = [row for part in found for row in part.events.to_pylist()]
    by_place = sorted(rows, key=lambda row: row["byte_offset"])
    assert by_place == sorted(slow.events, key=lambda row: row["byte_offset"])
    kept = [_entry(one) for part in found for one in part.quarantined]
    expected = sorted(slow.quarantined, key=_order)
    if len(data) <= block_bytes:
        assert sorted(kept, key=_order) == expected
        return
    # Small blocks cut what is foreign or stray into pieces, but change nothing else.
    whole = ("message", "item", "event")
    assert sorted((one for one in kept if one[0] in whole), key=_order) == [
        one for one in expected if one[0] in whole
    ]
    for kind in ("foreign", "envelope"):
        assert _joined(kept, kind) == _joined(expected, kind)


def _entry(one: Quarantined) -> tuple[str, str, int, bytes]:
    return one.kind.value, one.reason, one.byte_offset, one.raw


def _order(entry: tuple[str, str, int, bytes]) -> tuple[int, str]:
    return entry[2], entry[0]


def _joined(entries: list[tuple[str, str, int, bytes]], kind: str) -> bytes:
    raw = b"".join(one[3] for one in sorted(entries, key=_order) if one[0] == kind)
    return raw.translate(None, slow_reader.PADDING)


@pytest.mark.parametrize("data", FILES)
def test_undamaged_files(data: bytes) -> None:
    compare(data)
    for block_bytes in (128, 200, 333, 1_000):
        compare(data, block_bytes)


@pytest.mark.parametrize("data", FILES[:4])
def test_truncated_at_every_byte(data: bytes) -> None:
    for end in range(len(data)):
        compare(data[:end])


def test_truncation_never_loses_what_was_complete() -> None:
    data = two_messages()
    ends = [row["byte_offset"] for part in parts(data) for row in part.events.to_pylist()]
    before = 0
    for end in range(len(data)):
        count = sum(len(part.events) for part in parts(data[:end]))
        assert count >= before  # more bytes never mean fewer events
        before = count
    assert before == len(ends)


@given(st.sampled_from(FILES), st.data())
@settings(deadline=None, max_examples=often(20))
def test_flipped_bytes(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    compare(bytes(damaged), draw.draw(st.sampled_from([1 << 20, 128, 250])))


@given(st.sampled_from(FILES), st.data())
@settings(deadline=None, max_examples=often(20))
def test_pieces_put_in_and_bytes_lost(data: bytes, draw: st.DataObject) -> None:
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        piece = draw.draw(st.sampled_from(PIECES))
        data = data[:at] + piece + data[at + draw.draw(st.integers(0, 12)) :]
    compare(data, draw.draw(st.sampled_from([1 << 20, 128, 250])))


@given(st.sampled_from(FILES[:5]), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=often(20))
def test_shuffled_segments(data: bytes, order) -> None:
    segments = data.split(b"'")
    for _ in range(order.randint(1, 5)):
        one, other = order.randrange(len(segments)), order.randrange(len(segments))
        segments[one], segments[other] = segments[other], segments[one]
        if order.random() < 0.3:
            segments.insert(one, segments[other])
    compare(b"'".join(segments), order.choice([1 << 20, 128, 250]))


@given(st.lists(st.sampled_from(FILES), min_size=2, max_size=3), st.data())
@settings(deadline=None, max_examples=often(20))
def test_files_glued_together_anywhere(files: list[bytes], draw: st.DataObject) -> None:
    glued = b"".join(data[: draw.draw(st.integers(0, len(data)))] for data in files)
    compare(glued, draw.draw(st.sampled_from([1 << 20, 128, 250])))


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
@settings(deadline=None, max_examples=often(33))
def test_rubbish(data: bytes) -> None:
    compare(data)
    compare(data, 128)
