"""The audit trail at the door: what is let in to change something is written down before it is
done, and its outcome before the answer goes out; whoever is refused is counted (req 58)."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datecertain.access import Viewer, nobody
from datecertain.door.opened import Door, door_of
from datecertain.errors import StoreError
from datecertain.operations import audit

_LOG = logging.getLogger(__name__)
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Under these names a request bears what this module notes on it.
_INTENT, _WHO = "audit_intent", "audit_who"


@dataclass(frozen=True, slots=True)
class _Intent:
    seq: int
    viewer: Viewer
    action: str
    subject: str


async def announce(request: Request, who: Viewer) -> None:
    """Write down that a request is let in to change something. A page's dependency that lets
    somebody in calls it as `Needs` does; `Outcomes` writes down what became of it."""
    action, subject = _action(request.scope), request.url.path
    seq = await run_in_threadpool(
        audit.intend, door_of(request).access, who, action, subject, int(time.time())
    )
    setattr(request.state, _INTENT, _Intent(seq, who, action, subject))


def note_who(request: Request, who: Viewer) -> None:
    """Note who asks, for the case that it is refused."""
    setattr(request.state, _WHO, who)


def _action(scope: Scope) -> str:
    """The way, never what stands in its places: `POST /v1/claims/{name}/decision`."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None) or "(no way)"
    return f"{scope['method']} {path}"


class Outcomes:
    """Around the whole application: writes down what became of what was announced, and refusals."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and write down the outcome before the answer goes out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes = scope.setdefault("state", {})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._tell(scope, notes, message["status"])
            await send(message)

        await self._app(scope, receive, told)

    async def _tell(self, scope: Scope, notes: dict[str, object], status: int) -> None:
        intent = notes.pop(_INTENT, None)
        refused = status in (401, 403)
        if not isinstance(intent, _Intent) and not refused:
            return
        try:
            if isinstance(intent, _Intent):
                await run_in_threadpool(self._outcome, intent, status)
            else:
                await run_in_threadpool(self._refused, scope, notes, status)
        except StoreError as error:  # what was done is done: the answer must say so
            _LOG.error("the audit trail could not be written: %s", error)

    def _outcome(self, intent: _Intent, status: int) -> None:
        write = audit.done if status < 400 else audit.failed
        write(
            self._door.access, intent.viewer, intent.action, intent.subject, int(time.time()),
            {"status": status}, intent.seq,
        )  # fmt: skip

    def _refused(self, scope: Scope, notes: dict[str, object], status: int) -> None:
        known = notes.get(_WHO)
        who = known if isinstance(known, Viewer) else nobody()
        action = _action(scope)
        untold = self._door.refusals.untold(who.name, action)
        if untold is not None:
            audit.refused(
                self._door.access, who, action, "", int(time.time()),
                {"status": status, "untold": untold},
            )  # fmt: skip
