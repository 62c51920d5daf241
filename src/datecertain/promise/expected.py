"""The expected date beside the guaranteed one: what past items did, told as percentiles (req 8).

History is a table of shifts: how many delivery days of the addressee's area after the standard date
an item was delivered. An item that was not delivered counts as later than every percentile: leaving
it out would make a lane that loses items look quick. The expected date binds nobody.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from datecertain.errors import UsageError
from datecertain.moments import NEVER, format_date, parse_date, zone
from datecertain.network import NO_DUE, Network
from datecertain.promise.quoting import Quote

#: The percentiles that are told.
PERCENTS = (50, 80, 95)
COLUMNS = (
    "origin", "destination", "to_area", "shift_days", "items", "from", "until", "source",
)  # fmt: skip
#: In `shift_days` of the file: not delivered as far as is known.
NOT_DELIVERED = "not_delivered"
#: Items from which on a percentile is told, where whoever makes the file does not choose.
MINIMUM_ITEMS = 59
_REASON = (
    "of n items the latest lies at or beyond the true 95 % point with probability 1 - 0.95^n; "
    "59 is the first n that makes it 95 %"
)
_MINIMUM = re.compile(r"# minimum_items = ([0-9]{1,9})\b")


class Pool(StrEnum):
    """Whose items an expectation rests on, the narrowest with enough of them."""

    AREA = "area"  # of the lane, to the addressee's area
    LANE = "lane"  # of the lane, to all areas
    ORIGIN = "origin"  # of the origin post, to all posts


@dataclass(frozen=True, slots=True)
class Shift:
    """How many items of a lane and area came how many delivery days after their standard date
    (negative: before). `days` is None for those not delivered."""

    origin: str
    destination: str
    to_area: str
    days: int | None
    items: int
    first: int  # local acceptance dates, the first and the last
    last: int
    source: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What past items of a pool did, for one quote. `on` has a local date at the destination per
    percentile, None where so many were not delivered."""

    pool: Pool
    items: int
    not_delivered: int
    on: Mapping[int, int | None]
    first: int
    last: int


class History:
    """The shifts of past items, asked per quote."""

    def __init__(self, shifts: Iterable[Shift], minimum_items: int = MINIMUM_ITEMS) -> None:
        self.shifts = tuple(shifts)
        self.minimum_items = minimum_items

    def items_to(self, origin: str, destination: str) -> int:
        """How many items of a lane are known."""
        lane = (origin, destination)
        return sum(row.items for row in self.shifts if (row.origin, row.destination) == lane)

    def pools(
        self, origin: str, destination: str, to_area: str
    ) -> list[tuple[Pool, Mapping[int | None, int]]]:
        """The pools that an item belongs to, the narrowest first: items by shift (None: those not
        delivered)."""
        keys = ((Pool.AREA, (origin, destination, to_area)), (Pool.LANE, (origin, destination)),
                (Pool.ORIGIN, (origin,)))  # fmt: skip
        return [(pool, self._counted.get(key, {})) for pool, key in keys]

    @cached_property
    def _counted(self) -> dict[tuple[str, ...], dict[int | None, int]]:
        found: dict[tuple[str, ...], dict[int | None, int]] = {}
        for row in self.shifts:
            whole = (row.origin, row.destination, row.to_area)
            for length in (1, 2, 3):
                counts = found.setdefault(whole[:length], {})
                counts[row.days] = counts.get(row.days, 0) + row.items
        return found

    def expected(
        self, network: Network, quote: Quote, origin: str, destination: str
    ) -> Expected | None:
        """What is expected of an item with this quote; None where the quote has no date or no
        pool has enough items."""
        if quote.due_day < 0 or quote.destination_area < 0:
            return None
        area = network.data.areas[quote.destination_area]
        pools = (
            (Pool.AREA, lambda row: (row.destination, row.to_area) == (destination, area.area)),
            (Pool.LANE, lambda row: row.destination == destination),
            (Pool.ORIGIN, lambda row: True),
        )
        for pool, belongs in pools:
            rows = [row for row in self.shifts if row.origin == origin and belongs(row)]
            items = sum(row.items for row in rows)
            if items >= max(self.minimum_items, 1):
                return Expected(
                    pool, items, sum(row.items for row in rows if row.days is None),
                    {percent: self._on(network, quote, rows, percent) for percent in PERCENTS},
                    min(row.first for row in rows), max(row.last for row in rows),
                )  # fmt: skip
        return None

    def _on(
        self, network: Network, quote: Quote, rows: Sequence[Shift], percent: int
    ) -> int | None:
        shift = percentile(rows, percent)
        if shift is None:
            return None
        area, days = quote.destination_area, network.compiled.delivery_days
        day = days.add_one(area, quote.standard_day, shift)
        # Nothing is delivered before it is accepted, however quick others were.
        clock = zone(network.data.areas[area].zone)
        held, _ = clock.to_local(min(max(quote.possession_at, quote.accepted_at), int(NEVER) - 1))
        return None if day >= NO_DUE else max(day, int(held))


