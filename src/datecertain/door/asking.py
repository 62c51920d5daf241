"""Whoever asks: known by a key or a visit, held to its rights and to a rate (req 40, 57, 58).

Every way through the API but `/v1/health`, the ways to sign in and the description of the API
itself names the right that it needs, by a `Needs`; the description shows it as `x-right`, and the
tests walk it.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer
from datecertain.door.auditing import UNSAFE, announce, note_who
from datecertain.door.opened import Door, door_of
from datecertain.door.problems import MEDIA_TYPE, Problem
from datecertain.door.visiting import FIELD, HEADER, SECURE_COOKIE, sends_csrf, token_of
from datecertain.operations.visits import viewer_of_visit

BEARER = HTTPBearer(auto_error=False, description="A key of `datecertain key create`.")
#: For the description; the cookie itself is read by `token_of`.
COOKIE = APIKeyCookie(
    name=SECURE_COOKIE, auto_error=False, description="Of a visit; `dc` without TLS."
)
#: How every way can refuse, for the description.
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused (RFC 9457)", "content": {MEDIA_TYPE: {}}},
    "5XX": {"description": "Not now (RFC 9457)", "content": {MEDIA_TYPE: {}}},
}


async def whoever(request: Request) -> Viewer | None:
    """Whoever asks, by a key or by the cookie of a visit, as it is known now; None: by neither. For
    what lasts, such as a stream, too: a key or visit may end meanwhile."""
    door, now, given = door_of(request), int(time.time()), await BEARER(request)
    if given is not None:
        return await door.keys.viewer(given.credentials.strip(), now)
    if (token := token_of(request)) is not None:
        return await run_in_threadpool(viewer_of_visit, door.access, token, now, door.visits)
    return None


async def viewer(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    cookie: Annotated[str | None, Depends(COOKIE)],
) -> Viewer:
    """Whoever asks, by a key or by the cookie of a visit. Raises `Problem`: 401 when it is not
    known, 403 for a change by a visit without its token, 429 past the rate."""
    door, known, token = door_of(request), await whoever(request), token_of(request)
    if known is None:
        raise Problem(
            401, "key", "A valid key is wanted",
            "Authorization: Bearer and the key, or the cookie of a visit.",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    note_who(request, known)
    by_cookie = given is None and token is not None
    if by_cookie and request.method in UNSAFE and not await sends_csrf(request, token or ""):
        raise Problem(
            403, "csrf", "This may have been sent by another site",
            f"A visit sends its token along: {HEADER}, or the field {FIELD}; GET /v1/me tells it.",
        )  # fmt: skip
    _hold_to_rate(door, known.name)
    request.state.viewer = known
    return known


def _hold_to_rate(door: Door, name: str) -> None:
    if wait := door.limiter.wait_s(name):
        raise Problem(
            429, "rate", "Too many requests", f"At most {door.how.per_minute} a minute.",
            {"Retry-After": str(int(wait) + 1)},
        )  # fmt: skip


class Needs:
    """A dependency: whoever asks, who has this right; 403 without it. An unsafe method is written
    into the audit trail, unless it is a `question`: one that changes nothing. No right: whoever is
    known is let in."""

    def __init__(self, right: Right | None, *, question: bool = False) -> None:
        self.right, self.question = right, question

    async def __call__(self, request: Request, who: Annotated[Viewer, Depends(viewer)]) -> Viewer:
        """The viewer. Raises `NotAllowed`."""
        if self.right is not None:
            who.demand(self.right)
        if request.method in UNSAFE and not self.question:
            await announce(request, who)
        return who


def needs_of(route: APIRoute) -> Needs | None:
    """What a way asks of whoever asks; None: it is open to everyone."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            return dependency.call
    return None


def right_of(route: APIRoute) -> Right | None:
    """The right that a way needs; None: it is open to everyone, or to whoever is known."""
    needs = needs_of(route)
    return None if needs is None else needs.right


def ways(app: FastAPI) -> list[APIRoute]:
    """Every way through the API, in order."""
    return [route for route in app.state.ways if isinstance(route, APIRoute)]
