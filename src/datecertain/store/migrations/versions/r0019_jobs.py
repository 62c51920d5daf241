"""Scheduled jobs: their schedules, never changed; their runs; who runs each now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, Text

revision = "0019"
down_revision = "0018"

_TABLE = "job_schedules"
_REFUSAL = f"rows of {_TABLE} are never changed or deleted"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        Column("name", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("schedule", Text, nullable=False),
        Column("zone", Text, nullable=False),
        Column("arguments", JSON, nullable=False),
        Column("paused", Boolean, nullable=False),
        Column("from_at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", "seq", name=f"pk_{_TABLE}"),
    )
    op.create_table(
        "job_runs",
        Column("name", Text, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("holder", Text, nullable=False),
        Column("missed", Integer, nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("finished_at", BigInteger),
        Column("exit_code", Integer),
        Column("lines", Text, nullable=False),
        Column("next_at", BigInteger),
        sa.PrimaryKeyConstraint("name", "due_at", "attempt", name="pk_job_runs"),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'attention', 'failed', 'stopped', 'lost')", name="state"
        ),
    )
    op.create_table(
        "job_leases",
        Column("name", Text, nullable=False),
        Column("holder", Text, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_leases"),
    )
    protect = {"sqlite": _protect_sqlite, "postgresql": _protect_postgresql}
    protect[op.get_bind().dialect.name]()


def _protect_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {_TABLE}_no_{verb.lower()} BEFORE {verb} ON {_TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
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
    for name, verbs, each in (
        ("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"),
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER {_TABLE}_no_{name} BEFORE {verbs} ON {_TABLE} "
            f"FOR EACH {each} EXECUTE FUNCTION {_TABLE}_refuse()"
        )
