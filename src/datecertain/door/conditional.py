"""Conditional requests on frozen things (RFC 9110): who has it already is answered 304."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request, Response

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


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
