"""A layout profile at work: which segments of the messages are what, by whole columns.

The profile's patterns are compared with the first bytes of every segment; what opens a message
or a part of one is counted up, and the count tells each segment where it belongs.
Nothing here knows a segment by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from datecertain.messages.log import Log, Place
from datecertain.messages.parts import Messages
from datecertain.messages.profiles import Field, Pattern, Profile
from datecertain.messages.scan import LOW_BYTES, Ints, Mask, Scan
from datecertain.messages.vocabulary import HOLDS, Within

_KINDS_REPORTED = 20
_LEVEL = {part: number for number, part in enumerate(Within, start=1)}


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a field occurs: its segments, and the part (message, item, event …) each belongs to."""

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
    opener: Ints  # for each segment, the last opener at or before it (position in the next three)
    rows: Ints  # rows of the openers
    level: Ints  # what each opens: its place in `Within`, from 1
    message: Ints  # for each opener, the message it is in

    def openers(self, part: Within) -> Ints:
        """Positions among the openers of all parts of a kind, in order."""
        if part not in self._openers:
            self._openers[part] = np.flatnonzero(self.level == _LEVEL[part])
        return self._openers[part]

    def rows_of(self, part: Within) -> Ints:
        """The row that opens each part of a kind."""
        if part is Within.MESSAGE:
            return self.messages.head
        return self.patterns.rows(self.profile.opens[part])

    def message_of(self, part: Within) -> Ints:
        """The message of each part of a kind."""
        if part not in self._messages:
            self._messages[part] = self.message[self.openers(part)]
        return self._messages[part]

    def outer(self, part: Within, around: Within) -> Ints:
        """For each part of a kind, the part of another kind that was opened last before it in its
        message: its ordinal, -1 where there is none."""
        at = self._ordinal(around)[self.openers(part)]
        outside = self.message_of(around)
        if not len(outside):
            return np.full(len(at), -1, dtype=np.int64)
        found: Ints = np.where(outside[np.maximum(at, 0)] == self.message_of(part), at, -1)
        return found

    def _ordinal(self, part: Within) -> Ints:
        """For each opener, the ordinal of the part of a kind opened last, at or before it."""
        if part not in self._ordinals:
            self._ordinals[part] = np.cumsum(self.level == _LEVEL[part]) - 1
        return self._ordinals[part]

    @cached_property
    def _openers(self) -> dict[Within, Ints]:
        return {}

    @cached_property
    def _messages(self) -> dict[Within, Ints]:
        return {}

    @cached_property
    def _ends(self) -> dict[Within, Ints]:
        return {}

    @cached_property
    def _ordinals(self) -> dict[Within, Ints]:
        return {Within.MESSAGE: self.message}

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
        return Occurrences(rows, self._ordinal(field.within)[openers])

    def values(self, rows: Ints, field: Field) -> tuple[Ints, Ints]:
        """`[begin, end)` of a field in its segments."""
        return self.found.component(rows, field.element, field.component)

    def behind(self, part: Within, which: Ints) -> Ints:
        """Row behind the last segment of some parts of a kind, with what they hold."""
        if part not in self._ends:
            ends = self.rows[~np.isin(self.level, [_LEVEL[one] for one in HOLDS[part]])]
            self._ends[part] = np.append(ends, len(self.found))
        ends = self._ends[part]
        following = ends[np.searchsorted(ends, self.rows_of(part)[which], side="right")]
        tails = self.messages.tail[self.message_of(part)[which]]
        behind: Ints = np.minimum(following, tails)
        return behind

    def raw(self, part: Within, one: int) -> bytes:
        """The bytes of one part, with what it holds."""
        message = int(self.message_of(part)[one])
        behind = int(self.behind(part, np.array([one]))[0])
        owner = self.messages.parts[int(self.messages.owner[message])]
        return owner.raw(int(self.rows_of(part)[one]), behind)

    def place(self, part: Within, one: int) -> Place:
        """The place of the segment that opens one part."""
        return self.messages.place(int(self.message_of(part)[one]), int(self.rows_of(part)[one]))

    def report_strangers(self, log: Log) -> None:
        """Say which segments the layout does not know, or knows but not there; once for each
        kind of segment."""
        if not len(self.messages):
            return
        known = np.zeros(len(self.found), dtype=bool)
        known[self.messages.head] = known[self.messages.tail] = True
        for pattern in (*self.profile.opens.values(), *self.profile.passed_over):
            known[self.patterns.rows(pattern)] = True
        for field in self.profile.fields:
            known[self.occurrences(field).rows] = True
        strangers = np.flatnonzero(self.inside & ~known)
        kinds, first, count = np.unique(
            self._kinds(strangers), return_index=True, return_counts=True
        )
        for kind, at, many in sorted(
            zip(kinds.tolist(), first.tolist(), count.tolist(), strict=True),
            key=lambda one: one[1],
        )[:_KINDS_REPORTED]:
            row = int(strangers[at])
            place = self.messages.place(int(self.message[self.opener[row]]), row)
            name = kind.to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
            detail = f"{many} segment(s) {name!r} have no place in layout {self.profile.name}"
            log.doubt("segment-not-in-layout", place, f"{detail}; the first is here")

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
    opens = np.zeros(len(found), dtype=np.int8)
    opens[messages.head] = _LEVEL[Within.MESSAGE]
    for part, pattern in profile.opens.items():
        opens[patterns.rows(pattern)] = _LEVEL[part]
    rows = np.flatnonzero(opens)
    level = opens[rows].astype(np.int64)
    return Outline(
        found=found,
        messages=messages,
        profile=profile,
        inside=inside,
        patterns=patterns,
        opener=np.cumsum(opens != 0, dtype=np.int64) - 1,
        rows=rows,
        level=level,
        message=np.cumsum(level == _LEVEL[Within.MESSAGE]) - 1,
    )
