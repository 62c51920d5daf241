"""The verdicts of Spark beside those of DuckDB, row for row, on months of many items: how many rows
differ, and how long each engine took. Nothing is written.

`ENGINES_WORKSPACE` is a workspace with facts (a folder `year` that `peak_year` filled, or any),
`ENGINES_MONTHS` its months (2026-10,2026-11): of the peak year these two are 5.25 million items. By
default a month of 50,000 simulated items is made. Needs the extra `datecertain[spark]`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks.copied_months import SIMULATED, copy_month, simulated_month
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan
from datecertain.operations.judging_units import SPARK_UNIT_ITEMS, judge_unit, judging_units
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.store import Engine, Workspace
from datecertain.store.spark import missing_for_spark

MONTHS = os.environ.get("ENGINES_MONTHS", "2026-10,2026-11").split(",")
COPIES = 2


def run() -> dict[str, str]:
    """Figures by what they mean."""
    if lacking := missing_for_spark():
        return {"verdicts of both engines": f"not compared: {lacking}"}
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("ENGINES_WORKSPACE")
        home, months = Path(given or Path(folder) / "w"), MONTHS
        if given is None:
            months = MONTHS[:1]
            make_workspace(home, FixedClock(0))
            with open_workspace(home, write=True) as workspace:
                copy_month(workspace, months[0], *simulated_month(months[0], SIMULATED), 0, COPIES)
        with open_workspace(home) as workspace:
            return _compared(workspace, months, month_plan(months[-1], 1).closing_at)


def _compared(workspace: Workspace, months: Sequence[str], as_of: int) -> dict[str, str]:
    took = dict.fromkeys((Engine.DUCKDB, Engine.SPARK), 0.0)
    items = differing = 0
    for month in months:
        for unit in judging_units(workspace, month, SPARK_UNIT_ITEMS):
            found = {}
            for engine in took:
                begun = time.perf_counter()
                rows = judge_unit(workspace, month, unit, as_of, engine=engine)
                took[engine] += time.perf_counter() - begun
                found[engine] = rows.sort_by("item_key").combine_chunks()
            ours, theirs = found.values()
            items += len(ours)
            differing += _differing(ours, theirs)
            print(f"{month}: {items:,} items, {differing} differ, "
                  f"{took[Engine.SPARK]:.0f} s of Spark", file=sys.stderr, flush=True)  # fmt: skip
    return {
        "items judged by both engines, verdicts compared in every column": f"{items:,}",
        "rows that differ": f"{differing:,}",
        "DuckDB": f"{took[Engine.DUCKDB]:.1f} s",
        "Spark in local mode on the same processors": f"{took[Engine.SPARK]:.1f} s",
    }


def _differing(one: pa.Table, other: pa.Table) -> int:
    """Rows of two tables in the same order that are not the same in every column."""
    if one.equals(other):
        return 0
    if len(one) != len(other) or one.schema != other.schema:
        return max(len(one), len(other))
    step = 1_000
    return sum(
        ours != theirs
        for first in range(0, len(one), step)
        if not one.slice(first, step).equals(other.slice(first, step))
        for ours, theirs in zip(
            one.slice(first, step).to_pylist(), other.slice(first, step).to_pylist(), strict=True
        )
    )
