"""Inquiries in the records, on SQLite and on PostgreSQL: what the database refuses, and the
migration of what was erased before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from store_cases import TABLES

from datecertain.errors import StoreError
from datecertain.store import Workspace

INQUIRY = (
    "INSERT INTO inquiries VALUES ('KR-1', 'KR', 'KR+US', 'EE000000005KR', 'delayed', 'KR', 'US', "
    "1, '{}', 'v')"
)
EVENT = (
    "INSERT INTO inquiry_events VALUES ('KR-1', 0, 'KR', 'KR+US', 'opened', 1, 1, 'desk', 'KR', "
    "'', '{}')"
)


@pytest.fixture
def asked(folder: Path) -> Workspace:
    with Workspace.open(folder, tables=TABLES, write=True) as opened:
        with opened.writing() as connection:
            connection.execute(text(INQUIRY))
            connection.execute(text(EVENT))
        yield opened


def test_the_database_refuses_to_edit_an_inquiry(asked: Workspace) -> None:
    for change in (
        "UPDATE inquiries SET asked = 'JP'", "DELETE FROM inquiries", "DELETE FROM inquiry_events",
        "UPDATE inquiry_events SET at = 2", INQUIRY, EVENT,
        INQUIRY.replace("'KR-1'", "'KR-1'").replace("INSERT", "INSERT"),
    ):  # fmt: skip
        with pytest.raises(StoreError), asked.writing() as connection:
            connection.execute(text(change))


def test_what_was_erased_before_stays_told_and_protected(asked: Workspace) -> None:
    """The migration moves the tombstones into a table that knows persons too."""
    with asked.writing() as connection:
        connection.execute(text(
            "INSERT INTO batches VALUES ('b', 'erase', 'published', 'w', 1, 1, '{}', '{}')"
        ))  # fmt: skip
        connection.execute(text(
            "INSERT INTO erasures VALUES ('person', 'KR-1/sender', 'KR', 'KR', '', 9, 1, 'r', 'b')"
        ))  # fmt: skip
    for change in ("DELETE FROM erasures", "UPDATE erasures SET size = 0"):
        with pytest.raises(StoreError, match="stays told"), asked.writing() as connection:
            connection.execute(text(change))
    with pytest.raises(StoreError), asked.writing() as connection:
        connection.execute(text(
            "INSERT INTO erasures VALUES ('nonsense', 'x', 'KR', 'KR', '', 9, 1, 'r', 'b')"
        ))  # fmt: skip
