"""The sealed archive: every message as it came, readable only with keys that can be destroyed.

Three layers of keys: each object has its own; it is sealed under the key of its post and month of
receipt; that one under the master key (`store.master_key`), which lies elsewhere. Objects lie in
packs (`store.packs`); where, and their sealed keys, stand in the records. So whoever has the packs
has nothing, whoever has the records has no message, and to destroy a key is to erase, also in every
copy of a pack.

    sealing = Sealing(workspace, now)                # one for each commit
    sealing.keep(commit.batch_id, [Kept(sha256, path, post), …])   # packs, made durable
    sealing.note(b"…", post, about)                  # (key id, sealed bytes) of something small
    commit.records(sealing.write)                    # keys and objects, published with the batch

    Opening(workspace, connection).blocks(sha256)    # the plain bytes again
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound, StoreDamaged, StoreError
from datecertain.moments import DAY, format_date
from datecertain.store.archive_records import archive_keys, archive_objects, erasures
from datecertain.store.happening_records import webhooks
from datecertain.store.master_key import (
    VARIABLE,
    MasterKey,
    key_file,
    new_key_file,
    read_key_file,
    read_master_key,
)
from datecertain.store.packs import MAGIC, SUFFIX, Packs, packs_at
from datecertain.store.sealing import new_key, seal, seal_note, unseal, unseal_note
from datecertain.store.settings import Settings
from datecertain.store.workspace import Workspace

#: Whose a file is that several posts sent, or nobody known.
NOBODY = "?"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file to be kept: its hash as the records know it, where it is, and the post it is from."""

    sha256: str
    path: Path
    owner: str


@dataclass(slots=True)
class _Counting:
    """Counts what is written into a pack."""

    stream: Any
    count: int = len(MAGIC)

    def write(self, data: bytes, /) -> None:
        self.stream.write(data)
        self.count += len(data)


def packs_of(workspace: Workspace) -> Packs:
    """The packs of a workspace."""
    settings = workspace.settings
    return packs_at(settings.archive, workspace.path, dict(settings.facts_options) or None)


def master_key(workspace: Workspace, connection: Connection) -> MasterKey:
    """The master key that the keys of a workspace are sealed under; made when there are none yet.

    Raises `StoreError` when it is missing, or another one than they are sealed under.
    """
    return master_key_of(workspace.path, workspace.settings, connection)


def master_key_of(folder: Path, settings: Settings, connection: Connection) -> MasterKey:
    """The master key of the workspace in a folder, as `master_key` finds it."""
    ids = master_ids(connection)
    found = read_master_key(folder, settings, make=not ids)
    if ids - {found.id} and (place := key_file(folder, settings)) is not None:
        coming = new_key_file(place)  # a rotation was cut off before the new key took its place
        if coming.exists() and ids == {(new := read_key_file(coming)).id}:
            return new
    if ids - {found.id}:
        wanted = ", ".join(sorted(ids - {found.id}))
        raise StoreError(
            f"{found.place} holds the master key {found.id}, but messages were sealed under "
            f"{wanted}: put that key back, or name its file in {VARIABLE}"
        )
    return found


def master_ids(connection: Connection) -> set[str]:
    """The master keys that keys of posts and secrets of webhooks are sealed under: one, or none."""
    sealed = select(archive_keys.c.master_id).where(archive_keys.c.sealed.is_not(None))
    secrets_ = select(webhooks.c.master_id).where(webhooks.c.master_id != "")
    return set(connection.scalars(sealed.union(secrets_)))


