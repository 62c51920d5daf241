"""What was kept in plain text before messages were sealed is sealed when a workspace is next worked
on: the parts in quarantine, and the files that they came from."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Update, select

from datecertain.operations.quarantine import about_part
from datecertain.store import Workspace, batch_id
from datecertain.store.archive import NOBODY, Kept, Sealing
from datecertain.store.archive_records import archive_objects
from datecertain.store.records import input_files, quarantine

_HASH = re.compile(r"[0-9a-f]{64}")


def seal_older(workspace: Workspace, now: int) -> int:
    """Seal what lies in plain text, in one commit; how many parts and files. Cut off, or with
    nothing to seal, it can be run again.

    Files that are not what their name says are left where they are: they were changed.
    """
    files = [
        path for path in sorted(workspace.archive.glob("[0-9a-f][0-9a-f]/*"))
        if _HASH.fullmatch(path.name)
    ]  # fmt: skip
    with workspace.reading() as view:
        parts = view.connection.execute(
            select(quarantine.c.id, quarantine.c.owner, quarantine.c.raw)
            .where(quarantine.c.key_id.is_(None))
        ).all()  # fmt: skip
        if not parts and not files:
            return 0
        held = set(view.connection.scalars(select(archive_objects.c.sha256)))
        owners = _owners(view.connection)
    fresh = [path for path in files if path.name not in held and _whole(path)]
    if parts or fresh:
        sealing = Sealing(workspace, now)
        batch = batch_id("seal", *(row.id for row in parts), *(path.name for path in fresh))
        with workspace.commit("seal", batch, now=now) as commit:
            sealing.keep(
                batch, [Kept(path.name, path, owners.get(path.name) or NOBODY) for path in fresh]
            )
            for row in parts:
                key_id, raw = sealing.note(row.raw, row.owner or NOBODY, about_part(row.id))
                change = quarantine.update().where(quarantine.c.id == row.id)
                commit.records(partial(_execute, change.values(key_id=key_id, raw=raw)))
            commit.records(sealing.write)
    for path in files:  # after the commit: what is sealed need not lie there any more
        if path.name in held or path in fresh:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    return len(parts) + len(fresh)


def _execute(change: Update, connection: Connection) -> None:
    connection.execute(change)


def _owners(connection: Connection) -> dict[str, str | None]:
    """The post that sent each file of which a part was set aside, by the file's hash."""
    rows = connection.execute(
        select(input_files.c.sha256, quarantine.c.owner).join(
            quarantine, (quarantine.c.batch_id == input_files.c.batch_id)
            & (quarantine.c.source == input_files.c.path),
        )
    )  # fmt: skip
    return {row.sha256: row.owner for row in rows}


def _whole(path: Path) -> bool:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == path.name
