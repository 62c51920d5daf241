"""Interchanges are known by a digest that names its hash; those of before by a bare SHA-256."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for table in ("interchanges", "answers_due", "answers_given"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN sha256 TO digest")
