"""How much of every month a lane had working days, was suspended, was struck by a shock, or kept
its dates: the dated facts behind a change of volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from datecertain.moments import Ints, parse_date
from datecertain.network.calendars import OpenDays
from datecertain.network.lanes import Lanes, LaneState
from datecertain.planning.published_volumes import Shock
from datecertain.planning.volume_rows import Floats, Panel, month_name

SUSPENSION, ON_TIME = "suspension", "on_time"
_WEEK = (True, True, True, True, True, False, False)


def month_days(panel: Panel) -> list[tuple[int, int]]:
    """(first day, first day after) of every month."""
    firsts = [
        parse_date(f"{month_name(panel.first_month + at)}-01")
        for at in range(panel.items.shape[1] + 1)
    ]
    return list(pairwise(firsts))


def working_days(panel: Panel, calendars: OpenDays) -> Ints:
    """[lane, month] Mondays to Fridays less the closed days of the origin's own calendar (of a post
    without one: Mondays to Fridays)."""
    months, by_post = month_days(panel), dict[str, list[int]]()
    for post in {origin for origin, _ in panel.lanes}:
        calendar = post if post in calendars else ""
        by_post[post] = [
            int(calendars.mask(calendar, _WEEK, np.arange(*days)).sum()) for days in months
        ]
    return np.array([by_post[origin] for origin, _ in panel.lanes], dtype=np.int64)


def suspended(panel: Panel, lanes: Lanes) -> Floats:
    """[lane, month] the share of the month's days on which a lane's guarantee was suspended."""
    found = np.zeros(panel.items.shape)
    for row, (origin, destination) in enumerate(panel.lanes):
        for month, (first, end) in enumerate(month_days(panel)):
            days = [
                lanes.standing(origin, destination, day).state is LaneState.SUSPENDED
                for day in range(first, end)
            ]
            found[row, month] = sum(days) / len(days)
    return found


def guaranteed_from(panel: Panel, lanes: Lanes) -> dict[tuple[str, str], str]:
    """Lane → the month in which its guarantee was last resumed, of lanes resumed to this day."""
    found = {}
    for origin, destination in panel.lanes:
        history = lanes.history(origin, destination)
        if history and history[-1].event == "resumed":
            month = int(np.datetime64(history[-1].on, "D").astype("datetime64[M]").astype(int))
            found[origin, destination] = month_name(month + 1970 * 12)
    return found


def struck(panel: Panel, shocks: Sequence[Shock]) -> Mapping[str, Floats]:
    """Shock → [lane, month] the share of the month's days on which it held, of those that touch a
    lane at all in these months."""
    found = dict[str, Floats]()
    months = month_days(panel)
    for shock in shocks:
        share = found.setdefault(shock.shock, np.zeros(panel.items.shape))
        for row, lane in enumerate(panel.lanes):
            if not shock.touches(*lane):
                continue
            for month, (first, end) in enumerate(months):
                days = min(end, shock.last_day + 1) - max(first, shock.first_day)
                share[row, month] = max(share[row, month], max(0, days) / (end - first))
    return {name: share for name, share in found.items() if share.any()}


def on_time(panel: Panel) -> Floats:
    """[lane, month] the share of judged items that were on time; not a number where not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(panel.judged > 0, panel.on_time / panel.judged, np.nan)
    return np.asarray(share, dtype=np.float64)
