"""Standards found in a history: per lane the smallest D+n that is assured (req 51, 64)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from datecertain.moments import Ints
from datecertain.planning.assured import Choice, Curve, choose, curve, items_needed
from datecertain.planning.drift import Change, changes, stable
from datecertain.planning.histories import NONE, Deliveries
from datecertain.planning.pooling import pooled
from datecertain.planning.seasons import Seasons, find_seasons
from datecertain.planning.together import worth

#: Items are pooled over three years at most. Source: EN 13850, annex D.
POOLED_DAYS = 3 * 365 + 1


class Status(StrEnum):
    """What a standard rests on, the best first."""

    ASSURED = "assured"  # on the lane's own items, exactly
    ASSURED_POOLED = "assured_pooled"  # on its own items and those of lanes like it
    NOT_ENOUGH_ITEMS = "not_enough_items"  # no standard: too few items to say
    NOT_REACHED = "not_reached"  # no standard: enough items, and too many of them never came


@dataclass(frozen=True, slots=True)
class Standard:
    """One lane's standard: calendar days from the day of acceptance, None if there is none.

    `items`: those it rests on, of `all_items`; `worth`: how many independent items one of them is
    worth; `since`: acceptance day of the first of them; `peak`: it is that of the peak months only.
    """

    lane: str
    days: int | None
    items: int
    all_items: int
    open: int
    worth: float
    expected: float | None
    lower: float | None
    status: Status
    since: int | None
    peak: bool = False


@dataclass(frozen=True, slots=True)
class Standards:
    """The standards of all lanes in a history, and what the watch for drift found in it.

    With seasons a lane has two standards, one of them for the peak.
    """

    target: float
    confidence: float
    needed: int  # items, all on time, without which no lane is assured by itself
    parts: tuple[Standard, ...]
    changes: tuple[Change, ...]
    seasons: Seasons

    @property
    def rows(self) -> list[Standard]:
        """One standard per lane that holds all the year: the longer one where it has two."""
        return [_all_year(parts) for parts in self.by_lane().values()]

    def by_lane(self) -> dict[str, list[Standard]]:
        """The standards of each lane, of the seasons in which it had items."""
        found: dict[str, list[Standard]] = {}
        for part in self.parts:
            found.setdefault(part.lane, []).append(part)
        return found

    def days(self) -> dict[str, int]:
        """Days that hold all the year, by lane, of lanes that have a standard."""
        return {row.lane: row.days for row in self.rows if row.days is not None}

    def promise(self, items: Deliveries) -> Ints:
        """Days promised to each item by its lane's standard in its season, NONE without one."""
        days = {(part.lane, part.peak): part.days for part in self.parts}
        off, peak = (
            np.array([_or_none(days.get((lane, one))) for lane in items.lanes], dtype=np.int64)
            for one in (False, True)
        )
        return np.where(self.seasons.peak(items.accepted), peak[items.lane], off[items.lane])


def last_years(history: Deliveries) -> Deliveries:
    """The items of a history that a standard may rest on."""
    return history.take(history.accepted > history.as_of - POOLED_DAYS)


def find_standards(
    history: Deliveries, target: float, confidence: float, seasons: Seasons | None = None,
    scaled: bool = True,
) -> Standards:  # fmt: skip
    """Per lane the smallest D+n that keeps the target share at the confidence.

    Fitted on what was accepted since deliveries last changed, by season where the history shows
    one (or as `seasons` says). `scaled`: lanes are set to one scale before they are
    pooled. Raises `UsageError` for a target or confidence that is no share.
    """
    needed = items_needed(target, confidence)
    by_lane = history.by_lane()
    seasons = find_seasons(history, by_lane) if seasons is None else seasons
    split = seasons.split(history) if seasons.months else history
    strata = split.by_lane()
    found = changes(history, [strata[one :: len(by_lane)] for one in range(len(by_lane))])
    recent = split.take(stable(history, found))
    groups = recent.by_lane()
    worths = worth(recent, groups, target)
    seen, open_ = recent.seen, recent.open
    curves = [
        curve(seen[group], open_[group], float(one))
        for group, one in zip(groups, worths, strict=True)
    ]
    own = [choose(one, target, confidence) for one in curves]
    shared: list[Choice | None] = [None] * len(own)
    if any(one is None for one in own):
        shared = pooled(recent, groups, worths, target, confidence, scaled)
    parts = []
    for number, group in enumerate(groups):
        choice = own[number] or shared[number]
        other = (number + len(by_lane)) % len(strata)
        if not len(strata[number]) and (number >= len(by_lane) or len(strata[other])):
            continue
        parts.append(
            Standard(
                split.lanes[number], choice.days if choice else None, len(group),
                len(strata[number]), int(open_[group].sum()), float(worths[number]),
                choice.share if choice else None, choice.lower if choice else None,
                _status(own[number], shared[number], curves[number], needed, target),
                int(recent.accepted[group[0]]) if len(group) else None,
                peak=number >= len(by_lane),
            )
        )  # fmt: skip
    order = {lane: number for number, lane in enumerate(history.lanes)}
    parts.sort(key=lambda part: (order[part.lane], part.peak))
    return Standards(target, confidence, needed, tuple(parts), tuple(found), seasons)


def _or_none(days: int | None) -> int:
    return NONE if days is None else days


def _all_year(parts: list[Standard]) -> Standard:
    if len(parts) == 1:
        return parts[0]
    worst = max(parts, key=lambda part: (list(Status).index(part.status), part.days or 0))
    whole = replace(
        worst, peak=False, items=sum(part.items for part in parts),
        open=sum(part.open for part in parts), all_items=sum(part.all_items for part in parts),
        since=min((part.since for part in parts if part.since is not None), default=None),
    )  # fmt: skip
    told = [part for part in parts if part.days is not None]
    if len(told) < len(parts):
        return replace(whole, days=None, expected=None, lower=None)
    return replace(
        whole, days=max(part.days or 0 for part in told),
        expected=min(part.expected or 0.0 for part in told),
        lower=min(part.lower or 0.0 for part in told),
    )  # fmt: skip


def _status(
    own: Choice | None, shared: Choice | None, found: Curve, needed: int, target: float
) -> Status:
    if own is not None:
        return Status.ASSURED
    if shared is not None:
        return Status.ASSURED_POOLED
    told = found.missing[-1] + found.delivered[-1] if len(found.days) else 0.0
    if told >= needed and found.share[-1] < target:
        return Status.NOT_REACHED
    return Status.NOT_ENOUGH_ITEMS
