"""What happens: as a list to be read on from, and live as Server-Sent Events (req 40)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.door.asking import REFUSALS, Needs, whoever
from datecertain.door.opened import door_of
from datecertain.door.problems import Problem
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happenings import HappeningTold, as_json, happenings_after

WAYS = APIRouter(prefix="/v1", tags=["what happens"], responses=REFUSALS)

#: Numbers that either database holds.
_MOST = 2**63 - 1
_Watcher = Annotated[Viewer, Depends(Needs(Right.HAPPENINGS))]
_Kinds = Annotated[
    list[Kind] | None, Query(alias="kind", description="Only these; without, all that may be seen.")
]


class HappeningPage(TypedDict):
    """A page of what happened; `next` null: nothing later is known yet, read on after the last
    item's `seq`."""

    items: list[HappeningTold]
    next: str | None


@WAYS.get("/happenings", summary="What happened")
def happenings(
    request: Request, who: _Watcher,
    after: Annotated[int, Query(ge=0, le=_MOST, description="`next`, or the last `seq`.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    kind: _Kinds = None,
) -> HappeningPage:  # fmt: skip
    """What happened to the flows that whoever asks sees, of kinds that it has the right to, in the
    order in which it was found."""
    found = happenings_after(door_of(request).live.book, who, after, limit + 1, kind or ())
    shown = found[:limit]
    following = str(shown[-1].seq) if len(found) > limit else None
    return {"items": [as_json(one) for one in shown], "next": following}


@WAYS.get(
    "/live", summary="What happens, as it happens", response_class=StreamingResponse,
    responses={200: {"description": "Events", "content": {
        "text/event-stream": {"schema": {"type": "string"}},
    }}},
)  # fmt: skip
async def live(
    request: Request, who: _Watcher,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    kind: _Kinds = None,
) -> StreamingResponse:  # fmt: skip
    """Server-Sent Events: `id` is the number of a happening, `event` its kind, `data` what
    `/v1/happenings` tells. Without `Last-Event-ID` it begins now; with it, after that number. It
    ends when the key does."""
    door = door_of(request)
    after = None if not last_event_id else _number(last_event_id)
    door.live.demand_room(who.name)

    async def again() -> Viewer | None:
        return await whoever(request)

    kinds: Sequence[Kind] = kind or ()
    return StreamingResponse(
        door.live.stream(who, again, after, kinds), media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )  # fmt: skip


def _number(given: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", given) or int(given) > _MOST:
        raise Problem(422, "last-event-id", "Last-Event-ID: the id of an event of this stream")
    return int(given)
