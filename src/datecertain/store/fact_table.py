"""A facts table as it is declared: its columns, and how rows fall into its partitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import StoreError

MONTH, BUCKET = "month", "bucket"
PARTITION = pa.schema(
    [pa.field(MONTH, pa.string(), nullable=False), pa.field(BUCKET, pa.int32(), nullable=False)]
)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MONTH = r"^\d{4}-\d{2}$"


@dataclass(frozen=True, slots=True)
class FactTable:
    """A facts table as declared: its name and Arrow schema.

    The schema has `month` (string `YYYY-MM`) and `bucket` (int32), both never null: they are the
    partition. Later releases may only add nullable columns. Types: booleans, signed integers,
    floats, strings, binary, dates, and lists or structs of these; a moment is an int64.
    Files hold row groups of at most `row_group_rows` rows: a reader after one item skips the rest.
    `order` names the columns by which compaction sorts the rows of a file, the item's number first:
    only then do the row groups' statistics tell where an item is. Empty: rows stay as they came.
    `distinct` names text columns whose values are nearly all different: no dictionary is tried.
    Raises `StoreError` for a declaration that cannot be stored.
    """

    name: str
    schema: pa.Schema
    row_group_rows: int = 8_192
    order: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise StoreError(f"facts table {self.name!r}: use a-z, 0-9 and _, a letter first")
        if len(set(self.schema.names)) != len(self.schema.names):
            raise StoreError(f"facts table {self.name!r}: a column name occurs twice")
        for field in PARTITION:
            if field.name not in self.schema.names or self.schema.field(field.name) != field:
                raise StoreError(f"facts table {self.name!r}: needs the column {field}")
        for name in (*self.order, *self.distinct):
            if name not in self.schema.names or name in (MONTH, BUCKET):
                raise StoreError(f"facts table {self.name!r}: has no column {name!r}")
        for field in self.schema:
            if not _storable(field.type):
                raise StoreError(
                    f"facts table {self.name!r}: column {field.name!r} of type {field.type} cannot "
                    "be stored: use bool, int8 to int64, float, string, binary, date32, list"
                )

    def conform(self, rows: pa.Table) -> pa.Table:
        """The rows in this table's columns, order and types, checked.

        Nullable columns that are missing become null. Raises `StoreError` for a column that is not
        declared, a value that does not fit, a null where none may be, or a malformed month.
        """
        unknown = sorted(set(rows.column_names) - set(self.schema.names))
        if unknown:
            raise StoreError(f"facts table {self.name!r}: columns {unknown} are not declared")
        columns = [self._column(rows, field) for field in self.schema]
        table = pa.table(columns, schema=self.schema)
        if table.num_rows and not pc.all(pc.match_substring_regex(table[MONTH], _MONTH)).as_py():
            raise StoreError(f"facts table {self.name!r}: months are written YYYY-MM")
        if table.num_rows and pc.min(table[BUCKET]).as_py() < 0:
            raise StoreError(f"facts table {self.name!r}: buckets are numbered from 0")
        return table

    def _column(self, rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
        if field.name not in rows.column_names:
            if not field.nullable:
                raise StoreError(f"facts table {self.name!r}: column {field.name!r} is missing")
            return pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        column = rows[field.name]
        if column.null_count and not field.nullable:
            raise StoreError(f"facts table {self.name!r}: column {field.name!r} has nulls")
        try:
            return column.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise StoreError(
                f"facts table {self.name!r}: column {field.name!r} is {column.type}, "
                f"declared {field.type}: {error}"
            ) from error

    def split(self, tables: Sequence[pa.Table]) -> Iterator[tuple[str, int, pa.Table]]:
        """(month, bucket, the other columns) of each partition of some tables, in order; rows keep
        their order. Rows of a partition that follow each other are not copied."""
        found: dict[tuple[str, int], list[pa.Table]] = {}
        for table in tables:
            for key, rows in _runs(table):
                found.setdefault(key, []).append(rows)
        for (month, bucket), rows_ in sorted(found.items(), key=lambda entry: entry[0]):
            yield month, bucket, pa.concat_tables(rows_)


#: In runs shorter than this on average, rows are sorted by their partition instead.
_RUN_ROWS = 512


def _runs(rows: pa.Table) -> Iterator[tuple[tuple[str, int], pa.Table]]:
    """Runs of rows of one partition, with its month and bucket."""
    if not rows.num_rows:
        return
    months = rows[MONTH].combine_chunks().dictionary_encode()
    names = months.dictionary.to_pylist()
    keys = (months.indices.to_numpy().astype(np.int64) << 32) + rows[BUCKET].to_numpy()
    data = rows.drop_columns([MONTH, BUCKET])
    if np.count_nonzero(np.diff(keys)) * _RUN_ROWS > len(keys):
        order = np.argsort(keys, kind="stable")
        data, keys = data.take(pa.array(order)), keys[order]
    edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
    for start, end in pairwise(edges):
        key = int(keys[start])
        yield (names[key >> 32], key & 0xFFFFFFFF), data.slice(start, end - start)


def _storable(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _storable(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_storable(kind.field(index).type) for index in range(kind.num_fields))
    return (
        pa.types.is_boolean(kind)
        or pa.types.is_signed_integer(kind)
        or kind in (pa.float32(), pa.float64(), pa.string(), pa.binary(), pa.date32())
    )
