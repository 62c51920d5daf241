"""Inquiries in the records, on SQLite and on PostgreSQL: what the database refuses, and the
migration of what was erased before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from store_cases import TABLES

from datecertain.claims.inquiries import Act, Happened, Kind
from datecertain.errors import NotFound, StoreError, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.case_persons import (
    SENDER,
    Person,
    keep_note,
    keep_person,
    lapsed_persons,
    parts_kept,
    persons_of,
)
from datecertain.operations.inquiry_rows import (
    Inquiry,
    add_events,
    add_inquiry,
    find_inquiries,
    inquiry_of,
)
from datecertain.operations.retention import read_rules
from datecertain.store import Workspace, migrations
from datecertain.store.archive import Sealing
from datecertain.store.database import Database

INQUIRY = (
    "INSERT INTO inquiries VALUES ('KR-1', 'KR', 'KR+US', 'EE000000005KR', 'delayed', 'KR', 'US', "
    "1, '{}', 'v')"
)
EVENT = (
    "INSERT INTO inquiry_events VALUES ('KR-1', 0, 'KR', 'KR+US', 'opened', 1, 1, 'desk', 'KR', "
    "'', '{}')"
)
GROUND = "INSERT INTO inquiry_grounds VALUES ('waiting', 'key', 0, 'KR', 'KR+US', 'KR-1', 1)"
SENDING = "INSERT INTO inquiry_sendings VALUES ('KR-1', 'US', 0, 'KR', 'KR+US', 'a.csv', 1)"
BATCH = "INSERT INTO batches VALUES ('b', 'erase', 'published', 'w', 1, 1, '{}', '{}')"
ERASED = "INSERT INTO erasures VALUES ('{kind}', '{subject}', 'KR', 'KR', '', 9, 1, 'r', 'b')"


@pytest.fixture
def asked(folder: Path) -> Iterator[Workspace]:
    with Workspace.open(folder, tables=TABLES, write=True) as opened:
        with opened.writing() as connection:
            connection.execute(text(INQUIRY))
            for row in (EVENT, GROUND, SENDING):
                connection.execute(text(row))
        yield opened


def test_the_database_refuses_to_edit_an_inquiry(asked: Workspace) -> None:
    for change in (
        "UPDATE inquiries SET asked = 'JP'", "DELETE FROM inquiries", "DELETE FROM inquiry_events",
        "UPDATE inquiry_events SET at = 2", "DELETE FROM inquiry_grounds",
        "UPDATE inquiry_grounds SET at = 2", "DELETE FROM inquiry_sendings", INQUIRY, EVENT, GROUND,
        SENDING,
    ):  # fmt: skip
        with pytest.raises(StoreError), asked.writing() as connection:
            connection.execute(text(change))


def test_what_was_erased_before_stays_told_and_protected(records_url: str, tmp_path: Path) -> None:
    """The migration moves the tombstones into a table that knows persons too."""
    database = Database(records_url, tmp_path, create=True)
    with database.writing() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        connection.execute(text(BATCH))
        connection.execute(text(ERASED.format(kind="message", subject="m")))
    database.upgrade()
    with database.writing() as connection:
        connection.execute(text(ERASED.format(kind="person", subject="KR-1/sender")))
        told = connection.execute(text("SELECT kind, size FROM erasures ORDER BY kind")).all()
    assert [tuple(row) for row in told] == [("message", 9), ("person", 9)]
    for change in ("DELETE FROM erasures", "UPDATE erasures SET size = 0"):
        with pytest.raises(StoreError, match="stays told"), database.writing() as connection:
            connection.execute(text(change))
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(text(ERASED.format(kind="nonsense", subject="x")))
    database.close()


def test_persons_are_sealed_and_lapse_alike_on_both(asked: Workspace, tmp_path: Path) -> None:
    someone, now = Person("홍길동", city="서울"), parse_utc("2026-11-02T01:00Z")
    sealing = Sealing(asked, now)
    with asked.writing() as connection:
        keep_person(connection, sealing, "KR-1", SENDER, someone, "KR")
        keep_note(connection, sealing, "KR-1", 0, "called twice", "KR")
        keep_person(connection, sealing, "KR-1", "addressee", Person(), "KR")  # nobody: no row
        sealing.write(connection)
    with asked.reading() as view:
        found = persons_of(asked, view.connection, "KR-1")
        assert (found.sender, found.notes) == (someone, {0: "called twice"})
        assert parts_kept(view.connection, "KR-1") == (("note-0", "sender"), ())
        rules, before = read_rules(tmp_path), now + 190 * 1440
        assert list(lapsed_persons(view.connection, rules, before)) == []
        lapsed = list(lapsed_persons(view.connection, rules, before + 1440))
        assert [(one.part, one.rule) for one in lapsed] == [
            ("note-0", "persons-190-days"), ("sender", "persons-190-days"),
        ]  # fmt: skip
    with asked.writing() as connection:  # as erasing empties them
        connection.execute(text(
            "UPDATE case_persons SET sealed = '' WHERE case_id || '/' || part = 'KR-1/sender'"
        ))  # fmt: skip
    with asked.reading() as view:
        found = persons_of(asked, view.connection, "KR-1")
        assert (found.sender, found.erased) == (Person(), ("sender",))
        assert parts_kept(view.connection, "KR-1") == (("note-0",), ("sender",))


def test_inquiries_are_written_and_read_alike_on_both(asked: Workspace) -> None:
    opening = Happened(Act.OPENED, 100, 101, "desk", "KR")
    facts = {"last_scan": {"code": "EMD", "local": "2026-10-24T13:00"}, "missing": ["EMC"]}
    one = Inquiry("KR-2_%", "EE000000014KR", Kind.PROOF, "KR", "JP", 100, facts, "v", (opening,))
    read = Happened(Act.READ, 160, 161, "desk-jp", "JP", details={"due": 150})
    with asked.writing() as connection:
        add_inquiry(connection, one)
        add_events(connection, one, [read], 1)
    with asked.reading() as view:
        assert inquiry_of(view.connection, "KR-2_") == replace(one, events=(opening, read))
        assert [i.inquiry_id for i in find_inquiries(view.connection, post="JP")] == ["KR-2_%"]
        assert [i.inquiry_id for i in find_inquiries(view.connection)] == ["KR-1", "KR-2_%"]
        with pytest.raises(UsageError, match="2 inquiries begin with 'KR-'"):
            inquiry_of(view.connection, "KR-")
        with pytest.raises(NotFound):
            inquiry_of(view.connection, "KR__")
