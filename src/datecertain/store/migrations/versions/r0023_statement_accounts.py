"""The account that said something of a statement, beside its post."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("statement_events", Column("account", Text))
