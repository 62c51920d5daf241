"""Journal entries from what was settled: refunds, recourse, pay for performance.

Entries are columns: n entries of one shape, each with the same k lines. `journal` says what the
accounts mean and books them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims import Ground
from datecertain.claims.columns import codes, numbers, take_texts, texts
from datecertain.moments import Ints
from datecertain.settlement.charges import Charge
from datecertain.settlement.interest import LateInterest
from datecertain.settlement.money import SDR
from datecertain.settlement.performance import PerformanceLine
from datecertain.settlement.periods import Period
from datecertain.settlement.reasons import Kind, Reason
from datecertain.tracking.events import audience

SENDERS = "senders"
RECEIVABLE, PAYABLE = "posts.receivable", "posts.payable"
_OWED = (RECEIVABLE, PAYABLE)
#: (income of the creditor, expense of the debtor) of what posts charge each other.
BETWEEN_POSTS = {
    Kind.RECOURSE: ("recourse.recovered", "recourse.borne"),
    Kind.PERFORMANCE: ("performance.earned", "performance.paid"),
    Kind.CHARGE: ("charges.earned", "charges.paid"),
    Kind.INTEREST: ("interest.earned", "interest.paid"),
}


@dataclass(frozen=True, slots=True)
class Lines:
    """One line of each of n entries."""

    owner: pa.StringArray
    counterparty: pa.StringArray
    account: pa.StringArray
    currency: pa.StringArray
    amount: Ints


@dataclass(frozen=True, slots=True)
class Entries:
    """n entries of the same number of lines, as columns of length n."""

    reason: pa.StringArray
    audience: pa.StringArray  # a pair of posts, or one post alone
    value_on: Ints
    item_id: pa.StringArray  # null: the entry is not about one item
    item_key: pa.StringArray
    lines: tuple[Lines, ...]
    #: What the id covers besides: tells apart corrections that say the same but follow another
    #: state of the books.
    after: pa.StringArray | None = None


def refund_entries(refunds: pa.Table) -> Entries:
    """The origin's expense against what it owes its sender (rows of `REFUNDS`), in its currency."""
    due = refunds.filter(pc.greater(refunds["amount_minor"], 0))
    post, remedy, currency = (texts(due, name) for name in ("origin", "remedy", "currency"))
    amount, senders = numbers(due, "amount_minor"), pa.repeat(SENDERS, len(due))
    payable = pc.binary_join_element_wise("senders.payable", remedy, ".")
    return Entries(
        pc.binary_join_element_wise(_refund_kinds(due), remedy, "."), post,
        numbers(due, "accepted_date"), texts(due, "item_id"), texts(due, "item_key"),
        (
            Lines(post, senders, pa.repeat("refunds.expense", len(due)), currency, amount),
            Lines(post, senders, payable, currency, -amount),
        ),
    )  # fmt: skip


def _refund_kinds(refunds: pa.Table) -> pa.StringArray:
    """The kind of each refund's entry, by its ground: those of the guarantee are plain refunds."""
    ground = texts(refunds, "ground")
    plain = pc.equal(ground, Ground.GUARANTEE.value)
    return pc.if_else(plain, Kind.REFUND.value, ground)


def recourse_entries(recourse: pa.Table) -> Entries:
    """One entry for each part that another post than the origin bears (rows of `RECOURSE`)."""
    part = recourse.filter(pc.not_equal(recourse["bearer"], recourse["origin"]))
    reason = pc.binary_join_element_wise(Kind.RECOURSE.value, texts(part, "part"), ".")
    return _charges(
        Kind.RECOURSE, reason, texts(part, "origin"), texts(part, "bearer"),
        numbers(part, "amount_usdr"), numbers(part, "value_on"), texts(part, "item_id"),
        texts(part, "item_key"),
    )  # fmt: skip


def performance_entries(lines: Sequence[PerformanceLine], period: Period) -> Entries:
    """One entry for each relation on which something was earned."""
    paid = [line for line in lines if line.amount_usdr]
    none = pa.nulls(len(paid), pa.string())
    return _charges(
        Kind.PERFORMANCE,
        pa.array([Reason(Kind.PERFORMANCE, line.relation).text for line in paid], pa.string()),
        pa.array([line.destination for line in paid], pa.string()),
        pa.array([line.origin for line in paid], pa.string()),
        np.array([line.amount_usdr for line in paid], dtype=np.int64),
        np.full(len(paid), period.last_day, dtype=np.int64), none, none,
    )  # fmt: skip


def charge_entries(charges: Sequence[Charge], period: Period) -> Entries:
    """One entry for each charge."""
    none = pa.nulls(len(charges), pa.string())
    return _charges(
        Kind.CHARGE,
        pa.array([Reason(Kind.CHARGE, charge.detail).text for charge in charges], pa.string()),
        pa.array([charge.creditor for charge in charges], pa.string()),
        pa.array([charge.debtor for charge in charges], pa.string()),
        np.array([charge.amount_usdr for charge in charges], dtype=np.int64),
        np.full(len(charges), period.last_day, dtype=np.int64), none, none,
    )  # fmt: skip


def interest_entries(found: Sequence[LateInterest], period: Period) -> Entries:
    """One entry for each payment that was late in the period."""
    none = pa.nulls(len(found), pa.string())
    return _charges(
        Kind.INTEREST,
        pa.array([Reason(Kind.INTEREST, one.detail).text for one in found], pa.string()),
        pa.array([one.owed.payee for one in found], pa.string()),
        pa.array([one.owed.payer for one in found], pa.string()),
        np.array([one.amount_usdr for one in found], dtype=np.int64),
        np.full(len(found), period.last_day, dtype=np.int64), none, none,
    )  # fmt: skip


def _charges(
    kind: Kind, reason: pa.StringArray, creditor: pa.StringArray, debtor: pa.StringArray,
    amount: Ints, value_on: Ints, item_id: pa.StringArray, item_key: pa.StringArray,
) -> Entries:  # fmt: skip
    """What one post owes another, in both their books."""
    names = {name: pa.repeat(name, len(amount)) for name in (*BETWEEN_POSTS[kind], *_OWED, SDR)}
    income, expense = BETWEEN_POSTS[kind]
    return Entries(
        reason, _pairs(creditor, debtor), value_on, item_id, item_key,
        (
            Lines(creditor, debtor, names[RECEIVABLE], names[SDR], amount),
            Lines(creditor, debtor, names[income], names[SDR], -amount),
            Lines(debtor, creditor, names[expense], names[SDR], amount),
            Lines(debtor, creditor, names[PAYABLE], names[SDR], -amount),
        ),
    )  # fmt: skip


def _pairs(one: pa.StringArray, other: pa.StringArray) -> pa.StringArray:
    """The audience of each pair of posts."""
    (ones, i), (others, j) = codes(one), codes(other)
    pairs = tuple(audience(first, second) for first in ones for second in others)
    return take_texts(pairs, i * len(others) + j)
