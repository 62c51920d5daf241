"""One part of an interchange split into messages, what is broken set aside in its smallest whole.

Counts and references are checked: a wrong UNZ or UNE is set aside itself (the messages before it
stand on their own counts), and so are segments outside of any message.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datecertain.messages.envelope import OpenGroup, OpenInterchange, trailer_defect
from datecertain.messages.log import Log, Place, brief
from datecertain.messages.results import Kind
from datecertain.messages.scan import Ints, Scan
from datecertain.messages.segments import segment_at
from datecertain.messages.stretches import Stretch

UNB, UNG, UNH, UNT, UNE, UNZ = range(6)
_SERVICE = {b"UNB": UNB, b"UNG": UNG, b"UNH": UNH, b"UNT": UNT, b"UNE": UNE, b"UNZ": UNZ}


@dataclass(frozen=True, slots=True)
class Services:
    """Rows of the service segments of a scan, and which they are."""

    rows: Ints
    codes: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def between(self, low: int, high: int) -> Services:
        """Those among rows `[low, high)`."""
        slots = slice(*np.searchsorted(self.rows, (low, high)))
        return Services(self.rows[slots], self.codes[slots])

    @classmethod
    def of(cls, found: Scan) -> Services:
        """All of a scan; what breaks off without terminator is none."""
        begins = found.word & np.uint64(0xFFFF)
        candidates = np.flatnonzero(begins == int.from_bytes(b"UN", "little"))
        tag = found.word[candidates] & np.uint64(0xFFFFFF)
        codes = np.full(len(candidates), -1, dtype=np.int64)
        for name, code in _SERVICE.items():
            codes[tag == int.from_bytes(name, "little")] = code
        exact = found.delim[found.first[candidates]] - found.start[candidates] == 3
        kept = (codes >= 0) & exact & ~found.forced[candidates]
        return cls(candidates[kept], codes[kept])


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages between a UNH and its UNT, in order: rows of the scan and where they belong."""

    head: Ints
    tail: Ints
    number: Ints  # ordinal in the interchange, from 1
    group: Ints  # ordinal of its functional group in the interchange; 0: in none
    owner: Ints  # position in `parts`
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return len(self.head)

    def take(self, which: npt.NDArray[np.bool_] | Ints) -> Messages:
        """Some of the messages."""
        return Messages(
            self.head[which],
            self.tail[which],
            self.number[which],
            self.group[which],
            self.owner[which],
            self.parts,
        )

    def place(self, message: int, row: int) -> Place:
        """The place of a segment of one of the messages."""
        part = self.parts[int(self.owner[message])]
        return part.place(row, int(self.number[message]), row - int(self.head[message]) + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one stretch holds of an interchange."""

    found: Scan
    stretch: Stretch
    interchange: OpenInterchange
    log: Log

    def split(self, low: int, high: int, services: Services) -> tuple[Ints, Ints, Ints, Ints]:
        """Heads, tails, ordinals and groups of the messages among rows `[low, high)`; the rest is
        set aside."""
        rows, codes = services.rows, services.codes
        opens, ends = codes == UNH, codes == UNT
        paired = opens.copy()
        paired[-1:] = False
        paired[:-1] &= ends[1:]
        closes = np.zeros_like(paired)
        closes[1:] = paired[:-1]
        numbers = self.interchange.messages + np.cumsum(opens)
        groups = self.interchange.groups + np.cumsum(codes == UNG)
        self._groups(services, numbers)
        first = int(rows[0]) if len(rows) else high
        if first > low:
            self._stray(low, first)
        following = np.append(rows[1:], high)
        broken = (opens & ~paired) | (ends & ~closes)
        gap = ~opens & ~broken & (following > rows + 1)
        for slot in np.flatnonzero(broken | gap):
            row, behind = int(rows[slot]), int(following[slot])
            if opens[slot]:
                detail = f"the message has no UNT after {behind - row} segment(s)"
                place = self.place(row, int(numbers[slot]), 1)
                raw = self.raw(row, behind)
                self.log.set_aside(Kind.MESSAGE, "message-not-closed", place, raw, detail)
            else:
                self._stray(row + (0 if broken[slot] else 1), behind)
        self.interchange.messages += int(opens.sum())
        return rows[paired], rows[closes], numbers[paired], groups[paired]

    def check_trailer(self, row: int, unit: str, reference: str, counted: int) -> None:
        """Set a UNZ or UNE aside that counts or refers otherwise than it should."""
        trailer = segment_at(self.found, row, self.stretch.shift)
        defect = trailer_defect(trailer, unit, reference, counted)
        if defect is not None:
            # What it closes was read by its own counts; only the trailer itself is doubtful.
            level = "interchange" if trailer.tag == "UNZ" else "group"
            self._set_aside(row, row + 1, f"{level}-trailer", defect)

    def report_open_group(self, row: int) -> None:
        """Say that the group that is open ends without UNE."""
        if self.interchange.group is not None:
            detail = f"group {brief(self.interchange.group.reference)} has no UNE"
            self.log.doubt("group-not-closed", self.place(row), detail)

    def report_characters(self, end: int) -> None:
        """Say once per interchange that it holds characters outside its declared repertoire, or
        release characters before what needs none."""
        interchange = self.interchange
        for kind, positions in (
            ("charset-repertoire", self.found.outside),
            ("release-superfluous", self.found.superfluous),
        ):
            at = int(np.searchsorted(positions, self.stretch.body))
            if kind in interchange.reported or at >= len(positions) or positions[at] >= end:
                continue
            interchange.reported.add(kind)
            position = int(positions[at])
            octet, syntax = self.found.block.data[position], interchange.dialect.syntax
            detail = {
                "charset-repertoire": f"byte {octet:#04x} is outside of {syntax}",
                "release-superfluous": "released what needs no release: kept as text",
            }[kind]
            self.log.doubt(kind, self.at(position), f"{detail}; the first in its interchange")

    def raw(self, low: int, high: int) -> bytes:
        """The bytes of rows `[low, high)`."""
        begin, end = int(self.found.start[low]), int(self.found.end(np.array([high - 1]))[0])
        return self.found.block.data[begin:end]

    def place(self, row: int, message: int | None = None, segment: int | None = None) -> Place:
        """The place of a segment."""
        return self.at(int(self.found.start[row]), message, segment)

    def at(self, position: int, message: int | None = None, segment: int | None = None) -> Place:
        """The place of a position of the block."""
        return Place(
            self.stretch.source,
            position + self.stretch.shift,
            self.interchange.control_ref,
            self.interchange.index,
            message,
            segment,
        )

    def _groups(self, services: Services, numbers: Ints) -> None:
        interchange = self.interchange
        for slot in np.flatnonzero((services.codes == UNG) | (services.codes == UNE)):
            row = int(services.rows[slot])
            if services.codes[slot] == UNG:
                self.report_open_group(row)
                reference = segment_at(self.found, row, self.stretch.shift).value(5).strip(" ")
                interchange.group = OpenGroup(reference, int(numbers[slot]))
                interchange.groups += 1
            elif interchange.group is None:
                self._set_aside(row, row + 1, "group-not-open", "a UNE without its UNG")
            else:
                group, interchange.group = interchange.group, None
                counted = int(numbers[slot]) - group.messages_before
                self.check_trailer(row, "messages", group.reference, counted)

    def _stray(self, low: int, high: int) -> None:
        detail = f"{high - low} segment(s) outside of any message"
        self._set_aside(low, high, "segment-outside-message", detail)

    def _set_aside(self, low: int, high: int, code: str, detail: str) -> None:
        self.log.set_aside(Kind.ENVELOPE, code, self.place(low), self.raw(low, high), detail)
