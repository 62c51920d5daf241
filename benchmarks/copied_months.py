"""A month of as many items as one wants: simulated and ingested once for a smaller number of them,
then copied under new item numbers. Generated, and said to be."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.identifiers import compose_many
from datecertain.moments import DAY, NEVER
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.promise.acceptance import item_key
from datecertain.store import Workspace, batch_id
from datecertain.tracking.canonical import buckets

SIMULATED = 25_000  # items of a month before they are copied
PER_COMMIT = 900_000  # items; a month comes in a few commits


def simulated_month(month: str, items: int) -> tuple[pa.Table, ...]:
    """The acceptance records and events of a simulated month, as facts without `batch_id`."""
    plan = month_plan(month, items)
    with tempfile.TemporaryDirectory() as folder:
        write_month(plan, Path(folder))
        make_workspace(Path(folder) / "w", FixedClock(plan.closing_at))
        with open_workspace(Path(folder) / "w", write=True) as workspace:
            ingest(workspace, Path(folder) / "mailbox", FixedClock(plan.closing_at))
            return tuple(
                workspace.facts(name).arrow().drop_columns(["batch_id"])
                for name in (ITEMS_TABLE, EVENTS_TABLE)
            )


def copy_month(
    year: Workspace, month: str, items: pa.Table, events: pa.Table, first: int, copies: int,
    held_day: int | None = None,
) -> list[pa.Table]:  # fmt: skip
    """Commit copies of a month under item numbers from `first` on; the events that were transmitted
    on a day and are held back."""
    late = []
    known = pc.unique(items["item_id"])
    country = pc.utf8_slice_codeunits(known, 11, 13)
    of_item, of_event = (pc.index_in(table["item_id"], known) for table in (items, events))
    sent_on = events["transmitted_at"].to_numpy() // DAY
    with year.commit("bench", batch_id("bench", month, str(first)), now=first) as commit:
        for copy in range(copies):
            serials = first + copy * len(known) + np.arange(len(known))
            numbers = _numbers(serials, country)
            renamed = _renamed(events, numbers.take(of_event.combine_chunks()))
            held = pa.array(sent_on == (NEVER if held_day is None else held_day))
            late.append(renamed.filter(held))
            rows = _renamed(items, numbers.take(of_item.combine_chunks()))
            pairs = zip(rows["item_id"].to_pylist(), rows["accepted_date"].to_pylist(), strict=True)
            keys = pa.array([item_key(number, day) for number, day in pairs])
            rows = rows.set_column(rows.schema.get_field_index("item_key"), "item_key", keys)
            for name, table in (
                (ITEMS_TABLE, rows),
                (EVENTS_TABLE, renamed.filter(pc.invert(held))),
            ):
                batch = pa.repeat(commit.batch_id, len(table))
                commit.append(name, table.append_column("batch_id", batch))
    return late


def _numbers(serials: np.ndarray, country: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Item numbers of these serials, each of its own country."""
    country = country.combine_chunks() if isinstance(country, pa.ChunkedArray) else country
    found = np.empty(len(serials), dtype=object)
    for one in pc.unique(country).to_pylist():
        rows = pc.equal(country, one).to_numpy(zero_copy_only=False)
        found[rows] = compose_many("EE", serials[rows], one).to_pylist()
    return pa.array(found, pa.string())


def _renamed(table: pa.Table, numbers: pa.Array) -> pa.Table:
    columns = {"item_id": numbers, "bucket": buckets(pa.chunked_array([numbers]))}
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table
