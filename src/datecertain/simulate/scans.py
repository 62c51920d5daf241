"""What the posts stamp on the way of the items: the scans, before any of them is sent.

A stamp states local wall-clock time at its place, as real messages do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.moments import NEVER, Ints
from datecertain.network import Network, Scope
from datecertain.simulate.dispatches import dispatches_of
from datecertain.simulate.disturbances import STEPS, Attempt, Hold, Trips
from datecertain.simulate.movement import Movement
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import Postings

#: Event codes in the order of a journey.
CODES = (
    "EMA", "EMB", "EMC", "EMK", "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EDG", "EMH", "EDH",
    "EMI",
)  # fmt: skip
#: Retention reasons that stop no clock by any terms here: not a reason, and not in any list.
BAD_RETENTION = ("58", "64", "99")
#: Reasons of a failed attempt on the post's side; the UPU's numbers are not public.
POST_ATTEMPT = ("8", "9")
MEASURE = "A"
#: A stamp is pressed up to so many minutes after the fact.
_JITTER = 5


@dataclass(frozen=True, slots=True)
class Stamps:
    """One row an event told to one partner. Places are offices, then areas; -1: not stated."""

    item: Ints
    code: Ints  # index into CODES
    at: Ints  # moment
    place: Ints
    next_place: Ints
    reason: Ints  # index into the sheet's reasons
    dispatch: Ints  # index into the sheet's dispatches
    sender: Ints  # post
    recipient: Ints

    def take(self, rows: Ints) -> Stamps:
        """Some of the rows."""
        return Stamps(*(getattr(self, f.name)[rows] for f in dataclasses.fields(self)))


@dataclass(frozen=True, slots=True)
class StampSheet:
    """All stamps of a simulation, with the lists they refer to."""

    stamps: Stamps
    reasons: tuple[str, ...]
    dispatches: pa.Array
    stamped_late: Ints  # [item]: bit k is set where the stamp of CODES[k] was pressed too late


def stamp_items(
    network: Network, items: Postings, trips: Trips, moved: Movement, plan: SimulationPlan
) -> StampSheet:
    """Everything that could be told, up to the plan's closing moment and beyond."""
    desk = _Desk(network, items, trips, moved, plan)
    desk.origin()
    desk.carriage()
    desk.customs()
    desk.destination()
    return StampSheet(_joined(desk.parts), desk.reasons, desk.dispatches.names, desk.stamped_late)


