"""Promises as they are listed, shown and handed on to judging (req 9, 10, 72)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from datecertain.errors import NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import format_clock, format_date, format_utc
from datecertain.network.conditions import NOT_GIVEN
from datecertain.operations.networks import network_of_version
from datecertain.operations.promise_rows import StoredPromise, find_promise, stored
from datecertain.operations.promising import local_time
from datecertain.operations.told_promises import (
    GivenTold,
    PromiseEventTold,
    PromiseShown,
    PromiseTold,
)
from datecertain.promise.acceptance import ACCEPTANCE_FILE, item_key
from datecertain.promise.records import Given, PromiseState
from datecertain.promise.telling import told_quote
from datecertain.promise.told import QuoteTold
from datecertain.store import Workspace
from datecertain.store.records import promises
from datecertain.wording import LANGUAGES, words

#: Promises read at once while a list is filled.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which promises are wanted; empty: all. `period` is a month of acceptance, `YYYY-MM`."""

    origin: str = ""
    destination: str = ""
    state: str = ""
    made: str = ""
    period: str = ""
    misquoted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, in order of recording; `after` asks for the next one, None: the last."""

    promises: tuple[StoredPromise, ...]
    after: str | None


def list_promises(
    workspace: Workspace, asked: Asked | None = None, *, after: str = "", limit: int = 100,
    audiences: Collection[str] | None = None,
) -> Page:  # fmt: skip
    """The promises asked for, of these audiences (None: of all), in the order in which they were
    recorded. Raises `UsageError`."""
    asked = asked or Asked()
    if asked.state and asked.state not in tuple(PromiseState):
        raise UsageError(f"state {asked.state!r} is not known: use {', '.join(PromiseState)}")
    if limit < 1:
        raise UsageError(f"limit {limit}: at least 1")
    found: list[StoredPromise] = []
    last = _cursor(after) if after else 0
    with workspace.reading() as view:
        while True:
            query = select(promises).where(promises.c.seq > last).order_by(promises.c.seq)
            for name in ("origin", "destination", "made"):
                if wanted := getattr(asked, name):
                    query = query.where(promises.c[name] == wanted)
            if audiences is not None:
                query = query.where(promises.c.audience.in_(sorted(audiences)))
            part = stored(view.connection, view.connection.execute(query.limit(_AT_ONCE)).all())
            for promise in part:
                if _wanted(promise, asked):
                    if len(found) == limit:
                        return Page(tuple(found), str(found[-1].seq))
                    found.append(promise)
            if len(part) < _AT_ONCE:
                return Page(tuple(found), None)
            last = part[-1].seq


def _cursor(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise UsageError(f"{text!r} is no place in a list: give what the last page said")
    return int(text)


def _wanted(promise: StoredPromise, asked: Asked) -> bool:
    standing = promise.standing
    month = format_date(standing.given.accepted_day)[:7]
    return (
        asked.state in ("", standing.state)
        and asked.period in ("", month)
        and (standing.given.misquoted or not asked.misquoted)
    )


def show_promise(workspace: Workspace, name: str) -> PromiseShown:
    """A promise with all its events, and the quote that gave it told in every language by the
    version it is frozen with (None where this workspace never had that version).

    Raises `NotFound`.
    """
    with workspace.reading() as view:
        promise = find_promise(view.connection, name)
    return shown(workspace, promise)


def shown(workspace: Workspace, promise: StoredPromise) -> PromiseShown:
    """A promise as `show_promise` shows it."""
    told: dict[str, QuoteTold | None] = {}
    for language in LANGUAGES:
        try:
            network = network_of_version(workspace, promise.standing.given.network_version)
        except NotFound:
            told[language] = None
            continue
        told[language] = told_quote(network, promise.standing_ask, words(language))
    return {
        **promise_row(promise),
        "events": [
            {
                "event": event.event, "at": format_utc(event.at),
                "recorded_at": format_utc(event.recorded_at), "actor": event.actor,
                "reason": event.reason or None, "item_id": event.item_id,
                "details": event.details,
            }
            for event in promise.events
        ],
        "quote": told,
    }  # fmt: skip


def for_partner(row: PromiseTold) -> PromiseTold:
    """A promise as the post of destination reads it: without what stays at the counter, as in the
    records that travel (`promise.acceptance.FOR_PARTNERS`)."""
    return {**row, "postage_minor": None, "currency": None, "actor": None, "office": None,
            "ended_by": None}  # fmt: skip


def shown_to_partner(told: PromiseShown) -> PromiseShown:
    """The same of a promise with its events: who did it, and what was weighed and paid, is not
    told."""
    events: list[PromiseEventTold] = [
        {**event, "actor": None, "details": {}} for event in told["events"]
    ]
    return {**told, **for_partner(told), "events": events, "quote": told["quote"]}


def promise_row(promise: StoredPromise) -> PromiseTold:
    """A promise as a program reads it."""
    ask, standing = promise.ask, promise.standing

    def known(number: int) -> int | None:
        return None if number == NOT_GIVEN else number

    return {
        "promise_id": promise.promise_id, "item_id": standing.item_id,
        "state": str(standing.state), "binding_on": _date(standing.binding_on),
        "misquoted": standing.given.misquoted,
        "origin": ask.route.origin, "origin_postcode": ask.route.origin_postcode,
        "destination": ask.route.destination,
        "destination_postcode": ask.route.destination_postcode,
        "product": ask.route.product, "contents": ask.route.contents or None,
        "address": ask.route.address, "weight_g": known(ask.weight_g),
        "value_usdr": known(ask.value_usdr), "postage_minor": known(promise.postage_minor),
        "currency": promise.currency or None, "office": promise.office or None,
        "actor": promise.actor, "made_at": format_utc(promise.made_at), "made": promise.made,
        "table_id": promise.table_id,
        "expires_at": None if promise.expires_at is None else format_utc(promise.expires_at),
        "given": _given(standing.given),
        "estimate": None if standing.estimate is None else _given(standing.estimate),
        "ended_by": standing.ended_by or None, "ended_because": standing.ended_because or None,
    }  # fmt: skip


def _given(given: Given) -> GivenTold:
    held = given.possession_at
    return {
        "accepted_at": f"{format_date(given.accepted_day)}T{format_clock(given.accepted_min)}",
        "possession_at": None if held is None else format_utc(held),
        "channel": given.channel or None, "told_on": _date(given.told_on),
        "standard_on": _date(given.standard_on), "status": given.status,
        "reason": given.reason or None, "network_version": given.network_version,
        "rules_version": given.rules_version, "tzdata_version": given.tzdata_version,
    }  # fmt: skip


def _date(day: int | None) -> str | None:
    return None if day is None else format_date(day)


def export_acceptances(workspace: Workspace, period: str) -> tuple[bytes, list[Finding]]:
    """The promises of a month as an acceptance file for `ingest`, and findings for those that are
    no whole acceptance record (req 72).

    The time of acceptance is the one from which the post held the item. A voided promise whose item
    got no other one is handed on without a date told: no guarantee. Labels whose items were not
    handed over are no acceptances. Of several promises of one item, told offline, the earliest date
    is handed on: the sender may rely on it.
    """
    best: dict[str, tuple[tuple[int, ...], dict[str, str]]] = {}
    findings: list[Finding] = []
    for promise in _all(workspace, period):
        given, voided = promise.standing.given, promise.standing.state is PromiseState.VOIDED
        if given.possession_at is None:
            continue
        missing = _missing(promise)
        if missing:
            if not voided:
                findings.append(_incomplete(promise, missing))
            continue
        day, minute = local_time(workspace, promise, given.possession_at)
        binding = promise.standing.binding_on
        rank = (voided, binding is None, binding or 0, promise.seq)
        row = _acceptance(promise, f"{format_date(day)}T{format_clock(minute)}")
        key = item_key(row["item_id"], day)
        if key not in best or rank < best[key][0]:
            best[key] = rank, row
    out = io.StringIO()
    columns = (*ACCEPTANCE_FILE, "office", "product", "address")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted((row for _, row in best.values()), key=lambda row: row["item_id"]))
    return out.getvalue().encode(), findings


def _incomplete(promise: StoredPromise, missing: list[str]) -> Finding:
    return Finding(
        "acceptance-incomplete", Severity.ERROR, "promises", promise.promise_id,
        f"no {', no '.join(missing)}: not handed on", promise.standing.item_id,
    )  # fmt: skip


def _all(workspace: Workspace, period: str) -> Iterable[StoredPromise]:
    after: str | None = ""
    while after is not None:
        page = list_promises(workspace, Asked(period=period), after=after, limit=_AT_ONCE)
        yield from page.promises
        after = page.after


def _missing(promise: StoredPromise) -> list[str]:
    there = {
        "item number": promise.standing.item_id,
        "weight": promise.ask.weight_g != NOT_GIVEN,
        "postage": promise.postage_minor != NOT_GIVEN,
    }
    return [name for name, found in there.items() if not found]


def _acceptance(promise: StoredPromise, accepted_local: str) -> dict[str, str]:
    route, given = promise.ask.route, promise.standing.given
    values = (
        promise.standing.item_id or "", route.origin, route.origin_postcode, accepted_local,
        given.channel or "counter", route.destination, route.destination_postcode, route.contents,
        str(promise.ask.weight_g), str(promise.postage_minor), promise.currency,
        _date(promise.standing.binding_on) or "",
    )  # fmt: skip
    more = {"office": promise.office, "product": route.product, "address": route.address}
    return dict(zip(ACCEPTANCE_FILE, values, strict=True)) | more
