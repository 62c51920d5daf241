"""The smallest D+n that keeps a target share at a stated confidence (req 64).

A standard of d days is assured when the one-sided lower bound of the share delivered within d days
reaches the target. What is delivered within d days is delivered within d + 1 as well, so the bound
rises with d, and going from long to short until it falls below the target tests one hypothesis
after another in a fixed order: the level of the first false one is the level of all, and choosing
the standard from the data costs nothing. Where every item's fate is known, the bound is Clopper and
Pearson's, and the standard the order statistic that goes with it. An item still open counts as not
delivered at every age it has reached, and no further: the bound is then the beta product's, which
is Clopper and Pearson's where nothing is open. Source: M. P. Fay, E. H. Brittain, M. A. Proschan,
Biostatistics 14 (2013) 723-736.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints, Mask
from datecertain.quality.intervals import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What is known of the share delivered within each number of days.

    `delivered` and `missing` are counts of items whose fate is known, as many as tell as much as
    all items do: with nothing open they are the items delivered by then and the others.
    """

    days: Ints  # the days on which something was delivered, rising
    share: Floats  # delivered by then (Kaplan and Meier's estimate where items are open)
    delivered: Floats
    missing: Floats
    items: float  # all, in independent items

    def at(self, days: Ints) -> tuple[Floats, Floats]:
        """(delivered, missing) by each number of days; before a first delivery all are missing."""
        before = np.searchsorted(self.days, days, side="right") - 1
        if not len(self.days):
            return np.zeros(len(days)), np.full(len(days), self.items)
        some = before >= 0
        return (
            np.where(some, self.delivered[before], 0.0),
            np.where(some, self.missing[before], self.items),
        )

    def share_by(self, days: int) -> float:
        """The share delivered within so many days."""
        before = int(np.searchsorted(self.days, days, side="right")) - 1
        return float(self.share[before]) if before >= 0 else 0.0

    def reach(self, share: float) -> int | None:
        """The days within which a share is delivered; None where it is not known to be."""
        at = int(np.searchsorted(self.share, share - 1e-12))
        return int(self.days[at]) if at < len(self.days) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A standard found: days, the share expected on time, and its lower bound."""

    days: int
    share: float
    lower: float


def items_needed(target: float, confidence: float) -> int:
    """The fewest items that can assure a target, all of them on time: 74 for 96 % at 95 %.

    Raises `UsageError` for shares that leave nothing to find.
    """
    for name, value in (("target", target), ("confidence", confidence)):
        if not 0 < value < 1:
            raise UsageError(f"{name} {value} must lie between 0 and 1, such as 0.96")
    return math.ceil(math.log(1 - confidence) / math.log(target) - 1e-9)


def curve(seen: Ints, open_: Mask, per_item: float = 1.0) -> Curve:
    """The shares delivered within each number of days.

    `seen`: days to delivery, or the age of an open item; none below 0. `per_item`: how many
    independent items one is worth, below 1 where items fail together.
    """
    delivered = np.bincount(seen[~open_], minlength=int(seen.max(initial=0)) + 1)
    left = np.bincount(seen, minlength=len(delivered))
    days = np.flatnonzero(delivered)
    at_risk = (len(seen) - np.cumsum(left) + left)[days] * per_item
    gone = delivered[days] * per_item
    # The share not yet delivered is a product of a beta per day; two moments make it one beta.
    rest = at_risk + 1 - gone
    mean = np.exp(np.cumsum(np.log(rest) - np.log(at_risk + 1)))
    second = np.exp(np.cumsum(np.log(rest * (rest + 1)) - np.log((at_risk + 1) * (at_risk + 2))))
    size = mean * (1 - mean) / np.maximum(second - mean * mean, 1e-300) - 1
    with np.errstate(divide="ignore"):
        undelivered = np.exp(np.cumsum(np.log1p(-gone / at_risk)))
    return Curve(
        days, 1 - undelivered, (1 - mean) * size, np.maximum(mean * size - 1, 0.0),
        len(seen) * per_item,
    )  # fmt: skip


def lower_bounds(found: Curve, confidence: float) -> Floats:
    """Per day of a curve the one-sided lower bound of the share delivered by then."""
    from scipy.special import betaincinv  # noqa: PLC0415 - loaded by those who plan only

    bounds = betaincinv(found.delivered, found.missing + 1, 1 - confidence)
    return np.maximum.accumulate(np.asarray(bounds, dtype=np.float64))


def choose(found: Curve, target: float, confidence: float) -> Choice | None:
    """The shortest standard that a curve assures; None where it assures none."""
    bounds = lower_bounds(found, confidence)
    good = np.flatnonzero(bounds >= target - 1e-12)
    if not len(good):
        return None
    at = good[0]
    return Choice(int(found.days[at]), float(found.share[at]), float(bounds[at]))
