"""The HTTP door: partners hand interchanges in and ask what became of them (req 16)."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from datecertain import __version__
from datecertain.api.answers import Health, ReceiptBody, told
from datecertain.api.limiting import Limiter
from datecertain.api.problems import MEDIA_TYPE, Problem, answer_in_problems
from datecertain.api.receiving import DRAFT, Receiving
from datecertain.operations.clock import Clock, SystemClock
from datecertain.operations.mail_room import incoming, keep_taking_in, sweep
from datecertain.operations.mailbox_keys import holder
from datecertain.operations.receipts import receipt
from datecertain.operations.watching import Taken, Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.store.disk import make_folder
from datecertain.store.mail_book import KeptKey, MailBook

_LOG = logging.getLogger(__name__)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_KEY = 255
_WAYS = APIRouter(prefix="/v1")
_BEARER = HTTPBearer(auto_error=False, description="A key of `inbox key create`.")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused (RFC 9457)", "content": {MEDIA_TYPE: {}}},
    "5XX": {"description": "Not now (RFC 9457)", "content": {MEDIA_TYPE: {}}},
}
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


@dataclass(frozen=True, slots=True)
class Serving:
    """How a workspace is served. `take_in`: what comes is taken in by this process; else by an
    `inbox watch` of the incoming folder."""

    most_bytes: int = 64 << 20
    per_minute: int = 600
    take_in: bool = True
    poll_s: float = 1.0
    clock: Clock = field(default_factory=SystemClock)
    tell: Callable[[Taken], None] = lambda taken: None
    complain: Callable[[str], None] = _LOG.warning


def create_app(workspace: Path, how: Serving | None = None) -> FastAPI:
    """The application over a workspace. Raises `NotFound` when there is none."""
    how = how or Serving()
    with open_workspace(workspace):  # a wrong one is told at once
        pass
    make_folder(incoming(workspace))
    sweep(workspace, DRAFT)
    book = MailBook(workspace)
    door = _Door(
        workspace, book, how, Limiter(how.per_minute), Receiving(workspace, book, how.most_bytes)
    )
    app = FastAPI(
        title="datecertain", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/v1/openapi.json", lifespan=_lifespan(door),
        description="Hand interchanges in, and ask what became of them.",
    )  # fmt: skip
    app.state.door = door
    answer_in_problems(app)
    app.include_router(_WAYS)
    return app


@dataclass(slots=True)
class _Door:
    """What the answers of one application share."""

    workspace: Path
    book: MailBook
    how: Serving
    limiter: Limiter
    receiving: Receiving
    taking_in: Thread | None = None


def _lifespan(door: _Door) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stop, how = Event(), door.how
        if how.take_in:
            watching = Watching(incoming(door.workspace), how.poll_s, settle_s=0)
            door.taking_in = Thread(
                target=keep_taking_in, name="taking in",
                args=(door.workspace, watching, how.clock, stop, how.tell, how.complain),
            )  # fmt: skip
            door.taking_in.start()
        yield
        stop.set()
        if door.taking_in is not None:
            await run_in_threadpool(door.taking_in.join)  # the files in hand are finished
        door.book.close()

    return lifespan


async def _partner(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> KeptKey:
    """The partner that asks, by its key. Raises `Problem`."""
    door: _Door = request.app.state.door
    known = None
    if given is not None:
        now = int(time.time())
        known = await run_in_threadpool(holder, door.book, given.credentials.strip(), now)
    if known is None:
        raise Problem(
            401, "key", "A valid key is wanted", "Authorization: Bearer and the key.",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    if wait := door.limiter.wait_s(known.key_id):
        raise Problem(
            429, "rate", "Too many requests", f"At most {door.how.per_minute} a minute.",
            {"Retry-After": str(int(wait) + 1)},
        )  # fmt: skip
    return known


_Partner = Annotated[KeptKey, Depends(_partner)]


@_WAYS.get("/health", summary="Whether the door is open", responses=_REFUSALS)
async def health(request: Request) -> Health:
    """Without a key. 503 when mail is no longer taken in."""
    thread = request.app.state.door.taking_in
    if thread is not None and not thread.is_alive():
        raise Problem(503, "stopped", "Mail is not taken in", "What is handed in is kept safely.")
    return Health("ok", __version__, "elsewhere" if thread is None else "running")


@_WAYS.post(
    "/interchanges", status_code=202, summary="Hand in an interchange", responses=_REFUSALS,
    openapi_extra=_ANY_BODY,
)  # fmt: skip
async def hand_in(request: Request, response: Response, key: _Partner) -> ReceiptBody:
    """The answer is the receipt: the content is safe, and will be read. To hand the same content
    in again does no harm."""
    door: _Door = request.app.state.door
    one = await door.receiving.receive(request, key.partner, _idempotency_key(request))
    response.headers["Location"] = f"/v1/interchanges/{one.sha256}"
    return told(await run_in_threadpool(receipt, door.workspace, one))


@_WAYS.get("/interchanges/{sha256}", summary="What became of it", responses=_REFUSALS)
async def what_became(request: Request, sha256: str, key: _Partner) -> ReceiptBody:
    """The receipt as it stands now, of what the asking partner handed in by any door."""
    door: _Door = request.app.state.door
    one = None
    if _SHA256.fullmatch(sha256):
        one = await run_in_threadpool(door.book.handed_in, key.partner, sha256)
    if one is None:
        raise Problem(404, "not-found", "You handed nothing in that has this SHA-256")
    return told(await run_in_threadpool(receipt, door.workspace, one))


def _idempotency_key(request: Request) -> str | None:
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 0 < len(key) <= _MOST_KEY:
        raise Problem(400, "idempotency-key", f"Idempotency-Key: 1 to {_MOST_KEY} characters")
    return key
