"""Conditional requests (RFC 9110): what was read before and has not changed is not sent again.

`Tagged` is for answers whose tag is that of their content; `not_modified` for frozen things whose
tag is known before the answer is made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
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
    tag = hashlib.sha256(body).hexdigest()[:32]
    # What is told hangs on who asks: it may be kept by that one, and is asked for again each time.
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    response.headers.update({"ETag": etag(tag), **headers})
    return not_modified(request, tag, headers) or response


def not_modified(
    request: Request, tag: str, headers: Mapping[str, str] | None = None
) -> Response | None:
    """The answer 304 if whoever asks has what bears this tag; else None, and the full answer is to
    carry `ETag` of `etag(tag)`."""
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" or tag in _TAG.findall(given):
        return Response(status_code=304, headers={"ETag": etag(tag), **(headers or {})})
    return None


def etag(tag: str) -> str:
    """A tag as it stands in a header."""
    return f'"{tag}"'
