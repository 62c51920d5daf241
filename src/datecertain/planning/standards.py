"""Standards found in a history: per lane the smallest D+n that is assured (req 51, 64)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.planning.assured import Choice, Curve, choose, curve, items_needed
from datecertain.planning.drift import Change, changes, stable
from datecertain.planning.histories import Deliveries
from datecertain.planning.pooling import pooled
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
    worth; `since`: acceptance day of the first of them.
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


@dataclass(frozen=True, slots=True)
class Standards:
    """The standards of all lanes in a history, and what the watch for drift found in it."""

    target: float
    confidence: float
    needed: int  # items, all on time, without which no lane is assured by itself
    rows: tuple[Standard, ...]
    changes: tuple[Change, ...]

    def days(self) -> dict[str, int]:
        """Days by lane, of lanes that have a standard."""
        return {row.lane: row.days for row in self.rows if row.days is not None}


def last_years(history: Deliveries) -> Deliveries:
    """The items of a history that a standard may rest on."""
    return history.take(history.accepted > history.as_of - POOLED_DAYS)


def find_standards(history: Deliveries, target: float, confidence: float) -> Standards:
    """Per lane the smallest D+n that keeps the target share at the confidence.

    Fitted on what was accepted since deliveries last changed. Raises `UsageError` for a target or
    confidence that is no share.
    """
    needed = items_needed(target, confidence)
    found = changes(history, history.by_lane())
    recent = history.take(stable(history, found))
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
        shared = pooled(recent, groups, worths, target, confidence)
    every = np.bincount(history.lane, minlength=len(groups))
    rows = []
    for number, (lane, group) in enumerate(zip(history.lanes, groups, strict=True)):
        choice = own[number] or shared[number]
        rows.append(
            Standard(
                lane, choice.days if choice else None, len(group), int(every[number]),
                int(open_[group].sum()), float(worths[number]),
                choice.share if choice else None, choice.lower if choice else None,
                _status(own[number], shared[number], curves[number], needed, target),
                int(recent.accepted[group[0]]) if len(group) else None,
            )
        )  # fmt: skip
    return Standards(target, confidence, needed, tuple(rows), tuple(found))


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
