"""The opening of lanes: proposals, signatures, closures; never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0016"
down_revision = "0015"

_KEYS = {"lane_proposals": "number", "lane_acts": "seq"}


def upgrade() -> None:
    op.create_table(
        "lane_proposals",
        Column("number", Integer, autoincrement=False, nullable=False),
        *_texts("owner", "audience", "origin", "destination", "product", "standard"),
        Column("refund_mode", Text, nullable=False),
        Column("from_on", Integer, nullable=False),
        *_texts("sha256", "terms_sha256", "content", "actor"),
        Column("at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_lane_proposals"),
    )
    op.create_table(
        "lane_acts",
        Column("seq", Integer, autoincrement=False, nullable=False),
        Column("number", Integer),
        *_texts("act", "owner", "audience", "origin", "destination", "sha256", "network_version"),
        Column("actor", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_lane_acts"),
        sa.ForeignKeyConstraint(
            ["number"], ["lane_proposals.number"], name="fk_lane_acts_number_lane_proposals"
        ),
        sa.UniqueConstraint("number", "act", "owner", name="uq_lane_acts_once"),
    )
    protect = {"sqlite": _protect_sqlite, "postgresql": _protect_postgresql}
    for table in _KEYS:
        op.create_index(f"ix_{table}_lane", table, ["origin", "destination"])
        protect[op.get_bind().dialect.name](table)


def _texts(*names: str) -> tuple[Column[str], ...]:
    return tuple(Column(name, Text, nullable=False) for name in names)


def _refusal(table: str) -> str:
    return f"rows of {table} are never changed or deleted"


def _protect_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_refusal(table)}'); END"
        )
    key = _KEYS[table]
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{_refusal(table)}'); END"
    )


def _protect_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_refusal(table)}'; END $$"
    )
    for name, verbs, each in (
        ("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"),
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER {table}_no_{name} BEFORE {verbs} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )
