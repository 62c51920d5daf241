"""Tables of claims and refunds: cases, what happened to them, refunds, what senders were told.

Nothing here is ever changed or deleted, which the database itself refuses; what a case or a refund
is now follows from its events. Names and addresses are not here.
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
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from datecertain.store.records import METADATA

#: Claims as they were filed. `key` makes filing idempotent; an item may have a second case only
#: after its first was withdrawn (`number`). `asked_at`: when the claim reached the post;
#: `claim`: remedy, headings and waiver as they were asked; `reference`: the claimant's own.
claim_cases = Table(
    "claim_cases",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("item_key", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("accepted_date", Integer, nullable=False),
    Column("claimant", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("claim", JSON, nullable=False),
    Column("reference", Text, nullable=False),
    Column("filed_at", BigInteger, nullable=False),
    UniqueConstraint("item_key", "number"),
    CheckConstraint("claimant IN ('sender', 'addressee')", name="claimant"),
    Index("ix_claim_cases_item_id", "item_id"),
)

#: What happened to a case, in order (`seq` from 0). `at`: when it happened; `state`: where the case
#: stood after it, until `due_at`; `level`: missed deadlines of that state.
claim_events = Table(
    "claim_events",
    METADATA,
    Column("case_id", Text, ForeignKey("claim_cases.case_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("level", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("verdict_batch", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
    CheckConstraint("role IN ('claimant', 'origin', 'destination', 'rule')", name="role"),
)

#: One refund per item, whoever started it: the key is the item's. `amount_minor` is what was first
#: granted; `means`: `original` where the post pays by the means by which the postage was paid (the
#: acceptance record names the payer while it is kept), else `arranged`; `bearer`: who bears it by
#: rule where nobody can say what became of the item.
refunds = Table(
    "refunds",
    METADATA,
    Column("item_key", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("accepted_date", Integer, nullable=False),
    Column("month", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("postage_minor", BigInteger, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("paying_office", Text, nullable=False),
    Column("means", Text, nullable=False),
    Column("bearer", Text),
    Column("terms_source", Text, nullable=False),
    Column("verdict_batch", Text, nullable=False),
    Column("case_id", Text, ForeignKey("claim_cases.case_id")),
    Column("granted_at", BigInteger, nullable=False),
    Column("batch_id", Text, ForeignKey("batches.batch_id")),
    CheckConstraint("amount_minor >= 0", name="amount"),
    Index("ix_refunds_month", "month"),
)

#: What became of a refund since it was granted, in order (`seq` from 1): `amount_minor` is what
#: stands after it.
refund_events = Table(
    "refund_events",
    METADATA,
    Column("item_key", Text, ForeignKey("refunds.item_key"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("verdict_batch", Text, nullable=False),
    Column("case_id", Text, ForeignKey("claim_cases.case_id")),
    Column("batch_id", Text, ForeignKey("batches.batch_id")),
    PrimaryKeyConstraint("item_key", "seq"),
    CheckConstraint("event IN ('reversed', 'restored', 'changed', 'kept')", name="event"),
)

#: What a sender was told of an item, once per kind: that it is late and may be claimed
#: (`claimable`), that nobody can say and when it is decided (`waiting`).
sender_notices = Table(
    "sender_notices",
    METADATA,
    Column("item_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until_on", Integer),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False),
    PrimaryKeyConstraint("item_key", "kind"),
    CheckConstraint("kind IN ('claimable', 'waiting')", name="kind"),
)
