"""The workspace: a folder with one TOML file, the records, the facts and the writer's lock."""

from __future__ import annotations

import logging
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from types import TracebackType

import duckdb
import narwhals as nw
import pyarrow as pa
from sqlalchemy import Connection

from datecertain.durable import make_folder, sync_all
from datecertain.errors import StoreError
from datecertain.store import settings as workspace_file
from datecertain.store.commit import Commit, published_contents, published_versions
from datecertain.store.database import Database
from datecertain.store.disk import disk_errors, write_durably
from datecertain.store.engine import connect_engine
from datecertain.store.fact_store import VERSIONS_PER_CHECKPOINT, FactStore, fact_store, prepare
from datecertain.store.fact_table import BUCKET, MONTH, FactTable
from datecertain.store.facts import Facts
from datecertain.store.lock import WriterLock
from datecertain.store.master_key import key_file, make_key_file
from datecertain.store.memory import reuse_memory
from datecertain.store.recovery import discard_unpublished
from datecertain.store.settings import ARCHIVE, ENGINE, FACTS, RECORDS, Settings, read_settings

_LOG = logging.getLogger(__name__)

#: How long a second writer waits for the first.
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """Records and facts as they stood at one moment, both from the same transaction."""

    workspace: Workspace
    connection: Connection
    published: Mapping[str, int]

    def facts(self, table: str) -> Facts:
        """The facts table at the version that this view pins."""
        return self.workspace._facts_at(table, self.published)


