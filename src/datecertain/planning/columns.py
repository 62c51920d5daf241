"""Which further columns of a history tell how long items take (req 64).

A column may tell nothing, and whoever parts lanes by it is left with parts of fewer items and
longer standards. So each column is tested first: on each lane, were the items of some of its values
delivered sooner than the others, by more than chance? What is accepted on one day is late together,
so days are the units. In one history of a hundred whose columns tell nothing, one of them is taken
to tell something.

Source of the test: H. Hotelling, Ann. Math. Stat. 2 (1931) 360-378, on the residuals of
N. Mantel's log-rank test, Cancer Chemother. Rep. 50 (1966) 163-170.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.histories import NONE, Deliveries, Numbers, Texts
from datecertain.planning.together import residuals
from datecertain.quality.intervals import Floats

#: In so many histories whose columns tell nothing, one of them is taken to tell something.
FALSE = 0.01
#: Columns that lanes are parted by at most.
MOST = 2
#: Values of a text that are looked at by themselves, the most frequent; the others are one group.
VALUES = 12
#: Items below which a value is not looked at by itself.
FEW = 40
#: Groups that numbers are put into, of as many items each.
_GROUPS = 4
#: A number that goes up with the day of acceptance as closely as this only counts items.
_COUNTER = 0.9
#: Days per group that the test needs.
_DAYS = 3
#: Variances below this, of values of size one, are errors of rounding.
_NOTHING = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A column's values in groups: group 0 is of whatever lies in no other one."""

    name: str
    values: Ints | None  # of a text: the place of each group's value among the labels
    limits: Floats | None  # of a number: the highest of each group but the last
    labels: tuple[str, ...]  # of the groups from 1 on

    @classmethod
    def of(cls, column: Texts | Numbers) -> Self:
        """The groups that a column's values make, as far as they have the items."""
        if isinstance(column, Texts):
            said = column.values[column.values != NONE]
            counts = np.bincount(said, minlength=len(column.labels))
            most = np.argsort(-counts, kind="stable")[:VALUES]
            kept = np.sort(most[counts[most] >= FEW])
            return cls(column.name, kept, None, tuple(column.labels[one] for one in kept.tolist()))
        numbers = column.values[~np.isnan(column.values)]
        if not len(numbers):
            return cls(column.name, None, numbers, ())
        limits = np.unique(np.quantile(numbers, np.arange(1, _GROUPS) / _GROUPS))
        limits = limits[limits < numbers.max()]
        return cls(column.name, None, limits, _spans(limits))

    @property
    def groups(self) -> int:
        """Groups in all, that of the others counted."""
        return len(self.labels) + 1

    def group(self, column: Texts | Numbers) -> Ints:
        """Per item of the column that was cut the number of its group."""
        if isinstance(column, Texts):
            place = np.zeros(len(column.labels) + 1, dtype=np.int64)
            place[self.values] = np.arange(len(self.labels)) + 1
            return place[column.values]
        assert self.limits is not None
        found = np.searchsorted(self.limits, column.values, side="left") + 1
        return np.where(np.isnan(column.values), 0, found)


@dataclass(frozen=True, slots=True)
class Telling:
    """A column that tells how long items take; `p`: how often chance makes one tell as much."""

    cut: Cut
    p: float


def telling(history: Deliveries) -> list[Telling]:
    """The columns that tell how long items take, the strongest first and two at most: the second
    one tells something more on lanes that are parted by the first."""
    cuts = [(column, Cut.of(column)) for column in history.columns if not _counts(history, column)]
    groups = {cut.name: cut.group(column) for column, cut in cuts}
    left = [cut for _, cut in cuts if np.count_nonzero(np.bincount(groups[cut.name])) > 1]
    level = FALSE / max(len(left), 1)
    found: list[Telling] = []
    strata, day = history.lane, np.unique(history.accepted, return_inverse=True)[1]
    while left and len(found) < MOST:
        parted = replace(history, lanes=("",) * (int(strata.max()) + 1), lane=strata)
        deviation = residuals(history, parted.by_lane())
        tests = [_apart(deviation, day, strata, groups[cut.name]) for cut in left]
        p, _, at = min((p, -far, number) for number, (p, far) in enumerate(tests))
        if p > level:
            break
        cut = left.pop(at)
        found.append(Telling(cut, p))
        strata = np.unique(strata * cut.groups + groups[cut.name], return_inverse=True)[1]
    return found


def _apart(deviation: Floats, day: Ints, strata: Ints, group: Ints) -> tuple[float, float]:
    """(how often chance sets groups as far apart as these, how far apart they are); (1, 0) where
    nothing shows. `deviation`: per item how much sooner it came than others of its stratum."""
    from scipy.special import betainc  # noqa: PLC0415 - loaded by those who plan only

    days, lanes, groups = int(day.max()) + 1, int(strata.max()) + 1, int(group.max()) + 1
    share = np.bincount(strata * groups + group, minlength=lanes * groups).reshape(lanes, groups)
    share = share / np.maximum(share.sum(1, keepdims=True), 1)
    # Per day how much sooner each group came than items of its strata; the last one follows.
    apart = np.stack([
        np.bincount(day, deviation * ((group == one) - share[strata, one]), minlength=days)
        for one in range(groups - 1)
    ], 1)  # fmt: skip
    size = np.sqrt((apart**2).sum(0))
    apart = apart[:, size > 1e-9] / size[size > 1e-9]
    if not apart.shape[1] or days <= _DAYS * apart.shape[1]:
        return 1.0, 0.0
    spread, way = np.linalg.eigh(np.cov(apart, rowvar=False).reshape(2 * (apart.shape[1],)))
    mean = apart.mean(0) @ way
    told = spread > _NOTHING / days
    free = int(told.sum())
    if not free or (mean[~told] ** 2 > _NOTHING / days).any():
        return 0.0, np.inf  # as far apart on every day
    square = days * float((mean[told] ** 2 / spread[told]).sum())
    rest = days - free
    # Fisher's F of Hotelling's square: its upper tail is an incomplete beta function.
    far = square * rest / (free * (days - 1))
    return float(betainc(rest / 2, free / 2, rest / (rest + free * far))), far


def _counts(history: Deliveries, column: Texts | Numbers) -> bool:
    """Whether a column of numbers does no more than count items in order of acceptance."""
    if isinstance(column, Texts):
        return False
    said: Mask = ~np.isnan(column.values)
    day = history.accepted[said]
    if len(day) < FEW or np.ptp(day) == 0:
        return False
    order = np.argsort(np.argsort(column.values[said], kind="stable"))
    return bool(abs(np.corrcoef(order, day)[0, 1]) > _COUNTER)


def _spans(limits: Floats) -> tuple[str, ...]:
    """`up to 2`, `2 to 5`, `over 5`, in signs that are the same in all languages."""
    if not len(limits):
        return ("all",)
    texts = [f"{one:g}" for one in limits.tolist()]
    between = [f"{low} < … ≤ {high}" for low, high in pairwise(texts)]
    return (f"≤ {texts[0]}", *between, f"> {texts[-1]}")
