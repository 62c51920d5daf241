"""One of the two verdicts: its promise, its stop and its terms on a staircase of its own.

Towards the sender and between the posts the same function is asked, with another scope; nothing
here knows which of the two it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Burden, Network, Scope
from datecertain.network.exclusions import CLAIM, EXCLUSIONS
from datecertain.rowwise import any_in, sums
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict import staircase_kernels
from datecertain.verdict.bounds import Bounds, gap_shares, late_bounds
from datecertain.verdict.declared import Custody, Lying
from datecertain.verdict.exclusions import (
    Excuses,
    after_attempt,
    by_cases,
    excuses,
    let_pass,
    names_of,
)
from datecertain.verdict.excuses import Holds, customs_holds, customs_time
from datecertain.verdict.invariants import check_shares, check_sum
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_stops import LaterStops
from datecertain.verdict.liable import legs_of_destination
from datecertain.verdict.marking import OUTCOMES, Marks
from datecertain.verdict.open_items import ended_by_deadline, mark_open
from datecertain.verdict.outcomes import Checkpoint, Leg, Outcome
from datecertain.verdict.replay import (
    BURDENS,
    Holders,
    Milestones,
    Replay,
    gaps,
    holders,
    local_days,
    replay,
)
from datecertain.verdict.rules import Rules
from datecertain.verdict.scan_reasons import SIDES
from datecertain.verdict.sharing import POLICIES
from datecertain.verdict.staircase import (
    FEW_ITEMS,
    Settled,
    Steps,
    netted,
    settle,
    shared,
)
from datecertain.verdict.staircase_kernels import PLAIN_CLIMBED
from datecertain.verdict.stops import stops

#: Custodies whose steps are netted before sharing: origin, carrier, destination up to an excused
#: customs hold, destination after it.
_CUSTODIES = 4
_ORIGIN, _CARRIER, _DESTINATION, _AFTER_HOLD = range(_CUSTODIES)
_CUSTODY_OF_LEG = np.array([_ORIGIN, _ORIGIN, _CARRIER, _DESTINATION, _DESTINATION])


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two verdicts, with what it rests on."""

    promised: Ints  # [n] NO_DUE: nothing promised on this side
    stopped: Ints  # [n] moment on which the clock stopped; UNKNOWN
    stopped_by: Ints  # [n] `StoppedBy`
    stopped_on: Ints  # [n] its local date; NO_DUE
    replay: Replay  # the staircase, cut where this side's clock stopped
    holders: Holders
    holds: Holds
    excuses: Excuses
    margin: Ints
    step: Ints  # [n, 9]
    settled: Settled
    bounds: Bounds
    outcome: Ints  # [n] index into OUTCOMES
    reason: Ints  # [n] index into `reasons`
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Court:
    """What both verdicts share."""

    network: Network
    names: pa.StringArray  # item numbers, to name items by
    milestones: Milestones
    terms: LaneTerms
    custody: Custody
    cases: Sequence[ForceMajeureCase]
    reasons: tuple[str, ...]
    no_promise: Mapping[Scope, Ints]  # why there is none, per side: index into reasons
    day: Ints  # [n] local date of acceptance
    as_of: int
    rules: Rules

    @property
    def area(self) -> Ints:
        return self.custody.area

    def rows(self, rows: Ints) -> Court:
        """Some of the items, in a court of their own."""
        return replace(
            self, names=self.names.take(pa.array(rows)), milestones=self.milestones.rows(rows),
            terms=self.terms.rows(rows), custody=self.custody.rows(rows),
            no_promise={scope: why[rows] for scope, why in self.no_promise.items()},
            day=self.day[rows],
        )  # fmt: skip

    def stops(self, scope: Scope, promised: Ints) -> tuple[Ints, Ints]:
        """(moment or UNKNOWN, `StoppedBy`): by what happened, or because nobody waits longer."""
        stopped, by = stops(self.milestones, self.terms, scope)
        return ended_by_deadline(
            self.network, self.area, self.milestones, self.terms, scope, promised, stopped, by,
            self.as_of,
        )  # fmt: skip

    def side(
        self, scope: Scope, promised: Ints, stop: tuple[Ints, Ints], given: Side | None = None
    ) -> Side:
        """One verdict. `given`: the staircase of another side, cut where that side's clock stopped
        (rules 1)."""
        stopped, by = stop
        stopped_on = np.where(
            stopped != UNKNOWN, local_days(self.network.compiled, self.area, stopped), NO_DUE
        )
        replayed, held, holds = self._replayed(scope, promised, stop, stopped_on, given)
        has_stop, known = stopped_on < NO_DUE, promised < NO_DUE
        due = replayed.due.copy()
        due[:, Checkpoint.STOPPED] = np.where(
            has_stop, stopped_on, due[:, Checkpoint.DELIVERY_OFFICE]
        )
        start = np.where(known, promised, due[:, 0])
        # A date was told although the network has none from there: the promise is all there is.
        margin, step = self._days(start, np.where(due < NO_DUE, due, start[:, None]))
        check_sum(
            self.network.compiled, self.area, promised, stopped_on, margin, step, scope, self.names
        )
        excused, later = self._excused(scope, replayed, held, holds, step, stopped_on)
        holds = replace(holds, later=later)
        settled = self._settle(scope, margin, step, excused, held, holds)
        if self.rules.tolerance_named:
            excused = let_pass(excused, settled, has_stop & known)
        settled = replace(
            settled,
            excused=np.where(excused.excluded, np.maximum(settled.late, 0), settled.excused),
        )
        verdict = Marks(self.reasons, len(promised))
        _mark_stopped(verdict, promised, stopped_on, settled, excused)
        mark_open(
            verdict, self.network, self.area, self.milestones, self.terms, scope, promised,
            np.flatnonzero(~has_stop), self.as_of, self.rules,
        )  # fmt: skip
        self._mark_taken_out(verdict, scope)
        verdict.mark(~known, Outcome.NOT_GUARANTEED, self.no_promise[scope])
        bounds = self._bounds(scope, verdict, promised, replayed, margin, step, excused, holds)
        liable = verdict.outcome == OUTCOMES.index(Outcome.LATE_LIABLE)
        guaranteed = verdict.outcome != OUTCOMES.index(Outcome.NOT_GUARANTEED)
        settled = _cleared(settled, liable, has_stop & guaranteed)
        check_shares(settled, verdict.outcome, scope, self.names)
        return Side(
            promised, stopped, by, stopped_on, replayed, held, holds, excused, margin, step,
            settled, bounds, verdict.outcome, verdict.reason, verdict.reasons,
        )  # fmt: skip

    # --- the staircase ----------------------------------------------------------------------

    def _replayed(
        self, scope: Scope, promised: Ints, stop: tuple[Ints, Ints], stopped_on: Ints,
        given: Side | None,
    ) -> tuple[Replay, Holders, Holds]:  # fmt: skip
        stopped, by = stop
        if given is not None:
            at, present = given.replay.at.copy(), given.replay.present.copy()
            at[:, Checkpoint.STOPPED] = stopped
            present[:, Checkpoint.STOPPED] = stopped != UNKNOWN
            return replace(given.replay, at=at, present=present), given.holders, given.holds
        replayed = replay(
            self.network, self.custody.from_area, self.area, self.milestones, stopped, stopped_on
        )
        held = holders(replayed, self._burden(promised))
        return replayed, held, customs_holds(self.milestones, replayed, self.terms, scope, by)

    def _burden(self, promised: Ints) -> Ints:
        """Who bears the proof over a gap, once it has to be decided: index into BURDENS."""
        whose = self.terms.chosen(Scope.RELATION, "burden_of_proof", tuple(Burden))
        later = self.terms.chosen(Scope.RELATION, "gap_decided_by", BURDENS)
        table = np.array([BURDENS.index(one) if one in BURDENS else -1 for one in Burden])
        named = table[whose]
        return np.asarray(np.where(named >= 0, named, later), dtype=np.int64)

    def _days(self, promised: Ints, due: Ints) -> tuple[Ints, Ints]:
        """Margin and steps in delivery days of the addressee's area. A stop after the promised
        date on a day without delivery counts as one on the next delivery day: lateness is decided
        on dates, and a later delivery is never a better one."""
        ranks = self.network.compiled.delivery_days.table.ranks
        near = np.array([ranks.lowest, ranks.shift, ranks.width], dtype=np.int64)
        margin, step = np.empty(len(due), dtype=np.int64), np.empty(due.shape, dtype=np.int64)
        climbed = staircase_kernels.climbed if len(due) > FEW_ITEMS else PLAIN_CLIMBED
        climbed(promised, due, self.area, ranks.values, ranks.start, ranks.grid, near, margin, step)
        return margin, step

    # --- what is excused --------------------------------------------------------------------

    def _excused(
        self, scope: Scope, replayed: Replay, held: Holders, holds: Holds, step: Ints,
        stopped_on: Ints,
    ) -> tuple[Excuses, LaterStops]:  # fmt: skip
        """What the catalogue takes out, and of that what each later hold took; asked only where
        something can be taken out."""
        excused = Excuses.none(step.shape)
        read = self.milestones.reasoned
        rows = (holds.closed_by >= 0) | (read.clipped_from[:, SIDES.index(scope)] != UNKNOWN)
        rows |= read.export_held[:, SIDES.index(scope)] != UNKNOWN
        rows[holds.later.item] = True
        if self.cases:
            rows |= any_in(step > 0)
        index, later = np.flatnonzero(rows), holds.later
        if len(index):
            some = self.rows(index)
            found, own = some._excuses(
                scope, replayed.rows(index), held.rows(index), holds.rows(index), step[index],
                stopped_on[index],
            )  # fmt: skip
            excused.put(found, index)
            later = later.merged(own, index)
        return excused, later

    def _excuses(
        self, scope: Scope, replayed: Replay, held: Holders, holds: Holds, step: Ints,
        stopped_on: Ints,
    ) -> tuple[Excuses, LaterStops]:  # fmt: skip
        read, side = self.milestones.reasoned, SIDES.index(scope)
        lying = Lying(self.network, self.custody, replayed, self.milestones)
        customs = customs_time(
            self.network, self.area, replayed, step, self.milestones, holds, self.terms, scope,
            lying, self.rules,
        )  # fmt: skip
        clipped = after_attempt(
            self.network, self.area, replayed, stopped_on, self.milestones, scope, step
        )
        declared, alone = by_cases(
            self.network, self.custody, replayed, held, lying, self.cases, self.terms, scope
        )
        taken = excuses(step, customs, clipped, read.clipped_by[:, side], declared, alone)
        return taken, customs.later

    # --- what remains, and whose ------------------------------------------------------------

    def _settle(
        self, scope: Scope, margin: Ints, step: Ints, excused: Excuses, held: Holders, holds: Holds
    ) -> Settled:
        settled = netted(
            margin, step, held.leg, held.other_leg, excused.days, excused.removed,
            _tolerance(self.terms, scope), len(Leg), Leg.PROMISE,
        )  # fmt: skip
        rows = np.flatnonzero(settled.liable > 0)
        if len(rows):
            steps = _steps(rows, margin, step, excused, held.rows(rows), holds)
            settled.share[rows] = shared(
                steps, _CUSTODIES, len(Leg), Leg.PROMISE, self._policy(rows)
            )
        return settled

    def _policy(self, rows: Ints) -> Ints:
        return self.terms.rows(rows).chosen(Scope.RELATION, "sharing", tuple(POLICIES))

    def _mark_taken_out(self, verdict: Marks, scope: Scope) -> None:
        """Items that an exclusion takes out of the guarantee, in time or late."""
        taken = self.milestones.reasoned.taken_out[:, SIDES.index(scope)]
        for number in np.unique(taken[taken >= 0]).tolist():
            reason = verdict.name(EXCLUSIONS[number])
            verdict.mark(taken == number, Outcome.NOT_GUARANTEED, np.full(len(taken), reason))

    def _bounds(
        self, scope: Scope, verdict: Marks, promised: Ints, replayed: Replay, margin: Ints,
        step: Ints, excused: Excuses, holds: Holds,
    ) -> Bounds:  # fmt: skip
        """What the scans leave open. Between the posts a gap that nobody has to answer for yet is
        itself undetermined."""
        bounds = Bounds.unknown(len(promised))
        late_bounds(
            bounds, verdict.outcome, self.network.compiled, self.area, promised, replayed,
            self.as_of,
        )  # fmt: skip
        if scope != Scope.RELATION:
            return bounds
        liable = verdict.outcome == OUTCOMES.index(Outcome.LATE_LIABLE)
        gap = gaps(replayed) & (step > 0)
        rows = np.flatnonzero(liable & any_in(gap))
        if not len(rows):
            return bounds
        shares = []
        for burden in (Burden.LAST_SCANNED, Burden.NEXT_SCANNED):
            held = holders(replayed.rows(rows), np.full(len(rows), BURDENS.index(burden)))
            some = settle(
                _steps(rows, margin, step, excused, held, holds),
                _tolerance(self.terms.rows(rows), scope), custodies=_CUSTODIES, legs=len(Leg),
                promise_leg=Leg.PROMISE, policy=self._policy(rows),
            )  # fmt: skip
            shares.append(some.share)
            late = some.liable
        theirs = legs_of_destination(
            self.network.carriage, self.custody.origin[rows], self.custody.destination[rows],
            self.day[rows], tuple(self.network.posts),
        )  # fmt: skip
        gap_shares(bounds, rows, shares, theirs, sums(np.where(gap[rows], step[rows], 0)))
        terms = self.terms.rows(rows)
        today = local_days(
            self.network.compiled, self.area[rows], np.full(len(rows), self.as_of, dtype=np.int64)
        )
        open_still = today - promised[rows] <= terms.numbers(
            Scope.RELATION, "gap_decided_after_days"
        )
        open_still &= terms.is_value(Scope.RELATION, "burden_of_proof", Burden.UNDETERMINED)
        open_still &= bounds.origin_low[rows] < bounds.origin_high[rows]
        undecided = rows[open_still]
        bounds.late_low[undecided] = bounds.late_high[undecided] = late[open_still]
        verdict.mark(undecided, Outcome.UNDETERMINED, "gap")
        return bounds


