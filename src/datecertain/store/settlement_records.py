"""Tables of the settlement: the journal and its seals, statements and what became of them,
rounds of netting and their payments.

The database itself refuses to change or delete a row of any of them. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
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
    UniqueConstraint,
    text,
)

from datecertain.store.records import METADATA


def _owner() -> tuple[Column[str], Column[str]]:
    return Column("owner", Text, nullable=False), Column("audience", Text, nullable=False)


def _batch() -> Column[str]:
    return Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False)


#: SQLite keeps rows in the order of an INTEGER key and needs no index for it.
_Seq = BigInteger().with_variant(Integer, "sqlite")
_FIRST = text("line = 1")

#: The journal, line after line (`seq` from 1). The lines of an entry stand together, numbered from
#: 1, and sum to zero per owner and currency; an entry's id is there once (on SQLite by a trigger).
journal = Table(
    "journal",
    METADATA,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
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
    Index("uq_journal_entry_id", "entry_id", unique=True,
          postgresql_where=_FIRST).ddl_if(dialect="postgresql"),
    Index("ix_journal_entry_id", "entry_id", sqlite_where=_FIRST).ddl_if(dialect="sqlite"),
    Index("ix_journal_item_id", "item_id", sqlite_where=_FIRST, postgresql_where=_FIRST),
)  # fmt: skip

#: What chains the journal: each seal covers the lines from `first_seq` to `last_seq` and, by
#: `prev_digest`, all before them (`store.journal`). `batch_id` is the commit that booked them.
journal_seals = Table(
    "journal_seals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", BigInteger, nullable=False, unique=True),
    Column("last_seq", BigInteger, nullable=False, unique=True),
    Column("prev_digest", Text, nullable=False),
    Column("digest", Text, nullable=False),
    _batch(),
)

#: One statement per pair of posts and period, in versions (req 46); `content` is canonical JSON
#: and `sha256` freezes it. `post_a` sorts before `post_b`. `state` is how it was written; what
#: became of it since: `statement_events`.
statements = Table(
    "statements",
    METADATA,
    Column("statement_id", Text, primary_key=True),
    Column("post_a", Text, nullable=False),
    Column("post_b", Text, nullable=False),
    *_owner(),
    Column("period", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    _batch(),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("post_a", "post_b", "period", "version"),
    CheckConstraint("post_a < post_b", name="pair"),
)

#: What became of a statement, in order (`seq` from 0). `actor` is the post that spoke, or empty
#: where a date or a round did; `line` the statement's line it spoke of, 0 for the whole; `item` an
#: item number where only that is contested; `account` whose hand it was, which the post of `actor`
#: alone may see: null in older events, empty where nobody said.
statement_events = Table(
    "statement_events",
    METADATA,
    Column("statement_id", Text, ForeignKey("statements.statement_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    _batch(),
    Column("account", Text),
    PrimaryKeyConstraint("statement_id", "seq"),
)

#: The payments that would settle a period after multilateral netting, as it was settled (req 45).
payments = Table(
    "payments",
    METADATA,
    Column("period", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("payer", Text, nullable=False),
    Column("payee", Text, nullable=False),
    *_owner(),
    Column("amount_usdr", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("period", "version", "payer", "payee"),
    CheckConstraint("amount_usdr > 0", name="amount"),
)

#: Rounds of netting over accepted statements, whole: who was in, what was netted, who pays whom,
#: and until when. `content` is canonical JSON, `sha256` freezes it.
netting_rounds = Table(
    "netting_rounds",
    METADATA,
    Column("round_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("number", Integer, nullable=False, unique=True),
    Column("netted_at", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", JSON, nullable=False),
    _batch(),
)

#: What was paid of a round's payments, as posts told it (`seq` from 0 for each payment). A row that
#: `replaces` another says that that one was wrong.
payments_made = Table(
    "payments_made",
    METADATA,
    Column("round", Integer, nullable=False),
    Column("payer", Text, nullable=False),
    Column("payee", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(),
    Column("paid_on", Integer, nullable=False),
    Column("amount_usdr", BigInteger, nullable=False),
    Column("replaces", Integer),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("round", "payer", "payee", "seq"),
    CheckConstraint("amount_usdr >= 0", name="amount"),
)

#: Weights that a post verified, by its notes. A later note of the same item takes its place.
verified_weights = Table(
    "verified_weights",
    METADATA,
    Column("item_key", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(),
    Column("item_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("weight_g", BigInteger),
    Column("verified_on", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("item_key", "seq"),
    CheckConstraint("weight_g > 0", name="weight"),
)

#: Gaps of a reconciled period that somebody accepted by name, so that it may be closed over them.
accepted_gaps = Table(
    "accepted_gaps",
    METADATA,
    Column("period", Text, nullable=False),
    Column("gap", Text, nullable=False),
    *_owner(),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("period", "gap"),
)
