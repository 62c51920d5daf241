"""SQLite guards the journal after a row is in, not before: half the time of a booking went there.

A line stands for good once a seal covers it, so what takes its number is refused by the number of
the last seal. An entry's id is no unique index any more, for INSERT OR REPLACE would take the old
line away in silence: the guard itself looks whether the id is there twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TRIGGER journal_no_replace")
    op.drop_index("uq_journal_entry_id", "journal")
    op.create_index(
        "ix_journal_entry_id", "journal", ["entry_id"], sqlite_where=sa.text("line = 1")
    )
    op.execute(
        "CREATE TRIGGER journal_no_replace AFTER INSERT ON journal WHEN "
        "NEW.seq <= (SELECT max(last_seq) FROM journal_seals) OR (NEW.line = 1 AND EXISTS ("
        "SELECT 1 FROM journal WHERE line = 1 AND entry_id = NEW.entry_id AND seq <> NEW.seq)) "
        "BEGIN SELECT RAISE(ABORT, 'journal lines are never replaced'); END"
    )
