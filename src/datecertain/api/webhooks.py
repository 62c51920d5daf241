"""Webhooks of one's own post: where it wants to be told of what happens (req 40)."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.api.interchanges import idempotency_key
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.operations import webhooks as acts
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.webhook_delivery import ping as send_ping
from datecertain.operations.webhooks import (
    DeliveryTold,
    WebhookTold,
    delivery_as_json,
    webhook_as_json,
)

WAYS = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=REFUSALS)

_Keeper = Annotated[Viewer, Depends(Needs(Right.WEBHOOKS))]
_NAME = r"^[A-Za-z0-9_]{1,100}$"
_Id = Annotated[str, Path(pattern=_NAME)]
_KEY = {
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": False,
         "schema": {"type": "string"}}
    ]
}  # fmt: skip


class NewWebhook(BaseModel):
    """Where to be told, and of what."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000, examples=["https://hooks.example.org/datecertain"])
    kinds: list[Kind] = Field(
        default_factory=list, max_length=len(Kind), description="Empty: everything."
    )


class WebhookPage(TypedDict):
    """The webhooks of a post: always one page."""

    items: list[WebhookTold]
    next: str | None


class DeliveryPage(TypedDict):
    """The last deliveries, the latest first: always one page."""

    items: list[DeliveryTold]
    next: str | None


class Secret(TypedDict):
    """What a webhook signs with: keep it now, it is not shown again."""

    secret: str


class Registered(TypedDict):
    """A new webhook and its secret."""

    webhook: WebhookTold
    secret: str


class Pinged(TypedDict):
    """How a ping ended; `status` null: nothing answered, `problem` says why."""

    delivered: bool
    status: int | None
    problem: str | None


@WAYS.get("", summary="The webhooks of one's post")
def list_(request: Request, who: _Keeper) -> WebhookPage:
    """Each with its state, what waits for it, and what is wrong with it."""
    book = door_of(request).live.book
    return {"items": [webhook_as_json(one) for one in acts.list_webhooks(book, who)], "next": None}


@WAYS.post("", status_code=201, summary="Register a webhook", openapi_extra=_KEY)
def register(
    request: Request, response: Response, asked: NewWebhook, who: _Keeper
) -> Registered:  # fmt: skip
    """It is told what the post sees from now on. The secret is shown in this answer alone, and
    again to the same `Idempotency-Key`."""
    book, key = door_of(request).live.book, idempotency_key(request)
    one, secret = acts.register(
        book, who, who.post, asked.url, [str(kind) for kind in asked.kinds], _now(), key
    )
    response.headers["Location"] = f"/v1/webhooks/{one.webhook_id}"
    return {"webhook": webhook_as_json(one), "secret": secret}


@WAYS.get("/{webhook_id}", summary="One webhook")
def show(request: Request, webhook_id: _Id, who: _Keeper) -> WebhookTold:
    """A webhook of one's post."""
    return webhook_as_json(acts.find_webhook(door_of(request).live.book, who, webhook_id))


@WAYS.delete("/{webhook_id}", status_code=204, summary="End a webhook")
def remove(request: Request, webhook_id: _Id, who: _Keeper) -> None:
    """What waits is not sent."""
    acts.remove(door_of(request).live.book, who, webhook_id)


class NewState(BaseModel):
    """What a webhook is to be."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["active", "paused"]


@WAYS.put("/{webhook_id}/state", summary="Pause a webhook, or resume it")
def set_state(request: Request, webhook_id: _Id, wanted: NewState, who: _Keeper) -> WebhookTold:
    """What happens while it is paused, or failing, is sent when it is active again."""
    book = door_of(request).live.book
    if wanted.state == "paused":
        return webhook_as_json(acts.pause(book, who, webhook_id))
    return webhook_as_json(acts.resume(book, who, webhook_id, _now()))


@WAYS.post("/{webhook_id}/secret", summary="Change the secret")
def rotate(request: Request, webhook_id: _Id, who: _Keeper) -> Secret:
    """For a day the old one signs beside the new one."""
    return {"secret": acts.rotate_secret(door_of(request).live.book, who, webhook_id, _now())}


@WAYS.post("/{webhook_id}/ping", summary="Send a test message")
def ping(request: Request, webhook_id: _Id, who: _Keeper) -> Pinged:
    """A message of the type `ping`, once, now."""
    tried = send_ping(door_of(request).live.book, who, webhook_id, _now())
    return {
        "delivered": tried.delivered, "status": tried.status, "problem": tried.problem or None,
    }  # fmt: skip


@WAYS.get("/{webhook_id}/deliveries", summary="What was sent")
def deliveries(request: Request, webhook_id: _Id, who: _Keeper) -> DeliveryPage:
    """The last hundred, the latest first."""
    found = acts.deliveries(door_of(request).live.book, who, webhook_id)
    return {"items": [delivery_as_json(row) for row in found], "next": None}


@WAYS.post(
    "/{webhook_id}/deliveries/{message_id}/again", status_code=202, summary="Send it once more"
)
def again(
    request: Request, webhook_id: _Id, message_id: Annotated[str, Path(pattern=_NAME)],
    who: _Keeper,
) -> WebhookTold:  # fmt: skip
    """Under the same `webhook-id`, when its turn comes."""
    book = door_of(request).live.book
    acts.redeliver(book, who, webhook_id, message_id, _now())
    return webhook_as_json(acts.find_webhook(book, who, webhook_id))


def _now() -> int:
    return int(time.time())
