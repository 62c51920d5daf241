"""Tables of before schema 0024, whose digests were bare SHA-256, keep their rows."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import text

from datecertain.store import records
from datecertain.store.database import Database
from datecertain.store.migrations import _config


def test_the_tables_of_before_keep_their_rows(records_url: str, tmp_path: Path) -> None:
    database = Database(records_url, tmp_path, create=True)
    config = _config()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0023")
        for statement in (
            (
                "INSERT INTO batches (batch_id, operation, state, writer, created_at, tables, "
                "rows) VALUES ('b', 'ingest', 'published', 'w', 29900000, '{}', '{}')"
            ),
            (
                "INSERT INTO answers_due (sha256, owner, audience, sender, recipient, control_ref, "
                "asked, answer, received_at, batch_id) "
                "VALUES ('05f3', 'JP', 'JP+KR', 'KRA', 'JPA', '1', 1, '{}', 29900000, 'b')"
            ),
            (
                "INSERT INTO answers_given (sha256, sender, recipient, number, owner, audience, "
                "batch_id) VALUES ('05f3', 'JPA', 'KRA', 1, 'JP', 'JP+KR', 'b')"
            ),
        ):
            connection.execute(text(statement))
    database.upgrade()
    with database.reading() as connection:
        due, given = records.answers_due.c, records.answers_given.c
        join = records.answers_due.join(records.answers_given)
        rows = connection.execute(join.select().with_only_columns(due.digest, given.number)).all()
    assert [tuple(row) for row in rows] == [("05f3", 1)]
    database.close()
