"""Two networks side by side, slowly: every minute of every pair of areas is quoted in both.

Not used: the compiled step functions' slots, break points, kinds of areas that behave alike. The
margin is asked for each minute's own local day.
"""

from __future__ import annotations

import numpy as np

from datecertain.moments import Ints, zone
from datecertain.network import NO_DUE, Network
from datecertain.network.differences import DueChanges

Pair = tuple[str, str]


def minutes_of(network: Network, origin: str, first_day: int, last_day: int) -> Ints:
    """Every moment of the local days, both inclusive, at an area."""
    clock = zone(network.area(origin).zone)
    begin, end = (int(clock.to_utc(day, 0)[0]) for day in (first_day, last_day + 1))
    return np.arange(begin, end)


def told(network: Network, margins: Network, pair: Pair, moments: Ints) -> Ints:
    """The date told at each moment, with the margins of another network."""
    origin, destination = (network.areas[area] for area in pair)
    due = network.compiled.due_at_acceptance(
        np.full(len(moments), origin), np.full(len(moments), destination), moments
    )
    lane = network.area(pair[0]).post, network.area(pair[1]).post
    days, _ = zone(network.area(pair[0]).zone).to_local(moments)
    margin = np.empty(len(moments), dtype=np.int64)
    for day in set(days.tolist()):
        margin[days == day] = margins.lanes.buffer_days(*lane, day)
    # A delivery day later, one after the other, as a clerk would count on a calendar.
    table = network.compiled.delivery
    part = slice(int(table.start[destination]), int(table.start[destination + 1]))
    rounds, _ = zone(network.area(pair[1]).zone).to_local(table.done[part] - 1)
    calendar = sorted(set(rounds.tolist()))
    answers: dict[tuple[int, int], int] = {}
    for day, count in set(zip(due.tolist(), margin.tolist(), strict=True)):
        later = [other for other in calendar if other > day]
        if day >= NO_DUE or count == 0:
            answers[day, count] = day
        else:
            answers[day, count] = later[count - 1] if len(later) >= count else int(NO_DUE)
    return np.array(
        [answers[key] for key in zip(due.tolist(), margin.tolist(), strict=True)], dtype=np.int64
    )


def spread_out(changes: DueChanges, pair: Pair, moments: Ints) -> tuple[Ints, Ints]:
    """(old due, new due) per moment as the changes of a pair say; -1 where they say nothing."""
    old, new = np.full((2, len(moments)), -1, dtype=np.int64)
    for index in range(len(changes)):
        origin = changes.origins[changes.origin[index]]
        destination = changes.destinations[changes.destination[index]]
        if pair[0] in origin.areas and pair[1] in destination.areas:
            inside = (moments >= changes.from_at[index]) & (moments <= changes.to_at[index])
            assert np.all(old[inside] == -1), "two changes for one minute"
            old[inside], new[inside] = changes.old_due[index], changes.new_due[index]
    return old, new


def disagreements(old: Network, new: Network, changes: DueChanges) -> list[str]:
    """What the changes say wrongly about any minute of their window; empty when all agree."""
    found = []
    first_day, last_day = changes.window.first_day, changes.window.last_day
    for origin in new.areas:
        moments = minutes_of(new, origin, first_day, last_day)
        for destination in new.areas:
            if new.area(origin).post == new.area(destination).post:
                continue
            pair = (origin, destination)
            was, now = told(old, new, pair, moments), told(new, new, pair, moments)
            said_old, said_new = spread_out(changes, pair, moments)
            differs = was != now
            right = np.where(
                differs, (said_old == was) & (said_new == now), (said_old == -1) & (said_new == -1)
            )
            if not np.all(right):
                minute = int(np.flatnonzero(~right)[0])
                found.append(
                    f"{pair} at {moments[minute]}: {was[minute]} → {now[minute]}, "
                    f"said {said_old[minute]} → {said_new[minute]}"
                )
    return found
