"""The mail book: what came by which door, what was fetched and sent.

A SQLite file of its own, `mailbox.db` in the workspace folder, beside the folders that it speaks
of: a door must write down what it was handed while another process holds the workspace to take
mail in. No fact rests on it. What is lost with it: receipts, and which of
a partner's files were fetched; those are fetched again and known by their content.

Moments are UTC seconds here, since hand-ins are told apart by them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    inspect,
    select,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from datecertain.doing import present
from datecertain.store.access_book import AccessBook
from datecertain.store.database import Database, changes_beside

FILE = "mailbox.db"

Door = Literal["http", "sftp"]

_METADATA = MetaData()

#: Files of a partner's server that were fetched, as they stood there.
_FETCHED = Table(
    "fetched", _METADATA,
    Column("partner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("partner", "name", "size", "changed_at"),
)  # fmt: skip

#: Files on their way to a partner: `uploaded` under the temporary name, then `sent`.
_SENT = Table(
    "sent", _METADATA,
    Column("partner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("partner", "name", "sha256"),
)  # fmt: skip

#: Contents that a partner handed in, by any door; the first time counts.
_HANDED_IN = Table(
    "handed_in", _METADATA,
    Column("partner", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("partner", "sha256"),
)  # fmt: skip

#: Idempotency keys of hand-ins, with the content that came under each.
_REQUESTS = Table(
    "requests", _METADATA,
    Column("partner", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("partner", "key"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A content that a partner handed in: by which door, under which name below the incoming
    folder, and when first."""

    partner: str
    sha256: str
    door: Door
    name: str
    size: int
    at: int


class MailBook:
    """The mail book of a workspace folder, made when it is first opened; close it after use."""

    def __init__(self, folder: Path) -> None:
        with _alone(folder / f".{FILE}.lock"):
            self._folder, self._told = folder, False
            self._database = Database(f"sqlite:///{FILE}", folder, create=True, trail=False)
            with self._database.reading() as connection:
                there = set(inspect(connection).get_table_names())
            if not there.issuperset(_METADATA.tables):
                with self._database.writing() as connection:
                    _METADATA.create_all(connection)
                (folder / FILE).chmod(0o600)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> MailBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction here; the audit trail, which lies in the records, tells the command."""
        if not self._told and present() is not None:
            with AccessBook(self._folder) as book, book.writing() as records:
                changes_beside(records)
            self._told = True
        with self._database.writing() as connection:
            yield connection

    def was_fetched(self, partner: str, name: str, size: int, changed_at: int) -> bool:
        """Whether a file was fetched as it stands at the partner now."""
        same = select(_FETCHED.c.sha256).where(
            _FETCHED.c.partner == partner, _FETCHED.c.name == name,
            _FETCHED.c.size == size, _FETCHED.c.changed_at == changed_at,
        )  # fmt: skip
        with self._database.reading() as connection:
            return connection.execute(same).first() is not None

    def fetched(
        self, partner: str, name: str, size: int, changed_at: int, sha256: str, at: int
    ) -> None:
        """Remember a file that lies safely in the incoming folder."""
        with self._writing() as connection:
            connection.execute(
                upsert(_FETCHED).values(
                    partner=partner, name=name, size=size, changed_at=changed_at, sha256=sha256,
                    at=at,
                ).on_conflict_do_nothing()
            )  # fmt: skip

    def hand_in(self, one: HandedIn) -> HandedIn:
        """Write down a hand-in; of a content that the partner handed in before the first stands,
        which is returned."""
        with self._writing() as connection:
            connection.execute(
                upsert(_HANDED_IN).values(
                    partner=one.partner, sha256=one.sha256, door=one.door, name=one.name,
                    size=one.size, at=one.at,
                ).on_conflict_do_nothing()
            )  # fmt: skip
        return self.handed_in(one.partner, one.sha256) or one

    def handed_in(self, partner: str, sha256: str) -> HandedIn | None:
        """What a partner handed in with this content."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(_HANDED_IN).where(
                    _HANDED_IN.c.partner == partner, _HANDED_IN.c.sha256 == sha256
                )
            ).first()
        return None if row is None else HandedIn(**row._mapping)

    def claim(self, partner: str, key: str, sha256: str, at: int) -> str:
        """Bind an idempotency key to a content; the content that it is bound to, which is another
        when the key was used before."""
        bound = select(_REQUESTS.c.sha256).where(
            _REQUESTS.c.partner == partner, _REQUESTS.c.key == key
        )
        with self._writing() as connection:
            connection.execute(
                upsert(_REQUESTS)
                .values(partner=partner, key=key, sha256=sha256, at=at)
                .on_conflict_do_nothing()
            )
            return str(connection.execute(bound).scalar_one())

    def sending(self, partner: str, name: str, sha256: str) -> str:
        """How far a file has come on its way to a partner: `uploaded`, `sent`, or empty."""
        with self._database.reading() as connection:
            found = connection.execute(
                select(_SENT.c.state).where(
                    _SENT.c.partner == partner, _SENT.c.name == name, _SENT.c.sha256 == sha256
                )
            ).scalar()
        return found or ""

    def sent(
        self, partner: str, name: str, sha256: str, size: int, state: str, at: int
    ) -> None:  # fmt: skip
        """Write down how far a file has come."""
        row = upsert(_SENT).values(
            partner=partner, name=name, sha256=sha256, size=size, state=state, at=at
        )
        with self._writing() as connection:
            connection.execute(
                row.on_conflict_do_update(
                    index_elements=["partner", "name", "sha256"],
                    set_={"state": state, "at": at},
                )
            )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time, for the making of the file."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
