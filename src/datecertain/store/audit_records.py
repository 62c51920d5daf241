"""Table of the audit trail: who did or looked at what, appended, never changed (req 58).

The database refuses to change or delete a row; a chain of digests shows if someone went round it
(`store.audit_log`). Moments are UTC seconds. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from datecertain.store.records import METADATA

#: `seq` runs from 1 without a gap. `who` is the login of the account, `post` its post (empty: the
#: central office; `*`: the keeper of the workspace), `kind` how it was known; `of` is the entry
#: that this one tells the outcome of. `details` is canonical JSON of plain values. `previous` is
#: the digest of the entry before.
audit_entries = Table(
    "audit_entries",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("phase", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("of", BigInteger),
    Column("details", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Index("ix_audit_entries_post", "post", "seq"),
)
