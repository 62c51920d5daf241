"""What is excused: customs holds with a valid clock-stop, and declared force majeure (req 19,
24-26). Each excuse takes a number of days out of one step; none is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import Network
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones, Replay, local_days


@dataclass(frozen=True, slots=True)
class Holds:
    """The customs hold of each item, if it had one."""

    valid: Mask  # [n] a clock-stop with a valid reason and its closing event
    void: Mask  # [n] a hold that never stopped the clock
    closed_by: Ints  # [n] the checkpoint whose step is the hold; -1 without a valid one

    def rows(self, index: Ints) -> Holds:
        """A copy of some items' rows."""
        return Holds(self.valid[index], self.void[index], self.closed_by[index])


def customs_holds(milestones: Milestones, replayed: Replay, both: Mask) -> Holds:
    """Valid only with a valid retention reason *and* the closing event that the agreement names
    (req 19): EDC or EMF, or `both`. The other holds are counted as void."""
    present = replayed.present
    retained = milestones.retained_any != UNKNOWN
    reasoned = milestones.retained_valid != UNKNOWN
    # What lies before the hold cannot close it.
    after = present & (replayed.at >= milestones.retained_valid[:, None])
    released, left = after[:, Checkpoint.CUSTOMS_OUT], after[:, Checkpoint.INWARD_OUT]
    closed = np.where(both, released & left, released | left)
    valid = retained & reasoned & closed & present[:, Checkpoint.CUSTOMS_IN]
    closed_by = np.where(released, Checkpoint.CUSTOMS_OUT, Checkpoint.INWARD_OUT)
    return Holds(valid, retained & ~valid, np.where(valid, closed_by, -1).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Excuses:
    """Days taken out of each step."""

    days: Ints  # [n, 9]
    removed: Mask  # [n, 9] the step is an excused hold: it counts in nobody's net
    excluded: Mask  # [n] the whole item is excused by policy
    customs: Mask  # [n] customs took something out
    force_majeure: Mask  # [n] a case took something out


def excuses(
    network: Network, destination: Ints, replayed: Replay, step: Ints, holds: Holds,
    declared: Ints, subtracting: Mask, excluding: Mask,
) -> Excuses:  # fmt: skip
    """Days excused per step. `step` and `declared` (of `DeclaredDays`) are in the unit of the
    shares; `subtracting` and `excluding`: the items whose customs policy is not the step itself
    (req 25).
    """
    rows = np.flatnonzero(holds.valid)
    by_hold = np.zeros(step.shape, dtype=bool)
    by_hold[rows, holds.closed_by[rows]] = True
    positive = np.maximum(step, 0)
    days = np.where(by_hold, positive, 0)
    subtract = rows[subtracting[rows]]
    if len(subtract):
        closed = holds.closed_by[subtract]
        opened_at = replayed.at[subtract, replayed.previous[subtract, closed]]
        area = destination[subtract]
        first = local_days(network.compiled, area, opened_at)
        last = local_days(network.compiled, area, replayed.at[subtract, closed])
        days[subtract, closed] = np.maximum(
            0, network.compiled.delivery_days.between(area, first, last)
        )
    held, days = days, np.maximum(days, np.minimum(declared, positive))
    excluded = holds.valid & excluding
    more = np.asarray((days > held).any(axis=1), dtype=bool)
    return Excuses(days, by_hold, excluded, (held.sum(axis=1) > 0) | excluded, more)
