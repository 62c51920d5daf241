"""The other post's answer read as what a claim waits for: whether the date was missed (req 35).

The question is an inquiry like any other. Two answers say it outright, one that tells the delivery
(or the attempt) says it by its date; every other answer leaves it to the deadline of the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datecertain.claims.answering import Facts, happened
from datecertain.claims.cases import Actor, Event, Happened, State
from datecertain.claims.deciding import Claim, Reason, Step, answer
from datecertain.claims.inquiries import Act, Reply, Resolution
from datecertain.claims.inquiries import Happened as Told
from datecertain.claims.inquiries import State as Asked
from datecertain.errors import BadMoment
from datecertain.moments import parse_local
from datecertain.network import Network

#: The states of a case in which the answer still says something.
READ_IN = (State.CONFIRMING, State.GRANTED, State.PAID)
#: What the answer brings to a case.
SAID = (Event.CONFIRMED, Event.DENIED)


def said(told: Sequence[Told], told_on: int | None) -> tuple[Event, Told] | None:
    """(confirmed or denied, the answer that says it) of an inquiry's events; None: none does.
    `told_on`: the date told to the sender, a day number."""
    for one in reversed(told):
        if one.act is not Act.ANSWERED:
            continue
        found = {Reply.CONFIRMED_LATE: Event.CONFIRMED, Reply.IN_TIME: Event.DENIED}.get(
            Reply(one.reason)
        )
        if one.reason in (Reply.DELIVERED, Reply.ATTEMPTED) and told_on is not None:
            day = _day(one.details.get("event"))
            if day is not None:
                found = Event.CONFIRMED if day > told_on else Event.DENIED
        if found is not None:
            return found, one
    return None


def _day(event: Any) -> int | None:
    try:
        return parse_local(str(event["local"])[:16])[0] if event else None
    except BadMoment:
        return None


def by_answer(
    network: Network, facts: Facts, events: Sequence[Happened], asked: int, claim: Claim,
    told: Sequence[Told],
) -> list[Happened]:  # fmt: skip
    """What the answer brings to a case (`events`), whose event `asked` put the question; nothing
    where none came in time, or it was read before."""
    now = events[-1]
    if now.state not in READ_IN or any(one.event in SAID for one in events[asked + 1 :]):
        return []
    found = said(told, facts.row["told_on"])
    waits = now.state is State.CONFIRMING
    if found is None or (waits and now.due_at is not None and found[1].at >= now.due_at):
        return []
    event, one = found
    given = None
    if waits and event is Event.CONFIRMED:
        given = answer(network, facts.row, claim, refunded=facts.refunded, confirmed=True)
        if given.step is not Step.GRANT:  # the verdict was superseded meanwhile
            return []
    return [
        happened(
            network, facts, now, event, actor=one.actor, role=Actor.DESTINATION,
            reason=one.reason, given=given,
        )
    ]  # fmt: skip


def ending(
    events: Sequence[Happened], asked: int, state: Asked, answered: bool
) -> list[tuple[Act, str]]:
    """What a rule does to its inquiry once the case waits for it no longer; nothing while it does.
    `answered`: the answer said what the case asked for."""
    since = events[asked + 1 :]
    now = events[-1].state
    over = any(one.event in SAID for one in since)
    if now is State.CONFIRMING or (now in READ_IN and not over and not _presumed(since)):
        return []
    if state in (Asked.SENT, Asked.READ):
        if _presumed(since):
            return [(Act.CLOSED, Resolution.PRESUMED)]
        return [(Act.WITHDRAWN, "")]
    first = [(Act.REPLY_READ, "")] if state is Asked.ANSWERED else []
    return [*first, (Act.CLOSED, Resolution.SOLVED if answered else Resolution.UNSOLVED)]


def _presumed(since: Sequence[Happened]) -> bool:
    """Whether the silence was read by rule, as either."""
    return any(
        one.event is Event.PRESUMED
        or (one.event is Event.REFUSED and one.role is Actor.RULE and one.reason == Reason.DENIED)
        for one in since[:1]
    )
