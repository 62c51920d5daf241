"""The resume board: a year of items of 90 lanes as columns, to shares, standards, refunds in either
mode and a staged plan; beside DuckDB's count of the same columns by lane and days. And the board as
a user gets it, in a process of its own, from the facts of a judged year: `RESUME_BOARD_WORKSPACE`,
as `python -m benchmarks.judged_year FOLDER ITEMS` fills it, or one of `RESUME_BOARD_MONTHLY` items
a month that is generated in the run."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.alone import alone
from benchmarks.judged_year import MONTHS, make_year
from datecertain.operations.resume_board import BoardAsked, default_days, resume_board
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.histories import Deliveries
from datecertain.planning.lane_days import KEPT, MISSED_LIABLE, LaneDays, LaneItems
from datecertain.planning.refund_exposure import ClaimRate, dials
from datecertain.planning.staging import AUTOMATIC, MICRO, Choice, Limits, staged_plan
from datecertain.planning.standards import Standards, find_standards

ITEMS = int(os.environ.get("RESUME_BOARD_ITEMS", "1000000"))
MONTHLY = int(os.environ.get("RESUME_BOARD_MONTHLY", "50000"))
_POSTS = ("KR", "US", "JP", "CN", "HK", "AU", "ES", "FR", "TH", "CA")
LANES = tuple((one, other) for one in _POSTS for other in _POSTS if one != other)
YEAR = 365


def run() -> dict[str, Any]:
    """Time each part on a synthetic year."""
    rng = np.random.default_rng(66)
    lane = rng.integers(0, len(LANES), ITEMS)
    accepted = np.sort(rng.integers(0, YEAR, ITEMS))
    days = 3 + lane % 4 + rng.geometric(0.7, ITEMS) - 1
    refund = rng.integers(20, 60, ITEMS) * MICRO
    began = time.process_time()
    counted = LaneDays.empty(LANES, 0, YEAR - 1)
    state = np.where(days > 6 + lane % 4, MISSED_LIABLE, KEPT)
    counted.add(LaneItems(lane, accepted, days, np.zeros_like(days), refund, state))
    counted.shares()
    money = dials(counted, {post: ClaimRate(30, 100) for post in _POSTS})
    board = time.process_time() - began
    began = time.process_time()
    names = tuple("-".join(one) for one in LANES)
    promised = np.full(ITEMS, -1)
    history = Deliveries(names, lane, accepted, days, promised, YEAR + 30)
    standards = find_standards(history, 0.96, 0.95)
    found = time.process_time() - began
    began = time.process_time()
    plan = staged_plan(_choices(standards, money), Limits(50_000 * MICRO, 4, 6, 25))
    staged = time.process_time() - began
    year = pa.table({"lane": lane, "days": days})  # found by DuckDB by its name
    began = time.process_time()
    rows = duckdb.sql("select lane, days, count(*) from year group by all").fetchall()
    plain = time.process_time() - began
    assert rows
    assert len(year) == ITEMS
    return {
        f"shares and refunds of {len(LANES)} lanes from {ITEMS:,} items as columns, CPU":
            f"{board:.1f} s",
        "assured standards of the same items, CPU": f"{found:.1f} s",
        f"a staged plan of {len(plan.openings)} lanes, CPU": f"{staged:.1f} s",
        "rival: DuckDB counts the same columns by lane and days, CPU": f"{plain:.2f} s",
    } | _from_facts()  # fmt: skip


def _from_facts() -> dict[str, str]:
    """The board as a user gets it."""
    given = os.environ.get("RESUME_BOARD_WORKSPACE")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(given or Path(folder) / "year")
        if given is None:
            make_year(place, MONTHS, MONTHLY)
        first, again = (alone("resume_board", str(place.resolve())) for _ in range(2))
    name = f"the board of {first['lanes']} lanes from {first['items']:,} judged items, in a process"
    return {
        f"{name} of its own, looked at first": _told(first),
        f"{name} of its own, from what is kept of its months (limit 5 s)": _told(again),
    }


def _told(one: dict[str, float]) -> str:
    return f"{one['wall']:.1f} s, {one['cpu']:.1f} s of processor time"


def _board(place: Path) -> dict[str, float]:
    began = time.perf_counter(), time.process_time()
    with open_workspace(place) as workspace:
        board = resume_board(workspace, BoardAsked(*default_days(workspace, None, None)))
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    return {
        "lanes": len(board.lanes), "items": sum(one.items for one in board.lanes), "wall": wall,
        "cpu": cpu,
    }  # fmt: skip


def _choices(standards: Standards, money: list[dict[Any, Any]]) -> list[Choice]:
    choices = []
    for lane, row in zip(LANES, money, strict=True):
        first = standards.days().get("-".join(lane))
        for days in [] if first is None else range(first, first + 4):
            cost = row[days].automatic
            charged, worth = cost.expected_usdr or 0, ITEMS / len(LANES) * 0.9**days
            choices.append(
                Choice(
                    *lane, days, days, AUTOMATIC, ITEMS // len(LANES), worth, charged, cost, 0.96
                )
            )
    return choices


if __name__ == "__main__":
    print(json.dumps(_board(Path(sys.argv[1]))))
