"""Promises: recorded at acceptance, handed over, voided, looked up, printed on a label (req 9, 10,
72). A post records its own; the post of destination sees them without postage and persons."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from datecertain.access import Right, Viewer
from datecertain.api.fields import (
    After,
    AnyPost,
    IdempotencyKey,
    Limit,
    number_given,
    usdr_given,
)
from datecertain.api.quotes import Question
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.conditional import Tagged
from datecertain.door.opened import door_of
from datecertain.door.paging import Page
from datecertain.door.texts import Language
from datecertain.door.wanting import preferred
from datecertain.door.writing import actor_for, key_for
from datecertain.moments import parse_date
from datecertain.operations.labels import label_of
from datecertain.operations.promise_rows import StoredPromise, find_promise
from datecertain.operations.promise_views import (
    Asked,
    for_partner,
    list_promises,
    promise_row,
    shown,
    shown_to_partner,
)
from datecertain.operations.promising import Possession, possess, record_promise, void_promise
from datecertain.operations.told_promises import LabelTold, PromiseShown, PromiseTold
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import parse_place
from datecertain.promise.recordings import Recording
from datecertain.promise.routes import IN_HAND, Route
from datecertain.store import Workspace
from datecertain.tracking.events import audience

WAYS = APIRouter(prefix="/v1/promises", tags=["promises"], responses=REFUSALS, route_class=Tagged)

_Recorder = Annotated[Viewer, Depends(Needs(Right.PROMISES))]
_Name = Annotated[str, Path(max_length=64, description="The promise's id, or the item's number.")]
_MOST = 10**12
_Date = Annotated[str | None, Field(max_length=10, examples=["2026-12-01"])]


class Acceptance(Question):
    """A question whose answer is told to the sender, and what is known of the item."""

    accepted_at: str = Field(
        max_length=40, examples=["2026-11-27T16:10"],
        description="Local date and time at the origin, with its offset where clocks go back.",
    )  # fmt: skip
    item: str | None = Field(None, max_length=20, description="S10 number, once it is known.")
    told_on: _Date = Field(None, description="The date told, where it is not the one quoted.")
    office: str = Field("", max_length=40, description="The accepting office.")
    postage_minor: int | None = Field(None, ge=0, le=_MOST, description="Paid; minor units.")
    currency: str = Field("", max_length=3, examples=["KRW"])

    def recording(self, actor: str, key: str) -> Recording:
        """The acceptance as it is recorded. Raises `UsageError` and its kin."""
        route = Route(
            *parse_place(self.origin), *parse_place(self.destination), self.product, self.contents,
            self.channel, self.address,
        )  # fmt: skip
        ask = replace(
            Ask.at(route, self.accepted_at), weight_g=number_given(self.weight_g),
            value_usdr=usdr_given(self.value_sdr),
        )  # fmt: skip
        return Recording(
            ask, actor, self.item, parse_date(self.told_on) if self.told_on else None, self.office,
            number_given(self.postage_minor), self.currency, key,
        )  # fmt: skip


class Handover(BaseModel):
    """The post got the item of a label."""

    model_config = ConfigDict(extra="forbid")

    at: str = Field(max_length=40, description="Local time at the origin.")
    item: str | None = Field(None, max_length=20, description="S10 number, if it is new.")
    channel: str = Field(IN_HAND, max_length=40, description="That took it, as in a quote.")
    told_on: _Date = Field(None, description="The date told, where it is not the one quoted.")
    weight_g: int | None = Field(None, ge=0, le=_MOST)
    postage_minor: int | None = Field(None, ge=0, le=_MOST)
    currency: str = Field("", max_length=3)


class Voiding(BaseModel):
    """Why a promise is voided."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, description="It is kept; no person's name.")


@WAYS.post("", status_code=201, summary="Record the promise of an acceptance")
def record(
    request: Request,
    response: Response,
    acceptance: Acceptance,
    who: _Recorder,
    key: IdempotencyKey = None,
) -> PromiseTold:
    """What the sender was told, frozen with the network in force. Without a number of the item an
    Idempotency-Key is wanted, that tells this acceptance from the next."""
    door = door_of(request)
    actor = actor_for(who, parse_place(acceptance.origin)[0])
    recording = acceptance.recording(actor, key_for(who, key))
    with open_workspace(door.workspace) as opened:
        promise = record_promise(opened, recording, door.how.clock)
    response.headers["Location"] = f"/v1/promises/{promise.promise_id}"
    return promise_row(promise)


