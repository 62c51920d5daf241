"""The API over a workspace with every role of every post in it: a real server in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from datecertain.access import GROUP_ROLES, POST_ROLES, Role
from datecertain.operations.accounts import create_account, create_key
from datecertain.operations.clock import Clock, SystemClock
from datecertain.server import Serving, create_app


@dataclass
class Api:
    """An application, and keys of accounts that are made when they are first asked for."""

    workspace: Path
    app: FastAPI
    client: httpx.Client
    _keys: dict[tuple[Role, str], str] = field(default_factory=dict)

    def as_(self, role: Role, post: str = "") -> dict[str, str]:
        """The headers of an account with this role alone."""
        if (role, post) not in self._keys:
            login, now = f"{role}-{post or 'group'}".lower(), int(time.time())
            create_account(self.workspace, login, login, post, [role], now, machine=True)
            self._keys[role, post] = create_key(self.workspace, login, now)
        return {"Authorization": f"Bearer {self._keys[role, post]}"}

    def get(self, path: str, role: Role, post: str = "", **more: Any) -> httpx.Response:
        """What a role of a post is answered."""
        return self.client.get(path, headers=self.as_(role, post), **more)

    def post(self, path: str, role: Role, post: str, **more: Any) -> httpx.Response:
        """The same of a way that does something."""
        headers = self.as_(role, post) | more.pop("headers", {})
        return self.client.post(path, headers=headers, **more)

    def seen(self, path: str, role: Role = Role.AUDITOR) -> dict[str, int]:
        """The status by which each post, and the central office (""), is answered."""
        return {post: self.get(path, role, post).status_code for post in ("KR", "US", "JP", "")}


def api_over(
    workspace: Path, clock: Clock | None = None, telemetry: TelemetryConfig | None = None,
    look_ahead: bool = False,
) -> Iterator[Api]:  # fmt: skip
    """The API over a workspace, which takes no mail in by itself; at the moment of a clock."""
    how = Serving(
        per_minute=1_000_000, take_in=False, push=False, look_ahead=look_ahead,
        clock=clock or SystemClock(),
    )  # fmt: skip
    app = create_app(workspace, how, telemetry)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Api(workspace, app, client)
    finally:
        server.should_exit = True
        thread.join()


#: Of what is between KR and US: who sees it, and who is told that it is not there.
OURS = {"KR": 200, "US": 200, "JP": 404, "": 404}


#: Every role with every kind of holder: two posts of the small world, a third one, the group.
HOLDERS = [
    *((role, post) for role in POST_ROLES for post in ("KR", "US")),
    *((role, "") for role in GROUP_ROLES),
]
