"""A layout profile at work: which segments of the messages are what, by whole columns.

The profile's patterns are compared with the first bytes of every segment; what opens a message,
an item or an event is counted up, and the count tells each segment where it belongs.
Nothing here knows a segment by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from datecertain.messages.fates import Fate
from datecertain.messages.log import Log
from datecertain.messages.parts import Messages
from datecertain.messages.profiles import Field, Pattern, Profile, Within
from datecertain.messages.scan import LOW_BYTES, Ints, Mask, Scan

_KINDS_REPORTED = 20
_LEVEL = {Within.MESSAGE: 1, Within.ITEM: 2, Within.EVENT: 3}


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a field occurs: its segments, and the message, item or event each belongs to."""

    rows: Ints
    of: Ints


class Patterns:
    """Finds the segments that patterns mean, each pattern once."""

    def __init__(self, found: Scan, inside: Mask) -> None:
        self._found = found
        # Tags as numbers; nothing outside of the messages has one.
        self._tag = np.where(inside, found.word & np.uint64(0xFFFFFF), 0).astype(np.uint32)
        self._rows: dict[Pattern, Ints] = {}

    def rows(self, pattern: Pattern) -> Ints:
        """Rows whose tag, and first value if the pattern has one, are exactly the pattern's."""
        if pattern not in self._rows:
            self._rows[pattern] = self._find(pattern)
        return self._rows[pattern]

    def _find(self, pattern: Pattern) -> Ints:
        found = self._found
        text = pattern.segment.encode("ascii")
        if pattern.qualifier is None:
            rows = np.flatnonzero(self._tag == int.from_bytes(text, "little"))
            ends = found.first[rows]
        else:
            rows = self.rows(Pattern(pattern.segment))
            separator = bytes([found.dialect.separators.element])
            text += separator + pattern.qualifier.encode("ascii")
            mask = np.uint64((1 << (8 * len(text))) - 1)
            rows = rows[found.word[rows] & mask == np.uint64(int.from_bytes(text, "little"))]
            ends = np.minimum(found.first[rows] + 1, found.last[rows])
        # The text ends where the first service character of the segment stands, or the second.
        like: Ints = rows[found.delim[ends] == found.start[rows] + len(text)]
        return like


