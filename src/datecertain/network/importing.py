"""Published timetables as flights of a network: a `flights.csv` of them (issue 2, real input).

Nothing is taken over in silence: every row of the schedule has one fate, the fates add up to the
rows, and every time that the schedule does not give is marked `derived` in the row's source.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.network.csv_timetable import flights_of_csv
from datecertain.network.icn_timetable import (
    COLUMNS,
    HOME,
    BlockTimes,
    DerivedFlight,
    Direction,
    Service,
    collapse_codeshares,
    derive_other_end,
    read_service,
    within,
)
from datecertain.network.loading import NetworkData
from datecertain.network.rows import Flight, read_rows
from datecertain.network.ssim_timetable import flights_of_ssim
from datecertain.network.timetable import PLAUSIBLE_BLOCK_MIN, flight_instances
from datecertain.network.timetable_rows import (
    ImportedTimetable,
    RowFate,
    fate_finding,
    flights_csv,
)

BLOCK_COLUMNS = ("from", "to", "block_min", "source")


class TimetableKind(StrEnum):
    """The schedules that can be imported."""

    ICN = "icn"  # Incheon airport's regular passenger schedule, data.go.kr 15095059
    SSIM = "ssim"  # IATA Standard Schedules Information Manual, chapter 7
    CSV = "csv"  # the columns of flights.csv; known_from and source may be left out


class Replace(StrEnum):
    """Which flights of a network give way to an imported timetable."""

    HUB = "hub"  # all at the airport that every imported flight leaves or reaches
    PAIRS = "pairs"  # those from one airport to another between which it has flights
    CARRIERS = "carriers"  # those under the designators of its carriers
    NOTHING = "nothing"  # none: it is added


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to take from a schedule.

    `zones`: the airports that the network knows, Incheon among them, with their zones. The period
    is in local dates at Incheon, both ends inclusive: a schedule as published on one day lacks what
    ended before. `source` names the publication and is written into every row.
    """

    zones: Mapping[str, str]
    block_times: BlockTimes
    first_day: int
    last_day: int
    known_from: int
    source: str
    directions: tuple[Direction, ...] = (Direction.DEPARTURES,)


def import_timetable(
    text: str, kind: str, data: NetworkData, *, source: str, first_day: int, last_day: int,
    known_from: int, block_times_csv: str | None = None,
    directions: Sequence[str] = ("DEP",),
) -> ImportedTimetable:  # fmt: skip
    """A timetable's text as flights between the airports of a network (pure; writes nothing).

    `kind` is a `TimetableKind`; the period is in local dates of departure (of Incheon's clock for
    `icn`), both inclusive. Only `icn` uses the rest: `block_times_csv` has the columns
    `from,to,block_min,source`, and where it says nothing the median block time of the network's own
    flights is taken. Raises `UsageError` for an unknown kind or side, no source, a text that is not
    of the kind, a network without Incheon for `icn`, or a block time that cannot be read.
    """
    if kind not in list(TimetableKind):
        raise UsageError(
            f"no timetable of kind {kind!r} can be imported: {', '.join(TimetableKind)}"
        )
    if not source.strip() or "\n" in source:
        raise UsageError("say where the timetable was published, in one line")
    zones = {row.airport: row.zone for row in data.airports}
    if kind == TimetableKind.ICN:
        if wrong := [side for side in directions if side not in list(Direction)]:
            raise UsageError(f"no side {', '.join(wrong)} in a timetable: {', '.join(Direction)}")
        known = block_minutes_of(data) | read_block_times(block_times_csv or "")
        plan = ImportPlan(
            zones, lambda origin, destination: known.get((origin, destination)),
            first_day, last_day, known_from, source, tuple(Direction(side) for side in directions),
        )  # fmt: skip
        return flights_from_icn(_icn_rows(text), plan)
    read = flights_of_ssim if kind == TimetableKind.SSIM else flights_of_csv
    flights, fates, found = read(text, zones, first_day, last_day, known_from, source)
    return _imported(flights, fates, found)


