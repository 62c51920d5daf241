"""The application over a workspace: its ways, its description, what it starts and ends with."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
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
from datecertain.door.auditing import Outcomes
from datecertain.door.headers import ApiHeaders
from datecertain.door.heads import Heads
from datecertain.door.limiting import Limiter
from datecertain.door.live import Live
from datecertain.door.opened import Door, NetworkInForce, Serving
from datecertain.door.problems import answer_in_problems
from datecertain.door.receiving import DRAFT, Receiving
from datecertain.durable import make_folder
from datecertain.errors import StoreError
from datecertain.operations.approvals import complete_approved
from datecertain.operations.jobs import keep_running
from datecertain.operations.looking_ahead import keep_looking_ahead
from datecertain.operations.mail_room import incoming, keep_taking_in, sweep
from datecertain.operations.oidc import Provider
from datecertain.operations.sign_in_settings import sign_in_settings
from datecertain.operations.watching import Watching
from datecertain.operations.webhook_delivery import keep_pushing
from datecertain.operations.workspaces import open_workspace
from datecertain.server import ways as own
from datecertain.server.observing import Observed, Observing
from datecertain.store.access_book import AccessBook
from datecertain.store.happening_book import HappeningBook
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
    limits, oidc = sign_in_settings(workspace)
    book = MailBook(workspace)
    door = Door(
        workspace, book, AccessBook(workspace), how, Limiter(how.per_minute),
        Receiving(workspace, book, how.most_bytes), NetworkInForce(workspace),
        Live(HappeningBook(workspace)), visits=limits,
        provider=None if oidc is None else Provider(oidc),
    )  # fmt: skip
    app = FastAPI(
        title="datecertain", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/v1/openapi.json", lifespan=_lifespan(door), redirect_slashes=False,
        telemetry={"logs": False, "metrics": False, **(telemetry or {})},
        description="A date-certain delivery guarantee between posts: promise, track, judge, "
        "explain, refund, settle, measure, plan.",
    )  # fmt: skip
    app.state.door = door
    app.state.observed = Observed()
    answer_in_problems(app)
    app.add_middleware(Outcomes, door=door)
    app.add_middleware(ApiHeaders)
    app.add_middleware(Observing, observed=app.state.observed)  # it sees every answer
    app.add_middleware(Heads)  # outermost: to all others a HEAD is a GET
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
        await run_in_threadpool(_take_up_approved, door)
        if how.take_in:
            watching = Watching(incoming(door.workspace), how.poll_s, settle_s=0)
            door.taking_in = _thread(
                "taking in", keep_taking_in, door.workspace, watching, how.clock, stop, how.tell,
                how.complain,
            )  # fmt: skip
            door.taking_in.start()
        if how.keep_jobs:
            door.keeping = _thread(
                "keeping jobs", keep_running, door.workspace, how.clock, stop, lambda name: None,
                how.complain,
            )  # fmt: skip
            door.keeping.start()
        if how.push:
            door.pushing = _thread("pushing", keep_pushing, door.workspace, stop, how.complain)
            door.pushing.start()
        if how.look_ahead:
            door.looks.told = app.state.observed.look
            door.looking = _thread(
                "looking ahead", keep_looking_ahead, door.looks, door.changes.mark, stop,
                how.complain,
            )  # fmt: skip
            door.looking.start()
        yield
        stop.set()
        door.looks.close()  # a look that is being made is nobody's loss
        # What is in hand is finished: files, the job, messages on their way.
        for thread in (door.taking_in, door.keeping, door.pushing, door.looking):
            if thread is not None:
                await run_in_threadpool(thread.join)
        door.close()

    return lifespan


def _thread(name: str, do: Callable[..., Any], *given: Any) -> Thread:
    """A thread of the server, known to be part of the command that serves (`datecertain.doing`)."""
    return Thread(target=copy_context().run, name=name, args=(do, *given))


def _take_up_approved(door: Door) -> None:
    """What was approved and cut off is done now; where it cannot be, at the next start."""
    try:
        complete_approved(door.access, door.workspace, int(time.time()), door.how.clock)
    except StoreError as error:
        door.how.complain(f"what was approved still waits to be done: {error}")
