"""Tables of the sealed archive: keys, objects, what was erased, who looked (`store.archive`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from datecertain.store.records import METADATA

#: Keys of a post and a month (`YYYY-MM`, of receipt), each sealed under the master key that
#: `master_id` names. A key that was destroyed has lost `sealed` for good.
archive_keys = Table(
    "archive_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("master_id", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Column("destroyed_at", BigInteger),
    Index("ix_archive_keys_owner", "owner", "month"),
)

#: What is kept sealed, by the SHA-256 of its plain bytes: where in which pack, and its own key,
#: sealed under the post's. An object that was erased has lost `sealed_key` for good.
archive_objects = Table(
    "archive_objects",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("pack", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("key_id", Text, ForeignKey("archive_keys.key_id"), nullable=False),
    Column("sealed_key", LargeBinary),
    Column("received_at", BigInteger, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    Index("ix_archive_objects_pack", "pack"),
    Index("ix_archive_objects_received_at", "received_at"),
)

#: What was erased: tombstones. `subject` is the object's hash, the part's id, the batch whose
#: findings lost their text, or the facts file; `sha256` and `size` are those of what is gone. The
#: database itself refuses to change or delete such a row.
erasures = Table(
    "erasures",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    PrimaryKeyConstraint("kind", "subject"),
    CheckConstraint(
        "kind IN ('message', 'quarantine', 'finding', 'payer', 'events', 'person')", name="kind"
    ),
)

#: Who opened a sealed message, when and why (moment in UTC minutes), in order. The database itself
#: refuses to change or delete such a row.
archive_access = Table(
    "archive_access",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
