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

from datecertain.messages.fates import Fate
from datecertain.messages.log import Log, Place
from datecertain.messages.parts import Messages
from datecertain.messages.profiles import Field, Pattern, Profile
from datecertain.messages.results import Kind
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
        """For each part of a kind, the part of another kind that it lies in: its ordinal, -1 where
        there is none. As for `behind`, what a part does not hold ends it."""
        openers = self.openers(part)
        at = self._ordinal(around)[openers]
        if around is Within.MESSAGE:
            return at
        ends = ~np.isin(self.level, [_LEVEL[one] for one in HOLDS[around]])
        last = np.maximum.accumulate(np.where(ends, np.arange(len(self.level)), 0))
        found: Ints = np.where(self.level[last[openers]] == _LEVEL[around], at, -1)
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

    def set_aside(
        self,
        part: Within,
        one: int,
        code: str,
        detail: str,
        *,
        item: str | None = None,
        opener_only: bool = False,
    ) -> None:
        """Set one part aside with what it holds, or the segment that opens it alone."""
        message = int(self.message_of(part)[one])
        low = int(self.rows_of(part)[one])
        high = low + 1 if opener_only else int(self.behind(part, np.array([one]))[0])
        self.messages.parts[int(self.messages.owner[message])].set_aside(
            Kind(part),
            code,
            self.place(part, one),
            low,
            high,
            detail,
            item=item,
            layout=self.profile.layout,
            head=int(self.messages.head[message]),
            profile=self.profile,
        )

    def pass_over(self, part: Within, which: Ints) -> None:
        """Mark the segments of some parts as of no use, where nothing else was decided."""
        rows = zip(self.rows_of(part)[which], self.behind(part, which), strict=True)
        for low, high in rows:
            fate = self.found.fate[low:high]
            fate[fate == Fate.USED] = Fate.PASSED_OVER

    def place(self, part: Within, one: int) -> Place:
        """The place of the segment that opens one part."""
        return self.messages.place(int(self.message_of(part)[one]), int(self.rows_of(part)[one]))

    def report_strangers(self, log: Log) -> None:
        """Say which segments the layout does not know, or knows but not there; once for each
        kind of segment of an interchange. Marks all segments with their fates."""
        if not len(self.messages):
            return
        fate = self.found.fate
        for pattern in self.profile.passed_over:
            fate[self.patterns.rows(pattern)] = Fate.PASSED_OVER
        fate[self.messages.head] = fate[self.messages.tail] = Fate.USED
        for pattern in self.profile.opens.values():
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
        short &= not self.profile.of_persons
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