def _steps(
    rows: Ints, margin: Ints, step: Ints, excused: Excuses, held: Holders, holds: Holds
) -> Steps:
    """The steps of some items, each with its custody; `held`: whose they are, of those rows."""
    closed_by = holds.closed_by[rows][:, None]
    after = (closed_by >= 0) & (np.arange(step.shape[1])[None, :] > closed_by)

    def custody(leg: Ints) -> Ints:
        own = _CUSTODY_OF_LEG[np.maximum(leg, 0)]
        return np.where((own == _DESTINATION) & after, _AFTER_HOLD, own)

    other = np.where(held.other_leg >= 0, custody(held.other_leg), -1)
    return Steps(
        margin[rows], step[rows], custody(held.leg), held.leg, other, held.other_leg,
        excused.days[rows], excused.removed[rows],
    )  # fmt: skip


def _tolerance(terms: LaneTerms, scope: Scope) -> Ints:
    """Days that a claim lets pass: the terms say how many, the catalogue whether at all."""
    days = terms.numbers(scope, "tolerance_days")
    return np.where(terms.has_evidence(scope, CLAIM, "tolerance"), days, 0)


def _mark_stopped(
    verdict: Marks, promised: Ints, stopped_on: Ints, settled: Settled, excused: Excuses
) -> None:
    stopped = stopped_on < NO_DUE
    verdict.mark(stopped, Outcome.LATE_LIABLE)
    let_off = stopped & ((settled.liable == 0) | excused.excluded)
    verdict.mark(let_off, Outcome.LATE_EXCUSED, "tolerance")
    for bits in np.unique(excused.by[let_off & (stopped_on > promised)]).tolist():
        if bits:
            mine = let_off & (excused.by == bits)
            reason = verdict.name(names_of(bits))
            verdict.mark(mine, Outcome.LATE_EXCUSED, np.full(len(mine), reason))
    verdict.mark(stopped & (stopped_on <= promised), Outcome.ON_TIME)


def _cleared(settled: Settled, liable: Mask, delivered: Mask) -> Settled:
    """Days only where the clock stopped against a promise, shares only where somebody answers."""
    return Settled(
        np.where(delivered, settled.late, 0), np.where(delivered, settled.excused, 0),
        np.where(liable, settled.liable, 0), np.where(delivered[:, None], settled.net, 0),
        np.where(liable[:, None], settled.share, 0),
    )  # fmt: skip
