"""Incheon airport's published schedule as flights of a network (issue 2, real input).

The schedule (data.go.kr 15095059) gives one row per flight number: direction, airports, the local
time at Incheon, days of operation as `1.34567` and the dates between which they hold. Two things
have to be made of it. *Codeshares*: one aircraft stands there under every number that is sold on
it, so departures to one airport at one time on one date are one. *The other end*: its local time is
not given, so it is derived from a block time, and every row says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from datecertain.errors import BadMoment
from datecertain.moments import DAY, Ints, parse_clock, parse_date, zone
from datecertain.network.timetable_rows import Weekdays, dates_between

HOME = "ICN"
COLUMNS = (
    "direction", "origin", "destination", "flight", "local_time", "days_of_operation",
    "valid_from", "valid_to",
)  # fmt: skip

#: Block minutes from one airport to another; None where they are not known.
BlockTimes = Callable[[str, str], int | None]


class Direction(StrEnum):
    """The two sides of the schedule."""

    DEPARTURES = "DEP"
    ARRIVALS = "ARR"


@dataclass(frozen=True, slots=True)
class Service:
    """One flight number at one time at Incheon, on these weekdays between two dates (inclusive).

    `first` and `last` are local dates at Incheon, as day numbers; `at` minutes of the local day.
    """

    direction: Direction
    other: str
    flight: str
    at: int
    days: Weekdays
    first: int
    last: int

    def dates(self) -> Ints:
        """The local dates at Incheon on which it operates."""
        return dates_between(self.first, self.last, self.days)


@dataclass(frozen=True, slots=True)
class Aircraft:
    """A service after codeshares are collapsed, and the other numbers sold on it."""

    service: Service
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DerivedFlight:
    """A flight with both ends in local time, between two dates with unchanged clocks."""

    flight: str
    origin: str
    destination: str
    days: Weekdays
    departs: int
    arrives: int
    plus_days: int
    valid_from: int
    valid_to: int
    block_min: int
    derived: str  # `arrival` or `departure`: the end that the schedule does not give
    also: tuple[str, ...]


def read_service(row: Mapping[str, str]) -> Service:
    """The service of one row of the schedule. Raises `ValueError` saying what is wrong."""
    direction = Direction(row["direction"])
    home, other = (
        (row["origin"], row["destination"])
        if direction is Direction.DEPARTURES
        else (row["destination"], row["origin"])
    )
    if home != HOME or not re.fullmatch("[A-Z]{3}", other) or other == HOME:
        raise ValueError(f"a {direction} row is between {HOME} and another airport")
    pattern = row["days_of_operation"]
    if not re.fullmatch(r"[1.][2.][3.][4.][5.][6.][7.]", pattern) or not pattern.strip("."):
        raise ValueError(f"days_of_operation={pattern!r}: seven places such as 1.34567")
    if not re.fullmatch("[A-Z0-9]{2,3}[0-9]{1,4}[A-Z]?", row["flight"]):
        raise ValueError(f"flight={row['flight']!r}: a carrier's code and a number such as KE001")
    try:
        at = parse_clock(row["local_time"])
        first, last = parse_date(row["valid_from"]), parse_date(row["valid_to"])
    except BadMoment as error:
        raise ValueError(str(error)) from error
    if at == DAY or last < first:
        raise ValueError("local_time ends at 23:59, and valid_to does not come before valid_from")
    days = frozenset(place for place, mark in enumerate(pattern) if mark != ".")
    return Service(direction, other, row["flight"], at, days, first, last)


def within(service: Service, first_day: int, last_day: int) -> Service | None:
    """The service between two local dates, both inclusive; None if it has no date there."""
    return _narrowed(service, max(service.first, first_day), min(service.last, last_day))


def _narrowed(
    service: Service, first: int, last: int, days: Weekdays | None = None
) -> Service | None:
    """The service on some weekdays between two dates, drawn in to the dates that it operates and
    their weekdays."""
    part = Service(
        service.direction, service.other, service.flight, service.at,
        service.days if days is None else days, first, last,
    )  # fmt: skip
    dates = part.dates() if last >= first else np.array([], dtype=np.int64)
    if not len(dates):
        return None
    flown = frozenset(np.mod(dates + 3, 7).tolist())
    return Service(
        part.direction, part.other, part.flight, part.at, flown, int(dates[0]), int(dates[-1])
    )


def collapse_codeshares(services: Iterable[Service]) -> tuple[list[Aircraft], int]:
    """(one aircraft per airport, time and date; how many services became part of another).

    Of several numbers the one that covers most dates is kept, then the shortest (operating
    carriers have the short numbers), then the first in the alphabet: the order of the rows changes
    nothing. The schedule does not name the operating carrier. Two carriers that leave for one
    airport in the same minute cannot be told from a codeshare; the next departure is the same.
    """
    groups: dict[tuple[Direction, str, int], list[Service]] = {}
    for service in services:
        groups.setdefault((service.direction, service.other, service.at), []).append(service)
    aircraft: list[Aircraft] = []
    merged = 0
    for key in sorted(groups):
        kept: list[Service] = []
        for service in sorted(groups[key], key=_preference):
            rest = _not_covered(service, kept)
            kept += rest
            merged += not rest
        aircraft += [Aircraft(service, _also(service, groups[key])) for service in kept]
    return aircraft, merged


def _preference(service: Service) -> tuple[int, int, str, int, list[int]]:
    return (
        -len(service.dates()), len(service.flight), service.flight, service.first,
        sorted(service.days),
    )  # fmt: skip


def _not_covered(service: Service, kept: Sequence[Service]) -> list[Service]:
    """The parts of a service on dates on which no kept one operates."""
    edges = {service.first, service.last + 1}
    edges |= {
        edge for other in kept for edge in (other.first, other.last + 1)
        if service.first < edge <= service.last
    }  # fmt: skip
    bounds = sorted(edges)
    spans: list[tuple[int, int, Weekdays]] = []
    for first, after in pairwise(bounds):
        taken = (other.days for other in kept if other.first <= first and after - 1 <= other.last)
        days = service.days.difference(*taken)
        if spans and spans[-1][2] == days:
            spans[-1] = (spans[-1][0], after - 1, days)
        else:
            spans.append((first, after - 1, days))
    parts = (_narrowed(service, first, last, days) for first, last, days in spans)
    return [part for part in parts if part is not None]


def _also(kept: Service, group: Sequence[Service]) -> tuple[str, ...]:
    """The other numbers of the group that share a date with the kept one."""
    dates = kept.dates()
    shared = {
        other.flight for other in group
        if other.flight != kept.flight and np.isin(other.dates(), dates).any()
    }  # fmt: skip
    return tuple(sorted(shared))


def derive_other_end(
    aircraft: Aircraft, zones: Mapping[str, str], block_min: int
) -> tuple[list[DerivedFlight], int]:
    """(flights with both ends, one per spell of equal clocks; dates on which the derived local time
    is one that occurs twice and is read as the earlier)."""
    service = aircraft.service
    leaving = service.direction is Direction.DEPARTURES
    dates = service.dates()
    home, _ = zone(zones[HOME]).to_utc(dates, np.full(len(dates), service.at))
    away = home + block_min if leaving else home - block_min
    other_dates, minutes = zone(zones[service.other]).to_local(away)
    doubtful = int((zone(zones[service.other]).to_utc(other_dates, minutes)[0] != away).sum())
    found = []
    for run in _runs(minutes, other_dates - dates):
        minute, shift = int(minutes[run][0]), int((other_dates - dates)[run][0])
        moved = 0 if leaving else shift  # `days` and validity are those of the departure
        found.append(
            DerivedFlight(
                service.flight, *((HOME, service.other) if leaving else (service.other, HOME)),
                frozenset((day + moved) % 7 for day in service.days),
                departs=service.at if leaving else minute,
                arrives=minute if leaving else service.at,
                plus_days=shift if leaving else -shift,
                valid_from=int(dates[run][0]) + moved, valid_to=int(dates[run][-1]) + moved,
                block_min=block_min, derived="arrival" if leaving else "departure",
                also=aircraft.also,
            )
        )  # fmt: skip
    return found, doubtful


def _runs(*columns: Ints) -> Iterator[slice]:
    """The stretches of rows in which no column changes."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[0] = True
    for column in columns:
        changed[1:] |= np.diff(column) != 0
    starts = np.flatnonzero(changed).tolist()
    for start, end in zip(starts, [*starts[1:], len(changed)], strict=True):
        yield slice(start, end)
