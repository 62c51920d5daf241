"""The group's peak year judged: 31.56 million items (2019), about ten events each.

Each month is simulated and ingested once, for a smaller number of items, and then copied under new
item numbers until the year is full: generated, and said to be; then compacted, as every night by
`datecertain serve`. The mail of one day is held back and comes when the year was judged.
`PEAK_YEAR_ITEMS` says how many items (a fortieth of the year if not given, for the whole takes some
20 GB of disk and an hour), `PEAK_YEAR_FOLDER` where they lie; a folder that is filled already is
measured again. Judging runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.alone import alone
from benchmarks.copied_months import PER_COMMIT, SIMULATED, copy_month, simulated_month
from benchmarks.judging import pivot
from datecertain.moments import parse_date
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan
from datecertain.operations.explaining import explain_item
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.judging import judge_periods
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.store import batch_id
from datecertain.verdict.outcomes import VERDICTS

WHOLE_YEAR = 31_560_000
ITEMS = int(os.environ.get("PEAK_YEAR_ITEMS", str(WHOLE_YEAR // 40)))
MONTHS = ("2026-10", "2026-11", "2026-12", *(f"2027-{month:02d}" for month in range(1, 10)))
LATE_DAY = parse_date("2027-03-24")  # what was transmitted on this day comes late
TOUCHED = ("2027-02", "2027-03")  # months of acceptance that have items under way then
CLOSING = month_plan(MONTHS[-1], 1).closing_at
EXPLAINED = 200


def run() -> dict[str, str]:
    """Figures by what they mean."""
    given = os.environ.get("PEAK_YEAR_FOLDER")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given or folder)
        begun = time.perf_counter()
        if not (home / "late.arrow").exists():
            _generate(home)
        made_s = time.perf_counter() - begun
        judged, pivoted = _alone("judge", home), _alone("pivot", home)
        again, told = _alone("again", home), _alone("explain", home)
    items, seconds = judged["items"], judged["seconds"]
    return {
        "items, events": f"{items:,.0f}, {judged['events']:,.0f}; "
            f"facts on disk {judged['bytes'] / 1e9:.1f} GB",
        "judged with liability and committed, two processors at most": f"{seconds:.1f} s, "
            f"{items / seconds:,.0f} items/s",
        "peak memory of judging": f"{judged['peak_mib']:,.0f} MiB",
        f"rival: DuckDB pivot of the same facts that writes {len(VERDICTS)} columns":
            f"{pivoted['seconds']:.1f} s",
        "judging as a multiple of that": f"{seconds / pivoted['seconds']:.2f}",
        "one day's late events": f"{again['events']:,.0f}; judged again {again['judged']:,.0f} "
            f"items of {again['months']} months in {again['seconds']:.1f} s, "
            f"{again['superseding']:,.0f} verdicts superseded",
        "one item explained, warm, median": f"{told['median_ms']:.1f} ms "
            f"(95th percentile {told['p95_ms']:.1f} ms)",
        "generated in": f"{made_s:.0f} s",
    }  # fmt: skip


# --- the year --------------------------------------------------------------------------------


def _generate(home: Path) -> None:
    folder = home / "year"
    make_workspace(folder, FixedClock(0))
    late: list[pa.Table] = []
    done, begun = 0, time.perf_counter()
    for month in MONTHS:
        items, events = simulated_month(month, min(SIMULATED, ITEMS // len(MONTHS)))
        wanted = ITEMS // len(MONTHS)
        with open_workspace(folder, write=True) as year:
            while wanted > 0:
                copies = max(1, min(PER_COMMIT, wanted) // len(items))
                late += copy_month(year, month, items, events, done, copies, LATE_DAY)
                done += copies * len(items)
                wanted -= max(copies * len(items), 1)
                wanted = 0 if wanted < len(items) else wanted
        took = time.perf_counter() - begun
        print(f"{month} {done:,} items {took:.0f} s", file=sys.stderr, flush=True)
    compact_facts(folder, FixedClock(CLOSING))
    with pa.OSFile(str(home / "late.arrow"), "wb") as sink:
        table = pa.concat_tables(late)
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


# --- what is measured, each in a process of its own ------------------------------------------


def _alone(what: str, home: Path) -> dict[str, float]:
    found: dict[str, float] = alone("peak_year", what, str(home.resolve()))
    return found


def _judge(home: Path, months: tuple[str, ...] = MONTHS) -> dict[str, float]:
    with open_workspace(home / "year", write=True) as year:
        begun = time.perf_counter()
        done = judge_periods(year, months, CLOSING, FixedClock(CLOSING))
        seconds = time.perf_counter() - begun
        events = year.facts(EVENTS_TABLE).rows
    files = (home / "year" / "facts").rglob("*.parquet")
    return {
        "seconds": seconds, "items": sum(one.items for one in done), "events": events,
        "judged": sum(one.judged for one in done),
        "superseding": sum(one.superseding for one in done), "months": len(months),
        "bytes": sum(file.stat().st_size for file in files),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _again(home: Path) -> dict[str, float]:
    with pa.memory_map(str(home / "late.arrow")) as source:
        late = pa.ipc.open_file(source).read_all()
    batch = batch_id("late", str(time.time()))
    with (
        open_workspace(home / "year", write=True) as year,
        year.commit("bench", batch, now=0) as commit,
    ):
        named = pa.repeat(commit.batch_id, len(late))
        commit.append(EVENTS_TABLE, late.append_column("batch_id", named))
    return _judge(home, TOUCHED) | {"events": len(late)}


def _pivot(home: Path) -> dict[str, float]:
    with open_workspace(home / "year") as year:
        return {"seconds": sum(pivot(year, month, home / "pivot.parquet") for month in MONTHS)}


def _explain(home: Path) -> dict[str, float]:
    random, took, clock = np.random.default_rng(1), [], FixedClock(CLOSING)
    with open_workspace(home / "year") as year:
        some = year.facts(ITEMS_TABLE).arrow(["item_id"], months=TOUCHED[1:], buckets=[3])
        for row in random.integers(0, len(some), EXPLAINED + 20):
            begun = time.perf_counter()
            explain_item(year, some["item_id"][int(row)].as_py(), None, clock)
            took.append(time.perf_counter() - begun)
    took = sorted(took[20:])
    return {
        "median_ms": statistics.median(took) * 1e3, "p95_ms": took[int(0.95 * EXPLAINED)] * 1e3
    }  # fmt: skip


if __name__ == "__main__":
    figures = {"judge": _judge, "pivot": _pivot, "again": _again, "explain": _explain}
    print(json.dumps(figures[sys.argv[1]](Path(sys.argv[2]))))
