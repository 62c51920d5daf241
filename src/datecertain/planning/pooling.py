"""Thin lanes: what the other lanes say of a lane that has too few items of its own (req 51, 64).

Each lane is first set to one scale: the days within which most of its items come, drawn towards
that of all lanes where it has few items. An item is measured on the scale that the *other* items of
its lane give (five parts in order of acceptance), so that a scale learnt from few items shows its
error. At each multiple of the scale the lanes' shares are then compared: how far they differ beyond
chance says how many items of this lane the other lanes are worth. With lanes alike that is all of
them, with lanes that differ it is next to none. The lane's own items are added, and the standard is
the shortest whose lower limit reaches the target: of lanes pooled like this, the stated share keep
it. That is a statement about lanes of this kind, not about this lane alone; its status says so.

Source: beta-binomial moments, J. C. Kleinman, J. Am. Stat. Assoc. 68 (1973) 46-54.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints
from datecertain.planning.assured import Choice, Curve, curve
from datecertain.planning.histories import Deliveries
from datecertain.quality.intervals import Floats

#: Fewer lanes than these, each with so many independent items, cannot show how far lanes differ.
LANES = 5
ITEMS = 8
#: A lane's scale is the days within which all but so many times the permitted late share come.
_SLOW = 2.5
#: So many items' worth of all lanes is mixed into each lane's own scale.
_DRAWN = 20.0
_PARTS = 5
#: Steps of the scale, and how many of them are looked at.
_STEPS = 200
_LOOKS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Per lane (delivered, missing) at each multiple, in independent items."""

    multiples: Ints  # in steps of the lane's scale
    delivered: Floats
    missing: Floats


def pooled(
    history: Deliveries,
    groups: list[Ints],
    worth: Floats,
    target: float,
    confidence: float,
    scaled: bool = True,
) -> list[Choice | None]:
    """Per lane the standard that its own items and the other lanes' assure; None where none is.

    `scaled`: each lane is set to one scale first; else lanes are compared as they are.
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - loaded by those who plan only

    held = [number for number, group in enumerate(groups) if len(group)]
    nothing: list[Choice | None] = [None] * len(groups)
    seen, open_ = history.seen, history.open
    slow = 1 - _SLOW * (1 - target)
    common = curve(seen, open_).reach(slow) if len(history) else None
    telling = sum(len(groups[number]) * float(worth[number]) >= ITEMS for number in held)
    if telling < LANES or common is None:
        return nothing
    scales = _Scales(history, common + 0.5 if scaled else float(_STEPS), slow, scaled)
    pool = _pool(history, [groups[number] for number in held], worth[held], scales)
    prior, weight = _prior(pool)
    good, bad = pool.delivered + prior * weight, pool.missing + (1 - prior) * weight
    limits = betaincinv(good + 1e-9, bad + 1e-9, 1 - confidence)
    # From long to short, until the target is not kept any more.
    kept = np.flip(np.logical_and.accumulate(np.flip(limits >= target, 1), 1), 1)
    for row, number in enumerate(held):
        if kept[row].any():
            at = int(kept[row].argmax())
            # A multiple was rounded up to a step: its lower end, and then a whole day.
            least = (pool.multiples[at] - 1) * scales.of(groups[number]) / _STEPS
            days = max(math.ceil(least + 1e-9), 0)
            share = good[row, at] / (good[row, at] + bad[row, at])
            nothing[number] = Choice(days, float(share), float(limits[row, at]))
    return nothing


class _Scales:
    """How many days are slow on a lane, drawn towards all lanes where it has few items."""

    def __init__(self, history: Deliveries, common: float, share: float, own: bool) -> None:
        self._seen, self._open = history.seen, history.open
        self._common, self._share, self._own = common, share, own

    def of(self, items: Ints) -> float:
        if not self._own or not len(items):
            return self._common
        own = curve(self._seen[items], self._open[items]).reach(self._share)
        if own is None:
            return self._common
        mixed = len(items) * np.log(own + 0.5) + _DRAWN * np.log(self._common)
        return float(np.exp(mixed / (len(items) + _DRAWN)))


def _pool(history: Deliveries, groups: list[Ints], worth: Floats, scales: _Scales) -> Pool:
    seen, open_ = history.seen, history.open
    multiple = np.zeros(len(history), dtype=np.int64)
    for group in groups:
        part = np.arange(len(group)) * _PARTS // len(group)
        for number in np.unique(part):
            mine = part == number
            scale = scales.of(group[~mine])
            multiple[group[mine]] = np.ceil(seen[group[mine]] * _STEPS / scale - 1e-9)
    looks = np.unique(multiple[~open_])
    if len(looks) > _LOOKS:
        looks = looks[np.unique(np.linspace(0, len(looks) - 1, _LOOKS).astype(np.int64))]
    curves: list[Curve] = [
        curve(multiple[group], open_[group], float(one))
        for group, one in zip(groups, worth, strict=True)
    ]
    counts = [one.at(looks) for one in curves]
    return Pool(looks, np.array([one[0] for one in counts]), np.array([one[1] for one in counts]))


def _prior(pool: Pool) -> tuple[Floats, Floats]:
    """Per lane and multiple the share of the other lanes, and how many items they are worth."""
    items = pool.delivered + pool.missing
    total = items.sum(0)
    share = pool.delivered.sum(0) / total
    own = np.divide(pool.delivered, items, out=np.zeros_like(items), where=items > 0)
    chance = np.maximum(share * (1 - share), 1e-9)
    lanes = (items > 0).sum(0) - 1
    apart = (items * (own - share) ** 2).sum(0) / chance
    size = total - (items**2).sum(0) / total - lanes
    correlation = np.clip((apart - lanes) / np.maximum(size, 1e-9), 1e-9, 0.9)
    others = total - items
    prior = (pool.delivered.sum(0) - pool.delivered + 0.5) / (others + 1)
    return prior, np.minimum((1 - correlation) / correlation, others)
