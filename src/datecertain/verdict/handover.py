"""Handover at the inward office: the earliest credible proof at the agreed point (req 27, 74).

The item's own arrival scan is one proof among several, and the one that the destination post makes
itself, at its leisure. What the carrier and the inward office told of the receptacle that the item
travelled in proves the handover as well, and often earlier. The rule:

- *Where.* The posts agreed a point (`carriage.csv`). What is told of that point, or of one behind
  it on the way, proves that the item was handed over by then: landing, delivered by the carrier,
  taken over by the destination post, received at the inward office, scanned there.
- *Credible* is a fact (never a plan) told by who can know it: a carrier of its own doing, the
  destination post of what it received. Not before the acceptance, not after a later scan of the
  item, and not before the flight landed: what was told of an arrival before the landing is put
  aside. Where nothing else proves the handover, the landing bounds it.
- *The earliest* credible proof is the handover. Time from there to the arrival scan belongs to the
  destination post: a late or early arrival scan moves no blame.
- *It counts* from then; after the day's critical tag time (`tag_times.csv`) from the beginning of
  the next day that has one. What was handed over at the airport is due as if it reached the office
  after the office's standard minutes from landing.

Without movements nothing here changes an item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import HandoverPoint, Network
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones


class Movement(IntEnum):
    """What can happen to a receptacle. Arrivals have the numbers of their points of handover."""

    LANDED = HandoverPoint.LANDING
    DELIVERED = HandoverPoint.CARRIER_DELIVERED
    TAKEN_OVER = HandoverPoint.TAKEN_OVER
    RECEIVED = HandoverPoint.RECEIVED
    TENDERED = 8  # the carrier took it from the origin post
    UPLIFTED = 9  # the flight left with it


#: Movements that only the post can tell which received the receptacle.
_TOLD_BY_RECEIVER = (Movement.TAKEN_OVER, Movement.RECEIVED)
#: Sender of a movement: a carrier, no post.
CARRIER = -1


@dataclass(frozen=True, slots=True)
class Movements:
    """What items take over from their receptacles, one row a movement and item, in any order."""

    item: Ints  # row of the item
    kind: Ints  # Movement
    at: Ints  # moment; UNKNOWN where it was not resolved
    office: Ints  # the office of exchange it happened at or near (index); -1 unknown
    at_office: Mask  # it happened there; else at its airport
    told_by: Ints  # post (index), or CARRIER
    fact: Mask  # a plan is never evidence
    carrier: Ints  # index in `carriers`; -1 none named
    carriers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def none(cls) -> Movements:
        """No movement."""
        nothing, nobody = np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
        return cls(
            nothing, nothing, nothing, nothing, nobody, nothing, nobody, nothing, ()
        )  # fmt: skip

    def where(self, chosen: Mask) -> Movements:
        """Some of the rows."""
        columns = {
            name: getattr(self, name)[chosen] for name in self.__slots__ if name != "carriers"
        }
        return Movements(**columns, carriers=self.carriers)

    def of_items(self, rows: Ints, count: int) -> Movements:
        """The movements of some of `count` items, by their places in `rows`."""
        place = np.full(count, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        some = self.where(place[self.item] >= 0)
        columns = {name: getattr(some, name) for name in self.__slots__}
        return Movements(**{**columns, "item": place[some.item]})


#: What was noticed about an item, as bits of `Handover.noticed`, with the codes of their findings.
ARRIVAL_BEFORE_LANDING, LANDING_AFTER_SCAN, TOLD_BY_OTHER, COUNTS_LATER = 1, 2, 4, 8
NOTICES = {
    ARRIVAL_BEFORE_LANDING: "arrival-before-landing",  # put aside, or bounded by the landing
    LANDING_AFTER_SCAN: "landing-after-scan",  # of another receptacle, it seems: not used
    TOLD_BY_OTHER: "received-by-other-post",  # only the receiver can tell: not used
    COUNTS_LATER: "after-tag-time",  # handed over after the day's critical tag time
}


@dataclass(frozen=True, slots=True)
class Handover:
    """When each item was handed over at the inward office, and by what proof."""

    at: Ints  # [n] the earliest credible proof; UNKNOWN: none
    counts_from: Ints  # [n] the moment from which the standard onward is asked; UNKNOWN
    office: Ints  # [n] the inward office; -1
    proof: Ints  # [n] HandoverPoint of the proof; 0: none
    row: Ints  # [n] its row in the movements; -1: the item's own scan, or none
    bounded: Mask  # [n] no proof was credible: the landing bounds the arrival scan
    carrier: Ints  # [n] who carried it, in `Movements.carriers`; -1 not named
    noticed: Ints  # [n] bits of NOTICES

    def rows(self, index: Ints) -> Handover:
        """Some items' rows."""
        return Handover(*(getattr(self, name)[index] for name in self.__slots__))

    def codes(self, item: int) -> list[str]:
        """The findings about one item."""
        return [code for bit, code in NOTICES.items() if self.noticed[item] & bit]


