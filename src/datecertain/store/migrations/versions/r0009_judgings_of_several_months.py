"""One batch may judge several months: a row of `judgings` is found by batch and month."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("judgings") as table:
        table.drop_constraint("pk_judgings", type_="primary")
        table.create_primary_key("pk_judgings", ["batch_id", "period"])
