"""Late or not, excused or not, and where the days went: in the simulator's own plain way.

Everything here comes from true moments, not from scans. An item is late if its clock stopped
after the date promised; it is excused if the same draws, walked again without the valid customs
holds and the published closures, would have been in time. Where the days went is found by walking
forward to standard from each true checkpoint. Where an excusable delay only ate up the slack and
something else lost the day, or the other way round, the two ways of excusing differ: `plain` is
false, and a verdict that differs is no error.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, Ints, Mask
from datecertain.network import Closing, CompiledNetwork, CustomsPolicy, Network, Scope
from datecertain.simulate.disturbances import STEPS, Attempt, Hold, Step, Trips
from datecertain.simulate.movement import Closure, Movement, walk
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import Postings
from datecertain.simulate.routing import inward_choices, local_day, standard_onward
from datecertain.simulate.scans import CODES
from datecertain.simulate.transmission import ScanDefects
from datecertain.verdict.outcomes import Outcome

#: What an item can truly be; `undetermined` is a matter of scans.
OUTCOMES = (
    Outcome.NOT_GUARANTEED, Outcome.LOST, Outcome.PENDING, Outcome.ON_TIME,
    Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE,
)  # fmt: skip
#: The margin of the promise, then the steps of the journey.
DAYS = ("days_promise", *(f"days_{step.name.lower()}" for step in Step))


@dataclass(frozen=True, slots=True)
class SideTruth:
    """One row an item, towards one side: between the posts, or towards the sender (req 73)."""

    promised_on: Ints  # NEVER: nothing was promised
    stopped_at: Ints  # what stops the clock by the side's terms; NEVER: nothing did
    stopped_on: Ints  # local date
    outcome: Ints  # index into OUTCOMES
    days_late: Ints  # calendar days; NEVER for items in time
    plain: Mask  # taking the excused steps off the staircase gives the same outcome


@dataclass(frozen=True, slots=True)
class Lateness:
    """One row an item. `days` are calendar days at the destination, NEVER for items that are in
    time between the posts: margin and steps add up to the days late."""

    between: SideTruth
    sender: SideTruth
    clock_stop: Mask  # a customs hold that the sent scans make valid (req 19)
    published: Mask  # waited for a closure that was published (req 26)
    days: Mapping[str, Ints]  # by name in DAYS


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds towards a side, per item."""

    attempt_stops: Mask
    pickup_stops: Mask
    both_close: Mask  # a hold is closed by EDC and EMF, not by either
    customs: Mapping[CustomsPolicy, Mask]

    @classmethod
    def of(cls, network: Network, items: Postings, scope: Scope) -> _Terms:
        posts = [post.post for post in network.data.posts]
        keys, which = np.unique(
            np.stack([items.origin, items.destination, items.day]), axis=1, return_inverse=True
        )
        lanes = [(posts[o], posts[d], day) for o, d, day in keys.T.tolist()]

        def is_so(term: str, wanted: object, scope: Scope = scope) -> Mask:
            values = [network.terms.value(scope, term, *lane) for lane in lanes]
            answer: Mask = np.array([value == wanted for value in values], dtype=bool)
            return answer[which]

        return cls(
            is_so("attempt_stops", True), is_so("pickup_stops", True),
            is_so("clock_stop_closing", Closing.BOTH, Scope.RELATION),
            {policy: is_so("customs", policy) for policy in CustomsPolicy},
        )  # fmt: skip

    def stopped_at(self, trips: Trips, moved: Movement, rows: Ints) -> Ints:
        """When the clock stops for some items, of which `trips` and `moved` tell: delivery, or an
        attempt or pick-up notice where the terms let it count (req 21)."""
        counts = (trips.attempt == Attempt.ADDRESSEE) & self.attempt_stops[rows]
        tried = np.where(counts, moved.attempts[0], NEVER)
        laid_up = np.where(self.pickup_stops[rows], moved.at_pickup, NEVER)
        return np.asarray(np.minimum(np.minimum(tried, laid_up), moved.reached[STEPS]))


