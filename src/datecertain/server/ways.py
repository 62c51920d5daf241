"""The ways of the server itself: whether it lives, whether it can work, what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from datecertain import __version__
from datecertain.access import Right, Viewer
from datecertain.api.answers import Health
from datecertain.door import Door, Needs, Problem, door_of
from datecertain.door.asking import REFUSALS
from datecertain.errors import DatecertainError
from datecertain.operations.networks import current_version
from datecertain.operations.workspaces import open_workspace

WAYS = APIRouter(prefix="/v1", tags=["the server"], responses=REFUSALS)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a load balancer wants to know: whether this server can answer for its workspace."""

    status: Literal["ready"]
    network_version: str


@WAYS.get("/health", summary="Whether the door is open")
async def health(request: Request) -> Health:
    """Without a key. 503 when mail is no longer taken in."""
    thread = door_of(request).taking_in
    if thread is not None and not thread.is_alive():
        raise Problem(503, "stopped", "Mail is not taken in", "What is handed in is kept safely.")
    return Health("ok", __version__, "elsewhere" if thread is None else "running")


@WAYS.get("/ready", summary="Whether the server can work")
async def ready(request: Request) -> Ready:
    """Without a key. 503 when records or facts cannot be read, or no network is in force."""
    return Ready("ready", await run_in_threadpool(_demand_ready, door_of(request)))


def _demand_ready(door: Door) -> str:
    try:
        with open_workspace(door.workspace) as opened:
            version = current_version(opened)
            for table in opened.published:
                opened.facts(table).partitions()
    except DatecertainError as error:
        raise Problem(503, "not-ready", "The stores cannot be read") from error
    if version is None:
        raise Problem(503, "not-ready", "No network is in force")
    return version


@WAYS.get("/metrics", summary="Counts and times for Prometheus", response_class=Response)
async def metrics(
    request: Request, who: Annotated[Viewer, Depends(Needs(Right.HEALTH))]
) -> Response:
    """Requests by way, method and status, their times, those in hand."""
    return Response(
        generate_latest(request.app.state.observed.registry), media_type=CONTENT_TYPE_LATEST
    )
