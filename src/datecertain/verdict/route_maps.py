"""Route maps judged: items that carry their own plan instead of a timetable (design.md; req 62).

The same staircase and the same engine for shares as for the mail, in minutes:

    E = the longest of the branches' actual or projected arrivals + the onward plan

Every branch starts at minute 0 of its process and the outbound leg when the last branch is there.
Events are taken in time order, ties by branch number; what E rises or falls by at an event belongs
to its branch and stage. A branch that is not the longest moves nothing. The steps add up to actual
minus planned, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.findings import Finding
from datecertain.moments import Ints
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.route_map_figures import RouteMapSummary, summarise
from datecertain.verdict.route_map_policies import Nets
from datecertain.verdict.route_plans import (
    NOT_DONE,
    RoutePlans,
    RouteStage,
    read_route_plans,
)
from datecertain.verdict.sharing import POLICIES
from datecertain.verdict.staircase import Settled, Steps, settle

#: One event of a staircase: when it happened after the start of its process, what was planned for
#: the stage and what it took, and the due minute from then on.
STEP = pa.struct(
    [
        must("at_min", pa.int64()),
        must("leg", pa.string()),
        must("stage", pa.string()),
        must("hop", pa.int64()),
        pa.field("place", pa.string()),
        must("planned_min", pa.int64()),
        must("actual_min", pa.int64()),
        must("due_min", pa.int64()),
        must("step_min", pa.int64()),
    ]
)
#: Who bears how much of the minutes late: parts per million of a process, summing to a million.
SHARE = pa.struct(
    [must("leg", pa.string()), must("stage", pa.string()), must("share_ppm", pa.int64())]
)
ROUTE_VERDICTS = pa.schema(
    [
        must("process", pa.string()),
        must("outcome", pa.string()),
        must("planned_min", pa.int64()),
        pa.field("actual_min", pa.int64()),  # null while the process is under way
        must("expected_min", pa.int64()),  # the actual, or what it will be if the rest is on plan
        must("late_min", pa.int64()),  # expected − planned; the steps add up to it
        must("staircase", pa.list_(STEP)),
        must("liability", pa.list_(SHARE)),  # empty unless late_liable
    ]
)


@dataclass(frozen=True, slots=True)
class RouteStaircases:
    """The staircases of n processes with up to k events each, in time order; 0 past the last."""

    plans: RoutePlans
    planned: Ints  # [n] minutes
    events: Ints  # [n] how many events happened
    row: Ints  # [n, k] the event's row in `plans`, -1 past the last
    at: Ints  # [n, k] minutes after the start
    due: Ints  # [n, k] E after the event
    step: Ints  # [n, k]
    branch: Ints  # [n, k]
    stage: Ints  # [n, k]

    @property
    def expected(self) -> Ints:
        """[n] E after the last event: the actual minutes of a finished process."""
        return np.asarray(self.planned + self.step.sum(axis=1), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class RouteMapResult:
    """What judging a file of route maps came to; `set_aside` processes are told in `findings`."""

    source: str
    layout: str
    verdicts: pa.Table  # ROUTE_VERDICTS, one row per judged process
    liability: Mapping[str, pa.ListArray]  # policy → what its `liability` would be, row for row
    set_aside: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def summary(self) -> RouteMapSummary:
        """Counts, and where the minutes went."""
        return summarise(self.verdicts, len(self.set_aside))


def judge_route_maps(
    table: pa.Table, source: str = "route maps", layout: str | None = None,
    findings: Sequence[Finding] = (),
) -> RouteMapResult:  # fmt: skip
    """Judge every process of a table with one row per stage (docs/reference/route-maps.md).

    The order of the rows changes nothing. `layout` names the layout of the columns (default: the
    one that fits); `findings` are those of reading the file. Raises `UsageError` when no layout
    fits the columns.
    """
    read = read_route_plans(table, source, layout)
    stairs = staircases(read.plans)
    settled = share_out(stairs)
    verdicts = _verdicts(stairs, settled)
    late = [outcome == Outcome.LATE_LIABLE for outcome in verdicts["outcome"].to_pylist()]
    nets = nets_of(stairs).in_time()
    liability = {
        name: _liability_column(read.plans, policy(nets), late) for name, policy in POLICIES.items()
    }
    return RouteMapResult(
        source, read.layout, verdicts, liability, read.set_aside, (*findings, *read.findings)
    )


def staircases(plans: RoutePlans) -> RouteStaircases:
    """The due minute of each process after each of its events, and its steps."""
    count, branches = len(plans.processes), plans.inbound + 1
    at = _moments(plans)
    done = np.flatnonzero(plans.actual != NOT_DONE)
    ordered = done[np.lexsort((done, plans.branch[done], at[done], plans.process[done]))]
    process = plans.process[ordered]
    events = np.bincount(process, minlength=count).astype(np.int64)
    rank = np.arange(len(ordered)) - np.repeat(np.cumsum(events) - events, events)
    row = np.full((count, int(events.max(initial=0))), -1, dtype=np.int64)
    row[process, rank] = ordered

    projected = np.zeros((count, branches), dtype=np.int64)
    np.add.at(projected, (plans.process, plans.branch), plans.planned)
    planned = _longest(projected)
    there = row >= 0
    branch = np.where(there, plans.branch[row], 0)
    over = np.where(there, (plans.actual - plans.planned)[row], 0)
    due = np.empty_like(row)
    everyone = np.arange(count)
    for event in range(row.shape[1]):
        projected[everyone, branch[:, event]] += over[:, event]
        due[:, event] = _longest(projected)
    step = np.diff(due, axis=1, prepend=planned[:, None])
    stage = np.where(there, plans.stage[row], 0)
    when = np.where(there, at[row], 0)
    return RouteStaircases(plans, planned, events, row, when, due, step, branch, stage)


def _longest(projected: Ints) -> Ints:
    """[n] from [n, branches]: the longest inbound branch plus the outbound one, the last."""
    return np.asarray(projected[:, :-1].max(axis=1) + projected[:, -1], dtype=np.int64)


def _moments(plans: RoutePlans) -> Ints:
    """When each stage was done, in minutes after the start of its process (where it was done)."""
    count, branches = len(plans.processes), plans.inbound + 1
    took = np.maximum(plans.actual, 0)
    total = np.zeros((count, branches), dtype=np.int64)
    np.add.at(total, (plans.process, plans.branch), took)
    key = plans.process * branches + plans.branch
    running = np.cumsum(took)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    base = np.repeat(running[first] - took[first], np.diff(first, append=len(key)))
    onward = np.where(plans.branch == plans.inbound, total[plans.process, :-1].max(axis=1), 0)
    return np.asarray(running - base + onward, dtype=np.int64)


def share_out(stairs: RouteStaircases) -> Settled:
    """The shares of the minutes late: each branch is one custody, its stages are the legs.

    Column `branch * 4 + stage` of `net` and `share`. Nothing is excused here, and there is no
    margin: a process's plan is its promise.
    """
    nobody = np.full_like(stairs.step, -1)
    nothing = np.zeros_like(stairs.step)
    steps = Steps(
        margin=np.zeros_like(stairs.planned), step=stairs.step, custody=stairs.branch,
        leg=stairs.branch * len(RouteStage) + stairs.stage, other_custody=nobody,
        other_leg=nobody, excused=nothing, removed=np.zeros(stairs.step.shape, dtype=bool),
    )  # fmt: skip
    branches = stairs.plans.inbound + 1
    return settle(
        steps, np.zeros_like(stairs.planned), branches, branches * len(RouteStage), promise_leg=0
    )


def nets_of(stairs: RouteStaircases) -> Nets:
    """The minutes of each branch and stage, and when each branch came in."""
    count, branches = len(stairs.planned), stairs.plans.inbound + 1
    minutes = np.zeros((count, branches, len(RouteStage)), dtype=np.int64)
    process = np.broadcast_to(np.arange(count)[:, None], stairs.step.shape)
    np.add.at(minutes, (process, stairs.branch, stairs.stage), stairs.step)
    arrived = np.zeros((count, branches), dtype=np.int64)
    np.maximum.at(arrived, (process, stairs.branch), stairs.at)
    arrived[:, -1] = np.iinfo(np.int64).max  # the outbound leg begins when all others are in
    return Nets(minutes, arrived)


def _verdicts(stairs: RouteStaircases, settled: Settled) -> pa.Table:
    plans = stairs.plans
    finished = stairs.events == np.bincount(plans.process, minlength=len(plans.processes))
    outcome = np.where(
        ~finished, Outcome.PENDING,
        np.where(settled.late > 0, Outcome.LATE_LIABLE, Outcome.ON_TIME),
    )  # fmt: skip
    expected = stairs.expected
    return pa.table(
        {
            "process": list(plans.processes),
            "outcome": [str(value) for value in outcome],
            "planned_min": stairs.planned,
            "actual_min": pa.array(expected, mask=~finished),
            "expected_min": expected,
            "late_min": settled.late,
            "staircase": _staircase_column(stairs),
            "liability": _liability_column(plans, settled.share, outcome == Outcome.LATE_LIABLE),
        },
        schema=ROUTE_VERDICTS,
    )


def _staircase_column(stairs: RouteStaircases) -> pa.Array:
    plans = stairs.plans
    there = stairs.row >= 0
    row = stairs.row[there]
    legs = np.array([plans.leg_name(branch) for branch in range(plans.inbound + 1)])
    stages = np.array([stage.name for stage in RouteStage])
    place = plans.place[row]
    columns = {
        "at_min": stairs.at[there],
        "leg": legs[plans.branch[row]],
        "stage": stages[plans.stage[row]],
        "hop": plans.hop[row],
        "place": pa.array([name or None for name in place.tolist()], pa.string()),
        "planned_min": plans.planned[row],
        "actual_min": plans.actual[row],
        "due_min": stairs.due[there],
        "step_min": stairs.step[there],
    }
    return _lists(columns, STEP, stairs.events)


def _liability_column(plans: RoutePlans, shares: Ints, late: Sequence[bool]) -> pa.ListArray:
    legs = [plans.leg_name(branch) for branch in range(plans.inbound + 1)]
    share = np.where(np.asarray(late, dtype=bool)[:, None], shares, 0)
    process, column = np.nonzero(share)
    columns = {
        "leg": np.array(legs)[column // len(RouteStage)],
        "stage": np.array([stage.name for stage in RouteStage])[column % len(RouteStage)],
        "share_ppm": share[process, column],
    }
    return _lists(columns, SHARE, np.bincount(process, minlength=len(share)).astype(np.int64))


def _lists(columns: Mapping[str, object], kind: pa.StructType, sizes: Ints) -> pa.Array:
    fields = [kind.field(index) for index in range(kind.num_fields)]
    values = [pa.array(columns[field.name], field.type) for field in fields]
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(values, fields=fields))
