"""Item events of one's own post: as JSON, or as GS1 EPCIS 2.0 (req 16)."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer
from datecertain.api.answers import ReceiptBody, told
from datecertain.api.fields import IdempotencyKey, Line, Sha256
from datecertain.api.handed_in import demand_post, handed_in, receipt_now
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.problems import Problem
from datecertain.door.writing import plain_key
from datecertain.operations.event_doors import demand_own_epcis, demand_own_sender
from datecertain.operations.receipts import receipt

WAYS = APIRouter(prefix="/v1", tags=["events"], responses=REFUSALS)

_Edi = Annotated[Viewer, Depends(Needs(Right.EVENTS_SEND))]
_MOST_AT_ONCE = 10_000
#: An EPCIS document is looked through before it is handed in.
_MOST_BYTES = 8 << 20
_EPCIS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An EPCIS 2.0 document (GS1), at most 8 MiB; "
        "`datecertain events export --format epcis` writes one.",
        "content": {"application/ld+json": {"schema": {"type": "object"}}},
    }
}


class Event(BaseModel):
    """One scan of an item. `sender` is one's own post, also where it is left out."""

    model_config = ConfigDict(extra="forbid")

    item_id: Line = Field(max_length=20, examples=["EE000000005KR"])
    code: Line = Field(max_length=40, examples=["EMC"])
    event_time: Line = Field(
        max_length=40, examples=["2026-10-21T09:00"],
        description="Local at the office; with an offset it is that moment.",
    )  # fmt: skip
    office: Line = Field(max_length=40, examples=["KRSELB"])
    recipient: Line = Field(max_length=20, examples=["US"])
    transmitted: Line = Field(
        max_length=40, examples=["2026-10-21T12:00Z"],
        description="When it was sent, by its sender.",
    )  # fmt: skip
    sender: Line | None = Field(None, max_length=20)
    next_office: Line | None = Field(None, max_length=40)
    reason: Line | None = Field(None, max_length=40)
    measure: Line | None = Field(None, max_length=40)
    dispatch: Line | None = Field(None, max_length=40)
    receptacle: Line | None = Field(None, max_length=40)
    reference: Line | None = Field(None, max_length=80)
    time_kind: Literal["actual", "planned", "estimated"] | None = None
    offset: Line | None = Field(None, max_length=10)
    test: bool | None = Field(None, description="true: counted, never used.")


class Events(BaseModel):
    """Scans of one's own post."""

    model_config = ConfigDict(extra="forbid")

    events: list[Event] = Field(min_length=1, max_length=_MOST_AT_ONCE)

    def as_file(self, post: str) -> bytes:
        """The events as JSON, one a line: the same events, the same bytes."""
        lines = []
        for event in self.events:
            row = event.model_dump(exclude_none=True)
            lines.append(json.dumps({"sender": post, **row}, ensure_ascii=False, sort_keys=True))
        return "\n".join([*lines, ""]).encode()


@WAYS.post("/events", status_code=202, summary="Hand item events in")
def events(
    request: Request, response: Response, given: Events, who: _Edi, key: IdempotencyKey = None
) -> ReceiptBody:
    """By the same door as interchanges: safe, and will be read. An exact repeat of an event does no
    harm; what cannot be used is set aside with its reason."""
    door = door_of(request)
    post = demand_post(who, door)
    for number, event in enumerate(given.events):
        if event.sender is not None:
            demand_own_sender(door.network.now(), event.sender, post, f"/events/{number}")
    named = None if key is None else plain_key(key)
    one = handed_in(door, who, named, given.as_file(post), "json")
    response.headers["Location"] = f"/v1/events/receipts/{one.sha256}"
    return one


@WAYS.post("/epcis", status_code=202, summary="Hand EPCIS events in", openapi_extra=_EPCIS)
async def epcis(
    request: Request, response: Response, who: _Edi, key: IdempotencyKey = None
) -> ReceiptBody:
    """An EPCIS 2.0 document of one's own events, by the same door."""
    door = door_of(request)
    network = await door.network.ready()
    post = demand_post(who, door)

    def look(data: bytes) -> None:
        if len(data) > _MOST_BYTES:
            raise Problem(413, "too-large", "The document is too large", "At most 8 MiB.")
        demand_own_epcis(door.workspace, data, post, network)

    named = None if key is None else plain_key(key)
    one = await door.receiving.receive(request, post, named, look)
    response.headers["Location"] = f"/v1/events/receipts/{one.sha256}"
    return told(await run_in_threadpool(receipt, door.workspace, one))


@WAYS.get("/events/receipts/{sha256}", summary="What became of events")
def what_became(request: Request, sha256: Sha256, who: _Edi) -> ReceiptBody:
    """The receipt as it stands now: counts, findings, what was set aside."""
    return receipt_now(door_of(request), who, sha256)
