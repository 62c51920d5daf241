"""An attribution contested before it is billed, and what the other post answers (req 77)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound, UsageError
from datecertain.operations.contesting import (
    ItemLine,
    contest_item,
    contested,
    lines_of_item,
    say_of_contested,
)
from datecertain.operations.explaining import explain_item
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.explaining import reason_label
from datecertain.settlement.life import Act
from datecertain.verdict.telling import sentences
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.questions import Fault
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.contested", "/contested", Right.CONTEST),)
_Contester = Annotated[Viewer, Depends(PageNeeds(Right.CONTEST))]
_Answerer = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS_ACT))]
_LONGEST = 500
_ACTS = {"concede": Act.CONCEDED, "maintain": Act.MAINTAINED}


@PAGES.get("/contested")
@kept_page(by_the_minute=False)
def listed(request: Request, who: _Contester) -> Response:
    """What is contested of one's statements: to be answered first."""
    return _listed(request, who)


def _listed(request: Request, who: Viewer, fault: Fault | None = None, at: str = "") -> Response:
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        found = contested(opened, who)
    return page(
        request, "contested.html.j2", who, status=422 if fault else 200, fault=fault, at=at,
        rows=[(one, _key(one.statement.statement.period, one.statement.pair, one.dispute.line,
                         one.dispute.item), reason_label(one.line.reason, words))
              for one in found],
        answers=who.may(Right.STATEMENTS_ACT), money=who.may(Right.MONEY), most=_LONGEST,
        crumbs=_crumbs(words, (words.say("contested.title"), "")),
    )  # fmt: skip


def _key(period: str, pair: tuple[str, str], line: int, item: str) -> str:
    return f"{period}/{'-'.join(pair)}/{line}/{item or '-'}"


def _where(key: str) -> tuple[str, str, int, str]:
    """Raises `NotFound` for what is no such key."""
    parts = key.split("/")
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdecimal() and len(parts[2]) < 7):
        raise NotFound("nothing of that is contested here")
    return parts[0], parts[1], int(parts[2]), "" if parts[3] == "-" else parts[3]


@PAGES.post("/contested/answer")
def answer(request: Request, who: _Answerer, form: Form) -> Response:
    """Concede, or stand by the line."""
    act = _ACTS.get(form.get("act", ""))
    if act is None:
        raise NotFound("an answer concedes or maintains")
    return _say(request, who, form, act, "said.contest.answered")


@PAGES.post("/contested/withdraw")
def withdraw(request: Request, who: _Contester, form: Form) -> Response:
    """Contest it no longer."""
    return _say(request, who, form, Act.WITHDRAWN, "said.withdrawn")


def _say(request: Request, who: Viewer, form: Form, act: Act, said: str) -> Response:
    key, reason = form.get("key", "")[:100], form.get("reason", "").strip()[:_LONGEST]
    where, door = _where(key), door_of(request)
    if not reason and act is not Act.WITHDRAWN:
        return _listed(request, who, Fault("reason", "contest.fault.reason"), key)
    try:
        with open_workspace(door.workspace, write=True) as opened:
            say_of_contested(opened, who, where, act, reason, door.how.clock)
    except NotFound:
        raise
    except UsageError:
        return _listed(request, who, Fault("reason", "contest.fault.not_now"), key)
    return go("/contested", said)


@PAGES.get("/contest/{number}")
@kept_page()
def show(request: Request, who: _Contester, number: str) -> Response:
    """An item's verdict between the posts, where it is charged, and a form to contest it."""
    return _show(request, who, number[:40])


@PAGES.post("/contest/{number}")
def contest(request: Request, who: _Contester, number: str, form: Form) -> Response:
    """Contest the item in a line of the statement."""
    reason, door = form.get("reason", "").strip()[:_LONGEST], door_of(request)
    period, line = form.get("period", "")[:7], form.get("line", "")
    if not (line.isascii() and line.isdecimal() and len(line) < 7):
        raise NotFound("no such line")
    if not reason:
        return _show(request, who, number[:40], Fault("reason", "contest.fault.reason"), line)
    try:
        with open_workspace(door.workspace, write=True) as opened:
            contest_item(opened, who, number[:40], period, int(line), reason, door.how.clock)
    except NotFound:
        raise
    except UsageError:
        return _show(request, who, number[:40], Fault("reason", "contest.fault.not_now"), line)
    return go(f"/contest/{quote(number[:40])}", "said.contested")


def _show(
    request: Request, who: Viewer, number: str, fault: Fault | None = None, at: str = ""
) -> Response:
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    with open_workspace(door.workspace) as opened:
        item, lines = lines_of_item(opened, who, number)
        told = explain_item(opened, item["item_id"], None, door.how.clock)
    title = words.say("contest.title", item=item["item_id"])
    return page(
        request, "contest.html.j2", who, status=422 if fault else 200, item=item, title=title,
        lines=[_row(one, words) for one in lines], told=sentences(told, words), fault=fault, at=at,
        money=who.may(Right.MONEY), most=_LONGEST,
        item_pages=any(one.path == "/items" for one in request.app.state.site.entries),
        crumbs=_crumbs(words, (words.say("contested.title"), "/contested"), (title, "")),
    )  # fmt: skip


def _row(one: ItemLine, words: Words) -> tuple[ItemLine, str, str]:
    return one, reason_label(one.line.reason, words), f"{words.moment(one.until, 'UTC')} UTC"


def _crumbs(words: Words, *steps: tuple[str, str]) -> tuple[Crumb, ...]:
    return (Crumb(words.say("frame.home"), "/"), *(Crumb(*step) for step in steps))
