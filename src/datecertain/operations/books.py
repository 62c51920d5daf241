"""The journal looked into: what was booked, what stood on an account, the proof (req 44, 53)."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import select

from datecertain.errors import NotFound
from datecertain.operations.networks import current_network, demand_posts
from datecertain.settlement import JOURNAL, JournalEntry, entries_of
from datecertain.store import Balances, Whole, Workspace, balances, verify_journal
from datecertain.store.settlement_records import journal

#: Entries that are shown at once.
SHOWN = 200


def prove_journal(workspace: Workspace, kept: str | None = None) -> Whole:
    """Prove the whole journal; `kept`: a digest noted earlier that must be in it.

    Raises `StoreDamaged` at the first block that is not as it was sealed.
    """
    with workspace.reading() as view:
        return verify_journal(view.connection, kept)


def book_balances(
    workspace: Workspace, at: int | None, value_on: int | None, post: str | None
) -> Balances:
    """What stood on every account at a moment (`at`: booked by then; `value_on`: of value by that
    day), in the books of one post or of all.

    Raises `NotFound` for a post without books that the network in force does not know.
    """
    with workspace.reading() as view:
        found = balances(view.connection, at=at, value_on=value_on, owner=post)
    if post and not found.rows:
        demand_posts(current_network(workspace), post)
    return found


def journal_entries(
    workspace: Workspace, period: str | None, item_id: str | None, entry_id: str | None
) -> tuple[JournalEntry, ...]:
    """The entries of a period, about an item, or one by its id: at most `SHOWN`.

    Raises `NotFound` when there is none.
    """
    table = journal.c
    firsts = select(table.entry_id, table.seq).where(table.line == 1)
    for column, wanted in (
        (table.period, period), (table.item_id, item_id), (table.entry_id, entry_id),
    ):  # fmt: skip
        firsts = firsts if wanted is None else firsts.where(column == wanted)
    names = [table[name] for name in JOURNAL.names]
    with workspace.reading() as view:
        found = view.connection.execute(firsts.order_by(table.seq).limit(SHOWN)).all()
        rows = []
        for row in found:
            # The lines of an entry stand together: no entry has as many as these.
            lines = select(*names).where(
                table.seq.between(row.seq, row.seq + 63), table.entry_id == row.entry_id
            )
            rows += [dict(line) for line in view.connection.execute(lines).mappings()]
    if not rows:
        raise NotFound("the journal has no such entry: look with `datecertain journal balance`")
    return entries_of(pa.Table.from_pylist(rows, schema=JOURNAL))
