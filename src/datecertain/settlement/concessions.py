"""What was conceded in a dispute, taken out of what a closed month would come to.

The next month that is settled then books the difference, like any other correction (req 46, 77).
What is conceded of a line with an entry per item are those items' entries, of any other line its
amount, or the part of it that the item carried. A conceded correction of an earlier month is not
touched: what that month comes to is for its verdicts to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers
from datecertain.settlement.life import Act, Dispute
from datecertain.settlement.reasons import Kind
from datecertain.settlement.statements import Statement, items_behind
from datecertain.tracking.events import audience


@dataclass(frozen=True, slots=True)
class Concession:
    """What a post conceded of a line: the whole of it, or an item."""

    reason: str
    audience: str
    creditor: str
    item_keys: tuple[str, ...]  # of lines with an entry per item; else empty
    amount_usdr: int


def concession_of(statement: Statement, dispute: Dispute) -> Concession | None:
    """What a dispute concedes; None while it does not, or where it is about a correction."""
    line = statement.lines[dispute.line - 1]
    if dispute.state not in (Act.CONCEDED, Act.CORRECTED) or line.reason.settled:
        return None
    keys: tuple[str, ...] = ()
    if line.reason.kind is Kind.RECOURSE:
        rows = items_behind(statement, dispute.line)
        if dispute.item:
            rows = rows.filter(pc.equal(rows["item_id"], dispute.item))
        keys = tuple(rows["item_key"].to_pylist())
    return Concession(
        line.reason.text, audience(statement.one, statement.other), line.creditor, keys,
        dispute.amount_usdr,
    )  # fmt: skip


def without(journal: pa.Table, conceded: Sequence[Concession]) -> pa.Table:
    """The lines of a month as they would be without what was conceded (schema `JOURNAL`)."""
    for one in conceded:
        about = pc.and_(
            pc.equal(journal["reason"], one.reason), pc.equal(journal["audience"], one.audience)
        )
        if one.item_keys:
            keys = pa.array(one.item_keys, pa.string())
            of_items = pc.fill_null(pc.is_in(journal["item_key"], value_set=keys), False)
            journal = journal.filter(pc.invert(pc.and_(about, of_items)))
            continue
        about = pc.and_(about, _entries_owed_to(journal, one.creditor))
        amount = numbers(journal, "amount")
        there = np.asarray(about.to_numpy(), dtype=bool)
        less = np.sign(amount) * np.minimum(np.abs(amount), one.amount_usdr)
        place = journal.column_names.index("amount")
        left = pa.array(amount - np.where(there, less, 0))
        journal = journal.set_column(place, journal.schema.field(place), left)
    return journal.filter(pc.not_equal(journal["amount"], 0))


def _entries_owed_to(journal: pa.Table, creditor: str) -> pa.ChunkedArray:
    """Which lines are of an entry by which a post is owed: it has a receivable in its books."""
    owed = pc.and_(
        pc.and_(pc.equal(journal["owner"], creditor), pc.greater(journal["amount"], 0)),
        pc.equal(journal["account"], "posts.receivable"),
    )
    return pc.is_in(journal["entry_id"], value_set=journal.filter(owed)["entry_id"])
