"""What anyone may know of an item who has its number (req 40, 59): milestones without places finer
than a country, the date promised, whether it was kept. No attribution, no money, no person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from datecertain.errors import NotFound
from datecertain.moments import zone
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.timelines import Episode, ItemScan, item_timeline
from datecertain.store import Workspace

#: The scans that the public is shown; what else is scanned is the posts' own.
SHOWN = ("EMA", "EMB", "EMC", "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EDH", "EDG", "EMH", "EMI")
_DELIVERED = "EMI"


class PublicState(StrEnum):
    """How an item stands, for anyone."""

    DELIVERED_IN_TIME = "delivered_in_time"  # on the date promised or before
    DELIVERED_LATE = "delivered_late"  # after it
    DELIVERED = "delivered"  # no date was promised
    OVERDUE = "overdue"  # not delivered, and the date promised has passed at the destination
    ON_THE_WAY = "on_the_way"  # not delivered yet


@dataclass(frozen=True, slots=True)
class Milestone:
    """A scan: local day and minute where it was made; `country` of the office."""

    code: str
    day: int
    minute: int
    country: str


@dataclass(frozen=True, slots=True)
class PublicTracking:
    """What anyone may know of an item. `promised_on` None: no date is guaranteed."""

    item_id: str
    state: PublicState
    promised_on: int | None
    delivered_on: int | None
    milestones: tuple[Milestone, ...]


def track_for_anyone(
    workspace: Workspace, network: Network, number: str, clock: Clock
) -> PublicTracking | None:
    """The latest item that had this number; None alike for a number that is none, that nobody has
    seen, or that was only promised a date."""
    try:
        told = item_timeline(workspace, number)
    except NotFound:
        return None
    seen = [one for one in told.episodes if one.scans or one.record]
    if not seen:
        return None
    latest = seen[-1]
    milestones = tuple(_milestone(scan) for scan in latest.scans if scan.code in SHOWN)
    promised = _promised_on(latest)
    delivered = [scan.event_day for scan in latest.scans if scan.code == _DELIVERED]
    delivered_on = min(delivered) if delivered else None
    state = _state(promised, delivered_on, _today(network, latest, clock))
    return PublicTracking(told.item_id, state, promised, delivered_on, milestones)


def _milestone(scan: ItemScan) -> Milestone:
    return Milestone(scan.code, scan.event_day, scan.event_min, scan.place.code[:2])


def _promised_on(latest: Episode) -> int | None:
    promised: int | None = None if latest.record is None else latest.record["promised_on"]
    return promised


def _today(network: Network, latest: Episode, clock: Clock) -> int | None:
    if latest.record is None:
        return None
    place = network.post(latest.record["destination"]).zone
    return int(zone(place).to_local(clock.now())[0])


def _state(promised: int | None, delivered: int | None, today: int | None) -> PublicState:
    if delivered is not None:
        if promised is None:
            return PublicState.DELIVERED
        in_time = delivered <= promised
        return PublicState.DELIVERED_IN_TIME if in_time else PublicState.DELIVERED_LATE
    if promised is not None and today is not None and today > promised:
        return PublicState.OVERDUE
    return PublicState.ON_THE_WAY
