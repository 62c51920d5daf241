"""The audit trail in either database: one order, never changed, and damage is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store.access_book import AccessBook
from datecertain.store.audit_log import (
    GENESIS,
    Entry,
    append_entry,
    read_entries,
    verify_entries,
)
from datecertain.store.audit_records import audit_entries


def entry(number: int, **more: object) -> Entry:
    plain = {
        "at": 1_790_000_000 + number, "phase": "done", "who": "kim", "post": "KR",
        "kind": "person", "action": "test", "subject": f"case {number}",
    }  # fmt: skip
    return Entry(**plain | more)  # type: ignore[arg-type]


def write(book: AccessBook, *entries: Entry) -> list[int]:
    with book.writing() as connection:
        return [append_entry(connection, one) for one in entries]


def go_round_the_guards(connection: Connection) -> None:
    """What somebody does who has the database in hand."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        return
    names = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'")
    ).scalars()
    for name in list(names):
        connection.execute(text(f"DROP TRIGGER {name}"))


def test_the_database_refuses_to_change_or_delete_an_entry(folder: Path) -> None:
    with AccessBook(folder) as book:
        write(book, entry(1))
        with book.reading() as connection:
            (row,) = read_entries(connection)
        for change in (
            audit_entries.update().values(who="lee"),
            audit_entries.delete(),
            audit_entries.insert().values(**row._mapping),
        ):
            with pytest.raises(StoreError), book.writing() as connection:
                connection.execute(change)
        if connection.dialect.name == "postgresql":
            with pytest.raises(StoreError), book.writing() as connection:
                connection.execute(text("TRUNCATE audit_entries"))
        with book.reading() as connection:
            assert verify_entries(connection).entries == 1


DAMAGE: dict[str, Callable[[Connection], object]] = {
    "changed": lambda link: link.execute(
        text("UPDATE audit_entries SET who = 'lee' WHERE seq = 3")
    ),
    "details changed": lambda link: link.execute(
        text("UPDATE audit_entries SET details = '{}' WHERE seq = 3")
    ),
    "removed": lambda link: link.execute(text("DELETE FROM audit_entries WHERE seq = 3")),
    "removed and closed up": lambda link: (
        link.execute(text("DELETE FROM audit_entries WHERE seq = 3")),
        link.execute(text("UPDATE audit_entries SET seq = 3 WHERE seq = 4")),
        link.execute(text("UPDATE audit_entries SET seq = 4 WHERE seq = 5")),
    ),
    "moved": lambda link: (
        link.execute(text("UPDATE audit_entries SET seq = 99 WHERE seq = 3")),
        link.execute(text("UPDATE audit_entries SET seq = 3 WHERE seq = 4")),
        link.execute(text("UPDATE audit_entries SET seq = 4 WHERE seq = 99")),
    ),
    "the first removed": lambda link: link.execute(text("DELETE FROM audit_entries WHERE seq = 1")),
}


@pytest.fixture
def local_or_server_book(folder: Path) -> AccessBook:
    return AccessBook(folder)


def test_damage_is_found_whatever_it_is(local_or_server_book: AccessBook) -> None:
    with local_or_server_book as book:
        write(book, *(entry(n, details=f'{{"n":{n}}}') for n in range(1, 6)))
        with book.reading() as connection:
            assert verify_entries(connection).entries == 5
        for name, damage in DAMAGE.items():
            wanted = 1 if name == "the first removed" else 3
            with damaged(book, damage) as connection:
                found = pytest.raises(StoreDamaged, match=f"entry {wanted} is not as it was")
                with found:
                    verify_entries(connection)
        with book.reading() as connection:
            kept = verify_entries(connection).digest
        write(book, entry(6))
        with book.reading() as connection:
            assert verify_entries(connection, kept).holds
        cut_off = text("DELETE FROM audit_entries WHERE seq >= 5")
        with damaged(book, lambda link: link.execute(cut_off)) as connection:
            whole = verify_entries(connection, kept)
            assert (whole.entries, whole.holds) == (4, False)


@contextmanager
def damaged(book: AccessBook, damage: Callable[[Connection], object]) -> Iterator[Connection]:
    """A transaction in which the trail is damaged; it is undone afterwards."""
    with suppress(_Undo), book.writing() as connection:
        go_round_the_guards(connection)
        damage(connection)
        yield connection
        raise _Undo


class _Undo(Exception):
    """Raised to undo a transaction."""


def test_many_who_write_at_once_make_one_chain(local_or_server_book: AccessBook) -> None:
    with local_or_server_book as book:
        with ThreadPoolExecutor(6) as pool:
            numbers = list(pool.map(lambda n: write(book, entry(n))[0], range(40)))
        assert sorted(numbers) == list(range(1, 41))
        with book.reading() as connection:
            assert verify_entries(connection).entries == 40


def test_an_entry_goes_with_its_change_or_not_at_all(local_folder: Path) -> None:
    with AccessBook(local_folder) as book:
        with pytest.raises(RuntimeError), book.writing(entry(1)):
            raise RuntimeError
        with book.reading() as connection:
            whole = verify_entries(connection)
        assert (whole.entries, whole.digest) == (0, GENESIS)


def test_what_no_database_takes_is_left_out_and_texts_are_bounded(folder: Path) -> None:
    with AccessBook(folder) as book:
        write(book, entry(1, subject="a\0b\udc00" + "x" * 600), entry(2))
        with book.reading() as connection:
            first, second = read_entries(connection)
            assert (first.subject[:3], len(first.subject), second.seq) == ("ab?", 500, 2)
            assert [row.seq for row in read_entries(connection, post="KR", after=1)] == [2]
            assert read_entries(connection, post="US") == []
            verify_entries(connection)
