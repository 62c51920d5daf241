"""The live staircase: cut at now, while the item is on its way (req 22, 68; design.md).

    E(now) = max(E(k), E of the next checkpoint if it happened now)

on the network that was frozen with the promise. While nothing happens it can only rise. Where scans
are missing, or have not come yet, the item may be further on than they show: E(now) is then an
upper bound. One pure function over columns, for one item and for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network, Scope
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.live_routes import Routes
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import LEG_OF, Milestones, Replay, credible, local_days
from datecertain.verdict.scan_reasons import SIDES


class State(StrEnum):
    """What can still come of a promise, in order of precedence from the end."""

    ON_COURSE = "on_course"  # due in time, and little of the slack is used up
    AT_RISK = "at_risk"  # due in time, but the slack is going, or the like of it often came late
    UNREPORTED = "unreported"  # the last moment has passed; the scan may not have been told yet
    TO_BE_WON_BACK = "to_be_won_back"  # will be late unless time is won back
    BEYOND_SAVING = "beyond_saving"  # by no route of the network, nor the fastest connections
    LATE_ALREADY = "late_already"  # the promised date has passed
    NO_STANDARD = "no_standard"  # the network has no onward standard from any of its scans
    NOT_PROMISED = "not_promised"  # no date was guaranteed
    DELIVERED = "delivered"  # the clock has stopped


STATES = tuple(State)


@dataclass(frozen=True, slots=True)
class Warnings:
    """From when on an item in time is called at risk, and how long silence says nothing, for each
    item or for all: by the terms (`agreed_warnings`), or as whoever watches asks."""

    #: Of the minutes between the planned moment of the next checkpoint and the last one that is
    #: still in time.
    slack_used_percent: Ints | int
    #: Chance of being in time, where enough past items say one.
    chance_percent: Ints | int
    #: Minutes within which a scan is told. Until then silence proves nothing: an item may have
    #: gone on, and the staircase is cut so much earlier.
    report_min: Ints | int


def agreed_warnings(network: Network, origin: Ints, destination: Ints, day: Ints) -> Warnings:
    """What the terms of each item's lane say on its acceptance day (posts as indices)."""
    terms = LaneTerms(network, origin, destination, day)

    def of(name: str) -> Ints:
        return terms.numbers(Scope.RELATION, f"watch_{name}")

    return Warnings(of("slack_percent"), of("chance_percent"), of("report_hours") * 60)


