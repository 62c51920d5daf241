"""A layout profile at work: which segments of the messages are what, and where values stand.

One walk compares the first bytes of every segment with the profile's patterns, and notes what
opens a message or a part of one, and where its values are. Nothing here knows a segment by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from datecertain.messages import kernels
from datecertain.messages.blocks import eight_bytes
from datecertain.messages.compiling import Places, Small
from datecertain.messages.fates import Fate
from datecertain.messages.log import Log, Place
from datecertain.messages.parts import Messages
from datecertain.messages.profiles import Field, Profile
from datecertain.messages.results import Kind
from datecertain.messages.scan import LOW_BYTES, Scan
from datecertain.messages.search import LEVEL, Search, search
from datecertain.messages.vocabulary import HOLDS, Within
from datecertain.moments import Ints, Mask

_KINDS_REPORTED = 20


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a field occurs: its segments, and the part (message, item, event …) each belongs to."""

    rows: Ints
    of: Ints


@dataclass(frozen=True)
class Outline:
    """The messages of one profile, taken apart: what opens where, and in what."""

    found: Scan
    messages: Messages
    profile: Profile
    rows: Ints  # rows of the openers, in order
    level: Places  # what each opens: its place in `Within`, from 1
    message: Ints  # for each opener, the message it is in
    strangers: Ints  # segments that the layout does not know, or not there
    surplus: Ints  # used segments with values that the layout does not name
    sort: Small  # for each segment what it is, as a kind of `sought`
    spots: Places  # for each opener, `[begin, end)` of the first value of each of its fields
    told: frozenset[str]  # fields that some part has a segment for
    repeated: frozenset[str]  # fields that some part has several values of
    sought: Search

    def openers(self, part: Within) -> Ints:
        """Positions among the openers of all parts of a kind, in order."""
        return self._parts(part)[0]

    def rows_of(self, part: Within) -> Ints:
        """The row that opens each part of a kind."""
        return self._parts(part)[1]

    def message_of(self, part: Within) -> Ints:
        """The message of each part of a kind."""
        return self._parts(part)[2]

    def outer(self, part: Within, around: Within) -> Ints:
        """For each part of a kind, the part of another kind that it lies in: its ordinal, -1 where
        there is none. As for `behind`, what a part does not hold ends it."""
        return self._around(part, around)[0]

    def holding(self, around: Within, part: Within) -> Mask:
        """Which parts of a kind hold parts of another kind."""
        return self._around(part, around)[1]

    def _around(self, part: Within, around: Within) -> tuple[Ints, Mask]:
        if (part, around) not in self._held:
            name = f"{part} in {around}"
            found = self.found.workspace.array(name, len(self.openers(part)), np.int64)
            holds = np.zeros(len(self.openers(around)), dtype=bool)
            ends = np.ones(len(LEVEL) + 1, dtype=bool)
            ends[[LEVEL[one] for one in HOLDS[around]]] = False
            kernels.within(self.level, LEVEL[part], LEVEL[around], ends, found, holds)
            self._held[part, around] = found, holds
        return self._held[part, around]

    def _parts(self, part: Within) -> tuple[Ints, Ints, Ints]:
        if part not in self._found:
            at, row, of = (
                self.found.workspace.array(f"{part} {name}", len(self.level), np.int64)
                for name in ("at", "row", "message")
            )
            count = kernels.parts_of(self.level, self.rows, self.message, LEVEL[part], at, row, of)
            self._found[part] = at[:count], row[:count], of[:count]
        return self._found[part]

    @cached_property
    def _found(self) -> dict[Within, tuple[Ints, Ints, Ints]]:
        return {}

    @cached_property
    def _held(self) -> dict[tuple[Within, Within], tuple[Ints, Mask]]:
        return {}

    @cached_property
    def _ends(self) -> dict[Within, Ints]:
        return {}

    def column(self, field: Field) -> int:
        """The column of `spots` in which the values of a field begin."""
        return int(self.sought.field_column[self.profile.fields.index(field)])

    def occurrences(self, field: Field) -> Occurrences:
        """Where a field occurs, each segment with what it belongs to."""
        inside = np.zeros(len(self.found) + 1, dtype=np.int8)
        inside[self.messages.head] += 1
        inside[self.messages.tail] -= 1
        segments = np.flatnonzero(np.cumsum(inside[:-1], dtype=np.int8))
        has = self.sought.has(self.profile.fields.index(field))
        rows = segments[has[self.sort[segments]]]
        openers = self.opener(rows)
        belongs = self.level[openers] == LEVEL[field.within]
        ordinal = np.cumsum(self.level == LEVEL[field.within]) - 1
        return Occurrences(rows[belongs], ordinal[openers[belongs]])

    def opener(self, rows: Ints) -> Ints:
        """The last opener at or before each segment of these messages."""
        return np.searchsorted(self.rows, rows, side="right") - 1

    def spans(self, field: Field) -> tuple[Ints, Ints]:
        """`[begin, end)` of the first value of a field, for each part that it belongs to; empty
        where there is none."""
        column = self.column(field)
        spots = self.spots[self.openers(field.within)]
        return spots[:, column].astype(np.int64), spots[:, column + 1].astype(np.int64)

    def values(self, rows: Ints, field: Field) -> tuple[Ints, Ints]:
        """`[begin, end)` of a field in its segments."""
        return self.found.component(rows, field.element, field.component)

    def behind(self, part: Within, which: Ints) -> Ints:
        """Row behind the last segment of some parts of a kind, with what they hold."""
        if part not in self._ends:
            ends = self.rows[~np.isin(self.level, [LEVEL[one] for one in HOLDS[part]])]
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
        """Say which segments the layout does not know, or knows but not there, and which hold
        values that it does not name; once for each kind of segment of an interchange."""
        self.found.fate[self.strangers] = Fate.NOTED
        self._report_all(self.strangers, "segment-not-in-layout", "have no place in", log)
        detail = "have values that are not named in"
        self._report_all(self.surplus, "element-not-in-layout", detail, log)

    def _report_all(self, rows: Ints, code: str, what: str, log: Log) -> None:
        if not len(rows):
            return
        owner = self.messages.owner[self.message[self.opener(rows)]]
        parts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        for some in np.split(rows, parts[1:]):
            for which, count in self._like(some):
                place = self.messages.place(
                    int(self.message[self.opener(np.array([which]))[0]]), which
                )
                detail = f"{count} {what} layout {self.profile.name}; the first is here"
                log.doubt(code, place, detail)

    def _like(self, rows: Ints) -> Iterator[tuple[int, str]]:
        """The first segment of each kind, and how many of which kind there are."""
        kinds, first, count = np.unique(self._kinds(rows), return_index=True, return_counts=True)
        told = sorted(
            zip(kinds.tolist(), first.tolist(), count.tolist(), strict=True),
            key=lambda one: one[1],
        )
        for kind, at, many in told[:_KINDS_REPORTED]:
            name = kind.to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
            yield int(rows[at]), f"{many} segment(s) {name!r}"
        rest = told[_KINDS_REPORTED:]
        if rest:
            many = sum(one[2] for one in rest)
            yield int(rows[rest[0][1]]), f"{many} segment(s) of {len(rest)} more kinds"

    def _kinds(self, rows: Ints) -> npt.NDArray[np.uint64]:
        """Tag and, if it is short, first value of segments; longer ones may be personal data."""
        found = self.found
        start = found.start[rows].astype(np.int64)
        tag_end = np.minimum(found.delim[found.first[rows]], start + 3)
        begin, end = found.component(rows, 1)
        short = (end > begin) & (end - start <= 7)
        short &= not self.profile.of_persons
        return found.words[start] & LOW_BYTES[np.where(short, end, tag_end) - start]


