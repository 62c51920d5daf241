"""Judging on Spark: the same search for milestones and the same pure rule per item as without it,
batch by batch (design: two engines, one rule).

Acceptance records, episodes and scans are joined on Spark; each item then goes with the list of its
scans through the rule, batch by batch, wherever it lies. The verdicts come to the driver, which
writes them as always: one commit point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import NEVER, UNKNOWN
from datecertain.network import Network
from datecertain.operations.evidence import (
    JUDGED_COLUMNS,
    RECORD_ORDER,
    current_items,
    event_months,
    inquired_by,
    known_cases,
    read_milestones,
    scan_search,
    to_judge,
)
from datecertain.operations.inquired import asked_for, with_inquiries
from datecertain.operations.movements import MOVEMENT_COLUMNS, movement_rows, proven_by
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, TRANSPORT_TABLES
from datecertain.promise.acceptance import ITEMS
from datecertain.store import Workspace
from datecertain.store.spark import (
    connect_spark,
    mapped,
    spark_facts,
    spark_table,
    with_rows_of,
)
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.events import EVENTS
from datecertain.tracking.milestones import EVENT_COLUMNS, episode_events
from datecertain.tracking.nesting import INHERITED
from datecertain.verdict.after_inquiry import in_force
from datecertain.verdict.judging import JUDGED, judge
from datecertain.verdict.rules import CURRENT, Rules

_SCANS, _MOVEMENTS = "scans", "movements"
_NO_MOVEMENTS = pa.schema(
    [
        pa.field("item_key", pa.string()),
        *(INHERITED.field(name).with_nullable(True) for name in MOVEMENT_COLUMNS),
    ]
).empty_table()
#: What the scans of an item are found by.
_OF_EPISODE = ("item_id", "origin", "destination", "accepted_at", "next_at")
#: What the search is told of a scan whose item is known.
_OF_EVENT = tuple(name for name in EVENT_COLUMNS if name != "item_id")


def judge_on_spark(
    workspace: Workspace, period: str, unit: Sequence[int], as_of: int,
    numbers: pa.Array | None = None, rules: Rules = CURRENT,
) -> pa.Table:  # fmt: skip
    """The verdicts (schema JUDGED) of a month's items in some buckets, or of some numbers only;
    nothing is written. As `judging_units.judge_unit` on DuckDB, row for row.

    Raises `StoreError` when Spark cannot run here or cannot read the facts.
    """
    session = connect_spark()
    months = event_months(period)
    records = spark_facts(
        session, workspace.facts(ITEMS_TABLE), ITEMS.names, months=months, buckets=unit
    )
    if numbers is not None:
        wanted = spark_table(session, pa.table({"item_id": numbers}))
        records = records.join(wanted, on="item_id", how="left_semi")
    events = spark_facts(
        session, workspace.facts(EVENTS_TABLE), EVENTS.names, months=months, buckets=unit
    )

    items = current_items_frame(nw.from_native(records)).filter(nw.col("month") == period)
    inquired = asked_for(workspace)
    carried = _carried_items(workspace, period, unit, numbers)
    found = [JUDGED.empty_table()]
    versions = nw.to_native(items.select("network_version").unique()).toArrow()
    for version in sorted(versions["network_version"].to_pylist()):
        network = network_of_version(workspace, version)
        mine = items.filter(nw.col("network_version") == version)
        episodes = mine.select(nw.col("item_key").alias("item_row"), *_OF_EPISODE)
        told = episode_events(episodes, nw.from_native(events), as_of)
        if in_force(network) and len(inquired):
            asked = with_inquiries(episodes, nw.from_native(spark_table(session, inquired)))
            asked = asked.select(nw.col("item_row").alias("item_key"), "inquired_at")
            mine = mine.join(asked, on="item_key", how="inner")
        else:
            mine = mine.with_columns(nw.lit(int(UNKNOWN)).alias("inquired_at"))
        frame = with_rows_of(
            nw.to_native(mine.select("next_at", "inquired_at", *JUDGED_COLUMNS)),
            nw.to_native(told).withColumnRenamed("item_row", "item_key"),
            "item_key", _OF_EVENT, _SCANS,
        )  # fmt: skip
        moved = spark_table(session, _movements(workspace, carried, version, as_of))
        frame = with_rows_of(frame, moved, "item_key", MOVEMENT_COLUMNS, _MOVEMENTS)
        cases = tuple(known_cases(workspace, network, as_of))
        rule = _Rule(_sent(session, network), cases, as_of, rules)
        found.append(mapped(frame, rule, JUDGED))
    return pa.concat_tables(found)


def _carried_items(
    workspace: Workspace, period: str, unit: Sequence[int], numbers: pa.Array | None
) -> pa.Table | None:
    """The month's items as DuckDB's judging reads them, on the driver; None where no transport
    message is, for then nothing is asked of them."""
    if not any(workspace.facts(name).rows for name in TRANSPORT_TABLES):
        return None
    items = current_items(
        workspace, unit, columns=JUDGED_COLUMNS, months=event_months(period), numbers=numbers
    )
    return items.filter(pc.equal(items["month"], period))


def _movements(workspace: Workspace, items: pa.Table | None, version: str, as_of: int) -> pa.Table:
    """What the items of a network version take over from their receptacles, by item key: few rows,
    read on the driver by the code that reads them for DuckDB."""
    if items is None:
        return _NO_MOVEMENTS
    mine = items.filter(pc.equal(items["network_version"], version))
    found = movement_rows(workspace, mine, as_of)
    if not len(found):
        return _NO_MOVEMENTS
    rows = found.select(MOVEMENT_COLUMNS)
    rows = rows.append_column("item_key", mine["item_key"].take(found["item_row"]))
    return rows.select(_NO_MOVEMENTS.column_names).cast(_NO_MOVEMENTS.schema)


def current_items_frame(records: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One record per item, the smallest by content, with `next_at`: `evidence.current_items` on
    any engine."""
    absent = [f"{name}_absent" for name in RECORD_ORDER]  # engines differ in where nulls go
    order = [name for pair in zip(absent, RECORD_ORDER, strict=True) for name in pair]
    numbered = records.with_columns(
        *(
            nw.when(nw.col(name).is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias(flag)
            for name, flag in zip(RECORD_ORDER, absent, strict=True)
        )
    ).with_columns(nw.col("item_key").cum_count().over("item_key", order_by=order).alias("nth"))
    return numbered.filter(nw.col("nth") == 1).with_columns(
        nw.col("accepted_at")
        .shift(-1)
        .over("item_id", order_by=["accepted_at", "item_key"])
        .fill_null(int(NEVER))
        .alias("next_at")
    )


#: The networks that were sent to the workers, by session and version.
_SENT: dict[tuple[str, str], Any] = {}


def _sent(session: Any, network: Network) -> Any:
    """The network on every worker, sent once."""
    key = (session.sparkContext.applicationId, network.version)
    if key not in _SENT:
        assert network.compiled is not None  # compiled once, here, not by every worker
        _SENT[key] = session.sparkContext.broadcast(network)
    return _SENT[key]


@dataclass(frozen=True, slots=True)
class _Rule:
    """The verdicts of a batch of items, each with the list of its scans."""

    network: Any  # a broadcast `Network`
    cases: tuple[ForceMajeureCase, ...]
    as_of: int
    rules: Rules

    def __call__(self, items: pa.Table) -> pa.Table:
        network: Network = self.network.value
        asked = to_judge(network, items)
        at = items["inquired_at"].to_numpy()
        inquired = inquired_by(network, asked, at) if (at != UNKNOWN).any() else None
        search = scan_search(network, items, self.as_of, inquired)
        told = _listed(items[_SCANS], _OF_EVENT)
        search.take(told, told["item_row"].to_numpy())
        found = read_milestones(search.found(), network, asked)
        found = proven_by(network, asked, found, _listed(items[_MOVEMENTS], MOVEMENT_COLUMNS))
        return judge(network, asked, found, self.cases, self.as_of, self.rules).table


def _listed(lists: pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
    """The rows that the items of a batch have in a list, each with the item's row."""
    whole = lists.combine_chunks()
    rows = pc.list_flatten(whole)
    parts = {name: pc.struct_field(rows, name) for name in columns}
    return pa.table({"item_row": pc.list_parent_indices(whole).cast(pa.int64()), **parts})