def handover(
    network: Network, milestones: Milestones, stopped: Ints, destination_post: Ints,
    point: Ints, movements: Movements,
) -> Handover:  # fmt: skip
    """The handover of each item at its inward office.

    `stopped`: when the clock stopped (UNKNOWN: it has not), the last scan that bounds; `point`:
    the HandoverPoint that the lane agreed, per item (`agreed_points`); where it is 0, movements
    say nothing.
    """
    usable = np.flatnonzero(point[movements.item] > 0)
    movements = movements.where(point[movements.item] > 0)
    seen = _Seen(milestones, stopped, destination_post, movements)
    scan, scan_office = (
        column[:, Checkpoint.INWARD_IN] for column in (milestones.at, milestones.office)
    )
    proves = seen.credible & seen.arrives & (movements.kind >= point[movements.item])
    at, row = _earliest(proves, movements, len(scan))
    scanned = (scan != UNKNOWN) & (scan >= milestones.at[:, 0])
    trusted = scanned & (scan <= seen.upper) & (scan >= seen.landed)
    moved = row >= 0
    by_scan = trusted & (~moved | (scan <= at))
    early = scanned & (scan < seen.landed)
    bounded = ~moved & early
    # A scan that is not credible stays what it was where nothing says better: replay judges it.
    own = by_scan | (~moved & scanned & ~early)
    at = np.where(own, scan, np.where(bounded, seen.landed, at))
    row = np.where(own | bounded, -1, row)
    proof = np.where(own | bounded, HandoverPoint.ARRIVAL_SCAN, 0)
    proof = np.where(row >= 0, movements.kind[row] if len(movements) else 0, proof)
    place, at_office = _place(movements, row, scan_office)
    at = np.where(proof > 0, at, UNKNOWN)
    counts = _counts_from(network, at, place, at_office, row >= 0)
    noticed = seen.noticed | np.where(early, ARRIVAL_BEFORE_LANDING, 0)
    at_office_from = np.where(at_office | (row < 0), at, _fetched(network, at, place))
    noticed |= np.where(counts > at_office_from, COUNTS_LATER, 0)
    return Handover(
        at, counts, np.where(proof > 0, place, -1), proof, _through(usable, row), bounded,
        _carrier(movements, len(scan)), noticed,
    )  # fmt: skip


class _Seen:
    """Which movements are credible, and what bounds each item's arrival."""

    def __init__(
        self, milestones: Milestones, stopped: Ints, destination_post: Ints, movements: Movements
    ) -> None:
        count = len(stopped)
        item, at = movements.item, movements.at
        accepted = milestones.at[:, Checkpoint.ACCEPTED]
        later = np.concatenate([milestones.at[:, Checkpoint.CUSTOMS_IN :], stopped[:, None]], 1)
        usable = (later != UNKNOWN) & (later >= accepted[:, None])
        self.upper = np.where(usable, later, NEVER).min(axis=1)
        known = movements.fact & (at != UNKNOWN) & (at >= accepted[item])
        self.arrives = movements.kind <= Movement.RECEIVED
        by_receiver = np.isin(movements.kind, _TOLD_BY_RECEIVER)
        other = by_receiver & (movements.told_by != destination_post[item])
        landing = known & (movements.kind == Movement.LANDED)
        first = np.full(count, NEVER, dtype=np.int64)
        np.minimum.at(first, item[landing], at[landing])
        late = (first < NEVER) & (first > self.upper)
        self.landed = np.where((first < NEVER) & ~late, first, UNKNOWN)  # UNKNOWN is before all
        early = known & self.arrives & ~other & (at < self.landed[item])
        self.credible = known & ~other & ~early & (at <= self.upper[item])
        self.noticed = np.zeros(count, dtype=np.int64)
        for rows, bit in (
            (item[early], ARRIVAL_BEFORE_LANDING), (np.flatnonzero(late), LANDING_AFTER_SCAN),
            (item[known & other], TOLD_BY_OTHER),
        ):  # fmt: skip
            self.noticed[rows] |= bit


