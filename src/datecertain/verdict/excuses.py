"""What is excused: customs holds with a valid clock-stop, and declared force majeure (req 19,
24-26). Each excuse takes a number of days out of one step; none is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import UNKNOWN, Ints
from datecertain.network import Network
from datecertain.network.calendars import Mask
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.outcomes import Checkpoint, Leg
from datecertain.verdict.replay import CHECKPOINTS, Holders, Milestones, Replay, local_days


@dataclass(frozen=True, slots=True)
class Holds:
    """The customs hold of each item, if it had one."""

    valid: Mask  # [n] a clock-stop with a valid reason and its closing event
    void: Mask  # [n] a hold that never stopped the clock
    closed_by: Ints  # [n] the checkpoint whose step is the hold; -1 without a valid one


def customs_holds(milestones: Milestones, replayed: Replay, both: Mask) -> Holds:
    """Valid only with a valid retention reason *and* the closing event that the agreement names
    (req 19): EDC or EMF, or `both`. The other holds are counted as void."""
    present = replayed.present
    retained = milestones.retained_any != UNKNOWN
    reasoned = milestones.retained_valid != UNKNOWN
    released, left = present[:, Checkpoint.CUSTOMS_OUT], present[:, Checkpoint.INWARD_OUT]
    closed = np.where(both, released & left, released | left)
    valid = retained & reasoned & closed & present[:, Checkpoint.CUSTOMS_IN]
    closed_by = np.where(released, Checkpoint.CUSTOMS_OUT, Checkpoint.INWARD_OUT)
    return Holds(valid, retained & ~valid, np.where(valid, closed_by, -1).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Excuses:
    """Days taken out of each step."""

    days: Ints  # [n, 9]
    removed: Mask  # [n, 9] the step counts in nobody's net
    excluded: Mask  # [n] the whole item is excused by policy
    customs: Mask  # [n] customs took something out
    force_majeure: Mask  # [n] a case took something out


def excuses(
    network: Network, destination: Ints, replayed: Replay, step: Ints, holds: Holds,
    declared: Mask, subtracting: Mask, excluding: Mask,
) -> Excuses:  # fmt: skip
    """Days excused per step. `step` in the unit of the shares; `declared` from `declared_steps`;
    `subtracting` and `excluding`: the items whose customs policy is not the step itself (req 25).
    """
    rows = np.flatnonzero(holds.valid)
    by_hold = np.zeros(step.shape, dtype=bool)
    by_hold[rows, holds.closed_by[rows]] = True
    days = np.where(by_hold | declared, np.maximum(step, 0), 0)
    subtract = rows[subtracting[rows]]
    if len(subtract):
        closed = holds.closed_by[subtract]
        opened_at = replayed.at[subtract, Checkpoint.CUSTOMS_IN]
        area = destination[subtract]
        first = local_days(network.compiled, area, opened_at)
        last = local_days(network.compiled, area, replayed.at[subtract, closed])
        days[subtract, closed] = np.maximum(
            0, network.compiled.delivery_days.between(area, first, last)
        )
    excluded = holds.valid & excluding
    return Excuses(
        days, by_hold | declared, excluded,
        (np.where(by_hold, days, 0).sum(axis=1) > 0) | excluded,
        np.where(declared & ~by_hold, days, 0).sum(axis=1) > 0,
    )  # fmt: skip


def declared_steps(
    network: Network, origin_post: Ints, destination_post: Ints, replayed: Replay, held: Holders,
    cases: Sequence[ForceMajeureCase],
) -> Mask:  # fmt: skip
    """Which steps fall under a declared case: the holder, place and leg are in its scope and the
    time between the two scans overlaps it (req 26). Posts are indices into the network's posts."""
    declared = np.zeros((len(replayed.at), CHECKPOINTS), dtype=bool)
    if not cases:
        return declared
    before = np.maximum(replayed.previous, 0)
    since = np.take_along_axis(replayed.at, before, axis=1)
    place = np.take_along_axis(replayed.office, before, axis=1)
    usable = replayed.present & (replayed.previous >= 0)
    posts = {name: number for number, name in enumerate(network.posts)}
    origin, destination = origin_post[:, None], destination_post[:, None]
    at_destination = (held.leg == Leg.IMPORT) | (held.leg == Leg.DELIVERY)
    holder = np.where(at_destination, destination, origin)
    for case in cases:
        post = posts.get(case.post, -1)
        inside = usable & (since < case.to_at) & (replayed.at > case.from_at)
        # A closed airport stops mail at both ends of the flight: the transport leg is in the
        # scope of either post.
        transport = (held.leg == Leg.TRANSPORT) & ((origin == post) | (destination == post))
        inside &= (holder == post) | transport
        if case.leg:
            inside &= held.leg == Leg[case.leg.upper()]
        if case.office:
            office = network.offices.get(case.office, -2)
            inside &= (place == office) | (replayed.office == office)
        declared |= inside
    return declared
