"""Whether something was committed to the records, on either database, told without reading them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from datecertain.store import Workspace
from datecertain.store.access_book import AccessBook
from datecertain.store.changes import Changes


@pytest.fixture
def changes(folder: Path) -> Iterator[Changes]:
    """Watching the records of a new workspace."""
    found = Changes(folder)
    yield found
    found.close()


def account(login: str) -> dict[str, object]:
    return {
        "login": login, "name": login, "post": "KR", "roles": ["care"], "created_at": 1,
        "kind": "person", "state": "open", "language": "",
    }  # fmt: skip


def test_nothing_is_told_while_nothing_is_committed(folder: Path, changes: Changes) -> None:
    before = changes.mark()
    with Workspace.open(folder) as opened, opened.reading():
        assert changes.mark() == before
    with AccessBook(folder) as book:
        assert book.all_accounts() == []
    assert changes.mark() == before


def test_a_commit_is_told_at_once_and_not_before(folder: Path, changes: Changes) -> None:
    before = changes.mark()
    with AccessBook(folder) as book:
        book.add_account(account("kim"))
        after = changes.mark()
        assert after != before
        with book.writing() as connection:
            connection.exec_driver_sql("DELETE FROM accounts")
            assert changes.mark() == after
        assert changes.mark() not in (before, after)
        assert changes.mark() == changes.mark()
    with Changes(folder) as another:  # its marks are its own
        assert another.mark() != changes.mark()


def test_what_was_undone_is_not_there_to_be_told_twice(folder: Path, changes: Changes) -> None:
    before = changes.mark()
    with AccessBook(folder) as book:
        with suppress(ZeroDivisionError), book.writing() as connection:
            connection.exec_driver_sql("DELETE FROM accounts")
            raise ZeroDivisionError
        undone = changes.mark()
        book.add_account(account("lee"))
    assert changes.mark() not in (before, undone)


def test_a_file_that_was_put_in_its_place_is_told(local_folder: Path) -> None:
    with Changes(local_folder) as changes:
        before = changes.mark()
        copy = local_folder / "copy.db"
        shutil.copy(local_folder / "records.db", copy)
        copy.rename(local_folder / "records.db")
        after = changes.mark()
        assert after != before
        assert changes.mark() == after


def test_records_that_are_gone_are_like_no_others(local_folder: Path) -> None:
    with Changes(local_folder) as changes:
        there = changes.mark()
        (local_folder / "records.db").rename(local_folder / "away.db")
        assert changes.mark() != changes.mark()
        (local_folder / "away.db").rename(local_folder / "records.db")
        assert changes.mark() != there
        assert changes.mark() == changes.mark()
