"""Items judged per second, from facts on disk to verdicts, beside a bare DuckDB pivot of the same
facts to first scans; the same with the verdicts committed, beside a pivot that writes as many
columns; and a judged month judged again after one day's mail came late."""

from __future__ import annotations

import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.evidence import event_months
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import JudgeReport, judge_period
from datecertain.operations.judging_units import judge_unit, judging_units
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.store import Workspace
from datecertain.verdict.outcomes import VERDICTS

MONTH, ITEMS, RUNS = "2026-10", 200_000, 5
COMMITS = 3  # workspaces that are judged and committed anew
LATE_DAY = "20261028"  # the mail of this day comes after the month was judged
CODES = ("EMB", "EMC", "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EMH", "EDH", "EMI", "EXX", "EDX")


def run() -> dict[str, Any]:
    """Ingest a simulated month once, then judge it and pivot it several times."""
    plan = month_plan(MONTH, ITEMS)
    clock = FixedClock(plan.closing_at)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_month(plan, home)
        late = _held_back(home / "mailbox", home / "late")
        make_workspace(home / "workspace", clock)
        with open_workspace(home / "workspace", write=True) as workspace:
            began = time.perf_counter()
            taken = ingest(workspace, home / "mailbox", clock)
            ingested = time.perf_counter() - began
        committed = [_commit(home, plan.closing_at, number) for number in range(COMMITS)]
        with open_workspace(home / "workspace", write=True) as workspace:
            judged = [_judge(workspace, plan.closing_at) for _ in range(RUNS)]
            pivoted = [pivot(workspace, MONTH) for _ in range(RUNS)]
            written = [pivot(workspace, MONTH, home / f"pivot-{n}") for n in range(COMMITS)]
        again, done, events = _again(home / "workspace-0", late, plan.closing_at)
    judge_s, pivot_s = statistics.median(judged), statistics.median(pivoted)
    commit_s, write_s = statistics.median(committed), statistics.median(written)
    return {
        f"items judged per second, {ITEMS:,} items, {taken.events:,} events (median of {RUNS})":
            f"{ITEMS / judge_s:,.0f}",
        "rival: bare DuckDB pivot to first scans over the same files, items per second":
            f"{ITEMS / pivot_s:,.0f}",
        "judging takes, as a multiple of the bare pivot": f"{judge_s / pivot_s:.1f}",
        f"items judged and committed per second (median of {COMMITS})": f"{ITEMS / commit_s:,.0f}",
        f"rival: DuckDB pivot that writes {len(VERDICTS)} columns as Parquet, items per second":
            f"{ITEMS / write_s:,.0f}",
        "judging with its commit, as a multiple of the pivot that writes":
            f"{commit_s / write_s:.1f}",
        f"one day's late mail ({events:,} events), the judged month judged again":
            f"{again:.2f} s: {done.judged:,} of {done.items:,} items, "
            f"{done.superseding:,} verdicts superseded",
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


def _held_back(mailbox: Path, aside: Path) -> Path:
    """Put the interchanges of one day aside; where they are now."""
    for path in sorted(mailbox.rglob(f"*{LATE_DAY}*")):
        if path.suffix != ".csv":
            target = aside / path.relative_to(mailbox)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    return aside


def _commit(home: Path, as_of: int, number: int) -> float:
    """A month that was never judged: judged, its verdicts written, fsynced and published."""
    copy = home / f"workspace-{number}"
    shutil.copytree(home / "workspace", copy)
    with open_workspace(copy, write=True) as workspace:
        began = time.perf_counter()
        judge_period(workspace, MONTH, as_of, FixedClock(as_of))
        return time.perf_counter() - began


def _again(workspace: Path, late: Path, as_of: int) -> tuple[float, JudgeReport, int]:
    """The judged month judged again, commit included, after a day's mail came in."""
    with open_workspace(workspace, write=True) as opened:
        events = ingest(opened, late, FixedClock(as_of)).events
        began = time.perf_counter()
        done = judge_period(opened, MONTH, as_of, FixedClock(as_of))
        return time.perf_counter() - began, done, events


def pivot(workspace: Workspace, month: str, target: Path | None = None) -> float:
    """What no judging can do without: first time of each code per item, in plain SQL. With a
    target, as many columns as a verdict has are made and written to a Parquet file."""
    events = list(workspace.facts(EVENTS_TABLE).files(months=event_months(month)))
    items = list(workspace.facts(ITEMS_TABLE).files(months=[month]))
    columns = [f"min(event_at) FILTER (code = '{code}') AS {code}" for code in CODES]
    if target is not None:
        columns += [f"max(event_at) FILTER (code = '{code}') AS last_{code}" for code in CODES]
        columns += [f"min(office) FILTER (code = '{code}') AS at_{code}" for code in CODES]
        columns += [f"count(*) FILTER (code = '{code}') AS n_{code}" for code in CODES]
        columns = columns[: len(VERDICTS) - 1]
    query = (
        f"SELECT item_id, {', '.join(columns)} FROM read_parquet($events) e "
        "JOIN (SELECT DISTINCT item_id FROM read_parquet($items)) i USING (item_id) "
        "GROUP BY item_id"
    )
    began = time.perf_counter()
    pivoted = workspace.engine.sql(query, params={"events": events, "items": items})
    if target is None:
        pivoted.to_arrow_table()
    else:
        pivoted.write_parquet(str(target), compression="zstd")
    return time.perf_counter() - began
