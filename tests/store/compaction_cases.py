"""A writer that takes in batches and compacts in between; as a program, the one the tests kill.

    python compaction_cases.py WORKSPACE FIRST LAST

It prints `ready`, then `done N` after each batch of events; every second batch is followed by a
compaction of both tables (which prints `merged`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from powercut import mark
from store_cases import EVENTS, NOW, TABLES, VERDICTS, write_batch

from datecertain.store import FactTable, Workspace
from datecertain.store.compaction import compact_some

#: The same tables, sorted by item when they are compacted.
ORDERED = tuple(
    FactTable(table.name, table.schema, row_group_rows=16, order=("item_key",)) for table in TABLES
)


def compact_all(workspace: Workspace) -> int:
    """Compact until nothing is due, a partition or two at a time; how many batches it took."""
    done = 0
    for table in (EVENTS.name, VERDICTS.name):
        while compact_some(workspace, table, now=NOW, unit_rows=40):
            done += 1
            print("merged", flush=True)
    return done


def main() -> None:
    """Take in batches one after the other, compacting, until killed or done."""
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with Workspace.open(folder, tables=ORDERED, write=True) as workspace:
        print("ready", flush=True)
        for number in range(first, last):
            write_batch(workspace, number)
            print(f"done {number}", flush=True)
            if "POWERCUT_LOG" in os.environ:
                mark(f"done {number}")
            if number % 2:
                compact_all(workspace)


if __name__ == "__main__":
    main()
