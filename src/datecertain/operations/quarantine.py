"""What was set aside: its rows, the files that it came from, and what is still waiting (req 16).

A row holds the very bytes, sealed under the key of the post that sent them. To read a part of an
interchange again its envelope is wanted too: the whole file is in the sealed archive, as every file
is that was taken in (`store.archive`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from datecertain.errors import NotFound, StoreDamaged
from datecertain.messages import names_persons, without_persons
from datecertain.store import Workspace
from datecertain.store.archive import NOBODY, Opening, Sealing
from datecertain.store.archive_records import erasures
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


def told_row(raw: bytes) -> dict[str, Any] | None:
    """The row that was set aside as such (JSON); None for bytes of a message or a line."""
    if not raw.startswith(b"{"):
        return None
    try:
        row = json.loads(raw)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


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


def about_part(part_id: str) -> str:
    """What the sealed bytes of a part are said to be."""
    return f"datecertain quarantine 1\0{part_id}"


def sealed_row(row: dict[str, Any], sealing: Sealing) -> dict[str, Any]:
    """A quarantine row as it is stored: its bytes sealed."""
    key_id, raw = sealing.note(row["raw"], row["owner"] or NOBODY, about_part(row["id"]))
    return row | {"raw": raw, "key_id": key_id}


def kept_file(workspace: Workspace, source: str, offset: int, raw: bytes) -> tuple[str, bytes]:
    """Hash and bytes of the kept file of that name which has these bytes at that place.

    Raises `NotFound` also when the file was erased, or does not open (`archive verify` tells).
    """
    with workspace.reading() as view:
        hashes = view.connection.execute(
            select(input_files.c.sha256).where(input_files.c.path == source)
        ).scalars()
        opening = Opening(workspace, view.connection)
        for sha256 in list(hashes):
            try:
                data = opening.read(sha256)
            except (NotFound, StoreDamaged):
                continue
            if data[offset : offset + len(raw)] == raw:
                return sha256, data
    raise NotFound(f"{source} is not kept in the archive")


def waiting_parts(
    connection: Connection, ids: Collection[str] = (), partner: str = ""
) -> list[Part]:
    """The parts that wait, in order of receipt; of these ids (whole, or how they begin), of a
    partner, or all. What was erased waits no more. Raises `NotFound` for an id that no waiting
    part has.
    """
    rows = connection.execute(
        select(quarantine).with_only_columns(
            quarantine.c.id, quarantine.c.batch_id, quarantine.c.owner, quarantine.c.source,
            quarantine.c.position, quarantine.c.reason_code, quarantine.c.item,
            quarantine.c.created_at,
        ).outerjoin(
            quarantine_events, quarantine_events.c.quarantine_id == quarantine.c.id
        ).outerjoin(
            erasures, (erasures.c.kind == "quarantine") & (erasures.c.subject == quarantine.c.id)
        ).where(quarantine_events.c.quarantine_id.is_(None), erasures.c.subject.is_(None))
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


def raw_of(workspace: Workspace, connection: Connection, parts: Iterable[Part]) -> dict[str, bytes]:
    """The bytes of parts, by id, opened. Raises `StoreDamaged` for what was changed."""
    opening, wanted = Opening(workspace, connection), [part.id for part in parts]
    found: dict[str, bytes] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(
            select(quarantine.c.id, quarantine.c.raw, quarantine.c.key_id).where(
                quarantine.c.id.in_(wanted[first : first + _AT_ONCE])
            )
        )
        for row in rows:
            raw = bytes(row.raw)  # without a key: plain, from before parts were sealed
            found[row.id] = opening.note(raw, row.key_id, about_part(row.id)) if row.key_id else raw
    return found


def export_parts(workspace: Workspace, parts: Sequence[Part], folder: Path) -> list[Path]:
    """Write the bytes of each part into a file of a folder, named by partner, reason and id."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with workspace.reading() as view:
        for part in parts:
            name = _UNSAFE.sub("-", f"{part.partner or 'unknown'}-{part.reason}-{part.id}")
            path = folder / f"{name}.txt"
            path.write_bytes(raw_of(workspace, view.connection, [part])[part.id])
            written.append(path)
    return written
