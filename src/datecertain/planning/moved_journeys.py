"""Journeys as they would have gone under another network (req 65).

Custody by custody, in the order of the scans: the plan before says when an item that was ready at a
moment should have been done; what it really took over that (or won) is its own. The plan after is
asked from where the replayed item arrives, and the item takes the same over it.
`docs/explanation/replays.md` says what that means and what it cannot know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network
from datecertain.network.compiling import CompiledNetwork
from datecertain.network.steps import StepTable
from datecertain.verdict.later_holds import LaterHolds
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones, credible, local_days

_SPAN = 26  # bits of a moment beside a key, as in `network.steps`


@dataclass(frozen=True, slots=True)
class Places:
    """Where each item was, by the numbers of one network; -1 where it is not known."""

    origin: Ints  # [n] areas
    destination: Ints
    outward_in: Ints  # [n] offices
    outward_out: Ints
    inward: Ints


@dataclass(frozen=True, slots=True)
class Moved:
    """The milestones as they would have been, and of which items any is another. `unplanned`: of
    which a custody has no plan under one of the networks; it took as long as it did."""

    milestones: Milestones
    moved: Mask
    unplanned: Mask
    first: Ints  # [n] the checkpoint to which it first came at another time; -1
    shift: Ints  # [n] minutes by which it came to the addressee later (negative: earlier)


def moved_journeys(
    before: Network, after: Network, areas: tuple[Ints, Ints], milestones: Milestones
) -> Moved:
    """Move journeys from one network to another. `areas`: of origin and destination, by the numbers
    of `before`; offices in the answer have those of `after`. Under the same network nothing moves;
    under one that is nowhere later nothing moves to later."""
    at = milestones.at
    final = _final(milestones)
    present = credible(at, final)
    known = np.concatenate([at, final[:, None]], axis=1)
    first = _places(areas, milestones, present)
    second = _renamed(first, before, after)
    walk = _Walk.begin(known[:, Checkpoint.ACCEPTED])
    new = np.where(present, known, UNKNOWN)
    for stage in range(1, len(Checkpoint)):
        new[:, stage] = walk.step(
            _plan(before.compiled, first, stage), _plan(after.compiled, second, stage),
            known[:, stage], present[:, stage], _counting(milestones, stage),
        )  # fmt: skip
    other = new != np.where(present, known, UNKNOWN)
    moved = np.asarray(other.any(axis=1), dtype=bool)
    shift = np.where(present[:, -1], new[:, -1] - known[:, -1], 0)
    replayed = _applied(milestones, known, new, present, moved)
    return Moved(
        _offices(replayed, renumbered(before.offices, after.offices)), moved, walk.unplanned,
        np.where(moved, other.argmax(axis=1), -1), shift,
    )  # fmt: skip


def _offices(milestones: Milestones, number: Ints) -> Milestones:
    """The offices by the numbers of another network."""
    if np.array_equal(number[:-1], np.arange(len(number) - 1)):
        return milestones
    return replace(milestones, office=number[milestones.office])


@dataclass(slots=True)
class _Walk:
    """Where the items are: really, by the plan before; and replayed, by the plan after."""

    was: Ints  # the moment from which the plan is asked
    now: Ints
    last_was: Ints  # the last scan
    last_now: Ints
    unplanned: Mask

    @classmethod
    def begin(cls, accepted: Ints) -> _Walk:
        """At the acceptance, which no network moves."""
        return cls(
            accepted.copy(), accepted.copy(), accepted.copy(), accepted.copy(),
            np.zeros(len(accepted), dtype=bool),
        )  # fmt: skip

    def step(
        self, before: _Planned, after: _Planned, at: Ints, present: Mask, counts: Ints | None
    ) -> Ints:
        """Go on by one checkpoint; the moment at which the items come to it, UNKNOWN without a
        scan there. `counts`: from when a handover counts, where that is another moment."""
        rows = np.arange(len(at))
        if before.same(after):  # only those that come at another time come through otherwise
            planned = before.done(rows, self.was)
            other = planned.copy()
            some = np.flatnonzero(self.now != self.was)
            other[some] = after.done(some, self.now[some])
        else:
            planned, other = before.done(rows, self.was), after.done(rows, self.now)
        there = np.flatnonzero(present)
        result = np.full(len(at), UNKNOWN, dtype=np.int64)
        result[there] = self._arrive(before, after, there, at[there], planned, other)
        self.was, self.now = planned, other
        self.last_was[there], self.last_now[there] = at[there], result[there]
        self.was[there], self.now[there] = at[there], result[there]
        if counts is not None:
            late = there[counts[there] > at[there]]
            self.was[late] = counts[late]
            self.now[late] = result[late] + counts[late] - at[late]
        return result

    def _arrive(
        self, before: _Planned, after: _Planned, rows: Ints, at: Ints, planned: Ints, other: Ints
    ) -> Ints:
        first, second = planned[rows], other[rows]
        last_was, last_now = self.last_was[rows], self.last_now[rows]
        result = last_now + at - last_was  # without a plan it takes as long as it took
        known: Mask = np.asarray((first < NEVER) & (second < NEVER), dtype=bool)
        self.unplanned[rows[~known]] = True
        # The same round may have another one after it that was missed.
        equal = known & (first == second)
        if after.area is not None and not before.same(after):
            equal = np.zeros(len(rows), dtype=bool)
        result[equal] = at[equal]
        some = np.flatnonzero(known & ~equal)
        if len(some):
            result[some] = after.same_delay(before, rows[some], at[some], first[some], second[some])
        return np.asarray(np.maximum(result, last_now), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Planned:
    """The plan of one custody: a function per item, -1 where the network has none. `area`: of the
    addressee, where days of delivery decide (the last custody)."""

    compiled: CompiledNetwork
    table: StepTable
    key: Ints
    area: Ints | None = None

    def same(self, other: _Planned) -> bool:
        """Whether both say the same of every item."""
        if self.compiled is other.compiled:
            return True
        one, two = self.table, other.table
        return (
            len(one.words) == len(two.words)
            and np.array_equal(self.key, other.key)
            and np.array_equal(one.start, two.start)
            and np.array_equal(one.words, two.words)
            and np.array_equal(one.done, two.done)
        )

    def done(self, rows: Ints, ready: Ints) -> Ints:
        """When each should be done that is ready at a moment; NEVER: no plan."""
        return self.table.at(self.key[rows], ready)

    def same_delay(self, before: _Planned, rows: Ints, at: Ints, first: Ints, second: Ints) -> Ints:
        """The moment that is as far from the plan after (`second`) as `at` is from the plan
        before (`first`)."""
        if self.area is not None and before.area is not None:
            return self._same_rounds(before, rows, at, first, second)
        moment = second + at - first
        early = np.flatnonzero(at < first)
        if len(early):  # it went by an earlier slot than planned: that one has not come nearer
            keys = before.key[rows[early]]
            ahead = at[early] - _slot_done(before.table, keys, at[early])
            least = np.minimum(at[early], second[early] + ahead)
            moment[early] = np.maximum(moment[early], least)
        return moment

    def _same_rounds(
        self, before: _Planned, rows: Ints, at: Ints, first: Ints, second: Ints
    ) -> Ints:
        """As many delivery days after the planned round, at the same time of the day."""
        assert self.area is not None
        assert before.area is not None
        was, now = before.area[rows], self.area[rows]
        day = local_days(before.compiled, was, at)
        planned = local_days(before.compiled, was, first - 1)
        other = local_days(self.compiled, now, second - 1)
        missed = before.compiled.delivery_days.between(was, planned, day)
        reached = before.compiled.delivery_days.add(was, planned, missed)
        new = self.compiled.delivery_days.add(now, other, missed)
        known = (reached <= day) & (new < NO_DUE)  # not before the calendars begin
        known &= (missed >= 0) | (new <= other)
        target = np.where(known, new + day - reached, day + other - planned)
        moment = at + (target - day) * DAY
        early = missed < 0  # it went by an earlier round than planned: that one has not come nearer
        least = np.minimum(at, at + (other - day) * DAY)
        return np.where(early, np.maximum(moment, least), moment)


def _slot_done(table: StepTable, keys: Ints, at: Ints) -> Ints:
    """When the first slot is done that is not done before a moment: the one that was taken."""
    words = (table.keys << _SPAN) + table.done
    index = np.searchsorted(words, (keys << _SPAN) + at, side="left")
    return np.asarray(table.done.take(index, mode="clip"), dtype=np.int64)


def _places(areas: tuple[Ints, Ints], milestones: Milestones, present: Mask) -> Places:
    """Where the items were by their credible scans."""
    office = np.where(present[:, :-1], milestones.office, -1)
    outward = _first_known(office, (Checkpoint.OUTWARD_OUT, Checkpoint.OUTWARD_IN))
    inward = _first_known(
        office, (Checkpoint.INWARD_IN, Checkpoint.CUSTOMS_IN, Checkpoint.CUSTOMS_OUT,
                 Checkpoint.INWARD_OUT),
    )  # fmt: skip
    into = office[:, Checkpoint.OUTWARD_IN]
    return Places(*areas, np.where(into >= 0, into, outward), outward, inward)


def _first_known(office: Ints, columns: tuple[Checkpoint, ...]) -> Ints:
    found = np.full(len(office), -1, dtype=np.int64)
    for column in columns:
        found = np.where(found < 0, office[:, column], found)
    return found


def renumbered(names: Mapping[str, int], others: Mapping[str, int]) -> Ints:
    """Number in one list of names → number in another; the last entry is for -1."""
    return np.array([*(others.get(name, -1) for name in names), -1], dtype=np.int64)


def _renamed(places: Places, before: Network, after: Network) -> Places:
    """The same places by the numbers of another network."""
    areas, offices = (
        renumbered(before.areas, after.areas), renumbered(before.offices, after.offices)
    )  # fmt: skip
    return Places(
        areas[places.origin], areas[places.destination], offices[places.outward_in],
        offices[places.outward_out], offices[places.inward],
    )  # fmt: skip


def _plan(compiled: CompiledNetwork, places: Places, stage: int) -> _Planned:
    """The plan of the custody that ends at a checkpoint."""
    out, inward, area = places.outward_out, places.inward, places.destination
    if stage == Checkpoint.OUTWARD_IN:
        return _Planned(compiled, compiled.export, _export_links(compiled, places))
    if stage == Checkpoint.OUTWARD_OUT:
        return _Planned(compiled, compiled.closing, places.outward_in)
    if stage == Checkpoint.INWARD_IN:
        pair = np.where((out >= 0) & (inward >= 0), compiled.pair_of[out, inward], -1)
        return _Planned(compiled, compiled.transport, pair)
    table = {
        Checkpoint.CUSTOMS_IN: compiled.presentation, Checkpoint.CUSTOMS_OUT: compiled.customs,
        Checkpoint.INWARD_OUT: compiled.forwarding,
    }.get(Checkpoint(stage))  # fmt: skip
    if table is not None:
        return _Planned(compiled, table, inward)
    if stage == Checkpoint.DELIVERY_OFFICE:
        link = np.where((inward >= 0) & (area >= 0), compiled.import_of[inward, area], -1)
        return _Planned(compiled, compiled.inland, link)
    return _Planned(compiled, compiled.delivery, area, area)


def _export_links(compiled: CompiledNetwork, places: Places) -> Ints:
    """The export link of each item: from its area to the office that it went to."""
    links = compiled.export_of[places.origin]
    office = np.where(links >= 0, compiled.export_office[links], -2)
    match = office == places.outward_in[:, None]
    found = np.take_along_axis(links, match.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(match.any(axis=1) & (places.origin >= 0), found, -1)


def _counting(milestones: Milestones, stage: int) -> Ints | None:
    return milestones.counts_from if stage == Checkpoint.INWARD_IN else None


def _final(milestones: Milestones) -> Ints:
    """When the item first came to the addressee, or was tried to: the earliest of what may stop a
    clock at the delivery; UNKNOWN."""
    read = milestones.reasoned
    columns = [milestones.delivered, milestones.pickup,
               *read.attempted.T, *read.notified.T]  # fmt: skip
    accepted = milestones.at[:, Checkpoint.ACCEPTED]
    first = np.full(len(accepted), NEVER, dtype=np.int64)
    for column in columns:
        first = np.where((column != UNKNOWN) & (column >= accepted) & (column < first), column,
                         first)  # fmt: skip
    return np.where(first < NEVER, first, UNKNOWN)


def _applied(
    milestones: Milestones, known: Ints, new: Ints, present: Mask, moved: Mask
) -> Milestones:
    """The milestones with what moved; other moments go with the custody in which they lie."""
    index = np.flatnonzero(moved)
    if not len(index):
        return milestones
    shift = _Shift(known[index], new[index], present[index])
    columns = {}
    for name in ("retained_any", "export_released", "pickup", "delivered", "last_scan"):
        columns[name] = _put(getattr(milestones, name), index, shift)
    at = milestones.at.copy()
    held = milestones.retained_any == at[:, Checkpoint.CUSTOMS_IN]
    for stage in range(at.shape[1]):
        at[:, stage] = np.where(present[:, stage], new[:, stage], _put(at[:, stage], index, shift))
    kept = columns["retained_any"]  # what was shown to customs by its hold still is
    columns["retained_any"] = np.where(held, at[:, Checkpoint.CUSTOMS_IN], kept)
    read = milestones.reasoned
    moments = ("retained_valid", "export_held", "attempted", "notified", "clipped_from",
               "authority")  # fmt: skip
    reasoned = replace(read, **{
        name: np.stack([_put(side, index, shift) for side in getattr(read, name).T], axis=1)
        for name in moments
    })  # fmt: skip
    counts = milestones.counts_from
    if counts is not None:
        by = np.zeros(len(at), dtype=np.int64)
        its = present[:, Checkpoint.INWARD_IN]
        by[its] = (new - known)[its, Checkpoint.INWARD_IN]
        counts = np.where(counts == UNKNOWN, UNKNOWN, counts + by)
    later = _later(milestones.later, index, shift)
    return replace(milestones, at=at, reasoned=reasoned, counts_from=counts, later=later, **columns)


def _later(later: LaterHolds, index: Ints, shift: _Shift) -> LaterHolds:
    """Later holds of customs go with the custody in which they lie."""
    if not len(later):
        return later
    place = np.minimum(np.searchsorted(index, later.item), len(index) - 1)
    mine = np.flatnonzero(index[place] == later.item)
    columns: dict[str, Ints] = {}
    for name in ("kept", "valid", "released", "left"):
        column = getattr(later, name).copy()
        sides = column if column.ndim == 2 else column[:, None]
        for side in range(sides.shape[1]):
            sides[mine, side] = shift.of(place[mine], sides[mine, side])
        columns[name] = column
    return replace(later, **columns)


@dataclass(frozen=True, slots=True)
class _Shift:
    """Where moments go: with the last checkpoint before them, not past the next one."""

    known: Ints
    new: Ints
    present: Mask

    def of(self, rows: Ints, moments: Ints) -> Ints:
        """The new moment of each, by the row of its item; UNKNOWN and NEVER stay."""
        known, new = self.known[rows], self.new[rows]
        passed = self.present[rows] & (known <= moments[:, None])
        count = known.shape[1]
        last = np.where(passed, np.arange(count), -1).max(axis=1)
        ahead = self.present[rows] & (known > moments[:, None])
        following = np.where(ahead, np.arange(count), count).min(axis=1)
        every = np.arange(len(rows))
        by = np.where(last >= 0, new[every, last] - known[every, last], 0)
        cap = np.where(following < count, new[every, np.minimum(following, count - 1)], NEVER)
        there = (moments != UNKNOWN) & (moments < NEVER)
        return np.where(there, np.minimum(moments + by, cap), moments)


def _put(column: Ints, index: Ints, shift: _Shift) -> Ints:
    moved = column.copy()
    moved[index] = shift.of(np.arange(len(index)), column[index])
    return moved
