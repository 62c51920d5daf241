"""Tables of what is told: happenings, how far was looked, webhooks and their deliveries.

These are written without the writer's lock of the workspace, for telling goes on while a month is
judged: they belong to no batch. Moments of webhooks and deliveries are UTC seconds, since tries are
told apart by them. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from datecertain.store.records import METADATA

#: What happened, in the order of telling; nobody is named in it. `subject` is what it happened to
#: and `version` which time, so that nothing is told twice; `at` when it happened, `told_at` when it
#: was found. The database itself refuses to change or delete a row.
happenings = Table(
    "happenings",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
    UniqueConstraint("kind", "subject", "version", name="uq_happenings_once"),
    Index("ix_happenings_audience", "audience", "seq"),
)

#: How far each source was looked through: rows of a table that only grows, or the place of the last
#: judging.
happening_marks = Table(
    "happening_marks",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("place", BigInteger, nullable=False),
)

#: Where a post (`owner`; empty: the central office) wants to be told. `kinds` empty: everything it
#: sees. `secret` signs, sealed under the master key `master_id`; the one before it signs as well
#: until `before_until`. `seq`: what was queued up to. `holder` is the server that sends, until
#: `held_until`. `problem`: why it is failing.
webhooks = Table(
    "webhooks",
    METADATA,
    Column("webhook_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("master_id", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("secret_before", LargeBinary),
    Column("before_until", BigInteger),
    Column("seq", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    CheckConstraint("state IN ('active', 'paused', 'failing', 'removed')", name="state"),
)

#: A happening on its way to a webhook: tried `attempts` times since `first_at`, next at `due_at`;
#: `status` and `problem` are those of the last try. `blocks`: the receiver cannot be reached, and
#: what comes after waits. `seq` 0: a ping.
webhook_deliveries = Table(
    "webhook_deliveries",
    METADATA,
    Column("message_id", Text, primary_key=True),
    Column("webhook_id", Text, ForeignKey("webhooks.webhook_id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("blocks", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("first_at", BigInteger),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("status", Integer),
    Column("problem", Text, nullable=False),
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
    Index("ix_webhook_deliveries_queue", "webhook_id", "state", "seq"),
)
