"""Refunds due to senders: what they are owed, by the mode of each lane (req 29, 31, 34, 36).

On an automatic lane the verdict pays; on a claim-driven one only what was granted to a claim is
owed. One refund per item.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import texts
from datecertain.claims.entitlements import ENTITLEMENTS, Ground, entitlements
from datecertain.findings import Finding
from datecertain.network import Network
from datecertain.network.claim_terms import RefundMode
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import Outcome

REFUNDS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),  # the post that pays
        must("destination", pa.string()),
        must("accepted_date", pa.int32()),
        must("ground", pa.string()),
        # The date told to the sender, which was missed; null: no date was (an ordinary remedy).
        pa.field("told_on", pa.int32()),
        must("postage_minor", pa.int64()),
        must("percent", pa.int64()),
        must("amount_minor", pa.int64()),  # half even, minor units of `currency`
        must("currency", pa.string()),
        must("remedy", pa.string()),  # money, credit or replacement
        must("mode", pa.string()),
        must("due_from", pa.int32()),  # first local date on which the refund is owed
        # Last local date for a claim; null: not known yet (no delivery, or past the calendar).
        pa.field("claimable_until", pa.int32()),
        # The post that bears it by rule, where nobody can say what became of the item.
        pa.field("bearer", pa.string()),
        must("terms_source", pa.string()),  # where the percentage is published
    ]
)


def refunds_due(
    network: Network, verdicts: pa.Table, items: pa.Table, granted: Iterable[str] = (),
    checked: pa.StringArray | None = None,
) -> tuple[pa.Table, list[Finding]]:  # fmt: skip
    """Refunds of items that are late and liable towards their sender (schema `REFUNDS`, ordered by
    lane and item key) and what was set aside.

    Those of automatic lanes, and of claim-driven ones the items (by key) to which a claim
    `granted` one. `due_from` is the day after the date told, or the day on which the clock stopped
    if that is later. See `entitlements` for the tables and what is raised.
    """
    late = pc.equal(verdicts["sender_outcome"], Outcome.LATE_LIABLE.value)
    if texts(verdicts, "item_key").equals(texts(items, "item_key")):  # row for row: nearly always
        items, checked = items.filter(late), None
    late = verdicts.filter(late)
    owed, findings = entitlements(network, late, items, 0, checked)
    due = pc.or_(
        pc.equal(owed["mode"], RefundMode.AUTOMATIC.value),
        pc.is_in(owed["item_key"], pa.array(list(granted), pa.string())),
    )
    return refund_rows(owed.filter(due)), findings


def refund_rows(owed: pa.Table) -> pa.Table:
    """Rows of `ENTITLEMENTS` on the ground of the guarantee as rows of `REFUNDS`."""
    assert set(REFUNDS.names) <= set(ENTITLEMENTS.names)
    rows = owed.filter(pc.equal(owed["ground"], Ground.GUARANTEE.value))
    return pa.table(
        {field.name: rows[field.name].cast(field.type) for field in REFUNDS}, schema=REFUNDS
    )
