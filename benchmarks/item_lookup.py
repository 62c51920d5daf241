"""Finding one item's events among many: by number, warm, at random.

The events are generated: a year, by month and bucket, ten an item. `ITEM_LOOKUP_EVENTS` says how
many (30 million if not given; 300 million take some 8 GB of disk). Beside it stands what
nobody can do without: reading the one row group that holds the item, its place known beforehand.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datecertain.identifiers import compose_many
from datecertain.moments import DAY, parse_date
from datecertain.network import bundled_network
from datecertain.operations.clock import SystemClock
from datecertain.operations.evidence import item_rows
from datecertain.operations.networks import publish_network
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace, batch_id
from datecertain.tracking.canonical import buckets
from datecertain.tracking.events import EVENTS

EVENTS_WANTED = int(os.environ.get("ITEM_LOOKUP_EVENTS", "30000000"))
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 13))
CODES = np.array(["EMA", "EMB", "EXA", "EXC", "EMC", "EMD", "EDB", "EDC", "EMF", "EMI"])
COMMITS = 2  # a month comes in so many, each with its own files
LOOKUPS = 300


def month_of_events(month: str, items: pa.Array, seed: int) -> pa.Table:
    """Ten events of each item on days of a month; synthetic."""
    random = np.random.default_rng(seed)
    count = len(items) * len(CODES)
    first = parse_date(f"{month}-01")
    day = (first + np.repeat(random.integers(0, 18, len(items)), len(CODES))
           + np.tile(np.arange(len(CODES)), len(items)))  # fmt: skip
    minute = random.integers(0, 1440, count)
    offices = pa.array(["KRSELB", "JPKWSA", "CNBJSD", "AUSYDB", "USJFKA", "FRCDGH", "ESMADB"])
    same = {
        "offset_source": "office", "sender": "KR", "recipient": "JP", "profile": "house-emsevt",
        "owner": "KR", "audience": "JP+KR", "month": month,
    }  # fmt: skip
    columns = {
        "item_id": items.take(pa.array(np.repeat(np.arange(len(items)), len(CODES)))),
        "code": pa.array(np.tile(CODES, len(items))),
        "event_at": day * DAY + minute - 540,
        "event_date": day.astype(np.int32),
        "event_min": minute.astype(np.int32),
        "office": offices.take(pa.array(random.integers(0, 7, count))),
        "transmitted_at": day * DAY + minute - 500,
        "received_at": day * DAY + minute - 490,
        "source": pc.binary_join_element_wise(
            pa.repeat("mail-", count), pa.array((np.arange(count) // 5000).astype(str)), ""
        ),
        "interchange": pa.array((np.arange(count) // 500).astype(str)),
        "message": np.ones(count, dtype=np.int32),
        "segment": (np.arange(count) % 500).astype(np.int32),
        "byte_offset": np.arange(count),
        "schema_version": np.full(count, 2, dtype=np.int32),
    }
    columns["bucket"] = buckets(pa.chunked_array([columns["item_id"]]))
    made = {}
    for field in EVENTS:
        if field.name in columns:
            made[field.name] = (
                pa.array(columns[field.name]).cast(field.type)
                if not isinstance(columns[field.name], pa.ChunkedArray)
                else columns[field.name].cast(field.type)
            )
        elif field.name in same:
            made[field.name] = pa.repeat(pa.scalar(same[field.name], field.type), count)
        elif field.name != "batch_id":
            made[field.name] = pa.nulls(count, field.type)
    return pa.table(made)


def run() -> dict[str, str]:
    """Figures by what they mean."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("ITEM_LOOKUP_FOLDER")) as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> dict[str, str]:
    Workspace.init(folder)
    each = EVENTS_WANTED // len(CODES) // len(MONTHS) // COMMITS
    begun = time.perf_counter()
    with open_workspace(folder, write=True) as workspace:
        publish_network(workspace, bundled_network(), SystemClock())
        for number, month in enumerate(m for m in MONTHS for _ in range(COMMITS)):
            items = compose_many("EE", np.arange(number * each, (number + 1) * each), "KR")
            rows = month_of_events(month, items, number)
            with workspace.commit("bench", batch_id("bench", str(number)), now=number) as commit:
                batch = pa.repeat(commit.batch_id, len(rows))
                commit.append(EVENTS_TABLE, rows.append_column("batch_id", batch))
            print(f"{month} {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    made_s = time.perf_counter() - begun
    with open_workspace(folder) as workspace:
        facts = workspace.facts(EVENTS_TABLE)
        files = [Path(folder, "facts", EVENTS_TABLE, one) for one in facts.files()]
        random = np.random.default_rng(1)
        wanted = compose_many(
            "EE", random.integers(0, each * COMMITS * len(MONTHS), LOOKUPS), "KR"
        ).to_pylist()
        for item in wanted:  # footers, and the pages of the files
            _one(workspace, item)
        took = sorted(_timed(lambda item=item: _one(workspace, item)) for item in wanted)
        floor = sorted(_timed(lambda file=file: _group(file)) for file in files[:LOOKUPS])
        size = sum(file.stat().st_size for file in files if file.exists())
        return {
            "events, files, size": f"{facts.rows:,}, {len(files):,}, {size / 1e9:.1f} GB",
            "one item's events, median": f"{statistics.median(took) * 1e3:.1f} ms",
            "one item's events, 95th percentile": f"{took[int(0.95 * LOOKUPS)] * 1e3:.1f} ms",
            "one item's events, worst of 300": f"{took[-1] * 1e3:.1f} ms",
            "limit: one row group read, its place known (median)":
                f"{statistics.median(floor) * 1e3:.1f} ms",
            "generated and committed in": f"{made_s:.0f} s",
        }  # fmt: skip


def _one(workspace: Workspace, item: str) -> None:
    found = item_rows(workspace, EVENTS_TABLE, item)
    assert len(found) == len(CODES), (item, len(found))


def _group(file: Path) -> None:
    with pq.ParquetFile(file) as opened:
        opened.read_row_group(opened.num_row_groups // 2, use_threads=False)


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(run())
