"""Table of the action register: what a meeting decided, by whom and until when, and what was told
of it since. The database itself refuses to change or delete a row of it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from datecertain.store.records import METADATA

#: What was told of an action, in order (`seq` from 0, which is `added` and bears its texts).
#: `figure` is what shall move (empty: nothing is measured); `good` of `n` is what it was in
#: `measured` (a month) when the row was written, null where the facts held nothing; `digest` is
#: that of the question that answered it.
meeting_actions = Table(
    "meeting_actions",
    METADATA,
    Column("action", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("meeting_on", Integer, nullable=False),
    Column("due_on", Integer, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("title_ko", Text, nullable=False),
    Column("figure", Text, nullable=False),
    Column("measured", Text, nullable=False),
    Column("good", BigInteger),
    Column("n", BigInteger),
    Column("digest", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    PrimaryKeyConstraint("action", "seq"),
    CheckConstraint("good >= 0 AND good <= n", name="part"),
)
