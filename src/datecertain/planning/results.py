"""What came of promises: on time or late, by lane, with exact intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.histories import NONE, Deliveries
from datecertain.quality.intervals import CONFIDENCE, Interval, clopper_pearson


@dataclass(frozen=True, slots=True)
class LaneResult:
    """What came of one lane's promises."""

    lane: str
    items: int
    on_time: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one way of promising, over the items of later days."""

    items: int  # promised and known to be on time or late
    on_time: int
    mean_days: float | None
    lanes: tuple[LaneResult, ...]
    target: float

    @property
    def share(self) -> float | None:
        """The share on time."""
        return self.on_time / self.items if self.items else None

    @property
    def below(self) -> int:
        """Lanes with a smaller share on time than the target."""
        return sum(lane.on_time < self.target * lane.items - 1e-9 for lane in self.lanes)

    @property
    def clearly_below(self) -> int:
        """Lanes below the target by more than chance: their exact interval lies below it."""
        return sum(lane.interval.high < self.target for lane in self.lanes)


def judge(later: Deliveries, promised: Ints, target: float) -> Result:
    """What came of promises of so many days per item (NONE: none was made).

    Where some items are still open, those that are not yet as old as their promise are left out,
    delivered or not: the quick ones alone would make any promise look good.
    """
    known = told(later, promised)
    on_time = known & (later.days != NONE) & (later.days <= promised)
    items = np.bincount(later.lane[known], minlength=len(later.lanes))
    good = np.bincount(later.lane[on_time], minlength=len(later.lanes))
    lanes = tuple(
        LaneResult(lane, int(n), int(k), clopper_pearson(int(k), int(n), CONFIDENCE))
        for lane, n, k in zip(later.lanes, items, good, strict=True)
        if n
    )
    mean = float(promised[known].mean()) if known.any() else None
    return Result(int(known.sum()), int(on_time.sum()), mean, lanes, target)


def told(later: Deliveries, promised: Ints) -> Mask:
    """Which items were promised something and are known to be on time or late."""
    made: Mask = promised != NONE
    if not later.open.any():
        return made
    old: Mask = later.accepted + promised <= later.as_of
    return made & old
