"""A command stands in the audit trail with the first change that it makes, in either database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import delete, insert, select
from store_cases import EVENTS

from datecertain.doing import Doing, done_by
from datecertain.store import Workspace
from datecertain.store.access_book import AccessBook
from datecertain.store.audit_log import Entry, read_entries, verify_entries
from datecertain.store.mail_book import MailBook
from datecertain.store.records import settings
from datecertain.store.vacuum import vacuum

OWN = Entry(1_790_000_000, "done", "kim", "KR", "person", "account closed", "lee")


@pytest.fixture
def doing() -> Iterator[Doing]:
    """A command that is at work."""
    made = Doing("kim", "lane sign", "7", lambda: "kimj")
    with done_by(made):
        yield made
    made.end(True, {"exit": 0})


def change(opened: Workspace | AccessBook) -> None:
    """Some change of the records."""
    with opened.writing() as connection:
        connection.execute(insert(settings).values(key=token_hex(8), value="x"))


def told(folder: Path) -> list[tuple[str, str, str, str, int | None]]:
    with AccessBook(folder) as book, book.reading() as connection:
        rows = read_entries(connection)
        verify_entries(connection)
    return [(row.phase, row.who, row.action, row.subject, row.of) for row in rows]


INTENT = ("intent", "kim", "lane sign", "7", None)


def test_opened_for_writing_several_times_it_is_told_once(folder: Path, doing: Doing) -> None:
    for _ in range(3):
        with Workspace.open(folder, write=True) as opened:
            change(opened)
    assert told(folder) == [INTENT], "what is cut off here shows as an intent without an outcome"
    doing.end(True, {"exit": 0})
    assert told(folder) == [INTENT, ("done", "kim", "lane sign", "7", 1)]


def test_what_changes_nothing_is_not_told(folder: Path, doing: Doing) -> None:
    with Workspace.open(folder, write=True) as opened:
        with opened.reading() as view:
            view.connection.execute(select(settings)).all()
        with opened.writing() as connection:
            connection.execute(delete(settings).where(settings.c.key == "nothing"))
    doing.end(True, {"exit": 0})
    assert told(folder) == []


def test_files_beside_the_records_count_as_records(folder: Path, doing: Doing) -> None:
    with Workspace.open(folder, tables=[EVENTS], write=True) as opened:
        vacuum(opened, EVENTS.name, older_than=0, now=1)
    doing.end(True, {"exit": 0})
    assert [row[0] for row in told(folder)] == ["intent", "done"]


def test_a_change_that_is_undone_is_not_told_the_next_one_is(folder: Path, doing: Doing) -> None:
    with AccessBook(folder) as book:
        with suppress(LookupError), book.writing() as connection:
            connection.execute(insert(settings).values(key="a", value="b"))
            raise LookupError
        assert told(folder) == []
        change(book)
    doing.end(False, {"error": "LookupError"})
    assert told(folder) == [INTENT, ("failed", "kim", "lane sign", "7", 1)]


def test_a_change_that_bears_its_own_entry_is_told_by_that(folder: Path, doing: Doing) -> None:
    with AccessBook(folder) as book, book.writing(OWN) as connection:
        connection.execute(insert(settings).values(key="a", value="b"))
    doing.end(True, {"exit": 0})
    assert [row[2] for row in told(folder)] == ["account closed"]


def test_threads_that_change_at_once_tell_it_once(folder: Path, doing: Doing) -> None:
    def changes() -> None:
        with AccessBook(folder) as book:
            for _ in range(3):
                change(book)

    contexts = [copy_context() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.run(changes), contexts))
    assert told(folder) == [INTENT]


def test_what_changes_beside_the_records_is_told_in_them(folder: Path, doing: Doing) -> None:
    with MailBook(folder) as book:
        book.fetched("US", "a.edi", 1, 2, "ab" * 32, 3)
        book.fetched("US", "b.edi", 1, 2, "cd" * 32, 3)
    doing.end(True, {"exit": 0})
    assert [row[0] for row in told(folder)] == ["intent", "done"]


def test_two_workspaces_are_told_each(tmp_path: Path, doing: Doing) -> None:
    for name in ("one", "two"):
        Workspace.init(tmp_path / name)
    doing.end(True, {"exit": 0})
    for name in ("one", "two"):
        assert [row[0] for row in told(tmp_path / name)] == ["intent", "done"]
