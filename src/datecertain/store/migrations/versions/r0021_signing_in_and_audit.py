"""Signing in (passwords, visits, OpenID Connect) and the audit trail, a chain of entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0021"
down_revision = "0020"

_TRAIL = "audit_entries"
_REFUSAL = f"rows of {_TRAIL} are never changed or deleted"


def upgrade() -> None:
    _of_accounts()
    op.create_table(
        "sign_in_failures",
        Column("subject", Text, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("last_at", BigInteger, nullable=False),
        Column("shut_until", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_failures"),
    )
    op.create_table(
        "sign_in_requests",
        *(Column(name, Text, nullable=False)
          for name in ("state_sha256", "nonce", "verifier", "next")),
        Column("begun_at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name="pk_sign_in_requests"),
    )  # fmt: skip
    op.create_table(
        _TRAIL,
        Column("seq", BigInteger, nullable=False, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False)
          for name in ("phase", "who", "post", "kind", "action", "subject")),
        Column("of", BigInteger),
        *(Column(name, Text, nullable=False) for name in ("details", "previous", "sha256")),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{_TRAIL}"),
    )  # fmt: skip
    op.create_index(f"ix_{_TRAIL}_post", _TRAIL, ["post", "seq"])
    protect = {"sqlite": _protect_sqlite, "postgresql": _protect_postgresql}
    protect[op.get_bind().dialect.name]()


def _of_accounts() -> None:
    def account(table: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(
            ["login"], ["accounts.login"], name=f"fk_{table}_login_accounts"
        )

    op.create_table(
        "account_passwords",
        Column("login", Text, nullable=False),
        Column("encoded", Text, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        account("account_passwords"),
        sa.PrimaryKeyConstraint("login", name="pk_account_passwords"),
    )
    op.create_table(
        "account_identities",
        *(Column(name, Text, nullable=False) for name in ("issuer", "subject", "login")),
        Column("linked_at", BigInteger, nullable=False),
        account("account_identities"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_account_identities"),
    )
    op.create_table(
        "visits",
        *(Column(name, Text, nullable=False) for name in ("token_sha256", "login", "way")),
        *(Column(name, BigInteger, nullable=False) for name in ("began_at", "seen_at", "ends_at")),
        Column("ended_at", BigInteger),
        account("visits"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_visits"),
    )
    op.create_index("ix_visits_login", "visits", ["login"])
    op.add_column("accounts", Column("email", Text))
    op.create_index("ix_accounts_email", "accounts", ["email"], unique=True)


def _protect_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {_TRAIL}_no_{verb.lower()} BEFORE {verb} ON {_TRAIL} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
    op.execute(
        f"CREATE TRIGGER {_TRAIL}_no_replace BEFORE INSERT ON {_TRAIL} WHEN EXISTS "
        f"(SELECT 1 FROM {_TRAIL} WHERE seq = NEW.seq) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _protect_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION {_TRAIL}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for name, verbs, each in (
        ("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"),
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER {_TRAIL}_no_{name} BEFORE {verbs} ON {_TRAIL} "
            f"FOR EACH {each} EXECUTE FUNCTION {_TRAIL}_refuse()"
        )
