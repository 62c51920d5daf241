"""Why a rule opened an inquiry, once; and how far inquiries were handed to the other post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0013"
down_revision = "0012"

_PROTECTED = {
    "inquiry_grounds": (("ground", "subject", "seq"), "why an inquiry was opened stays told"),
    "inquiry_sendings": (("inquiry_id", "post", "seq"), "what was handed over stays told"),
}


def upgrade() -> None:
    op.create_table(
        "inquiry_grounds",
        Column("ground", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("inquiry_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sa.CheckConstraint(
            "ground IN ('waiting', 'claim')", name=op.f("ck_inquiry_grounds_ground")
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.inquiry_id"], name="fk_inquiry_grounds_inquiry_id"
        ),
        sa.PrimaryKeyConstraint("ground", "subject", "seq", name="pk_inquiry_grounds"),
    )
    op.create_index("ix_inquiry_grounds_inquiry_id", "inquiry_grounds", ["inquiry_id"])
    op.create_table(
        "inquiry_sendings",
        Column("inquiry_id", Text, nullable=False),
        Column("post", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("file", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.inquiry_id"], name="fk_inquiry_sendings_inquiry_id"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "post", "seq", name="pk_inquiry_sendings"),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (key, refusal) in _PROTECTED.items():
        (_protect_sqlite if sqlite else _protect_postgresql)(table, key, refusal)


def _protect_sqlite(table: str, key: tuple[str, ...], refusal: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    )


def _protect_postgresql(table: str, key: tuple[str, ...], refusal: str) -> None:
    assert key  # the primary key itself refuses a second row
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )
