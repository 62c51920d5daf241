"""Workbooks for spreadsheets: sheets with a frozen head, filters, widths, print set-up, and three
ways to write a cell: text that is never a formula, a whole number, a formula with its value.

What comes from outside is written as text, whatever it begins with. Formulas carry the value that
they come to, so that a viewer which reckons nothing shows the same figures.
"""

from __future__ import annotations

import datetime as dt
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlsxwriter

from datecertain.moments import DAY, date_of

#: Rows that a sheet can have, the head among them.
MOST_ROWS = 1_048_576
#: The longest text that a cell holds.
MOST_LETTERS = 32_767


class Look(StrEnum):
    """How a column's cells are shown."""

    TEXT = "text"
    WRAPPED = "wrapped"  # text of several lines
    COUNT = "count"  # a whole number
    SDR = "sdr"  # an amount in SDR, six places
    RATE = "rate"
    DATE = "date"


_FORMATS: dict[Look, dict[str, Any]] = {
    Look.TEXT: {"num_format": "@", "valign": "top", "indent": 1},
    Look.WRAPPED: {"num_format": "@", "valign": "top", "indent": 1, "text_wrap": True},
    Look.COUNT: {"num_format": "#,##0", "valign": "top"},
    Look.SDR: {"num_format": "#,##0.000000", "valign": "top"},
    Look.RATE: {"num_format": "#,##0.000000", "valign": "top"},
    Look.DATE: {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"},
}

_NUMBERS = {Look.COUNT, Look.SDR, Look.RATE}
#: Points that a line of the head takes.
_LINE_HEIGHT = 14.5


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its title, its width in letters, its look."""

    title: str
    width: float
    look: Look = Look.TEXT


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula (with its `=`) and what it comes to."""

    text: str
    value: float | int


Cell = str | int | float | Formula | None


class Book:
    """A workbook that is written to a file, row by row: memory stays flat however long it is."""

    def __init__(self, path: Path, title: str, author: str, made_at: int, font: str) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
             "strings_to_numbers": False},
        )  # fmt: skip
        created = dt.datetime.combine(date_of(made_at // DAY), dt.time()) + dt.timedelta(
            minutes=made_at % DAY
        )
        self._book.set_properties({"title": title, "author": author, "created": created})
        base = {"font_name": font, "font_size": 10}
        self._book.formats[0].set_font_name(font)
        self._book.formats[0].set_font_size(10)
        self._looks = {look: self._book.add_format({**base, **given})
                       for look, given in _FORMATS.items()}  # fmt: skip
        self._strong = {
            look: self._book.add_format({**base, **given, "bold": True, "top": 1})
            for look, given in _FORMATS.items()
        }
        head = {**base, "bold": True, "bottom": 1, "text_wrap": True, "valign": "top",
                "bg_color": "#F0EEE9"}  # fmt: skip
        self._head = {
            look: self._book.add_format(
                {**head, "align": "right"} if look in _NUMBERS else {**head, "indent": 1}
            )
            for look in Look
        }  # fmt: skip

    def sheet(
        self, name: str, columns: Sequence[Column], footer: str, filters: bool = True
    ) -> Sheet:
        """A new sheet with its head."""
        made = self._book.add_worksheet(name)
        made.set_landscape()
        made.set_paper(9)  # A4
        made.fit_to_pages(1, 0)
        made.repeat_rows(0)
        made.freeze_panes(1, 0)
        made.set_margins(0.4, 0.4, 0.6, 0.6)
        # A digit right behind the size of the letters would be read as part of it.
        made.set_footer(f"&L&8 {footer.replace('&', '&&')}&R&8 &P / &N")
        made.set_row(0, _LINE_HEIGHT * max(_lines(one) for one in columns))
        for place, column in enumerate(columns):
            made.set_column(place, place, column.width, self._looks[column.look])
            made.write_string(0, place, column.title, self._head[column.look])
        return Sheet(name, made, columns, self._looks, self._strong)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._book.close()


class Sheet:
    """A sheet that is written from the top; rows count from 1, the head is row 1."""

    def __init__(
        self, name: str, made: Any, columns: Sequence[Column], looks: dict[Look, Any],
        strong: dict[Look, Any],
    ) -> None:  # fmt: skip
        self.name = name
        self.rows = 1
        self._made, self._columns = made, columns
        self._looks, self._strong = looks, strong

    def row(
        self, cells: Sequence[Cell], looks: Sequence[Look] | None = None, strong: bool = False
    ) -> int:
        """Write the next row; its number. `looks`: other ones than those of the columns."""
        formats = self._strong if strong else self._looks
        for place, cell in enumerate(cells):
            look = looks[place] if looks else self._columns[place].look
            self._cell(place, cell, formats[look])
        self.rows += 1
        return self.rows

    def blank(self) -> None:
        """Leave a row empty."""
        self.rows += 1

    def _cell(self, place: int, cell: Cell, look: Any) -> None:
        row = self.rows
        if cell is None:
            self._made.write_blank(row, place, None, look)
        elif isinstance(cell, str):
            self._made.write_string(row, place, _fitting(cell), look)
        elif isinstance(cell, Formula):
            self._made.write_formula(row, place, cell.text, look, cell.value)
        else:
            self._made.write_number(row, place, cell, look)

    def filtered(self, last: int) -> None:
        """Filters on the columns, down to a row."""
        if last > 1:
            self._made.autofilter(0, 0, last - 1, len(self._columns) - 1)

    def printed(self, columns: int) -> None:
        """Print only the first columns: long texts would make the rest too small to read."""
        self._made.print_area(0, 0, max(self.rows, 2) - 1, columns - 1)

    def ranged(self, column: str, last: int, first: int = 2) -> str:
        """`'Lines'!$I$2:$I$7`: cells of a column, for a formula."""
        quoted = self.name.replace("'", "''")
        return f"'{quoted}'!${column}${first}:${column}${max(last, first)}"


def _lines(column: Column) -> int:
    """Lines that a title takes in its column: bold, a filter's button beside it."""
    room = max(int(column.width * 0.85) - 2, 1)
    # A wide letter (Hangul) takes nearly the room of two.
    widths = "".join("xx" if unicodedata.east_asian_width(one) in "WF" else one
                     for one in column.title)  # fmt: skip
    return max(len(textwrap.wrap(widths, room)), 1)


def day_number(day: int) -> int:
    """A date as spreadsheets count it: days since 1899-12-30."""
    return (date_of(day) - dt.date(1899, 12, 30)).days


def _fitting(text: str) -> str:
    """A text as long as a cell holds; what is cut off shows."""
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