def _through(rows: Ints, row: Ints) -> Ints:
    """Places among some rows as places among all; -1 stays."""
    return np.where(row >= 0, rows[row] if len(rows) else -1, -1)


def _earliest(proves: Mask, movements: Movements, count: int) -> tuple[Ints, Ints]:
    """Per item the first proof (moment, row); of several of one moment the one furthest on the
    way, then the first office: the order of the rows changes nothing."""
    rows = np.flatnonzero(proves)
    order = np.lexsort(
        (
            movements.carrier[rows], movements.office[rows], -movements.kind[rows],
            movements.at[rows], movements.item[rows],
        )
    )  # fmt: skip
    rows = rows[order]
    items, first = np.unique(movements.item[rows], return_index=True)
    at, row = np.full(count, UNKNOWN), np.full(count, -1, dtype=np.int64)
    at[items], row[items] = movements.at[rows[first]], rows[first]
    return at, row


def _place(movements: Movements, row: Ints, scan_office: Ints) -> tuple[Ints, Mask]:
    """The inward office of each handover, and whether it happened there and not at the airport.
    Where the movement names an office that the network does not know, the arrival scan's."""
    if not len(movements):
        return scan_office, np.ones(len(row), dtype=bool)
    office = np.where(row >= 0, movements.office[row], -1)
    at_office = (row < 0) | movements.at_office[row]
    return np.where(office >= 0, office, scan_office), np.asarray(at_office, dtype=bool)


def _fetched(network: Network, at: Ints, office: Ints) -> Ints:
    """When what was handed over at the airport is at the office by the network's standard."""
    minutes = np.array([row.recovery_min for row in network.compiled.offices] or [0], np.int64)
    return np.where(office >= 0, at + minutes[office], at)


def _counts_from(network: Network, at: Ints, office: Ints, at_office: Mask, moved: Mask) -> Ints:
    """From when the handover counts: tag times speak of receptacles, not of items' own scans."""
    counts = at.copy()
    rows = np.flatnonzero(moved & (at != UNKNOWN))
    if len(rows):
        counted = network.tag_times.counts_from(office[rows], at[rows])
        # The fetching runs while the day is over: the later of the two.
        fetched = np.where(at_office[rows], at[rows], _fetched(network, at[rows], office[rows]))
        counts[rows] = np.maximum(counted, fetched)
    return counts


def _carrier(movements: Movements, count: int) -> Ints:
    """The carrier of each item: the one that told the latest fact of it."""
    carrier = np.full(count, -1, dtype=np.int64)
    rows = np.flatnonzero(movements.fact & (movements.carrier >= 0) & (movements.at != UNKNOWN))
    order = np.lexsort((movements.carrier[rows], movements.at[rows], movements.item[rows]))
    rows = rows[order]
    carrier[movements.item[rows]] = movements.carrier[rows]
    return carrier


def agreed_points(network: Network, origin: Ints, destination: Ints, day: Ints) -> Ints:
    """The agreed HandoverPoint per item (posts as indices, acceptance days); 0 where nothing is
    agreed: then the item's own scan is all there is, as it was before there were agreements."""
    found, place = network.carriage.of_items(origin, destination, day, list(network.posts))
    points = [0 if one.row is None else int(one.handover) for one in found]
    return np.array(points or [0], dtype=np.int64)[place]


def with_handover(milestones: Milestones, found: Handover) -> Milestones:
    """The milestones with the handover where the arrival scan stood; as they are where the scan
    itself is the proof."""
    changed = (found.row >= 0) | found.bounded
    if not changed.any():
        return milestones
    at, office = milestones.at.copy(), milestones.office.copy()
    at[changed, Checkpoint.INWARD_IN] = found.at[changed]
    office[changed, Checkpoint.INWARD_IN] = found.office[changed]
    counts = np.where(found.row >= 0, found.counts_from, UNKNOWN)
    return replace(milestones, at=at, office=office, counts_from=counts)
