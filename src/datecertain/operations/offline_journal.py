"""The journal of promises made offline: a local file that is only ever appended to (req 15).

One JSON object a line: the promise (`entry`), the digest of the line before (`previous`) and the
line's own digest, SHA-256 over both. A line that was acknowledged was fsynced. A line that a crash
cut off stays as it is: the next one begins on a line of its own, and reconciling reports the rest.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from datecertain.errors import KeyReused, NotFound
from datecertain.moments import format_date
from datecertain.operations.clock import Clock
from datecertain.operations.offline import about, open_table
from datecertain.promise.recordings import Recording, expires_at, give
from datecertain.promise.records import given_row

#: What stands for the line before the first one.
GENESIS = "0" * 64


class LineState(StrEnum):
    """What a line of a journal is."""

    WHOLE = "whole"  # as it was written
    TORN = "torn"  # the last one, cut off while it was written
    UNREADABLE = "unreadable"  # not what the journal writes, or changed since
    AFTER_GAP = "after_gap"  # whole, but the line before it is not the one that it followed


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a journal. `entry` is empty for one that cannot be used."""

    number: int
    state: LineState
    entry: Mapping[str, Any]
    digest: str
    text: str


def read_journal(path: Path) -> list[Line]:
    """All lines of a journal, each with what it is. Raises `NotFound`."""
    if not path.is_file():
        raise NotFound(f"{path} is not there: give the journal that `promise record` wrote")
    return list(_lines(path.read_bytes()))


def _lines(data: bytes) -> Iterator[Line]:
    before = GENESIS
    *whole, rest = data.split(b"\n")
    for number, raw in enumerate([*whole, rest] if rest else whole, start=1):
        if not raw:
            continue
        text = raw.decode("utf-8", "replace")
        found = _read(text)
        if found is None:
            torn = number > len(whole)
            yield Line(number, LineState.TORN if torn else LineState.UNREADABLE, {}, "", text)
            continue
        entry, previous, digest = found
        yield Line(
            number, LineState.WHOLE if previous == before else LineState.AFTER_GAP, entry, digest,
            text,
        )  # fmt: skip
        before = digest


def _read(text: str) -> tuple[Mapping[str, Any], str, str] | None:
    try:
        line = json.loads(text)
        entry, previous, digest = line["entry"], line["previous"], line["digest"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(entry, dict) or digest != _digest(previous, entry):
        return None
    return entry, previous, digest


def _digest(previous: object, entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def append(path: Path, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Append an entry unless one of its key is there; the entry that stands. When this returns, a
    power cut loses nothing. Raises `KeyReused` when the key was used for another recording."""
    new = not path.exists()
    with path.open("ab+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # two counters may share the journal
        stream.seek(0)
        data = stream.read()
        lines = [line for line in _lines(data) if line.entry]
        for line in lines:
            if line.entry["key"] == entry["key"]:
                if line.entry["recording"] != entry["recording"]:
                    raise KeyReused(
                        f"key {entry['key']!r} was already used in {path} (line {line.number}) "
                        "for another promise: give a new key"
                    )
                os.fsync(stream.fileno())  # whoever wrote it may have died before its own
                return line.entry
        previous = lines[-1].digest if lines else GENESIS
        line_text = json.dumps(
            {"entry": entry, "previous": previous, "digest": _digest(previous, entry)},
            ensure_ascii=False,
        )
        gap = b"" if not data or data.endswith(b"\n") else b"\n"
        stream.write(gap + line_text.encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return entry


def record_offline(
    recording: Recording, table: Path, journal: Path, clock: Clock
) -> dict[str, Any]:
    """Record a promise by an office's table in its journal; the entry that stands there.

    Raises `TableRefused` for what the table does not hold, `PromiseRefused`, `KeyReused`.
    """
    recording = recording.checked()
    opened = open_table(table)
    opened.demand_answer(recording.ask)
    given = give(opened.network, recording)
    entry = {
        "key": recording.own_key, "recording": recording.row(), "given": given_row(given),
        "expires_at": expires_at(opened.network, recording.ask), "made_at": clock.now(),
        "table": about(opened),
    }  # fmt: skip
    return dict(append(journal, entry))


def told(entry: Mapping[str, Any]) -> str | None:
    """The date told to the sender by an entry, as text."""
    day = entry["given"]["told_on"]
    return None if day is None else format_date(day)
