"""As many items as the largest lane has in a year run again under a changed network, once they are
read; and a year of the group, from what is kept of it, as a user asks for it: beside the limits of
one second for the former and one minute for the group's peak year, and beside DuckDB, which counts
what was on time in the verdicts of the same year.

`REPLAY_YEAR_FOLDER` names a folder as `peak_year` makes it (`PEAK_YEAR_FOLDER`), judged; without
one a fortieth of the year is generated and judged. The year is run in a process of its own, first
with nothing kept of it, then from what was kept.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import peak_year
from benchmarks.alone import alone
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period, judge_periods
from datecertain.operations.kept_replays import forget_traffic
from datecertain.operations.replayed_items import Remade, Traffic, read_traffic, replay_batch
from datecertain.operations.replays import what_if, with_changes
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.planning.replays import lane_changes, lane_standings, together
from datecertain.settlement import bundled_tariff

MONTH, RUNS = "2026-10", 5
ITEMS = int(os.environ.get("REPLAY_ITEMS", "350000"))
#: One that few items meet, and one that all of a large post do.
CHANGE, WIDE = "USORDA.release -02:00", "KRSELB.cutoff -01:00"


def run() -> dict[str, Any]:
    """Figures by what they mean."""
    with tempfile.TemporaryDirectory() as folder:
        lane_year = _lane_year(Path(folder))
    given = os.environ.get("REPLAY_YEAR_FOLDER")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given or folder)
        if given is None:
            _judged_year(home)
        first = alone("replaying", "anew", str(home.resolve()), CHANGE)
        again = alone("replaying", "year", str(home.resolve()), CHANGE)
        wide = alone("replaying", "year", str(home.resolve()), WIDE)
        counted = alone("replaying", "rival", str(home.resolve()))
    return lane_year | {
        f"a year of {first['items']:,} items read and kept, then run again under {CHANGE}":
            _told_year(first) + f"; kept in {first['bytes'] / 1e9:.2f} GB",
        f"again from what is kept, dates quoted anew, {again['changed']:,} items changed (limit "
        "for the peak year 60 s)": _told_year(again),
        f"under {WIDE}, {wide['changed']:,} items changed": _told_year(wide),
        "rival: DuckDB counts the verdicts of that year, and those on time, by lane":
            f"{counted['wall']:.1f} s, {counted['cpu']:.1f} s of processor time",
    }  # fmt: skip


def _told_year(one: dict[str, float]) -> str:
    return (f"{one['wall']:.1f} s, {one['cpu']:.1f} s of processor time, peak memory "
            f"{one['peak_mib']:,.0f} MiB")  # fmt: skip


# --- a lane-year, in memory ------------------------------------------------------------------


def _lane_year(home: Path) -> dict[str, Any]:
    """Read a simulated month once, then replay it several times in each way."""
    plan = month_plan(MONTH, ITEMS)
    clock = FixedClock(plan.closing_at)
    write_month(plan, home)
    make_workspace(home / "workspace", clock)
    with open_workspace(home / "workspace", write=True) as workspace:
        ingest(workspace, home / "mailbox", clock)
        judge_period(workspace, MONTH, plan.closing_at, clock)
        began = time.perf_counter()
        traffic = read_traffic(workspace, [MONTH])
        read = time.perf_counter() - began
    figures = {f"{ITEMS:,} items read and judged once": f"{read:.1f} s"}
    for change in (CHANGE, WIDE):
        made = Remade(with_changes([change]))
        for batch in traffic.batches:
            made.of(batch.network)  # compiled, both
            assert batch.odd is not None
        new, kept, full = (
            [_replay(traffic, made, recomputed=recomputed, everything=everything)
             for _ in range(RUNS)]
            for recomputed, everything in ((True, False), (False, False), (True, True))
        )  # fmt: skip
        figures |= {
            f"replayed under {change}, dates quoted anew (median of {RUNS}; limit 1 s)": _told(new),
            f"replayed under {change}, dates kept": _told(kept),
            f"every item judged again under {change}, changed or not": _told(full),
        }
    return figures


def _told(runs: list[tuple[float, float]]) -> str:
    wall, used = (statistics.median(column) for column in zip(*runs, strict=True))
    return f"{wall:.2f} s, {used:.2f} s of processor time"


def _replay(
    traffic: Traffic, made: Remade, *, recomputed: bool, everything: bool
) -> tuple[float, float]:
    began = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = [
            part
            for batch in traffic.batches
            for part in replay_batch(
                batch, made, pool, recomputed=recomputed, everything=everything
            )
        ]  # fmt: skip
        assert lane_changes(together(parts), lane_standings(traffic.judged))
    return time.perf_counter() - began[0], time.process_time() - began[1]


# --- a year, as a user asks for it -----------------------------------------------------------


def _judged_year(home: Path) -> None:
    peak_year._generate(home)
    with open_workspace(home / "year", write=True) as year:
        closing = peak_year.CLOSING
        judge_periods(year, peak_year.MONTHS, closing, FixedClock(closing))


def _year(home: Path, change: str) -> dict[str, float]:
    tariff = bundled_tariff()
    with open_workspace(home / "year") as year:
        began = time.perf_counter(), time.process_time()
        found = what_if(
            year, peak_year.MONTHS, (change, with_changes([change])), tariffs=(tariff, tariff)
        )
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    kept = (home / "year").glob(".replays/*/*")
    return {
        "items": found.whole.before.items, "changed": len(found.changed), "wall": wall,
        "cpu": cpu, "bytes": sum(file.stat().st_size for file in kept),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _anew(home: Path, change: str) -> dict[str, float]:
    with open_workspace(home / "year") as year:
        forget_traffic(year)
    shutil.rmtree(home / "year" / ".months", ignore_errors=True)
    return _year(home, change)


def _rival(home: Path) -> dict[str, float]:
    with open_workspace(home / "year") as year:
        folder = home / "year" / "facts" / VERDICTS_TABLE
        files = [str(folder / one.path) for one in year.facts(VERDICTS_TABLE).listed()]
    began = time.perf_counter(), time.process_time()
    rows = duckdb.sql(f"""
        select origin, destination, count(*), count(*) filter (outcome = 'on_time'),
            count(*) filter (outcome in ('on_time', 'late_excused', 'late_liable'))
        from read_parquet({files!r}, hive_partitioning = false) group by all
    """).fetchall()
    assert rows
    return {"wall": time.perf_counter() - began[0], "cpu": time.process_time() - began[1]}


if __name__ == "__main__":
    print(json.dumps({"year": _year, "anew": _anew, "rival": _rival}[sys.argv[1]](
        Path(sys.argv[2]), *sys.argv[3:]
    )))  # fmt: skip
