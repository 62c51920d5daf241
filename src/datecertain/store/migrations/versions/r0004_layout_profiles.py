"""Layout profiles of partners: who accepted or retired which, when and on what evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Integer, Text

revision = "0004"
down_revision = "0003"

_TABLE = "profile_events"
_REFUSAL = "what was decided about a layout profile is never changed or deleted"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        Column("name", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text),
        Column("audience", Text),
        Column("event", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("evidence", JSON, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.CheckConstraint("event IN ('accepted', 'retired')", name=op.f(f"ck_{_TABLE}_event")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=f"fk_{_TABLE}_batch_id"
        ),
        sa.PrimaryKeyConstraint("name", "seq", name=f"pk_{_TABLE}"),
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
        f"(SELECT 1 FROM {_TABLE} WHERE name = NEW.name AND seq = NEW.seq) "
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