def superseded(flights: Iterable[Flight], imported: Sequence[Flight], replace: Replace) -> set[int]:
    """The lines of a network's flights that give way to an imported timetable.

    Raises `UsageError` if the airport of all imported flights is asked for and there is none.
    """
    pairs = {(row.origin, row.destination) for row in imported}
    carriers = {_carrier(row.flight) for row in imported}
    hub: set[str] = set.intersection(*({*pair} for pair in pairs)) if pairs else set()
    if replace is Replace.HUB and pairs and not hub:
        raise UsageError("the imported flights have no airport in common: replace pairs instead")
    gives_way: Mapping[Replace, Callable[[Flight], bool]] = {
        Replace.HUB: lambda row: row.origin in hub or row.destination in hub,
        Replace.PAIRS: lambda row: (row.origin, row.destination) in pairs,
        Replace.CARRIERS: lambda row: _carrier(row.flight) in carriers,
        Replace.NOTHING: lambda row: False,
    }
    return {row.line for row in flights if gives_way[replace](row)}


def _carrier(flight: str) -> str:
    """The designator before a flight's number: two characters, or three letters."""
    return flight[:3] if flight[:3].isalpha() else flight[:2]


def _icn_rows(text: str) -> csv.DictReader[str]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise UsageError(
            f"the timetable has no column {', '.join(missing)}; expected {', '.join(COLUMNS)}"
        )
    return reader


def _imported(
    flights: Iterable[Flight], fates: Mapping[RowFate, int], findings: Iterable[Finding]
) -> ImportedTimetable:
    text = flights_csv(flights)
    rows, wrong = read_rows(Flight, text)
    assert not wrong, "what is written here can be read"
    counted = {fate: fates[fate] for fate in RowFate if fates.get(fate)}
    return ImportedTimetable(tuple(rows), text, counted, tuple(findings))


def flights_from_icn(
    rows: Iterable[Mapping[str, str]], plan: ImportPlan, name: str = "timetable"
) -> ImportedTimetable:
    """The flights of Incheon's schedule that fit the plan, codeshares collapsed.

    `rows` have at least the columns `icn_timetable.COLUMNS`; `name` stands in the findings.
    Raises `UsageError` if the plan does not know Incheon.
    """
    if HOME not in plan.zones:
        raise UsageError(f"the network has no airport {HOME}: add it to airports.csv")
    fates: Counter[RowFate] = Counter()
    findings: list[Finding] = []
    unknown: Counter[tuple[RowFate, str]] = Counter()
    services: list[Service] = []
    for number, row in enumerate(rows, start=1):
        try:
            service = read_service({key: (row.get(key) or "").strip() for key in COLUMNS})
        except ValueError as error:
            fates[RowFate.UNREADABLE] += 1
            findings.append(
                Finding(RowFate.UNREADABLE, Severity.ERROR, name, f"row {number}", str(error))
            )
            continue
        clipped = within(service, plan.first_day, plan.last_day)
        fate = _fate(service, clipped, plan)
        fates[fate] += 1
        if fate is RowFate.KEPT and clipped is not None:
            services.append(clipped)
        elif fate in (RowFate.AIRPORT_UNKNOWN, RowFate.BLOCK_TIME_UNKNOWN):
            unknown[fate, service.other] += 1
    aircraft, merged = collapse_codeshares(services)
    fates[RowFate.KEPT] -= merged
    fates[RowFate.CODESHARE] += merged

    derived: list[DerivedFlight] = []
    doubtful = 0
    for one in aircraft:
        minutes = plan.block_times(*_ends(one.service))
        assert minutes is not None, "rows without a block time were set aside"
        flights, doubt = derive_other_end(one, plan.zones, minutes)
        derived += flights
        doubtful += doubt
    findings += _counted(fates, unknown, doubtful, name)
    return _imported([_flight_of(one, plan) for one in derived], fates, findings)


def _ends(service: Service) -> tuple[str, str]:
    leaving = service.direction is Direction.DEPARTURES
    return (HOME, service.other) if leaving else (service.other, HOME)


