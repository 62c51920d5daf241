"""What pages load besides themselves: style, script, fonts; from here, for a year, by hash."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from datecertain.errors import NotFound

ASSETS = APIRouter(prefix="/static", include_in_schema=False)
_TYPES = {
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2", "svg": "image/svg+xml",
}  # fmt: skip
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent; `packed` is it under gzip, empty where that gains nothing."""

    content: bytes
    packed: bytes
    media: str
    version: str


@cache
def _assets() -> dict[str, Asset]:
    found = {}
    for path in (files("datecertain.web") / "static").iterdir():
        media = _TYPES.get(path.name.rpartition(".")[2])
        if media is None:
            continue
        content = path.read_bytes()
        packed = b"" if media == _TYPES["woff2"] else gzip.compress(content, 9, mtime=0)
        version = hashlib.sha256(content).hexdigest()[:16]
        found[path.name] = Asset(content, packed, media, version)
    return found


def address_of(name: str) -> str:
    """The address of an asset, which changes with its content. Raises `KeyError`."""
    return f"/static/{name}?v={_assets()[name].version}"


@ASSETS.get("/{name}")
def asset(request: Request, name: str, v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """An asset; kept for a year where it is asked for by its hash."""
    one = _assets().get(name)
    if one is None:
        raise NotFound(f"no asset {name!r}")
    tag = f'"{one.version}"'
    # A font's name stands in the style sheet without its hash; its file never changes.
    kept = v == one.version or one.media == _TYPES["woff2"]
    headers = {
        "ETag": tag, "Cache-Control": _FOR_EVER if kept else "no-cache",
        "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding",
    }  # fmt: skip
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if one.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(one.packed, headers=headers, media_type=one.media)
    return Response(one.content, headers=headers, media_type=one.media)
