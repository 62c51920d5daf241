"""Code lists as dated data: each row with its source and how far it is to be trusted.

A value that a table does not hold is kept as received and never interpreted.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from datecertain.errors import LayoutError
from datecertain.moments import parse_date

#: The bundled tables, each with the column that holds its codes.
TABLES = {
    "emsevt_events": "code",
    "retention_reasons": "code",
    "nondelivery_meanings": "meaning_code",
    "syntax_errors": "code",
    "syntax_actions": "code",
    "finding_errors": "code",
    "resdit_status_codes": "code",
    "receptacle_checks": "code",
    "consignment_checks": "code",
    "contents_natures": "code",
    "epcis_steps": "code",
}


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One value of a code list."""

    code: str
    meaning: str
    trust: str  # confirmed, inferred …: in the words of the table's header
    source: str
    valid_from: int | None  # day numbers, both ends inclusive; None: unbounded
    valid_to: int | None
    more: Mapping[str, str]  # the table's own columns

    def holds_on(self, day: int) -> bool:
        """Whether the value is valid on a day."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A code list."""

    name: str
    rows: tuple[CodeRow, ...]

    def codes(self) -> tuple[str, ...]:
        """All codes the list has ever had, in the list's order."""
        return tuple(dict.fromkeys(row.code for row in self.rows))

    def find(self, code: str, on: int) -> CodeRow | None:
        """The row of a code on a day, or None: not valid then, or not in the list."""
        return next((row for row in self.rows if row.code == code and row.holds_on(on)), None)


@cache
def code_table(name: str) -> CodeTable:
    """A bundled code list. Raises `LayoutError` for a name there is none of."""
    if name not in TABLES:
        raise LayoutError(f"there is no code table {name!r}; there are {', '.join(TABLES)}")
    path = files(__package__) / "tables" / f"{name}.csv"
    return read_table(name, path.read_text(encoding="utf-8"), TABLES[name])


def read_table(name: str, text: str, code_column: str = "code") -> CodeTable:
    """The code list in a CSV text: `#` lines are comments, the first other line the header."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    known = {code_column, "meaning", "trust", "source", "valid_from", "valid_to"}
    rows = []
    for row in csv.DictReader(lines):
        missing = known - {column for column, value in row.items() if value is not None}
        if missing:
            raise LayoutError(f"code table {name!r}: {row} lacks {', '.join(sorted(missing))}")
        more = {column: value for column, value in row.items() if column not in known}
        rows.append(
            CodeRow(
                row[code_column],
                row["meaning"],
                row["trust"],
                row["source"],
                parse_date(row["valid_from"]) if row["valid_from"] else None,
                parse_date(row["valid_to"]) if row["valid_to"] else None,
                MappingProxyType(more),
            )
        )
    return CodeTable(name, tuple(rows))
