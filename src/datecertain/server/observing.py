"""What is seen of the server from outside: counts and times for Prometheus, a line a request.

Neither tells who a sender or an item is: a request is named by its way (`/v1/items/{s10}`), never
by what stands in its place, and no query, header or body is kept.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from opentelemetry.trace import get_current_span
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("datecertain.requests")
#: Seconds; the ways are to answer within some ten milliseconds, the longest within some seconds.
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LONGEST_ID = 64
_UNKNOWN = "unknown"


class Observed:
    """The counts of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("way", "method", "status")
        self.requests = Counter(
            "datecertain_requests", "Requests answered.", names, registry=self.registry
        )
        self.seconds = Histogram(
            "datecertain_request_seconds", "From the request to the end of its answer.",
            ("way", "method"), buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.in_hand = Gauge(
            "datecertain_requests_in_hand", "Requests being answered.", registry=self.registry
        )
        self.looks = Histogram(
            "datecertain_look_seconds", "Making a costly look, ahead of or for whoever asks.",
            ("look", "ahead"), buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip

    def look(self, name: str, ahead: bool, seconds: float) -> None:
        """A costly look was made."""
        self.looks.labels(name.rpartition(":")[2], str(ahead).lower()).observe(seconds)


class Observing:
    """ASGI middleware: counts and times every request and writes one line of JSON of it."""

    def __init__(self, app: ASGIApp, observed: Observed) -> None:
        self._app, self._observed = app, observed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        # The span of the request, where traces are made; it tells the way as `http.route`.
        get_current_span().set_attributes({"url.path": "", "url.query": ""})
        began, status = time.perf_counter(), 500
        self._observed.in_hand.inc()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._observed.in_hand.dec()
            self._write(scope, request_id, status, time.perf_counter() - began)

    def _write(self, scope: Scope, request_id: str, status: int, took: float) -> None:
        way, method = way_of(scope), scope["method"]
        self._observed.requests.labels(way, method, str(status)).inc()
        self._observed.seconds.labels(way, method).observe(took)
        if LOG.isEnabledFor(logging.INFO):
            who = _state(scope).get("viewer")
            LOG.info(json.dumps({
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "id": request_id,
                "method": method, "way": way, "status": status, "ms": round(took * 1000, 1),
                "who": None if who is None else who.name,
            }))  # fmt: skip


def way_of(scope: Scope) -> str:
    """The way of a request as it was declared, never what stood in its places."""
    route = scope.get("route")
    return getattr(route, "path", None) or _UNKNOWN


def _state(scope: Scope) -> MutableMapping[str, Any]:
    state: MutableMapping[str, Any] = scope.get("state", {})
    return state


def _id_of(scope: Scope) -> str:
    """The id that the caller gave the request, if it is a plain one; else a new one."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    plain = given.isascii() and all(one.isalnum() or one in "-_." for one in given)
    return given if plain and 0 < len(given) <= _LONGEST_ID else secrets.token_hex(8)
