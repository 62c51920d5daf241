"""Receptacles, items in them, flights, carriers' statuses and what items are, on their way into a
commit, when they come (`ingesting`) and when they are read again (`replaying`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages import InterchangeSummary, ReadResult
from datecertain.messages.attributes import in_integers
from datecertain.messages.transport import SCHEMAS
from datecertain.network import Network
from datecertain.operations.quarantine import told_row
from datecertain.store import Commit, Workspace
from datecertain.tracking.transport_facts import (
    RAW_TRANSPORT,
    TransportFacts,
    called,
    transport_facts,
)

#: The same thing told in the same place of the same interchange, whichever file brought it.
_SAID = ("sender", "recipient", "interchange", "transmitted_date", "message", "segment")
_SAME: Mapping[str, tuple[str, ...]] = {
    "receptacles": ("receptacle", "kind", "check", *_SAID),
    "contained": ("item_id", "receptacle", "kind", *_SAID),
    "legs": ("consignment", "receptacle", "basis", "leg", "flight", *_SAID),
    "carrier_events": ("code", "receptacle", "consignment", "place", "flight", *_SAID),
    "item_attributes": ("item_id", *_SAID),
}


@dataclass(frozen=True, slots=True)
class RowAside:
    """A row that is set aside: its file, place, reason, itself as text, its item and sender."""

    file: str
    position: str
    code: str
    raw: bytes
    item: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What can be used, and what cannot. `rows` are, by table, the numbers of the raw rows that
    the facts come from."""

    facts: TransportFacts
    aside: list[RowAside]
    rows: Mapping[str, list[int]]


def transport_of(
    read: ReadResult, summaries: Sequence[InterchangeSummary], used: frozenset[int]
) -> dict[str, pa.Table]:
    """The rows of the interchanges that count, by table, with the file of each (RAW_TRANSPORT)."""
    numbers = pa.array([one.index for one in summaries], pa.int32())
    files = pa.array([one.source for one in summaries], pa.string())
    counted = pa.array(sorted(used), pa.int32())
    told = {name: getattr(read.transport, name) for name in SCHEMAS}
    told["item_attributes"] = in_integers(read.item_attributes)
    tables = {}
    for name, rows in told.items():
        some = rows.filter(pc.is_in(rows["interchange_index"], counted))
        if len(some):
            owner = pc.index_in(some["interchange_index"], numbers)
            tables[name] = some.append_column(RAW_TRANSPORT[name].field("file"), files.take(owner))
    return tables


def take(told: Mapping[str, pa.Table], network: Network, received_at: int) -> Taken:
    """The facts in rows as read, and what is set aside of them."""
    facts = transport_facts(told, network, received_at)
    wrong: dict[str, set[int]] = {name: set() for name in told}
    aside = []
    for one in facts.set_aside:
        wrong[one.table].add(one.row)
        row = told[one.table].slice(one.row, 1).to_pylist()[0]
        aside.append(
            RowAside(
                row["file"], f"byte {row['byte_offset']}, {called(one.table, row)}", one.code,
                json.dumps({"table": one.table} | row, sort_keys=True).encode(),
                row.get("item_id"), row["sender"],
            )
        )  # fmt: skip
    rows = {
        name: [row for row in range(len(table)) if row not in wrong[name]]
        for name, table in told.items()
    }
    return Taken(facts, aside, rows)


def row_set_aside(raw: bytes) -> tuple[str, dict[str, Any]] | None:
    """Table and row of what was set aside as such; None for other bytes."""
    row = told_row(raw)
    if row is None:
        return None
    name = str(row.pop("table", ""))
    whole = name in RAW_TRANSPORT and set(row) == set(RAW_TRANSPORT[name].names)
    return (name, row) if whole else None


def append(commit: Commit, tables: Mapping[str, pa.Table]) -> None:
    """Add the facts to a commit."""
    for name, rows in tables.items():
        if len(rows):
            batch = pa.repeat(commit.batch_id, len(rows))
            commit.append(name, rows.append_column("batch_id", batch))


def not_stored(workspace: Workspace, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Those of the facts that are not stored yet, each once: another file, or the interchange
    sent again whole, may have told them."""
    fresh = {}
    for name, rows in tables.items():
        if not len(rows):
            continue
        stored = workspace.facts(name).arrow(
            list(_SAME[name]), pc.is_in(pc.field("interchange"), pc.unique(rows["interchange"])),
            months=set(rows["month"].to_pylist()), buckets=set(rows["bucket"].to_pylist()),
        )  # fmt: skip
        seen = set(_keys(name, stored))
        kept = []
        for row, key in enumerate(_keys(name, rows)):
            if key not in seen:
                seen.add(key)
                kept.append(row)
        fresh[name] = rows.take(pa.array(kept, pa.int64()))
    return fresh


def _keys(name: str, rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[column].to_pylist() for column in _SAME[name]), strict=True)
