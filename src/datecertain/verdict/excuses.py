"""Customs holds: which of them stopped the clock, and what they take out (req 19, 25)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, CustomsEnds, CustomsPolicy, Network, Scope
from datecertain.network.exclusions import EXCLUSIONS, HOLD
from datecertain.verdict.customs_policies import by_policy
from datecertain.verdict.declared import Lying
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_stops import LaterStops, later_stops, later_time
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones, Replay
from datecertain.verdict.rules import Rules
from datecertain.verdict.scan_reasons import SIDES
from datecertain.verdict.stops import StoppedBy, at_end, hold_excusable


@dataclass(frozen=True, slots=True)
class Holds:
    """The customs hold of each item, if it had one, and the holds after it."""

    valid: Mask  # [n] a clock-stop with a valid reason and its closing event
    void: Mask  # [n] a hold that never stopped the clock
    excusable: Mask  # [n] the terms and the catalogue excuse it, if it is valid
    closed_by: Ints  # [n] the checkpoint whose step is the hold; -1 without one that is excused
    reasoned: Ints  # [n] the first EME with a reason that is valid; UNKNOWN
    later: LaterStops

    def rows(self, index: Ints) -> Holds:
        """A copy of some items' rows."""
        columns = {name: getattr(self, name)[index] for name in self.__slots__[:-1]}
        return Holds(**columns, later=self.later.rows(index))

    def counts(self) -> tuple[Ints, Ints]:
        """([n] clock-stops, [n] holds that stopped no clock)."""
        valid, void = self.valid.astype(np.int64), self.void.astype(np.int64)
        np.add.at(valid, self.later.item[self.later.valid], 1)
        np.add.at(void, self.later.item[~self.later.valid], 1)
        return valid, void


def customs_holds(
    milestones: Milestones, replayed: Replay, terms: LaneTerms, scope: Scope, stopped_by: Ints
) -> Holds:
    """Valid only with a valid retention reason *and* the closing event that the terms name
    (req 19): EDC or EMF, or `both`. The other holds are counted as void. A hold at which the item
    is deemed delivered needs no closing."""
    count = len(milestones.retained_any)
    none = np.zeros(count, dtype=bool)
    retained = milestones.retained_any != UNKNOWN
    valid, excusable, closed_by = none.copy(), none.copy(), np.full(count, -1, dtype=np.int64)
    since = milestones.reasoned.retained_valid[:, SIDES.index(scope)]
    rows = np.flatnonzero(retained)
    if len(rows):
        some, own, again = milestones.rows(rows), terms.rows(rows), replayed.rows(rows)
        reasoned = since[rows]
        # What lies before the hold cannot close it.
        after = again.present & (again.at >= reasoned[:, None]) & (reasoned != UNKNOWN)[:, None]
        released, left = after[:, Checkpoint.CUSTOMS_OUT], after[:, Checkpoint.INWARD_OUT]
        both = own.is_value(scope, "clock_stop_closing", "both")
        closed = np.where(both, released & left, released | left)
        deemed = (stopped_by[rows] == StoppedBy.HOLD) & (
            again.at[:, Checkpoint.STOPPED] == reasoned
        )
        valid[rows] = (closed & again.present[:, Checkpoint.CUSTOMS_IN]) | deemed
        allowed = hold_excusable(some, own, scope) & at_end(own, scope, CustomsEnds.IMPORT)
        excusable[rows] = allowed
        closed_by[rows] = np.where(
            valid[rows] & allowed & ~deemed,
            np.where(released, Checkpoint.CUSTOMS_OUT, Checkpoint.INWARD_OUT), -1,
        )  # fmt: skip
    later = later_stops(milestones.later, replayed, terms, scope, stopped_by)
    return Holds(valid, retained & ~valid, excusable, closed_by, since, later)


@dataclass(frozen=True, slots=True)
class CustomsTime:
    """Days that customs took from each step, by the policy of the terms."""

    days: Ints  # [n, 9]
    removed: Mask  # [n, 9] the step is an excused hold: it counts in nobody's net
    excluded: Mask  # [n] the whole item is excused by policy
    by: Ints  # [n] the exclusions that took something out: bit k is EXCLUSIONS[k]
    exported: Ints  # [n] days that a hold at the export end took; -1: none stopped the clock
    later: LaterStops  # the holds after the first, each with its days


