"""The verdict: one pure function over columns, for one item and for a year (req 23, 27, 28, 73).

Two verdicts from one staircase. Towards the sender: the date told and the origin's published
terms. Between posts: the date that the network gives and the pair's agreement. Neither looks at
when or in which order messages reached us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Closing, CustomsPolicy, Network, Scope
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.events import OWNERSHIP, PARTITION
from datecertain.verdict.case_rules import CASE_TERMS, case_terms
from datecertain.verdict.declared import Custody, declared_days
from datecertain.verdict.excuses import (
    Excuses,
    Holds,
    customs_holds,
    excuses,
)
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.marking import OUTCOMES, Marks, reasons_of
from datecertain.verdict.outcomes import (
    DAYS_COLUMNS,
    RULES_VERSION,
    SHARE_COLUMNS,
    VERDICTS,
    Checkpoint,
    Leg,
    Outcome,
)
from datecertain.verdict.replay import (
    Holders,
    Milestones,
    Replay,
    credible,
    holders,
    local_days,
    replay,
)
from datecertain.verdict.staircase import Settled, Steps, settle

#: Custodies whose steps are netted before sharing: origin, carrier, destination up to an excused
#: customs hold, destination after it.
_ORIGIN, _CARRIER, _DESTINATION, _AFTER_HOLD = range(4)
_CUSTODY_OF_LEG = np.array([_ORIGIN, _ORIGIN, _CARRIER, _DESTINATION, _DESTINATION])
#: The columns that the store adds when verdicts are committed.
_STORED = {field.name for field in (*OWNERSHIP, *PARTITION)}
JUDGED = pa.schema([field for field in VERDICTS if field.name not in _STORED])


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two verdicts, with what it rests on."""

    promised: Ints  # [n] NO_DUE: nothing promised on this side
    stopped: Ints  # [n] moment on which the clock stopped; UNKNOWN
    stopped_on: Ints  # [n] its local date; NO_DUE
    excuses: Excuses
    margin: Ints
    step: Ints  # [n, 9]
    settled: Settled
    outcome: Ints  # [n] index into OUTCOMES
    reason: Ints  # [n] index into `reasons`
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything the verdicts rest on, row for row; `table` is the answer (schema JUDGED)."""

    replay: Replay
    holders: Holders
    holds: Holds
    between: Side
    sender: Side
    table: pa.Table


def judge(
    network: Network, items: ItemsToJudge, milestones: Milestones,
    cases: Sequence[ForceMajeureCase], as_of: int,
) -> Judgement:  # fmt: skip
    """Judge items by the network version that was frozen with their promise.

    `as_of` is the data-closing moment: what is later than that is not known. Items without a
    known area on either end are `not_guaranteed`.
    """
    posts = tuple(network.posts)
    origin_post, destination_post = items.lane_posts(posts)
    terms = LaneTerms(network, origin_post, destination_post, items.accepted_date)
    stop_between = _stopped(milestones, terms, Scope.RELATION)
    stop_sender = _stopped(milestones, terms, Scope.SENDER)
    origin = np.maximum(items.origin_area, 0)
    destination = np.maximum(items.destination_area, 0)
    replayed = replay(network, origin, destination, milestones, stop_between)
    held = holders(replayed)
    both = terms.is_value(Scope.RELATION, "clock_stop_closing", Closing.BOTH)
    holds = customs_holds(milestones, replayed, both)
    custody = Custody(origin_post, destination_post, origin, destination, items.asked)
    reasons, no_promise = reasons_of(items)
    world = _World(
        network, milestones, terms, destination, replayed, held, holds, (custody, cases),
        reasons, no_promise,
    )  # fmt: skip
    no_area = (items.origin_area < 0) | (items.destination_area < 0)
    guaranteed = pc.equal(items.quote_status, "guaranteed").to_numpy(zero_copy_only=False)
    # Without an acceptance record that says which date was told there is no guarantee (req 72).
    promised = guaranteed & ~no_area & (items.told_on < NO_DUE)
    between = world.side(
        Scope.RELATION, np.where(promised, items.standard_on, NO_DUE), stop_between, as_of
    )
    told = np.where(no_area, NO_DUE, items.told_on)
    sender = world.towards_sender(between, told, stop_sender, as_of)
    table = _table(network, items, milestones, world, between, sender, as_of)
    return Judgement(replayed, held, holds, between, sender, table)


def _stopped(milestones: Milestones, terms: LaneTerms, scope: Scope) -> Ints:
    """When the clock stopped: delivery, or what the terms let count as one (req 21)."""
    never = np.int64(2**60)
    accepted = milestones.at[:, Checkpoint.ACCEPTED]

    def moment(column: Ints, counts: Mask | bool) -> Ints:
        credible = (column != UNKNOWN) & (column >= accepted)
        return np.asarray(np.where(credible & counts, column, never), dtype=np.int64)

    first = np.minimum.reduce(
        [
            moment(milestones.delivered, True),
            moment(milestones.attempted, terms.numbers(scope, "attempt_stops") == 1),
            moment(milestones.pickup, terms.numbers(scope, "pickup_stops") == 1),
        ]
    )
    return np.where(first < never, first, UNKNOWN)


@dataclass(frozen=True, slots=True)
class _World:
    """What both verdicts share."""

    network: Network
    milestones: Milestones
    terms: LaneTerms
    area: Ints
    replayed: Replay
    held: Holders
    holds: Holds
    declared: tuple[Custody, Sequence[ForceMajeureCase]]
    reasons: tuple[str, ...]
    no_promise: Mapping[Scope, Ints]  # why there is none, per side: index into reasons

    def side(self, scope: Scope, promised: Ints, stopped: Ints, as_of: int) -> Side:
        """One verdict: its promise and stop put on the shared staircase."""
        stopped_on = np.where(
            stopped != UNKNOWN, local_days(self.network.compiled, self.area, stopped), NO_DUE
        )
        due = self.replayed.due.copy()
        has_stop = stopped_on < NO_DUE
        due[:, Checkpoint.STOPPED] = np.where(
            has_stop, stopped_on, due[:, Checkpoint.DELIVERY_OFFICE]
        )
        known = promised < NO_DUE
        start = np.where(known, promised, due[:, 0])
        # A date was told although the network has none from there: the promise is all there is.
        margin, step = self._days(start, np.where(due < NO_DUE, due, start[:, None]))
        declared = self._declared(scope, step, stopped)
        excused = excuses(
            self.network, self.area, self.replayed, step, self.holds, declared,
            subtracting=self.terms.is_value(scope, "customs", CustomsPolicy.SUBTRACT),
            excluding=self.terms.is_value(scope, "customs", CustomsPolicy.EXCLUDE),
        )  # fmt: skip
        settled = self._settle(margin, step, excused, self.terms.numbers(scope, "tolerance_days"))
        settled = replace(
            settled,
            excused=np.where(excused.excluded, np.maximum(settled.late, 0), settled.excused),
        )
        verdict = Marks(self.reasons, len(promised))
        self._mark_stopped(verdict, promised, stopped_on, settled, excused)
        self._mark_open(verdict, ~has_stop, promised, as_of)
        verdict.mark(~known, Outcome.NOT_GUARANTEED, self.no_promise[scope])
        liable = verdict.outcome == OUTCOMES.index(Outcome.LATE_LIABLE)
        settled = _cleared(settled, liable, has_stop & known)
        return Side(
            promised, stopped, stopped_on, excused, margin, step, settled, verdict.outcome,
            verdict.reason, self.reasons,
        )  # fmt: skip

    def towards_sender(self, between: Side, promised: Ints, stopped: Ints, as_of: int) -> Side:
        """The sender's verdict: the posts' own, judged again only where promise, stop or terms
        are not the same on both sides."""
        differs = (promised != between.promised) | (stopped != between.stopped)
        differs |= promised >= NO_DUE  # the reason why there is none is another
        for policy in (CustomsPolicy.SUBTRACT, CustomsPolicy.EXCLUDE):
            differs |= self.terms.is_value(Scope.SENDER, "customs", policy) != self.terms.is_value(
                Scope.RELATION, "customs", policy
            )
        differs |= self.terms.numbers(Scope.SENDER, "tolerance_days") != self.terms.numbers(
            Scope.RELATION, "tolerance_days"
        )
        if self.declared[1]:
            differs |= self.terms.sides_differ(CASE_TERMS)
        rows = np.flatnonzero(differs)
        if not len(rows):
            return between
        own = self._rows(rows).side(Scope.SENDER, promised[rows], stopped[rows], as_of)
        return own if len(rows) == len(promised) else _merged(between, own, rows)

    def _rows(self, rows: Ints) -> _World:
        """Some of the items, in a world of their own."""
        custody, cases = self.declared
        return _World(
            self.network, self.milestones.rows(rows), self.terms.rows(rows), self.area[rows],
            self.replayed.rows(rows), self.held.rows(rows), self.holds.rows(rows),
            (custody.rows(rows), cases), self.reasons,
            {scope: why[rows] for scope, why in self.no_promise.items()},
        )  # fmt: skip

    def _declared(self, scope: Scope, step: Ints, stopped: Ints) -> Ints:
        """Days that declared cases took from each step; asked only where a step went up."""
        custody, cases = self.declared
        days = np.zeros(step.shape, dtype=np.int64)
        rows = np.flatnonzero((step > 0).any(axis=1)) if cases else np.empty(0, dtype=np.int64)
        if len(rows):
            own = self.replayed.rows(rows)
            own.at[:, Checkpoint.STOPPED] = stopped[rows]
            own.present[:, Checkpoint.STOPPED] = stopped[rows] != UNKNOWN
            days[rows] = declared_days(
                self.network, custody.rows(rows), own, self.held.rows(rows),
                self.milestones.rows(rows), cases,
                case_terms(self.terms.rows(rows), scope, len(rows), cases),
            )  # fmt: skip
        return days

    def _days(self, promised: Ints, due: Ints) -> tuple[Ints, Ints]:
        """Margin and steps in delivery days of the addressee's area. A stop after the promised
        date on a day without delivery counts as one on the next delivery day: lateness is decided
        on dates, and a later delivery is never a better one."""
        points = np.concatenate([promised[:, None], due], axis=1)
        moved = np.zeros(due.shape, dtype=np.int64)
        rows = np.flatnonzero(np.diff(points, axis=1).any(axis=1))  # the others have no step
        if len(rows):
            days, chosen = self.network.compiled.delivery_days, points[rows]
            area = np.repeat(self.area[rows], due.shape[1])
            first, second = chosen[:, :-1].ravel(), chosen[:, 1:].ravel()
            moved[rows] = days.between(area, first, second).reshape(-1, due.shape[1])
            stopped = chosen[:, -1]
            idle = days.between(self.area[rows], stopped - 1, stopped) == 0
            moved[rows, Checkpoint.STOPPED] += idle & (stopped > chosen[:, 0])
        step = np.concatenate([np.zeros((len(moved), 1), np.int64), moved[:, 1:]], axis=1)
        return moved[:, 0], step

    def _settle(self, margin: Ints, step: Ints, excused: Excuses, tolerance: Ints) -> Settled:
        settled = Settled.nothing(len(step), len(Leg))
        rows = np.flatnonzero(step.any(axis=1) | (margin != 0))  # the others have nothing to settle
        held, closed_by = self.held.rows(rows), self.holds.closed_by[rows][:, None]
        custody = _CUSTODY_OF_LEG[held.leg]
        after = (closed_by >= 0) & (np.arange(step.shape[1])[None, :] > closed_by)
        custody = np.where((custody == _DESTINATION) & after, _AFTER_HOLD, custody)
        other = np.where(
            held.other_leg >= 0, _CUSTODY_OF_LEG[np.maximum(held.other_leg, 0)], -1
        )  # fmt: skip
        steps = Steps(
            margin[rows], step[rows], custody, held.leg, other, held.other_leg,
            excused.days[rows], excused.removed[rows],
        )  # fmt: skip
        some = settle(steps, tolerance[rows], custodies=4, legs=len(Leg), promise_leg=Leg.PROMISE)
        settled.put(rows, some)
        return settled

    def _mark_stopped(
        self, verdict: Marks, promised: Ints, stopped_on: Ints, settled: Settled, excused: Excuses
    ) -> None:
        stopped = stopped_on < NO_DUE
        verdict.mark(stopped, Outcome.LATE_LIABLE)
        let_off = stopped & ((settled.liable == 0) | excused.excluded)
        verdict.mark(let_off, Outcome.LATE_EXCUSED, "tolerance")
        verdict.mark(let_off & excused.customs, Outcome.LATE_EXCUSED, "customs")
        verdict.mark(let_off & excused.force_majeure, Outcome.LATE_EXCUSED, "force_majeure")
        both = excused.customs & excused.force_majeure
        verdict.mark(let_off & both, Outcome.LATE_EXCUSED, "customs force_majeure")
        verdict.mark(stopped & (stopped_on <= promised), Outcome.ON_TIME)

    def _mark_open(self, verdict: Marks, still_open: Mask, promised: Ints, as_of: int) -> None:
        """Items whose clock has not stopped: pending, undetermined, lost, stopped by authority."""
        verdict.mark(still_open, Outcome.PENDING)
        rows = np.flatnonzero(still_open)
        compiled = self.network.compiled
        area, scanned_at = self.area[rows], self.milestones.last_scan[rows]
        today = local_days(compiled, area, np.full(len(rows), as_of, dtype=np.int64))
        scanned = local_days(compiled, area, scanned_at)
        unresolved = self.terms.numbers(Scope.RELATION, "unresolved_after_days")[rows]
        silent = today - scanned > self.terms.numbers(Scope.RELATION, "lost_after_days")[rows]
        waited = today - promised[rows] > unresolved
        nowhere = np.full(len(rows), UNKNOWN)
        at_office = credible(self.milestones.at[rows], nowhere)[:, Checkpoint.DELIVERY_OFFICE]
        authority = self.milestones.stopped_by_authority[rows] != UNKNOWN
        verdict.mark(rows[waited & at_office], Outcome.UNDETERMINED, "final_scan_missing")
        verdict.mark(rows[waited & ~at_office & silent], Outcome.LOST, "no_scan")
        verdict.mark(rows[authority], Outcome.LATE_EXCUSED, "stopped_by_authority")


def _merged(side: Any, some: Any, rows: Ints) -> Any:
    """A side (or a part of one) with some of its rows replaced by those of another."""
    columns = []
    for name in side.__slots__:
        whole, part = getattr(side, name), getattr(some, name)
        if isinstance(whole, np.ndarray):
            whole = whole.copy()
            whole[rows] = part
        elif not isinstance(whole, tuple):
            whole = _merged(whole, part, rows)
        columns.append(whole)
    return type(side)(*columns)


def _cleared(settled: Settled, liable: Mask, delivered: Mask) -> Settled:
    """Days only where the clock stopped against a promise, shares only where somebody answers."""
    return Settled(
        np.where(delivered, settled.late, 0), np.where(delivered, settled.excused, 0),
        np.where(liable, settled.liable, 0), np.where(delivered[:, None], settled.net, 0),
        np.where(liable[:, None], settled.share, 0),
    )  # fmt: skip


def _table(
    network: Network, items: ItemsToJudge, milestones: Milestones, world: _World, between: Side,
    sender: Side, as_of: int,
) -> pa.Table:  # fmt: skip
    count = len(items.item_id)
    areas = [row.area for row in network.compiled.areas]
    offices = [row.office for row in network.compiled.offices]
    inward = world.replayed.office[:, Checkpoint.INWARD_IN]
    inward = np.where(world.replayed.present[:, Checkpoint.INWARD_IN], inward, -1)
    delivered = np.where(
        milestones.delivered != UNKNOWN,
        local_days(network.compiled, world.area, milestones.delivered), NO_DUE,
    )  # fmt: skip
    columns: dict[str, Any] = {
        "item_key": items.item_key,
        "item_id": items.item_id,
        "origin": items.origin,
        "destination": items.destination,
        "accepted_date": items.accepted_date,
        "origin_area": _named(areas, items.origin_area),
        "destination_area": _named(areas, items.destination_area),
        "inward_office": _named(offices, inward),
        "outcome": _chosen(OUTCOMES, between.outcome),
        "outcome_reason": _chosen(between.reasons, between.reason),
        "promised_on": _days(between.promised),
        "stopped_on": _days(between.stopped_on),
        "delivered_on": _days(delivered),
        "days_late": between.settled.late,
        "days_excused": between.settled.excused,
        "days_liable": between.settled.liable,
        **{name: between.settled.net[:, leg] for leg, name in enumerate(DAYS_COLUMNS)},
        **{name: between.settled.share[:, leg] for leg, name in enumerate(SHARE_COLUMNS)},
        "sender_outcome": _chosen(OUTCOMES, sender.outcome),
        "sender_days_liable": sender.settled.liable,
        "clock_stops": world.holds.valid.astype(np.int64),
        "clock_stops_void": world.holds.void.astype(np.int64),
        "judged_as_of": np.full(count, as_of),
        "rules_version": pa.repeat(RULES_VERSION, count),
        "network_version": pa.repeat(network.version, count),
    }
    arrays = [pa.array(columns[field.name], field.type) for field in JUDGED]
    return pa.Table.from_arrays(arrays, schema=JUDGED)


def _chosen(texts: Sequence[str], index: Ints) -> pa.Array:
    return pa.array([str(text) for text in texts], pa.string()).take(pa.array(index, pa.int64()))


def _named(names: Sequence[str], index: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(index, pa.int64(), mask=index < 0))


def _days(values: Ints) -> pa.Array:
    missing = values >= NO_DUE
    return pa.array(np.where(missing, 0, values).astype(np.int32), pa.int32(), mask=missing)
