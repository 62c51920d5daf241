"""Whether anything was committed to a workspace's records since somebody looked: exactly, and
without reading a row.

SQLite counts, for a connection that writes nothing itself, the commits of all others
(`PRAGMA data_version`), of this process and of others. PostgreSQL tells which transactions one
sees (`pg_current_snapshot`): who sees the same ones sees the same rows. Neither can miss a commit;
either may change where no row did, such as for another database of the same server.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from datecertain.errors import StoreError
from datecertain.store.database import Database
from datecertain.store.settings import read_settings

#: Connections are numbered in a process: what one of them counts tells nothing to another.
_NUMBERS = count()
_SQLITE, _POSTGRES = "PRAGMA data_version", "SELECT pg_current_snapshot()::text"


class Changes:
    """The commits to the records of a workspace folder, watched by a connection of their own; open
    once for a server, share it between threads, close it after use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._lock = Lock()
        self._database: Database | None = None
        self._connection: Any = None
        self._which: tuple[Hashable, ...] = ()

    def mark(self) -> Hashable:
        """The same as long as nothing was committed. Take it before reading: what is read then is
        at least as new. Where the records cannot be asked it is like no other mark."""
        with self._lock:
            try:
                return self._mark()
            except (OSError, StoreError, self._trouble):
                self._leave()
                return object()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._leave()

    def __enter__(self) -> Changes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _mark(self) -> Hashable:
        if self._connection is not None and self._file() != self._which[1]:
            self._leave()  # the file was replaced, such as by a backup
        if self._connection is None:
            self._database = Database(read_settings(self._folder).records, self._folder)
            self._connection = self._database.alone()
            self._which = next(_NUMBERS), self._file()
        assert self._database is not None
        cursor = self._connection.cursor()
        try:
            cursor.execute(_SQLITE if self._database.sqlite else _POSTGRES)
            return *self._which, cursor.fetchone()[0]
        finally:
            cursor.close()

    def _file(self) -> Hashable:
        path = None if self._database is None else self._database.file
        if path is None:
            return None
        found = path.stat()
        return found.st_dev, found.st_ino

    @property
    def _trouble(self) -> type[Exception]:
        return StoreError if self._database is None else self._database.trouble

    def _leave(self) -> None:
        if self._connection is not None:
            with suppress(self._trouble):  # it may be broken, and left for that
                self._connection.close()
        if self._database is not None:
            self._database.close()
        self._connection = self._database = None
