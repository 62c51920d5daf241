"""What was paid of a round, and weights that were verified: told by posts, never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0015"
down_revision = "0014"

_KEYS = {
    "payments_made": ("round", "payer", "payee", "seq"),
    "verified_weights": ("item_key", "seq"),
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "payments_made",
        Column("round", Integer, nullable=False),
        Column("payer", Text, nullable=False),
        Column("payee", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("paid_on", Integer, nullable=False),
        Column("amount_usdr", BigInteger, nullable=False),
        Column("replaces", Integer),
        *_told("payments_made"),
        Column("reason", Text, nullable=False),
        sa.CheckConstraint("amount_usdr >= 0", name="amount"),
        sa.PrimaryKeyConstraint(*_KEYS["payments_made"], name="pk_payments_made"),
    )
    op.create_table(
        "verified_weights",
        Column("item_key", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("note", Text, nullable=False),
        Column("weight_g", BigInteger),
        Column("verified_on", Integer, nullable=False),
        *_told("verified_weights"),
        sa.CheckConstraint("weight_g > 0", name="weight"),
        sa.PrimaryKeyConstraint(*_KEYS["verified_weights"], name="pk_verified_weights"),
    )
    protect = {"sqlite": _protect_sqlite, "postgresql": _protect_postgresql}
    for table in _KEYS:
        protect[op.get_bind().dialect.name](table)


def _told(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        Column("actor", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=f"fk_{table}_batch_id_batches"
        ),
    )


def _refusal(table: str) -> str:
    return f"rows of {table} are never changed or deleted"


def _protect_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_refusal(table)}'); END"
        )
    same = " AND ".join(f"{key} = NEW.{key}" for key in _KEYS[table])
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{_refusal(table)}'); END"
    )


def _protect_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_refusal(table)}'; END $$"
    )
    for name, verbs, each in (
        ("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"),
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER {table}_no_{name} BEFORE {verbs} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )
