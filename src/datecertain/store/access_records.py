"""Tables of who may come in: accounts, their keys, passwords and visits (req 57-59).

These are written without the writer's lock of the workspace, for whoever comes in must not wait
until a month is judged: they belong to no batch. Moments are UTC seconds here, since keys and
visits are told apart by them. Conventions: `store.records`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from datecertain.store.records import METADATA

#: A person or a machine. `post` is empty for the group's central office. `roles` is a list of
#: `access.Role`; `state` is `active` or `closed`: an account is never deleted, for the audit trail
#: names it. `language` is that of its pages; `email`, in small letters, is what a provider of
#: OpenID Connect may know it by.
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
    Column("email", Text),
    Index("ix_accounts_email", "email", unique=True),
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

#: The password of a person: an argon2id hash with its parameters and salt (PHC string).
account_passwords = Table(
    "account_passwords",
    METADATA,
    Column("login", Text, ForeignKey("accounts.login"), primary_key=True),
    Column("encoded", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

#: Whom a provider of OpenID Connect knows an account as: its issuer, and its name for the person.
account_identities = Table(
    "account_identities",
    METADATA,
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("login", Text, ForeignKey("accounts.login"), nullable=False),
    Column("linked_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
)

#: Attempts to sign in that failed, of one account or one neighbourhood of addresses (`subject`),
#: and until when it is shut for that. Rows of a day ago are forgotten.
sign_in_failures = Table(
    "sign_in_failures",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("shut_until", BigInteger, nullable=False),
)

#: Sign-ins under way at a provider of OpenID Connect: what its answer is held against, once.
sign_in_requests = Table(
    "sign_in_requests",
    METADATA,
    Column("state_sha256", Text, primary_key=True),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("next", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
)

#: Visits of people: only the hash of the cookie's token is kept. `way` is `password` or `oidc`.
visits = Table(
    "visits",
    METADATA,
    Column("token_sha256", Text, primary_key=True),
    Column("login", Text, ForeignKey("accounts.login"), nullable=False),
    Column("way", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_visits_login", "login"),
)
