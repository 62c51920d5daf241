"""What was published about EMS volumes and what struck them, with the source of every figure
(req 56): reviewed text beside this module, never worked out here.

Two sources that disagree both stand; `disagrees_with` names the other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from datecertain.errors import UsageError
from datecertain.moments import parse_date

#: Every post of the group together, and everything.
GROUP, WORLD, ANY = "group", "world", "*"
_FOREVER = parse_date("9999-12-31")


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published figure: so much of a measure from one side to another in whole months."""

    key: str
    origin: str
    destination: str
    first_month: str
    last_month: str
    measure: str  # items, revenue, guaranteed_items, all_international_items
    value: int
    unit: str
    standing: str  # confirmed: read in the source; secondary: in a retelling
    disagrees_with: str  # key of another row, or empty
    notes: Mapping[str, str]
    source: str

    @property
    def year(self) -> str | None:
        """The calendar year it is of; None for part of one, or a fiscal year."""
        first, last = self.first_month, self.last_month
        whole = first[:4] == last[:4] and first.endswith("-01") and last.endswith("-12")
        return first[:4] if whole else None


@dataclass(frozen=True, slots=True)
class Shock:
    """Something from outside that struck lanes from a day on; days are local at the origin.

    `effect_ppm`: what a source says was left of the volume; shown only. `contents`: `*` or
    `non_documents`.
    """

    shock: str
    origin: str
    destination: str
    contents: str
    first_day: int
    last_day: int
    effect_ppm: int | None
    texts: Mapping[str, str]
    source: str

    def touches(self, origin: str, destination: str) -> bool:
        """Whether a lane is one of those it struck."""
        return self.origin in (ANY, origin) and self.destination in (ANY, destination)


@cache
def published_figures() -> tuple[PublishedFigure, ...]:
    """All published figures, in the order of the file. Raises `UsageError` for a row that names a
    conflict which is not there."""
    rows = tuple(
        PublishedFigure(
            row["key"], row["origin"], row["destination"], row["first_month"], row["last_month"],
            row["measure"], int(row["value"]), row["unit"], row["standing"],
            row["disagrees_with"], {"en": row["note_en"], "ko": row["note_ko"]}, row["source"],
        )
        for row in _rows("volumes.csv")
    )  # fmt: skip
    named = {row.key: row for row in rows}
    for row in rows:
        other = named.get(row.disagrees_with)
        if row.disagrees_with and (other is None or other.disagrees_with != row.key):
            raise UsageError(f"{row.key} disagrees with {row.disagrees_with!r}: name each other")
    return rows


@cache
def shocks() -> tuple[Shock, ...]:
    """All dated shocks, in the order of the file."""
    return tuple(
        Shock(
            row["shock"], row["origin"], row["destination"], row["contents"],
            parse_date(row["first_day"]),
            parse_date(row["last_day"]) if row["last_day"] else _FOREVER,
            int(row["effect_ppm"]) if row["effect_ppm"] else None,
            {"en": row["text_en"], "ko": row["text_ko"]}, row["source"],
        )
        for row in _rows("shocks.csv")
    )  # fmt: skip


def yearly(origin: str, destination: str, measure: str = "items") -> dict[str, int]:
    """Calendar year → published value of one series; of rows that disagree the confirmed one."""
    found = dict[str, int]()
    for row in published_figures():
        if (row.origin, row.destination, row.measure) != (origin, destination, measure):
            continue
        if row.year and (row.standing == "confirmed" or row.year not in found):
            found[row.year] = row.value
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Recovery:
    """A published year beside the base year; `gap` in items, negative: less than then."""

    origin: str
    destination: str
    year: str
    items: int
    base_items: int

    @property
    def gap(self) -> int:
        return self.items - self.base_items

    @property
    def index_ppm(self) -> int:
        """Parts per million of the base year."""
        return round(self.items * 1_000_000 / self.base_items)


def published_recovery(base_year: int = 2019) -> tuple[Recovery, ...]:
    """Every published yearly series of items that has the base year, from that year on."""
    lanes = dict.fromkeys((row.origin, row.destination) for row in published_figures())
    found = list[Recovery]()
    for lane in lanes:
        series = yearly(*lane)
        if base := series.get(str(base_year)):
            later = [year for year in series if int(year) >= base_year]
            found += [Recovery(*lane, year, series[year], base) for year in later]
    return tuple(found)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("datecertain.planning") / "published" / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    yield from csv.DictReader(lines, strict=True)
