"""What can be carried on each lane: flights by the timetable, and what a file states (req 55)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from datecertain.errors import NotFound, UsageError
from datecertain.messages.csv_rows import csv_rows
from datecertain.network import Network

Lane = tuple[str, str]
_COLUMNS = ("origin", "destination", "items_per_week")


def flights_per_week(network: Network, lanes: Sequence[Lane], last_day: int) -> dict[Lane, int]:
    """Direct flights in the week that ends on a day, between the airports of each lane's outward
    and inward offices; empty where the timetable has no flight at all in that week."""
    days = np.arange(last_day - 6, last_day + 1)
    weekday = np.mod(days + 3, 7)
    flown: dict[tuple[str, str], int] = {}
    for row in network.data.flights:
        worked = np.asarray(row.days, dtype=bool)[weekday]
        count = int((worked & (days >= row.valid_from) & (days <= row.valid_to)).sum())
        pair = (row.origin, row.destination)
        flown[pair] = flown.get(pair, 0) + count
    if not any(flown.values()):
        return {}
    held = [row for row in network.data.offices if row.valid_from <= last_day <= row.valid_to]
    out = _airports((row.post, row.airport) for row in held if row.outward)
    into = _airports((row.post, row.airport) for row in held if row.inward)
    return {
        (origin, destination): sum(
            flown.get((start, end), 0)
            for start in out.get(origin, ())
            for end in into.get(destination, ())
        )
        for origin, destination in lanes
    }


def _airports(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for post, airport in pairs:
        found.setdefault(post, set()).add(airport)
    return found


def stated_capacity(file: Path, lanes: Sequence[Lane]) -> dict[Lane, int]:
    """Items a week per lane from a CSV `origin,destination,items_per_week`.

    Raises `NotFound` without the file, `UsageError` naming the line that cannot be read.
    """
    if not file.is_file():
        raise NotFound(f"{file} is not there: name a CSV {','.join(_COLUMNS)}")
    data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    head = tuple(data.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split(","))
    if head != _COLUMNS:
        raise UsageError(f"{file} begins with {','.join(head)}: expected {','.join(_COLUMNS)}")
    found: dict[Lane, int] = {}
    for row in csv_rows(data, len(_COLUMNS)):
        where = f"{file} line {row.line}"
        if row.problem:
            raise UsageError(f"{where}: {row.problem}")
        origin, destination, text = (cell.strip() for cell in row.cells)
        if (origin, destination) not in lanes:
            raise UsageError(f"{where}: {origin}-{destination} is no lane of the group")
        if (origin, destination) in found:
            raise UsageError(f"{where}: {origin}-{destination} stands twice")
        if not (text.isascii() and text.isdigit()):
            raise UsageError(f"{where}: {text!r} is no whole number of items")
        found[origin, destination] = int(text)
    return found
