"""Whether the lanes keep what the guarantee says: later posting never means an earlier promise,
and a lane that is open can be flown (req 11, 13; the house, rule 5)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datecertain.findings import Finding, Severity
from datecertain.moments import format_date, zone
from datecertain.network.compiling import NO_DUE, CompiledNetwork
from datecertain.network.lanes import Lanes, LaneState
from datecertain.network.loading import NetworkData
from datecertain.network.rows import LaneTerm


def check_margins(data: NetworkData) -> Iterator[Finding]:
    """Warns of each row of lane_terms.csv whose end, or whose place taken by another row, lowers
    the margin of an open lane from one day to the next: posted a day later, an item can then be
    promised for an earlier day. That is how a peak's tolerance ends; the posts should know it."""
    lanes = Lanes(data)
    edges = {day for row in data.lane_terms for day in (row.valid_from, row.valid_to + 1)}
    posts = [row.post for row in data.posts]
    found: dict[tuple[int, int, int, int], tuple[LaneTerm, list[str]]] = {}
    for day in sorted(edge for edge in edges if data.first_day < edge <= data.last_day):
        for origin in posts:
            for destination in posts:
                before = lanes.term(origin, destination, day - 1)
                after = lanes.buffer_days(origin, destination, day)
                if before is None or before.buffer_days <= after or origin == destination:
                    continue
                if lanes.standing(origin, destination, day).state is LaneState.OPEN:
                    key = (before.line, day, before.buffer_days, after)
                    found.setdefault(key, (before, []))[1].append(f"{origin}-{destination}")
    for (_, day, days, after), (row, names) in found.items():
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield row.finding(
            "tolerance-drops",
            f"{listed}: {days} delivery days become {after} on {format_date(day)}; an item posted "
            "that day can be promised for an earlier date than one posted the day before",
            Severity.WARNING,
        )


def lanes_not_flown(compiled: CompiledNetwork) -> Iterator[Finding]:
    """Warns of each open lane over which the network carries nothing: no area of the origin has a
    due date in any area of the destination.

    Asked once, at the first moment in the horizon at which the lane is open: due dates never get
    earlier when posting gets later, so that a lane without a date then has none afterwards.
    """
    data = compiled.data
    lanes = Lanes(data)
    areas_of: dict[str, list[int]] = {row.post: [] for row in data.posts}
    for index, area in enumerate(compiled.areas):
        areas_of.setdefault(area.post, []).append(index)
    for origin, from_areas in areas_of.items():
        for destination, to_areas in areas_of.items():
            opened = _first_open_day(lanes, data, origin, destination)
            if origin == destination or opened is None:
                continue
            moments = [zone(compiled.areas[i].zone).to_utc(opened, 0)[0] for i in from_areas]
            due = compiled.due_at_acceptance(
                np.repeat(np.array(from_areas, dtype=np.int64), len(to_areas)),
                np.tile(np.array(to_areas, dtype=np.int64), len(from_areas)),
                np.repeat(np.array(moments, dtype=np.int64), len(to_areas)),
            )
            if np.all(due >= NO_DUE):
                yield Finding(
                    "lane-not-flown", Severity.WARNING, "lanes.csv", f"{origin}-{destination}",
                    f"is open on {format_date(opened)}, but no area of {origin} has a due date in "
                    f"any area of {destination}: add links or flights, or suspend the lane",
                )  # fmt: skip


def _first_open_day(lanes: Lanes, data: NetworkData, origin: str, destination: str) -> int | None:
    days = {data.first_day} | {row.on for row in lanes.history(origin, destination)}
    for day in sorted(day for day in days if data.first_day <= day <= data.last_day):
        if lanes.standing(origin, destination, day).state is LaneState.OPEN:
            return day
    return None
