"""What an earlier writer left behind: its open intents, and facts beyond what was published.

The operation's own work died with it, so an intent is discarded, never completed; running the
operation again makes the same batch. All of it happens inside one records transaction that holds
the intents' rows: a writer that was only cut off from us can no longer publish them.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select, update

from datecertain.store.commit import published_versions
from datecertain.store.database import Database
from datecertain.store.disk import disk_errors
from datecertain.store.fact_store import FactStore
from datecertain.store.records import batches, published


def discard_unpublished(
    database: Database, facts: FactStore, tables: Iterable[str]
) -> tuple[str, ...]:
    """Discard every open batch and all facts beyond the published versions; the batches' ids.

    Doing it again changes nothing. Raises `StoreDamaged` when facts stand beyond the published
    version that no batch known to the records wrote.
    """
    with database.writing() as connection:
        opened = tuple(
            connection.scalars(
                update(batches)
                .where(batches.c.state == "open")
                .values(state="discarded")
                .returning(batches.c.batch_id)
            )
        )
        known = set(
            connection.scalars(select(batches.c.batch_id).where(batches.c.state == "discarded"))
        )
        pinned = published_versions(connection)
        with disk_errors("discarding what was not published"):
            present = facts.present({*tables, *pinned})
            for name in sorted(present | set(pinned)):
                stands = facts.discard(name, pinned.get(name), opened, known)
                if stands is not None and stands != pinned.get(name):
                    _stand_at(connection, name, stands)
    return tuple(sorted(opened))


def _stand_at(connection: Connection, name: str, version: int) -> None:
    """Object storage put the published rows back on top: another version, the same content."""
    here = published.c.table_name == name
    if not connection.execute(update(published).where(here).values(version=version)).rowcount:
        connection.execute(insert(published).values(table_name=name, version=version, seq=0))
