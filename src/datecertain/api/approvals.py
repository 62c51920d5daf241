"""Approvals: one account asks for what moves promises or money, another approves (req 58)."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from datecertain.access import Viewer
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.operations import approvals
from datecertain.operations.telling_approvals import ApprovalBody, told_approval

WAYS = APIRouter(prefix="/v1/approvals", tags=["approvals"], responses=REFUSALS)

_MOST = 200
#: Which right is needed follows from the kind that is asked for: the operation demands it.
_Known = Annotated[Viewer, Depends(Needs(None))]
_Lang = Literal["en", "ko"]


class Asking(BaseModel):
    """What is asked for: a kind, and the fields that it wants."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, examples=["refunds.run"])
    request: dict[str, Any] = Field(examples=[{"month": "2026-10"}])
    why: str = Field("", max_length=500, description="For whoever approves.")


class Approving(BaseModel):
    """What is approved: exactly what has this digest."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern="^[0-9a-f]{64}$")


class Refusing(BaseModel):
    """Why it is refused; whoever asked withdraws it, without a reason."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


class ApprovalPage(TypedDict):
    """Approvals in their order, and what to ask for after them; null: there are no more now."""

    items: list[ApprovalBody]
    next: str | None


@WAYS.get("", summary="The approvals of one's post")
def list_approvals(
    request: Request, who: _Known,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    lang: _Lang = "en",
) -> ApprovalPage:  # fmt: skip
    """Those that wait and those that ended, which one may ask for or approve."""
    found = approvals.listed(door_of(request).access, who, int(time.time()), after, limit + 1)
    more, found = len(found) > limit, found[:limit]
    items = [told_approval(one, lang) for one in found if approvals.may_see(who, one)]
    return {"items": items, "next": str(found[-1].number) if more else None}


@WAYS.post("", status_code=201, summary="Ask for an approval")
def ask(request: Request, asking: Asking, who: _Known, lang: _Lang = "en") -> ApprovalBody:
    """It waits for another account of the same post that has the right, for seven days."""
    door = door_of(request)
    made = approvals.ask(
        door.access, door.workspace, who, asking.kind, asking.request, int(time.time()),
        door.how.clock, asking.why,
    )  # fmt: skip
    return told_approval(made, lang)


@WAYS.get("/{number}", summary="One approval")
def show(request: Request, number: int, who: _Known, lang: _Lang = "en") -> ApprovalBody:
    """How it stands, and what it will do."""
    found = approvals.find(door_of(request).access, who, number, int(time.time()))
    return told_approval(approvals.demand_sight(who, found), lang)


@WAYS.post("/{number}/approve", summary="Approve, and do it")
def approve(
    request: Request, number: int, approving: Approving, who: _Known, lang: _Lang = "en"
) -> ApprovalBody:
    """Approves exactly what the digest names, and does it at once; `state` tells what came of it.
    403 for the account that asked."""
    door = door_of(request)
    found = approvals.approve(
        door.access, door.workspace, who, number, approving.digest, int(time.time()),
        door.how.clock,
    )  # fmt: skip
    return told_approval(found, lang)


@WAYS.post("/{number}/refuse", summary="Refuse, or withdraw")
def refuse(
    request: Request, number: int, refusing: Refusing, who: _Known, lang: _Lang = "en"
) -> ApprovalBody:
    """Refuses it with a reason; the account that asked withdraws it."""
    found = approvals.refuse(
        door_of(request).access, who, number, refusing.reason, int(time.time())
    )
    return told_approval(found, lang)
