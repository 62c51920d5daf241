"""Inquiries between posts, what happened to each, and the persons in cases, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0011"
down_revision = "0010"

_KINDS = "kind IN ('message', 'quarantine', 'finding', 'payer', 'events', 'person')"
_PROTECTED = {
    "inquiries": ("inquiry_id = NEW.inquiry_id", "an inquiry stays as it was opened"),
    "inquiry_events": (
        "inquiry_id = NEW.inquiry_id AND seq = NEW.seq", "what happened to an inquiry stays told",
    ),
}  # fmt: skip
_ERASURES = ("erasures", "kind = NEW.kind AND subject = NEW.subject", "what was erased stays told")


def upgrade() -> None:
    _inquiries()
    _inquiry_events()
    op.create_table(
        "case_persons",
        Column("case_id", Text, nullable=False),
        Column("part", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("key_id", Text, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("stored_at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "part", name="pk_case_persons"),
    )
    op.create_index("ix_case_persons_stored_at", "case_persons", ["stored_at"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (same, refusal) in _PROTECTED.items():
        (_protect_sqlite if sqlite else _protect_postgresql)(table, same, refusal)
    if sqlite:
        _erasures_of_persons_sqlite()
    else:
        op.drop_constraint("ck_erasures_kind", "erasures")
        op.create_check_constraint(op.f("ck_erasures_kind"), "erasures", _KINDS)


def _inquiries() -> None:
    op.create_table(
        "inquiries",
        Column("inquiry_id", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("asking", Text, nullable=False),
        Column("asked", Text, nullable=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("facts", sa.JSON, nullable=False),
        Column("network_version", Text, nullable=False),
        sa.PrimaryKeyConstraint("inquiry_id", name="pk_inquiries"),
    )
    op.create_index("ix_inquiries_item_id", "inquiries", ["item_id"])
    op.create_index("ix_inquiries_opened_at", "inquiries", ["opened_at"])


def _inquiry_events() -> None:
    op.create_table(
        "inquiry_events",
        Column("inquiry_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("act", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("post", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("details", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.inquiry_id"], name="fk_inquiry_events_inquiry_id"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "seq", name="pk_inquiry_events"),
    )


def _erasures_of_persons_sqlite() -> None:
    """SQLite cannot change a check: the rows move into a table with the new one."""
    op.execute("ALTER TABLE erasures RENAME TO erasures_before")
    op.create_table(
        "erasures",
        Column("kind", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("rule", Text, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_erasures_kind")),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_erasures"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_erasures_batch_id"),
    )
    op.execute("INSERT INTO erasures SELECT * FROM erasures_before")
    op.execute("DROP TABLE erasures_before")  # with it go its triggers
    _protect_sqlite(*_ERASURES)


def _protect_sqlite(table: str, same: str, refusal: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    )


def _protect_postgresql(table: str, same: str, refusal: str) -> None:
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
