"""Declared force majeure: what a case took from the due date, and no more (req 26).

A case excuses a step when holder, place and leg of the step are in its scope and it fell into the
time between the two scans. If the item was still on its standard way when the case began, it is
asked what the due date was before; if it should have arrived by then, what it was when the case
began. Either way it is asked again for the moment at which the case, or the step, ended. The
difference is excused, once for cases that overlap. Which items a case can excuse at all, and from
when on, its limits and the terms of the side say (`case_rules`).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.case_rules import Asked, CaseTerms, counts_from
from datecertain.verdict.outcomes import Checkpoint, Leg
from datecertain.verdict.replay import Holders, Milestones, Replay, counting, stage_of


@dataclass(frozen=True, slots=True)
class Custody:
    """Who the items belong to: posts and areas as indices of the network; and what was asked for,
    where it is known."""

    origin: Ints
    destination: Ints
    from_area: Ints
    area: Ints
    asked: Asked | None = None

    def rows(self, index: Ints) -> Custody:
        """A copy of some items' rows."""
        asked = None if self.asked is None else self.asked.rows(index)
        return Custody(
            self.origin[index], self.destination[index], self.from_area[index], self.area[index],
            asked,
        )  # fmt: skip


def declared_days(
    network: Network, custody: Custody, replayed: Replay, held: Holders, lying: Lying,
    cases: Sequence[ForceMajeureCase], terms: CaseTerms | None = None,
) -> Ints:  # fmt: skip
    """[n, 9] delivery days that the cases took from each step, never negative; `terms`: what the
    side says of cases, without them each counts that came in time."""
    found = np.zeros(replayed.at.shape, dtype=np.int64)
    if not cases:
        return found
    before = np.maximum(replayed.previous, 0)
    since = np.take_along_axis(replayed.at, before, axis=1)
    counted = np.take_along_axis(replayed.due, before, axis=1)
    covered = since.copy()
    counted_from = [
        counts_from(network, custody.origin, custody.destination, custody.asked, terms, case)
        for case in cases
    ]
    for case, (counts, since_when) in _by_beginning(cases, counted_from):
        begin = np.maximum(covered, since_when[:, None])
        end = np.minimum(replayed.at, case.to_at)
        inside = _in_scope(network, custody, replayed, held, case) & (begin < end)
        inside = inside & counts[:, None]
        rows, columns = np.nonzero(inside)
        if not len(rows):
            continue
        begin, end = begin[rows, columns], end[rows, columns]
        first, last = lying.moved(
            rows, columns, since[rows, columns], begin, end, counted[rows, columns]
        )
        usable = last > first
        covered[rows, columns] = end
        rows, columns, first, last = rows[usable], columns[usable], first[usable], last[usable]
        found[rows, columns] += network.compiled.delivery_days.between(
            custody.area[rows], first, last
        )
        counted[rows, columns] = last
    return found


def _by_beginning(
    cases: Sequence[ForceMajeureCase], counted_from: Sequence[tuple[Mask, Ints]]
) -> list[tuple[ForceMajeureCase, tuple[Mask, Ints]]]:
    """The cases in order of the moment from which they can excuse, which a late notice moves."""

    def beginning(pair: tuple[ForceMajeureCase, tuple[Mask, Ints]]) -> tuple[int, str, str]:
        case = pair[0]
        first = max(case.from_at, case.known_from) if case.late else case.from_at
        return first, case.case_id, case.office

    return sorted(zip(cases, counted_from, strict=True), key=beginning)


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
    if case.area:
        inside = inside & _in_areas(network, custody, replayed, held, case)
    return np.asarray(inside, dtype=bool)


def _in_areas(
    network: Network, custody: Custody, replayed: Replay, held: Holders, case: ForceMajeureCase
) -> Mask:
    """Steps that lie in a region: on the way from a customer of it to the outward office, and on
    the way to one after the inward office. What lies in an office of exchange is not in it."""
    areas = [network.areas.get(area, -2) for area in case.area.split()]
    posted = (held.leg == Leg.EXPORT) & (replayed.previous == Checkpoint.ACCEPTED)
    posted = posted & np.isin(custody.from_area, areas)[:, None]
    delivered = (held.leg == Leg.DELIVERY) & np.isin(custody.area, areas)[:, None]
    return np.asarray(posted | delivered, dtype=bool)


