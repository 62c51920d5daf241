"""What the ways of inquiries answer, as programs read it."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict


class Limit(TypedDict):
    """A limit that runs: whose act it waits for, and until when."""

    limit: str
    post: str
    by: str | None
    overdue: bool


class InquiryEvent(TypedDict):
    """What happened to an inquiry; `details` of an answer hold the event that it tells."""

    act: str
    at: str
    recorded_at: str
    post: str
    actor: str
    reason: str | None
    details: NotRequired[dict[str, Any]]


class Ground(TypedDict):
    """Why a rule asked: `waiting` (an item's key) or `claim` (a case)."""

    ground: str
    subject: str


class InquiryTold(TypedDict):
    """An inquiry, without names and free words. `facts`: what was known of the item when it was
    asked; `sealed`, `erased`: which persons and notes are kept, or gone by rule."""

    inquiry_id: str
    item_id: str
    kind: str
    asking: str
    asked: str
    level: int
    state: str
    opened_at: str
    reply: str | None
    resolution: str | None
    reminders: int
    facts: dict[str, Any]
    due: list[Limit]
    events: list[InquiryEvent]
    sealed: list[str]
    erased: list[str]
    because: list[Ground]


class InquiryOpened(InquiryTold):
    """`new`: false where one like it was open already, which stands."""

    new: bool


class InquiryAnswered(InquiryTold):
    """`event`: what became of the event that the answer tells (`taken`, `known`, `set_aside`);
    `findings`: what was odd about it, by code."""

    event: str | None
    findings: dict[str, int]


class PersonTold(TypedDict):
    """A sender or an addressee."""

    name: str
    street: str
    postcode: str
    city: str
    phone: str
    email: str


class PersonsTold(TypedDict):
    """The persons and free words of an inquiry; notes by the number of their event."""

    inquiry_id: str
    sender: PersonTold
    addressee: PersonTold
    notes: dict[str, str]
    erased: list[str]


class Share(TypedDict):
    """A share beside its counts and its target."""

    good: int
    of: int
    percent: float | None
    target_percent: int


class Openings(TypedDict):
    """How fast questions and answers were opened."""

    in_time: int
    of: int
    working_minutes_on_average: float | None
    target_minutes: int


class FiguresTold(TypedDict):
    """A post's month of asking."""

    post: str
    month: str
    received: int
    running: int
    asked: int
    replies_on_time: Share
    solved_at_first_level: Share
    closed_in_time: Share
    opened: Openings


class AllFigures(TypedDict):
    """The figures of the inquiries that the asking post made or got."""

    figures: list[FiguresTold]


class Reminder(TypedDict):
    """A reminder or an escalation that was made."""

    inquiry_id: str
    act: str
    limit: str
    post: str
    due: str | None


class Reminders(TypedDict):
    """What a run of reminders made, of so many open inquiries."""

    as_of: str
    open: int
    made: list[Reminder]
