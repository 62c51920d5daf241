"""What pages keep in the memory of the server, and what that rests on (`Kept`).

A page is a function of what was asked, by whom, in which language, of what stands in the records
(which say what the facts are) and of the minute. `kept_page` keeps it whole as long as all of these
are the same; the token of its forms, which is another for each visit, is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

from fastapi import Request, Response
from markupsafe import escape

from datecertain.access import Viewer
from datecertain.door import door_of
from datecertain.kept import Kept
from datecertain.operations.looking import Look
from datecertain.operations.networks import current_version
from datecertain.store import Workspace
from datecertain.web.site.frame import (
    CSRF_PLACE,
    former_at,
    note_former,
    said_of,
    theme_of,
    to_be_kept,
    whole,
)
from datecertain.web.site.languages import STAFF, language_of
from datecertain.web.site.visiting import csrf_of

_MakesPage = TypeVar("_MakesPage", bound=Callable[..., Response])
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


def facts_key(workspace: Workspace) -> tuple[Hashable, ...]:
    """What changes whenever facts or the network of a workspace do."""
    return current_version(workspace), *workspace.stand


def look_at(
    request: Request, opened: Workspace, look: Look[_T, *_Ts], *given: *_Ts
) -> _T:  # fmt: skip
    """A costly look for a page. Where it is the former one, since the one after it is being made,
    the page says as of when it stands, and is not kept."""
    seen = door_of(request).looks.glimpse(opened, look, *given)
    if seen.former_at is not None:
        note_former(request, seen.former_at)
    return seen.value


@dataclass(frozen=True, slots=True)
class _Made:
    """A page with a place for the token of its forms."""

    text: bytes
    status: int
    language: str


class _NotKept(Exception):
    """The answer is not kept: it is a file, or the way to another page, or a page with figures of a
    moment ago."""

    def __init__(self, answer: Response | _Made) -> None:
        super().__init__()
        self.answer = answer


#: So many pages are kept; one has 10 to 200 kB.
_PAGES: Kept[_Made] = Kept(300)


def kept_page(
    *, by_the_minute: bool = True, beside: Callable[[Request], Hashable] = lambda request: None
) -> Callable[[_MakesPage], _MakesPage]:
    """A page for staff that rests on nothing but what the module says: not on what runs in the
    server, nor on the mail book. `by_the_minute`: it looks at the clock; `beside` tells what else
    it rests on, such as a file of the workspace."""

    def around(make: _MakesPage) -> _MakesPage:
        @wraps(make)
        def page(request: Request, who: Viewer, **asked: Any) -> Response:
            door, language = door_of(request), language_of(request, STAFF)
            key = (
                str(door.workspace), door.changes.mark(), beside(request), who, str(request.url),
                door.how.clock.now() if by_the_minute else None, door.network.now().version,
                language, theme_of(request), said_of(request), request.headers.get("hx-request"),
            )  # fmt: skip

            def made() -> _Made:
                with to_be_kept(request):
                    answer = make(request=request, who=who, **asked)
                if answer.media_type != "text/html":
                    raise _NotKept(answer)
                made = _Made(bytes(answer.body), answer.status_code, language)
                if former_at(request) is not None:
                    raise _NotKept(made)
                return made

            try:
                return _shown(request, _PAGES.get(key, made))
            except _NotKept as other:
                made_now = other.answer
                return _shown(request, made_now) if isinstance(made_now, _Made) else made_now

        return page  # type: ignore[return-value]

    return around


def _shown(request: Request, made: _Made) -> Response:
    """The page as an answer, with the token of its forms filled in."""
    text, place = made.text, CSRF_PLACE.encode()
    if place in text:
        text = text.replace(place, escape(csrf_of(request)).encode())
    return whole(request, text, made.status, made.language)
