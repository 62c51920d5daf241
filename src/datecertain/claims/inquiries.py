"""Inquiries between posts: what is asked, the states of one, and who may do what (req 37).

An inquiry is what happened to it, in order: nothing is edited or taken back. `stand` reads its
events one after another by one table of transitions; what the table does not hold cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from datecertain.errors import UsageError


class Kind(StrEnum):
    """What is asked. The names are those of a request form that posts use (domain.md 6)."""

    DELAYED = "delayed"  # it is late: where is it, and why
    CUSTOMS = "customs"  # it is with customs: what is wanted, and from whom
    MISSENT = "missent"  # it was seen where it should not be
    UPDATE = "update"  # nothing is heard of it: its present state
    CHANGE = "change"  # deliver it to another address
    RETURN = "return"  # send it back
    PROOF = "proof_of_delivery"  # to whom it was delivered, when and where


#: The kinds that ask what became of an item: one of them that is open does for another.
WHEREABOUTS = (Kind.DELAYED, Kind.UPDATE, Kind.MISSENT, Kind.CUSTOMS)


class State(StrEnum):
    """Where an inquiry stands."""

    SENT = "sent"  # the other post has not opened it yet
    READ = "read"  # opened, not answered
    ANSWERED = "answered"  # the answer waits to be opened by the post that asked
    REPLY_READ = "reply_read"  # to be closed, or asked again
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"  # not wanted any more

    @property
    def open(self) -> bool:
        """Whether somebody still has to act."""
        return self not in (State.CLOSED, State.WITHDRAWN)


class Act(StrEnum):
    """What can happen to an inquiry."""

    OPENED = "opened"
    READ = "read"
    REMINDED = "reminded"
    ESCALATED = "escalated"  # not answered in time: the next level is asked
    ANSWERED = "answered"
    REPLY_READ = "reply_read"
    ASKED_AGAIN = "asked_again"  # the answer does not settle it: the next level is asked
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    PERSONS_SEEN = "persons_seen"  # somebody looked at names and addresses


class Side(StrEnum):
    """Whose an act is."""

    ASKING = "asking"
    ASKED = "asked"
    EITHER = "either"


#: (state, act) → (state, whose act it is). None: before it was opened.
TRANSITIONS: Mapping[tuple[State | None, Act], tuple[State, Side]] = {
    (None, Act.OPENED): (State.SENT, Side.ASKING),
    (State.SENT, Act.READ): (State.READ, Side.ASKED),
    (State.SENT, Act.REMINDED): (State.SENT, Side.ASKING),
    (State.SENT, Act.ESCALATED): (State.SENT, Side.ASKING),
    (State.SENT, Act.WITHDRAWN): (State.WITHDRAWN, Side.ASKING),
    (State.SENT, Act.CLOSED): (State.CLOSED, Side.ASKING),
    (State.READ, Act.REMINDED): (State.READ, Side.ASKING),
    (State.READ, Act.ESCALATED): (State.READ, Side.ASKING),
    (State.READ, Act.ANSWERED): (State.ANSWERED, Side.ASKED),
    (State.READ, Act.WITHDRAWN): (State.WITHDRAWN, Side.ASKING),
    (State.READ, Act.CLOSED): (State.CLOSED, Side.ASKING),
    (State.ANSWERED, Act.REMINDED): (State.ANSWERED, Side.ASKED),
    (State.ANSWERED, Act.REPLY_READ): (State.REPLY_READ, Side.ASKING),
    (State.REPLY_READ, Act.REMINDED): (State.REPLY_READ, Side.ASKED),
    (State.REPLY_READ, Act.ASKED_AGAIN): (State.SENT, Side.ASKING),
    (State.REPLY_READ, Act.CLOSED): (State.CLOSED, Side.ASKING),
    **{(state, Act.PERSONS_SEEN): (state, Side.EITHER) for state in State},
}
#: Acts after which nobody has to act any more.
ENDS = (Act.CLOSED, Act.WITHDRAWN)
#: Acts that ask the next level.
_RAISING = (Act.ESCALATED, Act.ASKED_AGAIN)


class Reply(StrEnum):
    """What an answer says, in one code: each has its text in every language."""

    DELIVERED = "delivered"
    ATTEMPTED = "attempted"
    HELD_BY_CUSTOMS = "held_by_customs"
    RELEASED = "released"
    ON_ITS_WAY = "on_its_way"
    NOT_ARRIVED = "not_arrived"
    MISSENT = "missent"
    RETURNING = "returning"
    CHANGED = "changed"
    TOO_LATE = "too_late"
    CONFIRMED_LATE = "confirmed_late"
    IN_TIME = "in_time"  # what confirmed_late asks is denied
    LOST = "lost"


class Resolution(StrEnum):
    """Why an inquiry was closed."""

    SOLVED = "solved"
    UNSOLVED = "unsolved"  # the answer is taken as it is
    PRESUMED = "presumed"  # no answer came, and a rule decides without one (req 35)


#: Which answers fit which question; every other one would not answer it.
REPLIES: Mapping[Kind, tuple[Reply, ...]] = {
    Kind.DELAYED: (
        Reply.CONFIRMED_LATE, Reply.IN_TIME, Reply.DELIVERED, Reply.ATTEMPTED,
        Reply.HELD_BY_CUSTOMS, Reply.RELEASED, Reply.ON_ITS_WAY, Reply.NOT_ARRIVED, Reply.MISSENT,
        Reply.RETURNING, Reply.LOST,
    ),
    Kind.CUSTOMS: (
        Reply.HELD_BY_CUSTOMS, Reply.RELEASED, Reply.DELIVERED, Reply.RETURNING, Reply.NOT_ARRIVED,
    ),
    Kind.MISSENT: (
        Reply.MISSENT, Reply.ON_ITS_WAY, Reply.NOT_ARRIVED, Reply.RETURNING, Reply.DELIVERED,
    ),
    Kind.UPDATE: (
        Reply.DELIVERED, Reply.ATTEMPTED, Reply.HELD_BY_CUSTOMS, Reply.RELEASED, Reply.ON_ITS_WAY,
        Reply.NOT_ARRIVED, Reply.MISSENT, Reply.RETURNING, Reply.LOST,
    ),
    Kind.CHANGE: (Reply.CHANGED, Reply.TOO_LATE, Reply.DELIVERED, Reply.NOT_ARRIVED),
    Kind.RETURN: (Reply.RETURNING, Reply.TOO_LATE, Reply.DELIVERED, Reply.NOT_ARRIVED),
    Kind.PROOF: (Reply.DELIVERED, Reply.ATTEMPTED, Reply.ON_ITS_WAY, Reply.NOT_ARRIVED, Reply.LOST),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happened:
    """One act. `at` is when it was done, `recorded_at` when it was written down (UTC minutes);
    `post` whose act it is; `reason` a code: of a reply, of a resolution, of the time limit that
    passed. `details` name no person."""

    act: Act
    at: int
    recorded_at: int
    actor: str
    post: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, int, str]:
        """By this an act that comes twice is known."""
        return str(self.act), self.at, self.reason


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an inquiry stands after its events. `sent_at`: when the question was last asked (of
    the present level); `asked_at` and `answered_at` of the first time; moments are UTC minutes."""

    state: State
    level: int
    asked_at: int
    sent_at: int
    read_at: int | None = None
    answered_at: int | None = None
    reply_read_at: int | None = None
    first_answered_at: int | None = None
    closed_at: int | None = None
    reply: str = ""
    resolution: str = ""
    reminders: int = 0


