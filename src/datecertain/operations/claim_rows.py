"""Claim cases and refunds in the records store: rows to values and back. Rows are added, never
changed; one refund per item is the database's own key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from datecertain.claims.cases import Actor, Event, Happened, State, standing
from datecertain.claims.deciding import Claim
from datecertain.errors import InvariantBroken, NotFound
from datecertain.network.claim_terms import Claimant, Heading, Remedy
from datecertain.store.claim_records import claim_cases, claim_events, refund_events, refunds
from datecertain.store.records import audience_of


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case with what happened to it."""

    case_id: str
    seq: int
    key: str
    item_key: str
    number: int
    item_id: str
    origin: str
    destination: str
    accepted_date: int
    claim: Claim
    currency: str  # in which the postage was paid
    reference: str
    filed_at: int
    events: tuple[Happened, ...]

    @property
    def now(self) -> Happened:
        """Where it stands: its last event."""
        return standing(self.events)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.now.state

    @property
    def confirmed(self) -> bool:
        """Whether the other post confirmed that the date was missed, or it was presumed."""
        return any(one.event in (Event.CONFIRMED, Event.PRESUMED) for one in self.events)


def add_case(connection: Connection, case: StoredCase) -> StoredCase:
    """Write a case and its first events; the case with its place in the order of filing."""
    last = connection.execute(select(func.max(claim_cases.c.seq))).scalar_one()
    posts = posts_of(case.origin, case.destination)
    connection.execute(
        insert(claim_cases).values(
            case_id=case.case_id, seq=(last or 0) + 1, **posts, key=case.key,
            item_key=case.item_key, number=case.number, item_id=case.item_id, origin=case.origin,
            destination=case.destination, accepted_date=case.accepted_date,
            claimant=str(case.claim.claimant), asked_at=case.claim.asked_at,
            claim=_claim_row(case), reference=case.reference, filed_at=case.filed_at,
        )
    )  # fmt: skip
    for place, happened in enumerate(case.events):
        _write_event(connection, case.case_id, place, posts, happened)
    return find_case(connection, case.case_id)


def add_events(connection: Connection, case: StoredCase, more: Sequence[Happened]) -> StoredCase:
    """Write what happened next to a case; the case as it is then."""
    posts = posts_of(case.origin, case.destination)
    for place, happened in enumerate(more, start=len(case.events)):
        _write_event(connection, case.case_id, place, posts, happened)
    return find_case(connection, case.case_id)


def posts_of(origin: str, destination: str) -> dict[str, str]:
    """Whose a row about an item is, and who may see it."""
    return {"owner": origin, "audience": audience_of([origin, destination])}


def _write_event(
    connection: Connection, case_id: str, seq: int, posts: Mapping[str, str], happened: Happened
) -> None:
    row = asdict(happened)
    row |= {name: str(row[name]) for name in ("event", "state", "role")}
    connection.execute(insert(claim_events).values(case_id=case_id, seq=seq, **posts, **row))


def _claim_row(case: StoredCase) -> dict[str, Any]:
    claim = case.claim
    return {
        "remedy": None if claim.remedy is None else str(claim.remedy), "currency": claim.currency,
        "asks": sorted(str(one) for one in claim.asks), "waived": claim.waived,
        "paid_in": case.currency,
    }  # fmt: skip


def find_case(connection: Connection, name: str) -> StoredCase:
    """The case of an id, or the last one of an item's number. Raises `NotFound`."""
    found = _cases(connection, claim_cases.c.case_id == name)
    found = found or _cases(connection, claim_cases.c.item_id == name)
    if not found:
        raise NotFound(f"{name}: no claim was filed here; give the case's id or the item's number")
    return found[-1]


def case_of_key(connection: Connection, key: str) -> StoredCase | None:
    """The case that was filed under a key."""
    found = _cases(connection, claim_cases.c.key == key)
    return found[0] if found else None


def cases_of_item(connection: Connection, item_key: str) -> list[StoredCase]:
    """The cases of an item, in the order of filing."""
    return _cases(connection, claim_cases.c.item_key == item_key)


def all_cases(connection: Connection, post: str = "") -> list[StoredCase]:
    """Every case, or those of a post's items, in the order of filing."""
    if not post:
        return _cases(connection, None)
    return _cases(connection, (claim_cases.c.origin == post) | (claim_cases.c.destination == post))


def _cases(connection: Connection, where: Any) -> list[StoredCase]:
    query = select(claim_cases).order_by(claim_cases.c.seq)
    told = select(claim_events).order_by(claim_events.c.case_id, claim_events.c.seq)
    if where is not None:
        query = query.where(where)
        told = told.join(claim_cases, claim_cases.c.case_id == claim_events.c.case_id).where(where)
    events: dict[str, list[Happened]] = {}
    for row in connection.execute(told):
        events.setdefault(row.case_id, []).append(_happened(row))
    return [_case(row, events[row.case_id]) for row in connection.execute(query)]


