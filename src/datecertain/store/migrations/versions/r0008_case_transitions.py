"""Force majeure cases: who notified, accepted, contested or closed which, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0008"
down_revision = "0007"

_TABLE = "case_transitions"
_REFUSAL = "what was done with a case is never changed or deleted"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        Column("post", Text, nullable=False),
        Column("case_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("transition", Text, nullable=False),
        Column("by_post", Text, nullable=False),
        Column("published_at", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.CheckConstraint(
            "transition IN ('notice', 'close', 'accept', 'contest')",
            name=op.f(f"ck_{_TABLE}_transition"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=f"fk_{_TABLE}_batch_id"
        ),
        sa.PrimaryKeyConstraint("post", "case_id", "seq", name=f"pk_{_TABLE}"),
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
        f"(SELECT 1 FROM {_TABLE} "
        "WHERE post = NEW.post AND case_id = NEW.case_id AND seq = NEW.seq) "
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
