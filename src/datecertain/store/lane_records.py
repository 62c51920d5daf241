"""Tables of the opening of lanes: what was proposed, signed, published and closed (req 78).

The database itself refuses to change or delete a row. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from datecertain.store.records import METADATA

#: A proposal for a lane; `owner` is the post that made it. `content` is the exact text of the terms
#: (canonical JSON) and `sha256` its digest; `terms_sha256` that of the clauses alone.
lane_proposals = Table(
    "lane_proposals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("standard", Text, nullable=False),
    Column("refund_mode", Text, nullable=False),
    Column("from_on", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("terms_sha256", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_lane_proposals_lane", "origin", "destination"),
)

#: What was done: `signed`, `withdrawn`, `published` (of a proposal), `closed` (of a lane). `owner`
#: is the post that did it, `sha256` what it signed, `network_version` what was put in force.
lane_acts = Table(
    "lane_acts",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, ForeignKey("lane_proposals.number")),
    Column("act", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("network_version", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("number", "act", "owner", name="uq_lane_acts_once"),
    Index("ix_lane_acts_lane", "origin", "destination"),
)
