"""What senders may have back, by each origin post's published terms (req 29, 31-33, 36, 80).

One rule over columns: for one item or for millions it says on what ground something is owed or
why not, how much, in which remedy, and from when to when it may be claimed. The refund follows
the verdict *towards the sender* (req 73). Nothing is added to the share of the postage: no
insurance, packaging or customs fees, and nothing for consequential loss.
"""

from __future__ import annotations

from collections.abc import Callable
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
    spelt_out,
    take_texts,
    texts,
)
from datecertain.claims.money import MOST, percent_of
from datecertain.claims.sender_terms import SenderTerms
from datecertain.claims.windows import (
    NO_DAY,
    day_at,
    end_of_span,
    moments_of,
    nullable,
    working_days,
)
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask
from datecertain.network import Network
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import Outcome


class Ground(StrEnum):
    """On what ground an item is refunded, or why it is not; exactly one of these."""

    GUARANTEE = "guarantee"  # late and liable towards the sender
    FOR_SENDER = "for_sender"  # nobody can say; past the dated deadline it is the sender's
    FALLBACK = "fallback"  # the guarantee did not apply; the ordinary remedy for delay does
    LOST = "lost"  # left the guarantee for the indemnity route
    UNDECIDED = "undecided"  # on its way, or the scans cannot decide yet
    ON_TIME = "on_time"
    EXCUSED = "excused"  # late, all of it excused by the published terms
    NO_DELAY = "no_delay"  # without guarantee, and not late enough for the ordinary remedy
    NO_GUARANTEE = "no_guarantee"  # without guarantee, and no ordinary remedy is published


#: The grounds on which a refund is owed.
OWED = (Ground.GUARANTEE, Ground.FOR_SENDER, Ground.FALLBACK)
#: The grounds on which the automatic mode pays, whether anybody claims or not.
UNASKED = (Ground.GUARANTEE, Ground.FOR_SENDER)
#: The grounds that time alone may change.
OPEN = (Ground.UNDECIDED,)
_HOURS = 24

ENTITLEMENTS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),  # the post that pays
        must("destination", pa.string()),
        must("accepted_date", pa.int32()),
        must("ground", pa.string()),
        # The date missed: told to the sender, or the network's where none was told.
        pa.field("told_on", pa.int32()),
        pa.field("delivered_on", pa.int32()),
        must("postage_minor", pa.int64()),  # the base of the refund
        must("percent", pa.int64()),  # 0: nothing is owed
        must("amount_minor", pa.int64()),  # half even, minor units of `currency`
        must("currency", pa.string()),
        must("remedy", pa.string()),  # money, credit or replacement
        must("mode", pa.string()),
        pa.field("due_from", pa.int32()),  # first local date on which the refund is owed
        # The window: first and last local date of the origin post, and their moments in UTC
        # minutes (it is closed from `closes_at` on). Null: not known yet (no delivery, or past
        # the calendar).
        pa.field("claimable_from", pa.int32()),
        pa.field("claimable_until", pa.int32()),
        pa.field("opens_at", pa.int64()),
        pa.field("closes_at", pa.int64()),
        pa.field("decided_on", pa.int32()),  # when it is decided for the sender; null: never
        # The post that bears it by rule where nobody can say what became of the item.
        pa.field("bearer", pa.string()),
        must("terms_source", pa.string()),  # where the percentage is published
        must("window_source", pa.string()),
    ]
)


def entitlements(
    network: Network, verdicts: pa.Table, items: pa.Table, as_of: int,
    checked: pa.StringArray | None = None,
) -> tuple[pa.Table, list[Finding]]:  # fmt: skip
    """What is owed of each verdict (schema `ENTITLEMENTS`, ordered by lane and item key), and what
    was set aside, with a finding of severity error for each.

    `verdicts`: the current verdict of each item (columns of `VERDICTS`); `items`: their acceptance
    records (columns of `ITEMS`); `as_of`: the moment at which the deadlines of items without a
    final event are looked at; `checked`: item keys of records among which none stands twice, as
    somebody has seen already. Raises `InvariantBroken` when an item stands twice in either table,
    `NetworkError` when terms or a calendar they need are missing.
    """
    order = [("origin", "ascending"), ("destination", "ascending"), ("item_key", "ascending")]
    rows = spelt_out(verdicts).sort_by(order)
    keys = texts(rows, "item_key")
    refuse_doubles(keys, "refunds")
    recorded = texts(items, "item_key")
    refuse_doubles(recorded, "acceptance records", checked=checked)
    row = rows_in(keys, recorded)
    findings, usable = _usable(network, rows, items, row)
    rows = rows.filter(pa.array(usable))
    record = items.take(pa.array(row[usable], pa.int64()))
    return _table(network, rows, record, as_of), findings


