"""A month's automatic refunds, 100,000 of them among 400,000 items, from facts on disk to the
committed ledger, beside a bare SQLite insert of the same rows; claims decided one by one, from the
item's number to the committed answer; and the same with the letter's HTML, over a simulated month
with its scans."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from datecertain.errors import DatecertainError
from datecertain.moments import parse_date, parse_utc
from datecertain.operations.claiming import Filing, file_claim
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.evidence import current_items
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.letters import sender_letter
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.tables import ITEMS_TABLE, SCHEMA_VERSION, VERDICTS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.promise.acceptance import ITEMS, item_key
from datecertain.store import Workspace
from datecertain.store.claim_records import refunds
from datecertain.store.records import network_versions
from datecertain.tracking.canonical import buckets
from datecertain.verdict.outcomes import VERDICTS
from datecertain.web.letters import write
from datecertain.wording.prepared import letter_words

SIMULATED = 20_000  # items of the month in which letters are written
MONTH, COUNT, EVERY = "2026-10", 400_000, 4  # every fourth item is late
CLAIMS = 60
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
NOW = FixedClock(parse_utc("2026-11-10T00:00Z"))


def run() -> dict[str, Any]:
    """Write a synthetic month, refund it, and claim what is not late."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        make_workspace(home, NOW)
        with open_workspace(home, write=True) as workspace:
            ids = _month(workspace)
            began = time.perf_counter()
            report = run_refunds(workspace, MONTH, NOW)
            refunded = time.perf_counter() - began
            began = time.perf_counter()
            again = run_refunds(workspace, MONTH, FixedClock(NOW.moment + 1))
            idle = time.perf_counter() - began
            assert again.already_done
            bare = _bare(workspace, Path(folder) / "bare.db")
            claimed = [_claim(workspace, ids[1 + EVERY * n]) for n in range(CLAIMS)][5:]
        lettered = _letters(Path(folder) / "simulated")[5:]
    return {
        f"{report.granted:,} automatic refunds of {COUNT:,} items, committed": f"{refunded:.1f} s",
        "limit": "60 s",
        "rival: bare SQLite insert of the same rows, one transaction": f"{bare:.1f} s",
        "run again on the same verdicts": f"{idle * 1000:.0f} ms",
        f"a claim filed, decided and committed (median of {len(claimed)})":
            f"{statistics.median(claimed) * 1000:.0f} ms",
        "the slowest of them": f"{max(claimed) * 1000:.0f} ms",
        f"a claim filed, decided, committed and its letter written as HTML (median of "
        f"{len(lettered)}, warm, {SIMULATED:,} simulated items)":
            f"{statistics.median(lettered) * 1000:.0f} ms",
        "the slowest of those": f"{max(lettered) * 1000:.0f} ms",
        "limit for one claim, its letter included": "100 ms",
    }  # fmt: skip


def _claim(workspace: Workspace, number: str) -> float:
    began = time.perf_counter()
    file_claim(workspace, Filing(number), NOW)
    return time.perf_counter() - began


def _letters(home: Path) -> list[float]:
    """Claims of a simulated month, each with its letter as HTML: seconds of each."""
    plan, speak = month_plan(MONTH, SIMULATED), letter_words("ko")
    write_month(plan, home)
    clock = FixedClock(plan.closing_at)
    make_workspace(home / "workspace", clock)
    took = []
    with open_workspace(home / "workspace", write=True) as workspace:
        ingest(workspace, home / "mailbox", clock)
        judge_period(workspace, MONTH, plan.closing_at, clock)
        ids = [number for number in current_items(workspace, None)["item_id"].to_pylist()
               if number.endswith("KR")]  # fmt: skip
        for number in ids[: 2 * CLAIMS]:
            began = time.perf_counter()
            try:
                file_claim(workspace, Filing(number), clock)
                letter = sender_letter(workspace, number, speak, clock)
            except DatecertainError:  # not taken, or it waits: there is nothing to be told yet
                continue
            write(letter.document)
            took.append(time.perf_counter() - began)
    return took[:CLAIMS]


def _number(serial: int) -> str:
    digits = f"{serial:08d}"
    left = 11 - sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11
    return f"EE{digits}{ {10: 0, 11: 5}.get(left, left) }KR"


def _month(workspace: Workspace) -> list[str]:
    """Acceptance records and verdicts as ingest and judge write them; synthetic. The numbers."""
    ids = [_number(serial) for serial in range(COUNT)]
    first = parse_date(f"{MONTH}-12")
    day = first + np.arange(COUNT) % 10
    keys = [item_key(number, int(at)) for number, at in zip(ids, day, strict=True)]
    with workspace.reading() as view:
        version = view.connection.execute(select(network_versions.c.version)).scalar_one()
    late = np.arange(COUNT) % EVERY == 0
    given: dict[str, Any] = {
        "item_key": keys, "item_id": ids, "origin": pa.repeat("KR", COUNT),
        "destination": pa.array(["JP", "US", "CN", "HK", "AU"]).take(np.arange(COUNT) % 5),
        "accepted_at": day * 1440, "accepted_date": day, "accepted_min": np.full(COUNT, 600),
        "postage_minor": 20_000 + np.arange(COUNT) % 30_000, "currency": pa.repeat("KRW", COUNT),
        "promised_on": day + 4, "standard_on": day + 4, "stopped_on": day + 4 + late,
        "delivered_on": day + 4 + late, "sender_outcome": np.where(late, "late_liable", "on_time"),
        "outcome": np.where(late, "late_liable", "on_time"), "owner": pa.repeat("KR", COUNT),
        "audience": pa.repeat("JP+KR", COUNT), "network_version": pa.repeat(version, COUNT),
        "schema_version": np.full(COUNT, SCHEMA_VERSION), "month": pa.repeat(MONTH, COUNT),
        "bucket": buckets(pa.chunked_array([ids], pa.string())),
    }  # fmt: skip
    for operation, table, schema in (
        ("ingest", ITEMS_TABLE, ITEMS), ("judge", VERDICTS_TABLE, VERDICTS),
    ):  # fmt: skip
        with workspace.commit(operation, f"{operation}.bench", now=NOW.now()) as commit:
            more = given | {"batch_id": pa.repeat(commit.batch_id, COUNT)}
            commit.append(table, pa.table([_column(more, f) for f in schema], schema=schema))
    return ids


def _column(given: dict[str, Any], field: pa.Field) -> pa.Array:
    """A column as it is given; else nothing, or what stands for nothing."""
    if field.name in given:
        values = given[field.name]
        if isinstance(values, np.ndarray) and values.dtype.kind == "U":
            values = values.tolist()
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(
            field.type
        )
    if field.nullable:
        return pa.nulls(COUNT, field.type)
    return pa.repeat("" if pa.types.is_string(field.type) else 0, COUNT).cast(field.type)


def _bare(workspace: Workspace, path: Path) -> float:
    """The rows of the ledger, inserted into a bare table in one durable transaction."""
    with workspace.reading() as view:
        rows = [tuple(row) for row in view.connection.execute(select(refunds))]
    columns = ", ".join(refunds.columns.keys())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE refunds ({columns}, PRIMARY KEY (item_key))")
        places = ", ".join("?" * len(refunds.columns))
        began = time.perf_counter()
        connection.executemany(f"INSERT INTO refunds VALUES ({places})", rows)
        connection.commit()
    return time.perf_counter() - began
