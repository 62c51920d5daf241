"""Rows of approvals: functions over a transaction of the access book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from datecertain.store.approval_records import approvals

#: Number of the PostgreSQL advisory lock: the bytes "dc-appro".
_LOCK = int.from_bytes(b"dc-appro", "big", signed=True)


def add_approval(connection: Connection, row: Mapping[str, Any]) -> int:
    """A new row; its number, the next one."""
    _alone(connection)
    last = connection.execute(select(func.max(approvals.c.number))).scalar()
    number = int(last or 0) + 1
    connection.execute(insert(approvals).values(**row, number=number))
    return number


def approval_row(connection: Connection, number: int) -> Row[Any] | None:
    """One row. In a writing transaction nobody changes it until that ends."""
    _alone(connection)
    return connection.execute(select(approvals).where(approvals.c.number == number)).first()


def approval_rows(
    connection: Connection, *, owner: str | None = None, state: str | None = None,
    after: int = 0, limit: int | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Rows in their order; of one post, of one state."""
    query = select(approvals).where(approvals.c.number > after).order_by(approvals.c.number)
    if owner is not None:
        query = query.where(approvals.c.owner == owner)
    if state is not None:
        query = query.where(approvals.c.state == state)
    return connection.execute(query.limit(limit)).all()


def change_approval(
    connection: Connection, number: int, before: str, **values: Any
) -> bool:  # fmt: skip
    """Change a row that stands at `before`; whether it did."""
    done = connection.execute(
        update(approvals)
        .where(approvals.c.number == number, approvals.c.state == before)
        .values(**values)
    )
    return bool(done.rowcount)


def _alone(connection: Connection) -> None:
    options = connection.get_execution_options()
    if connection.dialect.name == "postgresql" and not options.get("postgresql_readonly"):
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
