"""The chance of still being in time, from what past items did (req 8, 22).

Past items are counted by their last scan, as often as they were seen on their way and not late
already: how many delivery days after the date on which they were due *at that scan* the clock
stopped. An item on its way is one like those; days that it has lost since that scan it shares only
with those that lost as many. Too few of them, and no chance is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.moments import Ints
from datecertain.network import NO_DUE, Network
from datecertain.promise.expected import History, Pool
from datecertain.verdict.live import Journeys, Live
from datecertain.verdict.outcomes import Checkpoint

#: What past items did, by their last scan.
Histories = Mapping[Checkpoint, History]


class NoBasis(StrEnum):
    """Why no chance is told."""

    NO_HISTORY = "no_history"  # no past items were counted
    FEW_ITEMS = "few_items"  # fewer of the like than the history asks for


@dataclass(frozen=True, slots=True)
class Chance:
    """A share of `items` past items, seen where this one stands."""

    percent: int  # rounded down: 100 only if all were in time
    in_time: int
    items: int
    pool: Pool


@dataclass(frozen=True, slots=True)
class Chances:
    """Row for row: an index into `told`, which holds each different answer once."""

    of: Ints
    told: tuple[Chance | NoBasis, ...]

    @property
    def percent(self) -> Ints:
        """-1 where there is no basis."""
        values = [one.percent if isinstance(one, Chance) else -1 for one in self.told]
        return np.array(values, dtype=np.int64)[self.of]


def chances(network: Network, items: Journeys, found: Live, histories: Histories) -> Chances:
    """The chance of each item; meant for items that are open and promised."""
    lost = np.maximum(found.lost_days, 0)
    slack = np.where(items.promised < NO_DUE, found.slack_days + found.lost_days, 0)
    table = np.stack([found.last, items.origin, items.destination, lost, slack], axis=1)
    different, of = np.unique(table, axis=0, return_inverse=True)
    told = [_chance(network, histories, *row) for row in different.tolist()]
    return Chances(of.reshape(-1).astype(np.int64), tuple(told))


def _chance(
    network: Network, histories: Histories, last: int, origin: int, area: int, lost: int, slack: int
) -> Chance | NoBasis:
    history = histories.get(Checkpoint(last))
    if history is None or not history.shifts:
        return NoBasis.NO_HISTORY
    to = network.data.areas[area]
    for pool, counts in history.pools(network.data.areas[origin].post, to.post, to.area):
        like = {
            shift: items for shift, items in counts.items()
            if shift is None or lost == 0 or shift >= lost
        }  # fmt: skip
        items = sum(like.values())
        if items >= max(history.minimum_items, 1):
            in_time = sum(n for shift, n in like.items() if shift is not None and shift <= slack)
            return Chance(100 * in_time // items, in_time, items, pool)
    return NoBasis.FEW_ITEMS
