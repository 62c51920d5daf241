"""What the imports of timetables share: the fates of their rows, and dated departures as rows of
`flights.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.findings import Finding, Severity
from datecertain.moments import DAY, Ints, format_clock, format_date, zone
from datecertain.network.rows import Flight
from datecertain.network.timetable import PLAUSIBLE_BLOCK_MIN

Weekdays = frozenset[int]  # 0 (Monday) … 6 (Sunday)

FLIGHT_COLUMNS = (
    "flight", "from", "to", "days", "departs", "arrives", "plus_days", "valid_from", "valid_to",
    "known_from", "source",
)  # fmt: skip


class RowFate(StrEnum):
    """What became of a row (a line) of a timetable; each has exactly one fate."""

    KEPT = "kept"  # at least one date of it is a flight of the network
    CODESHARE = "codeshare"  # every date of it is the aircraft of a kept row
    TWICE = "row-twice"  # every date of it is a departure of a row before
    OTHER_DIRECTION = "other-direction"  # of the side that was not asked for
    AIRPORT_UNKNOWN = "airport-unknown"  # the network does not know one of its airports
    BLOCK_TIME_UNKNOWN = "block-time-unknown"  # the other end's time cannot be derived
    SERVICE_NOT_CARRIED = "service-not-carried"  # a service type that takes no mail
    OUTSIDE_PERIOD = "outside-period"  # it does not operate on any day of the period
    UNREADABLE = "value-unreadable"  # a value is not what the format says
    HEADER = "header"  # SSIM record type 1
    CARRIER = "carrier"  # SSIM record type 2: it says how the legs after it are read
    CODESHARE_MARKER = "codeshare-marker"  # SSIM record type 4 that names the other flight number
    KEPT_ASIDE = "kept-aside"  # SSIM record type 4 about something that no date depends on
    TRAILER = "trailer"  # SSIM record type 5
    PADDING = "padding"  # a line of zeros or blanks between SSIM records


_HARMLESS = frozenset(
    {
        RowFate.CODESHARE, RowFate.TWICE, RowFate.OTHER_DIRECTION, RowFate.OUTSIDE_PERIOD,
        RowFate.SERVICE_NOT_CARRIED, RowFate.KEPT_ASIDE,
    }
)  # fmt: skip


def fate_finding(fate: RowFate, count: int, source: str, detail: str, where: str = "") -> Finding:
    """One counted finding for many rows of one fate."""
    severity = Severity.NOTE if fate in _HARMLESS else Severity.WARNING
    return Finding(str(fate), severity, source, where, f"{count:,} rows: {detail}")


@dataclass(frozen=True, slots=True)
class ImportedTimetable:
    """Flights made of a timetable. The fates add up to its rows."""

    flights: tuple[Flight, ...]
    text: str  # the same as a `flights.csv`
    fates: Mapping[RowFate, int]
    findings: tuple[Finding, ...]


def flights_csv(flights: Iterable[Flight]) -> str:
    """`flights.csv`, in order of airports, departure and date."""
    ordered = sorted(
        flights,
        key=lambda f: (
            f.origin, f.destination, f.departs, f.valid_from, _digits(f), f.flight, f.source
        ),
    )  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FLIGHT_COLUMNS)
    for row in ordered:
        writer.writerow(
            (
                row.flight, row.origin, row.destination, _digits(row), format_clock(row.departs),
                format_clock(row.arrives), row.plus_days, format_date(row.valid_from),
                format_date(row.valid_to), format_date(row.known_from), row.source,
            )
        )  # fmt: skip
    return out.getvalue()


def _digits(flight: Flight) -> str:
    return "".join(str(day + 1) for day in range(7) if flight.days[day])


def dates_between(first: int, last: int, days: Iterable[int]) -> Ints:
    """The local dates on those weekdays between two, both inclusive."""
    every = np.arange(first, last + 1, dtype=np.int64)
    return every[np.isin(np.mod(every + 3, 7), list(days))]


def weekly_rows(dates: Ints) -> Iterator[tuple[Weekdays, int, int]]:
    """Ascending dates as (weekdays, first, last): each date is in one row, and a row has no other
    dates. Dates of one weekly pattern are one row; where the pattern changes a new one begins."""
    while len(dates):
        days = frozenset(np.mod(dates + 3, 7).tolist())
        count = len(dates)
        if len(dates_between(int(dates[0]), int(dates[-1]), days)) > count:
            count = _one_pattern(dates)
            days = frozenset(np.mod(dates[:count] + 3, 7).tolist())
        yield days, int(dates[0]), int(dates[count - 1])
        dates = dates[count:]


def _one_pattern(dates: Ints) -> int:
    """How many of the dates, from the first on, one weekly row can have."""
    first = before = int(dates[0])
    days: set[int] = set()
    for count, date in enumerate(dates.tolist()):
        left_out = {(day + 3) % 7 for day in range(before + 1, date)}
        weekday = (date + 3) % 7
        if left_out & days or (weekday not in days and date - 7 >= first):
            return count
        days.add(weekday)
        before = date
    return len(dates)


@dataclass(frozen=True, slots=True)
class DatedFlight:
    """A flight on its dates of departure in a period, on the clocks of both ends."""

    flight: str
    origin: str
    destination: str
    dates: Ints  # local, ascending
    departs: Ints
    arrives: Ints
    plus_days: Ints

    def on(self, which: Ints) -> DatedFlight:
        """The same on some of its dates (indices)."""
        return DatedFlight(
            self.flight, self.origin, self.destination, self.dates[which], self.departs[which],
            self.arrives[which], self.plus_days[which],
        )  # fmt: skip

    def moments(self, zones: Mapping[str, str]) -> tuple[Ints, Ints]:
        """When it departs and lands."""
        departed, _ = zone(zones[self.origin]).to_utc(self.dates, self.departs)
        landed, _ = zone(zones[self.destination]).to_utc(self.dates + self.plus_days, self.arrives)
        return departed, landed

    def implausible(self, zones: Mapping[str, str]) -> str:
        """What is wrong with the minutes that it takes; empty if nothing is."""
        departed, landed = self.moments(zones)
        for minutes in {*(landed - departed).tolist()}:
            if minutes not in PLAUSIBLE_BLOCK_MIN:
                return f"{self.flight} would take {minutes} minutes by its airports' clocks"
        return ""


class Departures:
    """The departures of a timetable taken so far, so that none is taken twice."""

    def __init__(self) -> None:
        self.flights: list[Flight] = []
        self._taken: dict[tuple[str, str, str], list[Ints]] = {}

    def untaken(self, one: DatedFlight, *, any_number: bool = False) -> DatedFlight:
        """The dates on which no flight of that number (or, if asked, of any) leaves for there at
        that minute."""
        key = ("" if any_number else one.flight, one.origin, one.destination)
        if key not in self._taken:
            return one
        there = np.isin(_minutes(one), np.concatenate(self._taken[key]))
        return one.on(np.flatnonzero(~there))

    def take(self, one: DatedFlight, known_from: int, source: str) -> None:
        """Take its departures: a row for each spell of equal times and weekly pattern."""
        for number in (one.flight, ""):
            key = (number, one.origin, one.destination)
            self._taken.setdefault(key, []).append(_minutes(one))
        times = np.stack((one.departs, one.arrives, one.plus_days))
        spells, which = np.unique(times, axis=1, return_inverse=True)
        for index, (departs, arrives, plus_days) in enumerate(spells.T.tolist()):
            for days, first, last in weekly_rows(one.dates[which.ravel() == index]):
                self.flights.append(
                    Flight(
                        line=0, source=source, valid_from=first, valid_to=last, flight=one.flight,
                        origin=one.origin, destination=one.destination,
                        days=tuple(day in days for day in range(7)), departs=departs,
                        arrives=arrives, plus_days=plus_days, known_from=known_from,
                    )
                )  # fmt: skip


def _minutes(one: DatedFlight) -> Ints:
    return one.dates * DAY + one.departs
