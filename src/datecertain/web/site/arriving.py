"""The first page, with what the viewer's role does first; coming in and going out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from datecertain.access import Role, Viewer
from datecertain.door import door_of
from datecertain.web.site.addresses import hold_address_to_rate
from datecertain.web.site.frame import Crumb, Entry, go, keep_cookie, page
from datecertain.web.site.languages import SENDERS, STAFF, language_of, page_words
from datecertain.web.site.visiting import COOKIE, LONGEST_S, VISITS, Form, Looker

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()
#: What a role does first; the other pages that it may see come after.
FIRST: Mapping[Role, tuple[str, ...]] = {
    Role.COUNTER: ("/counter",),
    Role.CARE: ("/track", "/counter"),
    Role.QUALITY: ("/quality",),
    Role.CENTRAL_OFFICE: ("/resume", "/quality"),
    Role.NETWORK: ("/resume",),
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
    """Come in with a login key."""
    hold_address_to_rate(request)
    door, onward = door_of(request), form.get("next", "/")
    key = form.get("key", "").strip()
    token = await run_in_threadpool(VISITS.begin, door, key)
    if token is None:
        return _login(request, Viewer("", "", ()), onward, wrong=True)
    answer = go(_within(onward))
    keep_cookie(request, answer, COOKIE, token, LONGEST_S)
    return answer


@PAGES.post("/logout")
async def go_out(request: Request, form: Form) -> Response:
    """Go out; the visit is over here as well."""
    VISITS.end(request.cookies.get(COOKIE, ""))
    answer = go("/", "said.gone")
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _login(request: Request, who: Viewer, onward: str, *, wrong: bool = False) -> Response:
    words = page_words(language_of(request, STAFF))
    crumbs = (Crumb(words.say("frame.home"), "/"), Crumb(words.say("login.title")))
    return page(
        request, "login.html.j2", who, status=422 if wrong else 200, crumbs=crumbs, wrong=wrong,
        next=_within(onward),
    )  # fmt: skip


def _within(path: str) -> str:
    """A path of this site; the first page for anything else, so that nobody is led away."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and "\\" not in path else "/"
