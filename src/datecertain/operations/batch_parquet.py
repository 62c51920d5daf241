"""Parquet files of questions and answers, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datecertain.errors import UsageError
from datecertain.operations.batch_csv import CHUNK_ROWS
from datecertain.promise.batch_reading import Troubles

#: Columns of the answer that are dates.
_DATES = ("due_on", "carried_on")


class ParquetChunk:
    """Some rows of a Parquet file."""

    def __init__(self, rows: pa.RecordBatch) -> None:
        self.names = list(rows.schema.names)
        self.count = rows.num_rows
        self.troubles: Troubles = {}
        self._rows = rows

    def texts(self, name: str) -> list[str]:
        """A column as text, empty where it is null."""
        column = self._rows.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M")
        return list(pc.fill_null(pc.cast(column, pa.string()), "").to_pylist())

    def carried(self) -> Mapping[str, Any]:
        """All columns in their own types."""
        return dict(zip(self.names, self._rows.columns, strict=True))


class ParquetQuestions:
    """A Parquet file to be read in batches of rows; `size` and `read_bytes` count rows here.

    Raises `UsageError` for a file that cannot be read, and for columns of types that say nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowException as error:
            raise UsageError(f"{path} is not a Parquet file: {error}") from error
        self.names = list(self._file.schema_arrow.names)
        self.size = self._file.metadata.num_rows
        self.read_bytes = 0

    def demand_types(self, known: list[str]) -> None:
        """Raises `UsageError` for a column that cannot be read as text."""
        for name in known:
            kind = self._file.schema_arrow.field(name).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            local = pa.types.is_timestamp(kind) and kind.tz is None
            simple = (
                pa.types.is_string(kind) or pa.types.is_large_string(kind)
                or pa.types.is_string_view(kind) or pa.types.is_integer(kind)
                or pa.types.is_null(kind)
            )  # fmt: skip
            if not simple and not (local and name == "at"):
                raise UsageError(
                    f"column {name!r} of {self._path} is {kind}: give text (a whole number, or for "
                    "`at` a local timestamp without time zone, may stand as such)"
                )

    def chunks(self) -> Iterator[ParquetChunk]:
        """The rows in order. Raises `UsageError` where the file is damaged."""
        try:
            with self._file as file:
                for rows in file.iter_batches(batch_size=CHUNK_ROWS):
                    self.read_bytes += rows.num_rows
                    yield ParquetChunk(rows)
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{self._path} is damaged: {error}") from error


class ParquetAnswers:
    """Writes answers as one Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, carried: Mapping[str, Any], answer: Mapping[str, list[str]]) -> None:
        """One chunk: what was asked, and the answer's columns after it."""
        columns = {
            name: pa.array(column, pa.string()) if isinstance(column, list) else column
            for name, column in carried.items()
        }
        for name, texts in answer.items():
            column = pa.array([text or None for text in texts], pa.string())
            columns[name] = column.cast(pa.date32()) if name in _DATES else column
        table = pa.table(columns)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            self._writer.close()
