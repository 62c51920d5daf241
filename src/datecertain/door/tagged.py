"""Conditional requests (RFC 9110): what was read before and has not changed is not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Tagged(APIRoute):
    """A way whose answers to GET carry an ETag, and are 304 without a body to whoever names it in
    If-None-Match. The tag is of the content, so that it is the same on every server."""

    def get_route_handler(self) -> _Handler:
        """The handler, with the ETag put on."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            return _conditional(request, await handler(request))

        return answer


def _conditional(request: Request, response: Response) -> Response:
    body = getattr(response, "body", None)
    if request.method != "GET" or response.status_code != 200 or not isinstance(body, bytes):
        return response
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    # What is told hangs on who asks: it may be kept by that one, and is asked for again each time.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept, Authorization"
    if not _named(request, tag):
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    return Response(status_code=304, headers=kept)


def _named(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    names = [one.strip().removeprefix("W/") for one in given.split(",")]
    return tag in names or names == ["*"]
