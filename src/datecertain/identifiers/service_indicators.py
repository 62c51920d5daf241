"""Service indicators: what the first two letters of an item number say, as dated data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from datecertain.moments import parse_date


@dataclass(frozen=True, slots=True)
class ServiceIndicator:
    """A range of prefixes, both ends inclusive, and the product it stands for."""

    first: str
    last: str
    product: str
    ems: bool  # the range of EMS items; the contract decides, the letters are evidence
    assigned: bool  # False: not assigned or reserved; such items circulate, so warn, don't refuse
    valid_from: int | None
    valid_to: int | None
    source: str

    def covers(self, indicator: str, on: int | None) -> bool:
        """Whether the prefix is in the range on that day (None: on any day)."""
        if not self.first <= indicator <= self.last:
            return False
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


_UNLISTED = ServiceIndicator("", "", "is in no list", False, False, None, None, "")


def service_indicator(indicator: str, on: int | None = None) -> ServiceIndicator:
    """The range of a prefix on a day number; a prefix in no list answers one not assigned."""
    return next((row for row in _table() if row.covers(indicator, on)), _UNLISTED)


@cache
def _table() -> tuple[ServiceIndicator, ...]:
    text = (files(__package__) / "s10_service_indicators.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(
        ServiceIndicator(
            row["first"],
            row["last"],
            row["product"],
            row["ems"] == "yes",
            row["assigned"] == "yes",
            parse_date(row["valid_from"]) if row["valid_from"] else None,
            parse_date(row["valid_to"]) if row["valid_to"] else None,
            row["source"],
        )
        for row in csv.DictReader(lines)
    )
