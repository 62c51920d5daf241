"""Where the facts tables lie: on a local disk, or in object storage. Both keep one promise.

Only versions that the records store has published are ever read, and `discard` takes away what
was committed beyond them. On a local disk the Delta log is cut back to the published version; in
object storage, where a reader may be anywhere and nothing is deleted in place, the published
content is committed again as the newest version.
"""

from __future__ import annotations

import json
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler

from datecertain.durable import make_folder, remove_tree, sync_all, sync_directory, sync_file
from datecertain.errors import StoreDamaged
from datecertain.store import delta
from datecertain.store.delta import Attempt, WrittenFile
from datecertain.store.disk import reason
from datecertain.store.fact_table import FactTable
from datecertain.store.facts import FactFile, Facts

#: A Delta checkpoint is made each time a table passes this many versions: opening stays fast.
VERSIONS_PER_CHECKPOINT = 32

_LOG = "_delta_log"
_VERSIONED = re.compile(r"(\d{20})\.(.+)")
_DISCARD = "discard"
#: The files of versions that were opened in this process: a published version never changes.
_LISTED: dict[tuple[object, ...], tuple[FactTable, list[FactFile]]] = {}
_MOST_LISTED = 256


class FactStore(ABC):
    """All facts tables of a workspace."""

    local: bool

    def __init__(self, options: dict[str, str] | None) -> None:
        self._options = options
        self._listed: dict[str, tuple[int, list[FactFile]]] = {}

    @abstractmethod
    def location(self, name: str) -> str:
        """The folder or address of a table."""

    @abstractmethod
    def filesystem(self, name: str) -> pa.fs.FileSystem:
        """A file system whose root is the table."""

    def stamp(self, name: str, version: int) -> tuple[object, ...] | None:
        """What tells a version of a table from every other of the process, also from one of its
        number that was there before; None: nothing does."""
        return None

    @abstractmethod
    def sync(self, name: str, files: Iterable[str], versions: Iterable[int]) -> None:
        """Make these data files and log entries durable, with every folder above them."""

    @abstractmethod
    def present(self, names: Iterable[str]) -> set[str]:
        """The tables that exist, of those named and of any others that can be listed."""

    @abstractmethod
    def discard(
        self, name: str, version: int | None, unfinished: Collection[str], known: Collection[str]
    ) -> int | None:
        """Take away what stands beyond the published version; the version that then stands.

        `unfinished` are the open batches, whose data files go too; `known` those whose commits may
        be taken away at all. Raises `StoreDamaged` when another batch's commit is in the way.
        """

    @abstractmethod
    def checkpoint(self, name: str, version: int) -> None:
        """Write a Delta checkpoint of a published version."""

    def read(self, table: FactTable, version: int | None) -> Facts:
        """The table at a published version. The list of its files is kept for the next reader.

        Raises `StoreDamaged` when that version is not there.
        """
        return Facts(
            table,
            version,
            [] if version is None else self._files(table, version),
            self.location(table.name),
            self.filesystem(table.name),
            local=self.local,
        )

    def _files(self, table: FactTable, version: int) -> list[FactFile]:
        kept = self._listed.get(table.name)
        if kept is None or kept[0] != version:
            kept = version, self._list(table, version)
            self._listed[table.name] = kept
        return kept[1]

    def _list(self, table: FactTable, version: int) -> list[FactFile]:
        stamp = self.stamp(table.name, version)
        kept = None if stamp is None else _LISTED.get(stamp)
        if kept is not None and kept[0] == table:
            return kept[1]
        try:
            opened = delta.open_table(self.location(table.name), version, self._options)
            delta.check_compatible(table, pa.schema(opened.schema().to_arrow()))
            files = delta.list_files(opened)
        except (DeltaError, OSError) as error:
            raise StoreDamaged(
                f"facts table {table.name!r}: the published version {version} cannot be read "
                f"at {self.location(table.name)}: {reason(error)}; restore it from a backup"
            ) from error
        if stamp is not None:
            if len(_LISTED) >= _MOST_LISTED:
                _LISTED.clear()
            _LISTED[stamp] = table, files
        return files

    def held(self, name: str, version: int) -> list[tuple[str, int]]:
        """What a published version is made of: its data files, then its log from the first entry
        on, by name; path below the table and bytes. Nothing of it is ever changed.

        Raises `StoreDamaged` when that version is not there.
        """
        try:
            opened = delta.open_table(self.location(name), version, self._options)
            data = [(file.path, file.size) for file in delta.list_files(opened)]
            log = self.filesystem(name).get_file_info(pa.fs.FileSelector(_LOG))
        except (DeltaError, OSError) as error:
            raise StoreDamaged(
                f"facts table {name!r}: the published version {version} cannot be read at "
                f"{self.location(name)}: {reason(error)}"
            ) from error
        entries = {f"{number:020d}.json" for number in range(version + 1)}
        found = sorted((f"{_LOG}/{one.base_name}", one.size) for one in log
                       if one.base_name in entries)  # fmt: skip
        if len(found) != len(entries):
            raise StoreDamaged(
                f"facts table {name!r}: {len(entries) - len(found)} of the log entries up to "
                f"version {version} are gone at {self.location(name)}"
            )
        return data + found

    def commit(
        self,
        table: FactTable,
        files: Sequence[WrittenFile],
        version: int | None,
        attempt: Attempt,
        *,
        now_ms: int,
        removed: Sequence[FactFile] = (),
        rearranged: bool = False,
    ) -> int:
        """Commit the files after the published version, make all durable; the new version.

        `removed` files are taken out of it, and stay where they are. The new version is not
        published: nobody reads it yet.
        """
        location = self.location(table.name)
        base = version
        if base is None:
            delta.create_table(location, table, attempt, self._options)
            base = 0
        opened = delta.open_table(location, base, self._options)
        delta.evolve(opened, table, attempt)
        new = delta.change(
            opened, table, files, attempt, self._options,
            now_ms=now_ms, removed=removed, rearranged=rearranged,
        )  # fmt: skip
        first = 0 if version is None else version + 1
        self.sync(table.name, (file.path for file in files), range(first, new + 1))
        return new

    def restore(self, name: str, version: int, older: int, attempt: Attempt) -> int:
        """Commit the content of an older version after the published one; the new version."""
        opened = delta.open_table(self.location(name), version, self._options)
        new = delta.restore(opened, older, attempt)
        self.sync(name, (), range(version + 1, new + 1))
        return new