@WAYS.post("/{name}/possession", summary="The item of a label was handed over")
def possession(
    request: Request, name: _Name, handover: Handover, who: _Recorder, key: IdempotencyKey = None
) -> PromiseTold:
    """It is quoted anew from the time for which there is evidence; the estimate stays beside it."""
    door = door_of(request)
    told = parse_date(handover.told_on) if handover.told_on else None
    with open_workspace(door.workspace) as opened:
        promise = _own(opened, name, who)
        got = Possession(
            handover.at, who.name, handover.item, handover.channel, told,
            number_given(handover.weight_g), number_given(handover.postage_minor),
            handover.currency, key_for(who, key),
        )  # fmt: skip
        return promise_row(possess(opened, promise.promise_id, got, door.how.clock))


@WAYS.post("/{name}/void", summary="Void a misquoted date")
def void(
    request: Request, name: _Name, voiding: Voiding, who: _Recorder, key: IdempotencyKey = None
) -> PromiseTold:
    """Before the item has left its outward office; afterwards what was told binds: 409."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        promise = _own(opened, name, who)
        return promise_row(
            void_promise(
                opened, promise.promise_id, actor=who.name, reason=voiding.reason,
                clock=door.how.clock, key=key_for(who, key),
            )
        )  # fmt: skip


@WAYS.get("/{name}", summary="One promise")
def show(request: Request, name: _Name, who: _Recorder) -> PromiseShown:
    """What binds, all that happened to it, and the quote by the network it is frozen with."""
    with open_workspace(door_of(request).workspace) as opened:
        promise = _seen(opened, name, who)
        told = shown(opened, promise)
    return told if who.acts_for(promise.ask.route.origin) else shown_to_partner(told)


@WAYS.get("/{name}/label", summary="The box of a label", response_model=LabelTold)
def label(
    request: Request, name: _Name, who: _Recorder, lang: Language = "en"
) -> LabelTold | Response:
    """The date and the conditions in every language, as fields; with `Accept: text/plain` the words
    of one language, a line each."""
    with open_workspace(door_of(request).workspace) as opened:
        told = label_of(opened, _seen(opened, name, who))
    if preferred(request, ("application/json", "text/plain")) == "text/plain":
        return PlainTextResponse(told["words"][lang]["text"] + "\n")
    return told


@WAYS.get("", summary="Promises")
def list_(
    request: Request, who: _Recorder,
    origin: AnyPost = "",
    destination: AnyPost = "",
    state: Literal["", "estimated", "held", "voided", "expired"] = "",
    made: Literal["", "online", "offline"] = "",
    period: Annotated[str, Query(pattern=r"^([0-9]{4}-[0-9]{2})?$")] = "",
    misquoted: bool = False, after: After = "", limit: Limit = 100,
) -> Page[PromiseTold]:  # fmt: skip
    """In the order in which they were recorded. `period`: the month of acceptance."""
    asked = Asked(origin.upper(), destination.upper(), state, made, period, misquoted)
    door = door_of(request)
    posts = door.network.now().posts
    seen = who.seen(audience(one, other) for one in posts for other in posts)
    with open_workspace(door.workspace) as opened:
        found = list_promises(opened, asked, after=after, limit=limit, audiences=seen)
    return {"items": [_row(one, who) for one in found.promises], "next": found.after}


def _row(promise: StoredPromise, who: Viewer) -> PromiseTold:
    row = promise_row(promise)
    return row if who.acts_for(promise.ask.route.origin) else for_partner(row)


def _seen(opened: Workspace, name: str, who: Viewer) -> StoredPromise:
    """A promise that the viewer may see. Raises `NotFound`."""
    with opened.reading() as view:
        return find_promise(view.connection, name, who.sees_flow)


def _own(opened: Workspace, name: str, who: Viewer) -> StoredPromise:
    """A promise that the viewer may act on. Raises `NotFound`, `NotAllowed`."""
    promise = _seen(opened, name, who)
    actor_for(who, promise.ask.route.origin)
    return promise
