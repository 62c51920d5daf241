"""Each judging of a month, as a row of its own: what it read, as of when, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "judgings",
        Column("batch_id", Text, nullable=False),
        Column("period", Text, nullable=False),
        Column("as_of", BigInteger, nullable=False),
        Column("read_seq", BigInteger, nullable=False),
        Column("later_facts", Boolean, nullable=False),
        Column("rules_version", Text, nullable=False),
        Column("whole", Boolean, nullable=False),
        Column("items", BigInteger, nullable=False),
        Column("judged", BigInteger, nullable=False),
        Column("new", BigInteger, nullable=False),
        Column("superseding", BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name="fk_judgings_batch_id"
        ),
        sa.PrimaryKeyConstraint("batch_id", name="pk_judgings"),
    )  # fmt: skip
    op.create_index("ix_judgings_period", "judgings", ["period"])