class _Keys:
    """The keys of posts and months, opened when first asked for."""

    def __init__(self, workspace: Workspace, connection: Connection) -> None:
        self._rows = {
            row["key_id"]: dict(row)
            for row in connection.execute(
                select(archive_keys).where(archive_keys.c.sealed.is_not(None))
            ).mappings()
        }
        self.master = master_key(workspace, connection)
        self._open: dict[str, bytes] = {}
        self.new: list[dict[str, Any]] = []

    def key(self, key_id: str) -> bytes:
        """A key by its id. Raises `StoreDamaged` when it was destroyed or changed."""
        if key_id not in self._open:
            row = self._rows.get(key_id)
            if row is None:
                raise StoreDamaged(f"the key {key_id} is gone: what it sealed is erased")
            self._open[key_id] = unseal_note(row["sealed"], self.master.key, _about_key(row))
        return self._open[key_id]

    def of(self, owner: str, now: int) -> tuple[str, bytes]:
        """The key of a post for the month of a moment; made if there is none."""
        month = format_date(now // DAY)[:7]
        for key_id, row in self._rows.items():
            if (row["owner"], row["month"]) == (owner, month):
                return key_id, self.key(key_id)
        row = {
            "key_id": secrets.token_hex(8), "owner": owner, "audience": owner, "month": month,
            "master_id": self.master.id, "created_at": now, "destroyed_at": None,
        }  # fmt: skip
        key = new_key()
        row["sealed"] = seal_note(key, self.master.key, _about_key(row))
        self.new.append(row)
        self._rows[row["key_id"]], self._open[row["key_id"]] = row, key
        return row["key_id"], key


class Sealing:
    """What one commit seals. Nothing of it is known before `write` was published."""

    def __init__(self, workspace: Workspace, now: int) -> None:
        self.workspace, self.now = workspace, now
        self._kept_keys: _Keys | None = None
        self._objects: list[dict[str, Any]] = []

    @property
    def _keys(self) -> _Keys:
        if self._kept_keys is None:  # a commit that seals nothing asks for no key
            with self.workspace.reading() as view:
                self._kept_keys = _Keys(self.workspace, view.connection)
        return self._kept_keys

    def keep(self, batch: str, files: Iterable[Kept]) -> None:
        """Seal files into one pack for each post, and make the packs durable.

        Raises `StoreError` when the disk is full, or a file is no longer what its hash says.
        """
        by_owner: dict[str, list[Kept]] = {}
        for file in files:
            by_owner.setdefault(file.owner, []).append(file)
        packs, month = packs_of(self.workspace), format_date(self.now // DAY)[:7]
        for owner, mine in sorted(by_owner.items()):
            key_id, key = self._keys.of(owner, self.now)
            # No name is used twice: an attempt that was cut off cannot overwrite another's pack.
            name = f"{month}/{batch}-{secrets.token_hex(4)}{SUFFIX}"
            with packs.writing(name) as stream:
                counted = _Counting(stream)
                for file in mine:
                    self._objects.append(_seal_file(file, counted, key_id, key) | {
                        "pack": name, "received_at": self.now, "batch_id": batch,
                    })  # fmt: skip

    def note(self, plain: bytes, owner: str, about: str) -> tuple[str, bytes]:
        """Seal a few bytes under the key of a post: (key id, sealed bytes)."""
        key_id, key = self._keys.of(owner, self.now)
        return key_id, seal_note(plain, key, about.encode())

    def write(self, connection: Connection) -> None:
        """Write keys and objects; call it in the transaction that publishes what they are of."""
        if self._kept_keys is not None and self._kept_keys.new:
            connection.execute(insert(archive_keys), self._kept_keys.new)
        if self._objects:
            connection.execute(insert(archive_objects), self._objects)


@dataclass(slots=True)
class Opening:
    """Reads what was sealed, as the records say at one moment."""

    workspace: Workspace
    connection: Connection
    _kept_keys: _Keys | None = field(default=None, init=False)

    @property
    def _keys(self) -> _Keys:
        if self._kept_keys is None:
            self._kept_keys = _Keys(self.workspace, self.connection)
        return self._kept_keys

    def blocks(self, sha256: str) -> Iterator[bytes]:
        """The plain bytes of an object, in blocks; only the last proves that all are right.

        Raises `NotFound` for what is not kept or was erased, `StoreDamaged` for what was changed.
        """
        row = self.connection.execute(
            select(archive_objects).where(archive_objects.c.sha256 == sha256)
        ).one_or_none()
        if row is None:
            raise NotFound(f"{sha256} is not kept in the archive")
        if row.sealed_key is None:
            raise NotFound(f"{sha256} was erased {self._erased_by(sha256)}")
        try:
            about = _about_object(row.sha256, row.owner)
            key = unseal_note(row.sealed_key, self._keys.key(row.key_id), about)
            with packs_of(self.workspace).reading(row.pack, row.position) as stream:
                yield from unseal(stream, row.length, key, about)
        except StoreDamaged as error:
            raise StoreDamaged(f"object {sha256} in {row.pack}: {error}") from error

    def read(self, sha256: str) -> bytes:
        """All plain bytes of an object, in memory."""
        return b"".join(self.blocks(sha256))

    def note(self, sealed: bytes, key_id: str, about: str) -> bytes:
        """Bytes that `Sealing.note` sealed. Raises `StoreDamaged`."""
        return unseal_note(sealed, self._keys.key(key_id), about.encode())

    def _erased_by(self, sha256: str) -> str:
        row = self.connection.execute(
            select(erasures.c.rule, erasures.c.at).where(
                erasures.c.kind == "message", erasures.c.subject == sha256
            )
        ).one_or_none()
        return "" if row is None else f"on {format_date(row.at // DAY)} by {row.rule}"


def sweep(workspace: Workspace) -> list[str]:
    """Remove the packs of which nothing can be opened any more, and what attempts that were cut
    off left behind; their names. Raises `StoreError` when open for reading only.
    """
    with workspace.writing() as connection:  # no other writer is at work
        wanted = set(
            connection.scalars(
                select(archive_objects.c.pack)
                .where(archive_objects.c.sealed_key.is_not(None)).distinct()
            )
        )  # fmt: skip
    packs = packs_of(workspace)
    out = sorted(set(packs.names()) - wanted)
    for name in out:
        packs.remove(name)
    return out


def _seal_file(file: Kept, target: _Counting, key_id: str, key: bytes) -> dict[str, Any]:
    about, own = _about_object(file.sha256, file.owner), new_key()
    position = target.count
    with file.path.open("rb") as stream:
        sealed = seal(stream, target, own, about)
    if sealed.sha256 != file.sha256:
        raise StoreError(
            f"{file.path} was changed while it was being read; nothing was taken in: run the step "
            "again when it is complete"
        )
    return {
        "sha256": file.sha256, "owner": file.owner, "audience": file.owner, "size": sealed.size,
        "position": position, "length": sealed.length, "key_id": key_id,
        "sealed_key": seal_note(own, key, about),
    }  # fmt: skip


def _about_key(row: dict[str, Any]) -> bytes:
    return f"datecertain key 1\0{row['key_id']}\0{row['owner']}\0{row['month']}".encode()


def _about_object(sha256: str, owner: str) -> bytes:
    return f"datecertain object 1\0{sha256}\0{owner}".encode()


def rewrap(connection: Connection, old: MasterKey, new: MasterKey) -> int:
    """Seal every key that is left under a new master key; how many. The objects stay as they are.

    Call it in a records transaction.
    """
    rows = connection.execute(
        select(archive_keys).where(archive_keys.c.sealed.is_not(None))
    ).mappings().all()  # fmt: skip
    for row in rows:
        about = _about_key(dict(row))
        sealed = seal_note(unseal_note(row["sealed"], old.key, about), new.key, about)
        connection.execute(
            archive_keys.update().where(archive_keys.c.key_id == row["key_id"])
            .values(sealed=sealed, master_id=new.id)
        )  # fmt: skip
    return len(rows) + _rewrap_secrets(connection, old, new)


def about_secret(webhook_id: str) -> bytes:
    """What the secret of a webhook is sealed as."""
    return f"datecertain webhook 1\0{webhook_id}".encode()


def _rewrap_secrets(connection: Connection, old: MasterKey, new: MasterKey) -> int:
    rows = connection.execute(
        select(webhooks).where(webhooks.c.master_id != "")
    ).all()  # fmt: skip
    for row in rows:
        about, sealed = about_secret(row.webhook_id), {"secret": row.secret}
        if row.secret_before is not None:
            sealed["secret_before"] = row.secret_before
        values = {
            name: seal_note(unseal_note(one, old.key, about), new.key, about)
            for name, one in sealed.items()
        }
        connection.execute(
            webhooks.update().where(webhooks.c.webhook_id == row.webhook_id)
            .values(master_id=new.id, **values)
        )  # fmt: skip
    return len(rows)
