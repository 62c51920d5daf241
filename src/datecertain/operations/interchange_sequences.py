"""Gaps and repeats in what partners sent, from the interchanges taken in (requirement 16)."""

from __future__ import annotations

from sqlalchemy import select

from datecertain.messages.sequences import Sent, SequenceReport, check_sequences
from datecertain.store import Workspace
from datecertain.store.records import interchanges


def interchange_sequences(
    workspace: Workspace, sender: str | None = None, recipient: str | None = None
) -> SequenceReport:
    """What the control references of all interchanges taken in say, or those of one sender, one
    recipient (identification as the header has it, with `:qualifier`).

    Interchanges set aside for a conflict, and those that broke off, are not among the records:
    their references count as missing until they come whole.
    """
    table = interchanges.c
    columns = (table.sender, table.recipient, table.control_ref, table.prepared_on, table.sha256)
    query = select(*columns)
    if sender is not None:
        query = query.where(table.sender == sender)
    if recipient is not None:
        query = query.where(table.recipient == recipient)
    with workspace.reading() as view:
        rows = view.connection.execute(query).all()
    return check_sequences(Sent(*row) for row in rows)
