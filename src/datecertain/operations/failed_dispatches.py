"""Yesterday's failed dispatches, by office: what was planned on them and did not leave (req 22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from datecertain.access import SeesFlow
from datecertain.moments import UNKNOWN, zone
from datecertain.network import NO_DUE
from datecertain.operations.watch_looks import Look, looks, months_until, of_lane
from datecertain.store import Workspace
from datecertain.verdict.live import STATES, State, live
from datecertain.verdict.live_departures import Departures, planned_departures
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Outcome

#: An item whose dispatch left yesterday was accepted no longer ago than this.
REACH_DAYS = 14
#: States that count as no longer in time.
_LATE = tuple(
    STATES.index(state) for state in (State.TO_BE_WON_BACK, State.BEYOND_SAVING, State.LATE_ALREADY)
)


@dataclass(slots=True)
class FailedDispatch:
    """One dispatch of an outward office. `leaves_at` and `latest_at` are moments: of its leaving
    by standard, and the last one for its flight."""

    office: str
    post: str
    zone: str
    leaves_at: int
    latest_at: int
    flights: str
    planned: int = 0
    silent: int = 0  # of those that missed it: no scan says that they have left at all
    unscanned: int = 0  # went on, but nothing says when they left
    late_now: int = 0  # of those that failed: open, and due after their promise now
    items: list[str] = field(default_factory=list)  # that missed it

    @property
    def failed(self) -> int:
        """Items that missed it."""
        return len(self.items)


def failed_yesterday(
    workspace: Workspace, now: int, office: str = "", post: str = "", lane: str = "",
    progress: Callable[[int, int], None] | None = None, sees_flow: SeesFlow | None = None,
) -> list[FailedDispatch]:  # fmt: skip
    """The dispatches that by standard left on the day before `now` on their office's calendar and
    that some item missed; by office, then by time. Planned are promised items only, of those that
    may be seen (`sees_flow` None: all)."""
    found: dict[tuple[str, int, str], FailedDispatch] = {}
    months, sees = months_until(now, REACH_DAYS), of_lane(lane, sees_flow)
    for look in looks(workspace, now, months, progress, sees):
        _count(look, planned_departures(look.network, look.journeys, now), now, found)
    wanted = [
        one for one in found.values()
        if one.items and office in ("", one.office) and post in ("", one.post)
    ]  # fmt: skip
    for one in wanted:
        one.items.sort()
    return sorted(wanted, key=lambda one: (one.office, one.leaves_at, one.flights))


def _count(
    look: Look, planned: Departures, now: int, found: dict[tuple[str, int, str], FailedDispatch]
) -> None:
    network = look.network
    yesterday = np.zeros(len(planned.office), dtype=bool)
    known = (planned.latest_at != UNKNOWN) & (look.journeys.promised < NO_DUE)
    for number in np.unique(planned.office[known]).tolist():
        rows = np.flatnonzero(known & (planned.office == number))
        clock = zone(network.compiled.offices[number].zone)
        today, _ = clock.to_local(np.int64(now))
        first, last = (int(clock.to_utc(int(today) - back, 0)[0]) for back in (1, 0))
        leaves = planned.leaves_at[rows]
        yesterday[rows] = (leaves >= first) & (leaves < last)
    rows = np.flatnonzero(yesterday)
    journeys = look.journeys.rows(rows)
    state = live(network, journeys, now, look.warnings(rows)).state
    pending = look.judgement.sender.outcome[rows] == OUTCOMES.index(Outcome.PENDING)
    late = pending & np.isin(state, _LATE)
    numbers = look.items["item_id"].take(pa.array(rows)).to_pylist()
    which: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
    for place, row in enumerate(rows.tolist()):
        key = (int(planned.office[row]), int(planned.leaves_at[row]), int(planned.itinerary[row]))
        which[key].append(place)
    for (number, leaves_at, itinerary), places in which.items():
        there = network.compiled.offices[number]
        legs = network.compiled.timetable.legs(itinerary)
        flights = " ".join(flight.flight for flight, _, _ in legs)
        latest = int(planned.latest_at[rows[places[0]]])
        one = found.setdefault(
            (there.office, leaves_at, flights),
            FailedDispatch(there.office, there.post, there.zone, leaves_at, latest, flights),
        )
        one.planned += len(places)
        one.unscanned += int(planned.unscanned[rows[places]].sum())
        missed = [place for place in places if planned.failed[rows[place]]]
        one.silent += int(planned.silent[rows[missed]].sum())
        one.late_now += int(late[missed].sum())
        one.items += [numbers[place] for place in missed]
