"""Imported monthly volumes of lanes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0014"
down_revision = "0013"

_TEXTS = ("customer", "weight_step", "contents", "product", "segment", "currency")


def upgrade() -> None:
    op.create_table(
        "volume_imports",
        Column("import_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text),
        Column("audience", Text),
        Column("name", Text, nullable=False),
        Column("rows", BigInteger, nullable=False),
        Column("set_aside", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        sa.PrimaryKeyConstraint("import_id", name="pk_volume_imports"),
        sa.UniqueConstraint("seq", name="uq_volume_imports_seq"),
    )
    op.create_table(
        "monthly_volumes",
        Column("import_id", Text, nullable=False),
        Column("line", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("month", Text, nullable=False),
        Column("origin", Text, nullable=False),
        Column("destination", Text, nullable=False),
        *(Column(name, Text, nullable=False) for name in _TEXTS),
        Column("items", BigInteger, nullable=False),
        Column("revenue", BigInteger),
        Column("refunds", BigInteger),
        Column("judged", BigInteger),
        Column("on_time", BigInteger),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_monthly_volumes"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["volume_imports.import_id"], name="fk_monthly_volumes_import_id"
        ),
        sa.CheckConstraint("items >= 0", name=op.f("ck_monthly_volumes_items")),
    )
    op.create_index(
        "ix_monthly_volumes_month", "monthly_volumes", ["month", "origin", "destination"]
    )