def outline(found: Scan, messages: Messages, profile: Profile) -> Outline:
    """Take messages of one profile apart: one walk through their segments, which also marks those
    that are used or passed over with their fates."""
    sought = search(profile, found.dialect.separators.element)
    most = int((messages.tail - messages.head).sum())
    place = found.workspace.array
    sort = place("sort", len(found), np.int8)
    rows, message, strangers, surplus = (
        place(name, most, np.int64) for name in ("rows", "message", "strangers", "surplus")
    )
    level = place("level", most, np.uint32)
    spots = place("spots", most * sought.columns, np.uint32).reshape(most, sought.columns)
    told, repeated = np.zeros((2, len(profile.fields)), dtype=bool)
    opened, strange, beyond = kernels.walk(
        found.octets, found.words, found.delim, found.kind, eight_bytes(found.kind),
        found.start, found.first, found.last,
        messages.head.astype(np.uint32), messages.tail.astype(np.uint32), *sought, found.fate,
        sort, rows, level, message, strangers, surplus, spots, told, repeated,
    )  # fmt: skip
    return Outline(
        found=found,
        messages=messages,
        profile=profile,
        rows=rows[:opened],
        level=level[:opened],
        message=message[:opened],
        strangers=strangers[:strange],
        surplus=surplus[:beyond],
        sort=sort,
        spots=spots[:opened],
        told=_names(profile, told),
        repeated=_names(profile, repeated),
        sought=sought,
    )


def _names(profile: Profile, which: Mask) -> frozenset[str]:
    return frozenset(one.name for one, yes in zip(profile.fields, which, strict=True) if yes)
