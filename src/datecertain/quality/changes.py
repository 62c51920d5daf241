"""Whether a share changed over time: a trend, and a point at which it changed, each by a test whose
false-alarm rate is stated.

Weeks (or other units) are dealt out in new orders: where nothing changed, the true order is one of
them like any other, also when bad weeks make many items late at once. The statistic is looked at in
the true order and in all dealt ones; its p is the share of orders that show at least as much. Units
that follow each other are taken as independent: where one bad week makes the next one bad, a run of
them can look like a change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from datecertain.moments import Ints
from datecertain.quality.intervals import Floats

SEED = 13_850
#: Dealt orders that are looked at first; only what is rarer than `_RARE` among them is looked at in
#: all, so that many quiet groups cost little.
_FIRST = 399
_RARE = 0.05
#: Fewer units than this say nothing: the best of their orders is no rarer than 1 in 20.
LEAST_UNITS = 8
#: A change is looked for with at least so many units on either side.
_SIDE = 2


@dataclass(frozen=True, slots=True)
class Change:
    """The likeliest point of change: before unit `at` the share was `before`, then `after`."""

    at: int
    before: float
    after: float
    p: float


@dataclass(frozen=True, slots=True)
class Slope:
    """The change of the share per unit of time, as a straight line."""

    per_unit: float
    p: float


def orders(units: int, level: float = 0.01) -> Ints:
    """The true order of units and dealt ones, a row each, enough for a p a quarter of a level; the
    same in every run."""
    rng = np.random.default_rng(SEED)
    deals = max(_FIRST, ceil(4 / level))
    dealt = rng.permuted(np.tile(np.arange(units), (deals, 1)), axis=1)
    return np.concatenate([np.arange(units)[None, :], dealt]).astype(np.int64)


def change_point(good: Ints, n: Ints, dealt: Ints) -> Change | None:
    """The likeliest change of good out of n by unit; None with too few units that have items."""
    held = np.flatnonzero(n > 0)
    if len(held) < LEAST_UNITS:
        return None
    g, m = good[held], n[held]

    def best(rows: Ints) -> Floats:
        return np.asarray(_splits(g, m, _of(rows, held)).max(axis=1), dtype=np.float64)

    at = int(_splits(g, m, _of(dealt[:1], held))[0].argmax()) + _SIDE
    return Change(
        int(held[at]), float(g[:at].sum() / m[:at].sum()), float(g[at:].sum() / m[at:].sum()),
        _p(best, dealt),
    )  # fmt: skip


def _p(statistic: Callable[[Ints], Floats], dealt: Ints) -> float:
    """The share of orders that show at least as much as the true one, which is the first."""
    found = statistic(dealt[: _FIRST + 1])
    p = _share(found)
    if p > _RARE or len(dealt) <= _FIRST + 1:
        return p
    return _share(np.concatenate([found, statistic(dealt[_FIRST + 1 :])]))


def _share(found: Floats) -> float:
    return float((found >= found[0] * (1 - 1e-9) - 1e-15).mean())


def _of(dealt: Ints, held: Ints) -> Ints:
    """Orders of the units that have items."""
    place = np.full(dealt.shape[1], -1, dtype=np.int64)
    place[held] = np.arange(len(held))
    kept = place[dealt]
    return kept[kept >= 0].reshape(len(dealt), len(held))


def _splits(good: Ints, n: Ints, dealt: Ints) -> Floats:
    """[order, split] squared difference of the shares on both sides over its variance."""
    g, m = good[dealt].cumsum(axis=1), n[dealt].cumsum(axis=1)
    splits = slice(_SIDE - 1, len(good) - _SIDE)
    g, m = g[:, splits].astype(np.float64), m[:, splits].astype(np.float64)
    whole_good, whole = float(good.sum()), float(n.sum())
    difference = g / m - (whole_good - g) / (whole - m)
    return np.asarray(difference**2 * m * (whole - m) / whole, dtype=np.float64)


def slope(good: Ints, n: Ints, dealt: Ints) -> Slope | None:
    """The straight line through the shares, weighted by items; None with too few units."""
    held = np.flatnonzero(n > 0)
    if len(held) < LEAST_UNITS:
        return None
    time, share = held.astype(np.float64), good.sum() / n.sum()
    excess, weight = (good - share * n)[held], n[held].astype(np.float64)

    def lines(rows: Ints) -> Floats:
        mine = _of(rows, held)
        weights = weight[mine]
        away = time[None, :] - ((weights * time).sum(axis=1) / weights.sum(axis=1))[:, None]
        found = (excess[mine] * away).sum(axis=1) / (weights * away**2).sum(axis=1)
        return np.asarray(found, dtype=np.float64)

    return Slope(float(lines(dealt[:1])[0]), _p(lambda rows: np.abs(lines(rows)), dealt))
