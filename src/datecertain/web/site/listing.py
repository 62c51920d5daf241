"""Lists in pages: every filter stands in the address, and the same rows come as a file."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from datecertain.access import Viewer
from datecertain.door import door_of
from datecertain.errors import BadMoment
from datecertain.moments import parse_date, parse_utc
from datecertain.web.sheets import Book, Column, Look
from datecertain.wording import Words

#: What a spreadsheet takes for the begin of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_KEPT = ("lang", "theme", "after", "limit")
#: Rows of a file that a page hands out, at most.
MOST_ROWS = 20_000
Cell = str | int | None
KINDS = ("csv", "xlsx")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def asked(request: Request, *names: str, most: int = 60) -> dict[str, str]:
    """The filters that stand in an address, without blanks around them; too long ones are cut."""
    given = request.query_params
    return {
        name: "".join(one for one in given.get(name, "") if one.isprintable()).strip()[:most]
        for name in names
    }


def named(text: str) -> str:
    """What stands in an address as the name of something; no store is asked for odd signs."""
    return text[:60] if text.isprintable() else "?"


def line_of(form: Mapping[str, str], name: str, most: int = 200) -> str:
    """A field of a form as one line, without signs that cannot be shown."""
    return "".join(one for one in form.get(name, "") if one.isprintable()).strip()[:most]


def words_of(form: Mapping[str, str], name: str, most: int = 2000) -> str:
    """A field of a form of several lines."""
    kept = (one for one in form.get(name, "") if one.isprintable() or one == "\n")
    return "".join(kept).strip()[:most]


def day_asked(text: str) -> int | None:
    """The day of a filter; None where it is empty or cannot be read."""
    try:
        return parse_date(text) if text else None
    except BadMoment:
        return None


def with_query(request: Request, path: str = "", **changed: str | None) -> str:
    """An address with the filters of this page, some changed; what changes to None or nothing is
    left out. A list begins anew unless `after` is given."""
    kept = {
        name: value for name, value in request.query_params.items()
        if name not in _KEPT and value
    }  # fmt: skip
    query = {name: value for name, value in {**kept, **changed}.items() if value}
    where = path or quote(request.url.path)
    return f"{where}?{urlencode(query)}" if query else where


def downloads(request: Request, path: str) -> list[tuple[str, str]]:
    """The links to the rows of a list as files: `parts.table` takes them."""
    return [(kind.upper(), with_query(request, f"{path}.{kind}")) for kind in KINDS]


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


def local_time(request: Request, who: Viewer, words: Words) -> Callable[[str | int | None], str]:
    """How a moment (UTC text or minutes) is written for a viewer: by the clock of its post."""
    network = door_of(request).network.now()
    zone = network.post(who.post).zone if who.post in network.posts else "UTC"

    def told(moment: str | int | None) -> str:
        if moment is None:
            return "–"
        at = parse_utc(moment) if isinstance(moment, str) else moment
        text = words.moment(at, zone)
        return f"{text} UTC" if zone == "UTC" else text

    return told
