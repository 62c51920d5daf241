"""Compaction: the many small files of daily appends become one sorted file a partition.

The rows stay the same; only the files change. A merge is a batch like any other (intent, facts
commit, fsync, publication), so a kill at any moment leaves the old version or the new one. The old
files stay on the disk for readers of older versions, until `store.vacuum` takes them away.

A merged file is sorted by the table's `order`, so the statistics of its small row groups tell
where an item is. Files of `SMALL_BYTES` and more are left alone once they were merged: the work of
a month of daily appends stays in proportion to what came in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from datecertain.store.commit import batch_id
from datecertain.store.facts import FactFile, Facts
from datecertain.store.workspace import Workspace

COMPACT = "compact"
#: A merged file of this size is not merged again with what comes later.
SMALL_BYTES = 64 * 1024 * 1024
#: Rows put into one batch: a few seconds' work, so that a waiting writer gets its turn.
UNIT_ROWS = 2_000_000


@dataclass(frozen=True, slots=True)
class MonthStatus:
    """A month of a facts table: `due` files of the `files` are small or unsorted, to be merged."""

    table: str
    month: str
    files: int
    due: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What one batch of compaction did; `remaining` files are still due in the same months."""

    table: str
    batch_id: str
    files_before: int
    files_after: int
    rows: int
    remaining: int


def due(
    facts: Facts, months: Collection[str] | None = None, *, small_bytes: int = SMALL_BYTES
) -> list[tuple[FactFile, ...]]:
    """The files to be merged, partition by partition.

    A partition is due when it has two small files or more, or one that was never sorted.
    """
    found = []
    files = facts.listed(months=months)
    for _, group in groupby(files, key=lambda file: (file.month, file.bucket)):
        loose = tuple(file for file in group if file.size < small_bytes or not _is_merged(file))
        unsorted = bool(facts.table.order) and any(not _is_merged(file) for file in loose)
        if len(loose) > 1 or unsorted:
            found.append(loose)
    return found


def facts_status(
    facts: Facts, months: Collection[str] | None = None, *, small_bytes: int = SMALL_BYTES
) -> list[MonthStatus]:
    """How a table stands, month by month, from its log alone."""
    waiting: dict[str, int] = {}
    for files in due(facts, months, small_bytes=small_bytes):
        waiting[files[0].month] = waiting.get(files[0].month, 0) + len(files)
    found = []
    for month, group in groupby(facts.listed(months=months), key=lambda file: file.month):
        held = list(group)
        rows, size = sum(file.rows for file in held), sum(file.size for file in held)
        name = facts.table.name
        found.append(MonthStatus(name, month, len(held), waiting.get(month, 0), rows, size))
    return found


def compact_some(
    workspace: Workspace,
    table: str,
    months: Collection[str] | None = None,
    *,
    now: int,
    small_bytes: int = SMALL_BYTES,
    unit_rows: int = UNIT_ROWS,
) -> Merged | None:
    """Merge the next partitions that are due, in one batch of about `unit_rows` rows; None when
    nothing is due. Run it until then; doing it again changes nothing.

    Raises `StoreError` when the workspace is open for reading only, or the disk is full;
    `StoreDamaged` when a published file is missing or broken.
    """
    facts = workspace.facts(table)
    waiting = due(facts, months, small_bytes=small_bytes)
    if not waiting:
        return None
    unit = _first(waiting, unit_rows)
    paths = [file.path for files in unit for file in files]
    batch = batch_id(COMPACT, table, str(facts.version), *paths)
    with workspace.commit(COMPACT, batch, now=now) as commit:
        for files in unit:
            commit.merge(facts, files)
    rows = sum(file.rows for files in unit for file in files)
    remaining = sum(len(files) for files in waiting[len(unit) :])
    return Merged(table, batch, len(paths), len(unit), rows, remaining)


def _first(waiting: Sequence[tuple[FactFile, ...]], unit_rows: int) -> list[tuple[FactFile, ...]]:
    """The first partitions of together at most that many rows; at least one."""
    unit: list[tuple[FactFile, ...]] = []
    rows = 0
    for files in waiting:
        rows += sum(file.rows for file in files)
        if unit and rows > unit_rows:
            break
        unit.append(files)
    return unit


def _is_merged(file: FactFile) -> bool:
    return file.path.rsplit("/", 1)[-1].startswith(f"{COMPACT}.")
