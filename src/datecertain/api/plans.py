"""Plans: the resume board, standards found in history and tried on it; and runs of what takes long:
replays, levers, services, staged plans, tariffs tried (req 47, 55, 64-66, 69)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.api.plan_work import Asked, TariffTried, begin_plan, begin_trial, months_of
from datecertain.api.runs_told import RunTold, run_told
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body, CodeAsked, InPath
from datecertain.errors import NotFound
from datecertain.moments import parse_date
from datecertain.operations.board_answers import board_json
from datecertain.operations.history_files import known_by
from datecertain.operations.lanes_seen import lanes_seen
from datecertain.operations.planning_standards import backtest_of, standards_of
from datecertain.operations.resume_board import (
    BoardAsked,
    default_days,
    lane_of,
    resume_board,
)
from datecertain.operations.verdict_histories import history_of_workspace
from datecertain.operations.without_money import without_money
from datecertain.operations.workspaces import open_workspace

WAYS = APIRouter(prefix="/v1/plans", tags=["plans"], responses=REFUSALS)

_Planner = Annotated[Viewer, Depends(Needs(Right.PLANS))]
_Money = Annotated[Viewer, Depends(Needs(Right.MONEY))]
_Day = Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
_Date = Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_Target = Annotated[float, Query(gt=0, lt=1)]
_Confidence = Annotated[float, Query(ge=0.5, le=0.999)]
_Months = Annotated[
    list[Annotated[str, Field(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]] | None,
    Query(max_length=60, description="Months of acceptance; none: all that were judged."),
]


@WAYS.get("/board", summary="The resume board")
def board(
    request: Request, who: _Planner, first: _Day = None, last: _Day = None,
    target: _Target = 0.96, confidence: _Confidence = 0.95, lane: CodeAsked = "",
    claim_rate: Annotated[float | None, Query(ge=0, le=1)] = None,
) -> dict[str, Any]:  # fmt: skip
    """May each lane resume, with which date, at what cost: of the asking post's lanes; for the
    central office of all that may be published, without money. `lane`: everything about one."""
    with open_workspace(door_of(request).workspace) as opened:
        days = default_days(opened, first, last)
        seen = lanes_seen(opened, who)
        asked = BoardAsked(*days, target, confidence, claim_rate)
        if lane and not seen.shows(*_posts(lane)):
            raise NotFound(f"{lane!r} is no lane of the group: write KR-US")
        found = resume_board(opened, asked, seen=seen)
        told = board_json(found, lane_of(found, lane) if lane else None)
    return dict(without_money(told)) if who.group else told


def _posts(lane: str) -> tuple[str, str]:
    one, _, other = lane.upper().replace(">", "-").partition("-")
    return one, other


@WAYS.get("/standards", summary="Standards that history assures")
def standards(
    request: Request, who: _Planner, period: _Months = None, target: _Target = 0.96,
    confidence: _Confidence = 0.95, as_of: _Date = None,
) -> dict[str, Any]:  # fmt: skip
    """Per lane the smallest D+n that keeps a target share on time at a stated confidence, from the
    judged items of the asking post."""
    day = None if as_of is None else parse_date(as_of)
    with open_workspace(door_of(request).workspace) as opened:
        seen = lanes_seen(opened, who, period)
        read = history_of_workspace(opened, months_of(period), seen=seen)
    return standards_of(known_by(read, day), target, confidence).as_json()


@WAYS.get("/backtest", summary="Standards tried on what came later")
def backtest(
    request: Request, who: _Planner,
    train_until: Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")],
    period: _Months = None, target: _Target = 0.96, confidence: _Confidence = 0.95,
    review_every: Annotated[int, Query(ge=0, le=3660, description="In days; 0: never.")] = 0,
) -> dict[str, Any]:  # fmt: skip
    """Standards as of a day, tried on the later items of the asking post, beside what else could
    have been promised."""
    with open_workspace(door_of(request).workspace) as opened:
        seen = lanes_seen(opened, who, period)
        read = history_of_workspace(opened, months_of(period), seen=seen)
    found = backtest_of(read, parse_date(train_until), target, confidence, review_every)
    return found.as_json()


class Wanted(Body):
    """What shall be run."""

    plan: Asked = Field(discriminator="kind")


@WAYS.post("/runs", status_code=202, response_model=RunTold, summary="Run a plan")
def begin(request: Request, wanted: Wanted, who: _Planner) -> dict[str, Any]:
    """Over the asking post's items: a replay of months under changes, levers tried, a service that
    is not sold yet, a staged plan. Nothing is written or booked. The answer is to be asked for."""
    return run_told(begin_plan(door_of(request), who, wanted.plan))


@WAYS.post(
    "/tariff-trials", status_code=202, response_model=RunTold, summary="Try a tariff on past months"
)
def tariff(request: Request, tried: TariffTried, who: _Money) -> dict[str, Any]:
    """What the asking post would have been owed by each of the others under another tariff; what
    others owe each other is not told. Nothing is booked."""
    return run_told(begin_trial(door_of(request), who, tried))


@WAYS.get("/runs", response_model=Page[RunTold], summary="Runs of the asking post")
def runs(request: Request, who: _Planner, page: Paging) -> Page[dict[str, Any]]:
    """In the order of their beginning, without their answers. They end with the server."""
    found = [run_told(one, whole=False) for one in door_of(request).runs.of(who)]
    return paged(found, lambda one: (one["begun_at"], one["run_id"]), page)


@WAYS.get("/runs/{run}", response_model=RunTold, summary="One run")
def one_run(request: Request, run: InPath, who: _Planner) -> dict[str, Any]:
    """How far it has come; its answer when it is done."""
    return run_told(door_of(request).runs.find(who, run))


@WAYS.delete("/runs/{run}", response_model=RunTold, summary="Take a run back")
def cancel(request: Request, run: InPath, who: _Planner) -> dict[str, Any]:
    """One that works ends at its next step."""
    return run_told(door_of(request).runs.cancel(who, run))
