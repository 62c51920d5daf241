"""Items on their way at the very moment of a demonstration: its month is over, and a watch board
wants something that can still be saved. Synthetic, by the simulation that made the month, cut at
the moment: what was accepted and sent by then, and nothing of what comes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from datecertain.moments import DAY
from datecertain.network import LaneState, Network
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.operations.demo_desks import POST
from datecertain.operations.ingesting import ingest
from datecertain.operations.watch_list import Asked, watched
from datecertain.operations.watch_looks import looks, months_until
from datecertain.settlement import Period
from datecertain.simulate import (
    Chances,
    References,
    SimulationPlan,
    known_by,
    simulate,
    write_mailbox,
)
from datecertain.simulate.plan import THICK_LANES
from datecertain.store import Workspace
from datecertain.verdict.live import State

#: Acceptances of so many days before the moment, and that day's.
_DAYS = 8
#: An item may be on its way for so long: the network's calendar has to reach.
_REACH_DAYS = 40
#: Of the items of the month one in so many, at least and at most.
_SHARE, _LEAST, _MOST = 20, 100, 800
#: Sent twice a day, on each post's own clock: who watches wants to hear soon.
_SENDINGS = (11 * 60 + 30, 23 * 60 + 30)
#: More goes wrong than in the month, so that few items show each kind of trouble. Illustrative.
_CHANCES = Chances(
    slow=0.05, export_rolled=0.06, closing_missed=0.12, flight_rolled=0.05, offloaded=0.01,
    flight_late=0.03, presentation_slow=0.03, forwarding_missed=0.03, inland_late=0.02,
    round_missed=0.02,
)  # fmt: skip
#: Thick lanes alone, for each pair of posts costs a file a day; those of the post at whose desks
#: people sit weigh so much more.
_WEIGHT = 3.0
#: No number of theirs is one of the month's.
_SERVICE, _FIRST_DISPATCH = "EM", 501


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What was put under way: items open at the moment, and how many of them want somebody."""

    open: int
    to_act_on: int


def under_way_plan(network: Network, month: str, items: int, now: int) -> SimulationPlan | None:
    """The plan of the days before a moment, beside a month of so many items. None where the
    network's calendar does not hold these days, where no lane is open then, or where the month's
    own items are still on their way."""
    first, last = now // DAY - _DAYS, now // DAY
    data, period = network.data, Period.month(month)
    if first < data.first_day or last + _REACH_DAYS > data.last_day:
        return None
    if first <= period.last_day and last >= period.first_day:
        return None
    posts = list(network.posts)
    lanes = ((one, other) for one in posts for other in posts if one != other)
    if not any(network.lanes.standing(*lane, first).state is LaneState.OPEN for lane in lanes):
        return None
    return SimulationPlan(
        first_day=first, last_day=last, items=min(max(items // _SHARE, _LEAST), _MOST),
        closing_at=now, chances=_CHANCES, disruptions=(), transmissions=_SENDINGS,
        lanes={lane: weight * (_WEIGHT if POST in lane else 1) for lane, weight in
               THICK_LANES.items()},
        thin_lane=0.0, service=_SERVICE, first_dispatch=_FIRST_DISPATCH,
    )  # fmt: skip


def put_under_way(
    workspace: Workspace, folder: Path, month: str, items: int, references: References, clock: Clock
) -> UnderWay | None:
    """Simulate, write `under-way/` into a folder, take it in. None where nothing can be on its way
    (`under_way_plan`)."""
    network, now = bundled_ready(), clock.now()
    plan = under_way_plan(network, month, items, now)
    if plan is None:
        return None
    known = known_by(simulate(network, plan), now)
    write_mailbox(known, folder / "under-way", plan, references=references)
    ingest(workspace, folder / "under-way", clock)
    states = Counter[str]()
    for look in looks(workspace, now, months_until(now, _DAYS)):
        states.update(watched(look, now, Asked(), {})["state"].to_pylist())
    calm = (State.ON_COURSE, State.LATE_ALREADY, State.NO_STANDARD)
    return UnderWay(
        sum(states.values()), sum(count for one, count in states.items() if one not in calm)
    )
