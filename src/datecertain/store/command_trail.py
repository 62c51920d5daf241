"""Commands in the audit trail: the first transaction by which a command changes a records store
bears its intent, at the end its outcome follows (req 58).

The intent is there exactly when that change is: it cannot be forgotten, and no second writer is
needed beside the command's own.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from datecertain.doing import Doing, present
from datecertain.errors import StoreError
from datecertain.store.audit_log import Entry, append_entry, bears_entry

if TYPE_CHECKING:
    from datecertain.store.database import Database

_LOG = logging.getLogger(__name__)


def tell_command(database: Database, connection: Connection, committed: ExitStack) -> None:
    """At the end of a transaction, which is committed before `committed` is left: tell the command
    that is at work, unless it was told, the transaction changed nothing, or bears an entry."""
    doing = present()
    if doing is None or doing.told(database.name):
        return
    if bears_entry(connection) or not database.changed(connection):
        return
    begun = committed.enter_context(doing.telling(database.name))
    if doing.told(database.name):  # another thread was first
        return
    seq = append_entry(connection, _entry(doing, "intent", {"user": doing.user()}))
    ending = database.ending()

    def end(well: bool, details: Mapping[str, str | int]) -> None:
        entry = _entry(doing, "done" if well else "failed", details, seq)
        try:
            with ending() as last:
                append_entry(last, entry)
        except StoreError as error:  # what was done is done: the command must say so
            _LOG.error("the audit trail could not be written: %s", error)

    begun(end)


def _entry(
    doing: Doing, phase: str, details: Mapping[str, str | int], of: int | None = None
) -> Entry:
    plain = json.dumps(dict(details), sort_keys=True, separators=(",", ":"))
    return Entry(
        int(time.time()), phase, doing.who, "*", "keeper", doing.action, doing.subject, of, plain
    )
