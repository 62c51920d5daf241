"""How one item was carried, as its explanation shows it: the proof of its handover, and the parts
that its transport step falls into (req 27, 63, 74). What decides is decided in `handover` and
`on_the_way`; here it gets its names and local times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datecertain.moments import DAY, UNKNOWN, Ints, format_local, zone
from datecertain.network import HandoverPoint, Network
from datecertain.network.flight_changes import flies_on, flights_flown
from datecertain.verdict.handover import CARRIER, Handover, Movement, Movements
from datecertain.verdict.on_the_way import Halt, WaySteps

#: A flight may leave a little before its time; what left later is still that flight for a day and
#: a half.
_EARLY_MIN, _LATE_MIN = 60, DAY + DAY // 2


@dataclass(frozen=True, slots=True)
class WayPart:
    """A part of the transport step: who held the item up to this halt, and the day due from there.
    `holder` is a post, or a carrier's code, or empty: a carrier that nobody named."""

    halt: Halt
    at: str  # local date and time there
    place: str
    holder: str
    due_on: int
    days: int


@dataclass(frozen=True, slots=True)
class Proof:
    """By what the handover at the inward office is proven, and which message tells it; without
    one (`source` empty) the item's own scan is the proof, or bounded by the landing."""

    point: HandoverPoint
    agreed: HandoverPoint
    at: str
    place: str
    carrier: str  # empty: not named
    bounded: bool
    noticed: tuple[str, ...]  # codes of findings
    source: str = ""  # RESDIT, RESCON, RESDES
    sender: str = ""
    receptacle: str = ""
    interchange: str = ""
    message: int = 0
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """`proof` None: no handover is known, or none was agreed; `parts` sum to the transport step,
    and are empty where nothing but departure and handover was told."""

    proof: Proof | None
    parts: tuple[WayPart, ...]


def scheduled_departure(network: Network, flight: str, airport: str, at: int) -> int:
    """The departure of a flight by the timetable, changes included, that left an airport at a
    moment: the last one that was due by then. UNKNOWN where the timetable has none."""
    flights = [f for f in network.data.flights if (f.flight, f.origin) == (flight, airport)]
    changes = [c for c in network.data.flight_changes if (c.flight, c.origin) == (flight, airport)]
    zones = {row.airport: row.zone for row in network.data.airports}
    if airport not in zones or not (flights or changes):
        return int(UNKNOWN)
    clock = zone(zones[airport])
    today = int(clock.to_local(at)[0])
    departures = (
        clock.moment(day, row.departs)[0]
        for row in flights_flown(flights, changes)
        for day in range(today - 2, today + 2)
        if flies_on(row, day)
    )
    known = (one for one in departures if at - _LATE_MIN <= one <= at + _EARLY_MIN)
    return max(known, default=int(UNKNOWN))


def proof_of(
    network: Network, found: Handover, movements: Movements,
    rows: Sequence[Mapping[str, Any]], agreed: HandoverPoint,
) -> Proof | None:  # fmt: skip
    """The proof of the first item's handover; `rows`: the movements as facts, in their order."""
    if not int(found.proof[0]):
        return None
    office, row, carrier = int(found.office[0]), int(found.row[0]), int(found.carrier[0])
    place = network.data.offices[office] if office >= 0 else None
    told: dict[str, Any] = {}
    if row >= 0:
        names = ("source", "sender", "receptacle", "interchange", "message", "segment")
        told = {name: rows[row][name] for name in names}
    return Proof(
        HandoverPoint(int(found.proof[0])), agreed,
        format_local(int(found.at[0]), "UTC" if place is None else place.zone),
        "" if place is None else place.office,
        "" if carrier < 0 else movements.carriers[carrier], bool(found.bounded[0]),
        tuple(found.codes(0)), **told,
    )  # fmt: skip


def parts_of(
    network: Network, steps: WaySteps, movements: Movements, rows: Sequence[Mapping[str, Any]]
) -> tuple[WayPart, ...]:
    """The parts of the first item's transport step; none where the handover is all there is."""
    if len(steps.item) < 2:
        return ()
    posts, offices = list(network.posts), network.data.offices
    airports = {row.airport: row.zone for row in network.data.airports}
    found = []
    for place in range(len(steps.item)):
        halt, office = Halt(int(steps.halt[place])), int(steps.office[place])
        at, holder = int(steps.at[place]), int(steps.holder[place])
        where, clock = "", "UTC"
        if office >= 0:
            where, clock = offices[office].office, offices[office].zone
        elif halt is Halt.UPLIFT:
            where = _place_of(rows, movements, at)
            clock = airports.get(where, "UTC")
        found.append(
            WayPart(
                halt, format_local(at, clock), where,
                _carrier_at(movements, at) if holder == CARRIER else posts[holder],
                int(steps.due[place]),
                int(steps.step[place]),
            )
        )  # fmt: skip
    return tuple(found)


def _place_of(rows: Sequence[Mapping[str, Any]], movements: Movements, at: int) -> str:
    lifted = (movements.kind == Movement.UPLIFTED) & (movements.at == at)
    return next((str(rows[row]["place"]) for row in lifted.nonzero()[0].tolist()), "")


def _carrier_at(movements: Movements, at: int) -> str:
    """The carrier that told the last of what happened up to a moment; empty: none did."""
    row = int(last_told(movements, np.zeros(1, np.int64), np.array([at], np.int64))[0])
    return "" if row < 0 else movements.carriers[int(movements.carrier[row])]


def last_told(movements: Movements, item: Ints, at: Ints) -> Ints:
    """For items and moments the row of what a carrier that is named told last of the item up to
    then; of several of one moment the first row. -1: none did."""
    rows = np.flatnonzero((movements.carrier >= 0) & (movements.at != UNKNOWN))
    rows = rows[np.lexsort((-rows, movements.at[rows], movements.item[rows]))]
    if not len(rows):
        return np.full(len(item), -1, dtype=np.int64)
    # Item and moment as one number, for moments lie within a span that is far smaller.
    base = int(min(movements.at[rows].min(), at.min(initial=0)))
    span = int(max(movements.at[rows].max(), at.max(initial=0))) - base + 1
    told = movements.item[rows] * span + (movements.at[rows] - base)
    place = np.searchsorted(told, item * span + (at - base), side="right") - 1
    found = rows[np.maximum(place, 0)]
    return np.where((place >= 0) & (movements.item[found] == item), found, -1)
