"""What was set aside: its rows, the files that it came from, and what is still waiting (req 16).

A row holds the very bytes. To read a part of an interchange again its envelope is wanted too, so a
file of which a part was set aside is kept whole in the workspace's archive, under its hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from datecertain.errors import NotFound
from datecertain.messages import names_persons, without_persons
from datecertain.store import Workspace, write_durably
from datecertain.store.records import input_files, quarantine, quarantine_events

#: Rows named in one query: databases limit how many values it may hold.
_AT_ONCE = 500
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part in quarantine that waits. `partner` is the post that sent it, empty where that is
    not known; `created_at` the moment (UTC minutes) at which it was received."""

    id: str
    batch_id: str
    partner: str
    source: str
    position: str
    reason: str
    item: str | None
    created_at: int


def aside_row(
    sha256: str, source: str, position: str, code: str, raw: bytes, item: str | None,
    owner: str | None, now: int,
) -> dict[str, Any]:  # fmt: skip
    """The quarantine row of a part of the file with that hash, without `batch_id`.

    The reader blots out persons in what it sets aside; a whole interchange comes as it was sent.
    """
    if names_persons(raw):
        raw = without_persons(raw)
    identity = hashlib.sha256(f"{sha256}|{position}|{code}|{item}".encode()).hexdigest()
    return {
        "id": identity[:32], "owner": owner, "source": source, "position": position,
        "reason_code": code, "item": item, "raw": raw, "state": "waiting", "created_at": now,
    }  # fmt: skip


def kept_path(workspace: Workspace, sha256: str) -> Path:
    """Where a file is kept of which a part was set aside."""
    return workspace.archive / sha256[:2] / sha256


def keep_file(workspace: Workspace, sha256: str, path: Path) -> None:
    """Keep a file for reading its parts again. Raises `StoreError` when the disk is full."""
    kept = kept_path(workspace, sha256)
    if not kept.exists():
        write_durably(kept, path.read_bytes())


def kept_file(workspace: Workspace, source: str, offset: int, raw: bytes) -> tuple[str, bytes]:
    """Hash and bytes of the kept file of that name which has these bytes at that place.

    Raises `NotFound`.
    """
    with workspace.reading() as view:
        hashes = view.connection.execute(
            select(input_files.c.sha256).where(input_files.c.path == source)
        ).scalars()
        for sha256 in list(hashes):
            kept = kept_path(workspace, sha256)
            if kept.exists():
                data = kept.read_bytes()
                whole = hashlib.sha256(data).hexdigest() == sha256
                if whole and data[offset : offset + len(raw)] == raw:
                    return sha256, data
    raise NotFound(f"{source} is not kept in {workspace.archive}")


def waiting_parts(
    connection: Connection, ids: Collection[str] = (), partner: str = ""
) -> list[Part]:
    """The parts that wait, in order of receipt; of these ids (whole, or how they begin), of a
    partner, or all. Raises `NotFound` for an id that no waiting part has.
    """
    rows = connection.execute(
        select(quarantine).with_only_columns(
            quarantine.c.id, quarantine.c.batch_id, quarantine.c.owner, quarantine.c.source,
            quarantine.c.position, quarantine.c.reason_code, quarantine.c.item,
            quarantine.c.created_at,
        ).outerjoin(
            quarantine_events, quarantine_events.c.quarantine_id == quarantine.c.id
        ).where(quarantine_events.c.quarantine_id.is_(None))
        .order_by(quarantine.c.created_at, quarantine.c.source, quarantine.c.position,
                  quarantine.c.id)
    ).all()  # fmt: skip
    parts = [
        Part(row.id, row.batch_id, row.owner or "", row.source, row.position, row.reason_code,
             row.item, row.created_at)
        for row in rows
    ]  # fmt: skip
    for wanted in ids:
        if not any(part.id.startswith(wanted) for part in parts):
            raise NotFound(f"no part in quarantine waits under {wanted!r}: see `inbox quarantine`")
    return [
        part for part in parts
        if partner in ("", part.partner) and (not ids or part.id.startswith(tuple(ids)))
    ]  # fmt: skip


def raw_of(connection: Connection, parts: Iterable[Part]) -> dict[str, bytes]:
    """The bytes of parts, by id."""
    wanted = [part.id for part in parts]
    found: dict[str, bytes] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(
            select(quarantine.c.id, quarantine.c.raw).where(
                quarantine.c.id.in_(wanted[first : first + _AT_ONCE])
            )
        )
        found |= {row.id: bytes(row.raw) for row in rows}
    return found


def export_parts(workspace: Workspace, parts: Sequence[Part], folder: Path) -> list[Path]:
    """Write the bytes of each part into a file of a folder, named by partner, reason and id."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with workspace.reading() as view:
        for part in parts:
            name = _UNSAFE.sub("-", f"{part.partner or 'unknown'}-{part.reason}-{part.id}")
            path = folder / f"{name}.txt"
            path.write_bytes(raw_of(view.connection, [part])[part.id])
            written.append(path)
    return written