def _fate(service: Service, clipped: Service | None, plan: ImportPlan) -> RowFate:
    if service.direction not in plan.directions:
        return RowFate.OTHER_DIRECTION
    if service.other not in plan.zones:
        return RowFate.AIRPORT_UNKNOWN
    if plan.block_times(*_ends(service)) is None:
        return RowFate.BLOCK_TIME_UNKNOWN
    return RowFate.OUTSIDE_PERIOD if clipped is None else RowFate.KEPT


def _counted(
    fates: Mapping[RowFate, int], unknown: Mapping[tuple[RowFate, str], int], doubtful: int,
    name: str,
) -> list[Finding]:  # fmt: skip
    """One finding for all rows of a fate, per airport where the airport is the reason."""
    why = {
        RowFate.CODESHARE: "another number of an aircraft that is kept",
        RowFate.OTHER_DIRECTION: "the side of the schedule that was not asked for",
        RowFate.OUTSIDE_PERIOD: "no day of operation in the period",
    }
    reason = {
        RowFate.AIRPORT_UNKNOWN: "not an airport of the network",
        RowFate.BLOCK_TIME_UNKNOWN: "no block time is known: add it to the block times",
    }
    found = [
        fate_finding(fate, fates[fate], name, detail)
        for fate, detail in why.items()
        if fates.get(fate)
    ]
    found += [
        fate_finding(fate, count, name, reason[fate], airport)
        for (fate, airport), count in sorted(unknown.items())
    ]
    if doubtful:
        found.append(
            Finding(
                "clock-change", Severity.WARNING, name, "",
                f"{doubtful} derived times fall into the hour that occurs twice; read as the first",
            )
        )  # fmt: skip
    return found


def _flight_of(derived: DerivedFlight, plan: ImportPlan) -> Flight:
    source = (
        f"{plan.source}; {derived.derived} derived from a block time of {derived.block_min} min"
    )
    if derived.also:
        source += f"; also {' '.join(derived.also)}"
    return Flight(
        line=0, source=source, valid_from=derived.valid_from, valid_to=derived.valid_to,
        flight=derived.flight, origin=derived.origin, destination=derived.destination,
        days=tuple(day in derived.days for day in range(7)), departs=derived.departs,
        arrives=derived.arrives, plus_days=derived.plus_days, known_from=plan.known_from,
    )  # fmt: skip


def block_minutes_of(data: NetworkData) -> dict[tuple[str, str], int]:
    """The median block minutes of a network's own direct flights, per ordered pair of airports
    (the lower of two middle ones)."""
    index = {row.airport: number for number, row in enumerate(data.airports)}
    flown = flight_instances(
        data.flights, index, [row.zone for row in data.airports], data.first_day, data.last_day
    )
    minutes: dict[tuple[int, int], list[int]] = {}
    for origin, destination, block in zip(
        flown.origin.tolist(), flown.destination.tolist(),
        (flown.arrives - flown.departs).tolist(), strict=True,
    ):  # fmt: skip
        minutes.setdefault((origin, destination), []).append(block)
    names = [row.airport for row in data.airports]
    return {
        (names[origin], names[destination]): int(np.sort(blocks)[(len(blocks) - 1) // 2])
        for (origin, destination), blocks in minutes.items()
    }


def read_block_times(text: str) -> dict[tuple[str, str], int]:
    """Block minutes of `from,to,block_min,source` rows; an empty text has none.

    Raises `UsageError` for missing columns and for minutes outside 20 … 1320, as the network's own
    flights are checked.
    """
    rows = [line for line in text.lstrip("\ufeff").splitlines() if line and line[0] != "#"]
    if not rows:
        return {}
    reader = csv.DictReader(rows)
    if missing := [name for name in BLOCK_COLUMNS if name not in (reader.fieldnames or ())]:
        raise UsageError(f"block times have no column {', '.join(missing)}")
    found = {}
    for row in reader:
        minutes = (row["block_min"] or "").strip()
        if not minutes.isdigit() or int(minutes) not in PLAUSIBLE_BLOCK_MIN or not row["source"]:
            raise UsageError(
                f"block time {row['from']} to {row['to']}: {minutes!r} is not 20 to 1320 minutes, "
                "or it has no source"
            )
        found[row["from"].strip(), row["to"].strip()] = int(minutes)
    return found
