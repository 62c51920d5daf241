"""The life of a statement: contested, final, accepted whole or in part, netted, carried.

Requirements 45, 46, 77.

A statement's text is frozen; its life is what the two posts, the calendar and the rounds of netting
said of it, in order. Nothing is stored of how it stands: it is told from those events.

    provisional --finalised--> final --accepted by both--> accepted (in part) --netted--> settled

A post contests a line, or one item of it, with a reason; the other maintains it or concedes; the
first may withdraw. What was conceded is corrected in the books of the next month that is settled,
and then no longer contested: the line and its correction are both netted. What is contested when
both have accepted is accepted in part: those lines, or items, are carried and not netted until the
dispute is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.errors import Term, UsageError
from datecertain.settlement.statements import Statement, items_behind
from datecertain.settlement.tariffs import StatementTerms

#: The line of an event that is about the whole statement.
WHOLE_STATEMENT = 0
DAY_MIN = 1440


class State(StrEnum):
    """How a statement stands."""

    PROVISIONAL = "provisional"  # may be contested, and replaced by another version
    FINAL = "final"  # no other version comes; waits to be accepted
    ACCEPTED = "accepted"  # by both posts, every line
    ACCEPTED_IN_PART = "accepted_in_part"  # by both posts, but for what is contested
    SETTLED = "settled"  # netted; what was contested then is carried


class Act(StrEnum):
    """What was said of a statement."""

    DISPUTED = "disputed"  # a post contests a line or an item of it
    MAINTAINED = "maintained"  # the other post stands by it
    CONCEDED = "conceded"  # the other post agrees: to be corrected
    CORRECTED = "corrected"  # what was conceded stands corrected in the books of a later month
    WITHDRAWN = "withdrawn"  # who contested does so no longer
    FINALISED = "finalised"  # the contest window is over
    ACCEPTED = "accepted"  # by a post; by silence when its days are over
    NETTED = "netted"  # in a round: the whole, or a line that had been carried
    CARRIED = "carried"  # a line or an item that a round left out


#: In which states something may be said at all.
ALLOWED: Mapping[Act, tuple[State, ...]] = {
    Act.DISPUTED: (State.PROVISIONAL, State.FINAL),
    Act.MAINTAINED: tuple(State),
    Act.CONCEDED: tuple(State),
    Act.CORRECTED: tuple(State),
    Act.WITHDRAWN: tuple(State),
    Act.FINALISED: (State.PROVISIONAL,),
    Act.ACCEPTED: (State.FINAL,),
    Act.NETTED: (State.ACCEPTED, State.ACCEPTED_IN_PART, State.SETTLED),
    Act.CARRIED: (State.SETTLED,),
}
#: What may follow what in a dispute; None: there is none yet.
FOLLOWS: Mapping[Act, tuple[Act | None, ...]] = {
    Act.DISPUTED: (None, Act.WITHDRAWN),
    Act.MAINTAINED: (Act.DISPUTED,),
    Act.CONCEDED: (Act.DISPUTED, Act.MAINTAINED),
    Act.CORRECTED: (Act.CONCEDED,),
    Act.WITHDRAWN: (Act.DISPUTED, Act.MAINTAINED),
}
#: Acts that leave a line or item contested.
OPEN = (Act.DISPUTED, Act.MAINTAINED, Act.CONCEDED)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was said. `actor`: a post; empty where a date or a round did it. `line`: 0 for
    the whole statement. `item`: an item number, empty for the whole line. `account`: whose hand it
    was, for the eyes of that post alone; empty where nobody said."""

    act: Act
    actor: str
    line: int
    item: str
    at: int
    reason: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A line, or an item of it, that a post contested, and how that stands."""

    line: int
    item: str
    by: str
    since: int
    state: Act
    reasons: tuple[str, ...]
    amount_usdr: int

    @property
    def open(self) -> bool:
        """Whether it is still contested."""
        return self.state in OPEN


@dataclass(frozen=True)
class Standing:
    """How a statement stands."""

    state: State
    accepted_by: tuple[str, ...]
    disputes: tuple[Dispute, ...]
    final_at: int | None
    netted_usdr: int  # what rounds have netted of its net (owed to the first post)
    due_usdr: int  # what the next round may net of it (owed to the first post)

    @property
    def open(self) -> tuple[Dispute, ...]:
        """What is contested."""
        return tuple(dispute for dispute in self.disputes if dispute.open)


def standing(statement: Statement, events: Sequence[Event]) -> Standing:
    """How a statement stands after these events, in order."""
    disputes: dict[tuple[int, str], Dispute] = {}
    accepted: list[str] = []
    final_at, netted, carried = None, False, dict[tuple[int, str], bool]()
    for event in events:
        key = event.line, event.item
        if event.act is Act.FINALISED:
            final_at = event.at
        elif event.act is Act.ACCEPTED:
            accepted.append(event.actor)
        elif event.act is Act.CARRIED:
            carried[key] = True
        elif event.act is Act.NETTED:
            netted = netted or event.line == WHOLE_STATEMENT
            carried[key] = False
        elif event.act is Act.DISPUTED:
            disputes[key] = Dispute(
                *key, event.actor, event.at, event.act, (event.reason,),
                _amount(statement, *key),
            )  # fmt: skip
        else:
            before = disputes[key]
            disputes[key] = Dispute(
                *key, before.by, before.since, event.act, (*before.reasons, event.reason),
                before.amount_usdr,
            )  # fmt: skip
    found = tuple(disputes[key] for key in sorted(disputes))
    contested = {(one.line, one.item): _signed(statement, one) for one in found if one.open}
    state = _state(statement, accepted, final_at, netted, bool(contested))
    waiting = {key for key, still in carried.items() if still and key != (WHOLE_STATEMENT, "")}
    net = statement.net_usdr - sum(contested.values())
    if netted:
        signed = {(one.line, one.item): _signed(statement, one) for one in found}
        due = sum(signed[key] for key in waiting if key not in contested)
        done = statement.net_usdr - sum(signed[key] for key in waiting)
    else:
        due, done = (net if state in (State.ACCEPTED, State.ACCEPTED_IN_PART) else 0), 0
    return Standing(state, tuple(accepted), found, final_at, done, due)


def _state(
    statement: Statement, accepted: Sequence[str], final_at: int | None, netted: bool,
    contested: bool,
) -> State:  # fmt: skip
    if netted:
        return State.SETTLED
    if {statement.one, statement.other} <= set(accepted):
        return State.ACCEPTED_IN_PART if contested else State.ACCEPTED
    return State.PROVISIONAL if final_at is None else State.FINAL


def _amount(statement: Statement, line: int, item: str) -> int:
    """What a line, or an item of it, comes to. Raises `UsageError` when it is not there."""
    if not 1 <= line <= len(statement.lines):
        raise UsageError(
            f"statement {statement.one}-{statement.other} has no line {line}: it has lines 1 to "
            f"{len(statement.lines)}",
            "statement.line",
            line=line,
            count=len(statement.lines),
        )
    if not item:
        return statement.lines[line - 1].amount_usdr
    rows = items_behind(statement, line).to_pylist()
    amounts = [row["amount_usdr"] for row in rows if row["item_id"] == item]
    if not amounts:
        raise UsageError(
            f"line {line} has no item {item}: look at `datecertain statement show`",
            "statement.item",
            line=line,
            item=item,
        )
    if None in amounts:
        raise UsageError(
            f"line {line} was rated anew as a whole: contest the line, not an item",
            "statement.rated",
            line=line,
        )
    return sum(amounts)


def _signed(statement: Statement, dispute: Dispute) -> int:
    """A contested amount as part of what the first post is owed."""
    sign = 1 if statement.lines[dispute.line - 1].creditor == statement.one else -1
    return sign * dispute.amount_usdr


def _state_term(state: State) -> Term:
    return Term(f"settlement.state.{state}")


def _act_term(act: Act) -> Term:
    return Term(f"settlement.act.{act}")


def demand(statement: Statement, events: Sequence[Event], said: Event) -> None:
    """Check that this may be said now. Raises `UsageError` that says what can be said instead."""
    stands = standing(statement, events)
    posts = (statement.one, statement.other)
    name = f"statement {statement.period} {posts[0]}-{posts[1]}"
    if said.actor and said.actor not in posts:
        raise UsageError(
            f"{name}: {said.actor!r} is neither of its posts", "statement.actor", post=said.actor
        )
    if stands.state not in ALLOWED[said.act]:
        allowed = ", ".join(state.value for state in ALLOWED[said.act])
        raise UsageError(
            f"{name} is {stands.state.value}: it can be {said.act.value} when {allowed}",
            "statement.state",
            state=_state_term(stands.state),
            act=_act_term(said.act),
            allowed=tuple(map(_state_term, ALLOWED[said.act])),
        )
    if said.act is Act.ACCEPTED and said.actor in stands.accepted_by:
        raise UsageError(
            f"{name} was accepted by {said.actor} before", "statement.accepted", post=said.actor
        )
    if said.act is Act.DISPUTED and said.actor in stands.accepted_by:
        raise UsageError(
            f"{name} was accepted by {said.actor}: it can no longer contest it",
            "statement.bound",
            post=said.actor,
        )
    if said.act in FOLLOWS:
        _demand_turn(statement, stands, said, name)


def _demand_turn(statement: Statement, stands: Standing, said: Event, name: str) -> None:
    _amount(statement, said.line, said.item)
    of_line = [one for one in stands.disputes if one.line == said.line]
    dispute = next((one for one in of_line if one.item == said.item), None)
    what = f"{name}, line {said.line}" + (f", item {said.item}" if said.item else "")
    if said.act is Act.DISPUTED and any(
        one.open and (not one.item or not said.item) for one in of_line
    ):
        raise UsageError(
            f"{what} is contested already, or a part of it is", "statement.twice", line=said.line
        )
    if (dispute.state if dispute else None) not in FOLLOWS[said.act]:
        now = dispute.state.value if dispute else "not contested"
        raise UsageError(
            f"{what} is {now}: it cannot be {said.act.value}",
            "statement.turn" if dispute else "statement.uncontested",
            line=said.line,
            act=_act_term(said.act),
            state=_act_term(dispute.state) if dispute else "",
        )
    if dispute and said.act is not Act.DISPUTED:
        mine = said.actor == dispute.by
        if mine is not (said.act is Act.WITHDRAWN):
            who = "the post that contested" if said.act is Act.WITHDRAWN else "the other post"
            raise UsageError(
                f"{what}: only {who} can say that, which is not {said.actor}",
                "statement.theirs" if said.act is Act.WITHDRAWN else "statement.others",
                line=said.line,
            )


def contest_ends(written_at: int, terms: StatementTerms | None) -> int:
    """The moment from which a statement may be made final: at once where nothing was agreed."""
    return written_at + (terms.contest_days if terms else 0) * DAY_MIN


def silent(
    statement: Statement, events: Sequence[Event], terms: StatementTerms | None, now: int
) -> tuple[str, ...]:
    """The posts that accept a final statement by their silence: the days to answer are over and the
    agreement says so. Without an agreement silence says nothing."""
    stands = standing(statement, events)
    if terms is None or not terms.silence_accepts or stands.final_at is None:
        return ()
    if stands.state is not State.FINAL or now < stands.final_at + terms.accept_days * DAY_MIN:
        return ()
    return tuple(
        post for post in (statement.one, statement.other) if post not in stands.accepted_by
    )
