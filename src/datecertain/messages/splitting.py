"""Stretches of a block as parts of interchanges: headers, trailers, what is carried over."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from datecertain.findings import Severity
from datecertain.messages.accounting import Portion
from datecertain.messages.blocks import Block
from datecertain.messages.charsets import unsupported
from datecertain.messages.envelope import OpenInterchange, open_interchange
from datecertain.messages.fates import Fate, Passage
from datecertain.messages.groups import Groups
from datecertain.messages.log import Log, Place
from datecertain.messages.parts import Messages, Part
from datecertain.messages.persons import BLOT, names_persons, without_persons
from datecertain.messages.results import Kind
from datecertain.messages.scan import Scan
from datecertain.messages.segments import segment_at
from datecertain.messages.separators import LATEST_VERSION, LONGEST_START, Start
from datecertain.messages.services import UNB, UNH, UNZ, Services
from datecertain.messages.stretches import Dialect, Stretch
from datecertain.messages.workspace import Workspace
from datecertain.moments import Ints

#: Bytes around interchanges that mean nothing: blanks, end-of-file marks, a byte order mark.
_PADDING = b" \t\r\n\x00\x1a\xef\xbb\xbf"

NOT_EDIFACT, HEADER = "not-edifact", "interchange-header-unreadable"
_WHY_FOREIGN = {
    NOT_EDIFACT: "belong to no interchange",
    HEADER: "follow a UNB that can't be read, or names no sender, recipient or control reference",
}


@dataclass(slots=True)
class State:
    """What is remembered from one block to the next."""

    received_on: int
    max_message_bytes: int
    open: OpenInterchange | None = None
    foreign_reason: str = NOT_EDIFACT
    foreign_persons: bool = False  # such bytes before these were of a message that names persons
    interchanges: int = 0
    seen: dict[tuple[str, str, str], list[tuple[str, int]]] = field(default_factory=dict)
    workspace: Workspace = field(default_factory=Workspace)


class Splitter:
    """Splits the stretches of one run into messages."""

    def __init__(self, found: Scan, state: State, log: Log) -> None:
        self.found = found
        self.state = state
        self.log = log
        self.closed: list[OpenInterchange] = []
        self.portions: list[Portion] = []
        self._services = Services.of(found)
        self._parts: list[Part] = []
        self._rows: list[tuple[Ints, Ints, Ints, Ints]] = []

    def messages(self) -> Messages:
        """The messages of all stretches split so far."""
        none = np.zeros(0, dtype=np.int64)
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * 4
        heads, tails, numbers, groups = columns
        owner = np.repeat(np.arange(len(heads)), [len(one) for one in heads])
        return Messages(
            np.concatenate([none, *heads]),
            np.concatenate([none, *tails]),
            np.concatenate([none, *numbers]),
            np.concatenate([none, *groups]),
            owner.astype(np.int64),
            tuple(self._parts),
        )

    def split(self, stretch: Stretch) -> int:
        """Split a stretch; answers from where on its bytes must be read again with the next
        block (its end, if it ends)."""
        low, high = self._rows_of(stretch)
        if stretch.start is not None:
            if low == high and not stretch.ends:
                return self._unfinished_header(stretch)
            if not self._open(stretch, low, high):
                return foreign(self.found.block, stretch, stretch.begin, self.state, self.log)
            self.found.fate[low] = Fate.USED
            low += 1
        assert self.state.open is not None, "the stretches of a run belong to interchanges"
        part = Part(self.found, stretch, self.state.open, self.log)
        services = self._services.between(low, high)
        stops = np.flatnonzero((services.codes == UNZ) | (services.codes == UNB))
        if len(stops):
            return self._to_the_end(part, low, services, int(stops[0]))
        if stretch.ends:
            self._keep(part, low, high, services)
            self._break_off(part, stretch.end)
            return stretch.end
        return self._so_far(part, low, high, services)

    def _rows_of(self, stretch: Stretch) -> tuple[int, int]:
        """`[low, high)` of the segments that are sure to be whole: another interchange may begin
        in the middle of one, and its first letters in the last bytes of a block."""
        low, high = self.found.rows_of(stretch)
        sure = stretch.end - (0 if stretch.ends else LONGEST_START)
        while high > low and self._end(high - 1) > sure:
            high -= 1
        return low, high

    def _end(self, row: int) -> int:
        return int(self.found.end(np.array([row]))[0])

    def _unfinished_header(self, stretch: Stretch) -> int:
        if stretch.end - stretch.begin <= self.state.max_message_bytes:
            return stretch.begin
        self.state.foreign_reason = HEADER
        return foreign(self.found.block, stretch, stretch.begin, self.state, self.log)

    def _open(self, stretch: Stretch, low: int, high: int) -> bool:
        """Open the interchange of a stretch, if its header can be read."""
        start, found, state = stretch.start, self.found, self.state
        assert start is not None, "only a stretch with a start opens an interchange"
        state.foreign_reason = HEADER
        if low == high or found.forced[low] or int(found.start[low]) != start.header:
            return False
        opened = open_interchange(
            segment_at(found, low, stretch.shift),
            state.interchanges,
            stretch.source,
            Dialect(start.separators, start.syntax),
            stretch.begin + stretch.shift,
            state.received_on,
        )
        if opened is None:
            return False
        state.foreign_reason = NOT_EDIFACT
        state.open = opened
        state.interchanges += 1
        place = Place(stretch.source, opened.byte_begin, opened.control_ref, opened.index)
        if start.advice_ignored:
            detail = "the service string advice contradicts the UNB: default separators were used"
            self.log.doubt("service-string-ignored", place, detail)
        if opened.prepared is None:
            self.log.doubt("prepared-unreadable", place, "the UNB's date and time can't be read")
        self._report_header(opened, start, place)
        return True

    def _report_header(self, opened: OpenInterchange, start: Start, place: Place) -> None:
        if opened.test:
            detail = "the sender calls it a test: its messages are set aside"
            self.log.note("interchange-test", Severity.NOTE, place, detail)
        why_not = unsupported(start.syntax)
        if why_not is not None:
            self.log.doubt("charset-unsupported", place, why_not)
        if start.version > LATEST_VERSION:
            detail = (
                f"syntax version {start.version} is not known: read as version {LATEST_VERSION}"
            )
            self.log.doubt("syntax-version-unknown", place, detail)
        if start.header > start.position:
            passage = Passage(start.position, start.header, Fate.USED)
            self.log.passages.append(passage)

    def _to_the_end(self, part: Part, low: int, services: Services, stop: int) -> int:
        """An interchange up to its UNZ, or to a UNB that can't be read."""
        last = int(services.rows[stop])
        self._keep(part, low, last, services.between(low, last))
        block, stretch, interchange = self.found.block, part.stretch, part.interchange
        if services.codes[stop] == UNB:
            position = int(self.found.start[last])
            self._break_off(part, position)
            self.state.foreign_reason = HEADER
            return foreign(block, stretch, position, self.state, self.log)
        Groups(part).end(last)
        unit = "groups" if interchange.groups else "messages"
        counted = interchange.groups or interchange.messages
        part.check_trailer(last, unit, interchange.control_ref, counted)
        if not counted:
            part.log.doubt("interchange-empty", part.place(last), "no message, no group")
        end = self._end(last)
        interchange.complete = True
        self._close(part, end)
        return foreign(block, stretch, end, self.state, self.log)

    def _so_far(self, part: Part, low: int, high: int, services: Services) -> int:
        """The part of an interchange that a block holds, up to an unfinished message."""
        stretch, found = part.stretch, self.found
        row, carried = low, stretch.begin
        if stretch.start is not None:
            carried = self._end(low - 1)
        if len(services):
            last, in_message = int(services.rows[-1]), services.codes[-1] == UNH
            row = last if in_message else last + 1
            carried = int(found.start[last]) if in_message else self._end(last)
        if stretch.end - carried > self.state.max_message_bytes:
            row, carried = self._too_long(part, row, high, carried)
        self._keep(part, low, row, services.between(low, row))
        part.interchange.digest.update(memoryview(found.block.data)[stretch.begin : carried])
        self.portions.append(Portion(part.interchange, stretch.begin, carried))
        part.report_characters(carried)
        return carried

    def _too_long(self, part: Part, row: int, high: int, carried: int) -> tuple[int, int]:
        """Give up waiting for the end of a message, or of a segment."""
        if high > row:
            return high, self._end(high - 1)
        end = part.stretch.end - LONGEST_START
        raw = self.found.block.raw(carried, end)
        detail = f"{len(raw)} bytes without the end of a segment"
        if names_persons(raw, part.interchange.application):
            raw = without_persons(raw, part.interchange.dialect.separators)
        self.log.set_aside(Kind.ENVELOPE, "segment-too-long", part.at(carried), raw, detail)
        self.log.passages.append(Passage(carried, end, Fate.SET_ASIDE))
        return row, end

    def _keep(self, part: Part, low: int, high: int, services: Services) -> None:
        self._rows.append(part.split(low, high, services))
        self._parts.append(part)

    def _break_off(self, part: Part, end: int) -> None:
        detail = "the interchange breaks off: it has no UNZ"
        self.log.note("interchange-truncated", Severity.ERROR, part.at(end), detail)
        self._close(part, end)

    def _close(self, part: Part, end: int) -> None:
        part.report_characters(end)
        data = memoryview(self.found.block.data)
        part.interchange.digest.update(data[part.stretch.begin : end])
        part.interchange.byte_end = end + part.stretch.shift
        self.portions.append(Portion(part.interchange, part.stretch.begin, end))
        self.closed.append(part.interchange)
        self.state.open = None


def foreign(block: Block, stretch: Stretch, begin: int, state: State, log: Log) -> int:
    """Set aside what belongs to no interchange from a position on; answers from where on to read
    again: the beginning of another interchange may hide in the last bytes of a block."""
    end = stretch.end if stretch.ends else max(begin, stretch.end - LONGEST_START)
    raw = block.raw(begin, end)
    useless = not raw.strip(_PADDING)
    if begin < end:
        log.passages.append(Passage(begin, end, Fate.BLANK if useless else Fate.SET_ASIDE))
    if not useless:
        place = Place(stretch.source, begin + stretch.shift)
        detail = f"{len(raw)} bytes {_WHY_FOREIGN[state.foreign_reason]}"
        if state.foreign_persons:  # its segments were cut by a block's end
            raw = BLOT * len(raw)
        elif names_persons(raw):
            raw, state.foreign_persons = without_persons(raw), True
        log.set_aside(Kind.FOREIGN, state.foreign_reason, place, raw, detail)
    if stretch.ends:
        state.foreign_reason, state.foreign_persons = NOT_EDIFACT, False
    return end
