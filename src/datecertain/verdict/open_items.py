"""Items whose clock has not stopped: pending, undetermined, lost, stopped by an authority (req 28,
80)."""

from __future__ import annotations

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Ending, Network, Scope
from datecertain.rowwise import any_in
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.marking import Marks
from datecertain.verdict.outcomes import Checkpoint, Outcome
from datecertain.verdict.replay import Milestones, credible, local_days
from datecertain.verdict.rules import Rules
from datecertain.verdict.scan_reasons import SIDES
from datecertain.verdict.stops import StoppedBy


def mark_open(
    verdict: Marks, network: Network, area: Ints, milestones: Milestones, terms: LaneTerms,
    scope: Scope, promised: Ints, rows: Ints, as_of: int, rules: Rules,
) -> None:  # fmt: skip
    """Mark the rows, all of items whose clock has not stopped."""
    verdict.mark(rows, Outcome.PENDING)
    if not len(rows):
        return
    own, some, due = terms.rows(rows), milestones.rows(rows), promised[rows]
    today = _today(network, area[rows], as_of)
    scanned = local_days(network.compiled, area[rows], some.last_scan)
    silent = today - scanned > own.numbers(scope, "lost_after_days")
    waited = today - due > own.numbers(scope, "unresolved_after_days")
    at_office = _at_office(some)
    authority = _stopped_by_authority(some, scope, today > due, rules)
    ended = at_office & _waited_out(own, scope, today - due)
    ends_lost = own.is_value(scope, "undetermined_ends_as", Ending.LOST)
    verdict.mark(rows[waited & at_office], Outcome.UNDETERMINED, "final_scan_missing")
    verdict.mark(rows[waited & ~at_office & silent], Outcome.LOST, "no_scan")
    verdict.mark(rows[waited & ended & ends_lost], Outcome.LOST, "deadline")
    verdict.mark(rows[authority], Outcome.LATE_EXCUSED, "stopped_by_authority")


def ended_by_deadline(
    network: Network, area: Ints, milestones: Milestones, terms: LaneTerms, scope: Scope,
    promised: Ints, stopped: Ints, by: Ints, as_of: int,
) -> tuple[Ints, Ints]:  # fmt: skip
    """The stops, with those of items at a delivery office whose final scan is waited for no longer
    and which then count as late: the clock stops at the end of the last day of waiting."""
    open_still = np.flatnonzero((stopped == UNKNOWN) & (promised < NO_DUE))
    if not len(open_still):
        return stopped, by
    own = terms.rows(open_still)
    late = own.is_value(scope, "undetermined_ends_as", Ending.LATE)
    if not late.any():
        return stopped, by
    waited = _today(network, area[open_still], as_of) - promised[open_still]
    some = milestones.rows(open_still)
    over = late & _waited_out(own, scope, waited) & _at_office(some)
    over &= waited > own.numbers(scope, "unresolved_after_days")
    over &= ~_final_by_authority(some, scope)
    rows, days = open_still[over], own.numbers(scope, "undetermined_ends_after_days")[over]
    last_day = promised[rows] + days
    zones = network.compiled.zone_of[area[rows]]
    midnight, _, _ = network.clocks.to_utc(zones, last_day + 1, np.zeros(len(rows), np.int64))
    stopped, by = stopped.copy(), by.copy()
    stopped[rows], by[rows] = midnight - 1, StoppedBy.DEADLINE
    return stopped, by


def _today(network: Network, area: Ints, as_of: int) -> Ints:
    return local_days(network.compiled, area, np.full(len(area), as_of, dtype=np.int64))


def _at_office(milestones: Milestones) -> Mask:
    """Where the delivery office has scanned it, credibly."""
    nowhere = np.full(len(milestones.last_scan), UNKNOWN)
    return credible(milestones.at, nowhere)[:, Checkpoint.DELIVERY_OFFICE]


def _waited_out(terms: LaneTerms, scope: Scope, waited: Ints) -> Mask:
    ends = ~terms.is_value(scope, "undetermined_ends_as", Ending.NEVER)
    return np.asarray(
        ends & (waited > terms.numbers(scope, "undetermined_ends_after_days")), dtype=bool
    )


def _stopped_by_authority(milestones: Milestones, scope: Scope, due: Mask, rules: Rules) -> Mask:
    """Where an authority's stop is what became of the item. Before the item is due it may still be
    let go, and a later scan in the chain of custody shows that it was."""
    stop = milestones.reasoned.authority[:, SIDES.index(scope)]
    if not rules.authority_when_due:
        return np.asarray(stop != UNKNOWN, dtype=bool)
    return due & _final_by_authority(milestones, scope)


def _final_by_authority(milestones: Milestones, scope: Scope) -> Mask:
    stop = milestones.reasoned.authority[:, SIDES.index(scope)]
    moved_on = any_in(milestones.at > stop[:, None])
    return np.asarray((stop != UNKNOWN) & ~moved_on, dtype=bool)
