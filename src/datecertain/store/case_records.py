"""Tables of cases: inquiries between posts, what happened to each, and the persons in cases.

Names, addresses and free words about a case stand in `case_persons` and nowhere else, sealed; what
stands in the other tables names nobody (requirement 59).
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
)

from datecertain.store.records import METADATA

#: Inquiries as they were opened: `asking` asks `asked`. `facts` is what was known of the item then.
#: The database itself refuses to change or delete a row.
inquiries = Table(
    "inquiries",
    METADATA,
    Column("inquiry_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("asking", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("network_version", Text, nullable=False),
    Index("ix_inquiries_item_id", "item_id"),
    Index("ix_inquiries_opened_at", "opened_at"),
)

#: What happened to an inquiry, in order (`seq` from 0 is its opening): `at` when it was done,
#: `recorded_at` when it was written down; `reason` is a code. The database itself refuses to change
#: or delete a row.
inquiry_events = Table(
    "inquiry_events",
    METADATA,
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", JSON, nullable=False),
    PrimaryKeyConstraint("inquiry_id", "seq"),
)

#: Why a rule opened an inquiry, or let one that stood do: `waiting`, an item (`subject`: its key)
#: without a final event; `claim`, a claim (its case) whose date the other post is asked to confirm,
#: by the event `seq` of the case. One inquiry for each, by the database's own key.
inquiry_grounds = Table(
    "inquiry_grounds",
    METADATA,
    Column("ground", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("ground", "subject", "seq"),
    CheckConstraint("ground IN ('waiting', 'claim')", name="ground"),
    Index("ix_inquiry_grounds_inquiry_id", "inquiry_id"),
)

#: How far an inquiry was handed to a post: with its event `seq`, in a file of the outgoing folder.
inquiry_sendings = Table(
    "inquiry_sendings",
    METADATA,
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    Column("post", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("inquiry_id", "post", "seq"),
)

#: Persons of a case (an inquiry or a claim, by its id): `part` is `sender`, `addressee`, or the
#: words beside an event (`note-2`). `sealed` opens with the key that `key_id` names
#: (`store.archive`); past its retention it is emptied, and then only an erasure tells of it.
case_persons = Table(
    "case_persons",
    METADATA,
    Column("case_id", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("case_id", "part"),
    Index("ix_case_persons_stored_at", "stored_at"),
)
