"""The watch list: what can still be saved, and what failed yesterday (req 22, 68)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.api.fields import After, AnyPost, Limit, Moment
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations import desk_looks
from datecertain.operations.failed_dispatches import failed_yesterday
from datecertain.operations.on_the_way import read_on_the_way
from datecertain.operations.telling_watch import FailedTold, as_json, failed_as_json
from datecertain.operations.told_items import LiveTold
from datecertain.operations.watch_list import Asked, narrowed, watch_list
from datecertain.operations.workspaces import open_workspace

WAYS = APIRouter(prefix="/v1/watch", tags=["watch"], responses=REFUSALS)

_Watcher = Annotated[Viewer, Depends(Needs(Right.WATCH))]
_Office = Annotated[str, Query(max_length=10, description="An office of exchange.")]
_Lane = Annotated[
    str, Query(pattern=r"^([A-Za-z]{2}-[A-Za-z]{2})?$", examples=["KR-US"], description="One lane.")
]
_Percent = Annotated[int | None, Query(ge=0, le=100)]
_AFTER = re.compile(r"([0-9TZ:-]{17})\.([0-9]{1,9})")


class WatchPage(TypedDict):
    """Open items in the order of the moment by which each can still be saved. `states` counts all
    of them, `looked_at` the items that were looked at; pages of one list are of one moment."""

    at: str
    looked_at: int
    states: dict[str, int]
    items: list[LiveTold]
    next: str | None


@WAYS.get("", summary="Items that can still be saved")
def watch(
    request: Request, who: _Watcher, post: AnyPost = "", office: _Office = "",
    lane: _Lane = "", at: Moment = None, slack_used: _Percent = None, chance: _Percent = None,
    reports_within_h: Annotated[int | None, Query(ge=0, le=10_000)] = None,
    after: After = "", limit: Limit = 100,
) -> WatchPage:  # fmt: skip
    """Of one's own flows, now or as known at a moment. `post`: that holds the item now; the
    thresholds are those of the lane's terms, unless asked otherwise."""
    door = door_of(request)
    moment, first = parse_utc(at) if at else door.how.clock.now(), 0
    if after:
        place = _AFTER.fullmatch(after)
        if place is None:
            raise UsageError(f"after={after!r} is no place in a list: give what `next` said")
        moment, first = parse_utc(place[1]), int(place[2])
    reports = None if reports_within_h is None else reports_within_h * 60
    asked = Asked(post.upper(), office.upper(), lane.upper(), slack_used, chance, reports)
    last = first + limit
    agreed = (slack_used, chance, reports) == (None, None, None)
    with open_workspace(door.workspace) as opened:
        if agreed and moment == door.how.clock.now():  # all who watch for a post: one reckoning
            whole = door.looks.see(opened, desk_looks.watched, desk_looks.as_post(who))
            found = narrowed(whole, asked.post, asked.office, asked.lane)
        else:
            found = watch_list(
                opened, moment, asked, limit=last + 1, histories=read_on_the_way(door.workspace),
                sees_flow=who.sees_flow,
            )  # fmt: skip
    rows, when = found.rows.slice(first, limit + 1).to_pylist(), format_utc(found.now)
    return {
        "at": when, "looked_at": found.looked_at, "states": dict(found.states),
        "items": [as_json(row) for row in rows[: limit]],
        "next": f"{when}.{last}" if len(rows) > limit else None,
    }  # fmt: skip


@WAYS.get("/failed-dispatches", summary="Yesterday's failed dispatches")
def failed(
    request: Request, who: _Watcher, post: AnyPost = "", office: _Office = "", lane: _Lane = "",
    at: Moment = None,
) -> list[FailedTold]:  # fmt: skip
    """Dispatches that left by standard on the day before, on their office's calendar, and that
    items of one's own flows missed."""
    door = door_of(request)
    moment = parse_utc(at) if at else door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        found = failed_yesterday(
            opened, moment, office.upper(), post.upper(), lane.upper(), sees_flow=who.sees_flow
        )
    return failed_as_json(found)
