"""A mailbox in the hand: files by name, taken apart, mixed, sent again, and written out."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from random import Random

#: File name below the mailbox → content.
Mailbox = dict[str, bytes]

_START = re.compile(rb"(?=UNA:\+\.\? 'UNB\+)")
_HEADER = re.compile(rb"'UNB\+UNOA:3\+[^+]*\+[^+]*\+(\d{6}):(\d{4})\+([^+]*)\+")
_PREPARED = re.compile(rb"DTM\+137:(\d{12}):203'")


def read_bag(folder: Path) -> Mailbox:
    """All files below a mailbox folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def write_bag(folder: Path, bag: Mailbox) -> Path:
    """The files, written below a folder; the folder."""
    for name, data in bag.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def is_interchanges(name: str) -> bool:
    """Whether a file of the simulated mailbox holds interchanges."""
    return name.endswith(".edi")


def interchanges(data: bytes) -> list[bytes]:
    """The interchanges of a file."""
    return [part for part in _START.split(data) if part]


def control_ref(interchange: bytes) -> str:
    """Its control reference."""
    found = _HEADER.search(interchange)
    assert found is not None, interchange[:80]
    return found[3].decode()


def sent_again(interchange: bytes, reference: str, days_later: int) -> bytes:
    """The same events in a new interchange of the sender, prepared some days later."""
    found = _HEADER.search(interchange)
    assert found is not None, interchange[:80]
    later = dt.datetime.strptime(found[1].decode(), "%y%m%d").replace(tzinfo=dt.UTC)
    later += dt.timedelta(days=days_later)
    old, new = found[3], reference.encode()
    text = interchange.replace(
        found[1] + b":" + found[2] + b"+" + old + b"+",
        later.strftime("%y%m%d").encode() + b":" + found[2] + b"+" + new + b"+",
    )
    text = text.replace(b"+" + old + b"-", b"+" + new + b"-")  # BGM
    text = re.sub(rb"(UNZ\+\d+\+)" + re.escape(old) + b"'", rb"\g<1>" + new + b"'", text)
    return _PREPARED.sub(
        b"DTM+137:" + later.strftime("%Y%m%d").encode() + found[2] + b":203'", text
    )


def pieces(bag: Mailbox, chance: Random, rows: int = 3) -> list[tuple[str, bytes]]:
    """Everything in the smallest files that can be: one interchange, or a few rows, each; in
    random order. The first of each pair is the ending of a file name."""
    found = []
    for name, data in bag.items():
        if is_interchanges(name):
            found += [("edi", part) for part in interchanges(data)]
        else:
            head, *lines = data.splitlines(keepends=True)
            chance.shuffle(lines)
            for low in range(0, len(lines), rows):
                found.append(("csv", head + b"".join(lines[low : low + rows])))
    chance.shuffle(found)
    return found


def one_by_one(bag: Mailbox, chance: Random) -> Mailbox:
    """A file for each piece, names in random order."""
    return {f"{n:05d}.{ending}": data for n, (ending, data) in enumerate(pieces(bag, chance))}


def in_few_files(bag: Mailbox, chance: Random, files: int = 40) -> Mailbox:
    """The pieces in random order, many interchanges to a file, whoever sent them."""
    found = pieces(bag, chance)
    single = [data for ending, data in found if ending == "edi"]
    rows = {f"{n:05d}.csv": data for n, (ending, data) in enumerate(found) if ending == "csv"}
    return rows | {f"{n:03d}.edi": b"".join(single[n::files]) for n in range(files)}


def renamed(bag: Mailbox, chance: Random) -> Mailbox:
    """The same files under other names, so that they are read in another order."""
    contents = list(bag.values())
    chance.shuffle(contents)
    return {f"{n:05d}": data for n, data in enumerate(contents)}


def doubled(bag: Mailbox, chance: Random) -> Mailbox:
    """Every third file a second time under a new name, every fifth interchange again in another
    file, every fourth one told again in a new interchange some days later."""
    more = dict(bag)
    for name in chance.sample(sorted(bag), len(bag) // 3):
        more[f"again/{name}"] = bag[name]
    single = [part for ending, part in pieces(bag, chance) if ending == "edi"]
    for number, part in enumerate(chance.sample(single, len(single) // 5)):
        name = chance.choice([name for name in more if is_interchanges(name)])
        more[name] = more[name] + part if number % 2 else part + more[name]
    told = [
        sent_again(part, f"AGAIN{number:06d}", chance.randrange(1, 9))
        for number, part in enumerate(chance.sample(single, len(single) // 4))
    ]
    return more | {f"told-again-{n:03d}.edi": b"".join(told[n::7]) for n in range(7)}


def delivered_apart(bag: Mailbox, chance: Random, late_of_ten: int) -> tuple[Mailbox, Mailbox]:
    """What comes at once, and what comes later."""
    names = sorted(bag)
    late = set(chance.sample(names, len(names) * late_of_ten // 10))
    return {n: bag[n] for n in names if n not in late}, {n: bag[n] for n in late}
