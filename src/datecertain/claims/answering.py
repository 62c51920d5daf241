"""What happens next to a case: its first answer, an answer again after a superseded verdict, and
what its deadlines bring. Pure: a case's events in, the next events out (req 30, 35, 80)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from datecertain.claims.cases import (
    ANSWERED,
    STATES,
    Actor,
    Event,
    Happened,
    State,
    deadline,
    moved,
)
from datecertain.claims.deciding import Answer, Claim, Reason, Step, answer, value
from datecertain.network import Network
from datecertain.network.claim_terms import Confirmation

#: The event that each answer is.
EVENT_OF = {
    Step.REFUSE: Event.REFUSED, Step.WAIT: Event.HELD, Step.CONFIRM: Event.CONFIRMATION_ASKED,
    Step.GRANT: Event.GRANTED,
}  # fmt: skip
#: The events after which the refund of the case is owed.
GRANTING = (Event.GRANTED, Event.CONFIRMED, Event.PRESUMED)
RULE = "rule"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case is answered from, at a moment: the item's row of `ENTITLEMENTS`, the batch of its
    verdict, and whether the item was refunded otherwise than through this case."""

    row: Mapping[str, Any]
    verdict_batch: str
    refunded: bool
    at: int


def happened(
    network: Network, facts: Facts, before: Happened, event: Event, *, actor: str = RULE,
    role: Actor = Actor.RULE, reason: str = "", given: Answer | None = None,
) -> Happened:  # fmt: skip
    """An event after another one. Raises `UsageError` when it cannot happen."""
    state = moved(before.state, event, role)
    level = before.level + 1 if event is Event.ESCALATED else 0
    due = before.due_at
    if state is not before.state or event is Event.ESCALATED:
        due = deadline(network, facts.row, state, facts.at, level)
    same = given is None and state in (before.state, State.PAID, State.REVERSED)
    return Happened(
        event, state, facts.at, actor, role, reason, due, level,
        before.amount_minor if same else 0 if given is None else given.amount_minor,
        before.remedy if same else "" if given is None else given.remedy,
        before.ground if same else "" if given is None else given.reason.value,
        facts.verdict_batch,
    )  # fmt: skip


def filed(network: Network, facts: Facts, claim: Claim, actor: str) -> list[Happened]:
    """The first events of a claim that was taken: it was filed, and is answered at once."""
    first = Happened(
        Event.FILED, State.FILED, facts.at, actor, Actor.CLAIMANT, "",
        deadline(network, facts.row, State.FILED, facts.at), verdict_batch=facts.verdict_batch,
    )  # fmt: skip
    second = answered(network, facts, first, claim)
    if second.event is not Event.GRANTED or second.ground != Reason.GUARANTEE:
        return [first, second]
    if value(network, facts.row, "confirmation") != Confirmation.BESIDE:
        return [first, second]
    asked = happened(
        network, facts, second, Event.CONFIRMATION_ASKED, reason=Reason.CONFIRMATION_ASKED.value
    )
    return [first, second, asked]


def answered(
    network: Network, facts: Facts, before: Happened, claim: Claim, *, confirmed: bool = False
) -> Happened:
    """The answer that the terms give now."""
    given = answer(network, facts.row, claim, refunded=facts.refunded, confirmed=confirmed)
    return happened(
        network, facts, before, EVENT_OF[given.step], reason=given.reason.value, given=given
    )


def next_by_rule(
    network: Network, facts: Facts, before: Happened, claim: Claim, *, confirmed: bool
) -> list[Happened]:
    """What happens to a case without anybody doing anything: a superseded verdict, the day on which
    it is decided for the sender, a deadline. Nothing: an empty list."""
    if before.state in ANSWERED and before.verdict_batch != facts.verdict_batch:
        return _superseded(network, facts, before, claim, confirmed=confirmed)
    if before.state is State.CONFIRMING and before.verdict_batch != facts.verdict_batch:
        again = answered(network, facts, replace(before, state=State.FILED), claim)
        if again.event is Event.REFUSED:
            return [again]
    over = before.due_at is not None and facts.at >= before.due_at
    if before.state is State.WAITING:
        return _waited(network, facts, before, claim)
    if not over:
        return []
    return [_over(network, facts, before, claim)]


def _waited(network: Network, facts: Facts, before: Happened, claim: Claim) -> list[Happened]:
    given = answer(network, facts.row, claim, refunded=facts.refunded)
    return [] if given.step is Step.WAIT else [answered(network, facts, before, claim)]


def _over(network: Network, facts: Facts, before: Happened, claim: Claim) -> Happened:
    """What a deadline that has passed brings."""
    event = STATES[before.state].then
    assert event is not None, before.state
    if event is Event.PRESUMED:
        if value(network, facts.row, "confirmation_presumed") == "on_time":
            return happened(network, facts, before, Event.REFUSED, reason=Reason.DENIED.value)
        given = answer(network, facts.row, claim, refunded=facts.refunded, confirmed=True)
        if given.step is not Step.GRANT:  # the verdict was superseded meanwhile
            return happened(network, facts, before, Event.REFUSED, reason=given.reason.value)
        return happened(
            network, facts, before, Event.PRESUMED, reason=given.reason.value, given=given
        )
    return happened(network, facts, before, event, reason=f"{before.state}_overdue")


def _superseded(
    network: Network, facts: Facts, before: Happened, claim: Claim, *, confirmed: bool
) -> list[Happened]:
    """What a later verdict changes: nothing, where it gives the same; else the case is reopened and
    answered again, or, once it is paid, kept or reversed as the terms say."""
    given = answer(network, facts.row, claim, refunded=facts.refunded, confirmed=confirmed)
    owed = given.step in (Step.GRANT, Step.CONFIRM)
    if before.state in (State.GRANTED, State.PAID):
        # What an officer gave beyond the terms no verdict takes back.
        if before.ground == Reason.GOODWILL or (owed and given.amount_minor == before.amount_minor):
            return []
    elif given.step is Step.REFUSE:
        return []
    if before.state is State.PAID:
        kept = owed or value(network, facts.row, "paid_refund_superseded") == "kept"
        event = Event.KEPT if kept else Event.REVERSED
        return [happened(network, facts, before, event, reason=given.reason.value)]
    reopened = happened(network, facts, before, Event.REOPENED, reason="superseded")
    return [reopened, answered(network, facts, reopened, claim, confirmed=confirmed)]
