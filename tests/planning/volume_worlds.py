"""Synthetic volumes of lanes with a known truth (generated, no post's figures)."""

from __future__ import annotations

import os
from math import comb

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.volume_rows import Floats, Lane, Panel, month_name

POSTS = ("KR", "US", "JP", "CN", "AU", "HK", "ES", "FR", "TH", "CA")
LANES = tuple((one, other) for one in POSTS for other in POSTS if one != other)


def made_panel(
    items: Ints, first_month: int = 2019 * 12, lanes: tuple[tuple[str, str], ...] | None = None,
    known: Mask | None = None, revenue: Ints | None = None,
) -> Panel:  # fmt: skip
    """A panel of these items [lane, month]."""
    unsaid = np.full(items.shape, -1, dtype=np.int64)
    named = LANES[: len(items)] if lanes is None else lanes
    return Panel(
        named, ("",) * len(items), first_month, items,
        np.ones(items.shape, dtype=bool) if known is None else known,
        unsaid if revenue is None else revenue, unsaid, unsaid, unsaid,
    )  # fmt: skip


def lane_noise(
    rng: np.random.Generator, lanes: int, months: int, spread: float = 0.05
) -> Floats:  # fmt: skip
    """Log volumes: a size of each lane, a walk that all share, and noise."""
    size = rng.normal(7, 1, (lanes, 1))
    shared = rng.normal(0, 0.08, (1, months)).cumsum(axis=1)
    return np.asarray(size + shared + rng.normal(0, spread, (lanes, months)), dtype=np.float64)


#: How many made-up worlds a test of coverage looks at; a long run sets more.
WORLDS = int(os.environ.get("DATECERTAIN_VOLUME_WORLDS", "8"))


def fewest(n: int, share: float, chance: float = 0.001) -> int:
    """The fewest hits of n that are not rarer than a chance when each comes with this share."""
    below = 0.0
    for hits in range(n + 1):
        below += comb(n, hits) * share**hits * (1 - share) ** (n - hits)
        if below > chance:
            return hits
    return n


def resumption_months(panel: Panel, begins: Ints) -> dict[Lane, str]:
    """Lane → month of resumption, of places in the panel's months."""
    return {
        lane: month_name(panel.first_month + at)
        for lane, at in zip(panel.lanes, begins.tolist(), strict=True)
        if at < panel.items.shape[1]
    }
