"""The exclusion catalogue applied: days taken out of each step, and by which exclusion (req 24).

One pure function over columns. Time that several exclusions claim is counted once: of the days of
a step the largest claim counts, and an exclusion is named only where it adds to those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network, Scope
from datecertain.network.exclusions import CARRIAGE_CASE, CASE, EXCLUSIONS
from datecertain.rowwise import any_in, sums
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.case_rules import case_terms
from datecertain.verdict.declared import Custody, Lying, declared_days
from datecertain.verdict.excuses import CustomsTime
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Holders, Milestones, Replay, local_days
from datecertain.verdict.scan_reasons import SIDES
from datecertain.verdict.staircase import Settled

FORCE_MAJEURE = EXCLUSIONS.index("force_majeure")
TRANSPORT = EXCLUSIONS.index("transport_interruption")
TOLERANCE = EXCLUSIONS.index("tolerance")
#: The leg of the cases that speak of carriage only.
CARRIAGE = "transport"


@dataclass(frozen=True, slots=True)
class Excuses:
    """Days taken out of each step."""

    days: Ints  # [n, 9]
    removed: Mask  # [n, 9] the step is an excused hold: it counts in nobody's net
    excluded: Mask  # [n] the whole item is excused by policy
    by: Ints  # [n] the exclusions that took something out: bit k is EXCLUSIONS[k]
    exported: Ints  # [n] days that a hold at the export end took; -1: none stopped the clock
    attempted: Mask  # [n] time after a failed attempt is among the days

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Excuses:
        """Nothing is excused: `shape` items by checkpoints."""
        count = shape[0]
        return cls(
            np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool),
            np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64),
            np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=bool),
        )  # fmt: skip

    def put(self, some: Excuses, rows: Ints) -> None:
        """Take over what is excused of some of the items."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(some, name)


def excuses(
    step: Ints, customs: CustomsTime, clipped: Ints, clipped_by: Ints, declared: Ints,
    by_carriage: Mask,
) -> Excuses:  # fmt: skip
    """Everything that the catalogue takes out of the steps.

    `step`, `clipped` (after a failed attempt) and `declared` (cases) are [n, 9] days in the unit of
    the shares; `clipped_by` names an exclusion per item; `by_carriage`: the cases are of carriage
    alone.
    """
    positive = np.maximum(step, 0)
    days, by = customs.days, customs.by
    case = np.where(by_carriage, TRANSPORT, FORCE_MAJEURE)
    attempted = np.zeros(len(step), dtype=bool)
    for more, exclusion in ((clipped, clipped_by), (declared, case)):
        if more.any():
            together = np.maximum(days, np.minimum(more, positive))
            adds = any_in(together > days)
            by = by | np.where(adds, _bit(exclusion), 0)
            if more is clipped:
                attempted = adds
            days = together
    return Excuses(
        days, customs.removed, customs.excluded, np.asarray(by, dtype=np.int64), customs.exported,
        attempted,
    )  # fmt: skip


def let_pass(excused: Excuses, settled: Settled, decided: Mask) -> Excuses:
    """The same, the tolerance named where it took days that nothing else did.

    `decided`: the clock stopped against a promise.
    """
    took = decided & ~excused.excluded & (settled.excused > sums(excused.days))
    return replace(excused, by=np.where(took, excused.by | (1 << TOLERANCE), excused.by))


def _bit(exclusion: Ints) -> Ints:
    return np.left_shift(np.int64(1), np.maximum(exclusion, 0))


def names_of(bits: int) -> str:
    """The exclusions of a set of bits, with blanks between, in the catalogue's order."""
    return " ".join(name for place, name in enumerate(EXCLUSIONS) if bits >> place & 1)


def after_attempt(
    network: Network, area: Ints, replayed: Replay, stopped_on: Ints, milestones: Milestones,
    scope: Scope, step: Ints,
) -> Ints:  # fmt: skip
    """[n, 9] delivery days from a failed attempt for a reason on the customer's side, which did not
    stop the clock, to where it stopped: had the item been taken, it was due that day."""
    days = np.zeros(step.shape, dtype=np.int64)
    since = milestones.reasoned.clipped_from[:, SIDES.index(scope)]
    accepted = milestones.at[:, Checkpoint.ACCEPTED]
    stopped = replayed.at[:, Checkpoint.STOPPED]
    rows = np.flatnonzero(
        (since != UNKNOWN) & (since >= accepted) & (since < stopped) & (stopped_on < NO_DUE)
        & (step[:, Checkpoint.STOPPED] > 0)
    )  # fmt: skip
    if len(rows):
        before = replayed.at[rows, np.maximum(replayed.previous[rows, Checkpoint.STOPPED], 0)]
        tried_on = local_days(network.compiled, area[rows], np.maximum(since[rows], before))
        between = network.compiled.delivery_days.between
        idle = between(area[rows], stopped_on[rows] - 1, stopped_on[rows]) == 0
        days[rows, Checkpoint.STOPPED] = between(area[rows], tried_on, stopped_on[rows]) + (
            idle & (stopped_on[rows] > tried_on)
        )
    return days


def by_cases(
    network: Network, custody: Custody, replayed: Replay, held: Holders, lying: Lying,
    cases: Sequence[ForceMajeureCase], terms: LaneTerms, scope: Scope,
) -> tuple[Ints, Mask]:  # fmt: skip
    """([n, 9] days that declared cases took from each step, [n] whether cases of carriage alone
    did). Which kinds of case excuse anything is for the catalogue to say, lane by lane."""
    days = np.zeros(replayed.at.shape, dtype=np.int64)
    alone = np.zeros(len(days), dtype=bool)
    general = terms.has_evidence(scope, CASE)
    carriage = terms.has_evidence(scope, CARRIAGE_CASE)
    others = [one for one in cases if one.leg != CARRIAGE]
    carried = [one for one in cases if one.leg == CARRIAGE]

    def taken(rows: Ints, chosen: Sequence[ForceMajeureCase]) -> Ints:
        return declared_days(
            network, custody.rows(rows), replayed.rows(rows), held.rows(rows), lying.rows(rows),
            chosen, case_terms(terms.rows(rows), scope, len(rows), chosen),
        )  # fmt: skip

    for wanted, chosen in (
        (general & carriage, list(cases)), (general & ~carriage, others),
        (carriage & ~general, carried),
    ):  # fmt: skip
        rows = np.flatnonzero(wanted)
        if len(rows) and chosen:
            days[rows] = taken(rows, chosen)
    if carried:
        named = carriage & terms.has_evidence(scope, CARRIAGE_CASE, "transport_interruption")
        rows = np.flatnonzero(any_in(days > 0) & named)
        alone[rows] = ~any_in(taken(rows, others) > 0) if others else True
    return days, alone
