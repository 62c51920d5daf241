"""What is excused: customs holds with a valid clock-stop, and declared force majeure (req 19,
24-26). Each excuse takes a number of days out of one step; none is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import UNKNOWN, Ints
from datecertain.network import NO_DUE, Network
from datecertain.network.calendars import Mask
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.outcomes import Checkpoint, Leg
from datecertain.verdict.replay import Holders, Milestones, Replay, local_days, stage_of


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
    days = np.where(by_hold, positive, np.minimum(declared, positive))
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
        days, by_hold, excluded, (np.where(by_hold, days, 0).sum(axis=1) > 0) | excluded,
        np.where(by_hold, 0, days).sum(axis=1) > 0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeclaredDays:
    """Days by which declared cases moved the due date within each step, in both units."""

    delivery: Ints  # [n, 9]
    calendar: Ints  # [n, 9]


@dataclass(frozen=True, slots=True)
class Custody:
    """Who the items belong to: posts and destination areas as indices of the network."""

    origin: Ints
    destination: Ints
    from_area: Ints
    area: Ints


def declared_days(
    network: Network, custody: Custody, replayed: Replay, held: Holders, milestones: Milestones,
    cases: Sequence[ForceMajeureCase],
) -> DeclaredDays:  # fmt: skip
    """What declared cases took (req 26): within a step whose holder, place and leg are in a case's
    scope, the due date is asked where the case began and where it ended (or the step did), from
    the place where the item then lay. Only that difference is excused, once for overlapping cases.
    """
    shape = replayed.at.shape
    found = DeclaredDays(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64))
    before = np.maximum(replayed.previous, 0)
    since = np.take_along_axis(replayed.at, before, axis=1)
    covered = since.copy()
    for case in sorted(cases, key=lambda one: (one.from_at, one.case_id, one.office)):
        inside = _in_scope(network, custody, replayed, held, case)
        begin = np.maximum(covered, case.from_at)
        end = np.minimum(replayed.at, case.to_at)
        rows, columns = np.nonzero(inside & (begin < end))
        if not len(rows):
            continue
        begin, end = begin[rows, columns], end[rows, columns]
        first, last = (
            _due_where_it_lay(network, custody, replayed, milestones, (rows, columns), moment)
            for moment in (begin, end)
        )
        usable = (first < NO_DUE) & (last < NO_DUE)
        rows, columns, first, last = rows[usable], columns[usable], first[usable], last[usable]
        area = custody.area[rows]
        found.calendar[rows, columns] += last - first
        found.delivery[rows, columns] += network.compiled.delivery_days.between(area, first, last)
        covered[rows, columns] = end[usable]
    return found


def _in_scope(
    network: Network, custody: Custody, replayed: Replay, held: Holders, case: ForceMajeureCase
) -> Mask:
    """Steps in the scope of a case. A closed airport stops mail at both ends of the flight: the
    transport leg is in the scope of either post."""
    post = list(network.posts).index(case.post) if case.post in network.posts else -1
    origin, destination = custody.origin[:, None], custody.destination[:, None]
    at_destination = (held.leg == Leg.IMPORT) | (held.leg == Leg.DELIVERY)
    holder = np.where(at_destination, destination, origin)
    transport = (held.leg == Leg.TRANSPORT) & ((origin == post) | (destination == post))
    inside = replayed.present & (replayed.previous >= 0) & ((holder == post) | transport)
    if case.leg:
        inside = inside & (held.leg == Leg[case.leg.upper()])
    if case.office:
        office = network.offices.get(case.office, -2)
        place = np.take_along_axis(replayed.office, np.maximum(replayed.previous, 0), axis=1)
        inside = inside & ((place == office) | (replayed.office == office))
    return np.asarray(inside, dtype=bool)


def _due_where_it_lay(
    network: Network, custody: Custody, replayed: Replay, milestones: Milestones,
    steps: tuple[Ints, Ints], moment: Ints,
) -> Ints:  # fmt: skip
    """The due day if the item still lay at the checkpoint before the step at that moment."""
    rows, columns = steps
    before = replayed.previous[rows, columns]
    stage = before.copy()
    customs = before == Checkpoint.CUSTOMS_IN
    stage[customs] = stage_of(Checkpoint.CUSTOMS_IN, milestones)[rows[customs]]
    compiled = network.compiled
    area = custody.area[rows]
    due = compiled.due_from(stage, replayed.office[rows, before], area, moment)
    accepted = before == Checkpoint.ACCEPTED
    due[accepted] = compiled.due_at_acceptance(
        custody.from_area[rows[accepted]], area[accepted], moment[accepted]
    )
    return due
