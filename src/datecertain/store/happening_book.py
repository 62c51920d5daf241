"""The book of what was told: happenings, in the records store, without the workspace's writer lock.

Open once for a server and share it between threads; each call is one short transaction. Happenings
are numbered by one teller at a time, so that whoever read up to a number missed nothing before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, text

from datecertain.store.database import Database
from datecertain.store.happening_records import happening_marks, happenings
from datecertain.store.records import batches, judgings
from datecertain.store.settings import Settings, read_settings

#: Number of the PostgreSQL advisory lock of tellers: the bytes "dc tells".
_TELLERS = int.from_bytes(b"dc tells", "big", signed=True)
#: Rows that are written by one statement.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: rows of `happenings` without `seq`, and the marks as they are then."""

    rows: Sequence[Mapping[str, Any]] = ()
    marks: Mapping[str, int] = field(default_factory=dict)


Sees = Callable[[frozenset[str]], frozenset[str]]
Look = Callable[[Connection, Mapping[str, int]], Found]


class HappeningBook:
    """The book of happenings of a workspace folder; close it after use.

    Raises `NotFound` when there is no workspace, `StoreError` when its records must be migrated.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.settings: Settings = read_settings(self.folder)
        self.database = Database(self.settings.records, self.folder)
        self.database.demand_schema()
        self._audiences: set[str] = set()
        self._audiences_to = 0
        self._lock = Lock()

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> HappeningBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tell(self, look: Look) -> int:
        """Write down what a look finds, and how far it looked, in one transaction; how many.

        The look is repeated when another teller wrote in between: it must only read.
        """
        while True:
            with self.database.reading() as connection:
                last, marks = _last(connection), _marks(connection)
                found = look(connection, marks)
            if not found.rows and not found.marks.items() - marks.items():
                return 0
            with self.database.writing() as connection:
                alone(self.database, connection, _TELLERS)
                if (_last(connection), _marks(connection)) != (last, marks):
                    continue
                _write(connection, last, found)
                return len(found.rows)

    def last(self) -> int:
        """The number of the happening told last; 0 when there is none."""
        with self.database.reading() as connection:
            return _last(connection)

    def last_judging(self, mark: str) -> tuple[int, int | None]:
        """The place of the last judging, and the one that a mark stands at (None: at none)."""
        judged = select(func.max(batches.c.published_seq)).join(judgings)
        with self.database.reading() as connection:
            last = connection.execute(judged).scalar()
            return last or 0, _marks(connection).get(mark)

    def page(
        self, after: int, limit: int, sees: Sees, kinds: Collection[str] | None
    ) -> tuple[Sequence[Row[Any]], int]:
        """Happenings after a number, in order, of the audiences that `sees` leaves and of some
        kinds (None: all); and the number told last, when this was looked up."""
        with self.database.reading() as connection:
            last = _last(connection)
            audiences = sees(self._audiences_until(connection, last))
            return connection.execute(query_after(after, limit, audiences, kinds)).all(), last

    def _audiences_until(self, connection: Connection, last: int) -> frozenset[str]:
        """The audiences of all happenings; only what was told since the last time is read."""
        with self._lock:
            if last > self._audiences_to:
                new = select(happenings.c.audience).where(happenings.c.seq > self._audiences_to)
                self._audiences |= set(connection.scalars(new.distinct()))
                self._audiences_to = last
            return frozenset(self._audiences)


def query_after(
    after: int, limit: int, audiences: Collection[str], kinds: Collection[str] | None
) -> Select[Any]:
    """Happenings after a number, in order, of some audiences and kinds (None: all)."""
    wanted = (happenings.c.seq > after) & happenings.c.audience.in_(sorted(audiences))
    if kinds is not None:
        wanted &= happenings.c.kind.in_(sorted(kinds))
    return select(happenings).where(wanted).order_by(happenings.c.seq).limit(limit)


def alone(database: Database, connection: Connection, number: int) -> None:
    """Hold others of the same number back until this transaction ends. On SQLite whoever writes is
    alone anyway."""
    if not database.sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _last(connection: Connection) -> int:
    return connection.execute(select(func.max(happenings.c.seq))).scalar() or 0


def _marks(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(happening_marks.c.source, happening_marks.c.place))
    return {row.source: row.place for row in rows}


def _write(connection: Connection, last: int, found: Found) -> None:
    rows = [{"seq": seq, **row} for seq, row in enumerate(found.rows, start=last + 1)]
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(happenings), rows[first : first + _AT_ONCE])
    for source, place in found.marks.items():
        connection.execute(delete(happening_marks).where(happening_marks.c.source == source))
        connection.execute(insert(happening_marks).values(source=source, place=place))
