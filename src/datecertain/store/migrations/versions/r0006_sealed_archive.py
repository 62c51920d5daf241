"""The sealed archive: keys, objects, what was erased, who looked; sealed parts in quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0006"
down_revision = "0005"

_PROTECTED = {
    "erasures": ("kind = NEW.kind AND subject = NEW.subject", "what was erased stays told"),
    "archive_access": ("seq = NEW.seq", "who opened a sealed message stays told"),
}


def upgrade() -> None:
    op.add_column("quarantine", Column("key_id", Text))
    op.create_table(
        "archive_keys",
        Column("key_id", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("month", Text, nullable=False),
        Column("master_id", Text, nullable=False),
        Column("sealed", LargeBinary),
        Column("created_at", BigInteger, nullable=False),
        Column("destroyed_at", BigInteger),
        sa.PrimaryKeyConstraint("key_id", name="pk_archive_keys"),
    )
    op.create_index("ix_archive_keys_owner", "archive_keys", ["owner", "month"])
    op.create_table(
        "archive_objects",
        Column("sha256", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("pack", Text, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("length", BigInteger, nullable=False),
        Column("key_id", Text, nullable=False),
        Column("sealed_key", LargeBinary),
        Column("received_at", BigInteger, nullable=False),
        Column("batch_id", Text, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_archive_objects"),
        sa.ForeignKeyConstraint(
            ["key_id"], ["archive_keys.key_id"], name="fk_archive_objects_key_id"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name="fk_archive_objects_batch_id"
        ),
    )
    op.create_index("ix_archive_objects_pack", "archive_objects", ["pack"])
    op.create_index("ix_archive_objects_received_at", "archive_objects", ["received_at"])
    _create_erasures()
    op.create_table(
        "archive_access",
        Column("seq", Integer, autoincrement=True, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_archive_access"),
    )
    protect = _protect_sqlite if op.get_bind().dialect.name == "sqlite" else _protect_postgresql
    for table, (same, refusal) in _PROTECTED.items():
        protect(table, same, refusal)


def _create_erasures() -> None:
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
        sa.CheckConstraint(
            "kind IN ('message', 'quarantine', 'finding', 'payer', 'events')",
            name=op.f("ck_erasures_kind"),
        ),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_erasures"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name="fk_erasures_batch_id"),
    )


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
