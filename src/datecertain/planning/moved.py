"""Promises that were given, moved until they keep the target (req 64).

Who promised a date knew something of the item: its service, its day, its route. A standard may use
that: per lane the smallest number of days after the date given (or before it) that is assured, by
the same rules as a standard counted from the day of acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.assured import items_needed
from datecertain.planning.histories import NONE, Deliveries
from datecertain.planning.results import judge
from datecertain.planning.seasons import Seasons
from datecertain.planning.standards import Standards, find_standards

_TRIAL_DAYS = 365
#: In place of days where a lane has none, later than any other.
_NEVER = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Per lane how many days after the date given are assured."""

    standards: Standards | None  # counted from `shift` days before the date given
    shift: int
    lanes: tuple[str, ...]
    given: Ints  # days promised to the items known, summed by lane
    items: Ints

    def days(self) -> dict[str, int]:
        """Days by lane, negative where the date given can be brought forward."""
        if self.standards is None:
            return {}
        return {lane: days - self.shift for lane, days in self.standards.days().items()}

    def mean_days(self) -> dict[str, float]:
        """By lane the mean days from acceptance that the items known would have been promised."""
        means = {
            lane: float(days / items)
            for lane, days, items in zip(self.lanes, self.given, self.items, strict=True)
            if items
        }
        return {lane: means[lane] + days for lane, days in self.days().items() if lane in means}

    def promise(self, items: Deliveries) -> Ints:
        """Days from acceptance promised to each item, NONE where nothing is given or assured."""
        table = np.array([self.days().get(lane, _NEVER) for lane in items.lanes], dtype=np.int64)
        moved = table[items.lane]
        can = (moved != _NEVER) & (items.promised != NONE)
        return np.where(can, np.maximum(items.promised + moved, 0), NONE)

    def shorter_than(self, days: Mapping[str, float]) -> Mask:
        """Per lane whether this promises fewer days than a standard in days does."""
        means = self.mean_days()
        return np.array([means.get(lane, _NEVER) < days.get(lane, _NEVER) for lane in self.lanes])


def moved_promises(history: Deliveries, target: float, confidence: float) -> Moved:
    """What moving the promises given makes of them, on the items that were given one."""
    given = history.take(history.promised != NONE)
    items = np.bincount(given.lane, minlength=len(history.lanes))
    sums = np.bincount(given.lane, given.promised, minlength=len(history.lanes))
    if not len(given):
        return Moved(None, 0, history.lanes, sums, items)
    # Counted from some days before the date given, so that what came before it counts as well.
    shift = int(given.promised.max()) + 1
    counted = replace(
        given,
        accepted=given.accepted + given.promised - shift,
        days=np.where(given.open, NONE, given.days - given.promised + shift),
    )
    moved = find_standards(counted, target, confidence, Seasons(()), scaled=False)
    return Moved(moved, shift, history.lanes, sums, items)


def kept_last_year(history: Deliveries, target: float, confidence: float) -> float | None:
    """The share on time, had the promises given been moved a year ago by what was known then;
    None if it was below the target, or on fewer items than can show it.

    A date that somebody gives can be given otherwise from one day to the next, which no history of
    deliveries shows; so moving dates must have stood a year's trial before it is relied upon.
    """
    then = history.as_of - _TRIAL_DAYS
    later = history.take(history.accepted > then)
    moved = moved_promises(history.known_by(then), target, confidence)
    result = judge(later, moved.promise(later), target)
    if result.items < items_needed(target, confidence) or result.share is None:
        return None
    return result.share if result.share >= target else None


def promise_by_lane(days: Mapping[str, int], items: Deliveries) -> Ints:
    """The days promised to each item by its lane's standard, NONE where it has none."""
    table = np.array([days.get(lane, NONE) for lane in items.lanes], dtype=np.int64)
    return table[items.lane]
