"""The action register: what meetings decided, by whom and until when, with what result (req 70)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.api.packs_told import ActionTold
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body, Code, CodeAsked, Line, Month, Reason
from datecertain.moments import parse_date
from datecertain.operations import actions_seen as register
from datecertain.operations.meeting_actions import Decided
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

WAYS = APIRouter(prefix="/v1/actions", tags=["packs and actions"], responses=REFUSALS)

_Reader = Annotated[Viewer, Depends(Needs(Right.PACKS))]
_Doer = Annotated[Viewer, Depends(Needs(Right.ACTIONS))]
_Office = Annotated[Viewer, Depends(Needs(Right.PACKS_WRITE))]
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_Month = Annotated[
    str | None,
    Query(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$",
          description="Measure the figures in this month of acceptances too."),
]  # fmt: skip


@WAYS.get("", response_model=Page[ActionTold], summary="What meetings decided")
def list_(
    request: Request, who: _Reader, page: Paging, period: _Month = None,
    state: Literal["open", "overdue", "done"] | None = None, owner: CodeAsked = "",
    meeting: Annotated[str | None, Query(pattern=_DATE)] = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """Who does what until when, and what the figure that it shall move was at the meeting, and is
    in a month. Every post reads all of it; a figure of few items is told to its own posts alone."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        found = register.actions_seen(opened, who, period, door.how.clock.now())
    kept = register.filtered(found, state or "", owner.upper(), meeting or "")
    return paged(kept, lambda one: (one["action"],), page)


class ActionMade(Body):
    """What a meeting decided, in both languages. `figure`: what it shall move (`on_time:KR>US`,
    `on_time:all`, `complete:US`), of the month that stood before the meeting."""

    meeting: Annotated[str, Field(pattern=_DATE)]
    due: Annotated[str, Field(pattern=_DATE)]
    owner: Code
    title_en: Reason
    title_ko: Reason
    figure: Code = ""
    period: Month | None = None


@WAYS.post(
    "", status_code=201, response_model=ActionTold, summary="Write an action down",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def add(request: Request, made: ActionMade, who: _Office) -> dict[str, Any]:
    """For the central office; every post sees it. Its figure must be one that may be published."""
    clock = door_of(request).how.clock

    def do(opened: Workspace) -> dict[str, Any]:
        decided = Decided(
            parse_date(made.meeting), made.owner, parse_date(made.due), made.title_en,
            made.title_ko, made.figure, made.period or "",
        )  # fmt: skip
        number = register.decide(opened, who, decided, clock)
        return register.action_seen(opened, who, number, clock.now())

    return write(request, who, made, do)


@WAYS.get("/{number}", response_model=ActionTold, summary="One action")
def one(request: Request, number: int, who: _Reader) -> dict[str, Any]:
    """As it stands."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        return register.action_seen(opened, who, number, door.how.clock.now())


class Finished(Body):
    """What came of it."""

    note: Line = ""


@WAYS.post(
    "/{number}/done", response_model=ActionTold, summary="It is done", openapi_extra=IDEMPOTENT
)
def done(request: Request, number: int, made: Finished, who: _Doer) -> dict[str, Any]:
    """For the post that it was given to, and for the central office."""
    clock = door_of(request).how.clock

    def do(opened: Workspace) -> dict[str, Any]:
        return register.end_action(opened, who, number, made.note, clock)

    return write(request, who, made, do)
