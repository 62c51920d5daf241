"""Standards of lanes that are parted by what else is known of an item (req 64).

A lane of documents and goods needs the goods' days for all; parted, documents are promised sooner.
Lanes are parted by the columns that tell how long items take (`columns`), and only where it pays:
over all lanes, dates must come down by a twentieth. What has too few items joins the others of its
lane that have too few; a lane is parted only if each part then has a standard and its dates come
down. Parts are found by the rules of whole lanes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.columns import Telling, telling
from datecertain.planning.histories import NONE, Deliveries
from datecertain.planning.standards import Standard, Standards, find_standards

#: Dates must come down by this share, or lanes are left whole.
_WORTH_IT = 0.05


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a lane: the values of the columns that part it, None where any other one counts."""

    lane: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parted:
    """The standards of whole lanes, and of the parts of those that are parted.

    `by`: the columns, none where all lanes are whole.
    """

    whole: Standards
    by: tuple[Telling, ...]
    lanes: tuple[str, ...]
    parted: Mask  # per lane
    parts: tuple[Part, ...]
    standards: Standards | None  # of the parts, by their numbers
    place: Ints  # per lane and group the place of its part, NONE where no item is known

    def promise(self, items: Deliveries) -> Ints:
        """Days promised to each item by its part's standard, by its lane's where that is whole or
        never had such an item; NONE without one."""
        whole = self.whole.promise(items)
        if self.standards is None:
            return whole
        part = self.place[_codes(items, self.by)]
        known = self.parted[items.lane] & (part != NONE)
        return np.where(
            known, self.standards.promise(_as_parts(items, len(self.parts), part)), whole
        )

    def mean_days(self, known: Deliveries) -> dict[str, float]:
        """Per lane with a standard the days that hold all the year; of a lane that is parted the
        mean of what its known items would have been promised."""
        means: dict[str, float] = {lane: float(days) for lane, days in self.whole.days().items()}
        if self.standards is not None:
            after = self.promise(known)
            lanes = len(known.lanes)
            sums = np.bincount(known.lane, after, minlength=lanes)
            items = np.bincount(known.lane, minlength=lanes)
            for number in np.flatnonzero(self.parted & (items > 0)).tolist():
                means[known.lanes[number]] = float(sums[number] / items[number])
        return means

    def by_lane(self) -> dict[str, list[tuple[Part, Standard]]]:
        """The parts of each lane that is parted, what is of any other value last, with the standard
        of each that holds all the year."""
        if self.standards is None:
            return {}
        rows = {row.lane: row for row in self.standards.rows}
        lanes = {lane for lane, parted in zip(self.lanes, self.parted, strict=True) if parted}
        found: dict[str, list[tuple[Part, Standard]]] = {}
        for number, part in enumerate(self.parts):
            if part.lane in lanes:
                found.setdefault(part.lane, []).append((part, rows[str(number)]))
        for parts in found.values():
            parts.sort(key=lambda one: [value is None for value in one[0].values])
        return found


def find_parted(history: Deliveries, target: float, confidence: float) -> Parted:
    """Per lane the smallest D+n, and per part where parting lanes by the history's further columns
    brings dates down. Raises `UsageError` for shares that are none."""
    whole = find_standards(history, target, confidence)
    none = np.zeros(len(history.lanes), dtype=bool)
    nothing = Parted(whole, (), history.lanes, none, (), None, np.zeros(0, dtype=np.int64))
    before = whole.promise(history)
    best, least = nothing, 1 - _WORTH_IT
    columns = telling(history)
    for number in range(1, len(columns) + 1):
        tried = _parted(history, whole, before, tuple(columns[:number]))
        after = tried.promise(history)
        both = (before != NONE) & (after != NONE)
        came_down = float(after[both].sum() / max(before[both].sum(), 1))
        if both.any() and came_down <= least:
            best, least = tried, came_down
    return best


def _parted(history: Deliveries, whole: Standards, before: Ints, by: tuple[Telling, ...]) -> Parted:
    """Lanes parted by columns. `before`: days promised to each item by whole lanes."""
    groups = _groups(by)
    codes, code = np.unique(_codes(history, by), return_inverse=True)
    days = _find(history, len(codes), code, whole).days()
    named = [
        _part(history.lanes[one // groups], one % groups, by)
        if str(number) in days
        else Part(history.lanes[one // groups], (None,) * len(by))
        for number, one in enumerate(codes.tolist())
    ]
    at = {part: number for number, part in enumerate(dict.fromkeys(named))}
    part_of = np.array([at[part] for part in named], dtype=np.int64)
    found = _find(history, len(at), part_of[code], whole)
    place = np.full(len(history.lanes) * groups, NONE, dtype=np.int64)
    place[codes] = part_of
    after = found.promise(_as_parts(history, len(at), part_of[code]))
    lanes = len(history.lanes)
    missing = np.bincount(history.lane, after == NONE, minlength=lanes)
    none_before = np.bincount(history.lane, before == NONE, minlength=lanes)
    fewer = np.bincount(history.lane, before - after, minlength=lanes) > 0
    parted = (missing == 0) & ((none_before > 0) | fewer)
    return Parted(whole, by, history.lanes, parted, tuple(at), found, place)


def _find(history: Deliveries, parts: int, part: Ints, whole: Standards) -> Standards:
    return find_standards(
        _as_parts(history, parts, part), whole.target, whole.confidence, whole.seasons
    )


def _as_parts(items: Deliveries, parts: int, part: Ints) -> Deliveries:
    """The items with parts in place of lanes, named by number; what has none (`NONE`) stands in
    the first."""
    names = tuple(str(number) for number in range(parts))
    return replace(items, lanes=names, lane=np.where(part == NONE, 0, part), columns=())


def _groups(by: tuple[Telling, ...]) -> int:
    return reduce(lambda product, one: product * one.cut.groups, by, 1)


def _codes(items: Deliveries, by: tuple[Telling, ...]) -> Ints:
    """Per item a number of its lane and groups."""
    columns = {one.name: one for one in items.columns}
    code = items.lane
    for one in by:
        code = code * one.cut.groups + one.cut.group(columns[one.cut.name])
    return code


def _part(lane: str, group: int, by: tuple[Telling, ...]) -> Part:
    values: list[str | None] = []
    for one in reversed(by):
        group, own = divmod(group, one.cut.groups)
        values.append(one.cut.labels[own - 1] if own else None)
    return Part(lane, tuple(reversed(values)))
