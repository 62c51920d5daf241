"""Who looks at pages: known by a visit, let in by a right, and what they post back."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from datecertain.access import Right, Viewer, nobody
from datecertain.door import Problem, door_of
from datecertain.door.asking import whoever
from datecertain.door.auditing import UNSAFE, announce, note_who
from datecertain.door.visiting import FIELD
from datecertain.door.visiting import csrf_of as csrf_of_visit

#: The cookie that a form of somebody unknown is compared with.
FORM_COOKIE = "dc_form"
CSRF_FIELD = FIELD
_MOST_FORM_BYTES = 64 << 10
_MOST_FIELDS = 200


async def page_viewer(request: Request) -> Viewer:
    """Whoever looks at a page; `nobody()` who did not come in. Raises `Problem` 429."""
    known = await whoever(request)
    request.state.viewer = known or nobody()
    if known is None:
        return nobody()
    note_who(request, known)
    if wait := door_of(request).limiter.wait_s(known.name):
        raise Problem(429, "rate", "Too many requests", "", {"Retry-After": str(int(wait) + 1)})
    return known


Looker = Annotated[Viewer, Depends(page_viewer)]


class PageNeeds:
    """A dependency: whoever looks at a page, who has this right. The way in for somebody unknown,
    a page that says so without the right. What a page does is written into the audit trail, unless
    it is a `question`: one that changes nothing."""

    def __init__(self, right: Right, *, question: bool = False) -> None:
        self.right, self.question = right, question

    async def __call__(self, request: Request, who: Looker) -> Viewer:
        """The viewer. Raises `Problem` 401, `NotAllowed`."""
        if not who.name:
            raise Problem(401, "login", "Come in first")
        who.demand(self.right)
        if request.method in UNSAFE and not self.question:
            await announce(request, who)
        return who


def _came_in(request: Request) -> bool:
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return viewer is not None and bool(viewer.name) and bool(csrf_of_visit(request))


def csrf_of(request: Request) -> str:
    """What a form must bring back: of the visit, or of somebody unknown's cookie."""
    if _came_in(request):
        return csrf_of_visit(request)
    if not hasattr(request.state, "form_token"):
        request.state.form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    token: str = request.state.form_token
    return token


async def posted(request: Request, who: Looker) -> Mapping[str, str]:
    """The fields of a form that one of our pages posted. Raises `Problem` 403, 413, 422."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM_BYTES:
            raise Problem(413, "too-large", "The form is too large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError as error:
        raise Problem(422, "form", "The form cannot be read") from error
    fields = dict(pairs)
    known = bool(who.name) or FORM_COOKIE in request.cookies
    given = fields.pop(CSRF_FIELD, "").encode()
    if not known or not hmac.compare_digest(given, csrf_of(request).encode()):
        raise Problem(403, "form", "The form is too old", "Load the page again.")
    return fields


Form = Annotated[Mapping[str, str], Depends(posted)]
