"""Looking after the facts: how they stand, making few files of many, older versions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datecertain.errors import UsageError
from datecertain.moments import DAY
from datecertain.operations.clock import Clock
from datecertain.operations.tables import TABLES
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.compaction import UNIT_ROWS, MonthStatus, compact_some, due, facts_status
from datecertain.store.vacuum import Vacuumed, Version, published_history, restore, vacuum

Progress = Callable[[int, int], None]

#: Long enough for a writer that waits for the workspace to look again (`store.lock`).
_TURN_S = 0.12


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What compaction did to a table: files merged into fewer, rows they hold, batches it took."""

    table: str
    batches: int
    files_before: int
    files_after: int
    rows: int


def demand_tables(table: str | None) -> tuple[str, ...]:
    """The facts tables meant: one by its name, or all. Raises `UsageError` for no such table."""
    names = tuple(declared.name for declared in TABLES)
    if table is None:
        return names
    if table not in names:
        raise UsageError(f"{table!r} is no facts table: one of {', '.join(names)}")
    return (table,)


def status(
    workspace: Workspace, table: str | None = None, month: str | None = None
) -> list[MonthStatus]:
    """Files, rows and bytes of each table and month, and how many files wait for compaction."""
    months = None if month is None else [month]
    return [
        row for name in demand_tables(table) for row in facts_status(workspace.facts(name), months)
    ]


def compact_facts(
    path: Path,
    clock: Clock,
    table: str | None = None,
    month: str | None = None,
    progress: Progress | None = None,
    *,
    unit_rows: int = UNIT_ROWS,
) -> list[CompactReport]:
    """Compact the facts of a workspace until nothing is due.

    Between two batches the workspace is let go, so that a writer who waits gets its turn; readers
    are never in the way. Raises `StoreBusy` when another writer holds it for too long.
    """
    months = None if month is None else [month]
    return [
        _compact(path, name, months, clock, progress, unit_rows) for name in demand_tables(table)
    ]


def _compact(
    path: Path,
    table: str,
    months: Sequence[str] | None,
    clock: Clock,
    progress: Progress | None,
    unit_rows: int,
) -> CompactReport:
    batches = before = after = rows = 0
    while _anything_due(path, table, months):
        if batches:
            time.sleep(_TURN_S)
        with open_workspace(path, write=True) as workspace:
            merged = compact_some(workspace, table, months, now=clock.now(), unit_rows=unit_rows)
        if merged is None:
            break
        batches += 1
        before += merged.files_before
        after += merged.files_after
        rows += merged.rows
        if progress:
            progress(before, before + merged.remaining)
    return CompactReport(table, batches, before, after, rows)


def _anything_due(path: Path, table: str, months: Sequence[str] | None) -> bool:
    """Asked as a reader, so that nothing due means nobody is kept waiting."""
    with open_workspace(path) as workspace:
        return bool(due(workspace.facts(table), months))


def versions(workspace: Workspace, table: str) -> list[Version]:
    """The published versions of a table, in order."""
    (name,) = demand_tables(table)
    return published_history(workspace, name)


def restore_facts(workspace: Workspace, table: str, version: int, clock: Clock) -> int:
    """Make the content of an older version of a table its newest; that version's number.

    Raises `StoreError` when it was never published or was vacuumed.
    """
    (name,) = demand_tables(table)
    return restore(workspace, name, version, now=clock.now())


def vacuum_facts(
    workspace: Workspace, older_than_days: int, clock: Clock, table: str | None = None
) -> list[Vacuumed]:
    """Delete files that no version of the last so many days needs."""
    span, now = older_than_days * DAY, clock.now()
    return [vacuum(workspace, name, older_than=span, now=now) for name in demand_tables(table)]
