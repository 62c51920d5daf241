"""What waits for a second pair of eyes (req 58)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import Problem, door_of
from datecertain.errors import NotAllowed, NotFound, UsageError
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused
from datecertain.web.site.second_eyes import PENDING, SecondEyes, Waiting
from datecertain.web.site.visiting import Form, Looker, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.approvals", "/approvals", Right.APPROVE),)
_LONG = 200
_Approver = Annotated[Viewer, Depends(PageNeeds(Right.APPROVE))]


def _either(who: Looker) -> Viewer:
    """Whoever may ask for something, or approve it."""
    if not who.name:
        raise Problem(401, "login", "Come in first")
    if not who.may(Right.NETWORK):
        who.demand(Right.APPROVE)
    return who


_See = Annotated[Viewer, Depends(_either)]


def _eyes(request: Request) -> SecondEyes:
    eyes: SecondEyes = request.app.state.site.second_eyes
    return eyes


@PAGES.get("/approvals")
def approvals(request: Request, who: _See) -> Response:
    """What the post's accounts asked for: what waits first."""
    words = page_words(language_of(request, STAFF))
    found = sorted(_eyes(request).of(door_of(request), who), key=lambda one: one.state != PENDING)
    table = _grid(request, words, found)
    if answer := file_asked(request, [table]):
        return answer
    return page(
        request, "approvals.html.j2", who, grid=table, found=found,
        waiting=sum(one.state == PENDING for one in found), crumbs=_crumbs(words),
    )  # fmt: skip


def _crumbs(words: Words, *more: Crumb) -> tuple[Crumb, ...]:
    first = Crumb(words.say("frame.home"), "/")
    return first, Crumb(words.say("approvals.title"), "/approvals"), *more


def moment_text(seconds: int | None) -> str:
    """A moment as the pages of administration write it."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _grid(request: Request, words: Words, found: list[Waiting]) -> Grid:
    rows = [
        (Cell(str(one.number), one.number, path=f"/approvals/{one.number}"),
         words.say(f"approvals.kind.{one.kind}"),
         Cell(words.say(f"approvals.state.{one.state}"), mark=one.state), one.asked_by,
         moment_text(one.asked_at), one.decided_by, one.why)
        for one in found
    ]  # fmt: skip
    names = heads(
        words, "approvals.col.number", "approvals.col.what", "settle.col.state",
        "approvals.col.asked_by", "approvals.col.asked_at:day", "approvals.col.decided_by",
        "settle.note",
    )  # fmt: skip
    return grid(request, "approvals", words.say("approvals.caption"), names, rows)


@PAGES.get("/approvals/{number}")
def approval(request: Request, who: _See, number: int) -> Response:
    """What exactly is asked for."""
    return _approval(request, who, number)


def _approval(
    request: Request, who: Viewer, number: int, refused: Refused | None = None
) -> Response:
    words = page_words(language_of(request, STAFF))
    one = _eyes(request).find(door_of(request), who, number)
    waits = one.state == PENDING
    return page(
        request, "approval.html.j2", who, status=409 if refused else 200, one=one, refused=refused,
        row=_fields(words, one.request), asked_at=moment_text(one.asked_at),
        decided_at=moment_text(one.decided_at), own=one.asked_by == who.name, waits=waits,
        may_decide=waits and who.may(Right.APPROVE),
        crumbs=_crumbs(words, Crumb(str(number))),
    )  # fmt: skip


def _fields(words: Words, asked: Any) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for name, value in asked.items():
        if name == "files":
            text = "\n".join(f"{file}\n{content}" for file, content in sorted(value.items()))
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            count = words.count(len(value))
            told.append((name, words.say("approvals.files", count=count, sha256=digest)))
        elif isinstance(value, dict):
            told += [(column, str(cell)[:_LONG]) for column, cell in value.items() if cell]
        else:
            told.append((name, str(value)[:_LONG]))
    return told


@PAGES.post("/approvals/{number}/approve")
def approve(request: Request, who: _Approver, number: int, form: Form) -> Response:
    """Approve exactly what was seen; it is done at once."""
    try:
        made = _eyes(request).approve(door_of(request), who, number, form.get("digest", ""))
    except NotFound:
        raise
    except NotAllowed:
        return _approval(request, who, number, Refused("approvals.fault.own"))
    except UsageError as error:
        return _approval(request, who, number, Refused("approvals.fault", str(error)))
    return go(f"/approvals/{number}", f"said.approval.{made.state}")


@PAGES.post("/approvals/{number}/refuse")
def refuse(request: Request, who: _See, number: int, form: Form) -> Response:
    """Refuse it with a reason; whoever asked withdraws it."""
    one = _eyes(request).find(door_of(request), who, number)
    if one.asked_by != who.name:
        who.demand(Right.APPROVE)
    why = form.get("why", "").strip()[:300]
    if one.asked_by != who.name and not why:
        return _approval(request, who, number, Refused("settle.fault.reason"))
    try:
        made = _eyes(request).refuse(door_of(request), who, number, why)
    except NotFound:
        raise
    except UsageError as error:
        return _approval(request, who, number, Refused("approvals.fault", str(error)))
    return go(f"/approvals/{number}", f"said.approval.{made.state}")
