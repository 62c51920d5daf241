"""The book of what was told, on SQLite and on PostgreSQL: each happening once, in the order of its
number, never changed, and shown to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from datecertain.access import Kind as How
from datecertain.access import Role, Viewer
from datecertain.errors import StoreError
from datecertain.operations.happenings import happenings_after
from datecertain.store.happening_book import Found, HappeningBook
from datecertain.store.happening_records import happening_marks, happenings

ROW = {
    "owner": "KR", "audience": "KR+US", "kind": "lane", "subject": "KR-US", "version": "1",
    "at": 1, "told_at": 2, "body": {"state": "opened"},
}  # fmt: skip


@pytest.fixture
def book(folder: Path) -> Iterator[HappeningBook]:
    """The book of a new workspace, on either database."""
    with HappeningBook(folder) as opened:
        yield opened


@pytest.fixture
def local(local_folder: Path) -> Iterator[HappeningBook]:
    """The book of a new workspace on SQLite."""
    with HappeningBook(local_folder) as opened:
        yield opened


def test_nothing_is_told_twice_or_lost_when_it_is_cut_off(book: HappeningBook) -> None:
    def found(link: Any, marks: Any) -> Found:
        return Found([ROW, ROW | {"version": "2"}], {"test": 7})

    def broken(link: Any, marks: Any) -> Found:
        return Found([ROW | {"version": "3"}, ROW], {"test": 8})  # one that stands already

    assert book.tell(found) == 2
    with pytest.raises(StoreError):
        book.tell(broken)
    with book.database.reading() as link:
        marks = {row.source: row.place for row in link.execute(select(happening_marks))}
    assert (marks["test"], book.last()) == (7, 2)


def test_a_look_is_repeated_when_another_teller_was_quicker(book: HappeningBook) -> None:
    looks = 0

    def found(link: Any, marks: Any) -> Found:
        nonlocal looks
        looks += 1
        if looks == 1:
            with HappeningBook(book.folder) as other:
                other.tell(lambda link, marks: Found([ROW], {"test": 1}))
        return Found([] if marks.get("test") else [ROW], {"test": 1})

    assert book.tell(found) == 0
    assert (looks, book.last()) == (2, 1)


def test_the_database_refuses_to_change_what_was_told(book: HappeningBook) -> None:
    book.tell(lambda link, marks: Found([ROW]))
    for change in (
        happenings.update().values(kind="late"), happenings.delete(),
        insert(happenings).values(seq=2, **ROW),
    ):  # fmt: skip
        with pytest.raises(StoreError), book.database.writing() as link:
            link.execute(change)
    assert book.last() == 1


def viewer(role: Role, post: str) -> Viewer:
    return Viewer("x", post, (role,), How.KEY)


def test_a_viewer_sees_its_own_flows_and_what_its_rights_reach(local: HappeningBook) -> None:
    book = local
    rows = [
        ROW | {"kind": kind, "version": pair, "audience": pair}
        for kind in ("late", "dispute") for pair in ("KR+US", "JP+KR", "*")
    ]  # fmt: skip
    book.tell(lambda link, marks: Found(rows))

    def seen(role: Role, post: str) -> set[tuple[str, str]]:
        found = happenings_after(book, viewer(role, post), 0, 500)
        return {(str(one.kind), one.audience) for one in found}

    assert seen(Role.SETTLEMENT, "US") == {
        ("late", "KR+US"), ("dispute", "KR+US"), ("late", "*"), ("dispute", "*"),
    }  # fmt: skip
    assert seen(Role.CARE, "JP") == {("late", "JP+KR"), ("late", "*")}
    assert seen(Role.AUDITOR, "") == {("late", "*"), ("dispute", "*")}
    assert seen(Role.CARE, "AU") == {("late", "*")}
    assert [one.seq for one in happenings_after(book, viewer(Role.CARE, "JP"), 2, 500)] == [3]
    assert len(happenings_after(book, viewer(Role.SETTLEMENT, "KR"), 0, 2)) == 2