class LocalFacts(FactStore):
    """Facts on a local disk, in the folder `root`."""

    local = True

    def __init__(self, root: Path) -> None:
        super().__init__(None)
        self.root = root

    def location(self, name: str) -> str:
        return str(self.root / name)

    def stamp(self, name: str, version: int) -> tuple[object, ...] | None:
        entry = self.root / name / _LOG / f"{version:020d}.json"
        try:
            found = entry.stat()
        except OSError:
            return None
        return str(entry), found.st_ino, found.st_mtime_ns, found.st_size

    def filesystem(self, name: str) -> pa.fs.FileSystem:
        return pa.fs.SubTreeFileSystem(self.location(name), pa.fs.LocalFileSystem())

    def sync(self, name: str, files: Iterable[str], versions: Iterable[int]) -> None:
        folder = self.root / name
        entries = [folder / _LOG / f"{version:020d}.json" for version in versions]
        sync_all([*(folder / file for file in files), *entries], self.root)

    def present(self, names: Iterable[str]) -> set[str]:
        if not self.root.is_dir():
            raise StoreDamaged(f"{self.root}: the facts are gone; restore them from a backup")
        return {entry.name for entry in self.root.iterdir() if not entry.name.startswith(".")}

    def discard(
        self, name: str, version: int | None, unfinished: Collection[str], known: Collection[str]
    ) -> int | None:
        folder = self.root / name
        log = folder / _LOG
        if version is not None and not log.is_dir():
            raise StoreDamaged(f"{log}: version {version} is published but the log is gone")
        beyond = _beyond(log, -1 if version is None else version) if log.is_dir() else []
        for entry in beyond:
            owner = _batch_of(entry)
            if owner is not None and owner not in known:
                raise StoreDamaged(
                    f"{entry}: written by batch {owner!r}, which the records do not know. Facts "
                    "that are newer than the records: were the records restored from an older "
                    "backup? Restore the facts of that backup too"
                )
        if version is None:
            remove_tree(folder)
            return None
        for entry in beyond:
            entry.unlink()
        if beyond:
            sync_directory(log)
        _remove_data(folder, unfinished)
        self._listed.pop(name, None)
        return version

    def checkpoint(self, name: str, version: int) -> None:
        """Made beside the table and moved in when durable, content first, pointer last.

        A checkpoint that a power cut tore would otherwise break every later reader.
        """
        log = self.root / name / _LOG
        side = self.root / ".checkpoint" / name
        remove_tree(side.parent)
        (side / _LOG).mkdir(parents=True)
        for entry in _since_last_checkpoint(log, version):
            shutil.copy(entry, side / _LOG / entry.name)
        delta.open_table(str(side), version, None).create_checkpoint()
        parts = sorted((side / _LOG).glob(f"{version:020d}.checkpoint*"))
        made = [*parts, side / _LOG / "_last_checkpoint"]
        for entry in made:
            sync_file(entry)
            entry.replace(log / entry.name)
            sync_directory(log)
        remove_tree(side.parent)