class Lying:
    """What the network says of an item that lies at the checkpoint before a step."""

    def __init__(
        self, network: Network, custody: Custody, replayed: Replay, milestones: Milestones
    ) -> None:
        self.compiled = network.compiled
        self.custody = custody
        self.replayed = replayed
        self.customs_stage = stage_of(Checkpoint.CUSTOMS_IN, milestones)
        never = np.full(len(replayed.at), UNKNOWN)
        self.counts_from = counting(Checkpoint.INWARD_IN, milestones, never)

    def rows(self, index: Ints) -> Lying:
        """The same of some of the items."""
        some = copy(self)
        some.custody, some.replayed = self.custody.rows(index), self.replayed.rows(index)
        some.customs_stage = self.customs_stage[index]
        some.counts_from = self.counts_from[index]
        return some

    def moved(
        self, rows: Ints, columns: Ints, since: Ints, begin: Ints, end: Ints, counted: Ints
    ) -> tuple[Ints, Ints]:
        """(the due day when a stay began, when it ended) of an item that lay at the checkpoint
        before a step from `begin` to `end`; equal where it moved nothing or nothing is known.
        `since`: when it came there; `counted`: the due day that is counted already."""
        first = self.due_when(rows, columns, since, begin, counted)
        last = self.due(rows, columns, end)
        usable = (first < NO_DUE) & (last < NO_DUE) & (last > first)
        return first, np.where(usable, last, first)

    def due_when(self, rows: Ints, columns: Ints, since: Ints, begin: Ints, counted: Ints) -> Ints:
        """The due day when a stay began at `begin`: as before while it was on its standard way."""
        on_its_way = begin <= self.arrival(rows, columns, since)
        return np.maximum(np.where(on_its_way, 0, self.due(rows, columns, begin)), counted)

    def due(self, rows: Ints, columns: Ints, moment: Ints) -> Ints:
        """The due day if it still lay there at that moment."""
        before = self.replayed.previous[rows, columns]
        stage = np.where(before == Checkpoint.CUSTOMS_IN, self.customs_stage[rows], before)
        area = self.custody.area[rows]
        handed_over = before == Checkpoint.INWARD_IN
        moment = np.where(handed_over, np.maximum(moment, self.counts_from[rows]), moment)
        due = self.compiled.due_from(stage, self.replayed.office[rows, before], area, moment)
        accepted = before == Checkpoint.ACCEPTED
        due[accepted] = self.compiled.due_at_acceptance(
            self.custody.from_area[rows[accepted]], area[accepted], moment[accepted]
        )
        return due

    def arrival(self, rows: Ints, columns: Ints, since: Ints) -> Ints:
        """When the standard way from there reaches the step's checkpoint; NEVER when unknown."""
        compiled = self.compiled
        before = self.replayed.previous[rows, columns]
        outward = self._office(rows, before, Checkpoint.OUTWARD_IN, Checkpoint.OUTWARD_OUT)
        inward = self._office(rows, before, Checkpoint.INWARD_IN, Checkpoint.INWARD_OUT)
        area, from_area = self.custody.area[rows], self.custody.from_area[rows]
        link = np.full(len(rows), -1, dtype=np.int64)
        for k in range(compiled.export_of.shape[1]):
            candidate = compiled.export_of[from_area, k]
            leads = compiled.export_office[np.maximum(candidate, 0)] == outward
            link = np.where((candidate >= 0) & leads, candidate, link)
        pair = np.where(
            (outward >= 0) & (inward >= 0),
            compiled.pair_of[np.maximum(outward, 0), np.maximum(inward, 0)], -1,
        )  # fmt: skip
        inland = np.where(inward >= 0, compiled.import_of[np.maximum(inward, 0), area], -1)
        stages = (
            (compiled.export, link), (compiled.closing, outward), (compiled.transport, pair),
            (compiled.presentation, inward), (compiled.customs, inward),
            (compiled.forwarding, inward), (compiled.inland, inland), (compiled.delivery, area),
        )  # fmt: skip
        moment = since.copy()
        for stage, (table, key) in enumerate(stages):
            here = (before <= stage) & (stage < columns)
            moment[here] = table.at(key[here], moment[here])
        return np.minimum(moment, NEVER)

    def _office(self, rows: Ints, before: Ints, first: Checkpoint, last: Checkpoint) -> Ints:
        """The first office that the scans of some checkpoints name from the one before a step on,
        for the way goes on from where the item is; -1 when none of them is there."""
        office = np.full(len(rows), -1, dtype=np.int64)
        for checkpoint in range(last, first - 1, -1):
            named = self.replayed.office[rows, checkpoint]
            here = self.replayed.present[rows, checkpoint] & (checkpoint >= before) & (named >= 0)
            office = np.where(here, named, office)
        return office
