"""Promises in the records store: rows to values and back. Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select

from datecertain.access import SeesFlow
from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY
from datecertain.network.conditions import NOT_GIVEN
from datecertain.promise.asking import Ask
from datecertain.promise.recordings import Recording, item_number
from datecertain.promise.records import (
    Given,
    Happened,
    PromiseEvent,
    PromiseState,
    Standing,
    given_row,
    standing_of,
)
from datecertain.promise.routes import Route
from datecertain.store.records import audience_of, promise_events, promises

#: States of a promise that says something about an item that is under way, or may be.
STANDS = (PromiseState.ESTIMATED, PromiseState.HELD)
#: An item's number is not used again within a year (S10).
NUMBER_DAYS = 365


@dataclass(frozen=True, slots=True)
class StoredPromise:
    """A promise with its events, and what it is after them."""

    promise_id: str
    seq: int  # in the order of recording
    ask: Ask
    office: str
    actor: str
    postage_minor: int  # NOT_GIVEN: nobody told it
    currency: str
    made_at: int
    made: str  # online, offline
    table_id: str | None
    expires_at: int | None
    given: Given  # as first recorded
    events: tuple[Row[Any], ...]
    standing: Standing

    def stands_beside(self, accepted_at: int) -> bool:
        """Whether it stands for the item that had its number at a moment."""
        near = abs(accepted_at - self.given.accepted_at) < NUMBER_DAYS * DAY
        return near and self.standing.state in STANDS

    @property
    def standing_ask(self) -> Ask:
        """The question that gave what holds now: of a label that became an item, the later one."""
        return _ask_of(self.ask, self.standing.given)


def add_promise(
    connection: Connection, promise_id: str, recording: Recording, given: Given, *, made_at: int,
    recorded_at: int, expires_at: int | None, table_id: str | None = None,
) -> None:  # fmt: skip
    """Write a promise and the event of its recording."""
    ask, route = recording.ask, recording.ask.route

    def known(number: int) -> int | None:
        return None if number == NOT_GIVEN else number

    owner = {"owner": route.origin, "audience": audience_of([route.origin, route.destination])}
    last = connection.execute(select(func.max(promises.c.seq))).scalar_one()
    connection.execute(
        insert(promises).values(
            promise_id=promise_id, seq=(last or 0) + 1, **owner, item_id=recording.item_id,
            **route._asdict(),
            weight_g=known(ask.weight_g), value_usdr=known(ask.value_usdr),
            office=recording.office, actor=recording.actor,
            evidence="label" if recording.label else "possession",
            postage_minor=known(recording.postage_minor), currency=recording.currency,
            made_at=made_at, made="offline" if table_id else "online", table_id=table_id,
            expires_at=expires_at,
            **{name: value for name, value in given_row(given).items() if name != "channel"},
        )
    )  # fmt: skip
    happened = Happened(PromiseEvent.RECORDED, made_at, recording.actor, item_id=recording.item_id)
    _write_event(connection, promise_id, 0, owner, happened, recorded_at, {})


def add_event(
    connection: Connection, promise: StoredPromise, happened: Happened, recorded_at: int,
    details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write the next event of a promise."""
    route = promise.ask.route
    owner = {"owner": route.origin, "audience": audience_of([route.origin, route.destination])}
    last = connection.execute(
        select(func.max(promise_events.c.seq)).where(
            promise_events.c.promise_id == promise.promise_id
        )
    ).scalar_one()
    given = {} if happened.given is None else {"given": given_row(happened.given)}
    _write_event(
        connection, promise.promise_id, last + 1, owner, happened, recorded_at,
        {**given, **(details or {})},
    )  # fmt: skip


def _write_event(
    connection: Connection, promise_id: str, seq: int, owner: Mapping[str, str],
    happened: Happened, recorded_at: int, details: Mapping[str, Any],
) -> None:  # fmt: skip
    connection.execute(
        insert(promise_events).values(
            promise_id=promise_id, seq=seq, **owner, event=str(happened.event), at=happened.at,
            recorded_at=recorded_at, actor=happened.actor, reason=happened.reason,
            item_id=happened.item_id, details=dict(details),
        )
    )  # fmt: skip


