"""What of a network is a post's own (req 58, 78): its areas, offices, calendars, schedules and
products, and conditions of its lanes. Terms, lanes and relations are agreed by two; flights and
rates are everybody's."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping

from datecertain.access import EVERYTHING
from datecertain.errors import NotAllowed
from datecertain.network import Network
from datecertain.network.rows import table_lines

#: Files of one post's rows, by the column that tells whose a row is.
_OF_POST = {
    "areas.csv": "post", "offices.csv": "post", "postcodes.csv": "post", "products.csv": "post",
    "channels.csv": "post", "calendars.csv": "calendar", "holidays.csv": "calendar",
    "schedules.csv": "schedule", "closures.csv": "office", "tag_times.csv": "office",
    "area_links.csv": "area",
}  # fmt: skip
#: Files of rows that either post of a lane may change.
_OF_LANE = ("conditions.csv",)
#: Files that the central office may change for all.
_OF_GROUP = ("airports.csv", "flights.csv", "flight_changes.csv", "rates.csv")
_Row = tuple[tuple[str, str], ...]


def demand_own_rows(before: Network, texts: Mapping[str, str], post: str) -> None:
    """Raises `NotAllowed` unless all that differs between a network and such files is a post's own;
    the central office's (`post` empty) is what is everybody's."""
    if post == EVERYTHING:
        return
    standing = before.data.texts
    owners = {**_owners(standing), **_owners(texts)}
    for name in sorted({*standing, *texts}):
        old, new = Counter(_rows(standing.get(name, ""))), Counter(_rows(texts.get(name, "")))
        for row in [*(old - new), *(new - old)]:
            # Of a column that stands twice the network reads the first.
            if not _own(name, dict(reversed(row)), post, owners):
                told = ", ".join(value for _, value in row[:3] if value)
                raise NotAllowed(
                    f"{name} would change at {told}: that is not one's own", "network.own_rows",
                    name=name, row=told,
                )  # fmt: skip


def _own(name: str, row: Mapping[str, str], post: str, owners: Mapping[str, str]) -> bool:
    if not post:
        return name in _OF_GROUP
    if name in _OF_LANE:
        return post in (row.get("origin"), row.get("destination"))
    if name not in _OF_POST:
        return False
    whose = row.get(_OF_POST[name], "")
    if _OF_POST[name] in ("office", "area"):
        whose = owners.get(whose, "")
    # Calendars are named `KR` or `KR-…`, schedules `KR.…`.
    return whose.partition("-")[0].partition(".")[0] == post


def _owners(texts: Mapping[str, str]) -> dict[str, str]:
    """Whose each area and office is."""
    return {
        row[key]: row["post"]
        for name, key in (("areas.csv", "area"), ("offices.csv", "office"))
        for row in map(dict, _rows(texts.get(name, "")))
        if key in row and "post" in row
    }


def _rows(text: str) -> Iterator[_Row]:
    """The rows as the network reads them, line by line."""
    lines = [next(csv.reader([line])) for _, line in table_lines(text)]
    names = [name.strip() for name in lines[0]] if lines else []
    for row in lines[1:]:
        yield tuple(zip(names, (value.strip() for value in row), strict=False))
