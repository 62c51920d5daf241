"""What is told: happenings, never changed; webhooks and what was delivered to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, LargeBinary, Text

revision = "0020"
down_revision = "0019"

_TABLE = "happenings"
_REFUSAL = f"rows of {_TABLE} are never changed or deleted"


def upgrade() -> None:
    _happenings()
    _webhooks()
    protect = {"sqlite": _protect_sqlite, "postgresql": _protect_postgresql}
    protect[op.get_bind().dialect.name]()


def _happenings() -> None:
    op.create_table(
        _TABLE,
        Column("seq", BigInteger, nullable=False, autoincrement=False),
        *(Column(name, Text, nullable=False)
          for name in ("owner", "audience", "kind", "subject", "version")),
        Column("at", BigInteger, nullable=False),
        Column("told_at", BigInteger, nullable=False),
        Column("body", JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("kind", "subject", "version", name=f"uq_{_TABLE}_once"),
    )  # fmt: skip
    op.create_index(f"ix_{_TABLE}_audience", _TABLE, ["audience", "seq"])
    op.create_table(
        "happening_marks",
        Column("source", Text, nullable=False),
        Column("place", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_happening_marks"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        *(Column(name, Text, nullable=False) for name in ("webhook_id", "owner", "url")),
        Column("kinds", JSON, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("state", "master_id")),
        Column("secret", LargeBinary, nullable=False),
        Column("secret_before", LargeBinary),
        Column("before_until", BigInteger),
        Column("seq", BigInteger, nullable=False),
        Column("created_by", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("problem", "holder")),
        Column("held_until", BigInteger, nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused', 'failing', 'removed')", name="state"),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_deliveries",
        *(Column(name, Text, nullable=False) for name in ("message_id", "webhook_id")),
        Column("seq", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("kind", "state")),
        Column("blocks", Boolean, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("first_at", BigInteger),
        Column("due_at", BigInteger, nullable=False),
        Column("done_at", BigInteger),
        Column("status", Integer),
        Column("problem", Text, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'given_up')", name="state"
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.webhook_id"],
            name="fk_webhook_deliveries_webhook_id_webhooks",
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_webhook_deliveries"),
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_queue", "webhook_deliveries", ["webhook_id", "state", "seq"]
    )


def _protect_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {_TABLE}_no_{verb.lower()} BEFORE {verb} ON {_TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_replace BEFORE INSERT ON {_TABLE} WHEN EXISTS "
        f"(SELECT 1 FROM {_TABLE} WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM {_TABLE} "
        "WHERE kind = NEW.kind AND subject = NEW.subject AND version = NEW.version) "
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