def _happened(row: Row[Any]) -> Happened:
    return Happened(
        Event(row.event), State(row.state), row.at, row.actor, Actor(row.role), row.reason,
        row.due_at, row.level, row.amount_minor, row.remedy, row.ground, row.verdict_batch,
    )  # fmt: skip


def _case(row: Row[Any], events: Sequence[Happened]) -> StoredCase:
    asked = row.claim
    claim = Claim(
        Claimant(row.claimant), row.asked_at,
        None if asked["remedy"] is None else Remedy(asked["remedy"]), asked["currency"],
        frozenset(Heading(one) for one in asked["asks"]), asked["waived"],
    )  # fmt: skip
    return StoredCase(
        row.case_id, row.seq, row.key, row.item_key, row.number, row.item_id, row.origin,
        row.destination, row.accepted_date, claim, asked["paid_in"], row.reference, row.filed_at,
        tuple(events),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandingRefund:
    """The refund of an item, and what stands of it now."""

    item_key: str
    case_id: str | None
    mode: str
    amount_minor: int
    events: int
    verdict_batch: str
    ground: str
    event: str = ""  # what happened to it last


def refund_of(connection: Connection, item_key: str) -> StandingRefund | None:
    """The refund of an item, if it ever had one."""
    found = standing_refunds(connection, refunds.c.item_key == item_key)
    return found.get(item_key)


def standing_refunds(connection: Connection, where: Any) -> dict[str, StandingRefund]:
    """Item key → its refund, of those that a condition on `refunds` names."""
    columns = (refunds.c.item_key, refunds.c.case_id, refunds.c.mode, refunds.c.amount_minor,
               refunds.c.verdict_batch, refunds.c.ground)  # fmt: skip
    found = {
        row.item_key: StandingRefund(
            row.item_key,
            row.case_id,
            row.mode,
            row.amount_minor,
            0,
            row.verdict_batch,
            row.ground,
        )
        for row in connection.execute(select(*columns).where(where))
    }
    later = (
        select(refund_events)
        .join(refunds, refunds.c.item_key == refund_events.c.item_key)
        .where(where)
        .order_by(refund_events.c.item_key, refund_events.c.seq)
    )
    for row in connection.execute(later):
        before = found[row.item_key]
        found[row.item_key] = StandingRefund(
            row.item_key, before.case_id, before.mode, row.amount_minor, row.seq,
            row.verdict_batch, row.reason, row.event,
        )  # fmt: skip
    return found


def refund_row(row: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A row of `refunds` of what is owed (a row of `ENTITLEMENTS`); the rest as it is given."""
    names = (
        "item_key", "item_id", "origin", "destination", "accepted_date", "ground", "mode",
        "postage_minor", "percent", "amount_minor", "currency", "remedy", "bearer", "terms_source",
    )  # fmt: skip
    values = {name: row[name] for name in names}
    return posts_of(row["origin"], row["destination"]) | values | more


def means(remedy: str, *, original: bool) -> str:
    """By what means a refund is paid: money by the means by which the postage was paid, where the
    post does so; else as it is arranged with the claimant."""
    return "original" if original and remedy == Remedy.MONEY else "arranged"


def grant_refund(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write the refund of an item (columns of `refunds`). One that was reversed is restored; a
    second one is never written: raises `InvariantBroken`, or the database's own error when another
    process was quicker."""
    before = refund_of(connection, row["item_key"])
    if before is None:
        connection.execute(insert(refunds).values(**row))
    elif before.amount_minor == 0:
        change_refund(connection, before, row, "restored", row["amount_minor"])
    else:
        raise InvariantBroken(f"item {row['item_id']} is refunded already: one refund per item")


def change_refund(
    connection: Connection, refund: StandingRefund, row: Mapping[str, Any], event: str, amount: int
) -> None:
    """Write what became of a refund; `row`: columns of `refunds` as they would be now."""
    connection.execute(insert(refund_events).values(**change_row(refund, row, event, amount)))


def change_row(
    refund: StandingRefund, row: Mapping[str, Any], event: str, amount: int
) -> dict[str, Any]:
    """A row of `refund_events`."""
    return {
        "item_key": refund.item_key, "seq": refund.events + 1, "owner": row["owner"],
        "audience": row["audience"], "event": event, "amount_minor": amount,
        "at": row["granted_at"], "reason": row["ground"], "verdict_batch": row["verdict_batch"],
        "case_id": row.get("case_id"), "batch_id": row.get("batch_id"),
    }  # fmt: skip
