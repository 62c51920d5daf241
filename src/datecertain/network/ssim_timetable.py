"""Flights of an SSIM schedule file: which legs carry mail, whose aircraft they are, and their local
times on every date (req 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from datecertain.findings import Finding, Severity
from datecertain.moments import DAY, Ints, zone
from datecertain.network.rows import Flight
from datecertain.network.ssim import SOLD_AS, Leg, ScheduleFile, read_ssim
from datecertain.network.timetable_rows import (
    DatedFlight,
    Departures,
    RowFate,
    dates_between,
    fate_finding,
)

#: Service type → (whether it is used, what it is), as SSIM appendix C lists them. Used: aircraft of
#: a published or additional service, which carry mail in the hold, and charters whose own
#: definition names cargo or mail. Not used: passenger charters, vehicles on the road, and flights
#: that earn nothing.
SERVICE_TYPES: Mapping[str, tuple[bool, str]] = {
    "J": (True, "scheduled passenger"),
    "S": (True, "scheduled passenger, shuttle"),
    "Q": (True, "scheduled passenger and cargo in the cabin"),
    "F": (True, "scheduled cargo and mail"),
    "M": (True, "scheduled mail only"),
    "G": (True, "additional passenger"),
    "B": (True, "additional passenger, shuttle"),
    "R": (True, "additional passenger and cargo"),
    "A": (True, "additional cargo and mail"),
    "H": (True, "charter, cargo or mail"),
    "L": (True, "charter, passengers with cargo or mail"),
    "C": (False, "charter, passengers only"),
    "O": (False, "charter, special handling"),
    "U": (False, "passengers by surface vehicle"),
    "V": (False, "cargo and mail by surface vehicle"),
    "P": (False, "positioning, ferry or demonstration"),
    "T": (False, "technical test"),
    "K": (False, "training"),
    "D": (False, "general aviation"),
    "E": (False, "special, government"),
    "W": (False, "military"),
    "X": (False, "technical stop"),
    "I": (False, "state, diplomatic or ambulance"),
    "N": (False, "business aviation, air taxi"),
}

_Pair = tuple[str, str]


@dataclass(slots=True)
class _Doubts:
    """What is counted over all legs; one finding each."""

    unknown: Counter[str] = field(default_factory=Counter)
    service: Counter[str] = field(default_factory=Counter)
    offsets: dict[str, list[int]] = field(default_factory=dict)  # airport → lines of legs
    twice_an_hour: int = 0
    fortnights: list[int] = field(default_factory=list)
    restricted: list[int] = field(default_factory=list)


def flights_of_ssim(
    text: str, zones: Mapping[str, str], first_day: int, last_day: int, known_from: int,
    source: str, name: str = "timetable",
) -> tuple[list[Flight], Counter[RowFate], list[Finding]]:  # fmt: skip
    """(flights, lines by fate, findings) of a schedule file.

    `zones`: the airports that the network knows. The period is in local dates of departure, both
    inclusive. Legs of operating flights come first; a leg that is sold on another carrier's
    aircraft is taken, under the operating number if the file says it, only on dates on which that
    aircraft is not there yet. Raises `UsageError` if the text is no such file.
    """
    file = read_ssim(text, name)
    aircraft, departures, doubts = _Aircraft(file), Departures(), _Doubts()
    fates, found = dict(file.fates), list(file.findings)
    for leg in sorted(file.legs, key=lambda leg: (aircraft.duplicate(leg), leg.line)):
        fate = _set_aside(leg, zones, doubts)
        if fate is None:
            flown, doubtful = _flown(leg, zones, first_day, last_day)
            if detail := flown.implausible(zones):
                fate, where = RowFate.UNREADABLE, f"line {leg.line}, 44-61"
                found.append(Finding(fate, Severity.ERROR, name, where, detail))
            else:
                flown = replace(flown, flight=aircraft.operating(leg) or leg.flight)
                also = aircraft.also(flown.flight, leg)
                fate = _taken(
                    leg, flown, aircraft, departures, known_from, _source(source, leg, also)
                )
        if fate is RowFate.KEPT:
            doubts.twice_an_hour += doubtful
            _note_doubts(leg, flown, zones, doubts)
        fates[leg.line] = fate
    counted = Counter(fates.values())
    return departures.flights, counted, found + list(_counted(counted, doubts, name))


class _Aircraft:
    """Which legs are one aircraft: what segment data and the legs themselves say."""

    def __init__(self, file: ScheduleFile) -> None:
        self._operated: dict[tuple[str, int, _Pair], str] = {}
        self._sold: dict[tuple[str, _Pair], str] = {}
        self._also: dict[tuple[str, _Pair], set[str]] = {}
        for marker in file.markers:
            pair = (marker.origin, marker.destination)
            if marker.element == SOLD_AS:
                self._also.setdefault((marker.flight, pair), set()).update(marker.flights)
                self._sold.update({(flight, pair): marker.flight for flight in marker.flights})
            else:
                operating = marker.flights[0]
                self._operated[marker.flight, marker.variation, pair] = operating
                self._also.setdefault((operating, pair), set()).add(marker.flight)

    def operating(self, leg: Leg) -> str:
        """The flight number of the carrier that operates a leg; empty if it is the leg's own or
        the file does not say it."""
        pair = (leg.origin, leg.destination)
        named = self._operated.get((leg.flight, leg.variation, pair))
        named = named or self._sold.get((leg.flight, pair), "")
        return "" if named == leg.flight else named

    def duplicate(self, leg: Leg) -> bool:
        """Whether a leg is sold on another carrier's aircraft."""
        return leg.duplicate or bool(self.operating(leg))

    def also(self, flight: str, leg: Leg) -> list[str]:
        """The other numbers of the aircraft that flies under a number on the leg's way."""
        sold = self._also.get((flight, (leg.origin, leg.destination)), set())
        return sorted((sold | {leg.flight}) - {flight})


