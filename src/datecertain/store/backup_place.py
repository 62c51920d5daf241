"""The folder that backups lie in: contents by their hash, and a manifest for each backup.

    DEST/objects/ab/abcdef…      every content once, named by its SHA-256
    DEST/backups/ID.json         the manifest of a backup: what it holds, and its own digest
    DEST/lock                    one at a time

A manifest is written last and durably. So a backup that was cut off is none; what it has copied is
found by its hash and not copied again. What no manifest names, `sweep` removes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from datecertain.durable import make_folder, sync_all
from datecertain.errors import NotFound, StoreDamaged, StoreError
from datecertain.store.disk import disk_errors, write_durably
from datecertain.store.lock import WriterLock

FORMAT = "datecertain backup 1"
_BLOCK = 1 << 20
#: So many files are made durable together.
_TOGETHER = 256
_ID = re.compile(r"[0-9]{8}T[0-9]{4}Z(-[0-9]+)?")


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Content:
    """A content in the place: what it is called in the workspace, its hash and its bytes."""

    path: str
    sha256: str
    size: int
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table of the records: how many rows, in which content."""

    name: str
    rows: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is made of. `taken_at` is the moment of the records, in UTC minutes;
    `published` the facts versions that they name; `keys` whether secrets are among the files."""

    id: str
    taken_at: int
    product: str
    schema: str
    keys: bool
    published: dict[str, int]
    tables: tuple[RecordTable, ...]
    files: tuple[Content, ...]

    def contents(self) -> dict[str, int]:
        """Hash → bytes of everything that the backup needs."""
        tables = {one.sha256: one.size for one in self.tables}
        return tables | {one.sha256: one.size for one in self.files}

    def of(self, kind: str) -> Iterator[tuple[str, Content]]:
        """The files of a kind (`facts`, `archive`, `folder`), with their paths below it."""
        for one in self.files:
            if one.path.startswith(f"{kind}/"):
                yield one.path.removeprefix(f"{kind}/"), one


@dataclass(slots=True)
class BackupPlace:
    """A folder of backups. Raises `NotFound` where it is none."""

    root: Path
    new_files: int = field(default=0, init=False)
    new_bytes: int = field(default=0, init=False)
    _drafts: dict[Path, Path] = field(default_factory=dict, init=False)

    @staticmethod
    def make(root: Path) -> BackupPlace:
        """A place for backups in a folder that is empty, missing, or such a place already."""
        if root.is_dir() and not (root / "objects").is_dir() and any(root.iterdir()):
            raise StoreError(f"{root} holds other files: name an empty folder for backups")
        with disk_errors(f"making the place for backups {root}"):
            for name in ("objects", "backups", ".drafts"):
                make_folder(root / name)
        return BackupPlace(root)

    @staticmethod
    def at(root: Path) -> BackupPlace:
        """A place that is there."""
        if not (root / "objects").is_dir() or not (root / "backups").is_dir():
            raise NotFound(f"{root} holds no backups: datecertain backup {root} takes one")
        return BackupPlace(root)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the place; what an attempt that was cut off left half written is removed."""
        with disk_errors(f"using the place for backups {self.root}"):
            lock = WriterLock(self.root / "lock", 10.0)
            try:
                shutil.rmtree(self.drafts, ignore_errors=True)
                make_folder(self.drafts)
                self._drafts.clear()
                yield
            finally:
                lock.release()

    @property
    def drafts(self) -> Path:
        """A folder for files on their way in."""
        return self.root / ".drafts"

    def path(self, sha256: str) -> Path:
        """Where a content lies."""
        return self.root / "objects" / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Whether a content is there, by its size."""
        path = self.path(sha256)
        return path in self._drafts or (path.is_file() and path.stat().st_size == size)

    def put(self, path: str, stream: _Reads, mode: int = 0o644) -> Content:
        """Take a content in, unless it is there. Durable after the next `settle`."""
        draft = self.drafts / secrets.token_hex(8)
        digest, size = hashlib.sha256(), 0
        with disk_errors(f"writing the backup in {self.root}"), draft.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
        content = Content(path, digest.hexdigest(), size, mode)
        if self.has(content.sha256, size):
            draft.unlink()
            return content
        self._drafts[self.path(content.sha256)] = draft
        self.new_files += 1
        self.new_bytes += size
        if len(self._drafts) >= _TOGETHER:
            self.settle()
        return content

    def settle(self) -> None:
        """Make what was put durable, and give it its names."""
        with disk_errors(f"writing the backup in {self.root}"):
            sync_all(self._drafts.values(), self.root)
            for place, draft in self._drafts.items():
                place.parent.mkdir(exist_ok=True)
                draft.replace(place)
            sync_all(self._drafts, self.root)
        self._drafts.clear()

    def ids(self) -> list[str]:
        """The backups that are there, oldest first."""
        found = [entry.stem for entry in (self.root / "backups").glob("*.json")
                 if _ID.fullmatch(entry.stem)]  # fmt: skip
        return sorted(found, key=_order)

    def free_id(self, stamp: str) -> str:
        """The id of the next backup at a moment, `YYYYMMDDTHHMMZ`."""
        taken = [one for one in self.ids() if one.split("-")[0] == stamp]
        return stamp if not taken else f"{stamp}-{_order(taken[-1])[1] + 1}"

    def write(self, manifest: Manifest) -> None:
        """Write a manifest: with it the backup is there."""
        self.settle()
        content = asdict(manifest)
        data = {"format": FORMAT, "sha256": _digest(content), "content": content}
        text = json.dumps(data, ensure_ascii=False, indent=1)
        write_durably(self._manifest(manifest.id), text.encode())

    def read(self, name: str | None = None) -> Manifest:
        """A manifest, the latest by default. Raises `NotFound`, `StoreDamaged`."""
        if name is None:
            ids = self.ids()
            if not ids:
                raise NotFound(f"{self.root} holds no whole backup: take one again")
            name = ids[-1]
        path = self._manifest(name)
        if not _ID.fullmatch(name) or not path.is_file():
            raise NotFound(f"{self.root} holds no backup {name!r}: it has {', '.join(self.ids())}")
        try:
            data: dict[str, Any] = json.loads(path.read_bytes())
            if data["format"] != FORMAT:
                raise StoreError(f"{path}: format {data['format']!r}; this release has {FORMAT!r}")
            content = data["content"]
            if data["sha256"] != _digest(content):
                raise StoreDamaged(f"{path} was changed: it does not match its own digest")
            tables = tuple(RecordTable(**one) for one in content.pop("tables"))
            files = tuple(Content(**one) for one in content.pop("files"))
            return Manifest(**content, tables=tables, files=files)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreDamaged(f"{path} is no manifest of a backup: {error}") from error

    def damage(self, manifest: Manifest, *, deep: bool = True) -> Iterator[tuple[str, str | None]]:
        """Each content that a backup needs, with what is wrong with it (None: nothing). Not `deep`:
        only whether it is there with its size."""
        for sha256, size in manifest.contents().items():
            path = self.path(sha256)
            if not path.is_file():
                yield sha256, f"{path} is gone"
            elif path.stat().st_size != size:
                yield sha256, f"{path} has {path.stat().st_size} bytes instead of {size}"
            elif deep and _hash(path) != sha256:
                yield sha256, f"{path} was changed: its content has another hash"
            else:
                yield sha256, None

    def open(self, sha256: str) -> BinaryIO:
        """Read a content. Raises `StoreDamaged` when it is gone."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise StoreDamaged(f"the backup is damaged: {self.path(sha256)} is gone") from error

    def forget(self, name: str) -> None:
        """Remove a manifest: that backup is there no more."""
        self._manifest(name).unlink()
        sync_all([], self.root)

    def sweep(self) -> tuple[int, int]:
        """Remove contents that no manifest names: how many, and their bytes. A manifest that cannot
        be read keeps everything: `StoreDamaged`."""
        needed = {sha256 for name in self.ids() for sha256 in self.read(name).contents()}
        out = [path for path in (self.root / "objects").glob("??/*") if path.name not in needed]
        size = sum(path.stat().st_size for path in out)
        for path in out:
            path.unlink()
        return len(out), size

    def _manifest(self, name: str) -> Path:
        return self.root / "backups" / f"{name}.json"


def copy_checked(source: BinaryIO, target: Any, content: Content) -> None:
    """Copy a content; raises `StoreDamaged` at its end when it is not what its hash says."""
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
        target.write(block)
    if digest.hexdigest() != content.sha256:
        raise StoreDamaged(
            f"the backup is damaged: {content.path} ({content.sha256}) has another hash; restore "
            "an earlier backup"
        )


def _order(name: str) -> tuple[str, int]:
    stamp, _, number = name.partition("-")
    return stamp, int(number or 1)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
