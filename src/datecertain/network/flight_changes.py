"""Changes of the timetable by date: a departure cancelled, added or retimed (req 2).

A change names one departure of the published timetable by flight, airport and local date. The
timetable that is flown is again rows of `flights.csv`: the changed row without that date, and a
row of one date for what is flown instead. All that follows reads flights as it always did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from datecertain.findings import Finding
from datecertain.moments import format_clock, format_date
from datecertain.network.rows import Flight, FlightChange


class PublishedDepartures:
    """The published timetable, asked for single departures."""

    def __init__(self, flights: Sequence[Flight]) -> None:
        self.flights = flights
        self._rows: dict[tuple[str, str], list[int]] = {}
        for index, row in enumerate(flights):
            self._rows.setdefault((row.flight, row.origin), []).append(index)

    def named(self, change: FlightChange) -> list[int]:
        """The rows whose departure on that date a change names: none, one, or more in doubt."""
        return [
            index
            for index in self._rows.get((change.flight, change.origin), ())
            if change.destination in ("", self.flights[index].destination)
            and flies_on(self.flights[index], change.date)
        ]


def flies_on(row: Flight, day: int) -> bool:
    """Whether a row has a departure on a local date of its origin."""
    return row.valid_from <= day <= row.valid_to and row.days[(day + 3) % 7]


def flights_flown(flights: Sequence[Flight], changes: Sequence[FlightChange]) -> tuple[Flight, ...]:
    """The timetable with its changes, as rows; without changes the rows as they are.

    A changed row is replaced where it stood, so that ties between rows are decided as before;
    what is added comes last.
    """
    if not changes:
        return tuple(flights)
    published = PublishedDepartures(flights)
    of_row: dict[int, list[FlightChange]] = {}
    added: list[Flight] = []
    for change in changes:
        if change.change == "added":
            added += departure_of(change, change.destination)
        else:
            for index in published.named(change):
                of_row.setdefault(index, []).append(change)
    flown: list[Flight] = []
    for index, row in enumerate(flights):
        flown += _pieces(row, of_row[index]) if index in of_row else [row]
    return (*flown, *added)


def departure_of(change: FlightChange, destination: str) -> list[Flight]:
    """The departure that a change puts in place, as a row of one date; none where it is cancelled
    or its times are not all there."""
    if change.departs is None or change.arrives is None or change.plus_days is None:
        return []
    return [
        Flight(
            line=change.line, source=change.source, valid_from=change.date, valid_to=change.date,
            flight=change.flight, origin=change.origin, destination=destination, days=(True,) * 7,
            departs=change.departs, arrives=change.arrives, plus_days=change.plus_days,
            known_from=change.known_from,
        )
    ]  # fmt: skip


def _pieces(row: Flight, changes: Sequence[FlightChange]) -> Iterator[Flight]:
    """A row without the dates that changed, with what is flown on them instead."""
    first = row.valid_from
    for change in sorted(changes, key=lambda one: one.date):
        if change.date > first:
            yield replace(row, valid_from=first, valid_to=change.date - 1)
        yield from departure_of(change, row.destination)
        first = change.date + 1
    if first <= row.valid_to:
        yield replace(row, valid_from=first)


def change_findings(
    flights: Sequence[Flight], changes: Sequence[FlightChange]
) -> Iterator[Finding]:
    """Changes that cannot be carried out: each has the columns of its kind, names one published
    departure (an added one is not there yet), and no departure is changed twice."""
    published = PublishedDepartures(flights)
    told: dict[tuple[object, ...], int] = {}
    for change in changes:
        if wrong := _wrong_columns(change):
            yield change.finding("change-columns", wrong)
            continue
        rows = published.named(change)
        if change.change == "added":
            there = [r for r in rows if flights[r].departs == change.departs]
            if there:
                yield change.finding(
                    "departure-there", f"{_told(change)} is in row {flights[there[0]].line} of "
                    f"{Flight.file} already",
                )  # fmt: skip
            key: tuple[object, ...] = (
                change.flight, change.origin, change.destination, change.date, change.departs,
            )  # fmt: skip
        elif not rows:
            yield change.finding("departure-unknown", f"{_told(change)} is not in {Flight.file}")
            continue
        elif len(rows) > 1:
            lines = ", ".join(str(flights[r].line) for r in rows)
            yield change.finding(
                "departure-ambiguous", f"{_told(change)} stands in the rows {lines}: say `to`"
            )
            continue
        else:
            key = (rows[0], change.date)
        if (first := told.setdefault(key, change.line)) != change.line:
            yield change.finding("row-twice", f"{_told(change)} is changed already in row {first}")


def _wrong_columns(change: FlightChange) -> str:
    times = {"departs": change.departs, "arrives": change.arrives, "plus_days": change.plus_days}
    needed = [name for name, value in times.items() if value is None]
    if change.change == "cancelled":
        return "a cancelled departure has no times" if len(needed) < len(times) else ""
    if change.change == "added" and not change.destination:
        needed.insert(0, "to")
    return f"{change.change} needs {', '.join(needed)}" if needed else ""


def _told(change: FlightChange) -> str:
    at = f" {format_clock(change.departs)}" if change.departs is not None else ""
    to = f" to {change.destination}" if change.destination else ""
    return f"{change.flight} from {change.origin}{to} on {format_date(change.date)}{at}"
