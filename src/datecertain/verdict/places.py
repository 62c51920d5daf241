"""On whose clock an item without a known area is judged (req 14).

The day on which an item was delivered is a local one. Where its area is not known, the clock is
that of the office of exchange that it left or, without such a scan, came to, as far as its post has
an area on that clock, else the one that most areas of the post have.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from datecertain.moments import Ints
from datecertain.network import Network
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones

_OUTWARD = (Checkpoint.OUTWARD_OUT, Checkpoint.OUTWARD_IN)
_INWARD = (Checkpoint.INWARD_OUT, Checkpoint.INWARD_IN)


def clocks_of(network: Network, items: ItemsToJudge, milestones: Milestones) -> tuple[Ints, Ints]:
    """Per item the areas of origin and destination on whose clocks it is judged."""
    origin, destination = items.lane_posts(tuple(network.posts))
    return (
        areas_in_place(network, items.origin_area, origin, milestones.office[:, _OUTWARD]),
        areas_in_place(network, items.destination_area, destination, milestones.office[:, _INWARD]),
    )


def areas_in_place(network: Network, area: Ints, post: Ints, office: Ints) -> Ints:
    """Per item its area, and where it is unknown (-1) one of its post on the clock that counts.

    `post`: indices into the network's posts; `office`: [items, n] the offices that tell the clock,
    the best first, as indices into its offices, -1 where unknown. Area 0 where the post has none.
    """
    unknown = np.flatnonzero(area < 0)
    if not len(unknown):
        return area
    found = np.maximum(area, 0)
    on_clock, most = _areas_by_clock(network)
    posts = tuple(network.posts)
    for row in unknown.tolist():
        own = posts[post[row]] if post[row] >= 0 else ""
        clocks = [
            network.data.offices[one].zone
            for one in office[row].tolist()
            if one >= 0 and network.data.offices[one].post == own
        ]
        known = [on_clock[own, clock] for clock in clocks if (own, clock) in on_clock]
        found[row] = known[0] if known else most.get(own, 0)
    return found


def _areas_by_clock(network: Network) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """An area of each post and clock; of each post one on the clock that most of its areas have."""
    on_clock: dict[tuple[str, str], int] = {}
    for number, row in enumerate(network.data.areas):
        on_clock.setdefault((row.post, row.zone), number)
    counts = Counter((row.post, row.zone) for row in network.data.areas)
    most: dict[str, int] = {}
    for (post, zone), _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        most.setdefault(post, on_clock[post, zone])
    return on_clock, most
