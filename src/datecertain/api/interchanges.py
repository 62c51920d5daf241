"""Interchanges: partners hand them in, and ask what became of them (req 16)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer
from datecertain.api.answers import ReceiptBody, told
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.problems import Problem
from datecertain.door.writing import plain_key
from datecertain.operations.receipts import receipt

WAYS = APIRouter(prefix="/v1/interchanges", tags=["interchanges"], responses=REFUSALS)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ANY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "EDIFACT, EPCIS 2.0, JSON events, or a table: what `ingest` takes.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
        for name in ("Idempotency-Key", "Content-Digest")
    ],
}  # fmt: skip

_Partner = Annotated[Viewer, Depends(Needs(Right.INTERCHANGES))]


@WAYS.post("", status_code=202, summary="Hand in an interchange", openapi_extra=_ANY_BODY)
async def hand_in(request: Request, response: Response, who: _Partner) -> ReceiptBody:
    """The answer is the receipt: the content is safe, and will be read. To hand the same content
    in again does no harm."""
    door = door_of(request)
    one = await door.receiving.receive(request, who.post, idempotency_key(request))
    response.headers["Location"] = f"/v1/interchanges/{one.sha256}"
    return told(await run_in_threadpool(receipt, door.workspace, one))


@WAYS.get("/{sha256}", summary="What became of it")
async def what_became(request: Request, sha256: str, who: _Partner) -> ReceiptBody:
    """The receipt as it stands now, of what the asking partner handed in by any door."""
    door = door_of(request)
    one = None
    if _SHA256.fullmatch(sha256):
        one = await run_in_threadpool(door.book.handed_in, who.post, sha256)
    if one is None:
        raise Problem(404, "not-found", "You handed nothing in that has this SHA-256")
    return told(await run_in_threadpool(receipt, door.workspace, one))


def idempotency_key(request: Request) -> str | None:
    """The key of `Idempotency-Key`, with or without quotation marks; None: none was given."""
    given = request.headers.get("idempotency-key")
    return None if given is None else plain_key(given)
