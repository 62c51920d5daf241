"""The sealed archive as its keeper sees it: how it stands, opening a message, proving it whole, a
new master key (req 59, 75)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, func, insert, select

from datecertain.durable import sync_directory
from datecertain.errors import NotFound, StoreDamaged, StoreError, UsageError
from datecertain.operations.clock import Clock
from datecertain.operations.quarantine import about_part
from datecertain.store import Workspace
from datecertain.store.archive import Opening, master_ids, master_key, packs_of, rewrap
from datecertain.store.archive_records import (
    archive_access,
    archive_keys,
    archive_objects,
    erasures,
)
from datecertain.store.disk import disk_errors
from datecertain.store.master_key import (
    VARIABLE,
    MasterKey,
    key_file,
    make_key_file,
    new_key_file,
    read_key_file,
)
from datecertain.store.records import input_files, quarantine

Progress = Callable[[int, int], None]

#: So many characters of a hash are wanted at least.
_LEAST = 6
_HASH = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one post and month of receipt. `sealed_bytes` are what it takes."""

    post: str
    month: str
    objects: int
    bytes: int
    sealed_bytes: int
    erased: int


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """How the archive stands. `not_kept` files were taken in before messages were kept; `plain`
    parts in quarantine wait to be sealed by the next ingest."""

    holdings: tuple[Holding, ...]
    keys: int
    keys_destroyed: int
    parts_sealed: int
    plain: int
    not_kept: int


def archive_status(workspace: Workspace) -> ArchiveStatus:
    """How much of which post and month is kept, and how much was erased."""
    objects, keys = archive_objects.c, archive_keys.c
    open_ = objects.sealed_key.is_not(None)
    with workspace.reading() as view:
        ask = view.connection.execute
        rows = ask(
            select(
                objects.owner, keys.month, func.count().filter(open_),
                func.coalesce(func.sum(objects.size).filter(open_), 0),
                func.coalesce(func.sum(objects.length).filter(open_), 0),
                func.count().filter(~open_),
            ).join(archive_keys, keys.key_id == objects.key_id)
            .group_by(objects.owner, keys.month).order_by(objects.owner, keys.month)
        ).all()  # fmt: skip
        made, there = ask(select(func.count(), func.count(keys.sealed))).one()
        raw = func.length(quarantine.c.raw) > 0
        sealed, parts = ask(select(func.count(quarantine.c.key_id), func.count()).where(raw)).one()
        missing = ask(
            select(func.count()).select_from(input_files)
            .outerjoin(archive_objects, objects.sha256 == input_files.c.sha256)
            .where(objects.sha256.is_(None))
        ).scalar_one()  # fmt: skip
    held = tuple(Holding(*(row[:2]), *(int(value) for value in row[2:])) for row in rows)
    return ArchiveStatus(held, there, made - there, sealed, parts - sealed, missing)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that was opened: its hash and size, whose it is, the name it came under."""

    sha256: str
    size: int
    post: str
    name: str


def find_object(workspace: Workspace, text: str) -> str:
    """The whole hash of the message that was taken in whose hash begins so. Raises `NotFound`,
    and `UsageError` for what is no hash, or begins several."""
    if not _HASH.fullmatch(text):
        raise UsageError(f"{text!r} is no hash: give {_LEAST} to 64 of its hexadecimal digits")
    with workspace.reading() as view:
        found = view.connection.scalars(
            select(input_files.c.sha256).where(input_files.c.sha256.startswith(text)).limit(2)
        ).all()
    if not found:
        raise NotFound(f"no file with the hash {text} was taken in")
    if len(found) > 1:
        raise UsageError(f"several hashes begin with {text}: give more of it")
    return str(found[0])


def show(
    workspace: Workspace, sha256: str, target: BinaryIO, clock: Clock, *, actor: str, reason: str
) -> Shown:
    """Write the plain bytes of a message to `target`, after it was written down who asked and why.

    It is opened to its end before a byte is given. Raises `NotFound`, `StoreDamaged`,
    `UsageError` without a reason, `StoreError` when the workspace is open for reading only.
    """
    if not reason.strip() or not actor.strip():
        raise UsageError("say who opens a message, and why: the messages hold personal data")
    with workspace.reading() as view:
        opening = Opening(workspace, view.connection)
        size = sum(len(block) for block in opening.blocks(sha256))
        row = view.connection.execute(
            select(archive_objects.c.owner, input_files.c.path)
            .join(input_files, input_files.c.sha256 == archive_objects.c.sha256)
            .where(archive_objects.c.sha256 == sha256)
        ).one()  # fmt: skip
    with workspace.writing() as connection:
        connection.execute(
            insert(archive_access).values(
                owner=row.owner, audience=row.owner, sha256=sha256, at=clock.now(), actor=actor,
                reason=reason,
            )
        )  # fmt: skip
    with workspace.reading() as view:
        for block in Opening(workspace, view.connection).blocks(sha256):
            target.write(block)
    return Shown(sha256, size, row.owner, row.path)


@dataclass(slots=True)
class ArchiveVerification:
    """What was proved. `left_over` packs hold nothing that can be opened: `erase` removes them."""

    objects: int = 0
    bytes: int = 0
    parts: int = 0
    erased: int = 0
    left_over: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything opens and is what its hash says."""
        return not self.problems


