"""Backups: a consistent moment of a workspace, taken while others work (requirement 71).

In this order: the mail book and the mail that waits; the records, all in one transaction that sees
one moment; then the facts versions and the sealed packs that the records name. Facts and packs are
never changed, so that what was copied once is not copied again, nor read again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, text

from datecertain import __version__
from datecertain.errors import DatecertainError, StoreDamaged, StoreError, UsageError
from datecertain.moments import DAY, format_clock, format_date
from datecertain.operations.backup_settings import without_secrets
from datecertain.operations.clock import Clock
from datecertain.operations.workspace_files import NOTE, kept_files, secret_files
from datecertain.store.archive_records import archive_objects
from datecertain.store.backup_place import BackupPlace, Content, Manifest, RecordTable
from datecertain.store.backup_records import dump_records
from datecertain.store.commit import published_versions
from datecertain.store.database import Database
from datecertain.store.disk import disk_errors, write_durably
from datecertain.store.fact_store import FactStore, fact_store
from datecertain.store.mail_book import FILE as MAIL_BOOK
from datecertain.store.master_key import read_master_key
from datecertain.store.packs import Packs, packs_at
from datecertain.store.settings import FILE, Settings, read_settings

Progress = Callable[[int, int], None]

#: How often another moment is tried when files of the first were vacuumed or swept meanwhile.
_MOMENTS = 3
MASTER_KEY = "key/master.key"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was taken. `new_files` and `new_bytes` were copied, the rest was there."""

    backup: str
    place: str
    taken_at: int
    schema: str
    files: int
    bytes: int
    new_files: int
    new_bytes: int
    rows: int
    published: dict[str, int]
    keys: bool
    #: What the backup does not hold, and whoever restores it must bring.
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Taking:
    """One attempt at one moment."""

    path: Path
    settings: Settings
    place: BackupPlace
    keys: bool
    progress: Progress | None
    known: dict[str, Content]
    files: list[Content] = field(default_factory=list)
    tables: list[RecordTable] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def folder(self) -> None:
        """The mail book, the mail that waits, the settings, keys: what is not told by records."""
        book = self.path / MAIL_BOOK
        if book.is_file():
            copy = self.place.drafts / MAIL_BOOK
            with (
                disk_errors(f"copying {book}"),
                closing(sqlite3.connect(book)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
            self._put(f"folder/{MAIL_BOOK}", copy, 0o600)
            copy.unlink()
        secret = secret_files(self.path)
        for name in kept_files(self.path, self.settings):
            file = self.path / name
            if name in secret and not self.keys:
                self.left_out.append(name)
                continue
            try:
                self._put(f"folder/{name}", file, file.stat().st_mode & 0o777)
            except FileNotFoundError:
                continue  # taken in meanwhile: then the records name it
        plain = (self.path / FILE).read_text("utf-8")
        kept, hidden = (plain, []) if self.keys else without_secrets(plain)
        self.left_out += [f"{FILE}: {one}" for one in hidden]
        draft = self.place.drafts / FILE
        draft.write_text(kept, "utf-8")
        self._put(f"folder/{FILE}", draft, (self.path / FILE).stat().st_mode & 0o777)
        draft.unlink()
        self._master_key()

    def records(self, database: Database) -> tuple[str, dict[str, int], list[str]]:
        """All records of one moment: their schema, the facts versions and the packs they name."""
        with database.reading() as connection:
            schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            pinned = published_versions(connection)
            packs = list(
                connection.scalars(
                    select(archive_objects.c.pack)
                    .where(archive_objects.c.sealed_key.is_not(None)).distinct()
                )
            ) if str(schema) >= "0006" else []  # fmt: skip

            def done(name: str, rows: int, file: Path) -> None:
                with file.open("rb") as stream:
                    content = self.place.put(f"records/{name}", stream)
                self.tables.append(RecordTable(name, rows, content.sha256, content.size))
                file.unlink()

            with disk_errors(f"writing the backup in {self.place.root}"):
                dump_records(connection, self.place.drafts, done)
        return str(schema), pinned, packs

    def facts(self, store: FactStore, pinned: dict[str, int]) -> None:
        """The files of the pinned versions."""
        wanted = [(name, path, size) for name, version in sorted(pinned.items())
                  for path, size in store.held(name, version)]  # fmt: skip
        for number, (name, path, size) in enumerate(wanted, start=1):
            kept = f"facts/{name}/{path}"
            if not self._kept_already(kept, size):
                with (
                    disk_errors(f"reading facts {name!r}"),
                    store.filesystem(name).open_input_stream(path) as stream,
                ):
                    self.files.append(self.place.put(kept, stream))
            if self.progress:
                self.progress(number, len(wanted))

    def packs(self, packs: Packs, names: list[str]) -> None:
        """The sealed messages."""
        sizes = packs.names() if names else {}
        for name in sorted(names):
            if name not in sizes:
                raise StoreDamaged(f"pack {name} of the archive is gone")
            if not self._kept_already(f"archive/{name}", sizes[name]):
                with packs.reading(name, 0) as stream:
                    self.files.append(self.place.put(f"archive/{name}", stream))

    def _master_key(self) -> None:
        if not self.keys:
            self.left_out.append("the master key")
            return
        key = read_master_key(self.path, self.settings, make=False)
        draft = self.place.drafts / "master.key"
        draft.touch(0o600)
        draft.write_text(key.key.hex() + "\n", "ascii")
        self._put(MASTER_KEY, draft, 0o600)
        draft.unlink()

    def _put(self, name: str, file: Path, mode: int) -> None:
        with file.open("rb") as stream:
            self.files.append(self.place.put(name, stream, mode))

    def _kept_already(self, name: str, size: int) -> bool:
        known = self.known.get(name)
        if known is None or known.size != size or not self.place.has(known.sha256, size):
            return False
        self.files.append(known)
        return True


def back_up(
    path: Path, dest: Path, clock: Clock, *, keys: bool = False, progress: Progress | None = None
) -> BackupReport:
    """Take a backup of a workspace into a folder of backups, made if it is missing.

    Others may read and write meanwhile. Cut off at any moment, what is there stays whole, and it
    can be run again. Raises `UsageError` for a folder within the workspace, `StoreBusy` when
    another backup is under way there, `StoreError` on a full disk.
    """
    path = path.resolve()
    settings = read_settings(path)
    if dest.resolve().is_relative_to(path):
        raise UsageError(f"{dest} lies in the workspace: a backup belongs on another disk")
    store = fact_store(settings.facts, path, dict(settings.facts_options) or None)
    packs = packs_at(settings.archive, path, dict(settings.facts_options) or None)
    place = BackupPlace.make(dest)
    database = Database(settings.records, path)
    try:
        with place.alone():
            known = _known(place)
            for left in reversed(range(_MOMENTS)):
                taking = _Taking(path, settings, place, keys, progress, known)
                taking.folder()
                now = clock.now()
                schema, pinned, names = taking.records(database)
                try:
                    taking.facts(store, pinned)
                    taking.packs(packs, names)
                    break
                except DatecertainError:
                    # Vacuumed or swept since the moment? Then a later one needs it no more.
                    if not left or not _moved_on(database, pinned, names):
                        raise
            manifest = Manifest(
                place.free_id(_stamp(now)), now, __version__, schema, keys, pinned,
                tuple(taking.tables), tuple(taking.files),
            )  # fmt: skip
            place.write(manifest)
    finally:
        database.close()
    _note(path, dest, manifest)
    sizes = manifest.contents()
    return BackupReport(
        manifest.id, str(dest), now, schema, len(manifest.files), sum(sizes.values()),
        place.new_files, place.new_bytes, sum(table.rows for table in manifest.tables), pinned,
        keys, tuple(taking.left_out),
    )  # fmt: skip


def check_backup(
    dest: Path, backup: str | None = None, progress: Progress | None = None
) -> tuple[Manifest, list[str]]:
    """Read all of a backup (the latest by default) and hold it against its hashes: its manifest,
    and what is wrong. Raises `NotFound`, `StoreDamaged` when the manifest cannot be read."""
    place = BackupPlace.at(dest)
    manifest = place.read(backup)
    wrong, total = [], len(manifest.contents())
    for number, (_, damage) in enumerate(place.damage(manifest), start=1):
        if damage:
            wrong.append(damage)
        if progress:
            progress(number, total)
    return manifest, wrong


def list_backups(dest: Path) -> list[Manifest]:
    """The backups of a folder, oldest first."""
    place = BackupPlace.at(dest)
    return [place.read(name) for name in place.ids()]


def forget_backups(dest: Path, keep: int) -> tuple[list[str], int, int]:
    """Keep the latest so many backups and remove the others, with what only they needed: their
    names, files and bytes. What was erased since is gone from the backups only by this."""
    if keep < 1:
        raise UsageError(f"keep {keep} backups: keep at least one")
    place = BackupPlace.at(dest)
    with place.alone():
        place.read()  # the latest must be one
        out = place.ids()[:-keep]
        for name in out:
            place.forget(name)
        files, size = place.sweep()
    return out, files, size


def _known(place: BackupPlace) -> dict[str, Content]:
    """What earlier backups hold of facts and packs, which are never changed."""
    known = {}
    for name in place.ids():
        try:
            manifest = place.read(name)
        except StoreError:
            continue  # a damaged one gives nothing
        for one in manifest.files:
            if one.path.startswith(("facts/", "archive/")):
                known[one.path] = one
    return known


def _moved_on(database: Database, pinned: dict[str, int], packs: list[str]) -> bool:
    with database.reading() as connection:
        now = published_versions(connection)
        wanted = set(
            connection.scalars(
                select(archive_objects.c.pack)
                .where(archive_objects.c.sealed_key.is_not(None)).distinct()
            )
        )  # fmt: skip
    return now != pinned or not set(packs) <= wanted


def _stamp(now: int) -> str:
    date, clock = format_date(now // DAY), format_clock(now % DAY)
    return f"{date.replace('-', '')}T{clock.replace(':', '')}Z"


def _note(path: Path, dest: Path, manifest: Manifest) -> None:
    note = {"backup": manifest.id, "place": str(dest.resolve()), "taken_at": manifest.taken_at}
    write_durably(path / NOTE, json.dumps(note).encode())


def last_backup(path: Path) -> tuple[str, str, int] | None:
    """The last backup that a workspace has noted: its name, where it lies, when it was taken."""
    try:
        note = json.loads((path / NOTE).read_bytes())
        return str(note["backup"]), str(note["place"]), int(note["taken_at"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path / NOTE} cannot be read: {error}: take a backup again") from error