def _set_aside(leg: Leg, zones: Mapping[str, str], doubts: _Doubts) -> RowFate | None:
    """The fate of a leg that is not looked at further."""
    used, _ = SERVICE_TYPES.get(leg.service, (False, ""))
    if not used:
        doubts.service[leg.service] += 1
        return RowFate.SERVICE_NOT_CARRIED
    for airport in (leg.origin, leg.destination):
        if airport not in zones:
            doubts.unknown[airport] += 1
            return RowFate.AIRPORT_UNKNOWN
    return None


def _flown(
    leg: Leg, zones: Mapping[str, str], first_day: int, last_day: int
) -> tuple[DatedFlight, int]:
    """The leg on local clocks on each date of the period, and how many of its local times cannot
    be told from the same time an hour before."""
    utc = leg.carrier.utc
    # A UTC date may be the local date before or after.
    dates = _operating_dates(leg, first_day - utc, last_day + utc)
    same = np.ones(len(dates), dtype=np.int64)
    name = (leg.flight, leg.origin, leg.destination)
    if not utc:
        times = (same * leg.departs, same * leg.arrives, same * leg.plus_days)
        return DatedFlight(*name, dates, *times), 0
    departed = dates * DAY + leg.departs
    landed = (dates + leg.plus_days) * DAY + leg.arrives
    local, departs = zone(zones[leg.origin]).to_local(departed)
    arrival, arrives = zone(zones[leg.destination]).to_local(landed)
    flown = DatedFlight(*name, local, departs, arrives, arrival - local)
    leaves, lands = flown.moments(zones)
    inside = (local >= first_day) & (local <= last_day)
    doubtful = int((((leaves != departed) | (lands != landed)) & inside).sum())
    return flown.on(np.flatnonzero(inside)), doubtful


