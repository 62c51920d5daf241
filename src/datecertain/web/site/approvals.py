"""What waits for a second pair of eyes (req 58)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import Problem, door_of
from datecertain.door.auditing import UNSAFE, announce
from datecertain.errors import NotAllowed, NotFound, UsageError
from datecertain.operations import approvals as acts
from datecertain.operations.approval_kinds import may
from datecertain.operations.approvals import Approval, State
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.visiting import Form, Looker
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.approvals", "/approvals", Right.APPROVE),)


async def _somebody(request: Request, who: Looker) -> Viewer:
    """Whoever came in: which right is needed follows from what is asked for. Raises `Problem`."""
    if not who.name:
        raise Problem(401, "login", "Come in first")
    if request.method in UNSAFE:
        await announce(request, who)
    return who


_See = Annotated[Viewer, Depends(_somebody)]


@PAGES.get("/approvals")
def approvals(request: Request, who: _See) -> Response:
    """What the post's accounts asked for, as far as it concerns who looks: what waits first."""
    words = page_words(language_of(request, STAFF))
    listed = acts.listed(door_of(request).access, who, int(time.time()))
    mine = [one for one in listed if acts.may_see(who, one)]
    found = sorted(mine, key=lambda one: (one.state is not State.PENDING, -one.number))
    table = _grid(request, words, found)
    if answer := file_asked(request, [table]):
        return answer
    return page(
        request, "approvals.html.j2", who, grid=table, found=found,
        waiting=sum(one.state is State.PENDING for one in found), crumbs=_crumbs(words),
    )  # fmt: skip


def _crumbs(words: Words, *more: Crumb) -> tuple[Crumb, ...]:
    first = Crumb(words.say("frame.home"), "/")
    return first, Crumb(words.say("approvals.title"), "/approvals"), *more


def moment_text(seconds: int | None) -> str:
    """A moment as the pages of administration write it."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _grid(request: Request, words: Words, found: Iterable[Approval]) -> Grid:
    rows = [
        (Cell(str(one.number), one.number, path=f"/approvals/{one.number}"),
         words.say(f"approval.{one.kind}"),
         Cell(words.say(f"approval.{one.state}"), mark=str(one.state)), one.asked_by,
         moment_text(one.asked_at), one.decided_by, one.note)
        for one in found
    ]  # fmt: skip
    names = heads(
        words, "approvals.col.number", "approvals.col.what", "settle.col.state",
        "approvals.col.asked_by", "approvals.col.asked_at:day", "approvals.col.decided_by",
        "settle.note",
    )  # fmt: skip
    return grid(request, "approvals", words.say("approvals.caption"), names, rows)


def _one(request: Request, who: Viewer, number: int) -> Approval:
    found = acts.find(door_of(request).access, who, number, int(time.time()))
    return acts.demand_sight(who, found)


@PAGES.get("/approvals/{number}")
def approval(request: Request, who: _See, number: int) -> Response:
    """What exactly is asked for."""
    return _approval(request, who, number)


def _approval(
    request: Request, who: Viewer, number: int, refused: Refused | None = None
) -> Response:
    words, one = page_words(language_of(request, STAFF)), _one(request, who, number)
    waits, own = one.state is State.PENDING, one.asked_by == who.name
    preview = one.preview_ko if words.language == "ko" else one.preview_en
    reason = str(one.result.get("reason", "")) if one.state is State.FAILED else ""
    return page(
        request, "approval.html.j2", who, status=409 if refused else 200, one=one, refused=refused,
        row=[line.partition(": ")[::2] for line in preview.splitlines()[1:]], own=own, waits=waits,
        asked_at=moment_text(one.asked_at), decided_at=moment_text(one.decided_at),
        ends_at=moment_text(one.ends_at), reason=reason,
        may_decide=waits and not own and may(who, one.kind),
        crumbs=_crumbs(words, Crumb(str(number))),
    )  # fmt: skip


@PAGES.post("/approvals/{number}/approve")
def approve(request: Request, who: _See, number: int, form: Form) -> Response:
    """Approve exactly what was seen; it is done at once."""
    door, now = door_of(request), int(time.time())
    try:
        made = acts.approve(
            door.access, door.workspace, who, number, form.get("digest", ""), now, door.how.clock
        )
    except NotFound:
        raise
    except NotAllowed as error:
        _one(request, who, number)
        return _approval(request, who, number, refused(request, "approvals.fault.own", error))
    except UsageError as error:
        return _approval(request, who, number, refused(request, "approvals.fault", error))
    return go(f"/approvals/{number}", f"said.approval.{made.state}")


@PAGES.post("/approvals/{number}/refuse")
def refuse(request: Request, who: _See, number: int, form: Form) -> Response:
    """Refuse it with a reason; whoever asked withdraws it."""
    why = form.get("why", "").strip()[:300]
    if _one(request, who, number).asked_by != who.name and not why:
        return _approval(request, who, number, Refused("settle.fault.reason"))
    try:
        made = acts.refuse(door_of(request).access, who, number, why, int(time.time()))
    except NotFound:
        raise
    except UsageError as error:
        return _approval(request, who, number, refused(request, "approvals.fault", error))
    return go(f"/approvals/{number}", f"said.approval.{made.state}")
