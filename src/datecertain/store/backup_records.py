"""The records as they go into a backup and come out of it: a Parquet file for each table, the same
from SQLite and from PostgreSQL, so that either can be restored into the other.

All tables are read in one transaction that sees one moment (`Database.reading`), and written in
one. They are read as they stand in the database, at whatever schema that has: a backup can be taken
before a release is upgraded. What JSON columns hold is carried as text, to the letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
    text,
)

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store.database import SCHEMA_VERSION, Database

#: The table of the schema's version: what it says stands in the manifest.
_VERSION_TABLE = "alembic_version"
_ROWS = 20_000
#: Kind of column → its Arrow type, the first that fits.
_TYPES = ((Boolean, pa.bool_()), (Integer, pa.int64()), (JSON, pa.string()),
          (LargeBinary, pa.binary()), (String, pa.string()))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Columns:
    """A table as it stands in a database."""

    table: Table
    schema: pa.Schema
    json: frozenset[str]

    @property
    def names(self) -> str:
        return ", ".join(f'"{name}"' for name in self.schema.names)


def record_tables(connection: Connection) -> list[str]:
    """The tables of a database, each after those that it refers to."""
    return [one.table.name for one in _tables(connection)]


def dump_records(
    connection: Connection, folder: Path, done: Callable[[str, int, Path], None]
) -> None:
    """Write each table as a Parquet file into a folder and hand it over: (name, rows, file).

    Call it in a `Database.reading` transaction. The same rows give the same bytes.
    """
    for columns in _tables(connection):
        path, rows = folder / f"{columns.table.name}.parquet", 0
        with pq.ParquetWriter(path, columns.schema, compression="zstd") as writer:
            for batch in _read(connection, columns):
                writer.write_batch(batch)
                rows += batch.num_rows
        done(columns.table.name, rows, path)


def load_records(
    database: Database, schema: str, files: dict[str, Path], note: tuple[str, str]
) -> dict[str, int]:
    """Fill an empty database with the tables of a backup, in one transaction: it is made at the
    backup's schema, filled, and then migrated to that of this release; rows per table.

    `note` is a row of `settings` that says which backup it was. Raises `StoreError` when the
    database holds something, or its schema is not known; `StoreDamaged` when the tables do not fit.
    """
    from datecertain.store.migrations import known, upgrade  # noqa: PLC0415 - slow to import

    if schema != SCHEMA_VERSION and schema not in known():
        raise StoreError(
            f"the backup's records are at schema {schema}, which this release does not know: use "
            "the release that took it, or a newer one"
        )
    counts = {}
    with database.writing() as connection:
        if held := _held(connection):
            raise StoreError(
                f"{database.name} holds records already ({held[0]}): restore into an empty database"
            )
        upgrade(connection, schema)
        for columns in _tables(connection):
            name = columns.table.name
            if name not in files:
                raise StoreDamaged(f"the backup lacks the table {name}: take another backup")
            counts[name] = _fill(connection, columns, files[name], database.sqlite)
        if more := sorted(set(files) - set(counts)):
            raise StoreDamaged(f"the backup has tables that schema {schema} has not: {more}")
        connection.execute(text("DELETE FROM settings WHERE key = :key"), {"key": note[0]})
        connection.execute(
            text("INSERT INTO settings (key, value) VALUES (:key, :value)"),
            {"key": note[0], "value": note[1]},
        )
        if schema != SCHEMA_VERSION:
            upgrade(connection)
    return counts


def noted(database: Database, key: str) -> str | None:
    """What a row of `settings` says; None where there is none, or no such table."""
    with database.reading() as connection:
        if not _held(connection):
            return None
        found = connection.execute(
            text("SELECT value FROM settings WHERE key = :key"), {"key": key}
        ).scalar()
    return None if found is None else str(found)


def _held(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


def _tables(connection: Connection) -> list[_Columns]:
    metadata = MetaData()
    metadata.reflect(connection)
    found = []
    for table in metadata.sorted_tables:
        if table.name == _VERSION_TABLE:
            continue
        fields, json = [], set[str]()
        for column in table.columns:
            kind = next((arrow for sql, arrow in _TYPES if isinstance(column.type, sql)), None)
            if kind is None:
                raise StoreError(f"column {table.name}.{column.name}: a backup knows no such type")
            fields.append(pa.field(column.name, kind))
            if isinstance(column.type, JSON):
                json.add(column.name)
        found.append(_Columns(table, pa.schema(fields), frozenset(json)))
    return found


def _read(connection: Connection, columns: _Columns) -> Iterator[pa.RecordBatch]:
    cast = "CAST({} AS TEXT)" if connection.dialect.name == "postgresql" else "{}"
    wanted = ", ".join(
        cast.format(f'"{name}"') if name in columns.json else f'"{name}"'
        for name in columns.schema.names
    )
    key = ", ".join(f'"{column.name}"' for column in columns.table.primary_key)
    ordered = f" ORDER BY {key}" if key else ""
    rows = connection.execution_options(stream_results=True, max_row_buffer=_ROWS).execute(
        text(f'SELECT {wanted} FROM "{columns.table.name}"{ordered}')
    )
    for part in rows.partitions(_ROWS):
        by_column = zip(*part, strict=True)
        yield pa.record_batch(
            [_array(values, field.type)
             for values, field in zip(by_column, columns.schema, strict=True)],
            schema=columns.schema,
        )  # fmt: skip


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(kind):  # SQLite holds 0 and 1
        return pa.array([None if value is None else bool(value) for value in values], kind)
    return pa.array(values, kind)


def _fill(connection: Connection, columns: _Columns, path: Path, sqlite: bool) -> int:
    table, rows = columns.table, 0
    if connection.execute(select(func.count()).select_from(table)).scalar_one():
        connection.execute(table.delete())  # what a migration begins with
    with pq.ParquetFile(path) as file:
        if file.schema_arrow.names != columns.schema.names:
            raise StoreDamaged(
                f"the backup's table {table.name} has the columns {file.schema_arrow.names}, "
                f"expected {columns.schema.names}"
            )
        for batch in file.iter_batches(_ROWS):
            lines = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            put = _insert if sqlite else _copy
            put(connection, columns, lines)
            rows += len(lines)
    if not sqlite:
        _move_sequences(connection, table)
    return rows


def _insert(connection: Connection, columns: _Columns, lines: list[tuple[Any, ...]]) -> None:
    places = ", ".join("?" * len(columns.schema))
    connection.exec_driver_sql(
        f'INSERT INTO "{columns.table.name}" ({columns.names}) VALUES ({places})', lines
    )


def _copy(connection: Connection, columns: _Columns, lines: list[tuple[Any, ...]]) -> None:
    driver = connection.connection.driver_connection
    if driver is None:
        raise StoreError("the database connection is closed")
    statement = f'COPY "{columns.table.name}" ({columns.names}) FROM STDIN'
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for line in lines:
            copy.write_row(line)


def _move_sequences(connection: Connection, table: Table) -> None:
    """A number that the database gives goes on after the highest that was restored."""
    for column in table.primary_key:
        name = {"table": f'"{table.name}"', "column": column.name}
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), name
        ).scalar()
        if sequence is not None:
            connection.execute(
                text(
                    f'SELECT setval(:sequence, COALESCE(MAX("{column.name}"), 0) + 1, false) '
                    f'FROM "{table.name}"'
                ),
                {"sequence": sequence},
            )
