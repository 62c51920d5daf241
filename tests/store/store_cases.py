"""Batches for the tests of the store: small mail bags of events, with verdicts and a journal entry.

Every batch is a pure function of its number, so that whatever a store holds can be checked. Run as
a program it is the writer that the tests kill:

    python store_cases.py WORKSPACE FIRST LAST [--die]

It prints `ready`, then `done N` after each batch; with `--die` it ends half-way through one more.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
from powercut import mark
from sqlalchemy import Connection, insert, select

from datecertain.store import (
    Commit,
    FactTable,
    Workspace,
    append_journal,
    batch_id,
    records,
    settlement_records,
)
from datecertain.store.journal import LINES

NOW = 29_900_000
MONTHS = ("2026-11", "2026-12")
BUCKETS = 2
ROWS = 24

_PARTITION = [
    pa.field("month", pa.string(), nullable=False),
    pa.field("bucket", pa.int32(), nullable=False),
]
EVENTS = FactTable(
    "events",
    pa.schema(
        [
            pa.field("item_key", pa.int64(), nullable=False),
            pa.field("code", pa.string(), nullable=False),
            pa.field("at", pa.int64()),
            *_PARTITION,
        ]
    ),
)
VERDICTS = FactTable(
    "verdicts",
    pa.schema(
        [
            pa.field("item_key", pa.int64(), nullable=False),
            pa.field("outcome", pa.string(), nullable=False),
            *_PARTITION,
        ]
    ),
)
TABLES = (EVENTS, VERDICTS)


def name_of(number: int) -> str:
    """The id of that batch."""
    return batch_id("ingest", str(number))


def events_of(number: int) -> pa.Table:
    """The events of a batch: 24 scans over two months and two buckets."""
    keys = range(number * ROWS, (number + 1) * ROWS)
    return pa.table(
        {
            "item_key": pa.array(keys, pa.int64()),
            "code": [("EMA", "EMC", "EMI")[key % 3] for key in keys],
            "at": pa.array([None if key % 5 == 0 else NOW + key for key in keys], pa.int64()),
            "month": [MONTHS[key % 2] for key in keys],
            "bucket": pa.array([key // 2 % BUCKETS for key in keys], pa.int32()),
        }
    )


def verdicts_of(number: int) -> pa.Table:
    """The verdicts of a batch, on its every third item."""
    events = events_of(number).take(list(range(0, ROWS, 3)))
    return pa.table(
        {
            "item_key": events["item_key"],
            "outcome": ["on_time"] * events.num_rows,
            "month": events["month"],
            "bucket": events["bucket"],
        }
    )


def entry_of(number: int, booked_at: int = NOW) -> list[dict[str, object]]:
    """The journal entry of a batch: Japan owes Korea for one item."""
    common = {
        "entry_id": f"recourse-{number}",
        "booked_at": booked_at,
        "value_on": 20_800,
        "currency": "SDR",
        "owner": "KR",
        "audience": records.audience_of(("KR", "JP")),
        "reason": "recourse",
        "period": MONTHS[0],
    }
    amount = 1_000_000 + number
    return [
        common | {"line": 1, "account": "receivable", "counterparty": "JP", "amount": amount},
        common | {"line": 2, "account": "recourse", "counterparty": "JP", "amount": -amount},
    ]


def book(connection: Connection, number: int, booked_at: int = NOW) -> None:
    """Append the journal entry of a batch."""
    append_journal(connection, lines_of(entry_of(number, booked_at)), name_of(number))


def lines_of(rows: list[dict[str, object]]) -> pa.Table:
    """Journal lines as the store takes them."""
    return pa.Table.from_pylist(rows, schema=pa.schema([LINES.field(n) for n in LINES.names[1:]]))


def write_batch(workspace: Workspace, number: int, booked_at: int = NOW) -> Commit:
    """Publish a batch, in two appends a table, as an operation would."""
    with workspace.commit("ingest", name_of(number), now=NOW + number) as commit:
        events = events_of(number)
        commit.append("events", events.slice(0, 7))
        commit.append("events", events.slice(7))
        commit.append("verdicts", verdicts_of(number))
        commit.records(lambda connection: book(connection, number, booked_at))
        commit.records(
            lambda connection: connection.execute(
                insert(records.settings).values(key=f"batch-{number}", value="taken in")
            )
        )
    return commit


def published_numbers(workspace: Workspace) -> set[int]:
    """The batches that stand published, after checking that each is there whole, and no other."""
    with workspace.reading() as view:
        names = set(
            view.connection.scalars(
                select(records.batches.c.batch_id).where(
                    records.batches.c.state == "published",
                    records.batches.c.operation == "ingest",
                )
            )
        )
        key = records.settings.c.key
        noted = view.connection.scalars(select(key).where(key.startswith("batch-")))
        numbers = {int(key.removeprefix("batch-")) for key in noted}
        assert {name_of(number) for number in numbers} == names
        entries = set(view.connection.scalars(select(settlement_records.journal.c.entry_id)))
        assert entries == {f"recourse-{number}" for number in numbers}
        for table, expected in ((EVENTS, events_of), (VERDICTS, verdicts_of)):
            held = view.facts(table.name).arrow().sort_by("item_key")
            parts = [table.conform(expected(number)) for number in sorted(numbers)]
            whole = pa.concat_tables(parts) if parts else table.schema.empty_table()
            assert held.equals(whole.sort_by("item_key")), table.name
    return numbers


def die_before_publishing(workspace: Workspace, number: int) -> None:
    """End this process between step 3 (facts durable) and step 4 (published) of a batch."""
    with workspace.commit("ingest", name_of(number), now=NOW + number) as commit:
        commit.append("events", events_of(number))
        commit.append("verdicts", verdicts_of(number))
        commit.records(lambda connection: os._exit(0))


def main() -> None:
    """Publish batches one after the other until killed or done; then die in the next, if asked."""
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        print("ready", flush=True)
        for number in range(first, last):
            write_batch(workspace, number)
            print(f"done {number}", flush=True)
            if "POWERCUT_LOG" in os.environ:
                mark(f"done {number}")
        if "--die" in sys.argv:
            die_before_publishing(workspace, last)


if __name__ == "__main__":
    main()
