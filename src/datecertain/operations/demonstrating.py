"""A whole month in one go: simulated mail through every operation (`datecertain demo`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.compute as pc

from datecertain.moments import DAY
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.operations.demo_desks import Desk, put_work_in_hand, seat_people
from datecertain.operations.demo_under_way import UnderWay, put_under_way
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.reporting import MonthReport, month_report
from datecertain.operations.settling import settle_month
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.settlement import Period
from datecertain.simulate import (
    MailboxReport,
    References,
    SimulationPlan,
    simulate,
    write_mailbox,
    write_truth,
)
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome

DEMO_ITEMS = 50_000
DEMO_MONTH = "2026-10"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demo did, items worth a look, and who may come in with which password."""

    items: int
    events: int
    late_item: str
    excused_item: str
    report: MonthReport
    under_way: UnderWay | None
    password: str
    desks: Sequence[Desk]


def month_plan(month: str, items: int, seed: int | None = None) -> SimulationPlan:
    """The plan of a month of acceptances; the data close 23 days after its end."""
    period = Period.month(month)
    plan = SimulationPlan(
        first_day=period.first_day, last_day=period.last_day, items=items,
        closing_at=(period.last_day + 23) * DAY,
    )  # fmt: skip
    return plan if seed is None else replace(plan, seed=seed)


def write_month(
    plan: SimulationPlan, folder: Path, progress: Callable[[int, int], None] | None = None,
    references: References | None = None,
) -> MailboxReport:  # fmt: skip
    """A simulated month over the bundled network: `mailbox/` and, apart from it, the truth."""
    simulation = simulate(bundled_ready(), plan)
    report = write_mailbox(simulation, folder / "mailbox", plan, progress, references)
    write_truth(simulation, folder / "truth.parquet")
    return report


def demonstrate(
    folder: Path, items: int, clock: Clock, stage: Callable[[str], None]
) -> Demonstration:
    """Run everything in an empty folder. `stage` is told what begins: compile, simulate, ingest,
    judge, desks, settle, report, under_way."""
    stage("compile")
    make_workspace(folder, clock)
    stage("simulate")
    plan = month_plan(DEMO_MONTH, items)
    references = References()
    write_month(plan, folder, references=references)
    with open_workspace(folder, write=True) as workspace:
        stage("ingest")
        taken = ingest(workspace, folder / "mailbox", clock)
        stage("judge")
        judge_period(workspace, DEMO_MONTH, plan.closing_at, clock)
        stage("desks")
        run_refunds(workspace, DEMO_MONTH, clock)
        put_work_in_hand(workspace, DEMO_MONTH, clock)
        stage("settle")
        settle_month(workspace, DEMO_MONTH, clock)
        stage("report_stage")
        late, excused = (
            _first(workspace, one) for one in (Outcome.LATE_LIABLE, Outcome.LATE_EXCUSED)
        )
        report = month_report(workspace, DEMO_MONTH, clock)
        stage("under_way")
        under_way = put_under_way(workspace, folder, DEMO_MONTH, items, references, clock)
    password, desks = seat_people(folder, clock.now() * 60)
    return Demonstration(
        taken.items, taken.events, late, excused, report, under_way, password, desks
    )


def _first(workspace: Workspace, outcome: Outcome) -> str:
    """An item of an outcome that has a long story to tell: the most days late, then by number."""
    verdicts = current_verdicts(workspace, [DEMO_MONTH])
    some = verdicts.filter(pc.equal(verdicts["outcome"], str(outcome)))
    some = some.sort_by([("days_late", "descending"), ("item_id", "ascending")])
    return str(some["item_id"][0].as_py()) if len(some) else "EE000000005KR"