def _operating_dates(leg: Leg, first_day: int, last_day: int) -> Ints:
    """The dates of departure in the leg's own time mode. An open end is that of the carrier's
    validity, which holds for the flight's first leg."""
    carrier = leg.carrier
    starts, ends = leg.first, leg.last
    if starts is None and carrier.valid_from is not None:
        starts = carrier.valid_from + leg.shift
    if ends is None and carrier.valid_to is not None:
        ends = carrier.valid_to + leg.shift
    first = first_day if starts is None else max(first_day, starts)
    last = last_day if ends is None else min(last_day, ends)
    dates = dates_between(first, last, leg.days)
    if not leg.fortnightly or leg.first is None:
        return dates
    return np.compress((dates - leg.first) // 7 % 2 == 0, dates)


def _weeks_in_doubt(leg: Leg, dates: Ints) -> bool:
    """Whether every other seven days from the first date are not every other week from Monday."""
    if not leg.fortnightly or leg.first is None:
        return False
    return bool((((dates + 3) // 7 - (leg.first + 3) // 7) % 2).any())


def _taken(
    leg: Leg, flown: DatedFlight, aircraft: _Aircraft, departures: Departures, known_from: int,
    source: str,
) -> RowFate:  # fmt: skip
    """Take the leg's departures that are not there yet."""
    if not len(flown.dates):
        return RowFate.OUTSIDE_PERIOD
    duplicate = aircraft.duplicate(leg)
    # The operating number is not known: the aircraft is any that leaves for there at that minute.
    unknown = duplicate and not aircraft.operating(leg)
    new = departures.untaken(flown, any_number=unknown)
    if not len(new.dates):
        return RowFate.CODESHARE if duplicate else RowFate.TWICE
    departures.take(new, known_from, source)
    return RowFate.KEPT


def _source(source: str, leg: Leg, also: Iterable[str]) -> str:
    said = f"{source}; line {leg.line}"
    if leg.carrier.utc:
        said += "; local times from UTC"
    others = " ".join(also)
    return f"{said}; also {others}" if others else said


def _note_doubts(leg: Leg, flown: DatedFlight, zones: Mapping[str, str], doubts: _Doubts) -> None:
    """What is not sure of a leg; its offsets beside the zones of the network's airports."""
    if leg.restricted:
        doubts.restricted.append(leg.line)
    if _weeks_in_doubt(leg, flown.dates):
        doubts.fortnights.append(leg.line)
    departed, landed = flown.moments(zones)
    for airport, moments, stated in (
        (leg.origin, departed, leg.departure_offset),
        (leg.destination, landed, leg.arrival_offset),
    ):
        days, minutes = zone(zones[airport]).to_local(moments)
        if (days * DAY + minutes - moments != stated).any():
            doubts.offsets.setdefault(airport, []).append(leg.line)


def _counted(fates: Mapping[RowFate, int], doubts: _Doubts, name: str) -> Iterator[Finding]:
    """One finding for all lines of a fate or a doubt; per airport or service where that is why."""
    why = {
        RowFate.CODESHARE: "sold on the aircraft of a leg that is kept",
        RowFate.TWICE: "the flight is there on every date of it",
        RowFate.OUTSIDE_PERIOD: "no day of operation in the period",
        RowFate.KEPT_ASIDE: "segment data on which no date depends",
    }
    for fate, detail in why.items():
        if fates.get(fate):
            yield fate_finding(fate, fates[fate], name, detail)
    for service, count in sorted(doubts.service.items()):
        _, meaning = SERVICE_TYPES.get(service, (False, "not a service type that we know"))
        detail = f"service type {service}: {meaning}"
        yield fate_finding(RowFate.SERVICE_NOT_CARRIED, count, name, detail)
    for airport, count in sorted(doubts.unknown.items()):
        detail = "not an airport of the network"
        yield fate_finding(RowFate.AIRPORT_UNKNOWN, count, name, detail, airport)
    for airport, lines in sorted(doubts.offsets.items()):
        yield _doubt(
            "offset-differs", name, lines,
            f"state another difference from UTC at {airport} than its zone has on some date",
        )  # fmt: skip
    if doubts.fortnights:
        yield _doubt(
            "fortnight-doubtful", name, doubts.fortnights,
            "fly every other week: read as every other seven days from the first date on",
        )  # fmt: skip
    if doubts.restricted:
        yield _doubt(
            "traffic-restriction", name, doubts.restricted,
            "state a traffic restriction, which may exclude mail: none is applied",
        )  # fmt: skip
    if doubts.twice_an_hour:
        detail = (
            f"{doubts.twice_an_hour} local times fall into the hour that occurs twice; read as the "
            "first"
        )
        yield Finding("clock-change", Severity.WARNING, name, "", detail)


def _doubt(code: str, name: str, lines: Iterable[int], detail: str) -> Finding:
    several = sorted(lines)
    where = f"line {several[0]}"
    return Finding(code, Severity.WARNING, name, where, f"{len(several):,} legs {detail}")
