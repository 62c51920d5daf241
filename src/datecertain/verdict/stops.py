"""When the clock stopped, and by what (req 21, 25, 80)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import CustomsEnds, CustomsPolicy, Scope
from datecertain.network.exclusions import HOLD
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import CUSTOMS, SIDES

_NOT_YET = np.int64(2**60)


class StoppedBy(IntEnum):
    """What stopped the clock."""

    NOTHING = 0
    DELIVERY = 1  # EMI
    ATTEMPT = 2  # EMH with a reason and a measure that count
    NOTIFICATION = 3  # EMH whose measure is a notice to the addressee
    PICKUP = 4  # EDH
    HOLD = 5  # kept by customs, deemed delivered
    DEADLINE = 6  # nobody waits for ever: the last day of waiting for a final scan


def hold_excusable(milestones: Milestones, terms: LaneTerms, scope: Scope) -> Mask:
    """Where the catalogue excuses the item's customs hold, should it be a valid one."""
    return excusable(milestones.reasoned.hold_exclusion[:, SIDES.index(scope)], terms, scope)


def excusable(under: Ints, terms: LaneTerms, scope: Scope) -> Mask:
    """Where the catalogue excuses a hold under an exclusion (-1: under none)."""
    return np.asarray(
        (under >= 0) & ((under != CUSTOMS) | terms.has_evidence(scope, HOLD)), dtype=bool
    )


def at_end(terms: LaneTerms, scope: Scope, end: CustomsEnds) -> Mask:
    """Where the customs policy applies at an end of the journey."""
    return terms.is_value(scope, "customs_ends", end, CustomsEnds.BOTH)


def stops(milestones: Milestones, terms: LaneTerms, scope: Scope) -> tuple[Ints, Ints]:
    """(the moment at which the clock stopped or UNKNOWN, `StoppedBy`) of each item: delivery, or
    what the terms let count as one, whichever came first. A moment before the acceptance is not
    credible and stops nothing."""
    side, read = SIDES.index(scope), milestones.reasoned
    accepted = milestones.at[:, Checkpoint.ACCEPTED]

    def says(term: str) -> Mask:
        return np.asarray(terms.numbers(scope, term) == 1, dtype=bool)

    ways = (
        (milestones.delivered, True), (read.attempted[:, side], says("attempt_stops")),
        (read.notified[:, side], says("notification_stops")),
        (milestones.pickup, says("pickup_stops")), (_deemed_at(milestones, terms, scope), True),
    )  # fmt: skip
    first = np.full(len(accepted), _NOT_YET, dtype=np.int64)
    by = np.zeros(len(accepted), dtype=np.int64)
    for number, (column, counts) in enumerate(ways, start=1):
        sooner = (column != UNKNOWN) & (column >= accepted) & (column < first) & counts
        first = np.where(sooner, column, first)
        by = np.where(sooner, number, by)
    return np.where(by > 0, first, UNKNOWN), by


def _deemed_at(milestones: Milestones, terms: LaneTerms, scope: Scope) -> Ints:
    """When the first hold after the acceptance began at which an item is deemed delivered;
    UNKNOWN. One that began before does not hide it."""
    side, later = SIDES.index(scope), milestones.later
    accepted = milestones.at[:, Checkpoint.ACCEPTED]
    deemed = terms.is_value(scope, "customs", CustomsPolicy.DEEMED_DELIVERED)
    if not deemed.any():
        return np.full(len(deemed), UNKNOWN, dtype=np.int64)
    deemed &= at_end(terms, scope, CustomsEnds.IMPORT)
    first = milestones.reasoned.retained_valid[:, side]
    began = deemed & (first >= accepted) & hold_excusable(milestones, terms, scope)
    at = np.where(began, first, UNKNOWN)
    if len(later):
        counts = deemed[later.item] & (later.valid[:, side] >= accepted[later.item])
        counts &= excusable(later.exclusion[:, side], terms.rows(later.item), scope)
        at = np.where(at == UNKNOWN, _NOT_YET, at)
        np.minimum.at(at, later.item[counts], later.valid[counts, side])
        at = np.where(at == _NOT_YET, UNKNOWN, at)
    return at
