"""Dispatches that left without what was planned for them (req 22, 68).

By standard an item leaves its outward office with the first dispatch that closes after it came, on
the flight that this dispatch catches. It failed when it had not left by the last moment for that
flight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, CompiledNetwork, Network, Stage
from datecertain.verdict.live import Journeys
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import credible


@dataclass(frozen=True, slots=True)
class Departures:
    """The planned departure of each item, row for row; -1 and UNKNOWN where there is none."""

    office: Ints  # outward office, by number
    leaves_at: Ints  # when its dispatch leaves by standard
    latest_at: Ints  # the last moment for the flight that it then catches
    itinerary: Ints  # of the timetable
    failed: Mask  # no scan says that it had left by then
    silent: Mask  # of those: no scan says that it has left at all
    unscanned: Mask  # it went on, but nothing says when it left


def planned_departures(network: Network, items: Journeys, now: int) -> Departures:
    """What was planned for each item, and whether it failed as far as is known at `now`."""
    compiled = network.compiled
    office, leaves = _leaving(compiled, items)
    latest, itinerary = _flight(compiled, items, office, leaves)
    there = credible(items.milestones.at, items.stopped)
    left_at = np.where(
        there[:, Checkpoint.OUTWARD_OUT], items.milestones.at[:, Checkpoint.OUTWARD_OUT], UNKNOWN
    )
    beyond = there[:, Checkpoint.INWARD_IN :].any(axis=1)
    unscanned = (left_at == UNKNOWN) & beyond
    planned = latest != UNKNOWN
    moment = np.where(left_at == UNKNOWN, now, left_at)
    failed = planned & ~unscanned & (moment > latest)
    silent = failed & (left_at == UNKNOWN)
    return Departures(office, leaves, latest, itinerary, failed, silent, planned & unscanned)


def _leaving(compiled: CompiledNetwork, items: Journeys) -> tuple[Ints, Ints]:
    """(office, moment) of leaving by standard: from the scan at the outward office where there is
    one, else from the acceptance by the way that is due first."""
    at = items.milestones.at
    count = len(items.origin)
    office, leaves = np.full(count, -1, dtype=np.int64), np.full(count, UNKNOWN, dtype=np.int64)
    best = np.full(count, NO_DUE, dtype=np.int64)
    for k in range(compiled.export_of.shape[1]):
        link = compiled.export_of[items.origin, k]
        ready = compiled.export.at(link, at[:, Checkpoint.ACCEPTED])
        here = np.where(link >= 0, compiled.export_office.take(np.maximum(link, 0)), -1)
        due = compiled.due_from(Stage.OUTWARD_IN, here, items.destination, ready)
        better = due < best
        best = np.where(better, due, best)
        office = np.where(better, here, office)
        leaves = np.where(better, compiled.closing.at(here, ready), leaves)
    scanned = items.replayed.present[:, Checkpoint.OUTWARD_IN]
    here = items.milestones.office[:, Checkpoint.OUTWARD_IN]
    office = np.where(scanned, here, office)
    leaves = np.where(
        scanned, compiled.closing.at(office, at[:, Checkpoint.OUTWARD_IN]), leaves
    )  # fmt: skip
    return office, np.where(leaves < NEVER, leaves, UNKNOWN)


def _flight(
    compiled: CompiledNetwork, items: Journeys, office: Ints, leaves: Ints
) -> tuple[Ints, Ints]:
    """(last moment, itinerary) of the flight that the dispatch catches, to the inward office from
    which the item is due first."""
    count, table = len(office), compiled.transport
    latest = np.full(count, UNKNOWN, dtype=np.int64)
    itinerary = np.full(count, -1, dtype=np.int64)
    best, landed = np.full(count, NO_DUE, dtype=np.int64), np.full(count, NEVER, dtype=np.int64)
    if not len(table.done):
        return latest, itinerary
    for inward in range(len(compiled.offices)):
        serves = (compiled.import_of[inward, items.destination] >= 0) & (office >= 0)
        pair = np.where(serves, compiled.pair_of[np.maximum(office, 0), inward], -1)
        slot = table.slot(pair, np.where(leaves == UNKNOWN, NEVER, leaves))
        done = np.where(slot >= 0, table.done[slot], NEVER)
        due = compiled.due_from(Stage.INWARD_IN, inward, items.destination, done)
        better = (due < best) | ((due == best) & (due < NO_DUE) & (done < landed))
        best, landed = np.where(better, due, best), np.where(better, done, landed)
        latest = np.where(better, table.ready_at(slot), latest)
        itinerary = np.where(better, table.tag[slot], itinerary)
    return latest, itinerary
