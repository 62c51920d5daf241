"""Force majeure cases: declared by a post to the whole group, accepted or contested by the others,
closed, and what one would come to in a month (req 26)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body, Code, InPath, Line, Moment, MonthAsked
from datecertain.door.writing import actor_for
from datecertain.errors import NotAllowed
from datecertain.operations.case_preview import preview_as_json, preview_case
from datecertain.operations.cases import (
    answer_case,
    case_as_json,
    close_case,
    list_cases,
    notify_case,
    open_case,
    show_case,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.tracking.cases import GROUP, Action

WAYS = APIRouter(prefix="/v1/cases", tags=["cases"], responses=REFUSALS)

_Cases = Annotated[Viewer, Depends(Needs(Right.CASES))]


class CaseStep(TypedDict):
    """A step of a case: who took it, for which post, and why."""

    transition: str
    by: str
    actor: str
    reason: str
    published_utc: str
    at_utc: str


class CaseTold(TypedDict):
    """A case: its scopes (as columns of a notice file), what each post (`*`: the group) said last,
    how late it was notified and for how long a word or an end has been overdue."""

    case_id: str
    post: str
    state: str
    scopes: list[dict[str, str]]
    words: dict[str, str]
    notified_utc: str
    late_minutes: int
    stale_minutes: int
    transitions: list[CaseStep]


class CaseChange(TypedDict):
    """Items whose outcome between posts, or towards the sender (`side`), would change so."""

    side: str
    before: str
    after: str
    items: int


class CaseMoney(TypedDict):
    """What the refunds come to for a post, in micro-SDR."""

    post: str
    refunds: int
    refunds_usdr: int
    borne_usdr: int


class CasePreviewTold(TypedDict):
    """A month of the asking post's items before and after; nothing is written."""

    period: str
    items: int
    changed: int
    changes: list[CaseChange]
    before: list[CaseMoney]
    after: list[CaseMoney]


class Noticed(Body):
    """A later notice of a case: what is given replaces what was said; with another office, leg or
    area it is a scope beside the first; without anything it says that the case still stands."""

    from_utc: Moment = ""
    to_utc: Moment = ""
    published_utc: Moment = Field("", description="When it was published; empty: now.")
    office: Code = ""
    leg: Code = ""
    area: Line = ""
    text_en: Line = ""
    text_ko: Line = ""
    reference: Line = ""


class CaseMade(Noticed):
    """A case as a post declares it: the asking one."""

    case_id: Annotated[str, Field(max_length=64, pattern=r"^[!-~]+$")]
    from_utc: Moment
    text_en: Line = Field(min_length=1)
    kind: Literal["", "event", "strike", "closure"] = ""
    product: Line = ""
    standard: Line = ""
    contents: Line = ""
    value_from_sdr: Code = ""
    value_to_sdr: Code = ""
    accepted_from_utc: Moment = ""
    accepted_to_utc: Moment = ""


@WAYS.get("", response_model=Page[CaseTold], summary="List cases")
def list_(request: Request, who: _Cases, page: Paging, stale: bool = False) -> dict[str, Any]:
    """All cases of the group as they stand, by post and name; or those that wait too long for a
    word or an end."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        found = list_cases(opened, door.how.clock.now())
    wanted = [one for one in found if one.stale_minutes or not stale]
    told = paged(wanted, lambda one: (one.post, one.case_id), page)
    return {"items": [case_as_json(one) for one in told["items"]], "next": told["next"]}


@WAYS.post(
    "", status_code=201, response_model=CaseTold, summary="Open a case", openapi_extra=IDEMPOTENT
)
def open_(request: Request, made: CaseMade, who: _Cases) -> dict[str, Any]:
    """For the post that declares it: it is notified to every post of the group."""
    if not who.post:
        raise NotAllowed("a case is declared by a post: the central office accepts or contests")

    def do(opened: Workspace) -> dict[str, Any]:
        row = made.model_dump() | {"post": who.post, "text_ko": made.text_ko or made.text_en}
        return case_as_json(open_case(opened, row, who.name, door_of(request).how.clock))

    return write(request, who, made, do)


@WAYS.get("/{post}/{case}", response_model=CaseTold, summary="One case")
def show(request: Request, post: InPath, case: InPath, who: _Cases) -> dict[str, Any]:
    """What it covers, who said what, and every step of it."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        return case_as_json(show_case(opened, case, door.how.clock.now(), post))


@WAYS.post(
    "/{post}/{case}/notices", response_model=CaseTold, summary="A later notice",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def notify(
    request: Request, post: InPath, case: InPath, made: Noticed, who: _Cases
) -> dict[str, Any]:
    """For the post that declared it."""

    def do(opened: Workspace) -> dict[str, Any]:
        actor_for(who, post)
        clock = door_of(request).how.clock
        return case_as_json(notify_case(opened, case, made.model_dump(), who.name, clock, post))

    return write(request, who, made, do)


class WordMade(Body):
    """What the asking post, or the central office for the group, says of a case."""

    word: Literal["accept", "contest"]
    reason: Line = ""


@WAYS.post(
    "/{post}/{case}/words", response_model=CaseTold, summary="Accept or contest it",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def say(
    request: Request, post: InPath, case: InPath, made: WordMade, who: _Cases
) -> dict[str, Any]:
    """For another post: it then counts, or does not, on the lanes between the two. The central
    office says so for the whole group."""

    def do(opened: Workspace) -> dict[str, Any]:
        clock, by = door_of(request).how.clock, who.post or GROUP
        action = Action(made.word)
        told = answer_case(opened, case, action, by, made.reason, who.name, clock, post)
        return case_as_json(told)

    return write(request, who, made, do)


class Ended(Body):
    """When a case ended."""

    at: Moment
    reason: Line = ""


@WAYS.post(
    "/{post}/{case}/closing", response_model=CaseTold, summary="Close it", openapi_extra=IDEMPOTENT
)
def close(request: Request, post: InPath, case: InPath, made: Ended, who: _Cases) -> dict[str, Any]:
    """For the post that declared it."""

    def do(opened: Workspace) -> dict[str, Any]:
        actor_for(who, post)
        clock = door_of(request).how.clock
        told = close_case(opened, case, made.at, who.name, clock, post, made.reason)
        return case_as_json(told)

    return write(request, who, made, do)


@WAYS.get("/{post}/{case}/preview", response_model=CasePreviewTold, summary="What it comes to")
def preview(
    request: Request, post: InPath, case: InPath, period: MonthAsked, who: _Cases,
    supposed: Literal["accepted", "contested", "absent"] = "accepted",
) -> dict[str, Any]:  # fmt: skip
    """The verdicts and refunds of the asking post's items of a month as they stand, and as if the
    group had accepted or contested the case, or it had not been notified."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        told = preview_case(opened, case, period, door.how.clock.now(), supposed, post, who)
    return preview_as_json(told)
