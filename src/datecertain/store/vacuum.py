"""Vacuum and restore: how long older versions of the facts can be read, and going back to one.

Compaction and restore take files out of a version and leave them on the disk. `vacuum` deletes
those that no version needs any more which was published within a given time: whoever opened the
workspace within it reads on undisturbed. `restore` commits the content of an older version as the
newest; it is a batch like any other, and nothing of what came in between is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store.commit import batch_id
from datecertain.store.database import changes_beside
from datecertain.store.disk import disk_errors
from datecertain.store.facts import Facts
from datecertain.store.records import batches
from datecertain.store.workspace import Workspace

RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a facts table: by which batch, when begun (UTC minutes)."""

    version: int
    batch_id: str
    operation: str
    at: int


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What vacuum deleted of a table; versions older than `readable_from` are gone with it."""

    table: str
    files: int
    bytes: int
    readable_from: int


def published_history(workspace: Workspace, table: str) -> list[Version]:
    """The published versions of a facts table, in order."""
    columns = (batches.c.tables, batches.c.batch_id, batches.c.operation, batches.c.created_at)
    with workspace.reading() as view:
        rows = view.connection.execute(
            select(*columns).where(batches.c.state == "published").order_by(batches.c.published_seq)
        ).all()
    return [
        Version(row.tables[table], row.batch_id, row.operation, row.created_at)
        for row in rows
        if table in row.tables
    ]


def vacuum(workspace: Workspace, table: str, *, older_than: int, now: int) -> Vacuumed:
    """Delete the files that only versions need which were replaced more than `older_than` minutes
    before `now`. Doing it again deletes nothing; cut off, it can be run again.

    Raises `StoreError` when the workspace is open for reading only or the span is negative.
    """
    if older_than < 0:
        raise StoreError(f"vacuum older than {older_than} minutes: give 0 or more")
    with workspace.writing() as connection:  # no other writer is at work
        changes_beside(connection)
        facts = workspace.facts(table)
    if facts.version is None:
        return Vacuumed(table, 0, 0, 0)
    history = published_history(workspace, table)
    before = [one.version for one in history if one.at <= now - older_than]
    oldest = min(before[-1] if before else 0, facts.version)
    needed = {file.path for file in workspace.facts_at(table, oldest).listed()}
    needed |= {file.path for file in facts.listed()}
    needed |= set(_paths(facts, "add", oldest + 1, facts.version))
    out = sorted(set(_paths(facts, "remove", 0, oldest)) - needed)
    with disk_errors(f"vacuum of facts {table!r}"):
        there = [one for one in facts.filesystem.get_file_info(out) if one.is_file]
        for one in there:
            facts.filesystem.delete_file(one.path)
    return Vacuumed(table, len(there), sum(one.size for one in there), oldest)


def restore(workspace: Workspace, table: str, version: int, *, now: int) -> int:
    """Commit the content of an older published version as the newest; the new version.

    Only facts go back: files that were taken in since stay known to the records. Raises
    `StoreError` when that version was never published, or vacuum deleted files that it needs.
    """
    facts = workspace.facts(table)
    if version not in {one.version for one in published_history(workspace, table)}:
        raise StoreError(
            f"facts table {table!r}: version {version} was never published; "
            "`datecertain facts versions` lists those that were"
        )
    held = [file.path for file in workspace.facts_at(table, version).listed()]
    with disk_errors(f"restoring facts {table!r}"):
        gone = [one.path for one in facts.filesystem.get_file_info(held) if not one.is_file]
    if gone:
        raise StoreError(
            f"facts table {table!r}: version {version} needs {len(gone)} files that are no longer "
            f"there ({gone[0]}): they were vacuumed; restore them from a backup"
        )
    batch = batch_id(RESTORE, table, str(facts.version), str(version))
    with workspace.commit(RESTORE, batch, now=now) as commit:
        commit.restore(facts, version)
    return workspace.published[table]


def _paths(facts: Facts, action: str, first: int, last: int) -> Iterator[str]:
    """The files that the log entries of these versions add or remove."""
    for version in range(first, last + 1):
        for line in _entry(facts, version):
            if action in line:
                yield str(line[action]["path"])


def _entry(facts: Facts, version: int) -> list[dict[str, Any]]:
    path = f"_delta_log/{version:020d}.json"
    try:
        with facts.filesystem.open_input_stream(path) as stream:
            text = stream.read()
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise StoreDamaged(
            f"facts table {facts.table.name!r}: the log entry of version {version} cannot be "
            f"read: {error}; restore it from a backup"
        ) from error
