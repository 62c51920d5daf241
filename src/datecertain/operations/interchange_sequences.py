"""Gaps and repeats in what partners sent, from the interchanges taken in (requirement 16)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from datecertain.messages.sequences import Sent, SequenceReport, check_sequences
from datecertain.operations.networks import current_network, demand_posts
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
    with workspace.reading() as view:
        return sequences_in(view.connection, sender, recipient)


def sequences_in(
    connection: Connection, sender: str | None = None, recipient: str | None = None
) -> SequenceReport:
    """The same within a transaction."""
    table = interchanges.c
    columns = (table.sender, table.recipient, table.control_ref, table.prepared_on, table.digest)
    query = select(*columns)
    if sender is not None:
        query = query.where(table.sender == sender)
    if recipient is not None:
        query = query.where(table.recipient == recipient)
    return check_sequences(Sent(*row) for row in connection.execute(query))


def sequences_from(workspace: Workspace, post: str = "") -> SequenceReport:
    """What the references of one post say, by whichever identification it sends; of all without.

    Raises `NotFound` for a post that the network in force does not know.
    """
    report = interchange_sequences(workspace)
    if not post:
        return report
    network = current_network(workspace)
    demand_posts(network, post)
    return SequenceReport(
        tuple(one for one in report.gaps if network.post_of_party(one.sender) == post),
        tuple(one for one in report.repeats if network.post_of_party(one.sender) == post),
        tuple(one for one in report.uncounted if network.post_of_party(one.sender) == post),
    )
