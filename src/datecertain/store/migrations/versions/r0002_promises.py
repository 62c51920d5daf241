"""Promises recorded at acceptance, and what happens to them; when each network was put in force.

The table of that name in 0001 was never written by any release. Should it hold rows all the same,
nothing is migrated: they are not ours to drop.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

from datecertain.errors import StoreError

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    found = op.get_bind().execute(sa.text("SELECT count(*) FROM promises")).scalar_one()
    if found:
        raise StoreError(
            f"records: the table promises holds {found} rows that no release of datecertain wrote: "
            "move them out of it, then open the workspace for writing again"
        )
    op.drop_table("promises")
    _network_publications()
    _promises()
    _promise_events()
    if op.get_bind().dialect.name == "sqlite":
        _protect_sqlite("promises", "promise_id = NEW.promise_id OR seq = NEW.seq")
        _protect_sqlite("promise_events", "promise_id = NEW.promise_id AND seq = NEW.seq")
    else:
        _protect_postgresql()


def _network_publications() -> None:
    op.create_table(
        "network_publications",
        Column("seq", Integer, autoincrement=True),
        Column("version", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["network_versions.version"], name="fk_network_publications_version"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_network_publications"),
    )
    # Until now only the first time of each was kept, and which one is in force.
    op.execute(
        "INSERT INTO network_publications (version, at) SELECT version, published_at "
        "FROM network_versions ORDER BY published_at, (SELECT count(*) FROM settings "
        "WHERE settings.key = 'network_version' AND settings.value = version), version"
    )


def _promises() -> None:
    op.create_table(
        "promises",
        Column("promise_id", Text),
        Column("seq", BigInteger, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("item_id", Text),
        *(
            Column(name, Text, nullable=False)
            for name in (
                "origin", "origin_postcode", "destination", "destination_postcode", "product",
                "contents", "channel", "address",
            )
        ),
        Column("weight_g", BigInteger),
        Column("value_usdr", BigInteger),
        Column("office", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("evidence", Text, nullable=False),
        Column("accepted_day", Integer, nullable=False),
        Column("accepted_min", Integer, nullable=False),
        Column("accepted_at", BigInteger, nullable=False),
        Column("possession_at", BigInteger),
        Column("told_on", Integer),
        Column("standard_on", Integer),
        Column("status", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("network_version", Text, nullable=False),
        Column("rules_version", Text, nullable=False),
        Column("tzdata_version", Text, nullable=False),
        Column("postage_minor", BigInteger),
        Column("currency", Text, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("made", Text, nullable=False),
        Column("table_id", Text),
        Column("expires_at", BigInteger),
        _check("promises", "evidence", "evidence IN ('possession', 'label')"),
        _check("promises", "made", "made IN ('online', 'offline')"),
        sa.UniqueConstraint("seq", name="uq_promises_seq"),
        sa.PrimaryKeyConstraint("promise_id", name="pk_promises"),
    )  # fmt: skip
    op.create_index("ix_promises_item_id", "promises", ["item_id"])
    op.create_index("ix_promises_expires_at", "promises", ["expires_at"])


def _promise_events() -> None:
    op.create_table(
        "promise_events",
        Column("promise_id", Text, nullable=False),
        Column("seq", Integer, nullable=False),
        Column("owner", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("event", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("item_id", Text),
        Column("details", sa.JSON, nullable=False),
        _check(
            "promise_events", "event",
            "event IN ('recorded', 'possessed', 'voided', 'expired', 'reconciled')",
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promises.promise_id"], name="fk_promise_events_promise_id"
        ),
        sa.PrimaryKeyConstraint("promise_id", "seq", name="pk_promise_events"),
    )  # fmt: skip
    op.create_index("ix_promise_events_item_id", "promise_events", ["item_id"])


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _protect_sqlite(table: str, same: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'promises are never changed or deleted'); END"
        )
    # INSERT OR REPLACE deletes without firing the delete trigger.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        "BEGIN SELECT RAISE(ABORT, 'promises are never replaced'); END"
    )


def _protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION promises_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'promises are never changed or deleted'; END $$"
    )
    for table in ("promises", "promise_events"):
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION promises_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION promises_refuse()"
        )
