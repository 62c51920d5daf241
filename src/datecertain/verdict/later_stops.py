"""What the later holds of import customs come to on one side (req 19, 25).

The same rules as for the first hold: a valid reason, the closing that the terms name, and days by
the policy of the terms. As a hold at the export end they have no checkpoint of their own, so the
due date is asked of an item that lies where it was scanned before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import CustomsEnds, CustomsPolicy, Network, Scope
from datecertain.verdict.customs_policies import by_policy
from datecertain.verdict.declared import Lying
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_holds import LaterHolds, chosen_rows
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Replay
from datecertain.verdict.scan_reasons import SIDES
from datecertain.verdict.stops import StoppedBy, at_end, excusable


@dataclass(frozen=True, slots=True)
class LaterStops:
    """The later holds as one side counts them, one row each in order of item and time."""

    item: Ints  # [m] row of the item
    began: Ints  # [m] its first EME with a valid reason; where none has, its first EME
    ended: Ints  # [m] EDC or EMF; UNKNOWN
    valid: Mask  # [m] a clock-stop with a valid reason and its closing event
    excused: Mask  # [m] the terms and the catalogue excuse it
    under: Ints  # [m] the exclusion under which they do
    days: Ints  # [m] days taken out for it

    def __len__(self) -> int:
        return len(self.item)

    def rows(self, index: Ints) -> LaterStops:
        """The holds of some items."""
        if not len(self.item):
            return self
        chosen, item = chosen_rows(self.item, index)
        return LaterStops(item, *(getattr(self, name)[chosen] for name in self.__slots__[1:]))

    def merged(self, some: LaterStops, rows: Ints) -> LaterStops:
        """These, the holds of some items replaced by those that `some` has of them. `rows`: the
        items that `some` is of."""
        if not len(self.item):
            return self
        stay = np.flatnonzero(~np.isin(self.item, rows))
        item = np.concatenate([self.item[stay], rows[some.item]])
        order = np.argsort(item, kind="stable")
        others = (
            np.concatenate([getattr(self, name)[stay], getattr(some, name)])[order]
            for name in self.__slots__[1:]
        )
        return LaterStops(item[order], *others)


def later_stops(
    later: LaterHolds, replayed: Replay, terms: LaneTerms, scope: Scope, stopped_by: Ints
) -> LaterStops:
    """Which of the later holds stopped the clock, and are excused; what closes one after the clock
    stopped closes nothing."""
    side, item = SIDES.index(scope), later.item
    own, stopped = terms.rows(item), replayed.at[item, Checkpoint.STOPPED]
    began, left = later.valid[:, side], later.left[:, side]
    limit = np.where(stopped == UNKNOWN, np.iinfo(np.int64).max, stopped)
    reasoned = began != UNKNOWN
    released = np.where(reasoned & (later.released <= limit), later.released, UNKNOWN)
    left = np.where(reasoned & (left <= limit), left, UNKNOWN)
    both = own.is_value(scope, "clock_stop_closing", "both")
    ended = np.where((released == UNKNOWN) & ~both, left, released)
    ended = np.where(both & (left == UNKNOWN), UNKNOWN, ended)
    deemed = (stopped_by[item] == StoppedBy.HOLD) & reasoned & (began == stopped)
    under = later.exclusion[:, side]
    excused = (ended != UNKNOWN) & ~deemed & excusable(under, own, scope)
    excused &= at_end(own, scope, CustomsEnds.IMPORT)
    return LaterStops(
        item, np.where(reasoned, began, later.kept), ended, (ended != UNKNOWN) | deemed, excused,
        under, np.zeros(len(item), dtype=np.int64),
    )  # fmt: skip


def later_time(
    network: Network, destination: Ints, replayed: Replay, step: Ints, later: LaterStops,
    terms: LaneTerms, scope: Scope, lying: Lying, days: Ints, excluded: Mask, by: Ints,
) -> LaterStops:  # fmt: skip
    """Put in what the later holds took, the first of each item first: `days` [n, 9], `excluded` and
    `by` [n] are written to. Holds in one step are counted together, none of their days twice; a
    step excuses no more than it lost where the policy is to excuse the step."""
    taken, total = later.days.copy(), np.zeros(step.shape, dtype=np.int64)
    # The due day that is counted already in each step.
    counted = np.take_along_axis(replayed.due, np.maximum(replayed.previous, 0), axis=1)
    for turn in _in_turn(later):
        some, rows, column, since, begin, end = _lain(replayed, later, turn)
        first, last = lying.moved(rows, column, since, begin, end, counted[rows, column])
        counted[rows, column] = last
        moved = network.compiled.delivery_days.between(destination[rows], first, last)
        room = np.maximum(np.maximum(step[rows, column], 0) - total[rows, column], 0)
        moved, own = np.clip(moved, 0, room), terms.rows(rows)
        taken[some] = by_policy(network, destination[rows], own, scope, begin, end, moved)
        total[rows, column] += taken[some]
        taken_out = own.is_value(scope, "customs", CustomsPolicy.EXCLUDE)
        excluded[rows] |= taken_out
        adds = taken_out | ((taken[some] > 0) & (total[rows, column] > days[rows, column]))
        by[rows] |= np.where(adds, np.left_shift(np.int64(1), later.under[some]), 0)
    np.maximum(days, total, out=days)
    return replace(later, days=taken)


def _in_turn(later: LaterStops) -> list[Ints]:
    """The excused holds: the first of every item, the second of every item that has two, …"""
    chosen = np.flatnonzero(later.excused)
    item = later.item[chosen]
    nth = np.arange(len(item)) - np.searchsorted(item, item)
    return [chosen[nth == number] for number in range(int(nth.max(initial=-1)) + 1)]


def _lain(
    replayed: Replay, later: LaterStops, some: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """(which hold, its item, the step in which it ended, since when the item had lain there, when
    the hold began in that step, when it ended) of those of some holds that an item spent in the
    destination's hands."""
    rows, end = later.item[some], later.ended[some]
    ended = replayed.present[rows] & (replayed.at[rows] >= end[:, None])
    ended &= np.arange(ended.shape[1])[None, :] > Checkpoint.INWARD_IN
    column = np.argmax(ended, axis=1)
    before = replayed.previous[rows, column]
    since = replayed.at[rows, np.maximum(before, 0)]
    begin = np.maximum(later.began[some], since)
    usable = ended.any(axis=1) & (before >= Checkpoint.INWARD_IN) & (begin < end)
    columns = (some, rows, column, since, begin, end)
    some, rows, column, since, begin, end = (one[usable] for one in columns)
    return some, rows, column, since, begin, end
