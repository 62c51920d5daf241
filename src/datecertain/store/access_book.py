"""The access book: accounts and keys, in the records store, without the workspace's writer lock;
what changes there is written into the audit trail in the same transaction.

Open once for a server and share it between threads; each call is one short transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from datecertain.errors import NotFound, UsageError
from datecertain.store.access_records import account_keys, accounts
from datecertain.store.audit_log import Entry, append_entry
from datecertain.store.database import Database
from datecertain.store.settings import read_settings


class AccessBook:
    """The access book of a workspace folder; close it after use.

    Raises `NotFound` when there is no workspace, `StoreError` when its records must be migrated.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        self._database = Database(read_settings(folder).records, folder)
        self._database.demand_schema()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> AccessBook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the records and changes nothing."""
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self, entry: Entry | None = None) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, with its entry in the audit trail;
        undone with it when the block raises."""
        with self._database.writing() as connection:
            yield connection
            if entry is not None:
                append_entry(connection, entry)

    def add_account(self, row: Mapping[str, Any], entry: Entry | None = None) -> None:
        """A new account. Raises `UsageError` when the login or its e-mail address is taken."""
        taken = select(accounts.c.login).where(accounts.c.login == row["login"])
        with self.writing(entry) as connection:
            if connection.execute(taken).first() is not None:
                raise UsageError(f"the account {row['login']!r} is there already: choose another")
            if row.get("email"):
                other = connection.execute(
                    select(accounts.c.login).where(accounts.c.email == row["email"])
                ).scalar()
                if other is not None:
                    raise UsageError(f"the account {other!r} has that e-mail address already")
            connection.execute(insert(accounts).values(**row))

    def account(self, login: str) -> Row[Any] | None:
        """An account by its login."""
        with self._database.reading() as connection:
            return connection.execute(select(accounts).where(accounts.c.login == login)).first()

    def all_accounts(self) -> Sequence[Row[Any]]:
        """All accounts, by login."""
        with self._database.reading() as connection:
            return connection.execute(select(accounts).order_by(accounts.c.login)).all()

    def add_key(self, row: Mapping[str, Any], entry: Entry | None = None) -> None:
        """A new key of an account."""
        with self.writing(entry) as connection:
            connection.execute(insert(account_keys).values(**row))

    def revoke_key(self, key_id: str, at: int, entry: Entry | None = None) -> None:
        """End a key at once; one that has ended keeps its end. Raises `NotFound`."""
        of_it = account_keys.c.key_id == key_id
        with self.writing(entry) as connection:
            if connection.execute(select(account_keys.c.login).where(of_it)).first() is None:
                raise NotFound(f"no key has the id {key_id!r}: see `datecertain key list`")
            connection.execute(
                update(account_keys)
                .where(of_it, account_keys.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )

    def key(self, key_id: str) -> Row[Any] | None:
        """A key with its account, by its id."""
        both = select(account_keys, accounts).join_from(account_keys, accounts)
        with self._database.reading() as connection:
            return connection.execute(both.where(account_keys.c.key_id == key_id)).first()

    def all_keys(self) -> Sequence[Row[Any]]:
        """All keys that were ever made, with their accounts, in their order."""
        both = select(account_keys, accounts).join_from(account_keys, accounts)
        with self._database.reading() as connection:
            return connection.execute(
                both.order_by(account_keys.c.created_at, account_keys.c.key_id)
            ).all()
