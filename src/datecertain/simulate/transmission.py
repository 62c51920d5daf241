"""From stamps to what is sent: scans that are never sent, sent late, or sent twice, and the
transmission in which each partner gets each event."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from datecertain.moments import DAY, Ints, zone
from datecertain.network import Network
from datecertain.network.rows import Area, Office
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.scans import CODES, Stamps, StampSheet

#: Each post misses scans more or less often than the plan says, by a factor drawn between these.
_CARE = (0.5, 1.7)


@dataclass(frozen=True, slots=True)
class Scans:
    """One row an event as transmitted to one partner, in order of sender, transmission, partner,
    item, journey. Places index `places` (offices, then areas); -1: not stated."""

    item: npt.NDArray[np.int32]
    code: npt.NDArray[np.int8]  # index into CODES
    scanned_at: Ints  # moment
    date: npt.NDArray[np.int32]  # local at the place
    minute: npt.NDArray[np.int16]
    place: npt.NDArray[np.int16]
    next_place: npt.NDArray[np.int16]
    reason: npt.NDArray[np.int8]  # index into `reasons`
    dispatch: npt.NDArray[np.int32]  # index into `dispatches`
    sender: npt.NDArray[np.int8]  # post
    recipient: npt.NDArray[np.int8]
    sent_at: Ints  # moment of transmission
    places: tuple[str, ...]
    reasons: tuple[str, ...]
    dispatches: pa.Array

    def __len__(self) -> int:
        return len(self.item)

    def sent_by(self, moment: int) -> Scans:
        """Those that were transmitted by a moment."""
        sent = self.sent_at <= moment
        whole = ("places", "reasons", "dispatches")
        named = (one.name for one in fields(self) if one.name not in whole)
        return replace(self, **{name: getattr(self, name)[sent] for name in named})


@dataclass(frozen=True, slots=True)
class ScanDefects:
    """What became of the scans of each item: bit k of a mask stands for CODES[k]."""

    sent: Ints
    missing: Ints  # happened before the closing, but was never sent
    sent_late: Ints
    sent_twice: Ints
    stamped_late: Ints


def transmit(
    network: Network, sheet: StampSheet, count: int, plan: SimulationPlan
) -> tuple[Scans, ScanDefects]:
    """Send what happened up to the closing moment; `count` is the number of items.

    What is sent late may be sent after the closing: it stands in a later file.
    """
    rng = plan.stream("transmission")
    stamps = sheet.stamps.take(np.flatnonzero(sheet.stamps.at <= plan.closing_at))
    events = len(stamps.item)
    rate = np.array([plan.chances.missing_scan.get(name, 0.0) for name in CODES])
    care = np.exp(rng.uniform(np.log(_CARE[0]), np.log(_CARE[1]), len(network.data.posts)))
    gone = rng.random(events) < rate[stamps.code] * care[stamps.sender]
    late = (rng.random(events) < plan.chances.sent_late) & ~gone
    twice = (rng.random(events) < plan.chances.sent_twice) & ~gone
    ready = stamps.at + rng.integers(10, 90, events)
    ready += np.where(late, rng.integers(DAY, 6 * DAY, events), 0)
    pause = rng.integers(1, 2 * DAY, events)
    sent_at = _next_transmission(network, plan, stamps.sender, ready)
    repeated_at = _next_transmission(network, plan, stamps.sender, sent_at + pause)
    defects = ScanDefects(
        sent=_bits(stamps, ~gone, count),
        missing=_bits(stamps, gone, count),
        sent_late=_bits(stamps, late, count),
        sent_twice=_bits(stamps, twice, count),
        stamped_late=sheet.stamped_late,
    )
    rows = np.concatenate([np.flatnonzero(~gone), np.flatnonzero(twice)])
    sendings = np.concatenate([sent_at[~gone], repeated_at[twice]])
    return _ordered(network, sheet, stamps.take(rows), sendings), defects


def _bits(stamps: Stamps, which: npt.NDArray[np.bool_], count: int) -> Ints:
    """Per item the codes of some of its stamps, as bits."""
    mask = np.zeros(count, dtype=np.int64)
    for number in range(len(CODES)):
        mask[stamps.item[which & (stamps.code == number)]] |= 1 << number
    return mask


def _next_transmission(network: Network, plan: SimulationPlan, sender: Ints, ready: Ints) -> Ints:
    """The post's next sending, on its own clock."""
    hours = np.array(sorted(plan.transmissions), dtype=np.int64)
    sent = np.empty(len(ready), dtype=np.int64)
    for index in np.unique(sender).tolist():
        rows = np.flatnonzero(sender == index)
        clock = zone(network.data.posts[index].zone)
        day, minute = clock.to_local(ready[rows])
        number = np.searchsorted(hours, minute, side="left")
        day = day + (number == len(hours))
        sent[rows], _ = clock.to_utc(day, hours[number % len(hours)])
    return sent


def _ordered(network: Network, sheet: StampSheet, stamps: Stamps, sent_at: Ints) -> Scans:
    first = int(sent_at.min()) if len(sent_at) else 0
    key = (((stamps.sender << 20) | (sent_at - first)) << 5 | stamps.recipient) << 32
    key |= (stamps.item << 5) | stamps.code
    order = np.argsort(key, kind="stable")
    stamps = stamps.take(order)
    places: tuple[Office | Area, ...] = (*network.data.offices, *network.data.areas)
    names = (*(o.office for o in network.data.offices), *(a.area for a in network.data.areas))
    zones = np.array([place.zone for place in places])
    date = np.empty(len(order), dtype=np.int32)
    minute = np.empty(len(order), dtype=np.int16)
    of_place = np.unique(zones, return_inverse=True)
    for number, name in enumerate(of_place[0].tolist()):
        rows = np.flatnonzero(of_place[1][stamps.place] == number)
        date[rows], minute[rows] = zone(name).to_local(stamps.at[rows])
    return Scans(
        stamps.item.astype(np.int32), stamps.code.astype(np.int8), stamps.at, date, minute,
        stamps.place.astype(np.int16), stamps.next_place.astype(np.int16),
        stamps.reason.astype(np.int8), stamps.dispatch.astype(np.int32),
        stamps.sender.astype(np.int8), stamps.recipient.astype(np.int8), sent_at[order],
        names, sheet.reasons, sheet.dispatches,
    )  # fmt: skip
