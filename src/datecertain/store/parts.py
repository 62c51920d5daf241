"""Facts read file by file, in whatever threads the reader likes: a month at full speed.

Of a file only the row groups are read that can hold a wanted item, as the statistics tell; rows
are not filtered further. Texts come as numbers into a dictionary, which is how they are stored.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datecertain.store.lookup import Footer, bounds_of, footer_of

#: From a value on, and up to another that is not in it; None: without a limit.
Range = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a facts table; nothing is opened before it is read."""

    path: str
    opened: Callable[[], pa.NativeFile]
    schema: pa.Schema  # the columns wanted, as declared; texts as dictionaries
    constants: dict[str, pa.Scalar]  # of the partition
    by: str  # the column that the ranges speak of
    between: Range
    among: Sequence[Any] | None  # sorted

    def read(self) -> pa.Table:
        """Its rows, and some more of the row groups that these lie in; each group with dictionaries
        of its own. Raises `OSError` when the file is missing or broken."""
        bounds = bounds_of(self.path, self.opened, self.by)
        groups = [n for n, bound in enumerate(bounds) if self._may_hold(bound)]
        if not groups:
            return self.schema.empty_table()
        footer = footer_of(self.path, self.opened)
        stored = [name for name in self.schema.names if name in footer.schema.names]
        texts = [name for name in stored if pa.types.is_dictionary(self.schema.field(name).type)]
        with (
            self.opened() as stream,
            pq.ParquetFile(stream, metadata=footer.metadata, read_dictionary=texts) as file,
        ):
            rows = file.read_row_groups(groups, columns=stored, use_threads=False)
        return self._declared(rows, footer)

    def _may_hold(self, bound: tuple[Any, Any] | None) -> bool:
        if bound is None:
            return True
        low, high = bound
        first, end = self.between
        if (first is not None and high < first) or (end is not None and low >= end):
            return False
        return self.among is None or bisect_left(self.among, low) < bisect_right(self.among, high)

    def _declared(self, rows: pa.Table, footer: Footer) -> pa.Table:
        """The columns declared: the partition's, and null where the file has none."""
        columns = []
        for field in self.schema:
            if field.name in self.constants:
                column = pa.repeat(self.constants[field.name], len(rows))
            elif field.name in footer.schema.names:
                columns.append(rows[field.name])
                continue
            else:
                column = pa.nulls(len(rows), field.type)
            columns.append(pa.chunked_array([column]).cast(field.type))
        return pa.table(columns, names=self.schema.names)


def as_read(field: pa.Field) -> pa.Field:
    """A declared column as `Part.read` gives it."""
    if not pa.types.is_string(field.type):
        return field
    return pa.field(field.name, pa.dictionary(pa.int32(), pa.string()), field.nullable)
