"""Tables of pages: what a cell says, where it leads, and what a file has of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from datecertain.errors import NotFound
from datecertain.web.site.table_files import FILE, demand_kind, downloads_of, table_file
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` for the eye; `value` for a file, None: the text; `path`: where it leads; `mark`: the
    class of a mark around it; `note`: a small line below."""

    text: str
    value: str | int | None = None
    path: str = ""
    mark: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column; `kind`: `num`, `mono`, `day` or none."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `name` is its id on the page and its files'. The last `feet` rows are sums."""

    name: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    feet: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""
    downloads: tuple[tuple[str, str], ...] = ()


#: Cells of a row, as `grid` takes them.
Row = Sequence[Cell | str | int]


def heads(words: Words, *keys: str) -> list[Head]:
    """Columns by the keys of their names, `settle.col.net:num` with its kind; `` has no name."""
    found = []
    for key in keys:
        name, _, kind = key.partition(":")
        found.append(Head(words.say(name) if name else "", kind))
    return found


def grid(
    request: Request, name: str, caption: str, heads: Sequence[Head | str],
    rows: Iterable[Row], feet: Iterable[Row] = (),
    note: str = "",
) -> Grid:  # fmt: skip
    """A table of a page, with the links to its files."""
    return Grid(
        name, caption, tuple(one if isinstance(one, Head) else Head(one) for one in heads),
        tuple(tuple(_cell(one) for one in row) for row in rows),
        tuple(tuple(_cell(one) for one in row) for row in feet), note,
        tuple(downloads_of(request, name)),
    )  # fmt: skip


def _cell(one: Cell | str | int) -> Cell:
    if isinstance(one, Cell):
        return one
    return Cell(f"{one:,}", one) if isinstance(one, int) else Cell(one)


def file_asked(request: Request, grids: Sequence[Grid], prefix: str = "") -> Response | None:
    """The table of a page that is asked for as a file; None: the page is. Raises `NotFound`."""
    wanted = request.query_params.get(FILE)
    if wanted is None:
        return None
    name, _, kind = wanted.rpartition(".")
    found = next((one for one in grids if one.name == name), None)
    if found is None:
        raise NotFound(f"no table {wanted!r} on this page")
    heads = [one.text for one in found.heads]
    cells = [[one.text if one.value is None else one.value for one in row]
             for row in (*found.rows, *found.feet)]  # fmt: skip
    return table_file(request, f"{prefix}{found.name}", demand_kind(kind), heads, cells)
