"""A change of volume between two periods taken apart, in whole items that add up (req 56).

Every lane's volume is a product, exact by definition in both periods:

    items = level * share of the lane in it * working days * effect of each influence

`level` is the group's underlying volume per working day, the sum over lanes of what is left when
the others are divided out; the share is how it is spread over lanes with more or fewer working
days or stronger influences. The parts are Shapley values: the mean of a factor's contribution over
all orders in which the factors could go from then to now (L. S. Shapley, 1953; for such products
A. F. Shorrocks, J. Econ. Inequal. 11 (2013) 99-126): none depends on an order, and they sum to the
change. An influence whose effect cannot be told has the factor one: what it did is in the level,
the remainder that nothing here explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from datecertain.errors import InvariantBroken, UsageError
from datecertain.moments import Ints, Mask
from datecertain.planning.lane_effects import LaneEffect, Told
from datecertain.planning.volume_rows import Floats, Lane, Panel

CALENDAR, MIX, LEVEL = "calendar", "lane_mix", "remainder"
#: Influences of which orders are averaged: 2 to the power of this many sums.
MOST_FACTORS = 14


@dataclass(frozen=True, slots=True)
class Part:
    """What one factor did to the items; the range follows its effect's interval (None: exact)."""

    name: str
    items: int
    low: int | None
    high: int | None
    told: Told | None  # None: counted, not estimated
    effect: LaneEffect | None


@dataclass(frozen=True, slots=True)
class VolumeChange:
    """The change of the lanes that both periods know whole; the parts add up to it."""

    items_before: int
    items_after: int
    parts: tuple[Part, ...]
    lanes: tuple[Lane, ...]
    not_compared: tuple[Lane, ...]

    @property
    def change(self) -> int:
        """Items more (or less) than before."""
        return self.items_after - self.items_before


def volume_change(
    panel: Panel, before: slice, after: slice, working_days: Ints,
    exposures: Mapping[str, Floats], effects: Sequence[LaneEffect],
) -> VolumeChange:  # fmt: skip
    """Take apart the change from one run of months to another.

    `working_days` [lane, month]; `exposures` [lane, month] by influence; `effects`: of each.
    Raises `UsageError` when no lane is known in all months of both, or days are missing.
    """
    whole = np.asarray(panel.known[:, before].all(axis=1) & panel.known[:, after].all(axis=1))
    if not whole.any():
        raise UsageError("no lane has a figure in every month of both periods: choose others")
    items = _ends(panel.items, before, after, whole)
    days = _ends(working_days, before, after, whole).astype(np.float64)
    if (days <= 0).any():
        raise UsageError("a lane has no working day in one of the periods: choose longer ones")
    told = {one.name: one for one in effects if one.told in (Told.TOLD, Told.GIVEN)}
    means = {
        name: _mean_exposure(exposures[name], before, after, whole) for name in exposures
    }  # fmt: skip

    def parts_with(strength: Mapping[str, float]) -> dict[str, float]:
        influence = {name: np.exp(strength[name] * means[name]) for name in told}
        return _shapley(items, {CALENDAR: days} | influence)

    points = {name: one.effect for name, one in told.items()}
    best = parts_with(points)
    rounded = _whole_items(best, int(items[1].sum() - items[0].sum()))
    found = [Part(CALENDAR, rounded[CALENDAR], None, None, None, None)]
    for one in effects:
        low = high = None
        if one.name in told and np.isfinite([one.low, one.high]).all():
            ends = [round(parts_with(points | {one.name: end})[one.name])
                    for end in (one.low, one.high)]  # fmt: skip
            low, high = min(ends), max(ends)
        found.append(Part(one.name, rounded.get(one.name, 0), low, high, one.told, one))
    found += [Part(name, rounded[name], None, None, None, None) for name in (MIX, LEVEL)]
    kept = [lane for lane, mine in zip(panel.lanes, whole, strict=True) if mine]
    change = VolumeChange(
        int(items[0].sum()), int(items[1].sum()), tuple(found), tuple(kept),
        tuple(lane for lane in panel.lanes if lane not in kept),
    )  # fmt: skip
    if sum(part.items for part in change.parts) != change.change:
        raise InvariantBroken("the parts of a change do not add up to it")
    return change


def _ends(values: Ints, before: slice, after: slice, lanes: Mask) -> Ints:
    """[then or now, lane] sums over the months."""
    return np.stack([values[lanes, before].sum(axis=1), values[lanes, after].sum(axis=1)])


def _mean_exposure(values: Floats, before: slice, after: slice, lanes: Mask) -> Floats:
    return np.stack([values[lanes, before].mean(axis=1), values[lanes, after].mean(axis=1)])


def _shapley(items: Ints, factors: Mapping[str, Floats]) -> dict[str, float]:
    """The Shapley value of every factor, of the mix and of the level; they sum to the change."""
    if len(factors) > MOST_FACTORS - 2:
        raise UsageError(f"{len(factors)} influences are too many: at most {MOST_FACTORS - 2}")
    under = items / np.prod(list(factors.values()), axis=0)
    level = under.sum(axis=1)
    spread = under / np.where(level > 0, level, 1.0)[:, None]
    ones = np.ones_like(under)
    every = {name: np.asarray(value, dtype=np.float64) for name, value in factors.items()}
    every |= {MIX: spread, LEVEL: level[:, None] * ones}
    names, size = list(every), len(every)
    values = np.empty(1 << size)
    for chosen in range(1 << size):
        product = np.ones(under.shape[1])
        for at, name in enumerate(names):
            product = product * every[name][chosen >> at & 1]
        values[chosen] = product.sum()
    found = {}
    for at, name in enumerate(names):
        others = [1 << other for other in range(size) if other != at]
        total = 0.0
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            sets = np.array([sum(one) for one in combinations(others, count)], dtype=np.int64)
            total += weight * float((values[sets | 1 << at] - values[sets]).sum())
        found[name] = total
    return found


def _whole_items(parts: Mapping[str, float], change: int) -> dict[str, int]:
    """The parts in whole items that sum to the change: rounded down, and what is missing goes to
    those with the largest fractions."""
    floors = {name: int(np.floor(value)) for name, value in parts.items()}
    missing = change - sum(floors.values())
    order = sorted(parts, key=lambda name: (floors[name] - parts[name], name))
    if not 0 <= missing <= len(order):
        raise InvariantBroken("the parts of a change do not add up to it")
    for name in order[:missing]:
        floors[name] += 1
    return floors
