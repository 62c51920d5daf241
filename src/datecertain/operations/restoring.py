"""Restoring a backup into a new workspace: all of it, checked, or nothing that could be used.

A folder is a workspace from the moment on that its `datecertain.toml` is there; that is written
last. Cut off before, the restore of the same backup goes on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.fs as pa_fs

from datecertain.durable import make_folder, sync_all
from datecertain.errors import StoreDamaged, StoreError, UsageError
from datecertain.operations.backing_up import MASTER_KEY
from datecertain.operations.backup_settings import with_addresses
from datecertain.operations.workspaces import open_workspace
from datecertain.store.backup_place import BackupPlace, Content, Manifest, copy_checked
from datecertain.store.backup_records import load_records, noted
from datecertain.store.database import Database
from datecertain.store.disk import disk_errors, write_durably
from datecertain.store.fact_store import (
    VERSIONS_PER_CHECKPOINT,
    FactStore,
    LocalFacts,
    fact_store,
    prepare,
)
from datecertain.store.lock import WriterLock
from datecertain.store.master_key import FILE as KEY_FILE
from datecertain.store.packs import MAGIC, LocalPacks, Packs, packs_at
from datecertain.store.settings import FILE, Settings, parse_settings

Progress = Callable[[int, int], None]

#: While a restore is under way, this file of the target names the backup.
MARKER = ".restoring.json"
BEGUN = ".restoring-facts"
NOTED = "restored_from"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A workspace that was restored. `left_out`: keys are not among the files; put them back."""

    backup: str
    workspace: str
    taken_at: int
    schema: str
    files: int
    rows: int
    published: dict[str, int]
    keys: bool


