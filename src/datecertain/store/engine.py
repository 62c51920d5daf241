"""The engine: DuckDB in memory, over the Parquet files of published versions.

No extension is installed or loaded, the zone is UTC (rules never ask for another), and work that
does not fit into memory spills into the workspace.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import duckdb

from datecertain.errors import StoreError


class Engine(StrEnum):
    """What does the set work; the answers are the same, row for row."""

    DUCKDB = "duckdb"  # in this process: one machine
    SPARK = "spark"  # `store.spark`: past one machine


def connect_engine(
    *, threads: int | None = None, memory: str | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A new DuckDB connection, in memory.

    `threads` and `memory` (`2GB`) bound what it takes, None leaving it to DuckDB; `spill` is the
    folder for what does not fit. Raises `StoreError` for a setting DuckDB does not accept.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    if memory is not None:
        settings["memory_limit"] = memory
    if spill is not None:
        settings["temp_directory"] = str(spill)
    try:
        connection = duckdb.connect(":memory:", config=settings)
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise StoreError(f"engine settings {settings}: {error}") from error
    return connection
