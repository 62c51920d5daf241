"""The records of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0001"
down_revision = None

_BATCH = "batches.batch_id"


def upgrade() -> None:
    _workspace_tables()
    _intake_tables()
    _promise_tables()
    _settlement_tables()
    if op.get_bind().dialect.name == "sqlite":
        _protect_journal_sqlite()
    else:
        _protect_journal_postgresql()


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))


def _owner(nullable: bool = False) -> tuple[Column[str], Column[str]]:
    return Column("owner", Text, nullable=nullable), Column("audience", Text, nullable=nullable)


def _batch(table: str) -> tuple[Column[str], sa.ForeignKeyConstraint]:
    return (
        Column("batch_id", Text, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], [_BATCH], name=f"fk_{table}_batch_id"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{columns[0]}")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _workspace_tables() -> None:
    _table("settings", Column("key", Text), Column("value", Text, nullable=False), key=("key",))
    _table(
        "network_versions",
        Column("version", Text),
        Column("name", Text, nullable=False),
        Column("published_at", BigInteger, nullable=False),
        Column("known_at", BigInteger, nullable=False),
        Column("content", LargeBinary, nullable=False),
        key=("version",),
    )
    _table(
        "runs",
        Column("run_id", Text),
        Column("operation", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("request_digest", Text, nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("finished_at", BigInteger),
        Column("state", Text, nullable=False),
        Column("counts", sa.JSON, nullable=False),
        Column("result", sa.JSON),
        Column("rules_version", Text),
        Column("network_version", Text),
        _unique("runs", "operation", "key"),
        _check("runs", "state", "state IN ('started', 'finished')"),
        key=("run_id",),
    )
    _table(
        "batches",
        Column("batch_id", Text),
        Column("operation", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("writer", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("published_seq", BigInteger),
        Column("tables", sa.JSON, nullable=False),
        Column("rows", sa.JSON, nullable=False),
        _unique("batches", "published_seq"),
        _check("batches", "state", "state IN ('open', 'published', 'discarded')"),
        key=("batch_id",),
    )
    _table(
        "published",
        Column("table_name", Text),
        Column("version", BigInteger, nullable=False),
        Column("seq", BigInteger, nullable=False),
        key=("table_name",),
    )


def _intake_tables() -> None:
    _table(
        "interchanges",
        Column("sender", Text),
        Column("recipient", Text),
        Column("control_ref", Text),
        Column("prepared_on", Text),
        *_owner(),
        Column("sha256", Text, nullable=False),
        Column("file", Text, nullable=False),
        Column("messages", BigInteger, nullable=False),
        Column("events", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        *_batch("interchanges"),
        key=("sender", "recipient", "control_ref", "prepared_on"),
    )
    _table(
        "input_files",
        Column("sha256", Text),
        Column("path", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        *_owner(nullable=True),
        Column("state", Text, nullable=False),
        *_batch("input_files"),
        Column("counts", sa.JSON, nullable=False),
        key=("sha256",),
    )
    _table(
        "quarantine",
        Column("id", Text),
        *_batch("quarantine"),
        *_owner(nullable=True),
        Column("source", Text, nullable=False),
        Column("position", Text, nullable=False),
        Column("reason_code", Text, nullable=False),
        Column("item", Text),
        Column("raw", LargeBinary, nullable=False),
        Column("state", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        _check("quarantine", "state", "state IN ('waiting', 'replayed', 'dismissed')"),
        key=("id",),
    )
    op.create_index("ix_quarantine_state", "quarantine", ["state"])
    _table(
        "findings",
        *_batch("findings"),
        Column("seq", BigInteger),
        *_owner(nullable=True),
        Column("code", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("position", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("item", Text),
        key=("batch_id", "seq"),
    )
    op.create_index("ix_findings_code", "findings", ["code"])
    op.create_index("ix_findings_item", "findings", ["item"])


def _promise_tables() -> None:
    _table(
        "promises",
        Column("promise_id", Text),
        *_owner(),
        Column("item_id", Text),
        Column("request", sa.JSON, nullable=False),
        Column("answer", sa.JSON, nullable=False),
        Column("network_version", Text, nullable=False),
        Column("accepted_at", BigInteger, nullable=False),
        Column("promised_on", Integer),
        Column("created_at", BigInteger, nullable=False),
        Column("voided_at", BigInteger),
        sa.ForeignKeyConstraint(
            ["network_version"], ["network_versions.version"], name="fk_promises_network_version"
        ),
        key=("promise_id",),
    )
    op.create_index("ix_promises_item_id", "promises", ["item_id"])


def _settlement_tables() -> None:
    _table(
        "journal",
        Column("entry_id", Text),
        Column("line", Integer),
        Column("seq", BigInteger, nullable=False),
        Column("booked_at", BigInteger, nullable=False),
        Column("value_on", Integer, nullable=False),
        Column("account", Text, nullable=False),
        Column("counterparty", Text, nullable=False),
        *_owner(),
        Column("currency", Text, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("item_id", Text),
        Column("item_key", Text),
        Column("reason", Text, nullable=False),
        Column("period", Text, nullable=False),
        *_batch("journal"),
        Column("prev_digest", Text, nullable=False),
        Column("digest", Text, nullable=False),
        _unique("journal", "seq"),
        key=("entry_id", "line"),
    )
    op.create_index("ix_journal_period", "journal", ["period", "owner"])
    op.create_index("ix_journal_item_id", "journal", ["item_id"])
    _table(
        "statements",
        Column("statement_id", Text),
        Column("post_a", Text, nullable=False),
        Column("post_b", Text, nullable=False),
        *_owner(),
        Column("period", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("content", LargeBinary, nullable=False),
        *_batch("statements"),
        Column("created_at", BigInteger, nullable=False),
        _unique("statements", "post_a", "post_b", "period", "version"),
        _check("statements", "pair", "post_a < post_b"),
        key=("statement_id",),
    )
    _table(
        "payments",
        Column("period", Text),
        Column("version", Integer),
        Column("payer", Text),
        Column("payee", Text),
        *_owner(),
        Column("amount_usdr", BigInteger, nullable=False),
        *_batch("payments"),
        _check("payments", "amount", "amount_usdr > 0"),
        key=("period", "version", "payer", "payee"),
    )


def _protect_journal_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER journal_no_{verb.lower()} BEFORE {verb} ON journal "
            "BEGIN SELECT RAISE(ABORT, 'journal lines are never changed or deleted'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    op.execute(
        "CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal WHEN EXISTS (SELECT 1 FROM "
        "journal WHERE seq = NEW.seq OR (entry_id = NEW.entry_id AND line = NEW.line)) "
        "BEGIN SELECT RAISE(ABORT, 'journal lines are never replaced'); END"
    )


def _protect_journal_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'journal lines are never changed or deleted'; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON journal "
        "FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
    )
    op.execute(
        "CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
    )
