"""The two stores, with one commit point: the only package that knows SQLite, PostgreSQL, Delta,
Parquet and DuckDB. Between the stores and everything else pass Arrow tables and plain rows.

A *workspace* is a folder. Its *records* are transactions (tables in `store.records`); its *facts*
are append-only Delta tables, month x bucket. Whatever is written is written by one commit:

    TABLES = (FactTable("events", EVENTS),)                 # name and Arrow schema, by the caller

    Workspace.init(folder)
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        with workspace.commit("ingest", batch_id("ingest", sha256), now=moment) as commit:
            commit.append("events", arrow_table)            # as often as you like
            commit.records(lambda connection: connection.execute(insert(...)))
        commit.already_published                            # True: nothing was done again

Leaving the block publishes all of it or nothing. A batch that is already published is left as it
is: `append` and `records` then do nothing, so a step can simply be run again. An exception in the
block discards the batch. After `kill -9` or a power cut the next opening for writing discards what
was not published; run the step again. A full disk is a `StoreError` and leaves the store whole.

Readers never see the latest, only what is published:

    with Workspace.open(folder, tables=TABLES) as workspace:
        workspace.facts("events").arrow(columns=["item_key"], filter=pc.field("month") == "2026-11")
        workspace.scan("events")                            # narwhals LazyFrame on DuckDB
        for part in workspace.facts("events").partitions(): # month, bucket, rows, files
            ...
        with workspace.reading() as view:                   # records and facts of one moment
            view.connection.execute(select(records.runs)); view.facts("events")

One writer at a time; a second one waits, then `StoreBusy`. Idempotency of operations is in
`store.runs`, the chained journal in `store.journal`.
"""

from datecertain.store import (
    access_records,
    approval_records,
    archive_records,
    audit_records,
    case_records,
    claim_records,
    happening_records,
    job_records,
    lane_records,
    meeting_records,
    records,
    settlement_records,
    volume_records,
)
from datecertain.store.commit import Commit, batch_id
from datecertain.store.disk import write_durably
from datecertain.store.engine import Engine, connect_engine
from datecertain.store.fact_table import FactTable
from datecertain.store.facts import FactFile, Facts, Partition
from datecertain.store.journal import (
    Balance,
    Balances,
    Whole,
    append_journal,
    balances,
    verify_journal,
)
from datecertain.store.runs import Run, find_run, finish_run, request_digest, run_id, start_run
from datecertain.store.settings import Settings
from datecertain.store.workspace import View, Workspace

__all__ = [
    "Balance",
    "Balances",
    "Commit",
    "Engine",
    "FactFile",
    "FactTable",
    "Facts",
    "Partition",
    "Run",
    "Settings",
    "View",
    "Whole",
    "Workspace",
    "access_records",
    "append_journal",
    "approval_records",
    "archive_records",
    "audit_records",
    "balances",
    "batch_id",
    "case_records",
    "claim_records",
    "connect_engine",
    "find_run",
    "finish_run",
    "happening_records",
    "job_records",
    "lane_records",
    "meeting_records",
    "records",
    "request_digest",
    "run_id",
    "settlement_records",
    "start_run",
    "verify_journal",
    "volume_records",
    "write_durably",
]
