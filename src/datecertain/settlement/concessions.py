"""What was conceded in a dispute, taken out of what a closed month would come to.

The next month that is settled then books the difference, as a correction that says so (req 46, 77).
What is conceded of a line with an entry per item are those items: nothing is owed for them in that
direction beyond what was owed before the line. Of any other line it is the line's amount, or what
the item carries. A line may itself be a correction of an earlier month: that month is then what
comes out otherwise, and what it came to before that correction holds.

However the verdicts change later, what they take back by themselves is not taken back twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers
from datecertain.settlement.adjustments import as_own, concerning
from datecertain.settlement.entries import PAYABLE, RECEIVABLE
from datecertain.settlement.journal import JOURNAL
from datecertain.settlement.life import Act, Dispute
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.settling import Settlement
from datecertain.settlement.statements import Rated, Statement, items_behind
from datecertain.tracking.events import audience


@dataclass(frozen=True, slots=True)
class Concession:
    """What a post conceded of a line: the whole of it, or an item."""

    stated_in: str  # the period of the statement
    reason: Reason
    audience: str
    creditor: str
    item_keys: tuple[str, ...]  # of lines with an entry per item; of others the item, if it is one
    amount_usdr: int
    corrected: bool  # it stands corrected in the books

    @property
    def of(self) -> str:
        """The period that comes out otherwise by it."""
        return self.reason.settled or self.stated_in


def concession_of(statement: Statement, dispute: Dispute) -> Concession | None:
    """What a dispute concedes; None while it does not."""
    if dispute.state not in (Act.CONCEDED, Act.CORRECTED):
        return None
    line = statement.lines[dispute.line - 1]
    keys: tuple[str, ...] = ()
    if line.reason.kind is Kind.RECOURSE or dispute.item:
        rows = items_behind(statement, dispute.line)
        if dispute.item:
            rows = rows.filter(pc.equal(rows["item_id"], dispute.item))
        keys = tuple(rows["item_key"].to_pylist())
    return Concession(
        statement.period, line.reason, audience(statement.one, statement.other), line.creditor,
        keys, dispute.amount_usdr, dispute.state is Act.CORRECTED,
    )  # fmt: skip


def without(month: Settlement, conceded: Sequence[Concession], books: pa.Table) -> Settlement:
    """A closed month as it would come out without what was conceded of it.

    `month`: settled again on what is known now; `books`: the journal lines that concern it so far.
    """
    own = as_own(concerning(books, month.period))
    journal = month.journal
    for one in sorted(conceded, key=lambda each: each.stated_in):
        before = own.filter(pc.less(own["period"], one.stated_in))
        if one.reason.kind is Kind.RECOURSE:
            journal = _items_as_before(journal, before, one)
        else:
            journal = _less(journal, before, own, one, month.rated)
    return replace(month, journal=journal)


def _items_as_before(journal: pa.Table, before: pa.Table, one: Concession) -> pa.Table:
    """The items of a concession as they stood before its line, where more is owed for them now."""
    there, stood = (_about_items(lines, one) for lines in (journal, before))
    now, then = _owed_by_item(there, one.creditor), _owed_by_item(stood, one.creditor)
    more = [key for key in one.item_keys if now.get(key, 0) > then.get(key, 0)]
    keys = pa.array(more, pa.string())
    kept = pc.invert(pc.and_(_about(journal, one), _among(journal, keys)))
    return pa.concat_tables([journal.filter(kept), _of(stood.filter(_among(stood, keys)), one.of)])


def _about(lines: pa.Table, one: Concession) -> pa.ChunkedArray:
    return pc.and_(
        pc.equal(lines["reason"], one.reason.plain), pc.equal(lines["audience"], one.audience)
    )


def _among(lines: pa.Table, keys: pa.Array) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(lines["item_key"], value_set=keys), False)


def _about_items(lines: pa.Table, one: Concession) -> pa.Table:
    keys = pa.array(one.item_keys, pa.string())
    return lines.filter(pc.and_(_about(lines, one), _among(lines, keys)))


def _between(lines: pa.Table, creditor: str) -> pa.Table:
    """Lines of a post's books that say what it is owed by the other, and owes it."""
    accounts = pa.array([RECEIVABLE, PAYABLE])
    mine = pc.equal(lines["owner"], creditor)
    return lines.filter(pc.and_(mine, pc.is_in(lines["account"], value_set=accounts)))


def _owed_by_item(lines: pa.Table, creditor: str) -> dict[str, int]:
    sums = _between(lines, creditor).group_by("item_key").aggregate([("amount", "sum")])
    return dict(zip(sums["item_key"].to_pylist(), sums["amount_sum"].to_pylist(), strict=True))


def _of(lines: pa.Table, period: str) -> pa.Table:
    """The lines as lines of a period."""
    place = lines.schema.get_field_index("period")
    named = pa.array([period] * len(lines), pa.string())
    return lines.set_column(place, JOURNAL.field("period"), named).cast(JOURNAL)


def _less(
    journal: pa.Table, before: pa.Table, own: pa.Table, one: Concession, rated: Rated
) -> pa.Table:
    """Less by what was conceded, but no less than there was before the line."""
    now, then = (
        int(numbers(_between(lines.filter(_about(lines, one)), one.creditor), "amount").sum())
        for lines in (journal, before)
    )
    less = min(_carried(rated, one), now - then)
    if less <= 0:
        return journal
    booked = own.filter(pc.and_(_about(own, one), pc.equal(own["period"], one.stated_in)))
    owed = _between(booked, one.creditor)
    entry = owed.filter(pc.greater(owed["amount"], 0))["entry_id"][0]
    return pa.concat_tables(
        [journal, _at(booked.filter(pc.equal(booked["entry_id"], entry)), -less, one.of)]
    )


def _carried(rated: Rated, one: Concession) -> int:
    """What is conceded: the amount, or what the item carries now."""
    if not one.item_keys:
        return one.amount_usdr
    items = rated.behind(one.reason, one.creditor)
    items = items.filter(_among(items, pa.array(one.item_keys, pa.string())))
    return sum(items["amount_usdr"].to_pylist())


def _at(entry: pa.Table, amount: int, period: str) -> pa.Table:
    """The lines of an entry with another amount, as lines of a period."""
    signs = pc.sign(entry["amount"])
    place = entry.schema.get_field_index("amount")
    amounts = pc.multiply(signs, amount).cast(pa.int64())
    return _of(entry.set_column(place, JOURNAL.field("amount"), amounts), period)
