"""Recording a promise at acceptance, and what may happen to it afterwards (req 9, 72).

Each operation is one records transaction with a key: the same key and request give the stored
result back, the same key with another request is `KeyReused`. It does not wait for the writer of
the workspace: a counter promises while a month is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow.compute as pc
from sqlalchemy import Connection, select

from datecertain.errors import NotFound, PromiseRefused, UsageError
from datecertain.moments import DAY, format_date, format_utc, zone
from datecertain.network import Network
from datecertain.network.conditions import NOT_GIVEN
from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_network, current_version, network_of_version
from datecertain.operations.promise_rows import (
    StoredPromise,
    add_event,
    add_promise,
    find_promise,
    promises_of_item,
    stored,
)
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.promise.asking import parse_accepted
from datecertain.promise.quoting import quoter_of
from datecertain.promise.recordings import (
    Recording,
    currency_code,
    expires_at,
    give,
    item_number,
)
from datecertain.promise.records import (
    Happened,
    PromiseEvent,
    PromiseState,
    Refusal,
    after,
)
from datecertain.promise.routes import IN_HAND, LABEL
from datecertain.store import Workspace, finish_run, request_digest, run_id, start_run
from datecertain.store.records import promises
from datecertain.tracking.milestones import DESTINATION_CODES, EPISODE_DAYS

RECORD = "record-promise"
#: Scans that an item can only have once it left its outward office of exchange.
LEFT_CODES = frozenset({"EMC", "EMJ", "EMK", "EDA", "EME", "EDD", "EDE", "EDF", "EDG", "EMH",
                        *DESTINATION_CODES})  # fmt: skip

#: Why an event cannot follow, as it is told.
WHY = {
    Refusal.HELD_ALREADY: "the post holds the item already, by this promise",
    Refusal.NEVER_EXPIRES: "the post holds the item: it does not expire",
    Refusal.NOT_EXPIRED_YET: "the item may still be handed over",
    Refusal.HANDED_OVER_LATE: "its label had expired by then: record a new promise",
    Refusal.LEFT: "the item left its outward office of exchange: the date told binds",
    Refusal.IS_VOIDED: "it was voided: record a new promise",
    Refusal.IS_EXPIRED: "its label expired: record a new promise",
    Refusal.RECORDED_ALREADY: "it is recorded already",
}


@dataclass(frozen=True, slots=True)
class Possession:
    """Evidence that the post got the item of a label: the local time at the origin (with its
    offset where clocks go back), and what the recording could not know yet."""

    accepted: str
    actor: str
    item_id: str | None = None
    channel: str = IN_HAND
    told_on: int | None = None
    weight_g: int = NOT_GIVEN
    postage_minor: int = NOT_GIVEN
    currency: str = ""
    key: str = ""

    def weighed(self) -> dict[str, Any]:
        """What was weighed and paid when it was handed over."""
        found: dict[str, Any] = {}
        if self.weight_g != NOT_GIVEN:
            found["weight_g"] = self.weight_g
        if self.postage_minor != NOT_GIVEN:
            currency = currency_code(self.currency)
            found |= {"postage_minor": self.postage_minor, "currency": currency}
        return found


def record_promise(workspace: Workspace, recording: Recording, clock: Clock) -> StoredPromise:
    """Record a promise by the network in force, frozen with its versions.

    Raises `PromiseRefused` where no date can be given, or the item has a promise that stands;
    `KeyReused`, `UsageError`, `UnknownPlace`, `BadMoment`, `NotFound`.
    """
    recording = recording.checked()

    def write(connection: Connection) -> str:
        network = network_now(workspace)
        given, end = give(network, recording), expires_at(network, recording.ask)
        if recording.item_id:
            _demand_free(connection, recording, given.accepted_at)
        promise_id = run_id(RECORD, recording.own_key)
        add_promise(
            connection, promise_id, recording, given, made_at=clock.now(),
            recorded_at=clock.now(), expires_at=end,
        )  # fmt: skip
        return promise_id

    return once(workspace, RECORD, recording.own_key, recording.row(), clock, write)


def _demand_free(connection: Connection, recording: Recording, accepted_at: int) -> None:
    for other in promises_of_item(connection, recording.item_id or ""):
        if other.stands_beside(accepted_at):
            then = (
                "say with `promise possess` that it was handed over"
                if other.standing.state is PromiseState.ESTIMATED and not recording.label
                else "void that one first, if its date was misquoted"
            )
            raise PromiseRefused(
                f"{recording.item_id} has a promise already ({other.promise_id}, "
                f"{other.standing.state}): {then}"
            )


def possess(workspace: Workspace, name: str, possession: Possession, clock: Clock) -> StoredPromise:
    """The post got the item of a label at a time for which there is evidence: it is quoted anew
    from then, by the network in force; the estimate stays beside it.

    Raises `PromiseRefused` when it was handed over too late or the promise is no label; else as
    `record_promise`.
    """
    if not possession.actor.strip():
        raise UsageError("no actor: say who records the possession")
    if possession.channel == LABEL:
        raise UsageError("channel label: nothing was handed over; give the channel that took it")
    number = item_number(possession.item_id) if possession.item_id else None
    request = {
        "promise": name, **{n: getattr(possession, n) for n in Possession.__slots__ if n != "key"}
    }  # fmt: skip

    def write(connection: Connection) -> str:
        promise = find_promise(connection, name)
        network = network_now(workspace)
        (day, minute), offset = parse_accepted(possession.accepted)
        ask = replace(
            promise.ask, route=promise.ask.route._replace(channel=possession.channel),
            accepted_day=day, accepted_min=minute, offset_min=offset,
        )  # fmt: skip
        if possession.weight_g != NOT_GIVEN:
            ask = replace(ask, weight_g=possession.weight_g)
        item_id = number or promise.standing.item_id
        recording = Recording(
            ask, possession.actor, item_id, possession.told_on, "", possession.postage_minor,
            possession.currency, name,
        )  # fmt: skip
        given = give(network, recording.checked())
        assert given.possession_at is not None
        _demand(promise, PromiseEvent.POSSESSED, given.accepted_at)
        if not promise.given.accepted_at - DAY <= given.accepted_at <= clock.now() + DAY:
            raise PromiseRefused(
                f"{name}: handed over at {possession.accepted}? That is before its label was made, "
                "or still to come"
            )
        happened = Happened(
            PromiseEvent.POSSESSED, given.accepted_at, possession.actor, item_id=item_id,
            given=given,
        )  # fmt: skip
        details = {"weighed": possession.weighed()}
        add_event(connection, promise, happened, clock.now(), details)
        return promise.promise_id

    key = possession.key or request_digest(request)[:32]
    return once(workspace, "possess-promise", key, request, clock, write)


def void_promise(
    workspace: Workspace, name: str, *, actor: str, reason: str, clock: Clock, key: str = ""
) -> StoredPromise:
    """Withdraw a promise before the item left its outward office of exchange, as far as scans are
    known here. Raises `PromiseRefused` after that: what the sender was told binds."""
    if not (actor.strip() and reason.strip()):
        raise UsageError("a promise is voided with a reason and an actor: give both")

    def write(connection: Connection) -> str:
        promise = find_promise(connection, name)
        _demand(promise, PromiseEvent.VOIDED, clock.now(), left_at(workspace, promise))
        happened = Happened(PromiseEvent.VOIDED, clock.now(), actor.strip(), reason.strip())
        add_event(connection, promise, happened, clock.now())
        return promise.promise_id

    with workspace.reading() as view:  # by its id: the item may get another promise later
        promise_id = find_promise(view.connection, name).promise_id
    request = {"promise": promise_id, "actor": actor, "reason": reason}
    key = key or request_digest(request)[:32]
    return once(workspace, "void-promise", key, request, clock, write)


def expire_labels(workspace: Workspace, clock: Clock, *, actor: str) -> list[StoredPromise]:
    """Expire the labels whose items were not handed over in time; those that expired now. Running
    it again expires nothing twice."""
    with workspace.noting() as connection:
        rows = connection.execute(
            select(promises).where(promises.c.expires_at <= clock.now()).order_by(promises.c.seq)
        ).all()
        over = [
            promise
            for promise in stored(connection, rows)
            if promise.standing.state is PromiseState.ESTIMATED
        ]
        for promise in over:
            assert promise.expires_at is not None
            happened = Happened(PromiseEvent.EXPIRED, promise.expires_at, actor)
            add_event(connection, promise, happened, clock.now())
        return [find_promise(connection, promise.promise_id) for promise in over]


def left_at(workspace: Workspace, promise: StoredPromise) -> int | None:
    """When the item left its outward office of exchange, by the scans that are known here; the
    first scan of a later place proves it as well. None: no such scan."""
    item_id, accepted_at = promise.standing.item_id, promise.standing.given.accepted_at
    if item_id is None:
        return None
    field = pc.field("event_at")
    rows = workspace.facts(EVENTS_TABLE).arrow(
        columns=["code", "event_at"],
        filter=(pc.field("item_id") == item_id)
        & (field >= accepted_at - DAY)
        & (field < accepted_at + EPISODE_DAYS * DAY),
    )
    return min((r["event_at"] for r in rows.to_pylist() if r["code"] in LEFT_CODES), default=None)


def _demand(promise: StoredPromise, event: PromiseEvent, at: int, left: int | None = None) -> None:
    """Raise `PromiseRefused` when an event cannot follow."""
    state = promise.standing.state
    following = after(state, event, at, expires_at=promise.expires_at, left_at=left)
    if not isinstance(following, Refusal):
        return
    why = WHY[following]
    if following is Refusal.LEFT and left is not None:
        why += f" (left at {format_utc(left)})"
        if promise.standing.binding_on is not None:
            why += f": {format_date(promise.standing.binding_on)}"
    raise PromiseRefused(f"promise {promise.promise_id} cannot be {event}: {why}")


def once(
    workspace: Workspace, operation: str, key: str, request: Mapping[str, Any], clock: Clock,
    write: Callable[[Connection], str],
) -> StoredPromise:  # fmt: skip
    """Do an operation on a promise once per key, in one transaction. Raises `KeyReused`."""
    with workspace.noting() as connection:
        digest = request_digest(request)
        run = start_run(
            connection, operation, key, digest, now=clock.now(),
            network_version=current_version(workspace),
        )  # fmt: skip
        if run.finished:
            assert run.result is not None
            return find_promise(connection, run.result["promise_id"])
        promise_id = write(connection)
        result = {"promise_id": promise_id}
        finish_run(connection, run.run_id, now=clock.now(), counts={"promises": 1}, result=result)
        return find_promise(connection, promise_id)


def network_now(workspace: Workspace) -> Network:
    """The network in force, read once per process. Raises `NotFound` when none was published."""
    version = current_version(workspace)
    return current_network(workspace) if version is None else network_of_version(workspace, version)


def local_time(workspace: Workspace, promise: StoredPromise, moment: int) -> tuple[int, int]:
    """(local day, minute) at the promise's origin of a moment."""
    try:
        network = network_of_version(workspace, promise.standing.given.network_version)
    except NotFound:  # made offline, by a version that was never in force here
        network = network_now(workspace)
    place = network.zone_names[quoter_of(network).resolved(promise.ask.route).zone]
    day, minute = zone(place).to_local(moment)
    return int(day), int(minute)
