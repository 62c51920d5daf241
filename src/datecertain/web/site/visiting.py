"""Who looks at pages: known by the cookie of a visit, let in by a right, and what they post back.

A visit is begun with a key of the account, kept in this process and checked again each time, so
that a key that was revoked opens no page. `Visits` is all that has to change for another way in.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer, nobody
from datecertain.door import Door, Problem, door_of
from datecertain.operations.accounts import find_account, viewer_of_key

COOKIE = "dc_visit"
#: The cookie that a form of somebody unknown is compared with.
FORM_COOKIE = "dc_form"
CSRF_FIELD = "csrf"
#: A visit ends after so long without a page, and after so long in any case.
IDLE_S, LONGEST_S = 3600 * 4, 3600 * 14
_MOST_FORM_BYTES = 64 << 10
_MOST_FIELDS = 200


@dataclass(slots=True)
class Visit:
    """Somebody who came in. `language`: of the account."""

    key: str
    language: str
    csrf: str
    began_at: float
    seen_at: float


@dataclass(slots=True)
class Visits:
    """The visits of this process, by their tokens."""

    _known: dict[str, Visit] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, door: Door, key: str) -> str | None:
        """Come in with a key: the token of a new visit; None when the key opens nothing."""
        viewer = viewer_of_key(door.access, key, int(time.time()))
        if viewer is None:
            return None
        language, now = find_account(door.access, viewer.name).language, time.monotonic()
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._known = {
                other: visit for other, visit in self._known.items() if not _over(visit, now)
            }
            self._known[token] = Visit(key, language, secrets.token_urlsafe(24), now, now)
        return token

    def of(self, token: str) -> Visit | None:
        """The visit of a token, unless it has ended."""
        visit, now = self._known.get(token), time.monotonic()
        if visit is None or _over(visit, now):
            return None
        visit.seen_at = now
        return visit

    def end(self, token: str) -> None:
        """Go out."""
        with self._lock:
            self._known.pop(token, None)


def _over(visit: Visit, now: float) -> bool:
    return now - visit.seen_at > IDLE_S or now - visit.began_at > LONGEST_S


VISITS = Visits()


def visit_of(request: Request) -> Visit | None:
    """The visit whose cookie came with a request."""
    return VISITS.of(request.cookies.get(COOKIE, ""))


async def page_viewer(request: Request) -> Viewer:
    """Whoever looks at a page; `nobody()` who did not come in. Raises `Problem` 429."""
    door, visit = door_of(request), visit_of(request)
    known = None
    if visit is not None:
        now = int(time.time())
        known = await run_in_threadpool(viewer_of_key, door.access, visit.key, now)
    request.state.viewer = known or nobody()
    if known is not None and (wait := door.limiter.wait_s(known.name)):
        raise Problem(429, "rate", "Too many requests", "", {"Retry-After": str(int(wait) + 1)})
    return known or nobody()


Looker = Annotated[Viewer, Depends(page_viewer)]


class PageNeeds:
    """A dependency: whoever looks at a page, who has this right. The way in for somebody unknown,
    a page that says so without the right."""

    def __init__(self, right: Right) -> None:
        self.right = right

    def __call__(self, who: Looker) -> Viewer:
        """The viewer. Raises `Problem` 401, `NotAllowed`."""
        if not who.name:
            raise Problem(401, "login", "Come in first")
        who.demand(self.right)
        return who


def csrf_of(request: Request) -> str:
    """What a form must bring back: of the visit, or of somebody unknown's cookie."""
    if visit := visit_of(request):
        return visit.csrf
    if not hasattr(request.state, "form_token"):
        request.state.form_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    token: str = request.state.form_token
    return token


async def posted(request: Request) -> Mapping[str, str]:
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
    known = visit_of(request) is not None or FORM_COOKIE in request.cookies
    given = fields.pop(CSRF_FIELD, "").encode()
    if not known or not hmac.compare_digest(given, csrf_of(request).encode()):
        raise Problem(403, "form", "The form is too old", "Load the page again.")
    return fields


Form = Annotated[Mapping[str, str], Depends(posted)]
