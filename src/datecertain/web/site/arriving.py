"""The first page, with what the viewer's role does first; coming in and going out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from datecertain.access import Role, Viewer, nobody
from datecertain.door import door_of
from datecertain.door.visiting import (
    address_of,
    demand_slowly,
    forget_visit,
    set_visit,
    token_of,
)
from datecertain.errors import SignInRefused
from datecertain.operations.visits import begin, end
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.languages import SENDERS, STAFF, language_of, page_words
from datecertain.web.site.visiting import Form, Looker

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()
#: What a role does first; the other pages that it may see come after.
FIRST: Mapping[Role, tuple[str, ...]] = {
    Role.COUNTER: ("/counter",),
    Role.CARE: ("/items", "/inquiries", "/claims", "/watch"),
    Role.QUALITY: ("/quality",),
    Role.EDI: ("/messages", "/data-quality"),
    Role.SETTLEMENT: ("/settlement",),
    Role.AUDITOR: ("/settlement",),
    Role.NETWORK: ("/network", "/approvals", "/resume"),
    Role.ADMINISTRATOR: ("/admin", "/approvals"),
    Role.CENTRAL_OFFICE: ("/resume", "/packs", "/quality", "/netting"),
}


@PAGES.get("/")
def home(request: Request, who: Looker) -> Response:
    """Where everyone begins."""
    entries = [one for one in request.app.state.site.entries if one.shown_to(who)]
    first = [path for role in who.roles for path in FIRST.get(role, ())]
    entries.sort(key=lambda one: first.index(one.path) if one.path in first else len(first))
    words = page_words(language_of(request, STAFF if who.name else SENDERS))
    roles = ", ".join(words.say(f"role.{role}") for role in who.roles)
    return page(
        request, "home.html.j2", who, tiles=entries, roles_text=roles,
        languages=STAFF if who.name else SENDERS,
    )  # fmt: skip


@PAGES.get("/login")
def login(
    request: Request, who: Looker, next_: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """The way in."""
    return _login(request, who, next_)


@PAGES.post("/login")
async def come_in(request: Request, form: Form) -> Response:
    """Come in with a login and its password. A wrong one, and too many, are told on the page."""
    onward, given = form.get("next", "/"), form.get("login", "").strip()
    door, address = door_of(request), address_of(request)
    try:
        demand_slowly(door, address)
        token = await run_in_threadpool(
            begin, door.access, given[:64], form.get("password", "")[:1024], int(time.time()),
            address, door.visits,
        )  # fmt: skip
    except SignInRefused as error:
        return _login(request, nobody(), onward, login=given, wait_s=error.wait_s, wrong=True)
    answer = go(_within(onward))
    set_visit(request, answer, token, door.visits.whole_s)
    return answer


@PAGES.post("/logout")
async def go_out(request: Request, who: Looker, form: Form) -> Response:
    """Go out; the visit is over here as well."""
    token = token_of(request)
    if who.name and token is not None:
        await run_in_threadpool(end, door_of(request).access, who, token, int(time.time()))
    answer = go("/", "said.gone")
    forget_visit(request, answer)
    return answer


def _login(
    request: Request, who: Viewer, onward: str, *, login: str = "", wait_s: int = 0,
    wrong: bool = False,
) -> Response:  # fmt: skip
    words = page_words(language_of(request, STAFF))
    crumbs = (Crumb(words.say("frame.home"), "/"), Crumb(words.say("login.title")))
    fault = ""
    if wait_s:
        fault = words.say("login.wait", seconds=words.count(wait_s))
    elif wrong:
        fault = words.say("login.wrong")
    status = 429 if wait_s else 422 if wrong else 200
    return page(
        request, "login.html.j2", who, status=status, crumbs=crumbs, fault=fault, login=login,
        next=_within(onward), elsewhere=door_of(request).provider is not None,
    )  # fmt: skip


def _within(path: str) -> str:
    """A path of this site; the first page for anything else, so that nobody is led away."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and "\\" not in path else "/"
