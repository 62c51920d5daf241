"""The simple timetable: the columns of `flights.csv`, one row a flight, in local times.

`known_from` and `source` may be left out: they are then those of the whole timetable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import format_date
from datecertain.network.rows import Flight, read_rows
from datecertain.network.timetable_rows import (
    DatedFlight,
    Departures,
    RowFate,
    dates_between,
    fate_finding,
)

_NO_COLUMNS = ("file-empty", "column-missing")


def flights_of_csv(
    text: str, zones: Mapping[str, str], first_day: int, last_day: int, known_from: int,
    source: str, name: str = "timetable",
) -> tuple[list[Flight], Counter[RowFate], list[Finding]]:  # fmt: skip
    """(flights, rows by fate, findings) of a timetable in the columns of `flights.csv`.

    `zones`: the airports that the network knows. The period is in local dates of departure, both
    inclusive. Columns of other names are not read, and are told. Raises `UsageError` if a needed
    column is missing.
    """
    rows, wrong = read_rows(Flight, text, {"known_from": format_date(known_from), "source": source})
    found = [replace(one, source=name) for one in wrong]
    for one in found:
        if one.code in _NO_COLUMNS:
            raise UsageError(f"the timetable cannot be read: {one.detail}")
    of_rows = [one for one in found if one.code != "column-unknown"]
    notes = [replace(one, severity=Severity.NOTE) for one in found if one.code == "column-unknown"]
    fates: Counter[RowFate] = Counter()
    fates[RowFate.UNREADABLE] = len({one.position for one in of_rows})
    unknown: Counter[str] = Counter()
    departures = Departures()
    for row in rows:
        fate, detail = _fate(row, zones, first_day, last_day, departures)
        fates[fate] += 1
        if fate is RowFate.UNREADABLE:
            of_rows.append(Finding(fate, Severity.ERROR, name, f"row {row.line}", detail))
        elif fate is RowFate.AIRPORT_UNKNOWN:
            unknown[detail] += 1
    for fate, why in (
        (RowFate.TWICE, "the flight is there on every date of it"),
        (RowFate.OUTSIDE_PERIOD, "no day of operation in the period"),
    ):
        if fates[fate]:
            notes.append(fate_finding(fate, fates[fate], name, why))
    for airport, count in sorted(unknown.items()):
        why = "not an airport of the network"
        notes.append(fate_finding(RowFate.AIRPORT_UNKNOWN, count, name, why, airport))
    return departures.flights, fates, of_rows + notes


def _fate(
    row: Flight, zones: Mapping[str, str], first_day: int, last_day: int, departures: Departures
) -> tuple[RowFate, str]:
    """What becomes of a row, and the airport or the defect that decides it."""
    if row.valid_to < row.valid_from or row.origin == row.destination:
        return RowFate.UNREADABLE, "ends before it begins, or lands where it left"
    for airport in (row.origin, row.destination):
        if airport not in zones:
            return RowFate.AIRPORT_UNKNOWN, airport
    days = [day for day, worked in enumerate(row.days) if worked]
    dates = dates_between(max(row.valid_from, first_day), min(row.valid_to, last_day), days)
    if not len(dates):
        return RowFate.OUTSIDE_PERIOD, ""
    same = np.ones(len(dates), dtype=np.int64)
    flown = DatedFlight(
        row.flight, row.origin, row.destination, dates, same * row.departs, same * row.arrives,
        same * row.plus_days,
    )  # fmt: skip
    if detail := flown.implausible(zones):
        return RowFate.UNREADABLE, detail
    new = departures.untaken(flown)
    if not len(new.dates):
        return RowFate.TWICE, ""
    departures.take(new, row.known_from, row.source)
    return RowFate.KEPT, ""
