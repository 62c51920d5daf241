"""Items of lanes by the days that they took: what is on time at every D+n, and what would be
refunded, from columns (req 34, 55, 64)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints
from datecertain.quality.intervals import CONFIDENCE, Interval, clopper_pearsons

#: The longest standard that is looked at, in calendar days from the day of acceptance.
LONGEST = 20
_LATER, UNRESOLVED = LONGEST + 1, LONGEST + 2
_CLASSES = LONGEST + 3
#: In a column of days: not known.
NOT_KNOWN = -1


@dataclass(frozen=True, slots=True)
class LaneItems:
    """Some items as columns. `days`: calendar days from acceptance to delivery, `NOT_KNOWN` while
    nothing says that it was delivered; `excused`: days that the terms towards the sender take out;
    `refund_usdr`: what is owed of the item if it is late; `state`: of the present promise."""

    lane: Ints
    accepted: Ints
    days: Ints
    excused: Ints
    refund_usdr: Ints
    state: Ints


#: States of the present promise, towards the sender.
NO_PROMISE, KEPT, MISSED, MISSED_LIABLE, OPEN = range(5)


@dataclass(frozen=True, slots=True)
class DayShare:
    """What came within so many days. Unresolved items stand in the bounds alone."""

    days: int
    good: int
    n: int
    interval: Interval
    bounds: Interval


@dataclass(slots=True, eq=False)
class LaneDays:
    """Counts of items by lane, week of acceptance and days; `late_*` by the days less those that
    the terms excuse. `present` is by state of the present promise."""

    lanes: tuple[tuple[str, str], ...]
    first_day: int
    last_day: int
    items: Ints  # [lane, week, class of days]
    late_items: Ints
    late_usdr: Ints
    present: Ints  # [lane, week, state]
    present_usdr: Ints

    @classmethod
    def empty(
        cls, lanes: Sequence[tuple[str, str]], first_day: int, last_day: int
    ) -> LaneDays:  # fmt: skip
        """No item yet; days inclusive."""
        weeks = (last_day - first_day) // 7 + 1
        by_days = [np.zeros((len(lanes), weeks, _CLASSES), dtype=np.int64) for _ in range(3)]
        by_state = [np.zeros((len(lanes), weeks, OPEN + 1), dtype=np.int64) for _ in range(2)]
        return cls(tuple(lanes), first_day, last_day, *by_days, *by_state)

    def add(self, some: LaneItems) -> None:
        """Count items in; those of another period or lane (-1) are left out."""
        inside = (
            (some.accepted >= self.first_day) & (some.accepted <= self.last_day) & (some.lane >= 0)
        )
        lane, week = some.lane[inside], (some.accepted[inside] - self.first_day) // 7
        days, excused = some.days[inside], some.excused[inside]
        usdr, state = some.refund_usdr[inside], some.state[inside]
        known = days != NOT_KNOWN
        taken = np.where(known, np.minimum(days, _LATER), UNRESOLVED)
        counted = np.where(known, np.clip(days - excused, 0, _LATER), UNRESOLVED)
        self.items += _counted(self.items.shape, (lane, week, taken))
        self.late_items += _counted(self.items.shape, (lane, week, counted))
        self.late_usdr += _counted(self.items.shape, (lane, week, counted), usdr)
        self.present += _counted(self.present.shape, (lane, week, state))
        self.present_usdr += _counted(self.present.shape, (lane, week, state), usdr)

    @property
    def period_days(self) -> int:
        """Days of the period."""
        return self.last_day - self.first_day + 1

    def of_lane(self) -> Ints:
        """Items per lane."""
        return np.asarray(self.items.sum(axis=(1, 2)), dtype=np.int64)

    def busiest_week(self) -> Ints:
        """Items of each lane's busiest week."""
        return np.asarray(self.items.sum(axis=2).max(axis=1), dtype=np.int64)

    def shares(self, confidence: float = CONFIDENCE) -> list[tuple[DayShare, ...]]:
        """Per lane what was on time at each D+n: from the last n with nothing to the first with
        everything that was delivered; with exact intervals."""
        by_lane = self.items.sum(axis=1)
        good = np.cumsum(by_lane[:, : LONGEST + 1], axis=1)
        open_ = by_lane[:, UNRESOLVED : UNRESOLVED + 1]
        n = by_lane.sum(axis=1, keepdims=True) - open_ + 0 * good
        low, high = clopper_pearsons(good, n, confidence)
        found = list[tuple[DayShare, ...]]()
        for lane in range(len(self.lanes)):
            whole, unknown = int(n[lane, 0]), int(open_[lane, 0])
            some = np.flatnonzero(good[lane] > 0)
            if not whole or not len(some):
                found.append(())
                continue
            full = np.flatnonzero(good[lane] == whole)
            last = int(full[0]) if len(full) else LONGEST
            found.append(tuple(
                DayShare(
                    days, int(good[lane, days]), whole,
                    Interval(float(low[lane, days]), float(high[lane, days])),
                    Interval(int(good[lane, days]) / (whole + unknown),
                             (int(good[lane, days]) + unknown) / (whole + unknown)),
                )
                for days in range(max(0, int(some[0]) - 1), last + 1)
            ))  # fmt: skip
        return found


def _counted(shape: tuple[int, ...], cell: tuple[Ints, ...], amounts: Ints | None = None) -> Ints:
    """Counts, or sums of amounts, in cells; exact whole numbers."""
    flat = np.ravel_multi_index(cell, shape)
    size = int(np.prod(shape))
    if amounts is None:
        return np.bincount(flat, minlength=size).reshape(shape).astype(np.int64)
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, flat, amounts)
    return sums.reshape(shape)
