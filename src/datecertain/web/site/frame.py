"""The frame of every page: navigation by rights, language, theme, notices, what may be loaded."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

from datecertain.access import Right, Viewer, nobody
from datecertain.door.limiting import Limiter
from datecertain.moments import format_utc
from datecertain.web.pages import templates
from datecertain.web.site.assets import address_of
from datecertain.web.site.languages import (
    LANGUAGE_COOKIE,
    OWN_NAMES,
    STAFF,
    language_of,
    page_words,
)
from datecertain.web.site.visiting import CSRF_FIELD, FORM_COOKIE, csrf_of
from datecertain.wording import glossary
from datecertain.wording.told_back import told_back

THEME_COOKIE, SAID_COOKIE = "dc_theme", "dc_said"
THEMES = ("auto", "light", "dark")
_YEAR_S = 365 * 24 * 3600
#: Nothing is loaded from elsewhere, no script stands in a page. Pictures carry their own style.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Stands in a page that is kept for the token of its forms, which is another for each visit.
CSRF_PLACE = secrets.token_hex(16)
_HEADERS = {
    "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Vary": "Cookie",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation. `label`: its key in the glossary, with a sentence at
    `<label>.tells`; `right`: who is shown it, None: everyone, also who did not come in."""

    label: str
    path: str
    right: Right | None

    def shown_to(self, viewer: Viewer) -> bool:
        """Whether it leads this viewer anywhere."""
        return self.right is None or viewer.may(self.right)


@dataclass(slots=True)
class Site:
    """What the pages of one application share. `public`: how often an address may ask that did not
    come in."""

    entries: tuple[Entry, ...]
    public: Limiter = field(default_factory=lambda: Limiter(60))


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to a page; the last one is the page itself."""

    text: str
    path: str = ""


def page(
    request: Request, template: str, viewer: Viewer, *, status: int = 200,
    languages: Sequence[str] = STAFF, crumbs: Sequence[Crumb] = (), **values: Any,
) -> HTMLResponse:  # fmt: skip
    """A page as an answer. `template` stands in `templates/site`; `languages` are those that the
    page is there in; `values` are the template's own names."""
    language, said = language_of(request, languages), said_of(request)
    theme = theme_of(request)
    text = _environment().get_template(f"site/{template}").render(
        w=page_words(language), language=language, theme=theme, viewer=viewer, crumbs=crumbs,
        entries=[one for one in request.app.state.site.entries if one.shown_to(viewer)],
        here=request.url.path, said=said, csrf_field=CSRF_FIELD,
        csrf=CSRF_PLACE if _is_kept(request) else csrf_of(request),
        languages=[(code, OWN_NAMES[code], _with(request, lang=code)) for code in languages],
        themes=[(name, _with(request, theme=name)) for name in THEMES],
        fragment=request.headers.get("hx-request") == "true", former=_former(request), **values,
    )  # fmt: skip
    if _is_kept(request):
        return HTMLResponse(text, status)
    return whole(request, text.encode(), status, language)


def whole(request: Request, text: bytes, status: int, language: str) -> HTMLResponse:
    """A page that is made, as the answer to a request, with what the browser keeps."""
    answer = HTMLResponse(text, status, headers=_HEADERS)
    _keep(request, answer, language, theme_of(request), said_of(request))
    return answer


@contextmanager
def to_be_kept(request: Request) -> Iterator[None]:
    """The page that is made meanwhile is kept: it has a place for the token of its forms, and
    is without the browser's part."""
    request.state.kept = True
    try:
        yield
    finally:
        request.state.kept = False


def _former(request: Request) -> str:
    at = former_at(request)
    return "" if at is None else format_utc(at)


def _is_kept(request: Request) -> bool:
    return getattr(request.state, "kept", False)


def note_former(request: Request, at: int) -> None:
    """Figures of the page that is made stand only as of a moment (UTC minutes)."""
    before = former_at(request)
    request.state.former_at = at if before is None else min(at, before)


def former_at(request: Request) -> int | None:
    """As of when figures of the page stand; None: as of now."""
    found: int | None = getattr(request.state, "former_at", None)
    return found


def theme_of(request: Request) -> str:
    """`light`, `dark`, or `auto`: as the reader's machine has it."""
    for one in (request.query_params.get("theme"), request.cookies.get(THEME_COOKIE)):
        if one in THEMES:
            return one
    return "auto"


def go(path: str, said: str = "") -> RedirectResponse:
    """On to another page after a form was posted; `said`: the key of a notice that it shows."""
    answer = RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})
    if said:
        answer.set_cookie(
            SAID_COOKIE, quote(said), max_age=60, httponly=True, samesite="lax", path="/"
        )
    return answer


def keep_cookie(request: Request, answer: Response, name: str, value: str, age_s: int) -> None:
    """Keep a value in the browser: not for scripts, not for other sites."""
    answer.set_cookie(
        name, value, max_age=age_s, httponly=True, samesite="lax", path="/",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def viewer_of(request: Request) -> Viewer:
    """The viewer that a page's dependency found; `nobody()` before it did."""
    found: Viewer = getattr(request.state, "viewer", None) or nobody()
    return found


def _keep(request: Request, answer: Response, language: str, theme: str, said: str) -> None:
    if request.query_params.get("lang") == language:
        keep_cookie(request, answer, LANGUAGE_COOKIE, language, _YEAR_S)
    if request.query_params.get("theme") == theme:
        keep_cookie(request, answer, THEME_COOKIE, theme, _YEAR_S)
    if hasattr(request.state, "form_token"):
        keep_cookie(request, answer, FORM_COOKIE, request.state.form_token, 24 * 3600)
    if said:
        answer.delete_cookie(SAID_COOKIE, path="/")


def said_of(request: Request) -> str:
    """The notice that the page before left; only one that we wrote."""
    said = unquote(request.cookies.get(SAID_COOKIE, ""))
    return said if said.startswith("said.") and said in glossary() else ""


def _with(request: Request, **changed: str) -> str:
    """The address of this page with something changed. What was posted is asked for anew."""
    query = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("lang", "theme")
    ]
    path = quote(request.url.path) if request.method in ("GET", "HEAD") else "/"
    return f"{path}?{urlencode([*query, *changed.items()])}"


@cache
def _environment() -> Environment:
    environment = templates().overlay()
    environment.globals = {**templates().globals, "asset": address_of, "told_back": told_back}
    return environment