def percentile(rows: Iterable[Shift], percent: int) -> int | None:
    """The smallest shift within which at least `percent` of the items were delivered (the nearest
    rank: a shift that occurred, nothing between two); None where so many were not delivered."""
    counted: dict[int, int] = {}
    total = 0
    for row in rows:
        total += row.items
        if row.days is not None:
            counted[row.days] = counted.get(row.days, 0) + row.items
    reached = 0
    for days, items in sorted(counted.items()):
        reached += items
        if reached * 100 >= percent * total:
            return days
    return None


def history_text(shifts: Iterable[Shift], minimum_items: int = MINIMUM_ITEMS) -> str:
    """The file of a history: CSV, its parameter in the first line."""
    lines = [
        f"# minimum_items = {minimum_items} ({_REASON})",
        "# shift_days: delivery days of the addressee's area after the standard date",
        ",".join(COLUMNS),
    ]
    for row in shifts:
        days = NOT_DELIVERED if row.days is None else str(row.days)
        cells = (row.origin, row.destination, row.to_area, days, str(row.items),
                 format_date(row.first), format_date(row.last), row.source)  # fmt: skip
        lines.append(",".join(_cell(cell) for cell in cells))
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"') else text


def read_history(text: str, name: str) -> History:
    """A history from its file's text. Raises `UsageError` with the first row that cannot be read:
    an expectation is made of all of its rows or not at all."""
    lines = text.removeprefix("\ufeff").splitlines()
    minimum = next((found[1] for line in lines if (found := _MINIMUM.match(line))), None)
    rows = [(number, line) for number, line in enumerate(lines, 1) if line[:1] not in ("", "#")]
    if minimum is None or not rows or rows[0][1] != ",".join(COLUMNS):
        raise UsageError(
            f"{name} is no history: it begins with `# minimum_items = …` and the header "
            f"{','.join(COLUMNS)} (make it with `datecertain expected`)"
        )
    return History(
        [_shift(line, f"{name}:row {number}") for number, line in rows[1:]], int(minimum)
    )


def _shift(line: str, where: str) -> Shift:
    try:
        cells = next(csv.reader([line], strict=True))
        origin, destination, to_area, days, items, first, last, source = cells
        shift = None if days == NOT_DELIVERED else int(days)
        number = int(items)
        row = Shift(
            origin, destination, to_area, shift, number, parse_date(first), parse_date(last), source
        )
    except (ValueError, csv.Error, UsageError) as error:
        raise UsageError(f"{where} cannot be read ({error}): {line[:80]}") from error
    if number < 1 or not source or (shift is not None and abs(shift) > _FURTHEST):
        raise UsageError(f"{where}: items from 1 on, a shift of a year at most, and a source")
    return row


_FURTHEST = 366
