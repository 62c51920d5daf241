"""What a claim is answered from: the item's acceptance record, its current verdict, what is owed.

Many items are looked up together, one by its place in the files; both run the same rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import texts
from datecertain.claims.entitlements import entitlements
from datecertain.findings import Finding
from datecertain.network import Network
from datecertain.operations.evidence import current_items, event_months, item_rows
from datecertain.operations.judging import current_verdicts, standing_verdicts
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome

#: Columns of a verdict that decide a claim.
VERDICT_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "accepted_date", "inward_office",
    "stopped_on", "delivered_on", "sender_outcome", "batch_id",
)  # fmt: skip
#: Columns of an acceptance record that decide a claim.
RECORD_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "accepted_at", "accepted_date", "month",
    "postage_minor", "tariff_minor", "currency", "promised_on", "standard_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """An item as a claim sees it. `row`: its row of `ENTITLEMENTS`, None where its record cannot be
    used (`trouble` says why); `verdict_batch`: the batch of its verdict, empty before the first."""

    record: Mapping[str, Any]
    row: Mapping[str, Any] | None
    verdict_batch: str
    trouble: str = ""


def look_up(
    workspace: Workspace, network: Network, numbers: Collection[str], as_of: int
) -> dict[str, list[Found]]:
    """Item number → its acceptances in order of time, as of a moment; unknown numbers are not
    there. An item that was not judged yet is pending."""
    items = _records(workspace, numbers)
    if not len(items):
        return {}
    verdicts = _verdicts(workspace, items)
    rows, findings = entitlements(network, verdicts, items, as_of)
    owed = {row["item_key"]: row for row in rows.to_pylist()}
    batches = dict(
        zip(verdicts["item_key"].to_pylist(), verdicts["batch_id"].to_pylist(), strict=True)
    )
    trouble = {finding.item: finding.detail for finding in findings}
    found: dict[str, list[Found]] = {}
    for record in items.sort_by("accepted_at").to_pylist():
        key = record["item_key"]
        told = "" if key in owed else trouble.get(record["item_id"], "no usable record")
        found.setdefault(record["item_id"], []).append(
            Found(record, owed.get(key), batches[key], told)
        )
    return found


def _records(workspace: Workspace, numbers: Collection[str]) -> pa.Table:
    if len(numbers) == 1:
        return current_items(workspace, None, next(iter(numbers)), columns=RECORD_COLUMNS)
    wanted = pa.array(sorted(set(numbers)), pa.string())
    return current_items(workspace, None, columns=RECORD_COLUMNS, numbers=wanted)


def _verdicts(workspace: Workspace, items: pa.Table) -> pa.Table:
    """The current verdict of each item; a pending one where there is none."""
    months = sorted(set(items["month"].to_pylist()))
    if len(items) == 1:
        rows = item_rows(
            workspace, VERDICTS_TABLE, items["item_id"][0].as_py(), months, VERDICT_COLUMNS
        )
        rows = rows.filter(pc.equal(rows["item_key"], items["item_key"][0]))
        rows = standing_verdicts(workspace, rows) if len(rows) > 1 else rows
    else:
        rows = current_verdicts(workspace, months, keys=items["item_key"])
    rows = rows.select(VERDICT_COLUMNS)
    missing = pc.invert(pc.is_in(items["item_key"], texts(rows, "item_key")))
    waiting = items.filter(missing)
    if not len(waiting):
        return rows
    given = {
        "sender_outcome": pa.repeat(Outcome.PENDING.value, len(waiting)),
        "batch_id": pa.repeat("", len(waiting)),
    }
    columns = [
        waiting[name] if name in waiting.column_names
        else given.get(name, pa.nulls(len(waiting), rows.schema.field(name).type))
        for name in VERDICT_COLUMNS
    ]  # fmt: skip
    pending = pa.table(columns, names=list(VERDICT_COLUMNS)).cast(
        pa.schema([rows.schema.field(name).with_nullable(True) for name in VERDICT_COLUMNS])
    )
    return pa.concat_tables([rows.cast(pending.schema), pending])


def month_entitlements(
    workspace: Workspace, network: Network, month: str, unit: Collection[int], as_of: int,
    outcomes: Collection[Outcome], also: Collection[str] = (), origin: str = "",
) -> tuple[pa.Table, list[Finding]]:  # fmt: skip
    """(what is owed of the items of a month in some buckets whose verdict towards the sender is one
    of these, and of some by their keys, with `verdict_batch`; findings); of those that a post
    accepted, where `origin` names one."""
    verdicts = current_verdicts(workspace, [month], list(unit)).select(VERDICT_COLUMNS)
    if origin:
        verdicts = verdicts.filter(pc.equal(verdicts["origin"], origin))
    wanted = pc.is_in(verdicts["sender_outcome"], pa.array([str(one) for one in outcomes]))
    if also:
        named = pc.is_in(verdicts["item_key"], pa.array(list(also), pa.string()))
        wanted = pc.or_(wanted, named)
    verdicts = verdicts.filter(wanted)
    items = current_items(workspace, list(unit), columns=RECORD_COLUMNS, months=event_months(month))
    items = items.filter(pc.is_in(items["item_key"], texts(verdicts, "item_key")))
    rows, findings = entitlements(network, verdicts, items, as_of)
    place = pc.index_in(rows["item_key"], texts(verdicts, "item_key"))
    rows = rows.append_column("verdict_batch", verdicts["batch_id"].take(place))
    return rows, findings
