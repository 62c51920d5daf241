"""Refunds of a month: what was refunded, what a switch of the mode costs, the run that pays what is
owed unasked (req 34)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.api.claims_told import LaneCosts, RefundRun, RefundTotals
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.texts import Body, MonthInPath
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.refund_views import forecast, refund_totals
from datecertain.operations.workspaces import open_workspace

WAYS = APIRouter(prefix="/v1/refunds", tags=["claims"], responses=REFUSALS)

_See = Annotated[Viewer, Depends(Needs(Right.REFUNDS_SEE))]
_Run = Annotated[Viewer, Depends(Needs(Right.REFUNDS))]


@WAYS.get("/{month}", response_model=RefundTotals, summary="What was refunded of a month")
def totals(request: Request, month: MonthInPath, who: _See) -> dict[str, Any]:
    """By post, mode and ground, over the lanes of the asking post."""
    with open_workspace(door_of(request).workspace) as opened:
        return {"month": month, "refunds": refund_totals(opened, month, who)}


@WAYS.get("/{month}/forecast", response_model=LaneCosts, summary="What either mode costs")
def costs(request: Request, month: MonthInPath, who: _See) -> dict[str, Any]:
    """What the refunds of each lane of the asking post cost over a past month, automatic and
    claim-driven."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        found = forecast(opened, month, door.how.clock.now())
    mine = [one for one in found if who.sees_flow(one.origin, one.destination)]
    return {
        "month": month,
        "lanes": [asdict(one) | {"switch_minor": one.switch_minor} for one in mine],
    }


class RunWanted(Body):
    """A run of refunds."""

    dry_run: bool = Field(False, description="Only say what would be done.")


@WAYS.post(
    "/{month}/runs", response_model=RefundRun, summary="Refund what is owed unasked",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def run(request: Request, month: MonthInPath, wanted: RunWanted, who: _Run) -> dict[str, Any]:
    """Of the items that the asking post accepted: refunds on automatic lanes, notices to senders
    on the others. Run again it does nothing; on later verdicts it adds what changed."""
    door = door_of(request)
    origin = "" if who.post == EVERYTHING else who.post
    if wanted.dry_run:
        with open_workspace(door.workspace) as opened:
            return asdict(run_refunds(opened, month, door.how.clock, None, origin, dry=True))
    return write(
        request, who, wanted,
        lambda opened: asdict(run_refunds(opened, month, door.how.clock, None, origin)),
    )  # fmt: skip
