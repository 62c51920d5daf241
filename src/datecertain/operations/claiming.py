"""Claims one by one: filed, answered at once, appealed, decided by officers (req 29-35).

Each operation is one records transaction. Filing is idempotent by its key; the same claim again
gives its case back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from datecertain.claims.answering import GRANTING, Facts, filed, happened
from datecertain.claims.cases import Actor, Event, Happened, State
from datecertain.claims.deciding import Answer, Claim, Reason, Step, answer, taken, value
from datecertain.claims.money import percent_of
from datecertain.claims.references import EXPECTED, usable_reference
from datecertain.errors import ClaimRefused, UsageError
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import format_date, format_utc
from datecertain.network import Network
from datecertain.network.claim_terms import Claimant, Heading, RefundMode, Remedy
from datecertain.operations.claim_confirmations import asks
from datecertain.operations.claim_items import Found, look_up
from datecertain.operations.claim_rows import (
    StoredCase,
    add_case,
    add_events,
    case_of_key,
    cases_of_item,
    change_refund,
    find_case,
    grant_refund,
    means,
    refund_of,
    refund_row,
)
from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_network
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class Filing:
    """A claim as somebody makes it. `received`: when it reached the post (UTC minutes; None: now);
    `reference`: the claimant's own number (`claims.references`), which tells two claims apart;
    `accepted_on`: which acceptance of a number that was used again (None: the latest)."""

    item_id: str
    claimant: Claimant = Claimant.SENDER
    actor: str = ""
    received: int | None = None
    remedy: Remedy | None = None
    currency: str = ""
    asks: frozenset[Heading] = frozenset({Heading.POSTAGE})
    waived: bool = False
    reference: str = ""
    accepted_on: int | None = None

    def key(self, item_key: str) -> str:
        """What makes it the same claim when it comes again."""
        parts = (item_key, str(self.claimant), self.reference)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


#: Whether claims on the items that a post accepted may be filed here.
TakesFor = Callable[[str], bool]


def every_post(post: str) -> bool:
    """For whoever keeps the workspace: of every post."""
    return True


def file_claim(
    workspace: Workspace, filing: Filing, clock: Clock, takes: TakesFor = every_post
) -> StoredCase:
    """File a claim and answer it at once; an item of an origin for which none are taken is not
    known. Raises `ClaimRefused` when it cannot be filed."""
    network = current_network(workspace)
    number = _number(filing.item_id)
    found = look_up(workspace, network, [number], clock.now())
    with workspace.writing() as connection:
        items = [one for one in found.get(number, []) if takes(one.record["origin"])]
        case = file_found(connection, network, filing, items, clock)
    if asks(case):
        # Cut off before it, the next `inquiry run` asks.
        from datecertain.operations.inquiry_rules import ask_for_claims  # noqa: PLC0415

        ask_for_claims(workspace, clock, (case.case_id,))
    return case


def _number(text: str) -> str:
    parsed = ItemNumber.parse(text)
    if isinstance(parsed, Defect):
        raise ClaimRefused(f"{text!r} is no item number: {parsed.detail}", "unknown_item")
    return str(parsed)


def file_found(
    connection: Connection, network: Network, filing: Filing, found: Sequence[Found], clock: Clock
) -> StoredCase:
    """File a claim for an item that was looked up, within a transaction."""
    if not usable_reference(filing.reference):
        # What it says is not repeated: it may be somebody's name.
        raise ClaimRefused(
            f"{filing.item_id}: the reference is not one: give {EXPECTED}; nobody's name, for a "
            "claim is never deleted", "unusable_reference",
        )  # fmt: skip
    item = _acceptance(filing, found)
    now = clock.now()
    asked_at = now if filing.received is None else filing.received
    if asked_at > now or asked_at < item.record["accepted_at"]:
        raise ClaimRefused(
            f"{filing.item_id}: received at {format_utc(asked_at)}; give a moment between its "
            f"acceptance and now, {format_utc(now)}", "not_received_yet",
        )  # fmt: skip
    claim = Claim(
        filing.claimant, asked_at, filing.remedy, filing.currency, filing.asks, filing.waived
    )
    key = filing.key(item.record["item_key"])
    if (known := case_of_key(connection, key)) is not None:
        return known
    if item.row is None:
        raise ClaimRefused(f"{filing.item_id}: {item.trouble}", "no_record")
    earlier = cases_of_item(connection, item.record["item_key"])
    standing = [case for case in earlier if case.state is not State.WITHDRAWN]
    if standing:
        raise ClaimRefused(
            f"{filing.item_id} has a claim already ({standing[-1].case_id}, "
            f"{standing[-1].state}): appeal that one, or withdraw it first", "claimed_already",
        )  # fmt: skip
    if (why := taken(network, item.row, claim)) is not None:
        raise ClaimRefused(_told(why, filing, item), why.value)
    refund = refund_of(connection, item.record["item_key"])
    facts = Facts(item.row, item.verdict_batch, bool(refund and refund.amount_minor), now)
    events = filed(network, facts, claim, filing.actor or str(filing.claimant))
    case = StoredCase(
        f"c-{key[:12]}", 0, key, item.record["item_key"], len(earlier) + 1,
        item.record["item_id"], item.record["origin"], item.record["destination"],
        item.record["accepted_date"], claim, item.record["currency"], filing.reference, now,
        tuple(events),
    )  # fmt: skip
    case = add_case(connection, case)
    book(connection, network, case, item, events)
    return case


def _acceptance(filing: Filing, found: Sequence[Found]) -> Found:
    if not found:
        raise ClaimRefused(
            f"{filing.item_id} has no acceptance record here: ask the origin post, or ingest its "
            "acceptance file", "unknown_item",
        )  # fmt: skip
    if filing.accepted_on is None:
        return found[-1]
    for one in found:
        if one.record["accepted_date"] == filing.accepted_on:
            return one
    raise ClaimRefused(
        f"{filing.item_id} was not accepted on {format_date(filing.accepted_on)}", "unknown_item"
    )


def _told(why: Reason, filing: Filing, item: Found) -> str:
    row = item.row or {}
    text = {
        Reason.WRONG_CLAIMANT: f"the {filing.claimant} may not claim "
        f"{'before' if row['delivered_on'] is None else 'after'} delivery by the terms of "
        f"{row['origin']}",
        Reason.WRONG_CURRENCY: f"claimed in {filing.currency}, its postage was paid in "
        f"{row['currency']}",
        Reason.NOTHING_PAYABLE: "it asks only for what is never paid: ask for the postage",
        Reason.REMEDY_NOT_OFFERED: f"{filing.remedy} is not offered by the terms of "
        f"{row['origin']}, which give {row['remedy']}",
        Reason.TOO_EARLY: "claims are taken from "
        f"{format_date(row['claimable_from'] or 0)} on",
    }  # fmt: skip
    return f"{filing.item_id}: {text[why]}"


#: The states in which nothing is owed on a case (any more).
NOT_OWED = (State.REFUSED, State.REFUSED_FINALLY, State.WAITING, State.CONFIRMING, State.REVERSED)


def book(
    connection: Connection, network: Network, case: StoredCase, item: Found,
    events: Iterable[Happened],
) -> None:  # fmt: skip
    """What the events of a case do to the refund of its item."""
    for event in events:
        row = _refund_row(network, case, item, event)
        refund = refund_of(connection, case.item_key)
        own = refund is not None and refund.case_id == case.case_id and refund.amount_minor
        if event.event in GRANTING:
            if refund is None or not own:
                grant_refund(connection, row)
            elif refund.amount_minor != event.amount_minor:
                change_refund(connection, refund, row, "changed", event.amount_minor)
        elif refund is None or not own:
            continue
        elif event.state in NOT_OWED:
            change_refund(connection, refund, row, "reversed", 0)
        elif event.event is Event.KEPT:
            change_refund(connection, refund, row, "kept", refund.amount_minor)


def _refund_row(
    network: Network, case: StoredCase, item: Found, event: Happened
) -> dict[str, object]:
    assert item.row is not None
    more = {
        "month": item.record["month"],
        "paying_office": value(network, item.row, "paying_office"),
        "means": means(
            event.remedy or item.row["remedy"],
            original=value(network, item.row, "refund_to_original_means"),
        ),
        "verdict_batch": item.verdict_batch, "case_id": case.case_id, "granted_at": event.at,
        "batch_id": None, "mode": str(RefundMode.CLAIM_DRIVEN), "amount_minor": event.amount_minor,
        "remedy": event.remedy or item.row["remedy"], "ground": event.ground or event.reason,
    }  # fmt: skip
    return refund_row(item.row, **more)


def facts_of(connection: Connection, case: StoredCase, item: Found, at: int) -> Facts:
    """What a case is answered from now. A refund through the case itself does not count."""
    refund = refund_of(connection, case.item_key)
    other = bool(refund and refund.amount_minor and refund.case_id != case.case_id)
    assert item.row is not None
    return Facts(item.row, item.verdict_batch, other, at)


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody does to a case: see `claims.cases` for what may happen where, and by whom."""

    event: Event
    actor: str
    role: Actor
    reason: str


