"""Tables of imported volumes: which files were taken in, and their rows, by month and lane.

Of several imports that tell a month of a lane the last one counts whole; nothing is edited.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from datecertain.store.records import METADATA

#: One file taken in; `import_id` is the SHA-256 of the rows that it told.
volume_imports = Table(
    "volume_imports",
    METADATA,
    Column("import_id", Text, primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("owner", Text),
    Column("audience", Text),
    Column("name", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("set_aside", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)

#: One row of a file. Money in hundredths; null where the file did not say.
monthly_volumes = Table(
    "monthly_volumes",
    METADATA,
    Column("import_id", Text, ForeignKey("volume_imports.import_id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("weight_step", Text, nullable=False),
    Column("contents", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("revenue", BigInteger),
    Column("refunds", BigInteger),
    Column("judged", BigInteger),
    Column("on_time", BigInteger),
    PrimaryKeyConstraint("import_id", "line"),
    CheckConstraint("items >= 0", name="items"),
    Index("ix_monthly_volumes_month", "month", "origin", "destination"),
)
