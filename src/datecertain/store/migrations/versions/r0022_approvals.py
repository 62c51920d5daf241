"""Approvals: two pairs of eyes on what moves promises or money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "approvals",
        Column("number", Integer, nullable=False, autoincrement=False),
        *(Column(name, Text, nullable=False)
          for name in ("owner", "audience", "kind", "request", "digest", "preview_en",
                       "preview_ko", "state", "asked_by")),
        *(Column(name, BigInteger, nullable=False) for name in ("asked_at", "ends_at")),
        Column("decided_by", Text, nullable=False),
        Column("decided_at", BigInteger),
        *(Column(name, Text, nullable=False) for name in ("note", "result")),
        Column("finished_at", BigInteger),
        sa.CheckConstraint("asked_by <> decided_by", name="two_pairs"),
        sa.PrimaryKeyConstraint("number", name="pk_approvals"),
    )  # fmt: skip
    op.create_index("ix_approvals_state", "approvals", ["state"])
