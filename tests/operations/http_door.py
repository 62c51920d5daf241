"""`datecertain serve` in a process of its own, and a partner that speaks to it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from command_line import say, start

from forked_processes import Heard

WAYS = "/v1/interchanges"


@dataclass
class HttpDoor:
    """A server over a workspace; a `with` block that ends it as an operator would."""

    workspace: Path
    options: tuple[str, ...] = ()
    url: str = ""
    process: Heard = field(init=False)

    def __enter__(self) -> HttpDoor:
        self.process = start(["serve", "-w", self.workspace, "--port", "0", *self.options])
        line = self.process.stdout.readline()
        assert line.startswith("Listening at http://127.0.0.1:"), self.process.communicate()
        self.url = line.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            _, err = self.process.communicate(timeout=40)
            assert (self.process.returncode, err) == (0, "")
        else:
            self.process.communicate()

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def as_partner(self, key: str) -> Partner:
        headers = {"Authorization": f"Bearer {key}"}
        return Partner(httpx.Client(base_url=self.url, headers=headers, timeout=30))


@dataclass
class Partner:
    """A post with its key."""

    client: httpx.Client

    def hand_in(self, body: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(WAYS, content=body, headers=named)

    def receipt(self, body: bytes) -> httpx.Response:
        return self.client.get(f"{WAYS}/{hashlib.sha256(body).hexdigest()}")

    def wait(self, body: bytes) -> dict[str, Any]:
        """The receipt, when the content has been read."""
        end = time.monotonic() + 30
        while (found := self.receipt(body).json()).get("state") == "received":
            assert time.monotonic() < end
            time.sleep(0.1)
        return dict(found)

    def close(self) -> None:
        self.client.close()


def new_key(workspace: Path, post: str, *options: str) -> str:
    """A key of a partner's machine as the commands make it."""
    login = f"{post.lower()}-mail"
    if login not in say("user", "list", "-w", workspace).out:
        made = say("user", "create", login, "--post", post, "--role", "partner", "--machine",
                   "-w", workspace)  # fmt: skip
        assert made.code == 0, made.err
    told = say("key", "create", login, "-w", workspace, "--json", *options)
    assert told.code == 0, told.err
    return str(told.json["key"])