def find_promise(
    connection: Connection, name: str, sees_flow: SeesFlow = lambda origin, destination: True
) -> StoredPromise:
    """The promise of an id; of an item's number the one that stands, else the last one recorded;
    among those that may be seen.

    Raises `NotFound`, and `UsageError` for a number with several that stand (told offline).
    """
    rows = connection.execute(select(promises).where(promises.c.promise_id == name)).all()
    found = stored(connection, rows) if rows else promises_of_item(connection, item_number(name))
    found = [one for one in found if sees_flow(one.ask.route.origin, one.ask.route.destination)]
    if not found:
        raise NotFound(f"{name} has no promise here: give the promise's id or the item's number")
    standing = [one for one in found if one.standing.state in STANDS]
    if len(standing) > 1:
        ids = ", ".join(one.promise_id for one in standing)
        raise UsageError(f"{name} has {len(standing)} promises that stand: give the id, {ids}")
    return standing[0] if standing else found[-1]


def promises_of_item(connection: Connection, item_id: str) -> list[StoredPromise]:
    """The promises of an item's number, in the order in which they were recorded."""
    later = select(promise_events.c.promise_id).where(promise_events.c.item_id == item_id)
    rows = connection.execute(
        select(promises)
        .where(or_(promises.c.item_id == item_id, promises.c.promise_id.in_(later)))
        .order_by(promises.c.seq)
    ).all()
    return stored(connection, rows)


def stored(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredPromise]:
    """Rows of `promises` with their events, in the same order."""
    events: dict[str, list[Row[Any]]] = {row.promise_id: [] for row in rows}
    for part in range(0, len(rows), 500):  # databases limit how many values a query may name
        names = [row.promise_id for row in rows[part : part + 500]]
        for event in connection.execute(
            select(promise_events)
            .where(promise_events.c.promise_id.in_(names))
            .order_by(promise_events.c.promise_id, promise_events.c.seq)
        ):
            events[event.promise_id].append(event)
    return [_stored(row, events[row.promise_id]) for row in rows]


def _stored(row: Row[Any], events: Iterable[Row[Any]]) -> StoredPromise:
    values = row._mapping
    route = Route(*(values[name] for name in Route._fields))

    def number(name: str) -> int:
        return NOT_GIVEN if values[name] is None else int(values[name])

    given = Given(**{name: values[name] for name in Given.__slots__})
    events = tuple(events)
    weighed = {"weight_g": number("weight_g"), "postage_minor": number("postage_minor"),
               "currency": row.currency}  # fmt: skip
    for event in events:  # a label's item is weighed and paid for when it is handed over
        weighed |= event.details.get("weighed", {})
    ask = _ask_of(Ask(route, 0, 0, None, weighed["weight_g"], number("value_usdr")), given)
    standing = standing_of(
        given, row.item_id, row.expires_at, [_happened(event) for event in events[1:]]
    )
    return StoredPromise(
        row.promise_id, row.seq, ask, row.office, row.actor,
        weighed["postage_minor"], weighed["currency"], row.made_at, row.made, row.table_id,
        row.expires_at, given, events, standing,
    )  # fmt: skip


def _ask_of(ask: Ask, given: Given) -> Ask:
    """The question whose answer was given: of two equal local times its offset says which."""
    local = given.accepted_day * DAY + given.accepted_min
    return replace(
        ask, route=ask.route._replace(channel=given.channel), accepted_day=given.accepted_day,
        accepted_min=given.accepted_min, offset_min=local - given.accepted_at,
    )  # fmt: skip


def _happened(row: Row[Any]) -> Happened:
    given = row.details.get("given")
    return Happened(
        PromiseEvent(row.event), row.at, row.actor, row.reason, row.item_id,
        None if given is None else Given(**given),
    )  # fmt: skip
