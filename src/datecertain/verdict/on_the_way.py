"""What the transport step is made of: uplift, and the hands of transit posts (req 27, 74).

Between leaving the outward office and the handover at the inward one the staircase has one step.
Where carriers and third posts told more, it falls into smaller ones that add up to it exactly:

- *uplift*: the flight left with the receptacle. Before it the origin post held the item, on the
  ground; after it the carrier. Due as if the item had been ready at the office just in time for the
  departure that the frozen timetable has for that flight: a flight that left late is still that
  flight. A flight that the timetable does not know has no onward standard and is no checkpoint.
- *into and out of transit*: a post that is neither origin nor destination scanned the item itself
  (open transit, or missent). Due by the network from its office on, where the network has a way.

Whose the days are is another matter: the post that contracted the carriage, or chose the transit
post (`carriage.csv`), answers for all of it towards the other; the holder is named. Time that a
post had an item which was missent to it belongs to whoever missent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network, Stage
from datecertain.verdict.handover import CARRIER, Movement, Movements
from datecertain.verdict.journey_facts import TransitStays
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Replay


class Halt(IntEnum):
    """Checkpoints between leaving the outward office and the handover."""

    UPLIFT = 0
    INTO_TRANSIT = 1
    OUT_OF_TRANSIT = 2
    HANDOVER = 3  # the end of the transport step itself


@dataclass(frozen=True, slots=True)
class WaySteps:
    """The parts of transport steps, one row a part, in order of item and time."""

    item: Ints
    halt: Ints  # Halt at which the part ends
    at: Ints
    office: Ints  # -1 at an airport
    holder: Ints  # post (index) that held the item before, or CARRIER
    due: Ints  # the day due from there on
    step: Ints  # delivery days; of an item they add up to its transport step


def way_steps(
    network: Network, replayed: Replay, origin_post: Ints, area: Ints, movements: Movements,
    scheduled: Ints, stays: TransitStays,
) -> WaySteps:  # fmt: skip
    """The parts of the transport step of each item that has one, departure and handover known.

    `origin_post` and `area` (of delivery) are indices, per item; `scheduled` per movement the
    departure that the frozen timetable has for its flight (UNKNOWN: none).
    """
    item, halt, at, office, holder = _halts(network, replayed, movements, scheduled, stays)
    due = _due(network, replayed, area, item, halt, at, office, movements, scheduled)
    begin, end = replayed.at[item, Checkpoint.OUTWARD_OUT], replayed.at[item, Checkpoint.INWARD_IN]
    inside = (begin != UNKNOWN) & (end != UNKNOWN) & (begin <= at) & (at <= end) & (due < NO_DUE)
    columns = [column[inside] for column in (item, halt, at, office, holder, due)]
    whole = np.flatnonzero(
        replayed.present[:, Checkpoint.OUTWARD_OUT] & replayed.present[:, Checkpoint.INWARD_IN]
    )
    last = (
        whole, np.full(len(whole), Halt.HANDOVER), replayed.at[whole, Checkpoint.INWARD_IN],
        replayed.office[whole, Checkpoint.INWARD_IN], np.full(len(whole), CARRIER),
        replayed.due[whole, Checkpoint.INWARD_IN],
    )  # fmt: skip
    item, halt, at, office, holder, due = (
        np.concatenate([some, one]) for some, one in zip(columns, last, strict=True)
    )
    order = np.lexsort((office, halt, at, item))
    item, halt, at, office, holder, due = (
        column[order] for column in (item, halt, at, office, holder, due)
    )
    first = np.ones(len(item), dtype=bool)
    first[1:] = item[1:] != item[:-1]
    before = np.where(first, replayed.due[item, Checkpoint.OUTWARD_OUT], np.roll(due, 1))
    step = network.compiled.delivery_days.between(area[item], before, due)
    return WaySteps(
        item, halt, at, office, _held_by(first, halt, holder, origin_post[item]), due, step
    )


def _halts(
    network: Network, replayed: Replay, movements: Movements, scheduled: Ints, stays: TransitStays
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """(item, halt, moment, office, transit post) of what was told on the way."""
    lifted = np.flatnonzero(_first_uplift(movements, scheduled, len(replayed.at)))
    into, out = np.flatnonzero(stays.arrived != UNKNOWN), np.flatnonzero(stays.left != UNKNOWN)
    parts = (
        (movements.item[lifted], Halt.UPLIFT, movements.at[lifted],
         np.full(len(lifted), -1), np.full(len(lifted), CARRIER)),
        (stays.item[into], Halt.INTO_TRANSIT, stays.arrived[into], stays.office[into],
         stays.post[into]),
        (stays.item[out], Halt.OUT_OF_TRANSIT, stays.left[out], stays.office[out],
         stays.post[out]),
    )  # fmt: skip
    item, at, office, post = (
        np.concatenate([part[place] for part in parts]) for place in (0, 2, 3, 4)
    )
    halt = np.concatenate([np.full(len(part[0]), part[1], dtype=np.int64) for part in parts])
    return item, halt, at, office, post


def _first_uplift(movements: Movements, scheduled: Ints, count: int) -> Ints:
    """The movements that are the first uplift of their item, on a flight of the timetable."""
    known = movements.fact & (movements.kind == Movement.UPLIFTED) & (movements.at != UNKNOWN)
    rows = np.flatnonzero(known & (scheduled != UNKNOWN))
    rows = rows[np.lexsort((scheduled[rows], movements.at[rows], movements.item[rows]))]
    chosen = np.zeros(len(movements), dtype=np.int64)
    _, first = np.unique(movements.item[rows], return_index=True)
    chosen[rows[first]] = 1
    return chosen


def _due(
    network: Network, replayed: Replay, area: Ints, item: Ints, halt: Ints, at: Ints, office: Ints,
    movements: Movements, scheduled: Ints,
) -> Ints:  # fmt: skip
    """The day due from each halt on."""
    compiled = network.compiled
    outward = replayed.office[item, Checkpoint.OUTWARD_OUT]
    tender = np.array([row.tender_min for row in compiled.offices] or [0], dtype=np.int64)
    lifted = halt == Halt.UPLIFT
    chosen = np.flatnonzero(_first_uplift(movements, scheduled, len(replayed.at)))
    departs = np.full(len(replayed.at), NEVER)
    departs[movements.item[chosen]] = scheduled[chosen]
    ready = np.where(lifted, np.minimum(at, departs[item]) - tender[np.maximum(outward, 0)], at)
    stage = np.where(halt == Halt.INTO_TRANSIT, Stage.OUTWARD_IN, Stage.OUTWARD_OUT)
    place = np.where(lifted, outward, office)
    return compiled.due_from(stage, place, area[item], ready)


def _held_by(first: Mask, halt: Ints, post: Ints, origin_post: Ints) -> Ints:
    """Who held the item before each halt: the origin post up to the uplift, a transit post up to
    where it let the item go, else the carrier."""
    held = np.where(halt == Halt.OUT_OF_TRANSIT, post, CARRIER)
    return np.where((halt == Halt.UPLIFT) & first, origin_post, held)
