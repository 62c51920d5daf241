"""The records store: SQLAlchemy Core on SQLite or PostgreSQL, the same code for both.

SQLite runs in WAL mode with `synchronous=FULL`: a transaction that was acknowledged survives a
power cut, and readers never wait for the writer.
"""

from __future__ import annotations

import atexit
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util import LRUCache

from datecertain.errors import StoreBusy, StoreDamaged, StoreError, StoreUnreachable
from datecertain.store.audit_log import without_entry
from datecertain.store.command_trail import tell_command
from datecertain.store.disk import database_errors

#: The migration that this release needs; a test compares it with `store/migrations`.
SCHEMA_VERSION = "0025"

_AT_SCHEMA = text("SELECT version_num FROM alembic_version")

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",  # 64 MiB: a month of bookings without spilling
    "PRAGMA secure_delete=ON",  # what is erased is overwritten, not only let go
)
_BUSY_S = 10.0
#: So many compiled statements are kept.
_STATEMENTS = 500
#: Nobody waits for a connection that another one holds: who waited could hold one as well.
_NO_LIMIT = -1
_WRITE = "datecertain_write"
#: Under this name a connection notes how many rows it had changed before its transaction.
_BEFORE = "changes_before"
_BESIDE = -1
#: Under this name a pooled connection notes which file it was opened on.
_FILE = "file"
#: Number of the PostgreSQL advisory lock: the bytes "datecert".
_ADVISORY_LOCK = int.from_bytes(b"datecert", "big", signed=True)
#: The same for transactions beside the writer: the bytes "dc notes".
_NOTING_LOCK = int.from_bytes(b"dc notes", "big", signed=True)


class Database:
    """The records store at `url`; a relative SQLite path is taken from the workspace folder.

    With `create` a missing SQLite file is made; without it, that is `StoreDamaged`. `trail`: it
    holds the audit trail, which tells each command that writes here. `shared`: its connections are
    left to whoever opens it next in this process, for those that come and go. Raises `StoreError`
    for a URL that cannot be used.
    """

    def __init__(
        self, url: str, folder: Path, *, create: bool = False, trail: bool = True,
        shared: bool = False,
    ) -> None:  # fmt: skip
        self._url = _resolve(url, folder)
        self._trail = trail
        self.sqlite = self._url.get_backend_name() == "sqlite"
        if self.sqlite:
            self._demand_file(create)
        self._shared = shared
        self._engine = _shared_engine(self._url) if shared else _engine_of(self._url)
        self._lock: Connection | None = None

    @property
    def name(self) -> str:
        """The URL without its password, for messages."""
        return self._url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The file that the records lie in (SQLite)."""
        return Path(self._url.database) if self.sqlite and self._url.database else None

    @property
    def trouble(self) -> type[Exception]:
        """What the driver raises on connections that are `alone`."""
        error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        return error

    def alone(self) -> Any:
        """A connection of the driver's own, outside of transactions, for `store.changes`; whoever
        has it closes it."""
        with database_errors(f"opening {self.name}"):
            connection = self._engine.raw_connection()
        connection.detach()
        raw: Any = connection.dbapi_connection
        if not self.sqlite:
            raw.autocommit = True
        return raw

    def close(self) -> None:
        """Close all connections, but those that are shared, and free the writer's lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if not self._shared:
            self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the store and changes nothing."""
        options: dict[str, Any] = (
            {}
            if self.sqlite
            else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with database_errors(f"reading {self.name}"), self._engine.connect() as connection:
            yield connection.execution_options(**options)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, or undone when it raises."""
        engine = self._engine.execution_options(**{_WRITE: True})
        with (
            database_errors(f"writing {self.name}"), ExitStack() as committed,
            engine.begin() as connection,
        ):  # fmt: skip
            without_entry(connection)
            connection.info[_BEFORE] = self._changes(connection)
            yield connection
            if self._trail:
                tell_command(self, connection, committed)

    def _changes(self, connection: Connection) -> int:
        """How many rows the connection has changed so far (SQLite)."""
        if not self.sqlite:
            return 0
        raw: Any = connection.connection.dbapi_connection
        return int(raw.total_changes)

    def changed(self, connection: Connection) -> bool:
        """Whether a `writing` transaction has changed something, or what lies beside the records
        (`changes_beside`)."""
        before: int = connection.info[_BEFORE]
        if before == _BESIDE or self.sqlite:
            return self._changes(connection) != before
        numbered = connection.execute(text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL"))
        return bool(numbered.scalar_one())

    def ending(self) -> Callable[[], AbstractContextManager[Connection]]:
        """For one more writing transaction when all else is closed, once. With SQLite a connection
        is held until then: the last one that is closed copies the log into the file, and that is
        waited for once instead of twice."""
        if not self.sqlite:
            return self._ending_anew
        held = self._engine.connect()
        held.detach()

        @contextmanager
        def once() -> Iterator[Connection]:
            writing = held.execution_options(**{_WRITE: True})
            with database_errors(f"writing {self.name}"), held, writing.begin():
                yield writing

        return once

    @contextmanager
    def _ending_anew(self) -> Iterator[Connection]:
        with self.writing() as connection:
            yield connection
        self._engine.dispose()

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """`writing`, one at a time on either database: what is decided by the records as they
        stand, such as the next number, is decided once."""
        with self.writing() as connection:
            if not self.sqlite:  # SQLite has one writer as it is
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:number)"), {"number": _NOTING_LOCK}
                )
            yield connection

    def lock(self, wait_s: float) -> None:
        """Hold the writer's lock in the database until `close` (PostgreSQL; SQLite needs none).

        Raises `StoreBusy` when another session still holds it after `wait_s` seconds.
        """
        if self.sqlite:
            return
        with database_errors(f"locking {self.name}"):
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            end = time.monotonic() + wait_s
            query = text("SELECT pg_try_advisory_lock(:number)")
            while not session.execute(query, {"number": _ADVISORY_LOCK}).scalar_one():
                if time.monotonic() >= end:
                    session.close()
                    raise StoreBusy(
                        f"{self.name}: another writer holds the records; waited {wait_s:g} s: "
                        "wait until it is done and run the step again"
                    )
                time.sleep(0.05)
            # Closed for good at the end, not given back to the pool: the lock is the session's.
            session.detach()
            self._lock = session

    def schema_version(self) -> str | None:
        """The migration the database stands at; None when it is empty."""
        try:
            with self.reading() as connection:
                found = connection.execute(_AT_SCHEMA).scalar()
                return None if found is None else str(found)
        except StoreError as error:
            if isinstance(error, (StoreBusy, StoreUnreachable)):
                raise
            with self.reading() as connection:
                if inspect(connection).has_table("alembic_version"):
                    raise
            return None

    def demand_schema(self) -> None:
        """Raise `StoreError` unless the database stands where this release needs it."""
        found = self.schema_version()
        if found != SCHEMA_VERSION:
            raise StoreError(
                f"{self.name}: records at schema {found or 'none'}, this release needs "
                f"{SCHEMA_VERSION}: open the workspace once for writing to migrate it, or use a "
                "newer release if the schema is newer"
            )

    def upgrade(self) -> None:
        """Run the migrations that are missing, in one transaction.

        Raises `StoreError` when the database is at a schema this release does not know.
        """
        found = self.schema_version()
        if found == SCHEMA_VERSION:
            return
        from datecertain.store.migrations import fill, known, upgrade  # noqa: PLC0415 - slow to import

        if found is not None and found not in known():
            raise StoreError(
                f"{self.name}: records at schema {found}, which this release does not know "
                f"(it needs {SCHEMA_VERSION}): use the newer release that wrote it"
            )
        with self.writing() as connection:
            (fill if found is None else upgrade)(connection)

    def _demand_file(self, create: bool) -> None:
        database = self._url.database
        if not database or database == ":memory:":
            raise StoreError(f"{self.name}: records need a file: sqlite:///records.db")
        if not create and not Path(database).is_file():
            raise StoreDamaged(f"{database}: the records are gone; restore them from a backup")