def stand(asking: str, asked: str, events: Iterable[Happened]) -> Standing:
    """Where an inquiry between two posts stands. Raises `UsageError` for what cannot happen."""
    found: Standing | None = None
    for event in events:
        found = after(asking, asked, found, event)
    if found is None:
        raise UsageError("an inquiry without events: it was never opened")
    return found


def after(asking: str, asked: str, before: Standing | None, event: Happened) -> Standing:
    """Where an inquiry stands after one more event. Raises `UsageError` when the table has no such
    transition, or it is the other post's."""
    state = before.state if before else None
    step = TRANSITIONS.get((state, event.act))
    if step is None:
        possible = ", ".join(str(act) for (known, act) in TRANSITIONS
                             if known is state and act is not Act.PERSONS_SEEN)  # fmt: skip
        raise UsageError(
            f"an inquiry that is {state or 'new'} cannot be {event.act}: possible is "
            f"{possible or 'nothing any more'}"
        )
    new, side = step
    whose = {Side.ASKING: (asking,), Side.ASKED: (asked,), Side.EITHER: (asking, asked)}[side]
    if event.post not in whose:
        raise UsageError(f"{event.act} is for {' or '.join(whose)} to do, not for {event.post}")
    return _moved(before, new, event)


def _moved(before: Standing | None, state: State, event: Happened) -> Standing:
    if before is None:
        return Standing(state, 1, event.at, event.at)
    values = {name: getattr(before, name) for name in Standing.__slots__} | {"state": state}
    if event.act in _RAISING:
        values |= {"level": before.level + 1, "sent_at": event.at, "answered_at": None,
                   "reply_read_at": None}  # fmt: skip
    if event.act is Act.ASKED_AGAIN:
        values["read_at"] = None
    elif event.act is Act.READ:
        values["read_at"] = event.at
    elif event.act is Act.ANSWERED:
        first = event.at if before.first_answered_at is None else before.first_answered_at
        values |= {"answered_at": event.at, "first_answered_at": first, "reply": event.reason}
    elif event.act is Act.REPLY_READ:
        values["reply_read_at"] = event.at
    elif event.act is Act.REMINDED:
        values["reminders"] = before.reminders + 1
    elif event.act in (Act.CLOSED, Act.WITHDRAWN):
        values |= {"closed_at": event.at, "resolution": event.reason}
    return Standing(**values)


def demand_reply(kind: Kind, reply: str) -> Reply:
    """The reply code, if it answers that question. Raises `UsageError`."""
    fitting = REPLIES[kind]
    if reply not in fitting:
        raise UsageError(f"{reply!r} does not answer {kind}: one of {', '.join(fitting)}")
    return Reply(reply)
