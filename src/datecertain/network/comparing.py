"""Everything in which two versions of a network promise differently (req 9, 62)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from datecertain.moments import zone
from datecertain.network import NO_DUE, Network
from datecertain.network.declared_differences import (
    AreaChange,
    LaneChange,
    PostcodeChange,
    RuleChange,
    area_changes,
    lane_changes,
    postcode_changes,
    rule_changes,
)
from datecertain.network.difference_patterns import PromiseChange, promise_changes, together
from datecertain.network.differences import DueChanges, Lane, Window, due_changes, window_of


@dataclass(frozen=True, slots=True)
class NetworkDifference:
    """Everything in which two networks promise differently for acceptances in a window.

    The three shares are of the minutes of acceptance of all pairs of areas within the window.
    """

    old: Network
    new: Network
    window: Window
    lanes: tuple[LaneChange, ...]
    areas: tuple[AreaChange, ...]
    postcodes: tuple[PostcodeChange, ...]
    rules: tuple[RuleChange, ...]
    promises: tuple[PromiseChange, ...]
    pairs: int  # pairs of areas with a change
    all_pairs: int
    later: float
    earlier: float
    dateless: float  # one of the two has no date

    @property
    def same(self) -> bool:
        """Whether no promise changes."""
        return not (self.lanes or self.areas or self.postcodes or self.rules or self.promises)


def compare(
    old: Network, new: Network, first_day: int, last_day: int, lane: Lane | None = None
) -> NetworkDifference:
    """The difference over local dates of acceptance, both inclusive, cut to what both networks
    cover, of one lane if one is given. Raises `UsageError` if the window is outside of that,
    `UnknownPlace` for a lane between posts that not both networks know."""
    for network, post in ((network, post) for network in (old, new) for post in lane or ()):
        network.post(post)
    window = window_of(old, new, first_day, last_day)
    changes = due_changes(old, new, window, lane)
    areas = [
        one for one in area_changes(old, new)
        if lane is None or (new if one.area in new.areas else old).area(one.area).post in lane
    ]  # fmt: skip
    postcodes = [one for one in postcode_changes(old, new) if lane is None or one.post in lane]
    return NetworkDifference(
        old, new, window,
        tuple(lane_changes(old, new, window.first_day, window.last_day, lane)), tuple(areas),
        tuple(postcodes), tuple(rule_changes(old, new, lane)), tuple(promise_changes(changes)),
        **_shares(changes, lane),
    )  # fmt: skip


def _shares(changes: DueChanges, lane: Lane | None) -> dict[str, Any]:
    """How many pairs of areas change, and shares of the window's minutes × pairs."""
    window = changes.window
    begin, end = (
        np.array([int(zone(one.zone).to_utc(day, 0)[0]) for one in changes.origins], dtype=np.int64)
        for day in (window.first_day, window.last_day + 1)
    )
    from_size = np.array([len(one.areas) for one in changes.origins], dtype=np.int64)
    to_size = np.array([len(one.areas) for one in changes.destinations], dtype=np.int64)
    reached = np.array(
        [
            sum(
                len(other.areas)
                for other in changes.destinations
                if one.post != other.post and lane in (None, (one.post, other.post))
            )
            for one in changes.origins
        ],
        dtype=np.int64,
    )
    pairs = from_size[changes.origin] * to_size[changes.destination]
    _, first = np.unique(together(changes.origin, changes.destination), return_index=True)
    inside = np.minimum(changes.to_at + 1, end[changes.origin])
    minutes = (inside - np.maximum(changes.from_at, begin[changes.origin])) * pairs
    whole = max(int((from_size * reached * (end - begin)).sum()), 1)
    none = (changes.old_due >= NO_DUE) | (changes.new_due >= NO_DUE)
    later = ~none & (changes.new_due > changes.old_due)
    earlier = ~none & (changes.new_due < changes.old_due)
    return {
        "pairs": int(pairs[first].sum()), "all_pairs": int((from_size * reached).sum()),
        "later": float(minutes[later].sum() / whole),
        "earlier": float(minutes[earlier].sum() / whole),
        "dateless": float(minutes[none].sum() / whole),
    }  # fmt: skip
