"""As many items as the largest lane has in a year run again under a changed network, once they are
read, beside the limits of one second for them and one minute for the group's peak year."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.replays import (
    Remade,
    Traffic,
    read_traffic,
    replay_batch,
    with_changes,
)
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.planning.replays import lane_changes, together

MONTH, RUNS = "2026-10", 5
ITEMS = int(os.environ.get("REPLAY_ITEMS", "350000"))
PEAK_YEAR = 31_560_000
CHANGE = "USORDA.release -02:00"


def run() -> dict[str, Any]:
    """Read a simulated month once, then replay it several times in each way."""
    plan = month_plan(MONTH, ITEMS)
    clock = FixedClock(plan.closing_at)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_month(plan, home)
        make_workspace(home / "workspace", clock)
        with open_workspace(home / "workspace", write=True) as workspace:
            ingest(workspace, home / "mailbox", clock)
            judge_period(workspace, MONTH, plan.closing_at, clock)
            began = time.perf_counter()
            traffic = read_traffic(workspace, [MONTH])
            read = time.perf_counter() - began
        made = Remade(with_changes([CHANGE]))
        for batch in traffic.batches:
            assert made.of(batch.network).compiled is not None
        kept, new, few = (
            [_replay(traffic, made, recomputed=recomputed, everything=everything)
             for _ in range(RUNS)]
            for recomputed, everything in ((False, True), (True, True), (False, False))
        )  # fmt: skip
    return {
        f"{ITEMS:,} items read and judged once": f"{read:.1f} s",
        f"replayed under {CHANGE}, dates kept (median of {RUNS}; limit 1 s)": _told(kept),
        "replayed, dates quoted anew": _told(new),
        "replayed as a lever, only what moved judged": _told(few),
        f"the peak year of {PEAK_YEAR:,} items at that rate of processor time, dates kept, on "
        f"{os.cpu_count()} processors (limit 60 s)":
            f"{_processor(kept) / ITEMS * PEAK_YEAR / (os.cpu_count() or 1):.0f} s",
    }  # fmt: skip


def _told(runs: list[tuple[float, float]]) -> str:
    wall = statistics.median(one for one, _ in runs)
    return f"{wall:.2f} s, {_processor(runs):.2f} s of processor time"


def _processor(runs: list[tuple[float, float]]) -> float:
    return statistics.median(used for _, used in runs)


def _replay(
    traffic: Traffic, made: Remade, *, recomputed: bool, everything: bool
) -> tuple[float, float]:
    began = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = [
            part
            for batch in traffic.batches
            for part in replay_batch(
                batch, made.of(batch.network), traffic.as_of, pool, recomputed=recomputed,
                everything=everything,
            )
        ]  # fmt: skip
        assert lane_changes(together(parts))
    return time.perf_counter() - began[0], time.process_time() - began[1]
