"""Assured standards: a million items read and fitted, beside DuckDB's plain percentile of the same
file; and real deliveries, fitted on what was known by a day and judged on what came later, beside
the promise given, the plain percentile and one D+n for all."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.real_deliveries import AIR_FREIGHT, SUPPLY_CHAIN, air_freight, supply_chain
from datecertain.moments import format_date, parse_date
from datecertain.operations.planning_standards import backtest_of_file, standards_of_file
from datecertain.planning.backtest import backtest
from datecertain.planning.histories import Deliveries

ITEMS, LANES, DAYS = 1_000_000, 90, 900
TARGET, CONFIDENCE = 0.96, 0.95
REVIEW_DAYS = 91
_SUPPLIES = ("2009-12-31", "2010-06-30", "2010-12-31", "2011-06-30", "2011-12-31")
_FREIGHT = (250, 500, 800)


def run() -> dict[str, Any]:
    """Time a synthetic file of a million items, then try real deliveries at several days."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        _write(path)
        began = time.perf_counter()
        found = standards_of_file(path, TARGET, CONFIDENCE)
        fitted = time.perf_counter() - began
        began = time.perf_counter()
        backtest_of_file(path, parse_date("2025-06-30"), TARGET, CONFIDENCE)
        tried = time.perf_counter() - began
        began = time.perf_counter()
        rows = duckdb.sql(
            "select lane, quantile_disc(delivered_on - accepted_on, 0.96) "
            f"from read_csv('{path}') group by lane"
        ).fetchall()
        plain = time.perf_counter() - began
    assert len(rows) == len(found.standards.rows) == LANES
    figures = {
        f"standards of {LANES} lanes from a CSV of {ITEMS:,} items": f"{fitted:.1f} s",
        "the same file as a backtest": f"{tried:.1f} s",
        "rival: DuckDB's plain percentile of the same file": f"{plain:.1f} s",
    }
    if SUPPLY_CHAIN.is_file():
        for until in _SUPPLIES:
            figures |= _tried("supply chain", supply_chain(), parse_date(until))
    if AIR_FREIGHT.is_file():
        for day in _FREIGHT:
            figures |= _tried("air freight", air_freight(), day, f"day {day}")
    return figures


def _tried(name: str, history: Deliveries, until: int, told: str = "") -> dict[str, str]:
    found = backtest(history, until, TARGET, CONFIDENCE, REVIEW_DAYS)
    result = []
    # A standard that is reviewed has more items: more lanes come to have enough of them.
    results = found.results | {"assured_reviewed": found.everywhere["assured_reviewed"]}
    for way, one in results.items():
        if one.share is None:
            continue
        equal = found.equal.get(way)
        text = f"{way} {one.share * 100:.1f} % in {one.mean_days:.0f} days"
        if way == "assured_reviewed":
            text += f", {one.items:,} items"
        text += f", {one.clearly_below} of {len(one.lanes)} lanes clearly below"
        if equal is not None:
            days = "never" if equal.by is None else f"in {equal.mean_days:.0f} days"
            text += f" (as often on time as assured: {days})"
        result.append(text)
    items = found.results["assured"].items
    watch = "; the watch fired" if found.failing.fired else ""
    day = told or format_date(until)
    what = f"{name}, fitted up to {day}, {items:,} of {found.test:,} later items"
    return {what: "; ".join(result) + watch}


def _write(path: Path) -> None:
    rng = np.random.default_rng(1)
    lane = rng.integers(0, LANES, ITEMS)
    accepted = np.datetime64("2024-01-01") + rng.integers(0, DAYS, ITEMS)
    days = np.ceil((3 + lane % 7) * np.exp(0.25 * rng.standard_normal(ITEMS))).astype(np.int64)
    names = np.array([f"lane {number:02d}" for number in range(LANES)])
    table = {"item": np.arange(ITEMS), "lane": names[lane], "accepted_on": accepted,
             "delivered_on": accepted + days}  # fmt: skip
    pyarrow.csv.write_csv(pa.table(table), path)
