"""A network's texts with one more row: what a declaration or an agreement adds to a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import fields

from datecertain.errors import UsageError
from datecertain.network.rows import Row, table_lines


def with_row(
    texts: Mapping[str, str], row_class: type[Row], cells: Mapping[str, str]
) -> dict[str, str]:
    """The texts with a row at the end of its file; unchanged where the very row stands there.

    `cells`: column → text, empty where a column is not named. Raises `UsageError` for a column that
    the file does not have.
    """
    text = texts.get(row_class.file, "")
    columns = columns_of(row_class, text)
    if strange := [name for name in cells if name not in columns]:
        raise UsageError(f"{row_class.file} has no column {', '.join(strange)}")
    if standing_row(text, columns, cells):
        return dict(texts)
    return appended(texts, row_class, written([cells.get(name, "") for name in columns]))


def appended(texts: Mapping[str, str], row_class: type[Row], line: str) -> dict[str, str]:
    """The texts with a written row at the end of its file, which is made where there is none."""
    text = texts.get(row_class.file) or written(columns_of(row_class, "")) + "\n"
    return {**texts, row_class.file: text.rstrip("\n") + "\n" + line + "\n"}


def columns_of(row_class: type[Row], text: str) -> list[str]:
    """The columns in the order of the file, or of the class where there is none yet."""
    for _, line in table_lines(text):
        return [name.strip() for name in next(csv.reader([line]))]
    return [
        field.metadata["column"] or field.name
        for field in fields(row_class)
        if "parse" in field.metadata
    ]


def standing_row(text: str, columns: list[str], cells: Mapping[str, str]) -> str:
    """The line that says the same already, whenever it was published; empty: none does."""
    wanted = {name: cells.get(name, "") for name in columns if name != "known_from"}
    for _, line in table_lines(text):
        values = dict(zip(columns, next(csv.reader([line])), strict=False))
        if {name: values.get(name, "") for name in wanted} == wanted:
            return line
    return ""


def written(values: list[str]) -> str:
    """The values as a line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue()
