"""Claims: cases and what happened to them; refunds, one per item; what senders were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Integer, Text

revision = "0010"
down_revision = "0009"

_REFUSAL = "what happened to claims and refunds is never changed or deleted"
#: Each table with its keys.
_TABLES = {
    "claim_cases": (("case_id",), ("seq",), ("key",), ("item_key", "number")),
    "claim_events": (("case_id", "seq"),),
    "refunds": (("item_key",),),
    "refund_events": (("item_key", "seq"),),
    "sender_notices": (("item_key", "kind"),),
}


def upgrade() -> None:
    _claim_cases()
    _claim_events()
    _refunds()
    _refund_events()
    _sender_notices()
    for table, keys in _TABLES.items():
        if op.get_bind().dialect.name == "sqlite":
            _protect_sqlite(table, keys)
        else:
            _protect_postgresql(table)


def _claim_cases() -> None:
    op.create_table(
        "claim_cases",
        Column("case_id", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("number", Integer, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("origin", Text, nullable=False),
        Column("destination", Text, nullable=False),
        Column("accepted_date", Integer, nullable=False),
        Column("claimant", Text, nullable=False),
        Column("asked_at", BigInteger, nullable=False),
        Column("claim", JSON, nullable=False),
        Column("reference", Text, nullable=False),
        Column("filed_at", BigInteger, nullable=False),
        sa.UniqueConstraint("seq", name="uq_claim_cases_seq"),
        sa.UniqueConstraint("key", name="uq_claim_cases_key"),
        sa.UniqueConstraint("item_key", "number", name="uq_claim_cases_item_key"),
        sa.CheckConstraint(
            "claimant IN ('sender', 'addressee')", name=op.f("ck_claim_cases_claimant")
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_claim_cases"),
    )  # fmt: skip
    op.create_index("ix_claim_cases_item_id", "claim_cases", ["item_id"])


def _claim_events() -> None:
    op.create_table(
        "claim_events",
        Column("case_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("due_at", BigInteger),
        Column("level", Integer, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
        Column("remedy", Text, nullable=False),
        Column("ground", Text, nullable=False),
        Column("verdict_batch", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["claim_cases.case_id"], name="fk_claim_events_case_id"
        ),
        sa.CheckConstraint(
            "role IN ('claimant', 'origin', 'destination', 'rule')",
            name=op.f("ck_claim_events_role"),
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_claim_events"),
    )  # fmt: skip


def _refunds() -> None:
    op.create_table(
        "refunds",
        Column("item_key", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("origin", Text, nullable=False),
        Column("destination", Text, nullable=False),
        Column("accepted_date", Integer, nullable=False),
        Column("month", Text, nullable=False),
        Column("ground", Text, nullable=False),
        Column("mode", Text, nullable=False),
        Column("postage_minor", BigInteger, nullable=False),
        Column("percent", Integer, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
        Column("currency", Text, nullable=False),
        Column("remedy", Text, nullable=False),
        Column("paying_office", Text, nullable=False),
        Column("means", Text, nullable=False),
        Column("bearer", Text),
        Column("terms_source", Text, nullable=False),
        Column("verdict_batch", Text, nullable=False),
        Column("case_id", Text),
        Column("granted_at", BigInteger, nullable=False),
        Column("batch_id", Text),
        sa.ForeignKeyConstraint(
            ["case_id"], ["claim_cases.case_id"], name="fk_refunds_case_id"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name="fk_refunds_batch_id"
        ),
        sa.CheckConstraint(
            "amount_minor >= 0", name=op.f("ck_refunds_amount")
        ),
        sa.PrimaryKeyConstraint("item_key", name="pk_refunds"),
    )  # fmt: skip
    op.create_index("ix_refunds_month", "refunds", ["month"])


def _refund_events() -> None:
    op.create_table(
        "refund_events",
        Column("item_key", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("verdict_batch", Text, nullable=False),
        Column("case_id", Text),
        Column("batch_id", Text),
        sa.ForeignKeyConstraint(
            ["item_key"], ["refunds.item_key"], name="fk_refund_events_item_key"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["claim_cases.case_id"], name="fk_refund_events_case_id"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name="fk_refund_events_batch_id"
        ),
        sa.CheckConstraint(
            "event IN ('reversed', 'restored', 'changed', 'kept')",
            name=op.f("ck_refund_events_event"),
        ),
        sa.PrimaryKeyConstraint("item_key", "seq", name="pk_refund_events"),
    )  # fmt: skip


def _sender_notices() -> None:
    op.create_table(
        "sender_notices",
        Column("item_key", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("item_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("until_on", Integer),
        Column("batch_id", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name="fk_sender_notices_batch_id"
        ),
        sa.CheckConstraint(
            "kind IN ('claimable', 'waiting')", name=op.f("ck_sender_notices_kind")
        ),
        sa.PrimaryKeyConstraint("item_key", "kind", name="pk_sender_notices"),
    )  # fmt: skip


def _protect_sqlite(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    same = " OR ".join(
        f"({' AND '.join(f'{column} = NEW.{column}' for column in key)})" for key in keys
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _protect_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )
