"""The application over a workspace: its ways, its description, what it starts and ends with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from datecertain import __version__
from datecertain.api import GROUPS
from datecertain.door.asking import right_of, ways
from datecertain.door.limiting import Limiter
from datecertain.door.opened import Door, NetworkInForce, Serving
from datecertain.door.problems import answer_in_problems
from datecertain.door.receiving import DRAFT, Receiving
from datecertain.operations.jobs import keep_running
from datecertain.operations.mail_room import incoming, keep_taking_in, sweep
from datecertain.operations.watching import Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.server import ways as own
from datecertain.server.observing import Observed, Observing
from datecertain.store.access_book import AccessBook
from datecertain.store.disk import make_folder
from datecertain.store.mail_book import MailBook
from datecertain.web.site import install


def create_app(
    workspace: Path, how: Serving | None = None, telemetry: TelemetryConfig | None = None
) -> FastAPI:
    """The application over a workspace; `telemetry` says where traces go, else the environment
    does. Raises `NotFound` when there is none."""
    how = how or Serving()
    with open_workspace(workspace):  # a wrong one is told at once
        pass
    make_folder(incoming(workspace))
    sweep(workspace, DRAFT)
    book = MailBook(workspace)
    door = Door(
        workspace, book, AccessBook(workspace), how, Limiter(how.per_minute),
        Receiving(workspace, book, how.most_bytes), NetworkInForce(workspace),
    )  # fmt: skip
    app = FastAPI(
        title="datecertain", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/v1/openapi.json", lifespan=_lifespan(door),
        telemetry={"logs": False, "metrics": False, **(telemetry or {})},
        description="A date-certain delivery guarantee between posts: promise, track, judge, "
        "explain, refund, settle, measure, plan.",
    )  # fmt: skip
    app.state.door = door
    app.state.observed = Observed()
    app.add_middleware(Observing, observed=app.state.observed)
    answer_in_problems(app)
    routers = [own.WAYS, *(group.WAYS for group in GROUPS)]
    for router in routers:
        app.include_router(router)
    install(app)
    app.state.ways = [route for router in routers for route in router.routes]
    app.openapi = lambda: _description(app)  # type: ignore[method-assign]
    return app


def _description(app: FastAPI) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1), with the right that each way needs."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for way in ways(app):
            right = right_of(way)
            for method in way.methods or ():
                told = described["paths"].get(way.path_format, {}).get(method.lower())
                if right is not None and told is not None:
                    told["x-right"] = str(right)
        app.openapi_schema = described
    return app.openapi_schema


def _lifespan(door: Door) -> Callable[[FastAPI], Any]:
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
        if how.keep_jobs:
            door.keeping = Thread(
                target=keep_running, name="keeping jobs",
                args=(door.workspace, how.clock, stop, lambda name: None, how.complain),
            )  # fmt: skip
            door.keeping.start()
        yield
        stop.set()
        for thread in (door.taking_in, door.keeping):
            if thread is not None:
                await run_in_threadpool(thread.join)  # the files and the job in hand are finished
        door.close()

    return lifespan
