"""Inquiries between posts: asked, answered, reminded of, and how well posts answer (req 37, 38)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.api.inquiries_told import (
    AllFigures,
    InquiryAnswered,
    InquiryOpened,
    InquiryTold,
    PersonsTold,
    Reminders,
)
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.claims.inquiries import Act, Kind, Reply, Resolution
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.looks import audit_look
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body, Code, CodeAsked, InPath, Line, Moment, Note
from datecertain.door.writing import actor_for
from datecertain.operations import inquiries, telling_inquiries
from datecertain.operations.case_persons import Person
from datecertain.operations.inquiries import Done, Question, Shown, inquiry_seen
from datecertain.operations.inquiry_answers import ToldEvent, answer_inquiry
from datecertain.operations.inquiry_performance import inquiry_figures
from datecertain.operations.inquiry_reminders import remind
from datecertain.operations.inquiry_rows import Inquiry
from datecertain.operations.seeing import item_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

WAYS = APIRouter(prefix="/v1/inquiries", tags=["inquiries"], responses=REFUSALS)

_See = Annotated[Viewer, Depends(Needs(Right.INQUIRIES_SEE))]
_Act = Annotated[Viewer, Depends(Needs(Right.INQUIRIES))]
_Reader = Annotated[Viewer, Depends(Needs(Right.PERSONS))]


class PersonMade(Body):
    """A sender or an addressee: sealed as soon as it is written down."""

    name: Line = ""
    street: Line = ""
    postcode: Line = ""
    city: Line = ""
    phone: Line = ""
    email: Line = ""

    def person(self) -> Person:
        """As the operation seals it. Raises `UsageError` that tells no value."""
        return Person(**self.model_dump())


class Asked(Body):
    """A question about an item. The asking post is that of whoever asks."""

    item_id: Code = Field(examples=["EE000000005KR"])
    kind: Kind
    asked: Code = Field("", description="Who is asked; empty: the post that can answer.")
    note: Note = Field("", description="Words beside it; sealed, for they may name people.")
    sender: PersonMade = PersonMade()
    addressee: PersonMade = PersonMade()


@WAYS.post(
    "", status_code=201, response_model=InquiryOpened, summary="Ask another post",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def open_(request: Request, asked: Asked, who: _Act) -> dict[str, Any]:
    """Ask the post that can answer about an item of one's own traffic; what is known is filled in.
    An inquiry like it that is open stands, and nothing new is opened."""
    clock = door_of(request).how.clock

    def do(opened: Workspace) -> dict[str, Any]:
        seen = item_seen(opened, asked.item_id, who)
        asking = seen["origin"] if who.post == EVERYTHING else who.post
        question = Question(
            seen["item_id"], asked.kind, who.name, asking, asked.asked, asked.note,
            asked.sender.person(), asked.addressee.person(),
        )  # fmt: skip
        shown, new = inquiries.open_inquiry(opened, question, clock)
        return {"new": new} | telling_inquiries.as_json(shown, clock.now())

    return write(request, who, asked, do)


@WAYS.get("", response_model=Page[InquiryTold], summary="List inquiries")
def list_(
    request: Request, who: _See, page: Paging, item: CodeAsked = "", post: CodeAsked = "",
    all: bool = False, overdue: bool = False,
) -> Page[dict[str, Any]]:  # fmt: skip
    """The inquiries that the asking post made or got, in the order of their opening: those that
    are open, or all; of an item; to or from another post; those of which a limit has passed."""
    door = door_of(request)
    now = door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        found = inquiries.list_inquiries(opened, item, post, still_open=not all)
    mine = [
        one for one in found
        if who.sees_flow(one.inquiry.asking, one.inquiry.asked)
        and (not overdue or any(due.by is not None and due.by < now for due in one.due))
    ]  # fmt: skip
    told = paged(mine, lambda one: (one.inquiry.opened_at, one.inquiry.inquiry_id), page)
    return {
        "items": [telling_inquiries.as_json(one, now) for one in told["items"]],
        "next": told["next"],
    }


@WAYS.get("/figures", response_model=AllFigures, summary="How well posts answer each other")
def figures(
    request: Request, who: _See,
    month: Annotated[str, Query(pattern=r"^((19|20)[0-9]{2}-(0[1-9]|1[0-2]))?$")] = "",
) -> dict[str, Any]:  # fmt: skip
    """By post and month of asking, beside the targets: of the inquiries that the asking post made
    or got, so another post's figures are those towards it."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        rows = inquiry_figures(opened, door.how.clock.now(), month, who)
    return {"figures": [telling_inquiries.figures_json(row) for row in rows]}


class Nothing(Body):
    """Nothing more is said."""