def find_lateness(
    network: Network, items: Postings, trips: Trips, moved: Movement, defects: ScanDefects,
    closures: tuple[Closure, ...], plan: SimulationPlan,
) -> Lateness:  # fmt: skip
    """The true lateness of every item: between the posts against the date that the network gives,
    towards the sender against the date told."""
    between, sender = (_Terms.of(network, items, scope) for scope in (Scope.RELATION, Scope.SENDER))
    valid = _valid_holds(trips, moved, defects, between)
    court = _Court(network.compiled, items, trips, moved, closures, valid, plan)
    # Without a date told there is no guarantee on either side (req 72).
    posts = court.judge(between, np.where(items.told >= 0, items.quotes.due_day, NEVER))
    told = court.judge(sender, np.where(items.told >= 0, items.told, NEVER))
    return Lateness(posts, told, valid, court.published, court.staircase(posts))


class _Court:
    """What both sides share: the journeys, and what of them is excusable."""

    def __init__(
        self, compiled: CompiledNetwork, items: Postings, trips: Trips, moved: Movement,
        closures: tuple[Closure, ...], valid: Mask, plan: SimulationPlan,
    ) -> None:  # fmt: skip
        self.compiled, self.items, self.trips, self.moved = compiled, items, trips, moved
        self.valid, self.plan = valid, plan
        self.published = _published(trips, moved, closures)
        self.unpublished = tuple(closure for closure in closures if closure.notice < 0)

    def judge(self, terms: _Terms, promised: Ints) -> SideTruth:
        """The truth towards one side."""
        trips = self.trips
        everyone = np.arange(len(self.items))
        stopped_at = terms.stopped_at(trips, self.moved, everyone)
        stopped_on = local_day(self.compiled, trips.area, stopped_at)
        late = (stopped_at <= self.plan.closing_at) & (stopped_on > promised)
        rows = np.flatnonzero(late)
        out = self.valid & terms.customs[CustomsPolicy.EXCLUDE]
        excused, by_steps = np.zeros(len(late), dtype=bool), np.zeros(len(late), dtype=bool)
        excused[rows] = self._walked_again(terms, promised, rows) | out[rows]
        by_steps[rows] = self._by_steps(terms, promised, stopped_on, rows) | out[rows]
        outcome = np.select(
            [
                promised >= NEVER, (trips.lost_in < STEPS) & (stopped_at >= NEVER),
                stopped_at > self.plan.closing_at, ~late, excused,
            ],
            range(5), 5,
        )  # fmt: skip
        days_late = np.where(late, stopped_on - promised, NEVER)
        plain = excused == by_steps
        return SideTruth(promised, stopped_at, stopped_on, outcome, days_late, plain)

    def _walked_again(self, terms: _Terms, promised: Ints, rows: Ints) -> Mask:
        """Whether late items would have been in time without the valid holds and the published
        closures; other holds and closures stay. Where the terms subtract, the hold stays and its
        delivery days are taken off."""
        some, valid = self.trips.take(rows), self.valid[rows]
        subtract = terms.customs[CustomsPolicy.SUBTRACT][rows]
        again = walk(self.compiled, some, self.unpublished, ~valid | subtract)
        day = local_day(self.compiled, some.area, terms.stopped_at(some, again, rows))
        late = self.compiled.delivery_days.between(some.area, promised[rows], day)
        off = np.where(valid & subtract, self._held_days(rows), 0)
        return np.asarray((day <= promised[rows]) | ((off > 0) & (late <= off)), dtype=bool)

    def _by_steps(self, terms: _Terms, promised: Ints, stopped_on: Ints, rows: Ints) -> Mask:
        """The same question asked of the true staircase, in delivery days: the steps of the valid
        hold and of the published closure are taken off."""
        days = self.compiled.delivery_days
        area, due = self.trips.area[rows], self._due(rows, stopped_on[rows])
        lost = [days.between(area, before, after) for before, after in itertools.pairwise(due)]
        steps = np.maximum(np.vstack(lost), 0)
        closed = np.where(self.moved.stormed[:, rows] & self.published[rows], steps, 0)
        subtract = terms.customs[CustomsPolicy.SUBTRACT][rows]
        hold = np.where(subtract, self._held_days(rows), steps[Step.CUSTOMS])
        closed[Step.CUSTOMS] = np.where(self.valid[rows], hold, closed[Step.CUSTOMS])
        late = days.between(area, promised[rows], stopped_on[rows])
        return np.asarray((closed.sum(axis=0) >= late) & closed.any(axis=0), dtype=bool)

    def _held_days(self, rows: Ints) -> Ints:
        """Delivery days of the addressee's area for which customs kept the item: from when it was
        asked for something, not from when it was shown (decision 19, reading A)."""
        area = self.trips.area[rows]
        shown, kept = self.moved.reached[Step.CUSTOMS, rows], self.moved.held_at[rows]
        first = local_day(self.compiled, area, np.where(kept < NEVER, kept, shown))
        last = local_day(self.compiled, area, self.moved.reached[Step.CUSTOMS + 1, rows])
        return self.compiled.delivery_days.between(area, first, last)

    def staircase(self, side: SideTruth) -> dict[str, Ints]:
        """For late items: the margin of the promise and the step of each stage."""
        rows = np.flatnonzero(side.days_late < NEVER)
        due = np.vstack([side.promised_on[rows], self._due(rows, side.stopped_on[rows])])
        columns = {}
        for name, step in zip(DAYS, np.diff(due, axis=0), strict=True):
            columns[name] = np.full(len(self.items), NEVER, dtype=np.int64)
            columns[name][rows] = step
        return columns

    def _due(self, rows: Ints, stopped_on: Ints) -> Ints:
        """[checkpoint 0…8, row]: the day due from each true checkpoint on."""
        due = [_due_at_acceptance(self.compiled, self.items, rows)]
        for stage in range(1, STEPS):
            due.append(_due_onward(self.compiled, self.trips, self.moved, rows, stage))
        return np.vstack([*due, stopped_on])