def _joined(parts: list[Stamps]) -> Stamps:
    names = [entry.name for entry in dataclasses.fields(Stamps)]
    return Stamps(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _reasons(network: Network) -> tuple[str, ...]:
    """Every reason code that can occur in the scans."""
    known = {*BAD_RETENTION, *POST_ATTEMPT}
    for row in network.data.terms:
        if row.term in ("retention_reasons", "attempt_reasons"):
            known.update(row.value.split())
    return tuple(sorted(known, key=lambda code: (len(code), code)))


class _Desk:
    def __init__(
        self, network: Network, items: Postings, trips: Trips, moved: Movement,
        plan: SimulationPlan,
    ) -> None:  # fmt: skip
        self.network, self.items, self.trips, self.moved = network, items, trips, moved
        self.plan, self.rng = plan, plan.stream("scans")
        self.count = len(items)
        self.everyone = np.arange(self.count, dtype=np.int64)
        self.parts: list[Stamps] = []
        self.stamped_late = np.zeros(self.count, dtype=np.int64)
        self.dispatches = dispatches_of(network.compiled, trips, moved, plan.first_dispatch)
        posts = [post.post for post in network.data.posts]
        self.post_of_office = np.array([posts.index(o.post) for o in network.data.offices])
        self.reasons = _reasons(network)
        jitter = self.rng.integers(0, _JITTER, (STEPS + 1, self.count))
        # A stamp pressed late never makes an item that was in time look late.
        in_time = moved.reached[1:] <= moved.standard
        jitter[1:] = np.where(in_time, np.minimum(jitter[1:], moved.spare[1:]), jitter[1:])
        jitter[[0, STEPS]] = 0
        self.stamps = np.where(moved.reached < NEVER, moved.reached + jitter, NEVER)
        self._stamp_late()

    def _add(
        self, code: str, rows: Ints, at: Ints, place: Ints, sender: Ints, recipient: Ints,
        next_place: Ints | int = -1, reason: Ints | int = -1, dispatch: Ints | int = -1,
    ) -> None:  # fmt: skip
        """Events of some rows, one each, where they came to pass."""
        same = np.ones(len(rows), dtype=np.int64)
        part = Stamps(
            rows, same * CODES.index(code), at, place, same * next_place, same * reason,
            same * dispatch, sender, recipient,
        )  # fmt: skip
        self.parts.append(part.take(np.flatnonzero(at < NEVER)))

    def _stamp_late(self) -> None:
        """A departure stamped after the arrival: EMC after EMD, or EMF after EMG."""
        struck = np.flatnonzero(self.rng.random(self.count) < self.plan.chances.stamped_late)
        code = np.where(self.rng.random(len(struck)) < 0.5, 2, 6)
        later = self.stamps[code + 1, struck] + self.rng.integers(10, 600, len(struck))
        use = self.stamps[code + 1, struck] < NEVER
        rows, code, later = struck[use], code[use], later[use]
        self.stamps[code, rows] = later
        bit = np.where(code == 2, 1 << CODES.index("EMC"), 1 << CODES.index("EMF"))
        self.stamped_late[rows] |= bit

    def _area(self, area: Ints) -> Ints:
        return len(self.network.data.offices) + area

    def origin(self) -> None:
        """Acceptance and the outward office, told by the origin post."""
        items, trips = self.items, self.trips
        sides = (items.origin, items.destination)
        everyone, stamps = self.everyone, self.stamps
        self._add("EMA", everyone, stamps[0], self._area(items.origin_area), *sides)
        self._add("EMB", everyone, stamps[1], trips.outward, *sides)
        target = np.where(trips.wrong_office >= 0, trips.wrong_office, trips.inward)
        self._add(
            "EMC", everyone, stamps[2], trips.outward, *sides, target, -1, self.dispatches.first
        )

    def carriage(self) -> None:
        """Arrival at the inward office; a missent item is told by the post that got it, to the
        sender and to the destination."""
        items, trips, moved = self.items, self.trips, self.moved
        onward = np.where(trips.wrong_office >= 0, self.dispatches.onward, self.dispatches.first)
        self._add(
            "EMD", self.everyone, self.stamps[3], trips.inward, items.destination, items.origin,
            -1, -1, onward,
        )  # fmt: skip
        rows = np.flatnonzero(moved.wrong_in < NEVER)
        wrong = trips.wrong_office[rows]
        holder = self.post_of_office[wrong]
        for told in (items.origin[rows], items.destination[rows]):
            self._add(
                "EMD", rows, moved.wrong_in[rows], wrong, holder, told,
                -1, -1, self.dispatches.first[rows],
            )  # fmt: skip
            self._add(
                "EMK", rows, moved.wrong_out[rows], wrong, holder, told,
                trips.inward[rows], -1, self.dispatches.onward[rows],
            )  # fmt: skip

    def customs(self) -> None:
        """Customs and leaving the inward office; an unclosed hold has neither EDC nor EMF."""
        items, trips = self.items, self.trips
        sides = (items.destination, items.origin)
        self._add("EDB", self.everyone, self.stamps[4], trips.inward, *sides)
        held = np.flatnonzero(self.moved.held_at < NEVER)
        self._add(
            "EME", held, self.moved.held_at[held], trips.inward[held], sides[0][held],
            sides[1][held], -1, self._retention(held),
        )  # fmt: skip
        told = np.flatnonzero((trips.hold != Hold.UNCLOSED) | (self.moved.held_at >= NEVER))
        for code, checkpoint in (("EDC", 5), ("EMF", 6)):
            self._add(
                code, told, self.stamps[checkpoint, told], trips.inward[told],
                sides[0][told], sides[1][told],
            )  # fmt: skip

    def destination(self) -> None:
        """Delivery, told with the area as the place so that its clock is known."""
        items, moved = self.items, self.moved
        sides = (items.destination, items.origin)
        area = self._area(self.trips.area)
        self._add("EMG", self.everyone, self.stamps[7], area, *sides)
        self._add("EDG", self.everyone, moved.out_at, area, *sides)
        for number in range(2):
            rows = np.flatnonzero(moved.attempts[number] < NEVER)
            self._add(
                "EMH", rows, moved.attempts[number, rows], area[rows], sides[0][rows],
                sides[1][rows], -1, self._attempt_reason(rows),
            )  # fmt: skip
        self._add("EDH", self.everyone, moved.at_pickup, area, *sides)
        self._add("EMI", self.everyone, self.stamps[STEPS], area, *sides)

    def _choose(self, lists: list[tuple[str, ...]]) -> Ints:
        """One reason of each list, as an index into `reasons`; -1 for an empty list."""
        known = {name: number for number, name in enumerate(self.reasons)}
        shares = self.rng.random(len(lists))
        chosen = [
            known[entry[int(share * len(entry))]] if entry else -1
            for entry, share in zip(lists, shares.tolist(), strict=True)
        ]
        return np.array(chosen, dtype=np.int64)

    def _term(self, term: str, rows: Ints) -> list[tuple[str, ...]]:
        """The reasons that the pair's agreement lets count, for each row's lane and day."""
        posts = [post.post for post in self.network.data.posts]
        found = []
        for row in rows.tolist():
            origin, destination = int(self.items.origin[row]), int(self.items.destination[row])
            value = self.network.terms.value(
                Scope.RELATION, term, posts[origin], posts[destination], int(self.items.day[row])
            )
            found.append(tuple(sorted(value, key=lambda code: (len(code), code))))
        return found

    def _retention(self, rows: Ints) -> Ints:
        valid = self._term("retention_reasons", rows)
        for place, kind in enumerate(self.trips.hold[rows].tolist()):
            if kind == Hold.NO_REASON:
                valid[place] = ()
            elif kind == Hold.BAD_REASON:
                valid[place] = tuple(c for c in BAD_RETENTION if c not in valid[place])
        return self._choose(valid)

    def _attempt_reason(self, rows: Ints) -> Ints:
        valid = self._term("attempt_reasons", rows)
        for place, kind in enumerate(self.trips.attempt[rows].tolist()):
            if kind == Attempt.NO_REASON:
                valid[place] = ()
            elif kind == Attempt.POST:
                valid[place] = tuple(c for c in POST_ATTEMPT if c not in valid[place])
        return self._choose(valid)