def customs_time(
    network: Network, destination: Ints, replayed: Replay, step: Ints, milestones: Milestones,
    holds: Holds, terms: LaneTerms, scope: Scope, lying: Lying, rules: Rules,
) -> CustomsTime:  # fmt: skip
    """What the holds at either end took out (req 25). `step`: in delivery days of the addressee's
    area, the unit of the answer."""
    days, removed = np.zeros(step.shape, dtype=np.int64), np.zeros(step.shape, dtype=bool)
    excluded = np.zeros(len(step), dtype=bool)
    rows = np.flatnonzero(holds.closed_by >= 0)
    if len(rows):
        closed = holds.closed_by[rows]
        removed[rows, closed] = True
        opened_at, moved = _opened(network, destination, replayed, step, milestones, scope, lying,
                                   rows, closed, rules)  # fmt: skip
        days[rows, closed] = by_policy(
            network, destination[rows], terms.rows(rows), scope, opened_at,
            replayed.at[rows, closed], moved,
        )  # fmt: skip
        excluded[rows] = terms.rows(rows).is_value(scope, "customs", CustomsPolicy.EXCLUDE)
    exported = np.full(len(step), -1, dtype=np.int64)
    held = _export_rows(milestones, terms, scope)
    if len(held):
        _export_time(
            network, destination, replayed, step, milestones, terms, scope, lying, held,
            days, excluded, exported,
        )  # fmt: skip
    hold = milestones.reasoned.hold_exclusion[:, SIDES.index(scope)]
    named = np.left_shift(np.int64(1), np.where(hold >= 0, hold, EXCLUSIONS.index("customs")))
    by = np.where((days > 0).any(axis=1) | excluded, named, 0)
    later = later_time(
        network, destination, replayed, step, holds.later, terms, scope, lying, days, excluded, by
    )
    return CustomsTime(days, removed, excluded, by, exported, later)


def _opened(
    network: Network, destination: Ints, replayed: Replay, step: Ints, milestones: Milestones,
    scope: Scope, lying: Lying, rows: Ints, closed: Ints, rules: Rules,
) -> tuple[Ints, Ints]:  # fmt: skip
    """(when the hold began, by how many days it moved the due date). It begins with the first EME
    for a valid reason (req 19): what lies before, shown to customs or not, stopped no clock and
    stays a step of whoever held the item. Where that EME came before the item was shown, it is
    where the item was shown."""
    since = replayed.at[rows, replayed.previous[rows, closed]]
    moved = np.maximum(step[rows, closed], 0)
    valid = milestones.reasoned.retained_valid[rows, SIDES.index(scope)]
    again = (since < valid) & rules.from_valid_reason
    if not again.any():
        return since, moved
    some, column = rows[again], closed[again]
    counted = replayed.due[some, replayed.previous[some, column]]
    first = lying.due_when(some, column, since[again], valid[again], counted)
    later = network.compiled.delivery_days.between(
        destination[some], np.where(first < NO_DUE, first, counted), replayed.due[some, column]
    )
    moved[again] = np.clip(later, 0, moved[again])
    return np.where(again, valid, since), moved


def _export_rows(milestones: Milestones, terms: LaneTerms, scope: Scope) -> Ints:
    """Items that export customs or security held for a valid reason and gave back, where the
    policy applies at that end."""
    held = milestones.reasoned.export_held[:, SIDES.index(scope)]
    accepted = milestones.at[:, Checkpoint.ACCEPTED]
    rows = np.flatnonzero((held >= accepted) & (milestones.export_released > held))
    own = terms.rows(rows)
    return rows[at_end(own, scope, CustomsEnds.EXPORT) & own.has_evidence(scope, HOLD)]


def _export_time(
    network: Network, destination: Ints, replayed: Replay, step: Ints, milestones: Milestones,
    terms: LaneTerms, scope: Scope, lying: Lying, rows: Ints, days: Ints, excluded: Ints | Mask,
    exported: Ints,
) -> None:  # fmt: skip
    """Put in what a hold at the export end took: it has no checkpoint of its own, so the due date
    is asked of an item that lies where it was scanned before, as for a declared case."""
    held = milestones.reasoned.export_held[rows, SIDES.index(scope)]
    released = milestones.export_released[rows]
    columns = np.arange(step.shape[1])[None, :]
    ended = replayed.present[rows] & (replayed.at[rows] >= released[:, None]) & (columns > 0)
    column = np.argmax(ended, axis=1)
    since = replayed.at[rows, np.maximum(replayed.previous[rows, column], 0)]
    begin = np.maximum(held, since)
    usable = ended.any(axis=1) & (column <= Checkpoint.INWARD_IN) & (begin < released)
    rows, column, since, begin, released = (
        values[usable] for values in (rows, column, since, begin, released)
    )
    if not len(rows):
        return
    counted = replayed.due[rows, replayed.previous[rows, column]]
    first, last = lying.moved(rows, column, since, begin, released, counted)
    moved = network.compiled.delivery_days.between(destination[rows], first, last)
    own = terms.rows(rows)
    taken = by_policy(
        network, destination[rows], own, scope, begin, released,
        np.minimum(np.maximum(moved, 0), np.maximum(step[rows, column], 0)),
    )  # fmt: skip
    days[rows, column] = np.maximum(days[rows, column], taken)
    exported[rows] = taken
    excluded[rows] |= own.is_value(scope, "customs", CustomsPolicy.EXCLUDE)
