"""Refunds that stand in the ledger and that no verdict alone would give (req 31, 33, 80): what was
granted to claims, decided for the sender, or paid as the ordinary remedy for delay; and what stays
paid although its verdict was superseded since. The settlement books them beside those that the
verdicts give; one refund per item.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.refunds import REFUNDS
from datecertain.findings import Finding, Severity

#: What of a refund its entries and who bears it follow from.
_BOOKED = ["item_key", "ground", "bearer", "amount_minor", "currency", "remedy"]


@dataclass(frozen=True)
class Granted:
    """`keys`: items of claim-driven lanes to which a claim was granted, and it stands; `rows`
    (schema `REFUNDS`): what stands of the ledger on any ground but a verdict of an automatic
    lane."""

    keys: tuple[str, ...] = ()
    rows: pa.Table = field(default_factory=REFUNDS.empty_table)

    @property
    def digest(self) -> str:
        """What the settlement rests on here; empty where there is nothing."""
        if not self.keys and not len(self.rows):
            return ""
        told = hashlib.sha256("|".join(self.keys).encode())
        for row in self.rows.select(_BOOKED).sort_by("item_key").to_pylist():
            told.update("|".join(str(row[name]) for name in _BOOKED).encode())
        return told.hexdigest()


#: Nothing was granted.
NOTHING = Granted()


def with_ledger(
    refunds: pa.Table, granted: Granted, verdicts: pa.Table
) -> tuple[pa.Table, list[Finding]]:
    """The refunds that verdicts give, with the remedy that a claim chose, and those of the ledger
    besides, in order of lane and item; a finding for each of an item that was never judged, which
    waits until it is."""
    refunds = _as_chosen(refunds, granted.rows)
    more = granted.rows.filter(
        pc.invert(pc.is_in(granted.rows["item_key"], refunds["item_key"].combine_chunks()))
    )
    if not len(more):
        return refunds, []
    judged = pc.is_in(more["item_key"], verdicts["item_key"].combine_chunks().cast(pa.string()))
    findings = [
        Finding(
            "refund-not-judged", Severity.WARNING, "refunds", "",
            "refunded, and never judged: booked when it is", item,
        )
        for item in more.filter(pc.invert(judged))["item_id"].to_pylist()
    ]  # fmt: skip
    order = [("origin", "ascending"), ("destination", "ascending"), ("item_key", "ascending")]
    together = pa.concat_tables([refunds, more.filter(judged)])
    return together.sort_by(order).combine_chunks(), findings


def _as_chosen(refunds: pa.Table, rows: pa.Table) -> pa.Table:
    """Refunds with the remedy that stands in the ledger, where the claimant had a choice."""
    if not len(rows):
        return refunds
    known = rows["item_key"].combine_chunks()
    place = pc.index_in(refunds["item_key"].combine_chunks(), value_set=known)
    chosen = pc.coalesce(rows["remedy"].combine_chunks().take(place), refunds["remedy"])
    at = refunds.schema.get_field_index("remedy")
    return refunds.set_column(at, refunds.schema.field(at), chosen)
