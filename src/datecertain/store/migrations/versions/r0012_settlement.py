"""Statements with a life, rounds of netting, gaps accepted by name; a journal sealed in blocks.

The journal's lines no longer carry a digest each: `journal_seals` covers blocks of them. Lines that
are there are sealed as one block; its `prev_digest` is the last digest of the old chain, so whoever
kept that still finds it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Connection, Integer, Text

from datecertain.store.journal import GENESIS, LINES, digest_of, read_lines

revision = "0012"
down_revision = "0011"

_FROZEN = ("journal_seals", "statements", "statement_events", "payments", "netting_rounds",
           "accepted_gaps")  # fmt: skip
_SEQ = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        "journal_seals",
        Column("number", Integer, autoincrement=False),
        Column("first_seq", BigInteger, nullable=False),
        Column("last_seq", BigInteger, nullable=False),
        Column("prev_digest", Text, nullable=False),
        Column("digest", Text, nullable=False),
        *_batch("journal_seals"),
        sa.UniqueConstraint("first_seq", name="uq_journal_seals_first_seq"),
        sa.UniqueConstraint("last_seq", name="uq_journal_seals_last_seq"),
        sa.PrimaryKeyConstraint("number", name="pk_journal_seals"),
    )
    _statement_tables()
    _new_journal(connection)
    sqlite = connection.dialect.name == "sqlite"
    (_protect_journal_sqlite if sqlite else _protect_journal_postgresql)()
    for table in _FROZEN:
        (_protect_sqlite if sqlite else _protect_postgresql)(table)


def _batch(table: str) -> tuple[Column[str], sa.ForeignKeyConstraint]:
    name = f"fk_{table}_batch_id"
    return (
        Column("batch_id", Text, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=name),
    )


def _owner() -> tuple[Column[str], Column[str]]:
    return Column("owner", Text, nullable=False), Column("audience", Text, nullable=False)


def _statement_tables() -> None:
    op.create_table(
        "statement_events",
        Column("statement_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        *_owner(),
        Column("event", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("line", Integer, nullable=False),
        Column("item", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        *_batch("statement_events"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.statement_id"], name="fk_statement_events_statement_id"
        ),
        sa.PrimaryKeyConstraint("statement_id", "seq", name="pk_statement_events"),
    )
    op.create_table(
        "netting_rounds",
        Column("round_id", Text, nullable=False),
        *_owner(),
        Column("number", Integer, nullable=False),
        Column("netted_at", BigInteger, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("content", sa.JSON, nullable=False),
        *_batch("netting_rounds"),
        sa.UniqueConstraint("number", name="uq_netting_rounds_number"),
        sa.PrimaryKeyConstraint("round_id", name="pk_netting_rounds"),
    )
    op.create_table(
        "accepted_gaps",
        Column("period", Text, nullable=False),
        Column("gap", Text, nullable=False),
        *_owner(),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        *_batch("accepted_gaps"),
        sa.PrimaryKeyConstraint("period", "gap", name="pk_accepted_gaps"),
    )


def _new_journal(connection: Connection) -> None:
    """The lines that are there in the new table, sealed as one block on the old chain's head."""
    sqlite = connection.dialect.name == "sqlite"
    for index in ("ix_journal_period", "ix_journal_item_id"):
        op.drop_index(index, "journal")
    if not sqlite:
        op.execute("ALTER TABLE journal DROP CONSTRAINT pk_journal")
        op.execute("ALTER TABLE journal DROP CONSTRAINT uq_journal_seq")
    op.rename_table("journal", "journal_before")
    op.create_table(
        "journal",
        Column("seq", _SEQ, autoincrement=False),
        Column("entry_id", Text, nullable=False),
        Column("line", Integer, nullable=False),
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
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    columns = ", ".join(LINES.names)
    op.execute(f"INSERT INTO journal ({columns}) SELECT {columns} FROM journal_before ORDER BY seq")
    for name, column, unique in (
        ("uq_journal_entry_id", "entry_id", True), ("ix_journal_item_id", "item_id", False),
    ):  # fmt: skip
        first = sa.text("line = 1")
        op.create_index(
            name, "journal", [column], unique=unique, sqlite_where=first, postgresql_where=first
        )
    last = connection.execute(
        sa.text("SELECT seq, digest, batch_id FROM journal_before ORDER BY seq DESC LIMIT 1")
    ).one_or_none()
    if last is not None:
        digest = digest_of(last.digest, read_lines(connection, 1, last.seq))
        connection.execute(
            sa.text(
                "INSERT INTO journal_seals (number, first_seq, last_seq, prev_digest, digest, "
                "batch_id) VALUES (1, 1, :last, :before, :digest, :batch)"
            ),
            {"last": last.seq, "before": last.digest or GENESIS, "digest": digest,
             "batch": last.batch_id},
        )  # fmt: skip
    op.drop_table("journal_before")


def _protect_journal_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER journal_no_{verb.lower()} BEFORE {verb} ON journal "
            "BEGIN SELECT RAISE(ABORT, 'journal lines are never changed or deleted'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    op.execute(
        "CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal WHEN "
        "NEW.seq <= (SELECT max(seq) FROM journal) OR (NEW.line = 1 AND EXISTS (SELECT 1 FROM "
        "journal WHERE line = 1 AND entry_id = NEW.entry_id)) "
        "BEGIN SELECT RAISE(ABORT, 'journal lines are never replaced'); END"
    )


def _protect_journal_postgresql() -> None:
    # The function is there since 0001; the triggers went with the old table.
    op.execute(
        "CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE ON journal "
        "FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
    )
    op.execute(
        "CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
    )


_KEYS = {
    "journal_seals": ("number",), "statements": ("statement_id",),
    "statement_events": ("statement_id", "seq"),
    "payments": ("period", "version", "payer", "payee"), "netting_rounds": ("round_id",),
    "accepted_gaps": ("period", "gap"),
}  # fmt: skip


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
