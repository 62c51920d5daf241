"""What pages keep in the memory of the server, and what that rests on (`Kept`).

A page is a function of what was asked, by whom, in which language, of what stands in the records
(which say what the facts are) and of the minute. `kept_page` keeps it whole as long as all of these
are the same; the token of its forms, which is another for each visit, is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from fastapi import Request, Response
from markupsafe import escape

from datecertain.access import Viewer
from datecertain.door import door_of
from datecertain.kept import Kept
from datecertain.operations.networks import current_version
from datecertain.store import Workspace
from datecertain.web.site.frame import (
    CSRF_PLACE,
    said_of,
    theme_of,
    to_be_kept,
    whole,
)
from datecertain.web.site.languages import STAFF, language_of
from datecertain.web.site.visiting import csrf_of

_MakesPage = TypeVar("_MakesPage", bound=Callable[..., Response])


def facts_key(workspace: Workspace) -> tuple[Hashable, ...]:
    """What changes whenever facts or the network of a workspace do."""
    return current_version(workspace), *workspace.stand


@dataclass(frozen=True, slots=True)
class _Made:
    """A page with a place for the token of its forms."""

    text: bytes
    status: int
    language: str


class _NoPage(Exception):
    """The answer is no page: a file, or the way to another page."""

    def __init__(self, answer: Response) -> None:
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
                    raise _NoPage(answer)
                return _Made(bytes(answer.body), answer.status_code, language)

            try:
                return _shown(request, _PAGES.get(key, made))
            except _NoPage as other:
                return other.answer

        return page  # type: ignore[return-value]

    return around


def _shown(request: Request, made: _Made) -> Response:
    """The page as an answer, with the token of its forms filled in."""
    text, place = made.text, CSRF_PLACE.encode()
    if place in text:
        text = text.replace(place, escape(csrf_of(request)).encode())
    return whole(request, text, made.status, made.language)
