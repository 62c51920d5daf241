"""A spreadsheet that reckons: as much of it as statements ask for. A workbook is read back by
openpyxl and its formulas are worked out here in exact numbers, without the values beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

_TOKEN = re.compile(
    r"(?P<range>'(?:[^']|'')+'!\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+|\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+)"
    r"|(?P<cell>\$?[A-Z]+\$?\d+)(?!\()|(?P<name>[A-Z]+)\(|(?P<number>\d+)|(?P<sign>[-+/(),])"
)


@dataclass(frozen=True)
class Workbook:
    """A workbook as written: its cells, and the values that stand beside its formulas."""

    cells: Any
    values: Any

    @classmethod
    def read(cls, path: Path) -> Workbook:
        return cls(openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True))

    def formulas(self) -> list[tuple[str, str]]:
        """(sheet, cell) of every formula."""
        return [
            (sheet.title, cell.coordinate)
            for sheet in self.cells
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def beside(self, sheet: str, cell: str) -> Any:
        """The value that was written beside a formula."""
        return self.values[sheet][cell].value

    def worked_out(self, sheet: str, cell: str) -> Any:
        """What a cell comes to."""
        given = self.cells[sheet][cell]
        if given.data_type != "f":
            return Fraction(given.value) if isinstance(given.value, int | float) else given.value
        tokens = list(_TOKEN.finditer(given.value[1:]))
        assert "".join(match.group() for match in tokens) == given.value[1:], given.value
        value, rest = self._sum(sheet, tokens)
        assert not rest, given.value
        return value

    def _sum(self, sheet: str, tokens: list[Any]) -> tuple[Any, list[Any]]:
        value, rest = self._factor(sheet, tokens)
        while rest and rest[0].group() in "+-/":
            sign = rest[0].group()
            other, rest = self._factor(sheet, rest[1:])
            value = {"+": value + other, "-": value - other, "/": Fraction(value) / (other or 1)}[
                sign
            ]
        return value, rest

    def _factor(self, sheet: str, tokens: list[Any]) -> tuple[Any, list[Any]]:
        first, rest = tokens[0], tokens[1:]
        if first["number"]:
            return Fraction(first["number"]), rest
        if first["cell"]:
            return self.worked_out(sheet, first["cell"].replace("$", "")), rest
        if first["range"]:
            return self._range(sheet, first["range"]), rest
        arguments = []
        while True:
            value, rest = self._sum(sheet, rest)
            arguments.append(value)
            sign, rest = rest[0].group(), rest[1:]
            if sign == ")":
                return _FUNCTIONS[first["name"]](*arguments), rest

    def _range(self, sheet: str, text: str) -> list[Any]:
        name, _, cells = text.rpartition("!")
        sheet = name[1:-1].replace("''", "'") if name else sheet
        rows = self.cells[sheet][cells.replace("$", "")]
        return [self.worked_out(sheet, cell.coordinate) for row in rows for cell in row]


def _matching(*asked: Any) -> list[bool]:
    pairs = list(zip(asked[::2], asked[1::2], strict=True))
    return [all(column[row] == wanted for column, wanted in pairs)
            for row in range(len(pairs[0][0]))]  # fmt: skip


_FUNCTIONS = {
    "SUM": lambda cells: sum(one for one in cells if one is not None),
    "SUMIFS": lambda cells, *asked: sum(
        one for one, fits in zip(cells, _matching(*asked), strict=True) if fits and one is not None
    ),
    "COUNTIFS": lambda *asked: Fraction(sum(_matching(*asked))),
}
