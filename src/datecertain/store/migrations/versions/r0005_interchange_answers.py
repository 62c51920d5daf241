"""CONTRL: answers due and given, the counters of what is sent, and what partners answered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision = "0005"
down_revision = "0004"


def _owner() -> tuple[Column[str], Column[str]]:
    return Column("owner", Text, nullable=False), Column("audience", Text, nullable=False)


def _table(name: str, *parts: Column[Any] | sa.Constraint, key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        *parts,
        *_owner(),
        Column("batch_id", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.batch_id"], name=op.f(f"fk_{name}_batch_id")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


def _numbered() -> list[Column[Any]]:
    return [*_texts("sender", "recipient"), Column("number", BigInteger, nullable=False)]


def upgrade() -> None:
    _table(
        "answers_due",
        *_texts("sha256", "sender", "recipient", "control_ref"),
        Column("asked", Integer, nullable=False),
        Column("answer", sa.JSON, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        key=("sha256",),
    )
    _table(
        "sent_interchanges",
        *_numbered(),
        *_texts("control_ref", "application", "sha256"),
        Column("content", LargeBinary, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        sa.UniqueConstraint(
            "sender", "recipient", "control_ref", name=op.f("uq_sent_interchanges_sender")
        ),
        key=("sender", "recipient", "number"),
    )
    _table(
        "sent_files",
        *_numbered(),
        *_texts("path"),
        Column("at", BigInteger, nullable=False),
        key=("sender", "recipient", "number"),
    )
    _table(
        "answers_given",
        *_texts("sha256"),
        *_numbered(),
        sa.ForeignKeyConstraint(
            ["sha256"], ["answers_due.sha256"], name=op.f("fk_answers_given_sha256")
        ),
        key=("sha256",),
    )
    outcomes = "outcome IN ('accepted', 'in-part', 'refused', 'received')"
    _table(
        "answers_received",
        *_texts("answer_id", "partner", "interchange", "sender", "recipient", "control_ref"),
        *_texts("outcome", "error"),
        Column("message", Integer, nullable=False),
        Column("answer", sa.JSON, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        sa.CheckConstraint(outcomes, name=op.f("ck_answers_received_outcome")),
        key=("answer_id",),
    )
    op.create_index("ix_answers_received_control_ref", "answers_received", ["control_ref"])
