"""Whoever asks: known by a key, held to its rights and to a rate (req 40, 57, 58).

Every way through the API but `/v1/health` and the description of the API itself names the right
that it needs, by a `Needs`; the description shows it as `x-right`, and the tests walk it.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from datecertain.access import Right, Viewer
from datecertain.door.opened import Door, door_of
from datecertain.door.problems import MEDIA_TYPE, Problem

BEARER = HTTPBearer(auto_error=False, description="A key of `datecertain key create`.")
#: How every way can refuse, for the description.
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused (RFC 9457)", "content": {MEDIA_TYPE: {}}},
    "5XX": {"description": "Not now (RFC 9457)", "content": {MEDIA_TYPE: {}}},
}


async def whoever(request: Request) -> Viewer | None:
    """Whoever asks, as it is known now; None: by no valid key. For what lasts, such as a stream: a
    key may end meanwhile."""
    given = await BEARER(request)
    if given is None:
        return None
    secret, now = given.credentials.strip(), int(time.time())
    return await door_of(request).keys.viewer(secret, now)


async def viewer(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Viewer:
    """Whoever asks. Raises `Problem`: 401 without a valid key, 429 past the rate."""
    door, known = door_of(request), await whoever(request)
    if known is None:
        raise Problem(
            401, "key", "A valid key is wanted", "Authorization: Bearer and the key.",
            {"WWW-Authenticate": "Bearer"},
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
    """A dependency: whoever asks, who has this right. 403 without it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    # A coroutine, though it waits for nothing: a plain function would cost a thread's turn.
    async def __call__(self, who: Annotated[Viewer, Depends(viewer)]) -> Viewer:
        """The viewer. Raises `NotAllowed`."""
        who.demand(self.right)
        return who


def right_of(route: APIRoute) -> Right | None:
    """The right that a way needs; None: it is open to everyone."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            return dependency.call.right
    return None


def ways(app: FastAPI) -> list[APIRoute]:
    """Every way through the API, in order."""
    return [route for route in app.state.ways if isinstance(route, APIRoute)]