def move(workspace: Workspace, name: str, done: Move, clock: Clock) -> StoredCase:
    """Do something to a case: confirm, deny, grant, refuse, pay, appeal, withdraw. Raises
    `UsageError` when it cannot happen there or not by that actor, `NotFound`."""
    if not done.actor.strip():
        raise UsageError("no actor: say who does it (--actor)")
    needs = (Event.GRANTED, Event.REFUSED, Event.UPHELD, Event.APPEALED, Event.DENIED)
    if done.event in needs and not done.reason.strip():
        raise UsageError(f"no reason: say why it is {done.event} (--reason)")
    network = current_network(workspace)
    with workspace.reading() as view:
        case = find_case(view.connection, name)
    item = item_of(look_up(workspace, network, [case.item_id], clock.now()), case)
    if item is None:
        raise UsageError(f"{case.case_id}: the acceptance record of {case.item_id} cannot be used")
    with workspace.writing() as connection:
        case = find_case(connection, case.case_id)
        facts = facts_of(connection, case, item, clock.now())
        event = done.event
        if event is Event.REFUSED and case.state is State.APPEALED:
            event = Event.UPHELD
        _demand_in_time(case, event, clock.now())
        next_ = happened(
            network, facts, case.now, event, actor=done.actor, role=done.role,
            reason=done.reason, given=_given(network, case, facts, event),
        )  # fmt: skip
        case = add_events(connection, case, [next_])
        book(connection, network, case, item, [next_])
        return case


