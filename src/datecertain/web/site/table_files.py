"""Tables of pages as files: CSV and workbooks, made in one place (req 60)."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request, Response

from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.web.sheets import Book, Column, Look
from datecertain.web.site.listing import with_query

#: What a spreadsheet takes for the begin of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Rows of a file that a page hands out, at most.
MOST_ROWS = 20_000
Cell = str | int | None
KINDS = ("csv", "xlsx")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Which table of a page is asked for as a file, where it has several: `lines.csv`.
FILE = "file"


def demand_kind(kind: str) -> str:
    """The kind of file that stands in an address. Raises `NotFound` for one that there is not."""
    if kind not in KINDS:
        raise NotFound(f"no file of that kind: {kind[:20]!r}")
    return kind


FileKind = Annotated[str, Depends(demand_kind)]


def downloads(request: Request, path: str) -> list[tuple[str, str]]:
    """The links to the rows of a list as files: `parts.table` takes them."""
    return [(kind.upper(), with_query(request, f"{path}.{kind}")) for kind in KINDS]


def downloads_of(request: Request, table: str) -> list[tuple[str, str]]:
    """The same for one table of a page that has several."""
    return [(kind.upper(), with_query(request, **{FILE: f"{table}.{kind}"})) for kind in KINDS]


def table_file(
    request: Request, name: str, kind: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Response:
    """Rows as a CSV file or a workbook. Text is never taken for a formula."""
    data = _csv(heads, rows) if kind == "csv" else _workbook(request, name, heads, rows)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(data, headers=headers, media_type=_MEDIA[kind])


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _workbook(
    request: Request, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> bytes:
    every = [list(row) for row in rows]
    now = door_of(request).how.clock.now()
    columns = [
        Column(head, _width(head, [row[place] for row in every]), _look(every, place))
        for place, head in enumerate(heads)
    ]
    with tempfile.TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / "table.xlsx"
        with Book(path, name, "datecertain", now, "Calibri") as book:
            sheet = book.sheet(name[:31], columns, name)
            for row in every:
                sheet.row(row)
            sheet.filtered(len(every) + 1)
        return path.read_bytes()


def _width(head: str, cells: Sequence[Cell]) -> float:
    return min(max([len(head), *(len(str(cell or "")) for cell in cells[:200])]) + 2.0, 60.0)


def _look(rows: Sequence[Sequence[Cell]], place: int) -> Look:
    cells = [row[place] for row in rows if row[place] is not None]
    return Look.COUNT if cells and all(isinstance(one, int) for one in cells) else Look.TEXT
