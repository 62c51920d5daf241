"""The journal: what each post books, in entries whose lines sum to zero (req 44, 48).

Amounts are integers: debit positive, credit negative; minor units of a national currency, or
micro-SDR under the currency name `SDR`. Every line belongs to one post's books (`owner`) and the
lines of an entry sum to zero *per owner and currency*, so that a post that sees only its own lines
still sees books that balance. Accounts, all of the owner's:

    refunds.expense          postage given back to senders            counterparty `senders`
    senders.payable.money    owed to senders, to be paid out
    senders.payable.credit   owed to senders as a credit
    posts.receivable         owed by the counterparty post            counterparty: that post
    posts.payable            owed to the counterparty post
    recourse.recovered       refunds charged on, income of the origin
    recourse.borne           refunds charged by the origin, expense of the destination
    performance.paid         expense of the origin
    performance.earned       income of the destination
    charges.paid             expense of who owes a charge per item
    charges.earned           income of who is owed it
    senders.accrued          what open items may cost, at a month's end
    contested.expense        what contested amounts may cost who is owed them, against
    contested.provision
    interest.paid            expense of who pays late
    interest.earned          income of who waited

Nothing is edited: a correction is an entry of its own (`adjustments`). An entry's id is a hash of
all that it says except when it was booked, so posting the same twice gives the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers, refuse_doubles, texts
from datecertain.errors import InvariantBroken
from datecertain.settlement.entries import PAYABLE, RECEIVABLE, Entries
from datecertain.settlement.periods import Period
from datecertain.settlement.reasons import Reason
from datecertain.tracking.events import must

#: The columns of the store's journal table that the domain decides; the store adds its own
#: (sequence, batch, chain of digests).
JOURNAL = pa.schema(
    [
        must("entry_id", pa.string()),
        must("line", pa.int32()),
        must("booked_at", pa.int64()),
        must("value_on", pa.int32()),
        must("account", pa.string()),
        must("counterparty", pa.string()),
        must("owner", pa.string()),
        must("audience", pa.string()),
        must("currency", pa.string()),
        must("amount", pa.int64()),
        pa.field("item_id", pa.string()),
        pa.field("item_key", pa.string()),
        must("reason", pa.string()),
        must("period", pa.string()),
    ]
)


def posted(batches: Iterable[Entries], period: Period, booked_at: int) -> pa.Table:
    """The entries as journal lines of a period (schema `JOURNAL`), ordered by entry id.

    An entry's id is 32 hex digits of SHA-256 over all that it says except `booked_at`. Raises
    `InvariantBroken` when entries do not balance or the same stands twice.
    """
    tables = [_lines_of(entries, period, booked_at) for entries in batches if len(entries.reason)]
    journal = pa.concat_tables([JOURNAL.empty_table(), *tables]).sort_by(
        [("entry_id", "ascending"), ("line", "ascending")]
    )
    first = pc.equal(journal["line"], 1)
    refuse_doubles(texts(journal.filter(first), "entry_id"), "journal entries")
    check_balanced(journal)
    return journal


def _lines_of(entries: Entries, period: Period, booked_at: int) -> pa.Table:
    count, width = len(entries.reason), len(entries.lines)
    ids = _entry_ids(entries, period)

    def of_lines(name: str) -> pa.Array:
        return pa.concat_arrays([getattr(line, name) for line in entries.lines])

    def of_entries(column: pa.Array) -> pa.Array:
        return pa.concat_arrays([column] * width)

    columns = {
        "entry_id": of_entries(ids),
        "line": np.repeat(np.arange(1, width + 1, dtype=np.int32), count),
        "booked_at": np.full(count * width, booked_at, dtype=np.int64),
        "value_on": np.tile(entries.value_on.astype(np.int32), width),
        "account": of_lines("account"),
        "counterparty": of_lines("counterparty"),
        "owner": of_lines("owner"),
        "audience": of_entries(entries.audience),
        "currency": of_lines("currency"),
        "amount": np.concatenate([line.amount for line in entries.lines]),
        "item_id": of_entries(entries.item_id),
        "item_key": of_entries(entries.item_key),
        "reason": of_entries(entries.reason),
        "period": pa.repeat(period.name, count * width),
    }
    return pa.table(columns, schema=JOURNAL)


def _entry_ids(entries: Entries, period: Period) -> pa.StringArray:
    said = [
        entries.reason,
        pc.fill_null(entries.item_key, ""),
        pa.repeat(period.name, len(entries.reason)),
        pa.array(entries.value_on).cast(pa.string()),
    ]
    for line in entries.lines:
        amount = pa.array(line.amount).cast(pa.string())
        said += [line.owner, line.counterparty, line.account, line.currency, amount]
    if entries.after is not None:
        said.append(entries.after)
    joined = pc.binary_join_element_wise(*said, "|")
    return pa.array(
        [hashlib.sha256(text.encode()).hexdigest()[:32] for text in joined.to_pylist()],
        pa.string(),
    )


def check_balanced(journal: pa.Table) -> None:
    """Raises `InvariantBroken` unless every entry sums to zero per owner and currency."""
    sums = journal.group_by(["entry_id", "owner", "currency"]).aggregate([("amount", "sum")])
    wrong = sums.filter(pc.not_equal(sums["amount_sum"], 0))
    if len(wrong):
        row = wrong.slice(0, 1).to_pylist()[0]
        raise InvariantBroken(
            f"journal: {len(wrong)} entries do not sum to zero; {row['entry_id']} leaves "
            f"{row['amount_sum']} {row['currency']} in the books of {row['owner']}"
        )


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of one post's books."""

    owner: str
    counterparty: str
    account: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry as a view reads it."""

    entry_id: str
    reason: Reason
    period: str
    audience: str
    value_on: int
    item_id: str | None
    item_key: str | None
    lines: tuple[JournalLine, ...]


def entries_of(journal: pa.Table) -> tuple[JournalEntry, ...]:
    """The entries of journal lines, in order of their ids: for views of few."""
    rows = sorted(journal.to_pylist(), key=lambda row: (row["entry_id"], row["line"]))
    return tuple(
        _entry_of(list(group)) for _, group in groupby(rows, key=lambda row: row["entry_id"])
    )


def _entry_of(rows: Sequence[dict[str, Any]]) -> JournalEntry:
    names = ("owner", "counterparty", "account", "currency", "amount")
    lines = tuple(JournalLine(**{name: row[name] for name in names}) for row in rows)
    first = rows[0]
    return JournalEntry(
        first["entry_id"], Reason.of(first["reason"]), first["period"], first["audience"],
        first["value_on"], first["item_id"], first["item_key"], lines,
    )  # fmt: skip


def owed_between(journal: pa.Table) -> pa.Table:
    """What posts owe each other, one row per entry: `reason`, `creditor`, `debtor`, `amount_usdr`
    (positive), `item_id`, `item_key`.

    Read from the creditor's receivable or, when a charge is taken back, from the debtor's payable;
    both say the same.
    """
    account, amount = texts(journal, "account"), numbers(journal, "amount")
    between = pc.is_in(account, value_set=pa.array([RECEIVABLE, PAYABLE]))
    rows = journal.filter(
        pa.array(np.asarray(between.to_numpy(zero_copy_only=False)) & (amount > 0))
    )
    names = {"reason": "reason", "owner": "creditor", "counterparty": "debtor",
             "amount": "amount_usdr", "item_id": "item_id", "item_key": "item_key"}  # fmt: skip
    return rows.select(list(names)).rename_columns(list(names.values()))