@WAYS.post(
    "/reminders", response_model=Reminders, summary="Make the reminders that are due",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def reminders(request: Request, nothing: Nothing, who: _Act) -> dict[str, Any]:
    """Reminders and escalations of the asking post's own inquiries. As often as one likes."""
    clock = door_of(request).how.clock
    asking = "" if who.post == EVERYTHING else who.post
    return write(
        request, who, nothing,
        lambda opened: telling_inquiries.reminded_json(
            remind(opened, clock, who.name, asking=asking)
        ),
    )  # fmt: skip


@WAYS.get("/{inquiry}", response_model=InquiryTold, summary="One inquiry")
def show(request: Request, inquiry: InPath, who: _See) -> dict[str, Any]:
    """What is asked, what is known, what happened, what is due. No names."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        seen = inquiry_seen(opened, inquiry, who)
        shown = inquiries.show_inquiry(opened, seen.inquiry_id)
    return telling_inquiries.as_json(shown, door.how.clock.now())


class Why(Body):
    """Why persons are looked at: it is written down, with who did."""

    reason: Line


@WAYS.post("/{inquiry}/persons", response_model=PersonsTold, summary="Its persons and notes")
def persons(request: Request, inquiry: InPath, why: Why, who: _Reader) -> dict[str, Any]:
    """Names, addresses and free words; who looks, and why, is written down first."""
    door = door_of(request)
    with open_workspace(door.workspace, write=True) as opened:
        seen = inquiry_seen(opened, inquiry, who)
        audit_look(door, who, "inquiry.persons", seen.inquiry_id)
        post = seen.asking if who.post == EVERYTHING else who.post
        done = Done(who.name, why.reason)
        found = inquiries.see_persons(opened, seen.inquiry_id, post, done, door.how.clock)
    return {
        "inquiry_id": seen.inquiry_id, "sender": asdict(found.sender),
        "addressee": asdict(found.addressee),
        "notes": {str(place): text for place, text in sorted(found.notes.items())},
        "erased": list(found.erased),
    }  # fmt: skip


class EventMade(Body):
    """An event that an answer tells: its code, its local time, its office."""

    code: Code = Field(examples=["EMI"])
    local: Moment = Field(examples=["2026-10-19T12:41"])
    office: Code
    reason: Code = ""
    measure: Code = ""

    def told(self) -> ToldEvent:
        """As the operation takes it."""
        return ToldEvent(**self.model_dump())


class Answer(Body):
    """An answer; with an event that it tells, which is taken in like every other."""

    reply: Reply
    note: Note = ""
    event: EventMade | None = None


@WAYS.post(
    "/{inquiry}/answer", response_model=InquiryAnswered, summary="Answer an inquiry",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def answer(request: Request, inquiry: InPath, made: Answer, who: _Act) -> dict[str, Any]:
    """For the post that is asked."""
    clock = door_of(request).how.clock

    def do(opened: Workspace) -> dict[str, Any]:
        seen = inquiry_seen(opened, inquiry, who)
        actor_for(who, seen.asked)
        event = None if made.event is None else made.event.told()
        done = answer_inquiry(
            opened, seen.inquiry_id, made.reply, Done(who.name, "", made.note), clock, event
        )
        shown = telling_inquiries.as_json(done.shown, clock.now())
        return {"event": done.event or None, "findings": done.findings} | shown

    return write(request, who, made, do)


class Noted(Body):
    """Words beside an act; sealed, for they may name people."""

    note: Note = ""


class Closed(Noted):
    """How it ended."""

    resolution: Resolution


def _act(
    request: Request, inquiry: str, who: Viewer, made: Body,
    do: Callable[[Workspace, Inquiry], Shown], of: Callable[[Inquiry], str],
) -> dict[str, Any]:  # fmt: skip
    def act(opened: Workspace) -> dict[str, Any]:
        seen = inquiry_seen(opened, inquiry, who)
        actor_for(who, of(seen))
        return telling_inquiries.as_json(do(opened, seen), door_of(request).how.clock.now())

    return write(request, who, made, act)


@WAYS.post(
    "/{inquiry}/read", response_model=InquiryTold, summary="It was opened", openapi_extra=IDEMPOTENT
)
def read(request: Request, inquiry: InPath, nothing: Nothing, who: _Act) -> dict[str, Any]:
    """The question was opened by the post that is asked, or its answer by the one that asked."""
    clock = door_of(request).how.clock

    def act(one: Inquiry) -> Act:
        return Act.READ if one.standing.answered_at is None else Act.REPLY_READ

    return _act(
        request, inquiry, who, nothing,
        lambda opened, one: inquiries.act_on(
            opened, one.inquiry_id, [act(one)], Done(who.name), clock
        ),
        lambda one: one.asked if act(one) is Act.READ else one.asking,
    )  # fmt: skip


@WAYS.post(
    "/{inquiry}/again", response_model=InquiryTold, summary="Ask again", openapi_extra=IDEMPOTENT
)
def again(request: Request, inquiry: InPath, made: Noted, who: _Act) -> dict[str, Any]:
    """At the next level: the answer does not settle it."""
    clock, done = door_of(request).how.clock, Done(who.name, "", made.note)
    return _act(
        request, inquiry, who, made,
        lambda opened, one: inquiries.ask_again(opened, one.inquiry_id, done, clock),
        lambda one: one.asking,
    )  # fmt: skip


@WAYS.post(
    "/{inquiry}/closing", response_model=InquiryTold, summary="Close it", openapi_extra=IDEMPOTENT
)
def close(request: Request, inquiry: InPath, made: Closed, who: _Act) -> dict[str, Any]:
    """Solved or unsolved; presumed where no answer came and a rule decides."""
    clock, done = door_of(request).how.clock, Done(who.name, str(made.resolution), made.note)
    return _act(
        request, inquiry, who, made,
        lambda opened, one: inquiries.close_inquiry(opened, one.inquiry_id, done, clock),
        lambda one: one.asking,
    )  # fmt: skip


@WAYS.post(
    "/{inquiry}/withdrawal", response_model=InquiryTold, summary="Withdraw it",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def withdraw(request: Request, inquiry: InPath, made: Noted, who: _Act) -> dict[str, Any]:
    """It was not answered, and is not wanted any more. It stays in the list."""
    clock, done = door_of(request).how.clock, Done(who.name, "", made.note)
    return _act(
        request, inquiry, who, made,
        lambda opened, one: inquiries.act_on(
            opened, one.inquiry_id, [Act.WITHDRAWN], done, clock
        ),
        lambda one: one.asking,
    )  # fmt: skip
