"""Items judged per second, from facts on disk to verdicts, beside a bare DuckDB pivot of the same
facts to first scans, and the same in the DuckDB a user would write."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_unit, judging_units
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.store import Workspace

MONTH, ITEMS, RUNS = "2026-10", 200_000, 5
CODES = ("EMB", "EMC", "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EMH", "EDH", "EMI", "EXX", "EDX")


def run() -> dict[str, Any]:
    """Ingest a simulated month once, then judge it and pivot it several times."""
    plan = month_plan(MONTH, ITEMS)
    clock = FixedClock(plan.closing_at)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_month(plan, home)
        make_workspace(home / "workspace", clock)
        with open_workspace(home / "workspace", write=True) as workspace:
            began = time.perf_counter()
            taken = ingest(workspace, home / "mailbox", clock)
            ingested = time.perf_counter() - began
            judged = [_judge(workspace, plan.closing_at) for _ in range(RUNS)]
            pivoted = [_pivot(workspace) for _ in range(RUNS)]
    judge_s, pivot_s = statistics.median(judged), statistics.median(pivoted)
    return {
        f"items judged per second, {ITEMS:,} items, {taken.events:,} events (median of {RUNS})":
            f"{ITEMS / judge_s:,.0f}",
        "rival: bare DuckDB pivot to first scans over the same files, items per second":
            f"{ITEMS / pivot_s:,.0f}",
        "judging takes, as a multiple of the bare pivot": f"{judge_s / pivot_s:.1f}",
        "ingest of the same month, messages to published facts":
            f"{taken.bytes / 1e6 / ingested:.1f} MB/s, {taken.events / ingested:,.0f} events/s",
        "peak memory of the process":
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB",
    }  # fmt: skip


def _judge(workspace: Workspace, as_of: int) -> float:
    """Everything read, pivoted, replayed and judged; nothing written."""
    began = time.perf_counter()
    for unit in judging_units(workspace, MONTH):
        judge_unit(workspace, MONTH, unit, as_of)
    return time.perf_counter() - began


def _pivot(workspace: Workspace) -> float:
    """What no judging can do without: first time of each code per item, in plain SQL."""
    events = list(workspace.facts(EVENTS_TABLE).files())
    items = list(workspace.facts(ITEMS_TABLE).files(months=[MONTH]))
    columns = ", ".join(f"min(event_at) FILTER (code = '{code}') AS {code}" for code in CODES)
    began = time.perf_counter()
    workspace.engine.sql(
        f"SELECT item_id, {columns} FROM read_parquet($events) e "
        "JOIN (SELECT DISTINCT item_id FROM read_parquet($items)) i USING (item_id) "
        "GROUP BY item_id",
        params={"events": events, "items": items},
    ).to_arrow_table()
    return time.perf_counter() - began
