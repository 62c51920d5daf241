"""Accounts of people and machines, and the keys they come in with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Text

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "accounts",
        *(Column(name, Text, nullable=False) for name in ("login", "name", "post")),
        Column("roles", JSON, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("kind", "state", "language")),
        Column("created_at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_accounts"),
    )
    op.create_table(
        "account_keys",
        *(Column(name, Text, nullable=False) for name in ("key_id", "login", "sha256")),
        Column("scopes", JSON),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger),
        Column("revoked_at", BigInteger),
        sa.ForeignKeyConstraint(
            ["login"], ["accounts.login"], name="fk_account_keys_login_accounts"
        ),
        sa.PrimaryKeyConstraint("key_id", name="pk_account_keys"),
    )
    op.create_index("ix_account_keys_login", "account_keys", ["login"])
