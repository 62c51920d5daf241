"""One part of an interchange split into messages, what is broken set aside in its smallest whole.

Counts and references are checked: a wrong UNZ or UNE is set aside itself (the messages before it
stand on their own counts), and so are segments outside of any message.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datecertain.messages.envelope import OpenInterchange, trailer_defect
from datecertain.messages.fates import Fate
from datecertain.messages.groups import Groups
from datecertain.messages.log import Log, Place
from datecertain.messages.persons import names_persons, without_persons
from datecertain.messages.profiles import Profile
from datecertain.messages.results import Kind
from datecertain.messages.scan import Scan
from datecertain.messages.segments import segment_at
from datecertain.messages.services import UNG, UNH, UNT, Services
from datecertain.messages.stretches import Stretch
from datecertain.moments import Ints


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
        Groups(self).walk(services.rows, services.codes, numbers)
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
                self.set_aside(Kind.MESSAGE, "message-not-closed", place, row, behind, detail)
            else:
                self._stray(row + (0 if broken[slot] else 1), behind)
        self.interchange.messages += int(opens.sum())
        return rows[paired], rows[closes], numbers[paired], groups[paired]

    def check_trailer(self, row: int, unit: str, reference: str, counted: int) -> str | None:
        """Set a UNZ or UNE aside that counts or refers otherwise than it should; answers the code
        of the finding, or None."""
        trailer = segment_at(self.found, row, self.stretch.shift)
        defect = trailer_defect(trailer, unit, reference, counted)
        if defect is None:
            self.found.fate[row] = Fate.USED
            return None
        # What it closes was read by its own counts; only the trailer itself is doubtful.
        code = "interchange-trailer" if trailer.tag == "UNZ" else "group-trailer"
        self.set_envelope_aside(row, row + 1, code, defect)
        return code

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

    def set_aside(
        self,
        kind: Kind,
        code: str,
        place: Place,
        low: int,
        high: int,
        detail: str | None,
        *,
        item: str | None = None,
        layout: str | None = None,
        head: int | None = None,
        profile: Profile | None = None,
    ) -> None:
        """Record that segments `[low, high)` can't be used, and keep their bytes; those that name
        persons without what names them."""
        self.found.set_aside(low, high)
        raw = self.raw(low, high)
        header = None if head is None else self.raw(head, head + 1)
        application, stray = self.interchange.application, kind is Kind.ENVELOPE
        if profile.of_persons if profile else names_persons(raw, application, stray=stray):
            fields = profile.fields if profile else ()
            raw = without_persons(raw, self.interchange.dialect.separators, fields)
        self.log.set_aside(kind, code, place, raw, detail, item=item, layout=layout, header=header)

    def set_envelope_aside(self, low: int, high: int, code: str, detail: str) -> None:
        """The same for service segments and what stands between messages."""
        self.set_aside(Kind.ENVELOPE, code, self.place(low), low, high, detail)

    def raw(self, low: int, high: int) -> bytes:
        """The bytes of rows `[low, high)`."""
        begin, end = int(self.found.start[low]), int(self.found.end(np.array([high - 1]))[0])
        return self.found.block.raw(begin, end)

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

    def _stray(self, low: int, high: int) -> None:
        detail = f"{high - low} segment(s) outside of any message"
        self.set_envelope_aside(low, high, "segment-outside-message", detail)
