"""Refunds due to senders by each origin post's published terms (req 29, 31, 32, 36).

The refund follows the verdict *towards the sender* (req 73): an item whose `sender_outcome` is
`late_liable` gives back the published share of the postage actually paid, nothing added to it
(insurance, packaging, customs fees) and nothing for consequential loss. One refund per item.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import (
    codes,
    numbers,
    refuse_doubles,
    rows_in,
    take_texts,
    texts,
)
from datecertain.claims.money import MOST, percent_of
from datecertain.errors import NetworkError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask
from datecertain.network import Network, Scope
from datecertain.network.calendars import OpenDays
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import Outcome


class RefundMode(StrEnum):
    """Who starts a refund (req 34)."""

    AUTOMATIC = "automatic"  # the origin post pays as soon as the item is judged late and liable
    CLAIM_DRIVEN = "claim_driven"  # the sender must claim within the window


REFUNDS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),  # the post that pays
        must("destination", pa.string()),
        must("accepted_date", pa.int32()),
        must("told_on", pa.int32()),  # the date told to the sender, which was missed
        must("postage_minor", pa.int64()),
        must("percent", pa.int64()),
        must("amount_minor", pa.int64()),  # half even, minor units of `currency`
        must("currency", pa.string()),
        must("remedy", pa.string()),  # money or credit
        must("mode", pa.string()),
        must("due_from", pa.int32()),  # first local date on which the refund is owed
        # Last local date for a claim; null: not known yet (no delivery, or past the calendar).
        pa.field("claimable_until", pa.int32()),
        must("terms_source", pa.string()),  # where the percentage is published
    ]
)
#: Stands for a date that is not known; no calendar reaches it.
_NO_DAY = -(10**9)
_WEEKDAYS = (True, True, True, True, True, False, False)


def refunds_due(
    network: Network, verdicts: pa.Table, items: pa.Table, checked: pa.StringArray | None = None
) -> tuple[pa.Table, list[Finding]]:
    """Refunds (schema `REFUNDS`, ordered by lane and item key) and what was set aside.

    `verdicts`: the current verdict of each item (columns of `VERDICTS`); `items`: their
    acceptance records (columns of `ITEMS`). An item without a usable acceptance record is set
    aside with a finding of severity error. `due_from` is the day after the date told, or the day
    on which the clock stopped if that is later. Raises `InvariantBroken` when an item stands twice
    in either table, `NetworkError` when the terms or a calendar they need are missing.
    """
    late = verdicts.filter(pc.equal(verdicts["sender_outcome"], Outcome.LATE_LIABLE.value))
    order = [("origin", "ascending"), ("destination", "ascending"), ("item_key", "ascending")]
    late = late.sort_by(order)
    keys = texts(late, "item_key")
    refuse_doubles(keys, "refunds")
    recorded = texts(items, "item_key")
    refuse_doubles(recorded, "acceptance records", checked=checked)
    row = rows_in(keys, recorded)
    findings, usable = _usable(network, late, items, row)
    kept = pa.array(usable)
    late, record = late.filter(kept), items.take(pa.array(row[usable], pa.int64()))
    return _refunds(network, late, record), findings


def _usable(
    network: Network, late: pa.Table, items: pa.Table, row: Ints
) -> tuple[list[Finding], Mask]:
    """Which items can be refunded; a finding for each that cannot."""
    ids, origins = texts(late, "item_id"), texts(late, "origin")
    found = items.take(pa.array(np.maximum(row, 0), pa.int64())) if len(items) else None
    findings: list[Finding] = []
    usable = row >= 0
    for i in np.flatnonzero(~usable):
        findings.append(_aside("refund-no-acceptance", ids[i].as_py(), "no acceptance record"))
    if found is None:
        return findings, usable
    postage, told = numbers(found, "postage_minor"), numbers(found, "promised_on", _NO_DAY)
    posts, origin = codes(origins)
    own = take_texts(tuple(network.post(post).currency for post in posts), origin)
    foreign = pc.not_equal(texts(found, "currency"), own).to_numpy(zero_copy_only=False)
    currency = texts(found, "currency")
    checks: tuple[tuple[str, Mask, Callable[[int], str]], ...] = (
        ("refund-currency", foreign,
         lambda i: f"postage in {currency[i].as_py()}, the origin post keeps {own[i].as_py()}"),
        ("refund-postage", (postage < 0) | (postage > MOST),
         lambda i: f"postage of {postage[i]} minor units; expected 0 to {MOST}"),
        ("refund-no-date", told == _NO_DAY,
         lambda i: "judged late towards the sender, but no date was told"),
    )  # fmt: skip
    for code, wrong, detail in checks:
        for i in np.flatnonzero(wrong & usable):
            findings.append(_aside(code, ids[int(i)].as_py(), detail(int(i))))
        usable = usable & ~wrong
    return findings, usable


def _aside(code: str, item: str, detail: str) -> Finding:
    return Finding(code, Severity.ERROR, "refunds", "", f"{detail}: not refunded", item)


def _refunds(network: Network, late: pa.Table, record: pa.Table) -> pa.Table:
    accepted, told = numbers(late, "accepted_date"), numbers(record, "promised_on")
    stopped = numbers(late, "stopped_on", _NO_DAY)
    delivered = numbers(late, "delivered_on", _NO_DAY)
    terms = _SenderTerms(network, late)
    percent = terms.whole("refund_percent")
    postage = numbers(record, "postage_minor")
    delivery = np.where(delivered != _NO_DAY, delivered, stopped)
    until = _claimable_until(network, terms, accepted, told, delivery)
    columns: dict[str, Any] = {
        "item_key": texts(late, "item_key"),
        "item_id": texts(late, "item_id"),
        "origin": texts(late, "origin"),
        "destination": texts(late, "destination"),
        "accepted_date": accepted,
        "told_on": told,
        "postage_minor": postage,
        "percent": percent,
        "amount_minor": percent_of(postage, percent),
        "currency": texts(record, "currency"),
        "remedy": terms.text("refund_remedy"),
        "mode": pa.repeat(RefundMode.AUTOMATIC.value, len(late)),
        "due_from": np.maximum(told + 1, stopped),
        "claimable_until": pa.array(until, pa.int64(), mask=until == _NO_DAY).cast(pa.int32()),
        "terms_source": terms.source("refund_percent"),
    }
    return pa.table(
        {field.name: pa.array(columns[field.name]).cast(field.type) for field in REFUNDS},
        schema=REFUNDS,
    )


@dataclass(frozen=True, slots=True)
class _Lane:
    origin: str
    destination: str
    day: int


class _SenderTerms:
    """The sender's terms per item, each distinct lane and acceptance day looked up once."""

    def __init__(self, network: Network, late: pa.Table) -> None:
        self._terms = network.terms
        origins, origin = codes(texts(late, "origin"))
        destinations, destination = codes(texts(late, "destination"))
        day = numbers(late, "accepted_date")
        lane = origin * max(len(destinations), 1) + destination
        # np.unique over pairs packed in one word; days before 1970 do not occur in acceptance.
        packed, self._lane_of = np.unique((lane << 32) | day, return_inverse=True)
        self.origins, self.origin = origins, origin
        self._lanes = [
            _Lane(
                origins[(int(word) >> 32) // len(destinations)],
                destinations[(int(word) >> 32) % len(destinations)],
                int(word) & 0xFFFFFFFF,
            )
            for word in packed
        ]

    def _per_lane(self, term: str) -> list[Any]:
        return [
            self._terms.value(Scope.SENDER, term, lane.origin, lane.destination, lane.day)
            for lane in self._lanes
        ]

    def whole(self, term: str) -> Ints:
        return np.array(self._per_lane(term), dtype=np.int64)[self._lane_of]

    def text(self, term: str) -> pa.StringArray:
        return take_texts(tuple(self._per_lane(term)), self._lane_of)

    def source(self, term: str) -> pa.StringArray:
        sources = tuple(
            self._terms.row(Scope.SENDER, term, lane.origin, lane.destination, lane.day).source
            for lane in self._lanes
        )
        return take_texts(sources, self._lane_of)

    def is_text(self, term: str, value: str) -> Mask:
        return np.array([found == value for found in self._per_lane(term)], bool)[self._lane_of]


def _claimable_until(
    network: Network, terms: _SenderTerms, accepted: Ints, told: Ints, delivery: Ints
) -> Ints:
    """The last day on which a claim may be made; the base day itself is day 0 (req 29).

    Windows are of one day or more.
    """
    window = terms.whole("claim_window_days")
    base = np.where(
        terms.is_text("claim_window_from", "posting"), accepted,
        np.where(terms.is_text("claim_window_from", "due"), told, delivery),
    )  # fmt: skip
    business = terms.is_text("claim_window_counts", "business_days")
    until = np.where(base == _NO_DAY, _NO_DAY, base + window)
    for code in np.unique(terms.origin[business]):
        rows = business & (terms.origin == code) & (base != _NO_DAY)
        worked = _business_days(network, terms.origins[code])
        index = np.searchsorted(worked, base[rows], side="right") + window[rows] - 1
        beyond = index >= len(worked)
        until[rows] = np.where(beyond, _NO_DAY, worked[np.minimum(index, len(worked) - 1)])
    return until


def _business_days(network: Network, post: str) -> Ints:
    """Mondays to Fridays, with the closed and opened days of the calendar named as the post."""
    calendars = OpenDays(network.data.calendars, network.data.holidays)
    if post not in calendars:
        raise NetworkError(
            f"the terms of {post} count business days, but calendars.csv has no calendar "
            f"{post!r}: add the national one"
        )
    days = np.arange(network.data.first_day, network.data.last_day + 1, dtype=np.int64)
    return days[calendars.mask(post, _WEEKDAYS, days)]
