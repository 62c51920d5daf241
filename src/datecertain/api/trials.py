"""Trials on what really happened: a lane's month in the shadow, a month as it might have been, and
what can be claimed of carriers (req 44, 47, 79). Each is a run; nothing is written or booked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from datecertain.access import Right, Viewer
from datecertain.api.runs_told import RunTold, run_told
from datecertain.api.trial_work import (
    CarriersWanted,
    ShadowWanted,
    Supposed,
    begin_carriers,
    begin_shadow,
    begin_supposition,
)
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.texts import Language

WAYS = APIRouter(prefix="/v1/plans", tags=["plans"], responses=REFUSALS)

_Planner = Annotated[Viewer, Depends(Needs(Right.PLANS))]
_Money = Annotated[Viewer, Depends(Needs(Right.MONEY))]


@WAYS.post(
    "/shadow-runs", status_code=202, response_model=RunTold, summary="Judge a lane in the shadow"
)
def shadow(
    request: Request, wanted: ShadowWanted, who: _Planner, lang: Language = "en"
) -> dict[str, Any]:
    """A month of a lane of the asking post, judged as if its guarantee were open; beside figures
    that it has, each item agrees, differs (with why we say so), or is only on one side."""
    return run_told(begin_shadow(door_of(request), who, wanted, lang))


@WAYS.post(
    "/suppositions",
    status_code=202,
    response_model=RunTold,
    summary="Months as they might have been",
)
def suppose(request: Request, supposed: Supposed, who: _Money) -> dict[str, Any]:
    """What the asking post would have been owed by each of the others with other shares, lanes or
    refunds. What is moved fares as the other lane's own items did: both are lanes of the post."""
    return run_told(begin_supposition(door_of(request), who, supposed))


@WAYS.post(
    "/carrier-lists", status_code=202, response_model=RunTold, summary="What carriers can be asked"
)
def carriers(request: Request, wanted: CarriersWanted, who: _Money) -> dict[str, Any]:
    """The days that carriers burned of a month's items, with the refunds that rest on them: of the
    carriers that the asking post contracted. What a carrier owes is between these two alone."""
    return run_told(begin_carriers(door_of(request), who, wanted))
