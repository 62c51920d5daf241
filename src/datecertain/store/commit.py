"""The one commit point (design: two stores).

1. An intent row: this batch, this attempt, open.
2. The Delta commits, one per facts table, each carrying the batch and the attempt.
3. fsync of data files, log entries and folders.
4. One records transaction: all record writes, the batch published, the facts versions moved.

A reader sees nothing before 4 and all of it after. Whatever is cut off earlier leaves an open
intent, and the next writer discards what stands beyond the published versions.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select, update

from datecertain.errors import StoreError
from datecertain.store.database import Database
from datecertain.store.delta import Attempt, WrittenFile, write_parquet
from datecertain.store.disk import disk_errors
from datecertain.store.fact_store import FactStore
from datecertain.store.fact_table import FactTable
from datecertain.store.facts import FactFile, Facts
from datecertain.store.records import batches, published

#: Rows are written out when those waiting, of all tables, take this many bytes; while they are, as
#: many more may come.
FLUSH_BYTES = 128 * 1024 * 1024

_BATCH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,79}")


def batch_id(operation: str, *parts: str) -> str:
    """The deterministic id of the batch that `operation` makes of these inputs.

    The operation, a point and 32 hexadecimal digits; give whatever tells this batch from any other
    (file hashes, a month, a rules version), not the time of day.
    """
    digest = hashlib.sha256("\0".join((operation, *parts)).encode()).hexdigest()
    return f"{operation}.{digest[:32]}"


class Commit:
    """One batch: made by `Workspace.commit`, used as a `with` block, done when the block ends.

    `already_published` is true when the batch stood published before: then nothing is done, and
    `append` and `records` ignore what they are given.
    """

    def __init__(
        self,
        database: Database,
        facts: FactStore,
        tables: dict[str, FactTable],
        operation: str,
        batch: str,
        *,
        now: int,
        discard: Callable[[], object],
        done: Callable[[dict[str, int], dict[str, int]], None],
    ) -> None:
        if not _BATCH_ID.fullmatch(batch):
            raise StoreError(f"batch id {batch!r}: use letters, digits, _ and ., at most 80")
        self.operation = operation
        self.batch_id = batch
        self.already_published = False
        #: The batch's place in the order of publication, once the block has ended.
        self.published_seq: int | None = None
        self._attempt = Attempt(batch, secrets.token_hex(4))
        self._database = database
        self._facts = facts
        self._tables = tables
        self._now = now
        self._discard = discard
        self._done = done
        self._waiting: dict[str, list[pa.Table]] = {}
        self._waiting_bytes = 0
        self._writer: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None
        self._files: dict[str, list[WrittenFile]] = {}
        self._rows: dict[str, int] = {}
        self._changes: dict[str, _Change] = {}
        self._writes: list[Callable[[Connection], object]] = []
        self._intent = False
        self._pinned: dict[str, int] = {}

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows to a facts table; they are checked now and seen once the batch is published.

        Raises `StoreError` for an unknown table, rows that do not fit it, or a full disk.
        """
        if self.already_published:
            return
        declared = self._tables.get(table)
        if declared is None:
            raise StoreError(
                f"facts table {table!r} is not declared: give it to Workspace.open(tables=…); "
                f"declared: {sorted(self._tables)}"
            )
        if table in self._changes:
            raise StoreError(f"facts table {table!r}: one batch either appends or takes out files")
        conformed = declared.conform(rows)
        if not conformed.num_rows:
            return
        self._waiting.setdefault(table, []).append(conformed)
        self._waiting_bytes += conformed.nbytes
        self._rows[table] = self._rows.get(table, 0) + conformed.num_rows
        if self._waiting_bytes >= FLUSH_BYTES:
            self._flush_beside()

    def merge(self, facts: Facts, files: Sequence[FactFile]) -> None:
        """Put the rows of some files of one partition into one new file: the same rows, sorted.

        `facts` is the table as published. Readers of older versions keep the old files. Raises
        `StoreDamaged` when a file does not hold what the log says.
        """
        if self.already_published:
            return
        change = self._change(facts, rearranged=True)
        rows = facts.merged(files)
        self._open_intent()
        name = facts.table.name
        written = self._files.setdefault(name, [])
        part = (files[0].month, files[0].bucket, rows)
        with disk_errors(f"writing facts {name!r}"):
            filesystem = self._facts.filesystem(name)
            written.append(
                write_parquet(facts.table, filesystem, self._attempt, len(written), part)
            )
        change.removed.extend(files)

    def rewrite(self, facts: Facts, file: FactFile, rows: pa.Table) -> None:
        """Put other rows in the place of a file's, as `Facts.merged` gives them; none: the file
        only goes. Unlike a merge this changes what the table says: it is for erasing.

        `facts` is the table as published. Readers of older versions keep the old file until it is
        vacuumed.
        """
        if self.already_published:
            return
        change = self._change(facts, rearranged=False)
        self._open_intent()
        if rows.num_rows:
            name = facts.table.name
            written = self._files.setdefault(name, [])
            part = (file.month, file.bucket, rows)
            with disk_errors(f"writing facts {name!r}"):
                filesystem = self._facts.filesystem(name)
                written.append(
                    write_parquet(facts.table, filesystem, self._attempt, len(written), part)
                )
        change.removed.append(file)

    def restore(self, facts: Facts, version: int) -> None:
        """Make the content of an older version of a table that of the next one.

        `facts` is the table as published.
        """
        if not self.already_published:
            self._change(facts, rearranged=False).restored = version
            self._open_intent()

    def _change(self, facts: Facts, *, rearranged: bool) -> _Change:
        name = facts.table.name
        change = self._changes.setdefault(name, _Change(facts.version, rearranged))
        appended = name in self._rows
        if appended or (change.version, change.rearranged) != (facts.version, rearranged):
            raise StoreError(f"facts table {name!r}: one batch makes one kind of change to it")
        return change

    def records(self, write: Callable[[Connection], object]) -> None:
        """Add record writes: `write` is called with the connection of the one transaction that
        publishes the batch, in the order given. It must not commit or roll back."""
        if not self.already_published:
            self._writes.append(write)

    def __enter__(self) -> Commit:
        with self._database.reading() as connection:
            row = connection.execute(
                select(batches.c.state, batches.c.published_seq).where(
                    batches.c.batch_id == self.batch_id
                )
            ).one_or_none()
        if row is not None and row.state == "published":
            self.already_published = True
            self.published_seq = row.published_seq
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.already_published:
            return
        if error is not None:
            with suppress(Exception):  # what went wrong first is told
                self._finish_writing()
            self._discard()
            return
        try:
            versions = self._commit_facts()
            self._publish(versions)
        except BaseException as failure:
            # The database decides what happened: a COMMIT may have come through unanswered.
            self._discard()
            if not isinstance(failure, Exception) or not self._is_published():
                raise
        seq = self.published_seq or 0
        self._done(versions, {n: seq for n in versions if not self._rearranged(n)})

    def _flush_beside(self) -> None:
        """Write what waits while the caller goes on; what was begun before is finished first."""
        self._written()
        self._open_intent()
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")
        self._writing = self._writer.submit(self._write, waiting)

    def _written(self) -> None:
        """Wait for what is being written; raises what went wrong with it."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _finish_writing(self) -> None:
        try:
            self._written()
        finally:
            if self._writer is not None:
                self._writer.shutdown()

    def _flush(self) -> None:
        """Write everything."""
        self._finish_writing()
        if self._waiting:
            self._open_intent()
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        self._write(waiting)

    def _write(self, waiting: dict[str, list[pa.Table]]) -> None:
        for name, rows in waiting.items():
            table, files = self._tables[name], self._files.setdefault(name, [])
            with disk_errors(f"writing facts {name!r}"):
                filesystem = self._facts.filesystem(name)
                for part in table.split(rows):
                    files.append(write_parquet(table, filesystem, self._attempt, len(files), part))

    def _open_intent(self) -> None:
        if self._intent:
            return
        with self._database.writing() as connection:
            self._insert_intent(connection)
        self._intent = True

    def _insert_intent(self, connection: Connection) -> None:
        earlier = (batches.c.batch_id == self.batch_id) & (batches.c.state == "discarded")
        connection.execute(delete(batches).where(earlier))
        connection.execute(
            insert(batches).values(
                batch_id=self.batch_id,
                operation=self.operation,
                state="open",
                writer=self._attempt.writer,
                created_at=self._now,
                tables={},
                rows={},
            )
        )

    def _commit_facts(self) -> dict[str, int]:
        self._flush()
        versions = {}
        with self._database.reading() as connection:
            self._pinned = published_versions(connection)
        for name in sorted(self._files.keys() | self._changes.keys()):
            change = self._changes.get(name, _Change(self._pinned.get(name), False))
            if change.version != self._pinned.get(name):
                raise StoreError(
                    f"facts table {name!r}: version {change.version} is no longer the published "
                    "one: run the step again"
                )
            with disk_errors(f"committing facts {name!r}"):
                if change.restored is not None and change.version is not None:
                    versions[name] = self._facts.restore(
                        name, change.version, change.restored, self._attempt
                    )
                    continue
                versions[name] = self._facts.commit(
                    self._tables[name],
                    self._files.get(name, []),
                    self._pinned.get(name),
                    self._attempt,
                    now_ms=self._now * 60_000,
                    removed=change.removed,
                    # To the log an erasure is a rearrangement too: its tables are append-only, and
                    # it refuses anything else. That the content changed, `published.seq` says.
                    rearranged=change.rearranged or bool(change.removed),
                )
        return versions

    def _publish(self, versions: dict[str, int]) -> None:
        with self._database.writing() as connection:
            if not self._intent:
                self._insert_intent(connection)
            for write in self._writes:
                write(connection)
            last = connection.execute(select(func.max(batches.c.published_seq))).scalar()
            seq = (last or 0) + 1
            values: dict[str, Any] = {
                "state": "published",
                "published_seq": seq,
                "tables": versions,
                "rows": self._rows,
            }
            mine = (
                (batches.c.batch_id == self.batch_id)
                & (batches.c.state == "open")
                & (batches.c.writer == self._attempt.writer)
            )
            self._demand_one(connection.execute(update(batches).where(mine).values(**values)))
            for name, version in versions.items():
                self._move(connection, name, version, seq)
        self.published_seq = seq

    def _move(self, connection: Connection, name: str, version: int, seq: int) -> None:
        base = self._pinned.get(name)
        if base is None:
            row = {"table_name": name, "version": version, "seq": seq}
            connection.execute(insert(published).values(**row))
            return
        here = (published.c.table_name == name) & (published.c.version == base)
        moved = {"version": version} | ({} if self._rearranged(name) else {"seq": seq})
        self._demand_one(connection.execute(update(published).where(here).values(**moved)))

    def _rearranged(self, name: str) -> bool:
        return name in self._changes and self._changes[name].rearranged

    def _demand_one(self, result: Any) -> None:
        if result.rowcount != 1:
            raise StoreError(
                f"batch {self.batch_id!r}: another writer took the workspace over; nothing was "
                "published: run the step again"
            )

    def _is_published(self) -> bool:
        with self._database.reading() as connection:
            query = select(batches.c.state, batches.c.writer, batches.c.published_seq)
            row = connection.execute(query.where(batches.c.batch_id == self.batch_id)).one_or_none()
        if row is None or (row.state, row.writer) != ("published", self._attempt.writer):
            return False
        self.published_seq = row.published_seq
        return True


@dataclass(slots=True)
class _Change:
    """Files taken out of the published version of a table; whether their rows are put back."""

    version: int | None
    rearranged: bool
    removed: list[FactFile] = field(default_factory=list)
    restored: int | None = None  # the version whose content takes the place of all that


def published_contents(connection: Connection) -> dict[str, int]:
    """Per published facts table, the place of the last batch that changed its *rows*.

    Two versions of a table with the same place hold the same rows, if in other files.
    """
    rows = connection.execute(select(published.c.table_name, published.c.seq))
    return {row.table_name: row.seq for row in rows}


def published_versions(connection: Connection) -> dict[str, int]:
    """The published version of each facts table that has one."""
    rows = connection.execute(select(published.c.table_name, published.c.version))
    return {row.table_name: row.version for row in rows}