@dataclass(frozen=True)
class Outline:
    """The messages of one profile, taken apart: what opens where, and in what."""

    found: Scan
    messages: Messages
    profile: Profile
    inside: Mask  # segments of these messages
    patterns: Patterns
    opener: Ints  # for each segment, the last opener at or before it (position in the next four)
    rows: Ints  # rows of the openers
    level: Ints  # 1 a message, 2 an item, 3 an event
    message: Ints  # for each opener, the message it is in
    item: Ints  # … the item of that message opened last, -1 for none
    event: Ints  # … the event opened last
    item_rows: Ints
    item_message: Ints
    event_rows: Ints
    event_openers: Ints  # position of each event among the openers

    @cached_property
    def event_message(self) -> Ints:
        """The message of each event."""
        of: Ints = self.message[self.event_openers]
        return of

    @cached_property
    def event_item(self) -> Ints:
        """The item of each event, -1 where none was opened before it in its message."""
        of: Ints = self.item[self.event_openers]
        return of

    def occurrences(self, field: Field) -> Occurrences:
        """Where a field occurs, each segment with what it belongs to."""
        if field.name not in self._occurrences:
            self._occurrences[field.name] = self._occurs(field)
        return self._occurrences[field.name]

    @cached_property
    def _occurrences(self) -> dict[str, Occurrences]:
        return {}

    def _occurs(self, field: Field) -> Occurrences:
        rows = self.patterns.rows(field.pattern)
        openers = self.opener[rows]
        belongs = self.level[openers] == _LEVEL[field.within]
        rows, openers = rows[belongs], openers[belongs]
        if field.within is Within.EVENT:
            return Occurrences(rows, self.event[openers])
        if field.within is Within.ITEM:
            return Occurrences(rows, self.item[openers])
        return Occurrences(rows, self.message[openers])

    def values(self, rows: Ints, field: Field) -> tuple[Ints, Ints]:
        """`[begin, end)` of a field in its segments."""
        return self.found.component(rows, field.element, field.component)

    def behind(self, openers: Ints) -> Ints:
        """Row behind the last segment that belongs to each opener of an item or event itself."""
        following: Ints = np.append(self.rows[1:], len(self.found))[openers]
        behind: Ints = np.minimum(following, self.messages.tail[self.message[openers]])
        return behind

    def behind_item(self, items: Ints) -> Ints:
        """Row behind the last segment of each item, its events included."""
        following: Ints = np.append(self.item_rows[1:], len(self.found))[items]
        behind: Ints = np.minimum(following, self.messages.tail[self.item_message[items]])
        return behind

    def report_strangers(self, log: Log) -> None:
        """Say which segments the layout does not know, or knows but not there; once for each
        kind of segment of an interchange. Marks all segments with their fates."""
        if not len(self.messages):
            return
        fate = self.found.fate
        for pattern in self.profile.passed_over:
            fate[self.patterns.rows(pattern)] = Fate.PASSED_OVER
        fate[self.messages.head] = fate[self.messages.tail] = Fate.USED
        for pattern in (self.profile.item, self.profile.event):
            fate[self.patterns.rows(pattern)] = Fate.USED
        for field in self.profile.fields:
            fate[self.occurrences(field).rows] = Fate.USED
        strangers = np.flatnonzero(self.inside & (fate == Fate.LOST))
        if not len(strangers):
            return
        fate[strangers] = Fate.NOTED
        owner = self.messages.owner[self.message[self.opener[strangers]]]
        parts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        for some in np.split(strangers, parts[1:]):
            self._report_some(some, log)

    def _report_some(self, strangers: Ints, log: Log) -> None:
        kinds, first, count = np.unique(
            self._kinds(strangers), return_index=True, return_counts=True
        )
        told = sorted(
            zip(kinds.tolist(), first.tolist(), count.tolist(), strict=True),
            key=lambda one: one[1],
        )
        for kind, at, many in told[:_KINDS_REPORTED]:
            name = kind.to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
            self._report_like(int(strangers[at]), f"{many} segment(s) {name!r}", log)
        rest = told[_KINDS_REPORTED:]
        if rest:
            many = sum(one[2] for one in rest)
            kinds_left = f"{many} segment(s) of {len(rest)} more kinds"
            self._report_like(int(strangers[rest[0][1]]), kinds_left, log)

    def _report_like(self, row: int, which: str, log: Log) -> None:
        place = self.messages.place(int(self.message[self.opener[row]]), row)
        detail = f"{which} have no place in layout {self.profile.name}; the first is here"
        log.doubt("segment-not-in-layout", place, detail)

    def _kinds(self, rows: Ints) -> npt.NDArray[np.uint64]:
        """Tag and, if it is short, first value of segments; longer ones may be personal data."""
        found = self.found
        start = found.start[rows]
        tag_end = np.minimum(found.delim[found.first[rows]], start + 3)
        begin, end = found.component(rows, 1)
        short = (end > begin) & (end - start <= 7)
        return found.word[rows] & LOW_BYTES[np.where(short, end, tag_end) - start]


def outline(found: Scan, messages: Messages, profile: Profile) -> Outline:
    """Take messages of one profile apart."""
    change = np.zeros(len(found) + 1, dtype=np.int8)
    change[messages.head] += 1
    change[messages.tail + 1] -= 1
    inside: Mask = np.cumsum(change[:-1], dtype=np.int8) != 0
    patterns = Patterns(found, inside)
    item_rows, event_rows = patterns.rows(profile.item), patterns.rows(profile.event)
    opens = np.zeros(len(found), dtype=np.int8)
    opens[messages.head], opens[item_rows], opens[event_rows] = 1, 2, 3
    rows = np.flatnonzero(opens)
    opener = np.cumsum(opens != 0, dtype=np.int64) - 1
    level = opens[rows].astype(np.int64)
    message = np.cumsum(level == 1) - 1
    item = np.cumsum(level == 2) - 1
    item_message = message[level == 2]
    if len(item_rows):
        item = np.where(item_message[np.maximum(item, 0)] == message, item, -1)
    else:
        item = np.full(len(rows), -1)
    return Outline(
        found=found,
        messages=messages,
        profile=profile,
        inside=inside,
        patterns=patterns,
        opener=opener,
        rows=rows,
        level=level,
        message=message,
        item=item,
        event=np.cumsum(level == 3) - 1,
        item_rows=item_rows,
        item_message=item_message,
        event_rows=event_rows,
        event_openers=np.flatnonzero(level == 3),
    )
