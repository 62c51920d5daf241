"""Tables of who may come in: accounts, their keys, and what was done (req 57-59).

These are written without the writer's lock of the workspace, for whoever comes in must not wait
until a month is judged: they belong to no batch. Moments are UTC seconds here, since keys and
visits are told apart by them. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Table, Text

from datecertain.store.records import METADATA

#: A person or a machine. `post` is empty for the group's central office. `roles` is a list of
#: `access.Role`; `state` is `active` or `closed`: an account is never deleted, for the audit trail
#: names it. `language` is that of its pages.
accounts = Table(
    "accounts",
    METADATA,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

#: Keys of accounts: only the hash of each is kept. `scopes` cuts the rights of the account (null:
#: all that it has).
account_keys = Table(
    "account_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("login", Text, ForeignKey("accounts.login"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("scopes", JSON),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Index("ix_account_keys_login", "login"),
)
