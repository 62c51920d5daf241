"""What became of a part in quarantine, as rows of their own; what an interchange says it holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0003"
down_revision = "0002"

_TABLE = "quarantine_events"
_REFUSAL = "what became of a quarantined part is never changed or deleted"


def upgrade() -> None:
    op.add_column("interchanges", Column("application", Text))
    op.create_table(
        _TABLE,
        Column("quarantine_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text),
        Column("audience", Text),
        Column("event", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.CheckConstraint("event IN ('replayed', 'dismissed')", name=op.f(f"ck_{_TABLE}_event")),
        sa.ForeignKeyConstraint(
            ["quarantine_id"], ["quarantine.id"], name=f"fk_{_TABLE}_quarantine_id"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=f"fk_{_TABLE}_batch_id"
        ),
        sa.PrimaryKeyConstraint("quarantine_id", "seq", name=f"pk_{_TABLE}"),
    )  # fmt: skip
    if op.get_bind().dialect.name == "sqlite":
        _protect_sqlite()
    else:
        _protect_postgresql()


def _protect_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {_TABLE}_no_{verb.lower()} BEFORE {verb} ON {_TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_replace BEFORE INSERT ON {_TABLE} WHEN EXISTS "
        f"(SELECT 1 FROM {_TABLE} WHERE quarantine_id = NEW.quarantine_id AND seq = NEW.seq) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _protect_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION {_TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_change BEFORE UPDATE OR DELETE ON {_TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {_TABLE}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_truncate BEFORE TRUNCATE ON {_TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_TABLE}_refuse()"
    )