def verify_archive(workspace: Workspace, progress: Progress | None = None) -> ArchiveVerification:
    """Open everything that is kept, and hold it against its hash; find what is erased without a
    tombstone. Raises `StoreError` when the master key is missing or another.
    """
    found = ArchiveVerification()
    with workspace.reading() as view:
        opening = Opening(workspace, view.connection)
        rows = view.connection.execute(
            select(
                archive_objects.c.sha256, archive_objects.c.size, archive_objects.c.pack,
                archive_objects.c.sealed_key.is_not(None).label("open"),
            ).order_by(archive_objects.c.pack, archive_objects.c.position)
        ).all()  # fmt: skip
        for done, row in enumerate(rows, start=1):
            if row.open:
                found.objects += 1
                found.problems += _wrong(opening, row.sha256, row.size, found)
            if progress:
                progress(done, len(rows))
        _verify_parts(view.connection, opening, found)
        _verify_tombstones(view.connection, found)
    wanted = {row.pack for row in rows if row.open}
    found.left_over = len(set(packs_of(workspace).names()) - wanted)
    return found


def _wrong(opening: Opening, sha256: str, size: int, found: ArchiveVerification) -> Iterator[str]:
    digest, read = hashlib.sha256(), 0
    try:
        for block in opening.blocks(sha256):
            digest.update(block)
            read += len(block)
    except StoreDamaged as error:
        yield str(error)
        return
    found.bytes += read
    if (digest.hexdigest(), read) != (sha256, size):
        yield f"object {sha256}: what was sealed is not what its hash says"


def _verify_parts(connection: Connection, opening: Opening, found: ArchiveVerification) -> None:
    parts = connection.execution_options(yield_per=500).execute(
        select(quarantine.c.id, quarantine.c.raw, quarantine.c.key_id)
        .where(func.length(quarantine.c.raw) > 0, quarantine.c.key_id.is_not(None))
    )  # fmt: skip
    for part in parts:
        found.parts += 1
        try:
            opening.note(bytes(part.raw), part.key_id, about_part(part.id))
        except StoreDamaged as error:
            found.problems.append(f"part {part.id} in quarantine: {error}")


def _verify_tombstones(connection: Connection, found: ArchiveVerification) -> None:
    found.erased = connection.execute(
        select(func.count()).select_from(erasures).where(erasures.c.kind == "message")
    ).scalar_one()
    bare = connection.scalars(
        select(archive_objects.c.sha256).outerjoin(
            erasures, (erasures.c.kind == "message")
            & (erasures.c.subject == archive_objects.c.sha256),
        ).where(archive_objects.c.sealed_key.is_(None), erasures.c.subject.is_(None))
    )  # fmt: skip
    found.problems += [
        f"object {sha256}: its key is gone, and no rule erased it" for sha256 in bare
    ]


@dataclass(frozen=True, slots=True)
class Rotated:
    """A new master key: the ids of both, where the new one is, and how many keys it seals now."""

    old: str
    new: str
    place: str
    keys: int


def rotate(workspace: Workspace, to: Path | None = None) -> Rotated:
    """Seal the keys under a new master key; the messages stay as they are. Cut off, run it again.

    `to`: the file of the new key (made if missing), for when the environment holds the old one.
    Raises `StoreError` when the old one is missing, or `to` is wanted and was not given.
    """
    finish_rotation(workspace)
    place = key_file(workspace.path, workspace.settings)
    if place is None and to is None:
        raise StoreError(
            f"{VARIABLE} holds the key itself: name a file for the new one (--to), and set the "
            "variable to what it holds afterwards"
        )
    target = to if to is not None or place is None else new_key_file(place)
    assert target is not None
    with workspace.reading() as view:
        old = master_key(workspace, view.connection)
    new = read_key_file(target) if target.exists() else make_key_file(target)
    with workspace.writing() as connection:
        count = rewrap(connection, old, new)
    finish_rotation(workspace)
    where = str(target) if to else str(place)
    return Rotated(old.id, new.id, where, count)


def finish_rotation(workspace: Workspace) -> None:
    """Put a new master key in its place if the keys are sealed under it, and drop it if not."""
    place = key_file(workspace.path, workspace.settings)
    if place is None or not (draft := new_key_file(place)).exists():
        return
    new: MasterKey = read_key_file(draft)
    with workspace.reading() as view:
        ids = master_ids(view.connection)
    with disk_errors(f"putting the master key {place} in its place"):
        if new.id in ids:
            draft.replace(place)
        elif ids:
            draft.unlink()
        else:  # nothing is sealed: either is good, and the new one was asked for
            draft.replace(place)
        sync_directory(place.parent)