def _valid_holds(trips: Trips, moved: Movement, defects: ScanDefects, terms: _Terms) -> Mask:
    sent = {code: (defects.sent >> CODES.index(code)) & 1 == 1 for code in ("EME", "EDC", "EMF")}
    either, both = sent["EDC"] | sent["EMF"], sent["EDC"] & sent["EMF"]
    told = (trips.hold == Hold.TOLD) & (moved.held_at < NEVER) & sent["EME"]
    return np.asarray(told & np.where(terms.both_close, both, either), dtype=bool)


def _published(trips: Trips, moved: Movement, closures: tuple[Closure, ...]) -> Mask:
    """Items that waited while an office of theirs was closed, with a notice."""
    waited = np.asarray(moved.stormed.any(axis=0))
    published = np.zeros(len(trips.area), dtype=bool)
    for closure in closures:
        if closure.notice >= 0:
            for office in (trips.outward, trips.inward, trips.wrong_office):
                published |= waited & (office == closure.office)
    return published


def _due_at_acceptance(compiled: CompiledNetwork, items: Postings, rows: Ints) -> Ints:
    best = np.full(len(rows), NEVER, dtype=np.int64)
    origin, area = items.origin_area[rows], items.destination_area[rows]
    for k in range(compiled.export_of.shape[1]):
        link = compiled.export_of[origin, k]
        outward = np.where(link >= 0, compiled.export_office[np.maximum(link, 0)], -1)
        ready = compiled.export.at(link, items.accepted_at[rows])
        best = np.minimum(best, _earliest(compiled, 1, outward, area, ready))
    return best


def _due_onward(
    compiled: CompiledNetwork, trips: Trips, moved: Movement, rows: Ints, stage: int
) -> Ints:
    at, area, outward = moved.reached[stage, rows], trips.area[rows], trips.outward[rows]
    if stage <= Step.TRANSPORT:  # the inward office is still open
        return _earliest(compiled, stage, outward, area, at)
    inward = trips.inward[rows]
    return _last_mile(compiled, area, standard_onward(compiled, stage, outward, inward, area, at))


def _earliest(compiled: CompiledNetwork, stage: int, outward: Ints, area: Ints, at: Ints) -> Ints:
    """The day due over all inward offices."""
    inwards = inward_choices(compiled)
    best = np.full(len(at), NEVER, dtype=np.int64)
    for m in range(inwards.shape[1]):
        inward = inwards[area, m]
        ready = standard_onward(compiled, stage, outward, inward, area, at)
        use = (outward >= 0) & (inward >= 0)
        best = np.minimum(best, _last_mile(compiled, area, np.where(use, ready, NEVER)))
    return best


def _last_mile(compiled: CompiledNetwork, area: Ints, ready: Ints) -> Ints:
    done = compiled.delivery.at(area, ready)
    return local_day(compiled, area, np.where(done < NEVER, done - 1, NEVER))
