"""Flights as slots between airports, with at most one change (req 2, 3).

The timetable is compiled to one step function per ordered pair of airports: ready at the
airport by the departure, done at the landing. A connection is the composition of two such
functions with the minimum connection time between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, Ints, zone
from datecertain.network.rows import Airport, Flight
from datecertain.network.steps import StepTable

#: Minutes that a flight can take: what lies outside is an error of the timetable.
PLAUSIBLE_BLOCK_MIN = range(20, 22 * 60 + 1)


@dataclass(frozen=True, slots=True)
class FlightInstances:
    """Every departure of the timetable between two dates: one entry per aircraft movement."""

    row: Ints  # index of the flight's row
    origin: Ints  # airport index
    destination: Ints
    departs: Ints  # moments
    arrives: Ints


@dataclass(frozen=True, slots=True)
class Timetable:
    """Pairs of airports as step functions. `pairs.tag` is an itinerary: `first[tag]`, `second[tag]`
    are flight instances (`second` is -1 on a direct flight)."""

    airports: tuple[str, ...]
    flights: tuple[Flight, ...]
    instances: FlightInstances
    pairs: StepTable
    first: Ints
    second: Ints

    def pair_key(self, origin: str, destination: str) -> int:
        """The key of a pair in `pairs`; -1 if the timetable knows neither end."""
        if origin not in self.airports or destination not in self.airports:
            return -1
        count = len(self.airports)
        return self.airports.index(origin) * count + self.airports.index(destination)

    def legs(self, tag: int) -> list[tuple[Flight, int, int]]:
        """The flights of an itinerary in order: (row, departure moment, arrival moment)."""
        found = []
        for instance in (int(self.first[tag]), int(self.second[tag])):
            if instance >= 0:
                found.append(
                    (
                        self.flights[int(self.instances.row[instance])],
                        int(self.instances.departs[instance]),
                        int(self.instances.arrives[instance]),
                    )
                )
        return found


def flight_instances(
    flights: Sequence[Flight], airports: Mapping[str, int], zones: Sequence[str],
    first_day: int, last_day: int,
) -> FlightInstances:  # fmt: skip
    """All departures with a local departure date between the two days, both inclusive."""
    parts: list[tuple[Ints, ...]] = []
    everything = np.arange(first_day, last_day + 1, dtype=np.int64)
    weekday = np.mod(everything + 3, 7)
    for index, row in enumerate(flights):
        origin, destination = airports[row.origin], airports[row.destination]
        worked = np.asarray(row.days, dtype=bool)[weekday]
        days = everything[worked & (everything >= row.valid_from) & (everything <= row.valid_to)]
        departs, _ = zone(zones[origin]).to_utc(days, np.full(len(days), row.departs))
        landing = days + row.plus_days
        arrives, _ = zone(zones[destination]).to_utc(landing, np.full(len(days), row.arrives))
        same = np.ones(len(days), dtype=np.int64)
        parts.append((same * index, same * origin, same * destination, departs, arrives))
    if not parts:
        empty = np.array([], dtype=np.int64)
        return FlightInstances(empty, empty, empty, empty, empty)
    return FlightInstances(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def compile_timetable(
    flights: Sequence[Flight], airport_rows: Iterable[Airport], first_day: int, last_day: int,
    targets: Iterable[str] | None = None,
) -> Timetable:  # fmt: skip
    """The step functions between all pairs of airports, direct or with one change.

    `targets`: airports to which connections are wanted (default: all); direct flights are always
    there. Ties go to the direct flight, then to the earlier row.
    """
    rows = list(airport_rows)
    names = tuple(row.airport for row in rows)
    index = {name: number for number, name in enumerate(names)}
    count = len(names)
    instances = flight_instances(flights, index, [row.zone for row in rows], first_day, last_day)
    everyone = np.arange(len(instances.row))
    direct = StepTable.build(
        count * count, instances.origin * count + instances.destination,
        instances.departs, instances.arrives, everyone,
    )  # fmt: skip
    first, second = [everyone], [np.full(len(everyone), -1, dtype=np.int64)]
    keys, ready, done = [direct.keys], [direct.ready], [direct.done]
    wanted = {index[name] for name in (names if targets is None else targets)}
    change = np.array([row.connection_min for row in rows], dtype=np.int64)
    tags: list[Ints] = [direct.tag]
    offset = len(everyone)
    middle = direct.keys % count
    for destination in sorted(wanted):
        slot = direct.slot(middle * count + destination, direct.done + change[middle])
        origin = direct.keys // count
        use = np.flatnonzero((slot >= 0) & (origin != destination) & (middle != destination))
        first.append(direct.tag[use])
        second.append(direct.tag[slot[use]])
        keys.append(origin[use] * count + destination)
        ready.append(direct.ready[use])
        done.append(direct.done[slot[use]])
        tags.append(offset + np.arange(len(use)))
        offset += len(use)
    pairs = StepTable.build(
        count * count, np.concatenate(keys), np.concatenate(ready), np.concatenate(done),
        np.concatenate(tags),
    )  # fmt: skip
    used, compact = np.unique(pairs.tag, return_inverse=True)
    return Timetable(
        names, tuple(flights), instances,
        StepTable(pairs.words, pairs.done, pairs.start, compact.astype(np.int64)),
        np.concatenate(first)[used] if len(used) else used,
        np.concatenate(second)[used] if len(used) else used,
    )  # fmt: skip


def between_offices(
    timetable: Timetable, pair_keys: Ints, tender: Ints, recovery: Ints
) -> StepTable:
    """One function per pair of offices: ready when leaving the outward office in time for tender,
    done on arrival at the inward office after recovery (minutes per pair). A pair key of -1 has no
    slots."""
    chosen = timetable.pairs.select(np.maximum(pair_keys, 0))
    keys = chosen.keys
    usable = pair_keys[keys] >= 0
    done = np.where(usable, chosen.done + recovery[keys], NEVER)
    return StepTable.build(len(pair_keys), keys, chosen.ready - tender[keys], done, chosen.tag)
