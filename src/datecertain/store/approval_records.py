"""Table of approvals: what one asks for and another of the same post approves (req 58).

Its state goes on; who did what and when stands besides in the audit trail. Moments are UTC
seconds. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text

from datecertain.store.records import METADATA

#: `request` is canonical JSON of what will be done, `digest` its SHA-256 with the kind; the preview
#: is what both were shown. `approved` means: to be done, once; `done` and `failed` end it, with the
#: operation's `result` (JSON) or the reason.
approvals = Table(
    "approvals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("preview_en", Text, nullable=False),
    Column("preview_ko", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("note", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("finished_at", BigInteger),
    CheckConstraint("asked_by <> decided_by", name="two_pairs"),
    Index("ix_approvals_state", "state"),
)
