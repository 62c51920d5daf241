"""The API over a workspace with every role of every post in it: a real server in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from datecertain.access import GROUP_ROLES, POST_ROLES, Role
from datecertain.operations.accounts import create_account, create_key
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


def api_over(workspace: Path) -> Iterator[Api]:
    """The API over a workspace, which takes no mail in by itself."""
    app = create_app(workspace, Serving(per_minute=1_000_000, take_in=False))
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


#: Every role with every kind of holder: two posts of the small world, a third one, the group.
HOLDERS = [
    *((role, post) for role in POST_ROLES for post in ("KR", "US")),
    *((role, "") for role in GROUP_ROLES),
]
