"""The log of judgings: what each one read, as of when, and what came of it (req 53).

A later judging of the same month starts from what the last one knew.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, func, insert, select

from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
)
from datecertain.store import Workspace
from datecertain.store.records import batches, judgings

#: The facts that a verdict rests on.
INPUTS = (EVENTS_TABLE, ITEMS_TABLE, CASES_TABLE, *TRANSPORT_TABLES)


@dataclass(frozen=True, slots=True)
class Judging:
    """One judging of a month. It read the facts published up to the batch at place `read_seq`, and
    of them what was known at `as_of`; `later_facts` tells whether some were later than that."""

    batch_id: str
    period: str
    as_of: int
    read_seq: int
    later_facts: bool
    rules_version: str
    whole: bool
    items: int
    judged: int
    new: int
    superseding: int


def judgings_of(workspace: Workspace, period: str) -> list[Judging]:
    """The judgings of a month, in order. Judgings by releases that kept no log are not among
    them."""
    columns = [judgings.c[field.name] for field in fields(Judging)]
    with workspace.reading() as view:
        rows = view.connection.execute(
            select(*columns)
            .join(batches, batches.c.batch_id == judgings.c.batch_id)
            .where(judgings.c.period == period)
            .order_by(batches.c.published_seq)
        ).all()
    return [Judging(*row) for row in rows]


def last_judging(workspace: Workspace, period: str) -> Judging | None:
    """The last judging of a month; None when there was none."""
    found = judgings_of(workspace, period)
    return found[-1] if found else None


def last_place(workspace: Workspace) -> int:
    """The place of the batch published last; 0 when there is none."""
    with workspace.reading() as view:
        last = view.connection.execute(select(func.max(batches.c.published_seq))).scalar()
    return last or 0


def log_judging(connection: Connection, judging: Judging) -> None:
    """Write a judging down, in the transaction that publishes it."""
    values = {field.name: getattr(judging, field.name) for field in fields(Judging)}
    connection.execute(insert(judgings).values(**values))


def batches_since(workspace: Workspace, seq: int) -> dict[str, str]:
    """The batches published after a place in the order, each with its operation."""
    query = select(batches.c.batch_id, batches.c.operation).where(batches.c.published_seq > seq)
    with workspace.reading() as view:
        return {row.batch_id: row.operation for row in view.connection.execute(query)}


def places_of_batches(workspace: Workspace, operation: str | None = None) -> dict[str, int]:
    """The place of each published batch (of one operation) in the order of publication."""
    query = select(batches.c.batch_id, batches.c.published_seq).where(
        batches.c.published_seq.is_not(None)
    )
    if operation is not None:
        query = query.where(batches.c.operation == operation)
    with workspace.reading() as view:
        return {row.batch_id: row.published_seq for row in view.connection.execute(query)}
