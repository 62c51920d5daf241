"""What is recorded at acceptance, and what a network gives for it (req 9, 72)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import tzdata

from datecertain.errors import PromiseRefused, UsageError
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import format_date, parse_date
from datecertain.network import Network, Scope
from datecertain.network.conditions import NOT_GIVEN
from datecertain.network.loading import COMPILER_RULES
from datecertain.network.rule_rows import contents_class
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import QuoteStatus, quoter_of
from datecertain.promise.records import Given, expiry_of
from datecertain.promise.routes import LABEL, Route


@dataclass(frozen=True, slots=True)
class Recording:
    """One promise to be recorded. `told_on` None: the sender was told what the network gives.

    Postage and weight are those of the acceptance record; NOT_GIVEN where nobody told them.
    """

    ask: Ask
    actor: str
    item_id: str | None = None  # S10, None until it is known
    told_on: int | None = None
    office: str = ""
    postage_minor: int = NOT_GIVEN
    currency: str = ""
    key: str = ""  # of idempotency; else the recording itself, which then needs an item number

    @property
    def label(self) -> bool:
        """Whether nothing was handed over: a label, a reservation or a pre-advice."""
        return self.ask.route.channel == LABEL

    def checked(self) -> Recording:
        """The recording with its item number, contents and currency as they are written. Raises
        `UsageError`."""
        if not self.actor.strip():
            raise UsageError("no actor: say who records the promise")
        if not (self.item_id or self.key):
            raise UsageError(
                "neither item number nor key: give the item's number, or a key that tells this "
                "acceptance from the next"
            )
        if self.label and self.told_on is not None:
            raise UsageError(
                "a label gives an estimate only: leave the date told out; it is promised when the "
                "item is handed over"
            )
        if self.postage_minor != NOT_GIVEN and not self.currency:
            raise UsageError("postage without its currency: give both")
        route = self.ask.route
        route = route._replace(contents=contents_class(route.contents))
        return replace(
            self, ask=replace(self.ask, route=route), currency=currency_code(self.currency),
            item_id=item_number(self.item_id) if self.item_id else None,
        )  # fmt: skip

    def row(self) -> dict[str, Any]:
        """The recording as plain values, read back by `recording_of`."""
        ask = self.ask
        return {
            "route": list(ask.route), "accepted": [ask.accepted_day, ask.accepted_min],
            "offset_min": ask.offset_min, "weight_g": ask.weight_g, "value_usdr": ask.value_usdr,
            "actor": self.actor, "item_id": self.item_id,
            "told_on": None if self.told_on is None else format_date(self.told_on),
            "office": self.office, "postage_minor": self.postage_minor, "currency": self.currency,
            "key": self.key,
        }  # fmt: skip

    @property
    def own_key(self) -> str:
        """The key of idempotency: the one given, else a hash of the recording."""
        if self.key:
            return self.key
        text = json.dumps(self.row(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def recording_of(row: Mapping[str, Any]) -> Recording:
    """A recording from its plain values. Raises `ValueError`, `TypeError`, `KeyError`,
    `UsageError` for values that are none."""
    day, minute = row["accepted"]
    ask = Ask(
        Route(*row["route"]), int(day), int(minute), row["offset_min"], int(row["weight_g"]),
        int(row["value_usdr"]),
    )  # fmt: skip
    told = row["told_on"]
    return Recording(
        ask, str(row["actor"]), row["item_id"], None if told is None else parse_date(told),
        str(row["office"]), int(row["postage_minor"]), str(row["currency"]), str(row["key"]),
    ).checked()  # fmt: skip


def item_number(text: str) -> str:
    """An item number as it is written. Raises `UsageError` with what is wrong with it."""
    parsed = ItemNumber.parse(text)
    if isinstance(parsed, Defect):
        raise UsageError(f"{text!r} is no item number: {parsed.detail}")
    return str(parsed)


def currency_code(text: str) -> str:
    """A currency as it is compared and kept: `krw` and `KRW` are one."""
    return text.strip().upper()


def foreign_currency(network: Network, origin: str, currency: str) -> str:
    """What is wrong with the currency of a postage that was paid to a post; empty: nothing."""
    own = network.post(origin).currency
    if currency in ("", own):
        return ""
    return f"currency {currency!r}: {origin} keeps {own}, and refunds no postage in another"


def give(network: Network, recording: Recording) -> Given:
    """What the network gives for a recording, and what the sender was told.

    A guaranteed date that nobody told otherwise is the one of the quote; an estimate tells no
    guaranteed date. Raises `PromiseRefused` where no date can be given and none was told,
    `UsageError` for a currency that the origin post does not keep, and what quoting raises.
    """
    ask = recording.ask
    quote = answer(network, ask)
    told = recording.told_on
    if foreign := foreign_currency(network, ask.route.origin, recording.currency):
        raise UsageError(foreign)
    if quote.status is QuoteStatus.REFUSED and told is None:
        raise PromiseRefused(
            f"no date can be given ({quote.reason}): nothing is recorded; if the sender was told "
            "a date, record it with that date"
        )
    if told is not None and told < ask.accepted_day - 1:
        raise UsageError(
            f"the date told, {format_date(told)}, lies before the acceptance {ask.accepted_local}"
        )
    if told is None and quote.status is QuoteStatus.GUARANTEED:
        told = quote.due_day
    held = quote.possession_at if quote.possession_at >= 0 else quote.accepted_at
    return Given(
        ask.accepted_day, ask.accepted_min, quote.accepted_at, None if recording.label else held,
        ask.route.channel, told, quote.due_day if quote.due_day >= 0 else None,
        str(quote.status), str(quote.reason), network.version, COMPILER_RULES,
        tzdata.IANA_VERSION,
    )  # fmt: skip


def expires_at(network: Network, ask: Ask) -> int | None:
    """When the label of a question expires; None for an item that the post holds. Raises
    `NetworkError` for a network without the term."""
    route = ask.route
    if route.channel != LABEL:
        return None
    days = network.terms.value(
        Scope.SENDER, "label_expires_days", route.origin, route.destination, ask.accepted_day
    )
    place = network.zone_names[quoter_of(network).resolved(route).zone]
    return expiry_of(ask.accepted_day, days, place)
