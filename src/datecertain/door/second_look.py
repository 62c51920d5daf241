"""What a second pair of eyes has to look at first (req 58)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from datecertain.access import Viewer
from datecertain.door.opened import Door, door_of
from datecertain.operations.approvals import Approval, ask_if_demanded
from datecertain.operations.telling_approvals import ApprovalBody, told_approval

#: For the description of ways that may have to wait.
MAY_WAIT: dict[int | str, dict[str, Any]] = {
    202: {"model": ApprovalBody,
          "description": "Not done yet: another account of the post must approve it first."}
}  # fmt: skip


def asked_of_another(
    door: Door, who: Viewer, kind: str, request: Mapping[str, Any]
) -> Approval | None:
    """The approval of another account that something waits for now; None: it need not wait."""
    return ask_if_demanded(
        door.access, door.workspace, who, kind, request, int(time.time()), door.how.clock
    )


def must_wait(
    request: Request, who: Viewer, kind: str, asked: Mapping[str, Any]
) -> JSONResponse | None:
    """The answer of a way that was to do something and must wait: 202 with the approval; None: go
    on."""
    made = asked_of_another(door_of(request), who, kind, asked)
    if made is None:
        return None
    return JSONResponse(
        told_approval(made, "en"), 202, {"Location": f"/v1/approvals/{made.number}"}
    )