class ObjectFacts(FactStore):
    """Facts in object storage (`s3://…`, `gs://…`, `az://…`), at the address `root`.

    A put is durable and whole when it is answered, so there is nothing to fsync and nothing torn.
    """

    local = False

    def __init__(self, root: str, options: dict[str, str] | None = None) -> None:
        super().__init__(options)
        self.root = root.rstrip("/")

    def location(self, name: str) -> str:
        return f"{self.root}/{name}"

    def filesystem(self, name: str) -> pa.fs.FileSystem:
        whole = pa.fs.PyFileSystem(DeltaStorageHandler(self.root, self._options))
        return pa.fs.SubTreeFileSystem(name, whole)

    def sync(self, name: str, files: Iterable[str], versions: Iterable[int]) -> None:
        return None

    def present(self, names: Iterable[str]) -> set[str]:
        return {
            name for name in names if DeltaTable.is_deltatable(self.location(name), self._options)
        }

    def discard(
        self, name: str, version: int | None, unfinished: Collection[str], known: Collection[str]
    ) -> int | None:
        latest = delta.open_table(self.location(name), None, self._options)
        infos = delta.commit_infos(latest, version)
        if not infos:
            return version
        owners = {str(info.get("batch_id")) for info in infos.values()}
        if not owners <= set(known):
            raise StoreDamaged(
                f"{self.location(name)}: batches {sorted(owners - set(known))} wrote beyond the "
                f"published version {version}, and the records do not know them"
            )
        last = str(infos[max(infos)]["batch_id"])
        self._listed.pop(name, None)
        return delta.restore(latest, version or 0, Attempt(last, _DISCARD))

    def checkpoint(self, name: str, version: int) -> None:
        delta.open_table(self.location(name), version, self._options).create_checkpoint()


def fact_store(url: str, folder: Path, options: dict[str, str] | None = None) -> FactStore:
    """The store at that URL; a path (relative to the workspace folder) is a local one."""
    if "://" in url and not url.startswith("file://"):
        return ObjectFacts(url, options)
    return LocalFacts(folder / url.removeprefix("file://"))


def prepare(store: FactStore) -> None:
    """Make what has to be there before the first commit."""
    if isinstance(store, LocalFacts):
        make_folder(store.root)


def _beyond(log: Path, version: int) -> list[Path]:
    """Log entries of later versions, newest first, and drafts that were never linked in."""
    found = []
    for entry in log.iterdir():
        match = _VERSIONED.fullmatch(entry.name)
        draft = "#" in entry.name or entry.name.endswith(".tmp")
        if draft or (match and int(match[1]) > version):
            found.append(entry)
    return sorted(found, reverse=True)


def _batch_of(entry: Path) -> str | None:
    """The batch that wrote a log entry; None for a draft, a checkpoint or a torn entry."""
    if entry.suffix != ".json":
        return None
    try:
        lines = [json.loads(line) for line in entry.read_bytes().splitlines() if line.strip()]
    except ValueError:
        return None
    infos = [line["commitInfo"] for line in lines if "commitInfo" in line]
    return str(infos[0].get("batch_id")) if infos else None


def _remove_data(folder: Path, batches: Collection[str]) -> None:
    """Remove the data files of these batches; no log entry names them."""
    touched = set()
    if batches:
        prefixes = tuple(f"{batch}-" for batch in batches)
        for file in folder.glob("month=*/bucket=*/*.parquet"):
            if file.name.startswith(prefixes):
                file.unlink()
                touched.add(file.parent)
    for place in touched:
        sync_directory(place)


def _since_last_checkpoint(log: Path, version: int) -> list[Path]:
    entries = []
    for entry in log.iterdir():
        match = _VERSIONED.fullmatch(entry.name)
        if match and int(match[1]) <= version:
            entries.append((int(match[1]), match[2], entry))
    checkpoints = [number for number, kind, _ in entries if kind.startswith("checkpoint")]
    last = max(checkpoints, default=-1)
    return [
        entry
        for number, kind, entry in entries
        if number > last or (number == last and kind.startswith("checkpoint"))
    ]
