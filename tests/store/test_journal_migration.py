"""A journal of before schema 0008, each line with a digest of its own, becomes one of seals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from datecertain.store import verify_journal
from datecertain.store.database import Database
from datecertain.store.migrations import _config

#: One entry of two lines, as release 0.1.0 booked it; the digests stand for its own.
OLD = """
INSERT INTO journal (entry_id, line, seq, booked_at, value_on, account, counterparty, owner,
    audience, currency, amount, reason, period, batch_id, prev_digest, digest) VALUES
('e', 1, 1, 29900000, 20800, 'posts.receivable', 'JP', 'KR', 'JP+KR', 'SDR', 5, 'recourse.import',
    '2026-10', 'settle.1', 'begin', 'middle'),
('e', 2, 2, 29900000, 20800, 'recourse.recovered', 'JP', 'KR', 'JP+KR', 'SDR', -5,
    'recourse.import', '2026-10', 'settle.1', 'middle', 'the last one')
"""
BATCH = (
    "INSERT INTO batches (batch_id, operation, state, writer, created_at, tables, rows) "
    "VALUES ('settle.1', 'settle', 'published', 'w', 29900000, '{}', '{}')"
)


@pytest.fixture
def old(records_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(records_url, tmp_path, create=True)
    config = _config()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        for statement in (BATCH, OLD):
            connection.execute(text(statement))
    yield database
    database.close()


def test_its_lines_stand_as_they_were_sealed_on_the_old_head(old: Database) -> None:
    old.upgrade()
    with old.reading() as connection:
        rows = connection.execute(
            text("SELECT seq, entry_id, line, amount FROM journal ORDER BY seq")
        ).all()
        assert [tuple(row) for row in rows] == [(1, "e", 1, 5), (2, "e", 2, -5)]
        assert verify_journal(connection, "the last one").holds
        assert verify_journal(connection).lines == 2
