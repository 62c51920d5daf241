"""Facts: append-only tables, month x bucket, read at the version that was published.

A `FactTable` is a table as the caller declares it (`fact_table`); `Facts` is what a reader sees of
it: the files of one published version. Arrow goes in and Arrow (or a DuckDB relation over the same
files) comes out; columns that older files do not have are null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from datecertain.errors import StoreDamaged, StoreError
from datecertain.kept import Kept
from datecertain.store.fact_table import BUCKET, MONTH, FactTable
from datecertain.store.lookup import bounds_of, footer_of, greatest, groups_with, least, rows_with
from datecertain.store.parts import Part, Range, as_read

#: Rows that were found in files lately, by the file and what was looked for: some 10 kB each.
_FOUND: Kept[pa.Table | None] = Kept(2048)


@dataclass(frozen=True, slots=True, order=True)
class FactFile:
    """One Parquet file of a version: its partition, its path below the table, rows and bytes."""

    month: str
    bucket: int
    path: str
    rows: int
    size: int

    @property
    def batch(self) -> str:
        """The batch that wrote it, by its name: `<batch>-<attempt>-<number>.parquet`."""
        return self.path.rsplit("/", 1)[-1].rsplit("-", 2)[0]


@dataclass(frozen=True, slots=True)
class Partition:
    """One month and bucket of a version: how many rows, in which files (absolute)."""

    month: str
    bucket: int
    rows: int
    files: tuple[str, ...]


class Facts:
    """One facts table at one published version; `version` is None when nothing was published.

    Everything that reads takes `months` and `buckets` (None: all) and opens only those files.
    """

    def __init__(
        self,
        table: FactTable,
        version: int | None,
        files: Sequence[FactFile],
        location: str,
        filesystem: pa.fs.FileSystem,
        *,
        local: bool,
    ) -> None:
        self.table = table
        self.version = version
        self._files = files
        self._location = location
        self._filesystem = filesystem
        self._local = local

    @property
    def filesystem(self) -> pa.fs.FileSystem:
        """A file system whose root is the table."""
        return self._filesystem

    @property
    def rows(self) -> int:
        """How many rows the version holds, from the table's log alone."""
        return sum(file.rows for file in self._files)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that hold files, in order."""
        return tuple(sorted({file.month for file in self._files}))

    def listed(self, *, months: Collection[str] | None = None) -> tuple[FactFile, ...]:
        """The files as the table's log lists them, by month, bucket and name."""
        return tuple(self._chosen(months, None))

    def told_by(
        self, moment: int, columns: Sequence[str], months: Collection[str]
    ) -> tuple[FactFile, ...]:
        """The files that may hold a row with some integer columns all at or before a moment, by
        their footers, without reading a row."""

        def may(file: FactFile) -> bool:
            opened = partial(self._filesystem.open_input_file, file.path)
            lows = (least(f"{self._location}/{file.path}", opened, name) for name in columns)
            return all(low is None or low <= moment for low in lows)

        with self._damage():
            return tuple(file for file in self._chosen(months, None) if may(file))

    def told_after(
        self, moment: int, columns: Sequence[str], files: Sequence[FactFile]
    ) -> tuple[FactFile, ...]:
        """Of files that are `listed`, those that may hold a row with one of some integer columns
        after a moment, by their footers, without reading a row."""

        def may(file: FactFile) -> bool:
            opened = partial(self._filesystem.open_input_file, file.path)
            last = greatest(f"{self._location}/{file.path}", opened, columns)
            return last is None or last > moment

        with self._damage():
            return tuple(file for file in files if file.rows and may(file))

    def files(
        self, *, months: Collection[str] | None = None, buckets: Collection[int] | None = None
    ) -> tuple[str, ...]:
        """The Parquet files of the version, absolute, by month, bucket and name."""
        return tuple(f"{self._location}/{file.path}" for file in self._chosen(months, buckets))

    def partitions(
        self, *, months: Collection[str] | None = None, buckets: Collection[int] | None = None
    ) -> tuple[Partition, ...]:
        """The months and buckets that hold rows, in order: work goes bucket by bucket."""
        found = []
        chosen = self._chosen(months, buckets)
        for (month, bucket), group in groupby(chosen, key=lambda file: (file.month, file.bucket)):
            files = list(group)
            paths = tuple(f"{self._location}/{file.path}" for file in files)
            found.append(Partition(month, bucket, sum(file.rows for file in files), paths))
        return tuple(found)

    def arrow(
        self,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
    ) -> pa.Table:
        """The rows as an Arrow table, in the order of the files; no rows: an empty table.

        `filter` is a `pyarrow.compute` expression. Raises `StoreDamaged` when a file that was
        published is missing or broken.
        """
        chosen = None if columns is None else list(columns)
        files = self._chosen(months, buckets)
        if not files:
            nothing = self.table.schema.empty_table()
            return nothing if chosen is None else nothing.select(chosen)
        with self._damage():
            return self._dataset(files).to_table(chosen, filter)

    def batches(
        self,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """As `arrow`, batch by batch, without holding it all."""
        with self._damage():
            chosen = None if columns is None else list(columns)
            yield from self.dataset(months=months, buckets=buckets).to_batches(chosen, filter)

    def of_batches(
        self,
        batches: Collection[str],
        columns: Sequence[str],
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
    ) -> pa.Table:
        """The rows that some batches brought in. Only files that one of them wrote are opened: name
        compactions among them, or rows that they moved into other files are not found.

        Raises `StoreDamaged` when a published file is missing or broken.
        """
        wanted = pa.array(sorted(batches), pa.string())
        files = [file for file in self._chosen(months, buckets) if file.batch in batches]
        with self._damage():
            return self._dataset(files).to_table(
                list(columns), pc.is_in(pc.field("batch_id"), wanted)
            )

    def of_files(self, files: Sequence[FactFile], columns: Sequence[str]) -> pa.Table:
        """The rows of some of the files that are `listed`.

        Raises `StoreDamaged` when a published file is missing or broken.
        """
        with self._damage():
            return self._dataset(files).to_table(list(columns))

    def latest(
        self,
        columns: Sequence[str],
        *,
        months: Collection[str] | None = None,
        batches: Collection[str] | None = None,
    ) -> int | None:
        """The greatest value of some integer columns by the footers of the files (of `batches`
        only, if given), without reading a row; None when they do not say, or there is no row."""

        def of_file(file: FactFile) -> int | None:
            opened = partial(self._filesystem.open_input_file, file.path)
            return greatest(f"{self._location}/{file.path}", opened, columns)

        files = [
            file for file in self._chosen(months, None) if batches is None or file.batch in batches
        ]
        with self._damage():
            found = [of_file(file) for file in files]
        known = [one for one in found if one is not None]
        return max(known) if known and len(known) == len(found) else None

    def spans(
        self, *, months: Collection[str] | None = None, buckets: Collection[int] | None = None
    ) -> list[tuple[Any, Any, int]] | None:
        """(least, greatest, rows) of the first column of the table's order, for each row group of
        the files, by their footers, without reading a row; None when one does not say."""
        found = list[tuple[Any, Any, int]]()
        with self._damage():
            for file in self._chosen(months, buckets):
                path = f"{self._location}/{file.path}"
                opened = partial(self._filesystem.open_input_file, file.path)
                metadata = footer_of(path, opened).metadata
                for group, bound in enumerate(bounds_of(path, opened, self.table.order[0])):
                    if bound is None:
                        return None
                    found.append((*bound, metadata.row_group(group).num_rows))
        return found

    def lookup(
        self,
        value: object,
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The rows with that value in the first column of the table's order: one item's.

        Give its bucket, or every bucket is searched. Raises `StoreError` when the table has no
        order, `StoreDamaged` when a published file is missing or broken.
        """
        if not self.table.order:
            raise StoreError(f"facts table {self.table.name!r} has no order: nothing to look up by")
        names = tuple(self.table.schema.names if columns is None else columns)
        schema = pa.schema([self.table.schema.field(name) for name in names])
        found = [schema.empty_table()]
        with self._damage():
            for file in self._chosen(months, buckets):
                rows = self._found_in(file, value, schema)
                if rows is not None:
                    found.append(rows)
        return found[1] if len(found) == 2 else pa.concat_tables(found)

    def _found_in(self, file: FactFile, value: object, schema: pa.Schema) -> pa.Table | None:
        """The rows of a file that a lookup finds; None: none. What was read is kept: the file never
        changes, and who comes back to an item finds it there."""
        by, path = self.table.order[0], f"{self._location}/{file.path}"
        opened = partial(self._filesystem.open_input_file, file.path)
        if not groups_with(path, opened, by, value):
            return None
        names = tuple(schema.names)

        def read() -> pa.Table | None:
            stored = [name for name in names if name not in (MONTH, BUCKET)]
            rows = rows_with(path, opened, by, value, stored)
            return None if rows is None else _declared(rows, schema, file)

        return _FOUND.get((path, by, value, names), read)

    def as_read(self, columns: Sequence[str]) -> pa.Schema:
        """Some columns as `parts` gives them."""
        every = self.table.schema
        distinct = self.table.distinct
        return pa.schema(
            [every.field(n) if n in distinct else as_read(every.field(n)) for n in columns]
        )

    def parts(
        self,
        columns: Sequence[str],
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
        between: Range = (None, None),
        among: Sequence[Any] | None = None,
    ) -> list[Callable[[], pa.Table]]:
        """The rows as functions that each read a file, in any thread; texts are dictionaries, but
        for those that are nearly all different.

        Row groups that hold nothing `between` two values of the first column of the table's order,
        or none `among` some (sorted), are left out; other rows of a row group are not. Reading
        raises `StoreDamaged` when a published file is missing or broken. Raises `StoreError` when
        the table has no order.
        """
        if not self.table.order:
            raise StoreError(f"facts table {self.table.name!r} has no order: nothing to choose by")
        schema = self.as_read(columns)

        def reading(file: FactFile) -> Callable[[], pa.Table]:
            part = Part(
                f"{self._location}/{file.path}",
                partial(self._filesystem.open_input_file, file.path),
                schema,
                {
                    MONTH: pa.scalar(file.month, pa.string()),
                    BUCKET: pa.scalar(file.bucket, pa.int32()),
                },
                self.table.order[0],
                between,
                among,
            )

            def read() -> pa.Table:
                with self._damage():
                    return part.read()

            return read

        return [reading(file) for file in self._chosen(months, buckets)]

    def merged(self, files: Sequence[FactFile]) -> pa.Table:
        """All rows of some files of one partition, as they are stored, in the table's order.

        Columns that a newer release added are kept, although this one does not declare them.
        Raises `StoreDamaged` when a file is missing, broken or short.
        """
        with self._damage():
            parts = [self._stored(file) for file in files]
        rows = pa.concat_tables(parts, promote_options="default")
        if not self.table.order:
            return rows
        return rows.sort_by([(name, "ascending") for name in self.table.order])

    def _stored(self, file: FactFile) -> pa.Table:
        with self._filesystem.open_input_file(file.path) as stream:
            try:
                rows = pq.ParquetFile(stream).read()
            except pa.ArrowInvalid as error:  # what pyarrow says of a file that is cut short
                raise OSError(f"{file.path}: {error}") from error
        if rows.num_rows != file.rows:
            raise StoreDamaged(
                f"facts table {self.table.name!r}: {file.path} holds {rows.num_rows} rows, the "
                f"log says {file.rows}; restore it from a backup"
            )
        return rows

    def dataset(
        self, *, months: Collection[str] | None = None, buckets: Collection[int] | None = None
    ) -> ds.Dataset:
        """The files as a pyarrow dataset with the declared schema."""
        return self._dataset(self._chosen(months, buckets))

    def _dataset(self, files: Sequence[FactFile]) -> ds.Dataset:
        form = ds.ParquetFileFormat()
        fragments = [
            form.make_fragment(
                file.path,
                filesystem=self._filesystem,
                partition_expression=(pc.field(MONTH) == pa.scalar(file.month))
                & (pc.field(BUCKET) == pa.scalar(file.bucket, pa.int32())),
            )
            for file in files
        ]
        return ds.FileSystemDataset(fragments, self.table.schema, form, self._filesystem)

    def duckdb(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """A DuckDB relation over the files, with the declared columns in the declared order.

        On a local disk DuckDB reads the Parquet files itself; from object storage it is given
        Arrow, so that no engine extension is needed.
        """
        if not self._local:
            return connection.from_arrow(self.dataset(months=months, buckets=buckets))
        empty = connection.from_arrow(self.table.schema.empty_table())
        files = self.files(months=months, buckets=buckets)
        if not files:
            return empty
        # Literals: two relations that are joined may not both have a parameter of one name.
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
        found = connection.sql(
            f"SELECT * FROM read_parquet([{listed}], union_by_name = true, "
            "hive_partitioning = true, "
            f"hive_types = {{'{MONTH}': VARCHAR, '{BUCKET}': INTEGER}})"
        )
        present = set(found.columns)
        declared = zip(empty.columns, empty.types, strict=True)
        return found.project(
            ", ".join(
                f'"{name}"' if name in present else f'CAST(NULL AS {kind}) AS "{name}"'
                for name, kind in declared
            )
        )

    def _chosen(
        self, months: Collection[str] | None, buckets: Collection[int] | None
    ) -> list[FactFile]:
        return [
            file
            for file in self._files
            if (months is None or file.month in months)
            and (buckets is None or file.bucket in buckets)
        ]

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """A published file that cannot be read is damage, whatever the reader underneath says."""
        try:
            yield
        except OSError as error:
            raise StoreDamaged(
                f"facts table {self.table.name!r} at version {self.version}: a published file is "
                f"missing or broken: {error}; restore it from a backup"
            ) from error


def _declared(rows: pa.Table, schema: pa.Schema, file: FactFile) -> pa.Table:
    """Rows of a file with the columns declared: the partition's, and null where it has none."""
    count, stored = rows.num_rows, dict(zip(rows.column_names, rows.columns, strict=True))
    partition = {MONTH: file.month, BUCKET: file.bucket}
    columns = []
    for field in schema:
        column = stored.get(field.name)
        if column is None and field.name in partition:
            column = pa.array([partition[field.name]] * count, field.type)
        columns.append(pa.nulls(count, field.type) if column is None else column)
    return pa.table(columns, schema=schema)