def changes_beside(connection: Connection) -> None:
    """A `writing` transaction stands for a change of what lies beside the records."""
    connection.info[_BEFORE] = _BESIDE


def _resolve(url: str, folder: Path) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"records = {url!r} is not a URL: write sqlite:///records.db or postgresql://…"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return parsed.set(database=str(folder / parsed.database)) if parsed.database else parsed
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise StoreError(f"records on {backend!r}: use sqlite or postgresql")


def _engine_of(url: URL) -> Engine:
    """An engine with connections of its own. The statements that were compiled for a database are
    kept for the next one that opens it."""
    model, compiled = _model_of(url)
    engine = Engine(
        model.pool.recreate(), model.dialect, url, execution_options={"compiled_cache": compiled}
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "begin", _begin_sqlite)
    return engine


#: Engines whose connections outlive those who use them, the one that was asked for last at the end;
#: so many are kept.
_SHARED: OrderedDict[URL, Engine] = OrderedDict()
_MOST_SHARED = 8
_SHARING = Lock()


def _shared_engine(url: URL) -> Engine:
    """The engine of a URL that all share who do not write."""
    with _SHARING:
        engine = _SHARED.pop(url, None) or _watching_engine(url)
        _SHARED[url] = engine
        if len(_SHARED) > _MOST_SHARED:
            _SHARED.popitem(last=False)[1].dispose()
        return engine


@atexit.register
def _close_shared() -> None:
    """The last connection that is closed copies SQLite's log into the file."""
    with _SHARING:
        while _SHARED:
            _SHARED.popitem()[1].dispose()


def _watching_engine(url: URL) -> Engine:
    """An engine that gives out no connection to a file that was replaced since. A connection of
    SQLite that was used before knows the schema already, which takes a millisecond to read."""
    engine = _engine_of(url)
    if url.get_backend_name() == "sqlite" and (path := url.database):

        def note_file(connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
            record.info[_FILE] = _file_at(path)

        def demand_same_file(
            connection: SqliteConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection
        ) -> None:
            if record.info[_FILE] != _file_at(path):
                raise DisconnectionError(f"{path} is another file than it was")

        event.listen(engine, "connect", note_file)
        event.listen(engine, "checkout", demand_same_file)
    return engine


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


@lru_cache(maxsize=8)
def _model_of(url: URL) -> tuple[Engine, LRUCache[Any, Any]]:
    """An engine that never connects itself, and what was compiled in its dialect."""
    if url.get_backend_name() == "sqlite":
        model = create_engine(url, connect_args={"timeout": _BUSY_S}, max_overflow=_NO_LIMIT)
        event.listen(model, "connect", _prepare_sqlite)
    else:
        model = create_engine(url, pool_pre_ping=True, max_overflow=_NO_LIMIT)
    return model, LRUCache(_STATEMENTS)


def _prepare_sqlite(connection: SqliteConnection, record: object) -> None:
    # The driver must not begin transactions by itself: it would leave DDL outside of them.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: to upgrade a read lock half-way could fail.
    writing = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