@dataclass(slots=True)
class _Restoring:
    place: BackupPlace
    manifest: Manifest
    target: Path
    settings: Settings
    progress: Progress | None
    done: int = 0

    def facts(self, store: FactStore) -> None:
        """The files of every table, its log last; then a checkpoint, so that it opens fast."""
        prepare(store)
        for name, version in sorted(self.manifest.published.items()):
            mine = [
                (path.removeprefix(f"{name}/"), one)
                for path, one in self.manifest.of("facts")
                if path.startswith(f"{name}/")
            ]
            files = store.filesystem(name)
            made = set[str]()
            for path, content in mine:
                folder = path.rpartition("/")[0]
                if folder not in made:
                    files.create_dir(folder, recursive=True)
                    made.add(folder)
                self._fact(files, path, content)
            log = [path for path, _ in mine if path.startswith("_delta_log/")]
            data = [path for path, _ in mine if not path.startswith("_delta_log/")]
            if len(log) != version + 1:
                raise StoreDamaged(f"the backup holds {len(log)} of the {version + 1} log entries "
                                   f"of facts {name!r}: restore an earlier backup")  # fmt: skip
            store.sync(name, data, range(version + 1))
            last = files.get_file_info("_delta_log/_last_checkpoint")
            if version >= VERSIONS_PER_CHECKPOINT and not last.is_file:
                store.checkpoint(name, version)

    def packs(self, packs: Packs) -> None:
        """The sealed messages."""
        if isinstance(packs, LocalPacks):
            make_folder(packs.root)
        there = packs.names()
        for name, content in self.manifest.of("archive"):
            if there.get(name) != content.size:
                with self.place.open(content.sha256) as source, packs.writing(name) as target:
                    copy_checked(source, _Without(target, len(MAGIC)), content)
            self._step()

    def folder(self) -> str:
        """The other files; what `datecertain.toml` says, which is written last."""
        text, written = "", []
        for name, content in self.manifest.of("folder"):
            path = self.target / name
            if not path.resolve().is_relative_to(self.target):
                raise StoreDamaged(f"the backup names {name!r}, outside of the workspace")
            if name == FILE:
                text = self._text(content)
            else:
                self._file(path, content)
                written.append(path)
            self._step()
        sync_all(written, self.target)
        return text

    def key(self) -> None:
        """The master key, to where the settings say, unless it is there."""
        for content in (one for one in self.manifest.files if one.path == MASTER_KEY):
            path = self.target / Path(self.settings.master_key or KEY_FILE).expanduser()
            if not path.exists():
                self._file(path, content)
                sync_all([path], path.parent)

    def _fact(self, files: pa_fs.FileSystem, path: str, content: Content) -> None:
        with (
            self.place.open(content.sha256) as source,
            disk_errors(f"restoring {content.path}"),
            files.open_output_stream(path, buffer_size=1 << 20) as target,
        ):
            copy_checked(source, target, content)
        self._step()

    def _file(self, path: Path, content: Content) -> None:
        with self.place.open(content.sha256) as source, disk_errors(f"restoring {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.touch(0o600)
            with path.open("wb") as target:
                copy_checked(source, target, content)
            path.chmod(content.mode)

    def _text(self, content: Content) -> str:
        with self.place.open(content.sha256) as source:
            return source.read().decode()

    def _step(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, len(self.manifest.files))


@dataclass(slots=True)
class _Without:
    """Writes all but the first bytes: the pack writes its own."""

    target: object
    skip: int

    def write(self, data: bytes) -> None:
        part, self.skip = data[self.skip :], max(0, self.skip - len(data))
        if part:
            self.target.write(part)  # type: ignore[attr-defined]


def restore_backup(
    source: Path,
    target: Path,
    *,
    backup: str | None = None,
    addresses: dict[str, str] | None = None,
    progress: Progress | None = None,
) -> RestoreReport:
    """Make a workspace of a backup (the latest by default) in a folder that is empty or missing.

    `addresses` gives other places for `records`, `facts` and `archive` than the backup's settings
    name; from SQLite to PostgreSQL and back is fine. Cut off, it can be run again. Raises
    `StoreError` when the target holds something, `StoreDamaged` when the backup is damaged.
    """
    place = BackupPlace.at(source)
    manifest = place.read(backup)
    wrong = [damage for _, damage in place.damage(manifest, deep=False) if damage]
    if wrong:
        raise StoreDamaged(f"the backup {manifest.id} is damaged: {wrong[0]}; restore another")
    target = target.resolve()
    text = with_addresses(_settings_text(place, manifest), addresses or {})
    settings = parse_settings(target / FILE, text)
    _demand_empty(target, manifest)
    make_folder(target)
    note = _begin(target, manifest)
    lock = WriterLock(target / "lock", 10.0)
    try:
        options = dict(settings.facts_options) or None
        facts = fact_store(settings.facts, target, options)
        _demand_no_facts(facts, manifest, target)
        restoring = _Restoring(place, manifest, target, settings, progress)
        restoring.folder()
        restoring.facts(facts)
        restoring.packs(packs_at(settings.archive, target, options))
        restoring.key()
        rows = _records(place, manifest, settings, target, note)
        sync_all([target / "lock", *target.glob("records.db*")], target)
        write_durably(target / FILE, text.encode())
        for name in (MARKER, BEGUN):
            (target / name).unlink(missing_ok=True)
    finally:
        lock.release()
    with open_workspace(target):  # what was restored can be opened
        pass
    return RestoreReport(
        manifest.id, str(target), manifest.taken_at, manifest.schema, len(manifest.files), rows,
        manifest.published, manifest.keys,
    )  # fmt: skip


def _records(
    place: BackupPlace, manifest: Manifest, settings: Settings, target: Path, note: str
) -> int:
    files = {one.name: place.path(one.sha256) for one in manifest.tables}
    for table in manifest.tables:
        with place.open(table.sha256) as source:
            content = Content(f"records/{table.name}", table.sha256, table.size)
            copy_checked(source, _Nowhere(), content)
    database = Database(settings.records, target, create=True)
    try:
        database.lock(10.0)
        expected = {one.name: one.rows for one in manifest.tables}
        if noted(database, NOTED) != note:
            counts = load_records(database, manifest.schema, files, (NOTED, note))
            if counts != expected:
                raise StoreDamaged(f"the backup {manifest.id} lacks rows of the records")
    finally:
        database.close()
    return sum(expected.values())


class _Nowhere:
    def write(self, data: bytes) -> None:
        """Only the hash is wanted."""


def _begin(target: Path, manifest: Manifest) -> str:
    """Mark the target; the words by which its records are known to be of this restore."""
    marker = target / MARKER
    if not marker.is_file():
        begun = {"backup": manifest.id, "restore": secrets.token_hex(8)}
        write_durably(marker, json.dumps(begun).encode())
    return f"{manifest.id} {json.loads(marker.read_bytes())['restore']}"


def _settings_text(place: BackupPlace, manifest: Manifest) -> str:
    for name, content in manifest.of("folder"):
        if name == FILE:
            with place.open(content.sha256) as source:
                return source.read().decode()
    raise StoreDamaged(f"the backup {manifest.id} lacks {FILE}")


def _demand_empty(target: Path, manifest: Manifest) -> None:
    if (target / FILE).exists():
        raise StoreError(f"{target} is a workspace already: restore into another folder")
    marker = target / MARKER
    if not target.exists() or not any(target.iterdir()):
        return
    if not marker.is_file():
        raise UsageError(f"{target} is not empty: restore into an empty folder")
    other = json.loads(marker.read_bytes() or b"{}").get("backup")
    if other != manifest.id:
        raise UsageError(
            f"in {target} the restore of the backup {other} was begun: finish it (--backup "
            f"{other}), or remove the folder"
        )


def _demand_no_facts(facts: FactStore, manifest: Manifest, target: Path) -> None:
    """Object storage that is not ours is not overwritten."""
    begun = target / BEGUN
    if isinstance(facts, LocalFacts):
        if facts.root.is_relative_to(target) or begun.exists():
            return
        if facts.root.is_dir() and any(facts.root.iterdir()):
            raise StoreError(f"{facts.root} holds facts already: name an empty place (--facts)")
    elif not begun.exists() and (there := facts.present(manifest.published)):
        raise StoreError(
            f"{facts.location(sorted(there)[0])} holds facts already: name an empty place (--facts)"
        )
    begun.touch()
