"""The rows of a CSV file, a line each, with the place and the bytes of each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its cells, or what is wrong with it."""

    line: int  # in the file, from 1; the header is line 1
    byte_offset: int
    raw: bytes  # without the line's end
    cells: tuple[str, ...]
    problem: str | None


def csv_rows(
    data: bytes, columns: int, delimiter: str = ",", encoding: str = "utf-8"
) -> Iterator[CsvRow]:
    """The rows below the header, empty lines left out; a row has so many columns, or a problem.
    One row is one line: a stray quotation mark spoils its own row and no other."""
    begin = 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        at, begin = begin, begin + len(line) + 1
        raw = line.rstrip(b"\r")
        if number == 1 or not raw.strip():
            continue
        cells: list[str] = []
        problem = None
        try:
            cells = next(csv.reader([raw.decode(encoding)], delimiter=delimiter, strict=True))
        except UnicodeError:
            problem = f"bytes that are no {encoding.upper()}"
        except csv.Error as error:
            problem = str(error)
        else:
            if len(cells) != columns:
                problem = f"{len(cells)} values for {columns} columns"
        yield CsvRow(number, at, raw, tuple(cells), problem)