def _usable(
    network: Network, rows: pa.Table, items: pa.Table, row: Ints
) -> tuple[list[Finding], Mask]:
    """Of which items it can be told; a finding for each that cannot."""
    ids, origins = texts(rows, "item_id"), texts(rows, "origin")
    found = items.take(pa.array(np.maximum(row, 0), pa.int64())) if len(items) else None
    findings: list[Finding] = []
    usable = row >= 0
    for i in np.flatnonzero(~usable):
        findings.append(_aside("refund-no-acceptance", ids[i].as_py(), "no acceptance record"))
    if found is None:
        return findings, usable
    postage, told = numbers(found, "postage_minor"), numbers(found, "promised_on", NO_DAY)
    posts, origin = codes(origins)
    own = take_texts(tuple(network.post(post).currency for post in posts), origin)
    foreign = pc.not_equal(texts(found, "currency"), own).to_numpy(zero_copy_only=False)
    currency = texts(found, "currency")
    late = _is(rows, Outcome.LATE_LIABLE)
    no_tariff = SenderTerms(network, rows).is_value("refund_base", "tariff")
    no_tariff &= _optional(found, "tariff_minor") == NO_DAY
    checks: tuple[tuple[str, Mask, Callable[[int], str]], ...] = (
        ("refund-currency", foreign,
         lambda i: f"postage in {currency[i].as_py()}, the origin post keeps {own[i].as_py()}"),
        ("refund-postage", (postage < 0) | (postage > MOST),
         lambda i: f"postage of {postage[i]} minor units; expected 0 to {MOST}"),
        ("refund-no-date", late & (told == NO_DAY),
         lambda i: "judged late towards the sender, but no date was told"),
        ("refund-no-tariff", no_tariff,
         lambda i: "the terms refund of the tariff, and its record tells none"),
    )  # fmt: skip
    for code, wrong, detail in checks:
        for i in np.flatnonzero(wrong & usable):
            findings.append(_aside(code, ids[int(i)].as_py(), detail(int(i))))
        usable = usable & ~wrong
    return findings, usable


def _aside(code: str, item: str, detail: str) -> Finding:
    return Finding(code, Severity.ERROR, "refunds", "", f"{detail}: not refunded", item)


def _is(rows: pa.Table, *outcomes: Outcome) -> Mask:
    wanted = pa.array([str(one) for one in outcomes])
    found = pc.is_in(texts(rows, "sender_outcome"), wanted)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _optional(rows: pa.Table, name: str) -> Ints:
    """A day column that older tables may lack."""
    if name in rows.column_names:
        return numbers(rows, name, NO_DAY)
    return np.full(len(rows), NO_DAY, dtype=np.int64)


def _table(network: Network, rows: pa.Table, record: pa.Table, as_of: int) -> pa.Table:
    terms = SenderTerms(network, rows)
    accepted, told = numbers(rows, "accepted_date"), numbers(record, "promised_on", NO_DAY)
    stopped, delivery = numbers(rows, "stopped_on", NO_DAY), numbers(rows, "delivered_on", NO_DAY)
    delivery = np.where(delivery != NO_DAY, delivery, stopped)
    told = np.where(told != NO_DAY, told, _optional(record, "standard_on"))
    wait = terms.numbers("decided_for_sender_after_days")
    decided = np.where((wait > 0) & (told != NO_DAY), told + wait, NO_DAY)
    today = _today(network, terms, as_of)
    hours = np.where(
        (told != NO_DAY) & (delivery != NO_DAY), (delivery - told) * _HOURS, 0
    )  # fmt: skip
    ground = _grounds(rows, terms, decided, today, hours)
    fallback = _among(ground, Ground.FALLBACK, Ground.NO_DELAY, Ground.NO_GUARANTEE)
    owed = _among(ground, *OWED)
    percent = np.where(fallback, terms.numbers("fallback_percent"), terms.numbers("refund_percent"))
    percent = np.where(owed, percent, 0)
    base = refund_base(terms, record)
    due = np.where(ground == GROUNDS.index(Ground.FOR_SENDER), decided + 1,
                   np.maximum(told + 1, stopped))  # fmt: skip
    columns: dict[str, Any] = {
        **{name: texts(rows, name) for name in ("item_key", "item_id", "origin", "destination")},
        "accepted_date": accepted,
        "ground": take_texts(tuple(GROUNDS), ground),
        "told_on": nullable(told, pa.int32()),
        "delivered_on": nullable(delivery, pa.int32()),
        "postage_minor": base,
        "percent": percent,
        "amount_minor": percent_of(base, percent),
        "currency": texts(record, "currency"),
        "remedy": terms.text("refund_remedy"),
        "mode": terms.text("refund_mode"),
        "due_from": nullable(np.where(owed & (told != NO_DAY), due, NO_DAY), pa.int32()),
        **_window_columns(network, terms, (accepted, told, delivery), fallback),
        "decided_on": nullable(
            np.where(_open(rows), decided, NO_DAY), pa.int32()
        ),
        "bearer": _bearer(rows, ground),
        "terms_source": _either(
            fallback, terms.source("fallback_percent"), terms.source("refund_percent")
        ),
    }  # fmt: skip
    return pa.table(
        {field.name: pa.array(columns[field.name]).cast(field.type) for field in ENTITLEMENTS},
        schema=ENTITLEMENTS,
    )


