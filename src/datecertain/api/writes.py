"""How ways write: the workspace open as shortly as can be, the same request under one key once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from datecertain.access import Viewer
from datecertain.api.interchanges import idempotency_key
from datecertain.door.opened import door_of
from datecertain.operations.once import begun, ended, once
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

#: For the description of ways that write.
IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": False,
         "schema": {"type": "string", "maxLength": 255},
         "description": "The same request under the same key is done once; another is refused."}
    ]
}  # fmt: skip


def write(
    request: Request, who: Viewer, body: BaseModel, do: Callable[[Workspace], dict[str, Any]]
) -> dict[str, Any]:
    """Do what a request asks for, once under its Idempotency-Key; the answer as it was then.

    Raises `StoreBusy` while another writes for long, `KeyReused`, and what the operation raises.
    """
    door, key = door_of(request), idempotency_key(request)
    asked = {"query": str(request.url.query), "body": body.model_dump(mode="json")}
    with open_workspace(door.workspace, write=True) as opened:
        return once(
            opened, f"{request.method} {request.url.path}",
            None if key is None else f"{who.name}:{key}", asked, door.how.clock, lambda: do(opened),
        )  # fmt: skip


def write_alone(
    request: Request, who: Viewer, body: BaseModel, do: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The same for an operation that opens the workspace itself."""
    door, key = door_of(request), idempotency_key(request)
    if key is None:
        return do()
    asked = {"query": str(request.url.query), "body": body.model_dump(mode="json")}
    named = (f"{request.method} {request.url.path}", f"{who.name}:{key}", asked)
    with open_workspace(door.workspace, write=True) as opened:
        before = begun(opened, *named, door.how.clock)
    if before is not None:
        return before
    answer = do()
    with open_workspace(door.workspace, write=True) as opened:
        ended(opened, *named[:2], answer, door.how.clock)
    return answer
