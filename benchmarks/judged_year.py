"""Months of the group with everything that pages show: simulated, copied to as many items as one
wants, judged, refunded, settled, compacted. Generated, and said to be.

`python -m benchmarks.judged_year FOLDER ITEMS [MONTHS]` fills a folder: so many items a month, so
many months from October 2026 (12 if not given).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.copied_months import PER_COMMIT, SIMULATED, copy_month, simulated_month
from datecertain.operations.clock import FixedClock
from datecertain.operations.demo_desks import put_work_in_hand
from datecertain.operations.demonstrating import month_plan
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.judging import judge_period
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.settling import settle_month
from datecertain.operations.workspaces import make_workspace, open_workspace

MONTHS = ("2026-10", "2026-11", "2026-12", *(f"2027-{month:02d}" for month in range(1, 10)))


def make_year(folder: Path, months: Sequence[str], items: int) -> None:
    """Fill a folder that is not there with months of so many items each."""
    make_workspace(folder, FixedClock(0))
    done, begun = 0, time.perf_counter()
    for month in months:
        records, events = simulated_month(month, min(SIMULATED, items))
        closing = month_plan(month, 1).closing_at
        clock, left = FixedClock(closing), items // len(records)
        with open_workspace(folder, write=True) as workspace:
            while left > 0:
                copies = min(max(1, PER_COMMIT // len(records)), left)
                copy_month(workspace, month, records, events, done, copies)
                done += copies * len(records)
                left -= copies
            judge_period(workspace, month, closing, clock)
            run_refunds(workspace, month, clock)
            put_work_in_hand(workspace, month, clock)
            settle_month(workspace, month, clock)
        took = time.perf_counter() - begun
        print(f"{month} {done:,} items {took:.0f} s", file=sys.stderr, flush=True)
    compact_facts(folder, FixedClock(month_plan(months[-1], 1).closing_at))


if __name__ == "__main__":
    make_year(Path(sys.argv[1]), MONTHS[: int(sys.argv[3]) if len(sys.argv) > 3 else 12],
              int(sys.argv[2]))  # fmt: skip
