"""The action register of the chief executives' meetings: told by posts, never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0017"
down_revision = "0016"

_TABLE = "meeting_actions"
_REFUSAL = f"rows of {_TABLE} are never changed or deleted"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        Column("action", Integer, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("meeting_on", Integer, nullable=False),
        Column("due_on", Integer, nullable=False),
        *(Column(name, Text, nullable=False)
          for name in ("title_en", "title_ko", "figure", "measured")),
        Column("good", BigInteger),
        Column("n", BigInteger),
        *(Column(name, Text, nullable=False) for name in ("digest", "note", "actor")),
        Column("at", BigInteger, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.CheckConstraint("good >= 0 AND good <= n", name="part"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=f"fk_{_TABLE}_batch_id_batches"
        ),
        sa.PrimaryKeyConstraint("action", "seq", name=f"pk_{_TABLE}"),
    )  # fmt: skip
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
        f"(SELECT 1 FROM {_TABLE} WHERE action = NEW.action AND seq = NEW.seq) "
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
