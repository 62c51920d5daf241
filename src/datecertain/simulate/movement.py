"""How the items really move: the network's own step functions, walked forward in true time with
what was drawn for each item. Vectorised: one pass over the stages moves every item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import DAY, NEVER, Ints, Mask
from datecertain.network import CompiledNetwork
from datecertain.network.steps import StepTable
from datecertain.simulate.disturbances import STEPS, Step, Trips

_LONGEST_ROUND = 600  # minutes: a delivery round is at most the last ten hours before its end
_PATIENCE = 200  # slots looked through for one outside a closure


@dataclass(frozen=True, slots=True)
class Closure:
    """An office that does nothing, and whose airport no mail leaves or reaches, for a while."""

    office: int
    from_at: int
    to_at: int
    notice: int  # index into the simulation's notices, -1: none was published


@dataclass(frozen=True, slots=True)
class Movement:
    """True moments; NEVER where it never came to that. The last axis is the item."""

    reached: Ints  # [checkpoint 0…8, item]; 8 is the hand-over
    standard: Ints  # [step, item]: when the step was due, from when the item was ready for it
    spare: Ints  # [checkpoint, item]: minutes before that standard, at least 0
    stormed: Mask  # [step, item]: waited for a closure to end
    held_at: Ints  # kept by customs
    wrong_in: Ints  # a missent item at the wrong office
    wrong_out: Ints
    out_at: Ints  # out for delivery, the first time
    attempts: Ints  # [2, item]: failed attempts
    at_pickup: Ints  # laid up for the addressee
    closing_slot: Ints  # index of the dispatch closing in the compiled table, -1


def walk(
    compiled: CompiledNetwork,
    trips: Trips,
    closures: tuple[Closure, ...],
    holds: Mask | None = None,
) -> Movement:
    """Move every item. `holds`: which customs holds take place (None: all that were drawn)."""
    return _Walk(compiled, trips, closures, holds).movement()


class _Walk:
    def __init__(
        self, compiled: CompiledNetwork, trips: Trips, closures: tuple[Closure, ...],
        holds: Mask | None,
    ) -> None:  # fmt: skip
        self.compiled, self.trips, self.closures = compiled, trips, closures
        count = len(trips.area)
        self.hold_min = trips.hold_min if holds is None else np.where(holds, trips.hold_min, 0)
        self.reached = np.full((STEPS + 1, count), NEVER, dtype=np.int64)
        self.standard = np.full((STEPS, count), NEVER, dtype=np.int64)
        self.stormed = np.zeros((STEPS, count), dtype=bool)
        self.reached[0] = trips.accepted_at
        self.never = np.full(count, NEVER, dtype=np.int64)
        self.closing_slot = np.full(count, -1, dtype=np.int64)

    def movement(self) -> Movement:
        compiled, trips = self.compiled, self.trips
        inward, outward = trips.inward, trips.outward
        self._step(Step.EXPORT, compiled.export, trips.link)
        self._step(Step.CLOSING, compiled.closing, outward, outward)
        wrong_in, wrong_out = self._transport()
        self._step(Step.PRESENTATION, compiled.presentation, inward, inward)
        held_at = self._customs()
        self._step(Step.FORWARDING, compiled.forwarding, inward, inward)
        self._step(Step.INLAND, compiled.inland, compiled.import_of[inward, trips.area])
        out_at, attempts, at_pickup = self._delivery()
        spare = np.zeros_like(self.reached)
        spare[1:] = np.clip(self.standard - self.reached[1:], 0, DAY)
        return Movement(
            self.reached, self.standard, spare, self.stormed, held_at, wrong_in, wrong_out,
            out_at, attempts, at_pickup, self.closing_slot,
        )  # fmt: skip

    def _alive(self, step: Step) -> Mask:
        """Items that are still there at the end of the step."""
        return np.asarray(self.trips.lost_in > step, dtype=bool)

    def _slot(
        self, step: Step, table: StepTable, keys: Ints, ready: Ints, office: Ints | None
    ) -> Ints:
        """The slot an item takes: the first after it is ready and after those it misses."""
        slot = table.slot(keys, ready + np.where(ready < NEVER, self.trips.wait[step], 0))
        rolls = self.trips.rolls[step]
        for missed in range(1, int(rolls.max(initial=0)) + 1):
            rows = np.flatnonzero((rolls >= missed) & (slot >= 0))
            slot[rows] = table.slot(keys[rows], table.ready[slot[rows]] + 1)
        for closure in self.closures if office is not None and len(table.done) else ():
            rows = np.flatnonzero((office == closure.office) & (slot >= 0))
            busy = table.ready[slot[rows]] < closure.to_at
            rows = rows[busy & (table.done[slot[rows]] > closure.from_at)]
            slot[rows] = table.slot(keys[rows], np.full(len(rows), closure.to_at))
            self.stormed[step, rows] = True
        return slot

    def _finish(self, step: Step, table: StepTable, slot: Ints, ready: Ints) -> Ints:
        """When the step is really done: a little before the slot's end, or late."""
        if not len(table.done):
            return self.never.copy()
        end = table.done[np.maximum(slot, 0)]
        before = np.minimum(self.trips.early[step], np.maximum(end - ready, 0) // 2)
        slow = self.trips.slow[step]
        done = np.where(slow > 0, end + slow, end - before)
        return np.where((slot >= 0) & self._alive(step), done, NEVER)

    def _step(self, step: Step, table: StepTable, keys: Ints, office: Ints | None = None) -> None:
        ready = self.reached[step]
        self.standard[step] = table.at(keys, ready)
        slot = self._slot(step, table, keys, ready, office)
        self.reached[step + 1] = self._finish(step, table, slot, ready)
        if step is Step.CLOSING:
            self.closing_slot = slot

    def _transport(self) -> tuple[Ints, Ints]:
        """Carriage; a missent item goes to a wrong office first and is sent on from there."""
        compiled, trips = self.compiled, self.trips
        ready = self.reached[Step.TRANSPORT]
        table = compiled.transport
        keys = compiled.pair_of[trips.outward, trips.inward]
        self.standard[Step.TRANSPORT] = table.at(keys, ready)
        missent = trips.wrong_office >= 0
        first = np.where(missent, compiled.pair_of[trips.outward, trips.wrong_office], keys)
        slot = self._slot(Step.TRANSPORT, table, first, ready, None)
        target = np.where(missent, trips.wrong_office, trips.inward)
        slot = self._fly_around(table, first, slot, trips.outward, target)
        landed = self._finish(Step.TRANSPORT, table, slot, ready)
        wrong_in = np.where(missent, landed, NEVER)
        wrong_out = self.never.copy()
        rows = np.flatnonzero(missent & (landed < NEVER))
        wrong, right = trips.wrong_office[rows], trips.inward[rows]
        # Found on opening the bag some hours later, closed into the next dispatch to the right one.
        wrong_out[rows] = compiled.closing.at(wrong, landed[rows] + 180)
        on = compiled.transport.slot(compiled.pair_of[wrong, right], wrong_out[rows])
        landed[rows] = np.where(on >= 0, table.done[np.maximum(on, 0)] - 5, NEVER)
        self.reached[Step.TRANSPORT + 1] = landed
        return wrong_in, wrong_out

    def _fly_around(
        self, table: StepTable, keys: Ints, slot: Ints, outward: Ints, inward: Ints
    ) -> Ints:
        """Departures and landings in a closure do not take place: the next one that does."""
        offices = self.compiled.offices
        tender = np.array([row.tender_min for row in offices])
        recovery = np.array([row.recovery_min for row in offices])
        at = range(len(offices))
        for closure in self.closures:
            near = np.array([offices[i].airport == offices[closure.office].airport for i in at])
            for _ in range(_PATIENCE):
                known = np.maximum(slot, 0)
                leaves = table.ready[known] + tender[outward]
                lands = table.done[known] - recovery[inward]
                grounded = near[outward] & (leaves >= closure.from_at) & (leaves < closure.to_at)
                turned = near[inward] & (lands >= closure.from_at) & (lands < closure.to_at)
                rows = np.flatnonzero((grounded | turned) & (slot >= 0))
                if not len(rows):
                    break
                self.stormed[Step.TRANSPORT, rows] = True
                slot[rows] = table.slot(keys[rows], table.ready[slot[rows]] + 1)
        return slot

    def _customs(self) -> Ints:
        """Customs; an item that is kept is presented again when the hold ends."""
        inward, table = self.trips.inward, self.compiled.customs
        self._step(Step.CUSTOMS, table, inward, inward)
        through = self.reached[Step.CUSTOMS + 1]
        held = np.flatnonzero((self.hold_min > 0) & (through < NEVER))
        held_at = self.never.copy()
        held_at[held] = through[held]
        slot = table.slot(inward[held], through[held] + self.hold_min[held])
        self.reached[Step.CUSTOMS + 1, held] = np.where(
            slot >= 0, table.done[np.maximum(slot, 0)] - 5, NEVER
        )
        return held_at

    def _delivery(self) -> tuple[Ints, Ints, Ints]:
        """(out for delivery, failed attempts, laid up at a pick-up point)."""
        trips = self.trips
        ready = self.reached[Step.DELIVERY]
        area, table = trips.area, self.compiled.delivery
        self.standard[Step.DELIVERY] = table.at(area, ready)
        slot = self._slot(Step.DELIVERY, table, area, ready, None)
        out_at, moment = self._round(table, slot)
        attempts = np.full((2, len(area)), NEVER, dtype=np.int64)
        for number in range(2):
            rows = np.flatnonzero((trips.attempts_failed > number) & (moment < NEVER))
            attempts[number, rows] = moment[rows]
            again = np.full(len(area), -1, dtype=np.int64)
            again[rows] = table.slot(area[rows], moment[rows] + 1)
            # The next round of a later day: the addressee has to be told in between.
            soon = rows[again[rows] >= 0]
            soon = soon[table.done[again[soon]] - moment[soon] < DAY // 2]
            again[soon] = table.slot(area[soon], table.ready[again[soon]] + 1)
            moment[rows] = self._round(table, again)[1][rows]
        alive = self._alive(Step.DELIVERY)
        moment, attempts = np.where(alive, moment, NEVER), np.where(alive, attempts, NEVER)
        fetched = (trips.pickup_min > 0) & (moment < NEVER)
        at_pickup = np.where(fetched, moment, NEVER)
        self.reached[STEPS] = np.where(fetched, moment + trips.pickup_min, moment)
        return np.where(alive, out_at, NEVER), attempts, at_pickup

    def _round(self, table: StepTable, slot: Ints) -> tuple[Ints, Ints]:
        """(out for delivery, hand-over) within the round of a slot."""
        if not len(table.done):
            return self.never.copy(), self.never.copy()
        known = np.maximum(slot, 0)
        end = table.done[known] - 1
        start = np.maximum(table.ready[known], end - _LONGEST_ROUND)
        leaves = start + (self.trips.leave_share * np.minimum(end - start, 75)).astype(np.int64)
        hands = (
            leaves + 1 + (self.trips.hand_share * np.maximum(end - leaves - 1, 0)).astype(np.int64)
        )
        return np.where(slot >= 0, leaves, NEVER), np.where(slot >= 0, hands, NEVER)
