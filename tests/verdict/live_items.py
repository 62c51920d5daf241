"""Items on their way as columns, and what the live staircase says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from judged_items import milestones, minute_of, network, to_judge, world

from datecertain.moments import UNKNOWN
from datecertain.network import NO_DUE
from datecertain.verdict.judging import judge
from datecertain.verdict.live import STATES, Journeys, Live, State, Warnings, live
from slow_live import known_by
from slow_replay import Item


def journeys(items: Sequence[Item], now: dt.datetime) -> Journeys:
    """What is known of the items at a moment, by the rule of the verdict towards the sender."""
    known = [known_by(item, now) for item in items]
    asked, scans = to_judge(known, world()), milestones(known, world())
    judgement = judge(network(), asked, scans, [], minute_of(now))
    return Journeys(
        np.maximum(asked.origin_area, 0), np.maximum(asked.destination_area, 0), scans,
        judgement.sender.replay, judgement.sender.promised, judgement.sender.stopped,
    )  # fmt: skip


#: A scan is told at once; what is at risk is what the small world's terms say.
AT_ONCE = Warnings(slack_used_percent=50, chance_percent=80, report_min=0)


def at(items: Sequence[Item], now: dt.datetime, warnings: Warnings = AT_ONCE) -> Live:
    """The live staircase of the items at a moment."""
    return live(network(), journeys(items, now), minute_of(now), warnings)


def state(found: Live, row: int = 0) -> State:
    return STATES[int(found.state[row])]


def due(found: Live, row: int = 0) -> dt.date | None:
    day = int(found.due[row])
    return None if day >= NO_DUE else dt.date(1970, 1, 1) + dt.timedelta(day)


def cut_at(found: Live, row: int = 0) -> dt.datetime | None:
    moment = int(found.cut_at[row])
    return None if moment == UNKNOWN else dt.datetime.fromtimestamp(moment * 60, dt.UTC)
