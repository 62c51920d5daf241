"""The ledger of refunds as the settlement of a month books it (req 44, 80)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import select

from datecertain.claims.entitlements import Ground
from datecertain.claims.refunds import REFUNDS
from datecertain.claims.windows import day_at
from datecertain.network import Network
from datecertain.operations.claim_rows import standing_refunds
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace
from datecertain.store.claim_records import refund_events, refunds


def granted_refunds(
    workspace: Workspace, network: Network, month: str, items: pa.Table | None = None
) -> Granted:
    """What stands of the refunds of a month's acceptances. Those that a verdict alone gives on an
    automatic lane are not in it: the settlement finds them by itself; but those are that were kept
    when it was superseded. `items`: acceptance records of the month, for the dates that were told.
    """
    kept = select(refund_events.c.item_key).where(refund_events.c.event == "kept")
    booked = (refunds.c.month == month) & (
        refunds.c.case_id.is_not(None)
        | (refunds.c.ground != Ground.GUARANTEE)
        | refunds.c.item_key.in_(kept)
    )
    with workspace.reading() as view:
        stands = standing_refunds(view.connection, booked)
        rows = view.connection.execute(select(refunds).where(booked)).mappings().all()
    rows = [row for row in rows if stands[row["item_key"]].amount_minor]
    keys = sorted(row["item_key"] for row in rows if row["case_id"] is not None)
    told = _told(items, {row["item_key"] for row in rows})
    made = [
        _row(network, row, stands[row["item_key"]].amount_minor,
             stands[row["item_key"]].ground, told.get(row["item_key"]))
        for row in sorted(rows, key=lambda row: str(row["item_key"]))
    ]  # fmt: skip
    return Granted(tuple(keys), pa.Table.from_pylist(made, schema=REFUNDS))


def _told(items: pa.Table | None, keys: set[str]) -> dict[str, int]:
    """The dates that were told of some items; the network's own, where none was."""
    if not keys or items is None:
        return {}
    names = [name for name in ("promised_on", "standard_on") if name in items.column_names]
    rows = zip(items["item_key"].to_pylist(), *(items[one].to_pylist() for one in names),
               strict=True)  # fmt: skip
    found = {key: next((day for day in days if day is not None), None)
             for key, *days in rows if key in keys}  # fmt: skip
    return {key: day for key, day in found.items() if day is not None}


def _row(
    network: Network, row: Any, amount: int, ground: str, told_on: int | None
) -> dict[str, Any]:
    names = (
        "item_key", "item_id", "origin", "destination", "accepted_date", "postage_minor", "percent",
        "currency", "remedy", "mode", "bearer", "terms_source",
    )  # fmt: skip
    return {name: row[name] for name in names} | {
        "amount_minor": amount, "ground": ground, "told_on": told_on, "claimable_until": None,
        "due_from": day_at(network, row["origin"], row["granted_at"]),
    }  # fmt: skip