@dataclass(frozen=True, slots=True)
class Journeys:
    """What is known of items on their way, and their promise; rows of one length."""

    origin: Ints  # areas of the network, by number
    destination: Ints
    milestones: Milestones
    replayed: Replay
    promised: Ints  # local date at the destination; NO_DUE: none
    stopped: Ints  # moment on which the clock stopped; UNKNOWN: it has not

    def rows(self, index: Ints) -> Journeys:
        """Some of the items."""
        return Journeys(
            self.origin[index], self.destination[index], self.milestones.rows(index),
            self.replayed.rows(index), self.promised[index], self.stopped[index],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Live:
    """The staircase cut at now, row for row. `cut_…` name the checkpoint ahead that saves the
    promise if it happens by `cut_at` (UNKNOWN: none does): a minute later it is lost."""

    state: Ints  # index into STATES
    due: Ints  # E(now), a local date at the destination
    lost_days: Ints  # delivery days from E(k) to E(now): being lost by whoever holds it
    slack_days: Ints  # delivery days from E(now) to the promise; negative: late by so many
    last: Ints  # Checkpoint of the last credible scan
    since: Ints  # its moment
    office: Ints  # its office; -1 none or unknown
    leg: Ints  # Leg on which it is held now
    planned_at: Ints  # when the next checkpoint is due by standard; UNKNOWN
    cut: Ints  # Checkpoint
    cut_office: Ints  # -1: no office of exchange
    cut_at: Ints
    slack_min: Ints  # minutes from now to `cut_at`; UNKNOWN
    on_hold: Mask  # in customs, for a reason that may stop the clock
    uncertain: Mask  # scans are missing before the last one, or it has no onward standard

    def rows(self, index: Ints) -> Live:
        """Some of the items."""
        return Live(*(getattr(self, name)[index] for name in self.__slots__))


def live(network: Network, items: Journeys, now: int, warnings: Warnings) -> Live:
    """Cut the staircase of each item at `now`. What happened after that is not looked at: give
    milestones that were known by then."""
    compiled = network.compiled
    last, since = _position(items)
    # What happened until then has been told.
    silent = np.full(len(last), now - warnings.report_min, dtype=np.int64)
    routes = Routes.of(network, items.origin, items.destination, items.milestones, items.replayed,
                       last)  # fmt: skip
    stood = items.replayed.due[:, Checkpoint.DELIVERY_OFFICE]  # E(k), carried forward
    following = last + 1
    if_now = routes.due(following, np.maximum(since, silent))
    due = np.where(stood < NO_DUE, np.maximum(stood, np.where(if_now < NO_DUE, if_now, stood)),
                   if_now)  # fmt: skip
    due = np.where((stood < NO_DUE) & (if_now >= NO_DUE), NO_DUE, due)
    cut, cut_office, cut_at = routes.saving(following, items.promised, np.maximum(since, silent))
    planned = routes.planned(last)
    days = compiled.delivery_days
    known = (due < NO_DUE) & (items.promised < NO_DUE)
    safe_due = np.where(known, due, 0)
    slack = np.where(known, days.between(items.destination, safe_due, np.where(
        known, items.promised, 0)), 0)  # fmt: skip
    lost = np.where(known & (stood < NO_DUE), days.between(
        items.destination, np.where(known, stood, 0), safe_due), 0)  # fmt: skip
    slack_min = np.where(cut_at != UNKNOWN, cut_at - now, UNKNOWN)
    kept = items.milestones.reasoned.retained_valid[:, SIDES.index(Scope.SENDER)]
    held = (kept != UNKNOWN) & (last == Checkpoint.CUSTOMS_IN)
    held |= _called_back(items.milestones, since)
    there = credible(items.milestones.at, items.stopped)
    before = np.arange(there.shape[1])[None, :] < last[:, None]
    owed = ~there & before & _OWED[None, :]
    unplaced = ~np.take_along_axis(items.replayed.present, last[:, None], axis=1)[:, 0]
    state = _states(
        items, due, cut, following, cut_at, planned, now, warnings,
        local_days(compiled, items.destination, silent),
    )  # fmt: skip
    office = np.take_along_axis(items.replayed.office, last[:, None], axis=1)[:, 0]
    return Live(
        state, due, lost, slack, last, since, office, LEG_OF[following], planned, cut, cut_office,
        cut_at, slack_min, held, owed.any(axis=1) | unplaced,
    )  # fmt: skip


def _called_back(milestones: Milestones, since: Ints) -> Mask:
    """Items that customs keep again, for a reason that may stop the clock, and that no scan shows
    moving on."""
    held, later = np.zeros(len(since), dtype=bool), milestones.later
    side = SIDES.index(Scope.SENDER)
    still = (later.valid[:, side] != UNKNOWN) & (later.valid[:, side] >= since[later.item])
    held[later.item[still & (later.released == UNKNOWN)]] = True
    return held


#: Scans that every item owes, wherever its customs are reported or not.
_OWED = np.isin(
    np.arange(len(Checkpoint)),
    [Checkpoint.OUTWARD_IN, Checkpoint.OUTWARD_OUT, Checkpoint.INWARD_IN, Checkpoint.INWARD_OUT],
)


def _position(items: Journeys) -> tuple[Ints, Ints]:
    """(the last credible scan, its moment), whether or not its place has an onward standard."""
    unstopped = np.full(len(items.origin), UNKNOWN, dtype=np.int64)
    there = credible(items.milestones.at, unstopped)[:, : Checkpoint.STOPPED]
    last = np.where(there, np.arange(there.shape[1]), 0).max(axis=1)
    since = np.take_along_axis(items.milestones.at, last[:, None], axis=1)[:, 0]
    return np.asarray(last, dtype=np.int64), since


def _states(
    items: Journeys, due: Ints, cut: Ints, following: Ints, cut_at: Ints, planned: Ints, now: int,
    warnings: Warnings, today: Ints,
) -> Ints:  # fmt: skip
    """The first that holds, from the last of STATES to the first."""
    state = np.full(len(due), STATES.index(State.ON_COURSE), dtype=np.int64)

    def mark(rows: Mask, what: State) -> None:
        state[rows] = STATES.index(what)

    told = (planned != UNKNOWN) & (cut_at != UNKNOWN) & (cut == following)
    used = 100 * (now - planned) >= warnings.slack_used_percent * (cut_at - planned)
    mark(told & (now > planned) & used, State.AT_RISK)
    mark(cut_at < now, State.UNREPORTED)
    mark(due > items.promised, State.TO_BE_WON_BACK)
    mark(cut_at == UNKNOWN, State.BEYOND_SAVING)
    mark(today > items.promised, State.LATE_ALREADY)
    placed = items.replayed.present[:, : Checkpoint.STOPPED].sum(axis=1) > 0
    mark(~placed, State.NO_STANDARD)
    mark(items.promised >= NO_DUE, State.NOT_PROMISED)
    mark(items.stopped != UNKNOWN, State.DELIVERED)
    return state


def at_risk_by_chance(state: Ints, percent: Ints, warnings: Warnings) -> Ints:
    """The states once more, where past items say a chance (per cent; -1: they do not)."""
    risky = (percent >= 0) & (percent < warnings.chance_percent)
    on_course = state == STATES.index(State.ON_COURSE)
    return np.where(risky & on_course, STATES.index(State.AT_RISK), state)