def _demand_in_time(case: StoredCase, event: Event, now: int) -> None:
    due = case.now.due_at
    if (case.state, event) != (State.REFUSED, Event.APPEALED):
        return
    if due is not None and now >= due:
        raise UsageError(f"{case.case_id}: an appeal had to come before {format_utc(due)}")


def _given(network: Network, case: StoredCase, facts: Facts, event: Event) -> Answer | None:
    """What is granted: what is owed, else, by an officer, what would be owed were it late."""
    if event not in GRANTING:
        return None
    if facts.refunded:
        raise UsageError(f"{case.item_id} is refunded already: one refund per item")
    given = answer(network, facts.row, case.claim, confirmed=True)
    if given.step is Step.GRANT:
        return given
    if event is not Event.GRANTED:
        raise UsageError(
            f"{case.case_id}: its verdict says {given.reason} now: decide the case again first"
        )
    percent = value(network, facts.row, "refund_percent")
    amount = int(percent_of(np.array([facts.row["postage_minor"]]), np.array([percent]))[0])
    return replace(
        given, step=Step.GRANT, amount_minor=amount, currency=facts.row["currency"],
        remedy=str(case.claim.remedy or facts.row["remedy"]), reason=Reason.GOODWILL,
    )  # fmt: skip


def item_of(found: dict[str, list[Found]], case: StoredCase) -> Found | None:
    """The acceptance that a case is about; None where its record cannot be used (any more)."""
    for one in found.get(case.item_id, []):
        if one.record["item_key"] == case.item_key and one.row is not None:
            return one
    return None


def decide(workspace: Workspace, name: str, clock: Clock) -> StoredCase:
    """Answer a case again by the terms, if anything changed: its verdict, or a deadline."""
    from datecertain.operations.claim_deadlines import advance  # noqa: PLC0415 - it uses this

    with workspace.reading() as view:
        case = find_case(view.connection, name)
    advance(workspace, clock, [case.case_id])
    with workspace.reading() as view:
        return find_case(view.connection, case.case_id)
