"""Point lookups: the rows with one value in the column that files are sorted by.

Row groups whose statistics leave the value out are skipped; of the others that column is read
first, and the rest only where the value is. In files that were compacted this is one row group or
two, in files that were not it may be all of them: the answer is the same, later.

A published file never changes, so what its footer says is kept for the next lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

#: Footers kept by a process; one takes some 100 kB.
FOOTERS = 1024
#: Bounds kept by a process, each of a column of a file; they take some 100 bytes a row group.
BOUNDS = 131_072

#: Per row group the least and the greatest value of a column; None: not known.
Bounds = tuple[tuple[Any, Any] | None, ...]


@dataclass(frozen=True, slots=True)
class Footer:
    """A file's metadata and columns; `coded` are the texts that it holds as numbers into a
    dictionary."""

    metadata: pq.FileMetaData
    schema: pa.Schema
    coded: tuple[str, ...]


class _Opener:
    """How to open a file; two openers of the same file are the same key of the cache."""

    __slots__ = ("_open", "path")

    def __init__(self, path: str, opened: Callable[[], pa.NativeFile]) -> None:
        self.path = path
        self._open = opened

    def __hash__(self) -> int:
        return hash(self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opener) and other.path == self.path

    def __call__(self) -> pa.NativeFile:
        return self._open()


@lru_cache(maxsize=FOOTERS)
def _footer(opener: _Opener) -> Footer:
    with opener() as stream, pq.ParquetFile(stream) as file:
        metadata = file.metadata
    schema = metadata.schema.to_arrow_schema()
    return Footer(metadata, schema, tuple(_coded(metadata, schema)))


def _coded(metadata: pq.FileMetaData, schema: pa.Schema) -> Iterator[str]:
    if metadata.num_row_groups:
        first = metadata.row_group(0)
        for number in range(metadata.num_columns):
            column = first.column(number)
            name = column.path_in_schema
            kind = schema.field(name).type if name in schema.names else None
            if kind == pa.string() and "RLE_DICTIONARY" in column.encodings:
                yield name


@lru_cache(maxsize=BOUNDS)
def _bounds(opener: _Opener, column: str) -> Bounds:
    metadata = _footer(opener).metadata
    index = metadata.schema.names.index(column)
    found: list[tuple[Any, Any] | None] = []
    for group in range(metadata.num_row_groups):
        known = metadata.row_group(group).column(index).statistics
        bounded = known is not None and known.has_min_max
        found.append((known.min, known.max) if bounded else None)
    return tuple(found)


@lru_cache(maxsize=BOUNDS)
def _empty_groups(opener: _Opener, column: str) -> frozenset[int]:
    """The row groups of a file that have no value in a column."""
    metadata = _footer(opener).metadata
    index = metadata.schema.names.index(column)
    groups = ((number, metadata.row_group(number)) for number in range(metadata.num_row_groups))
    return frozenset(
        number for number, group in groups
        if (known := group.column(index).statistics) is not None and known.has_null_count
        and known.null_count == group.num_rows
    )  # fmt: skip


def footer_of(path: str, opened: Callable[[], pa.NativeFile]) -> Footer:
    """What the footer of a file says; of the files asked for last it is kept."""
    return _footer(_Opener(path, opened))


def bounds_of(path: str, opened: Callable[[], pa.NativeFile], column: str) -> Bounds:
    """The bounds of a column of a file, by its footer; of far more files than footers are kept."""
    return _bounds(_Opener(path, opened), column)


def groups_with(
    path: str, opened: Callable[[], pa.NativeFile], column: str, value: object
) -> list[int]:
    """The row groups of a file whose bounds do not leave a value of a column out."""
    return [
        number for number, bound in enumerate(bounds_of(path, opened, column))
        if bound is None or bound[0] <= value <= bound[1]
    ]  # fmt: skip


def rows_with(
    path: str,
    opened: Callable[[], pa.NativeFile],
    column: str,
    value: object,
    columns: Sequence[str] | None = None,
) -> pa.Table | None:
    """The rows of a file with that value in that column; None when there are none.

    `path` tells the file from all others of the process. `columns` that it lacks are left out.
    """
    groups = groups_with(path, opened, column, value)
    if not groups:
        return None
    footer = footer_of(path, opened)
    schema = footer.schema
    wanted = [
        name for name in (schema.names if columns is None else columns) if name in schema.names
    ]
    # Texts as numbers into their dictionary, half the work of making every text of the group.
    with (
        opened() as stream,
        pq.ParquetFile(stream, metadata=footer.metadata, read_dictionary=footer.coded) as file,
    ):
        found = []
        for group in groups:
            held = pc.equal(
                file.read_row_group(group, columns=[column], use_threads=False)[column], value
            )
            places = pc.indices_nonzero(held)
            if len(places):
                rows = file.read_row_group(group, columns=wanted, use_threads=False).take(places)
                found.append(rows.cast(pa.schema([schema.field(name) for name in wanted])))
    return pa.concat_tables(found) if found else None


def least(path: str, opened: Callable[[], pa.NativeFile], column: str) -> Any | None:
    """The least value of a column by the file's footer; None when it does not say."""
    bounds = bounds_of(path, opened, column)
    known = [bound[0] for bound in bounds if bound is not None]
    return min(known) if known and len(known) == len(bounds) else None


def greatest(path: str, opened: Callable[[], pa.NativeFile], columns: Sequence[str]) -> int | None:
    """The greatest value of some integer columns by the file's footer; None when it does not say of
    each that has a value, or none has."""
    found = list[int]()
    for column in columns:
        bounds = bounds_of(path, opened, column)
        empty = _empty_groups(_Opener(path, opened), column)
        known = [bound[1] for bound in bounds if bound is not None]
        if len(known) + len(empty) != len(bounds):
            return None
        found += known
    return max(found, default=None)
