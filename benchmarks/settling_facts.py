"""A month settled from the facts of a workspace, as `datecertain settle` does it: verdicts,
acceptance records and scans read, settled, booked and committed; and another tariff tried on a year
of twelve such months, as they are kept when they are settled, and on one that is not kept. Beside
them, DuckDB joins the same files and sums them by lane.

The month is copied (`benchmarks.copied_months`), judged and compacted first, as `datecertain serve`
compacts every night, which is not measured here.
`SETTLING_ITEMS` says how many items (2.6 million if not given), `SETTLING_FOLDER` where they lie; a
folder that is filled already is measured again. What is measured runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.alone import alone
from benchmarks.copied_months import PER_COMMIT, SIMULATED, copy_month, simulated_month
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan
from datecertain.operations.evidence import event_months
from datecertain.operations.fact_keeping import compact_facts
from datecertain.operations.judging import judge_period
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.settling import settle_month
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.operations.trying import try_tariff
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.settlement import bundled_tariff
from datecertain.store import Workspace

ITEMS = int(os.environ.get("SETTLING_ITEMS", "2600000"))
MONTH, MONTHS = "2026-10", 12
CLOSING = month_plan(MONTH, 1).closing_at
CLOCK = FixedClock(CLOSING)
#: What a settlement cannot do without: outcomes and postage by lane, and first scans of the events
#: that performance is paid by.
_JOINED = """
    SELECT v.origin, v.destination, v.outcome, count(*), sum(i.postage_minor), sum(i.weight_g),
        count(emc), count(emd), count(emh), count(emi)
    FROM read_parquet($verdicts) v JOIN read_parquet($items) i USING (item_key)
    LEFT JOIN (
        SELECT item_id, min(event_at) FILTER (code = 'EMC') AS emc,
            min(event_at) FILTER (code = 'EMD') AS emd, min(event_at) FILTER (code = 'EMH') AS emh,
            min(event_at) FILTER (code = 'EMI') AS emi
        FROM read_parquet($events) GROUP BY item_id
    ) e ON e.item_id = i.item_id
    GROUP BY ALL
"""


def figures() -> dict[str, str]:
    """Figures by what they mean."""
    given = os.environ.get("SETTLING_FOLDER")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given or folder)
        if not (home / "month").exists():
            _generate(home)
        joined, read, settled, tried, unkept = (_alone(what, home) for what in _MEASURED)
    items, limit = f"{int(settled['items']):,}", " (limit 20 s)" if ITEMS >= 2_600_000 else ""
    return {
        f"{items} items settled from facts on disk: read, settled, booked, committed{limit}":
            _told(settled),
        "of that, reading verdicts, acceptance records and scans": _told(read),
        "rival: DuckDB joins the same files and sums them by lane": _told(joined),
        f"another tariff tried on {MONTHS} such months, settled before (limit 30 s)":
            _told(tried),
        "another tariff tried on that month alone, neither settled nor tried before":
            _told(unkept),
        "peak memory of settling from facts": f"{settled['peak_mib']:,.0f} MiB",
    }  # fmt: skip


def _told(one: dict[str, float]) -> str:
    return f"{one['seconds']:.1f} s, {one['used']:.1f} s of processor time"


def _generate(home: Path) -> None:
    """The month, copied and judged."""
    make_workspace(home / "month", FixedClock(0))
    items, events = simulated_month(MONTH, min(SIMULATED, ITEMS))
    done = 0
    with open_workspace(home / "month", write=True) as workspace:
        while ITEMS - done >= len(items):
            copies = min(PER_COMMIT, ITEMS - done) // len(items)
            copy_month(workspace, MONTH, items, events, done, copies)
            done += copies * len(items)
            print(f"{done:,} items", file=sys.stderr, flush=True)
        judge_period(workspace, MONTH, CLOSING, CLOCK)
    compact_facts(home / "month", CLOCK)


def _alone(what: str, home: Path) -> dict[str, float]:
    found: dict[str, float] = alone("settling_facts", what, str(home.resolve()))
    return found


def _join(workspace: Workspace) -> int:
    files = {
        "verdicts": list(workspace.facts(VERDICTS_TABLE).files(months=[MONTH])),
        "items": list(workspace.facts(ITEMS_TABLE).files(months=[MONTH])),
        "events": list(workspace.facts(EVENTS_TABLE).files(months=event_months(MONTH))),
    }
    return len(workspace.engine.sql(_JOINED, params=files).fetchall())


def _read(workspace: Workspace) -> int:
    return len(month_inputs(workspace, MONTH, bundled_tariff().needs_journeys).verdicts)


def _settle(workspace: Workspace) -> int:
    done = settle_month(workspace, MONTH, CLOCK)
    if done.already_done:
        raise SystemExit("that month was settled before: nothing was measured")
    return done.journal_lines


def _try(workspace: Workspace, months: int = MONTHS) -> int:
    other = bundled_tariff("upu_supplement")
    return len(try_tariff(workspace, [MONTH] * months, other, bundled_tariff()).posts)


_MEASURED: dict[str, Callable[[Workspace], int]] = {
    "join": _join, "read": _read, "settle": _settle, "try": _try,
    "try_unkept": lambda workspace: _try(workspace, 1),
}  # fmt: skip


def _measure(what: str, home: Path) -> dict[str, float]:
    """Seconds and seconds of the processor. A month is settled in a copy, so that the folder can be
    measured again; what is kept of a month stands there after one trial as after settling."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        at = home / "month"
        if what == "settle":
            at = Path(folder) / "w"
            shutil.copytree(home / "month", at, copy_function=_linked)
        with open_workspace(at, write=what == "settle") as workspace:
            if what == "try":
                _try(workspace, 1)
            elif what == "try_unkept":
                shutil.rmtree(at / ".months", ignore_errors=True)
            items = sum(one.rows for one in workspace.facts(ITEMS_TABLE).partitions(months=[MONTH]))
            began = time.perf_counter(), time.process_time()
            _MEASURED[what](workspace)
            took = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": took[0], "used": took[1], "items": items, "peak_mib": peak}


def _linked(source: str, target: str) -> None:
    """Facts are never changed: a second name for them is a copy."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))))