class Workspace:
    """An open workspace; use `Workspace.open`, as a `with` block. One thread at a time.

    `published` maps each facts table to the version that `facts` and `scan` read: what was
    published when the workspace was opened, moved on by its own commits and by `refresh`.
    `contents` maps it to the place of the last batch that changed its rows: what rests on facts
    names these, since compaction makes versions with the same rows.
    `discarded` names the batches of an earlier writer that opening for writing discarded.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        tables: Iterable[FactTable],
        database: Database,
        facts: FactStore,
        lock: WriterLock | None = None,
    ) -> None:
        self.path = path
        self.settings = settings
        self.discarded: tuple[str, ...] = ()
        #: Rows that were looked up lately, by table, version and what was looked for.
        self.recent: dict[tuple[object, ...], pa.Table] = {}
        self.published: Mapping[str, int] = {}
        self.contents: Mapping[str, int] = {}
        self._tables = {table.name: table for table in tables}
        self._database = database
        self._facts = facts
        self._lock = lock
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._held: tuple[View, int] | None = None
        self._in_commit = False
        self._dirty = lock is not None

    @staticmethod
    def init(
        path: Path | str,
        *,
        records: str = RECORDS,
        facts: str = FACTS,
        engine: str = ENGINE,
        archive: str = ARCHIVE,
        facts_options_file: str = "",
        wait_s: float = WAIT_S,
    ) -> None:
        """Make a workspace in a folder (made if missing); after it, a power cut loses nothing.

        Cut off half-way, it can be run again. Raises `StoreError` when the folder is a workspace
        already, or its path cannot be one.
        """
        folder = Path(path).resolve()
        _demand_path(folder)
        if (folder / workspace_file.FILE).exists():
            raise StoreError(f"{folder} is a workspace already: open it, or choose another folder")
        settings = Settings(
            records=records, facts=facts, engine=engine, archive=archive,
            facts_options_file=facts_options_file,
        )  # fmt: skip
        with disk_errors(f"making the workspace {folder}"):
            make_folder(folder)
            make_folder(folder / "archive")
            lock = WriterLock(folder / "lock", wait_s)
            try:
                prepare(fact_store(facts, folder))
                database = Database(records, folder, create=True)
                try:
                    database.lock(wait_s)
                    database.upgrade()
                finally:
                    database.close()
                sync_all([folder / "lock", *folder.glob("records.db*")], folder)
                key = key_file(folder, settings)
                if key is not None and not key.exists():
                    make_key_file(key)
                # Last: a folder with this file is a whole workspace.
                write_durably(folder / workspace_file.FILE, settings.text().encode())
            finally:
                lock.release()

    @staticmethod
    def open(
        path: Path | str,
        *,
        tables: Iterable[FactTable] = (),
        write: bool = False,
        wait_s: float = WAIT_S,
    ) -> Workspace:
        """Open a workspace, for reading or as its one writer.

        Opening for writing migrates the records and discards what an earlier writer did not
        publish. Raises `NotFound` when there is none, `StoreBusy` when another writer holds it
        for longer than `wait_s` seconds, `StoreDamaged` when records and facts do not fit.
        """
        reuse_memory()
        folder = Path(path).resolve()
        settings = read_settings(folder)
        lock = WriterLock(folder / "lock", wait_s) if write else None
        try:
            database = Database(settings.records, folder, shared=not write)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        store = fact_store(settings.facts, folder, dict(settings.facts_options) or None)
        workspace = Workspace(folder, settings, tables, database, store, lock)
        try:
            workspace.start(wait_s)
        except BaseException:
            workspace.close()
            raise
        return workspace

    def start(self, wait_s: float = WAIT_S) -> None:
        """Make a workspace that was put together from its parts ready; `open` has done it."""
        if self._lock is None:
            self._database.demand_schema()
        else:
            self._database.lock(wait_s)
            self._database.upgrade()
            self.discarded = self._discard()
        self.refresh()

    def close(self) -> None:
        """Close databases and engine, and let the next writer in."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._database.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def stand(self) -> tuple[Hashable, ...]:
        """What changes whenever a batch changes rows of the facts: what rests on the facts alone
        can be kept by it (`datecertain.kept`)."""
        return str(self.path), *sorted(self.contents.items())

    @property
    def archive(self) -> Path:
        """The folder of the raw messages."""
        return self.path / "archive"

    @property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """The workspace's DuckDB connection; frames of `scan` can be joined with each other."""
        if self._engine is None:
            self._engine = connect_engine(
                threads=self.settings.engine_threads,
                memory=self.settings.engine_memory,
                spill=self.path / ".spill",
            )
        return self._engine

    @contextmanager
    def commit(self, operation: str, batch_id: str, *, now: int) -> Iterator[Commit]:
        """One batch, published when the block ends (see the package's docstring).

        `now` is the moment of the clock, in UTC minutes. Raises `StoreError` when the workspace is
        open for reading only, inside another commit, or when the batch could not be published; the
        store is then as it was.
        """
        self._demand_writer()
        if self._in_commit:
            raise StoreError("a commit is open already: one batch at a time")
        if self._dirty:
            self._discard()
        commit = Commit(
            self._database,
            self._facts,
            self._tables,
            operation,
            batch_id,
            now=now,
            discard=self._try_discard,
            done=self._published,
        )
        self._in_commit = True
        try:
            with commit:
                yield commit
        finally:
            self._in_commit = False

    @contextmanager
    def reading(self) -> Iterator[View]:
        """Records and facts of one moment: a read transaction, with the versions it publishes. In a
        block of `holding` the one that is held."""
        if self._held is not None and self._held[1] == get_ident():
            yield self._held[0]
            return
        with self._database.reading() as connection:
            yield View(self, connection, published_versions(connection))

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Read in one transaction whatever this thread reads of the records in the block: for an
        answer that is put together of many, all of one moment and each without a transaction of its
        own. Not for what writes in between."""
        with self.reading() as view:
            before, self._held = self._held, (view, get_ident())
            try:
                yield
            finally:
                self._held = before

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A records transaction outside of any batch: the run log and the settings, nothing else.

        Raises `StoreError` when the workspace is open for reading only.
        """
        self._demand_writer()
        with self._database.writing() as connection:
            yield connection

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """A records transaction beside the one writer, for what rests on the records alone: the
        promises of counters, which wait for nobody who judges a month. One at a time; the workspace
        need not be open for writing."""
        with self._database.noting() as connection:
            yield connection

    def refresh(self) -> None:
        """Pin what is published now."""
        with self._database.reading() as connection:
            self.published = published_versions(connection)
            self.contents = published_contents(connection)

    def facts(self, table: str) -> Facts:
        """The facts table at its pinned version; empty when nothing was published yet.

        Raises `StoreError` for a table that was not declared, `StoreDamaged` when the published
        version cannot be read.
        """
        return self._facts_at(table, self.published)

    def facts_at(self, table: str, version: int) -> Facts:
        """The facts table at an older version, as long as vacuum has left it its files."""
        return self._facts_at(table, {table: version})

    def scan(
        self,
        table: str,
        *,
        months: Collection[str] | None = None,
        buckets: Collection[int] | None = None,
    ) -> nw.LazyFrame[duckdb.DuckDBPyRelation]:
        """The facts table as a narwhals lazy frame on the workspace's engine."""
        return nw.from_native(self.facts(table).duckdb(self.engine, months=months, buckets=buckets))

    def _facts_at(self, table: str, published: Mapping[str, int]) -> Facts:
        declared = self._tables.get(table)
        if declared is None:
            raise StoreError(
                f"facts table {table!r} is not declared: give it to Workspace.open(tables=…); "
                f"declared: {sorted(self._tables)}"
            )
        return self._facts.read(declared, published.get(table))

    def _discard(self) -> tuple[str, ...]:
        found = discard_unpublished(self._database, self._facts, self._tables)
        self._dirty = False
        return found

    def _try_discard(self) -> None:
        """Discard now if possible; else before the next commit, or when next opened to write."""
        self._dirty = True
        try:
            self._discard()
        except StoreError as error:
            _LOG.warning("not discarded yet, will be before the next commit: %s", error)

    def _published(self, versions: dict[str, int], contents: dict[str, int]) -> None:
        self.contents = {**self.contents, **contents}
        before, self.published = self.published, {**self.published, **versions}
        for name, version in versions.items():
            step = VERSIONS_PER_CHECKPOINT
            if version // step > before.get(name, 0) // step:
                try:
                    with disk_errors(f"checkpoint of facts {name!r}"):
                        self._facts.checkpoint(name, version)
                except StoreError as error:
                    # The batch is published; without a checkpoint opening is slower, no more.
                    _LOG.warning("%s", error)

    def _demand_writer(self) -> None:
        if self._lock is None:
            raise StoreError(f"{self.path} is open for reading only: open it with write=True")


def _demand_path(folder: Path) -> None:
    wrong = [part for part in folder.parts if part.startswith((f"{MONTH}=", f"{BUCKET}="))]
    if wrong:
        raise StoreError(
            f"{folder}: {wrong[0]!r} in the path would be read as a partition: choose another"
        )