def _window_columns(
    network: Network, terms: SenderTerms, days: tuple[Ints, Ints, Ints], fallback: Mask
) -> dict[str, Any]:
    """The window in days and in moments; `days`: accepted, told, delivered."""
    start, until = _window(network, terms, *days, fallback)
    posts, post = terms.origins, terms.origin
    opens = moments_of(network, posts, post, start, np.zeros_like(start))
    closes = moments_of(network, posts, post, until, terms.numbers("claim_closes_hour"))
    return {
        "claimable_from": nullable(start, pa.int32()),
        "claimable_until": nullable(until, pa.int32()),
        "opens_at": nullable(opens, pa.int64()),
        "closes_at": nullable(closes, pa.int64()),
        "window_source": _either(
            fallback, terms.source("fallback_window"), terms.source("claim_window_days")
        ),
    }


GROUNDS = tuple(Ground)


def _among(ground: Ints, *some: Ground) -> Mask:
    return np.isin(ground, [GROUNDS.index(one) for one in some])


def _open(rows: pa.Table) -> Mask:
    return _is(rows, Outcome.PENDING, Outcome.UNDETERMINED)


def _grounds(rows: pa.Table, terms: SenderTerms, decided: Ints, today: Ints, hours: Ints) -> Ints:
    """The index of each item's ground in GROUNDS."""
    least = terms.numbers("fallback_delay_hours")
    waiting = _open(rows)
    plain = _is(rows, Outcome.NOT_GUARANTEED)
    ground = np.full(len(rows), GROUNDS.index(Ground.UNDECIDED), dtype=np.int64)
    for mask, one in (
        (_is(rows, Outcome.LATE_LIABLE), Ground.GUARANTEE),
        (_is(rows, Outcome.LOST), Ground.LOST),
        (_is(rows, Outcome.ON_TIME), Ground.ON_TIME),
        (_is(rows, Outcome.LATE_EXCUSED), Ground.EXCUSED),
        (waiting & (decided != NO_DAY) & (today > decided), Ground.FOR_SENDER),
        (plain, Ground.NO_DELAY),
        (plain & (least > 0) & (hours >= least), Ground.FALLBACK),
        (plain & (least == 0), Ground.NO_GUARANTEE),
    ):
        ground[mask] = GROUNDS.index(one)
    return ground


def _today(network: Network, terms: SenderTerms, as_of: int) -> Ints:
    """The local date of each row's origin post at a moment."""
    days = [day_at(network, post, as_of) for post in terms.origins]
    return np.array(days or [0], dtype=np.int64)[terms.origin]


def refund_base(terms: SenderTerms, record: pa.Table) -> Ints:
    """What the percentage is of: the postage paid, or the tariff before discounts where the terms
    say so."""
    by_tariff = terms.is_value("refund_base", "tariff")
    return np.where(by_tariff, _optional(record, "tariff_minor"), numbers(record, "postage_minor"))


def _window(
    network: Network, terms: SenderTerms, accepted: Ints, told: Ints, delivery: Ints,
    fallback: Mask,
) -> tuple[Ints, Ints]:  # fmt: skip
    """(first day, last day) on which a claim may be made; NO_DAY: not known."""
    bases = {"posting": accepted, "due": told, "delivery": delivery,
             "late": np.where(told == NO_DAY, NO_DAY, told + 1)}  # fmt: skip

    def base_of(term: str) -> Ints:
        base = np.full(len(accepted), NO_DAY, dtype=np.int64)
        for name, days in bases.items():
            base = np.where(terms.is_value(term, name), days, base)
        return base

    start = base_of("claim_opens_from")
    start = np.where(start == NO_DAY, NO_DAY, start + terms.numbers("claim_opens_days"))
    working = working_days(network)
    until = end_of_span(
        working, terms.origins, terms.origin, base_of("claim_window_from"),
        terms.numbers("claim_window_days"), terms.text("claim_window_counts"),
    )  # fmt: skip
    if fallback.any():
        number, counts = terms.spans("fallback_window")
        ordinary = end_of_span(working, terms.origins, terms.origin, accepted, number, counts)
        late = np.where(told == NO_DAY, NO_DAY, told + 1)
        start, until = np.where(fallback, late, start), np.where(fallback, ordinary, until)
    return start, until


def _bearer(rows: pa.Table, ground: Ints) -> pa.Array:
    """Who owed the scan that is missing: the destination once the item was scanned in there (the
    final scan is its to give), else the origin (nothing shows that it handed the item over)."""
    count = len(rows)
    if "inward_office" not in rows.column_names:
        return pa.nulls(count, pa.string())
    inside = pc.is_valid(texts(rows, "inward_office"))
    bearer = pc.if_else(inside, texts(rows, "destination"), texts(rows, "origin"))
    by_rule = pa.array(ground == GROUNDS.index(Ground.FOR_SENDER))
    return pc.if_else(by_rule, bearer, pa.scalar(None, pa.string()))


def _either(first: Mask, one: pa.StringArray, other: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pa.array(first), one, other)
