"""A replay, item by item and day by day: what `planning.moved_journeys` says of columns.

Nothing compiled is asked: the files of both networks are walked slot by slot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from day_walk import NO_DAY, DayWalk, local_day

DAY = 1440
PLACES = ("origin", "destination", "outward_in", "outward_out", "inward")


@dataclass(frozen=True)
class Way:
    """Where an item was: names, empty where nothing is known."""

    origin: str
    destination: str
    outward_in: str
    outward_out: str
    inward: str


def credible(moments: list[int | None]) -> list[int | None]:
    """Not before the acceptance, and not after a later scan that is none the less there."""
    kept: list[int | None] = []
    for place, moment in enumerate(moments):
        later = [m for m in moments[place + 1 :] if m is not None and m >= (moments[0] or 0)]
        good = moment is not None and moment >= (moments[0] or 0)
        kept.append(moment if good and all((moment or 0) <= m for m in later) else None)
    return kept


def done(walk: DayWalk, way: Way, stage: int, ready: int | None) -> int | None:
    """When the custody that ends at a checkpoint should be over."""
    if ready is None:
        return None
    if stage == 3:
        out, into = walk.offices.get(way.outward_out), walk.offices.get(way.inward)
        there = out and into and out["post"] != into["post"]
        return walk.transported(out, into, ready) if there else None
    schedule, zone = _schedule(walk, way, stage)
    return walk.done(schedule, zone, ready) if schedule else None


def _schedule(walk: DayWalk, way: Way, stage: int) -> tuple[str, str]:
    """The schedule of a custody, and on whose clock; empty where there is none."""
    if stage == 8:
        area = walk.areas.get(way.destination)
        return (area["delivery"], area["zone"]) if area else ("", "")
    if stage in (1, 7):
        name, office = (way.origin, way.outward_in) if stage == 1 else (way.destination, way.inward)
        side = "export" if stage == 1 else "import"
        if name not in walk.areas or office not in walk.offices:
            return "", ""
        zone = walk.areas[name]["zone"] if stage == 1 else walk.offices[office]["zone"]
        links = [row for row in walk.links(name, side) if row["office"] == office]
        return (links[0]["schedule"], zone) if links else ("", "")
    row = walk.offices.get(way.outward_in if stage == 2 else way.inward)
    column = {2: "closing", 4: "presentation", 5: "customs", 6: "forwarding"}[stage]
    return (row[column], row["zone"]) if row else ("", "")


def replayed(was: DayWalk, now: DayWalk, way: Way, moments: list[int | None]) -> list[int | None]:
    """The moments of the credible scans, acceptance first and arrival at the addressee last, as
    they would have been."""
    known = credible(moments)
    assert known[0] is not None
    found: list[int | None] = [known[0]]
    here: int | None = known[0]
    there: int | None = known[0]
    last = (known[0], known[0])
    for stage in range(1, 9):
        first, second = done(was, way, stage, here), done(now, way, stage, there)
        at = known[stage]
        if at is None:
            found.append(None)
            here, there = first, second
            continue
        if first is None or second is None:
            moment = last[1] + at - last[0]
        elif stage == 8:
            moment = _round(was, now, way.destination, at, first, second)
        else:
            moment = _same(lambda ready, s=stage: done(was, way, s, ready), at, first, second)
        moment = max(moment, last[1])
        found.append(moment)
        here, there, last = at, moment, (at, moment)
    return found


def _same(plan: Callable[[int], int | None], at: int, first: int, second: int) -> int:
    moment = second + at - first
    if at >= first or first == second:
        return moment
    low, high = at - 40 * DAY, at  # the first readiness that is not done before `at`
    while low < high:
        middle = (low + high) // 2
        end = plan(middle)
        low, high = (low, middle) if end is None or end >= at else (middle + 1, high)
    slot = plan(low)
    assert slot is not None
    return max(moment, min(at, second + at - slot))


def _round(was: DayWalk, now: DayWalk, area: str, at: int, first: int, second: int) -> int:
    zone = was.areas[area]["zone"]
    day, planned, other = (local_day(m, zone) for m in (at, first - 1, second - 1))
    rounds, new = was.delivery_days(area), now.delivery_days(area)
    missed = sum(planned < one <= day for one in rounds) - sum(
        day < one <= planned for one in rounds
    )
    places = rounds.index(planned) + missed, new.index(other) + missed
    target = day + other - planned
    if 0 <= places[0] < len(rounds) and 0 <= places[1] < len(new):
        target = new[places[1]] + day - rounds[places[0]]
    moment = at + (target - day) * DAY
    return max(moment, min(at, at + (other - day) * DAY)) if missed < 0 else moment


__all__ = ["NO_DAY", "PLACES", "Way", "credible", "replayed"]
