"""The claim case as a table-driven state machine: states, what may happen in each, who may do it,
and how long each state may last (req 30, 35; issue: nothing is deleted).

A case is its events in order; what it is now follows from them. Deadlines count working days of
the post whose move it is, by the terms of the acceptance day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from datecertain.claims.deciding import value
from datecertain.claims.windows import NO_DAY, day_at, moments_of, working_days
from datecertain.errors import UsageError
from datecertain.moments import DAY
from datecertain.network import Network


class State(StrEnum):
    """Where a case stands."""

    FILED = "filed"  # to be answered
    WAITING = "waiting"  # the item is not decided yet
    CONFIRMING = "confirming"  # the other post was asked
    CONTESTED = "contested"  # the other post says that the item was in time
    REOPENED = "reopened"  # its verdict was superseded; to be answered again
    GRANTED = "granted"  # owed, not paid yet
    PAID = "paid"
    REFUSED = "refused"  # may be appealed
    APPEALED = "appealed"
    REFUSED_FINALLY = "refused_finally"  # on appeal
    CLOSED = "closed"  # refused, and not appealed in time
    REVERSED = "reversed"  # paid on a verdict that was superseded; to be recovered
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What happens to a case."""

    FILED = "filed"
    HELD = "held"  # until the item is decided
    CONFIRMATION_ASKED = "confirmation_asked"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    PRESUMED = "presumed"  # the other post's answer did not come; by rule
    GRANTED = "granted"
    REFUSED = "refused"
    PAID = "paid"
    APPEALED = "appealed"
    UPHELD = "upheld"  # the refusal stands on appeal
    LAPSED = "lapsed"  # the time for an appeal is over
    ESCALATED = "escalated"  # a deadline was missed
    REOPENED = "reopened"  # the verdict was superseded and says otherwise now
    KEPT = "kept"  # it says otherwise, but what was paid stays paid
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"


class Actor(StrEnum):
    """Who may do it."""

    CLAIMANT = "claimant"
    ORIGIN = "origin"  # an officer of the post that pays
    DESTINATION = "destination"  # an officer of the other post
    RULE = "rule"  # nobody: it follows from the terms


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a state may last: the term that says so, whose days it counts, and what happens
    when it is over. No `term`: without end."""

    term: str = ""
    of: Actor = Actor.ORIGIN
    then: Event | None = None
    working: bool = True


_ANSWER = Lasting("answer_days", then=Event.ESCALATED)
STATES: Mapping[State, Lasting] = {
    State.FILED: _ANSWER,
    State.WAITING: Lasting(),  # until the day on which it is decided for the sender
    State.CONFIRMING: Lasting("confirmation_days", Actor.DESTINATION, Event.PRESUMED),
    State.CONTESTED: _ANSWER,
    State.REOPENED: _ANSWER,
    State.GRANTED: Lasting("payment_days", then=Event.ESCALATED),
    State.PAID: Lasting(),
    State.REFUSED: Lasting("appeal_days", then=Event.LAPSED, working=False),
    State.APPEALED: _ANSWER,
    State.REFUSED_FINALLY: Lasting(),
    State.CLOSED: Lasting(),
    State.REVERSED: Lasting(),
    State.WITHDRAWN: Lasting(),
}
#: The states in which somebody still has to do something.
OPEN_STATES = (
    State.FILED, State.WAITING, State.CONFIRMING, State.CONTESTED, State.REOPENED, State.GRANTED,
    State.APPEALED,
)  # fmt: skip
#: The states that a superseded verdict may change.
ANSWERED = (
    State.GRANTED, State.PAID, State.REFUSED, State.REFUSED_FINALLY, State.CLOSED, State.REVERSED,
)  # fmt: skip

_BOTH = (Actor.RULE, Actor.ORIGIN)
_RULE, _ORIGIN, _CLAIMANT = (Actor.RULE,), (Actor.ORIGIN,), (Actor.CLAIMANT,)


def _table() -> dict[tuple[State, Event], tuple[State, tuple[Actor, ...]]]:
    to_answer = (State.FILED, State.WAITING, State.REOPENED)
    rows: list[tuple[tuple[State, ...], Event, State | None, tuple[Actor, ...]]] = [
        (to_answer, Event.HELD, State.WAITING, _RULE),
        (to_answer, Event.CONFIRMATION_ASKED, State.CONFIRMING, _RULE),
        ((*to_answer, State.CONTESTED, State.CONFIRMING, State.APPEALED), Event.GRANTED,
         State.GRANTED, _BOTH),
        ((*to_answer, State.CONTESTED), Event.REFUSED, State.REFUSED, _BOTH),
        ((State.CONFIRMING,), Event.CONFIRMED, State.GRANTED, (Actor.DESTINATION,)),
        ((State.CONFIRMING,), Event.PRESUMED, State.GRANTED, _RULE),
        ((State.CONFIRMING,), Event.REFUSED, State.REFUSED, _RULE),
        ((State.CONFIRMING,), Event.DENIED, State.CONTESTED, (Actor.DESTINATION,)),
        ((State.GRANTED,), Event.PAID, State.PAID, _ORIGIN),
        ((State.REFUSED,), Event.APPEALED, State.APPEALED, _CLAIMANT),
        ((State.APPEALED,), Event.UPHELD, State.REFUSED_FINALLY, _ORIGIN),
        ((State.REFUSED,), Event.LAPSED, State.CLOSED, _RULE),
        ((State.GRANTED, State.REFUSED, State.REFUSED_FINALLY, State.CLOSED, State.REVERSED),
         Event.REOPENED, State.REOPENED, _RULE),
        # Asked beside a grant: the answer is kept, and changes nothing.
        ((State.GRANTED,), Event.CONFIRMATION_ASKED, None, _RULE),
        ((State.GRANTED, State.PAID), Event.CONFIRMED, None, (Actor.DESTINATION,)),
        ((State.GRANTED, State.PAID), Event.DENIED, None, (Actor.DESTINATION,)),
        ((State.PAID,), Event.KEPT, State.PAID, _RULE),
        ((State.PAID,), Event.REVERSED, State.REVERSED, _RULE),
        ((*to_answer, State.CONFIRMING, State.CONTESTED, State.REFUSED, State.APPEALED),
         Event.WITHDRAWN, State.WITHDRAWN, _CLAIMANT),
        ((State.FILED, State.CONTESTED, State.REOPENED, State.GRANTED, State.APPEALED),
         Event.ESCALATED, None, _RULE),
    ]  # fmt: skip
    return {
        (state, event): (to or state, actors)
        for states, event, to, actors in rows
        for state in states
    }


#: (state, event) → (the next state, who may do it). What is not here cannot happen.
TRANSITIONS = _table()


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a case. `at` and `due_at` (the deadline of the state it leads to) are UTC
    minutes."""

    event: Event
    state: State
    at: int
    actor: str
    role: Actor
    reason: str
    due_at: int | None
    level: int = 0  # how often deadlines of this state were missed
    amount_minor: int = 0
    remedy: str = ""
    ground: str = ""
    verdict_batch: str = ""  # the batch of the verdict that it follows


