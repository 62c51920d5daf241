"""Items that fail together: how many independent items one is worth.

What is accepted on a lane on one day travels in the same bags and on the same flight, and is late
together. A thousand such items tell less than a thousand single ones, and an interval that counts
them as a thousand is too short. Whether they fail together is tested; where they do, counts are
divided by the design effect 1 + r (m - 1): r the correlation of two items of one lane and day, m
the size of such a group as an item sees it. Source: L. Kish, Survey Sampling (1965), chapter 5.

The tail decides about a standard, so only the slower deliveries are looked at, from the day on by
which all but five times the permitted late share are delivered; each item's deviation is its
martingale residual, which is exact for open items too. Source: T. M. Therneau, P. M. Grambsch,
T. R. Fleming, Biometrika 77 (1990) 147-160.
"""

from __future__ import annotations

import numpy as np

from datecertain.moments import Ints
from datecertain.planning.histories import Deliveries
from datecertain.quality.intervals import Floats

#: Where the tail begins: all but so many times the permitted late share are delivered.
_TAIL = 5.0
#: Standard deviations from which on items are taken to fail together: by chance once in a thousand.
_PROVEN = 3.1


def residuals(history: Deliveries, groups: list[Ints], tail_share: float = 1.0) -> Floats:
    """Per item how much sooner (above 0) or later (below) it was delivered than its lane's items.

    `tail_share`: only what happens from the day on counts by which all but this share are
    delivered. The residuals of a lane add up to nothing.
    """
    found = np.zeros(len(history))
    seen, open_ = history.seen, history.open
    for group in groups:
        if not len(group):
            continue
        ages, still = seen[group], open_[group]
        delivered = np.bincount(ages[~still], minlength=int(ages.max()) + 1)
        left = np.bincount(ages, minlength=len(delivered))
        at_risk = len(ages) - np.cumsum(left) + left
        hazard = np.divide(delivered, at_risk, out=np.zeros(len(left)), where=at_risk > 0)
        begin = 0
        if tail_share < 1:
            undelivered = np.cumprod(1 - hazard)
            begin = int(np.searchsorted(-undelivered, -tail_share))
            hazard[:begin] = 0
        found[group] = (~still & (ages >= begin)) - np.cumsum(hazard)[ages]
    return found


def worth(history: Deliveries, groups: list[Ints], target: float) -> Floats:
    """Per lane how many independent items one item is worth: 1 where nothing shows otherwise."""
    alone = np.ones(len(history.lanes))
    if not len(history):
        return alone
    deviation = residuals(history, groups, min(1.0, _TAIL * (1 - target)))
    first = int(history.accepted.min())
    width = int(history.accepted.max()) - first + 1
    keys, of = np.unique(history.lane * width + history.accepted - first, return_inverse=True)
    sums, squares, fourths = (np.bincount(of, deviation**power) for power in (1, 2, 4))
    size = np.bincount(of)
    together = float((sums**2 - squares).sum())
    spread = 2 * float((squares**2 - fourths).sum())
    pairs = float((deviation**2).mean() * (size * (size - 1)).sum())
    if pairs <= 0 or together <= _PROVEN * np.sqrt(max(spread, 0.0)):
        return alone
    lane = keys // width
    count = np.bincount(lane, size, minlength=len(alone))
    company = np.bincount(lane, size * size, minlength=len(alone)) / np.maximum(count, 1)
    correlation = min(together / pairs, 1.0)
    return 1 / (1 + correlation * np.maximum(company - 1, 0))