def moved(state: State, event: Event, role: Actor) -> State:
    """The state that an event leads to. Raises `UsageError` when it cannot happen there, or not by
    that actor."""
    found = TRANSITIONS.get((state, event))
    if found is None:
        possible = sorted({str(one) for (at, one) in TRANSITIONS if at == state})
        raise UsageError(
            f"the case is {state}: it cannot be {event} there; what can happen: "
            f"{', '.join(possible) or 'nothing, it is at its end'}"
        )
    if role not in found[1]:
        raise UsageError(
            f"a case that is {state} is {event} by {' or '.join(found[1])}, not by the {role}"
        )
    return found[0]


def deadline(
    network: Network, row: Mapping[str, Any], state: State, at: int, level: int = 0
) -> int | None:
    """Until when (UTC minutes, exclusive) a state may last that began, or whose deadline was
    missed, at a moment; None: without end. `row`: origin, destination and accepted_date of the
    item, and `decided_on`. A day ends at midnight of the post whose move it is."""
    if state is State.WAITING:
        last = row["decided_on"]
        return None if last is None else _midnight_after(network, row["origin"], last)
    lasting = STATES[state]
    if not lasting.term:
        return None
    days = value(network, row, "escalation_days" if level else lasting.term)
    if not days:
        return None
    post = row["destination"] if lasting.of is Actor.DESTINATION else row["origin"]
    today = day_at(network, post, at)
    if not lasting.working:
        return _midnight_after(network, post, today + days)
    last = int(working_days(network).after(post, np.array([today]), np.array([days]))[0])
    # Past the calendar no working day is known: plain days, so that nobody waits for ever.
    return _midnight_after(network, post, today + days if last == NO_DAY else last)


def _midnight_after(network: Network, post: str, day: int) -> int:
    none = np.zeros(1, dtype=np.int64)
    return int(moments_of(network, (post,), none, np.array([day]), none + DAY)[0])


def standing(events: Sequence[Happened]) -> Happened:
    """Where a case stands: its last event."""
    if not events:
        raise UsageError("a case without events: nothing was filed")
    return events[-1]
