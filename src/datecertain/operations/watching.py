"""A watched folder: files are taken in as they come, and put away (req 16).

A file is copied into the workspace, taken in from that copy, and only then moved into the folder's
archive. Cut off anywhere, it is still in the folder and is met again; by its content it is then
known whether it was taken in. So none is lost and none counts twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from sqlalchemy import func, select

from datecertain.errors import NotFound, StoreBusy, UsageError
from datecertain.moments import DAY, format_date
from datecertain.operations.clock import Clock
from datecertain.operations.ingesting import CHUNK_BYTES, ingest
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.records import input_files, quarantine

ARCHIVE = "archive"
#: Endings of files that are still being written; so are names that begin with a point.
UNFINISHED = (".part", ".tmp")
_STAGING = ".incoming"
#: Looked at only once, a folder is looked at again for what was still changing; then no more.
_ROUNDS_ONCE = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file. `moved_to` is empty where it was left in place, or has changed in
    the meantime and will be met again; `known` tells that its content had been taken in before."""

    name: str
    size: int
    known: bool
    interchanges: int
    events: int
    set_aside: int
    moved_to: str


@dataclass(frozen=True, slots=True)
class Watching:
    """How a folder is watched: looked at every `poll_s` seconds; a file is taken when it has not
    changed for `settle_s` seconds. `leave`: files stay where they are."""

    folder: Path
    poll_s: float = 5.0
    settle_s: float = 2.0
    leave: bool = False
    chunk_bytes: int = CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it stood when it was looked at."""

    size: int
    changed_ns: int
    inode: int


@dataclass(slots=True)
class Watcher:
    """Watches one folder for one workspace."""

    workspace: Path
    how: Watching
    clock: Clock
    tell: Callable[[Taken], None]
    complain: Callable[[str], None]
    _left: dict[Path, _Seen] = field(default_factory=dict)  # taken in and left where they are
    _told: set[str] = field(default_factory=set)

    def run(self, stop: Event, *, once: bool = False) -> int:
        """Take files in until `stop` is set; with `once` those that are there now. The number of
        files taken.

        Raises `NotFound` when the folder is not there, `UsageError` when the workspace is in it.
        """
        if not self.how.folder.is_dir():
            raise NotFound(f"{self.how.folder} is not a folder: make it, or name another")
        with open_workspace(self.workspace):  # a wrong one is told at once
            pass
        if self.workspace.resolve().is_relative_to(self.how.folder.resolve()):
            raise UsageError(
                f"the workspace {self.workspace} lies in {self.how.folder}: its own files would be "
                "taken for mail; watch another folder"
            )
        taken, rounds, before = 0, 0, dict[Path, _Seen]()
        while True:
            now = self._look()
            ready, waiting = self._ready(now, before)
            taken += self._take(ready, stop, patient=not once)
            rounds += 1
            if once and (not waiting or rounds == _ROUNDS_ONCE):
                return taken
            before = now
            if stop.wait(min(self.how.settle_s, self.how.poll_s) if waiting else self.how.poll_s):
                return taken

    def _look(self) -> dict[Path, _Seen]:
        """The files of the folder and the folders below it, without the archive."""
        found = {}
        for path in sorted(self.how.folder.rglob("*")):
            below = path.relative_to(self.how.folder)
            hidden = any(part.startswith(".") for part in below.parts)
            if hidden or below.parts[0] == ARCHIVE or path.name.endswith(UNFINISHED):
                continue
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                found[path] = _seen(path)
            except OSError:  # gone, or moved away, since the folder was listed
                continue
        return found

    def _ready(
        self, now: dict[Path, _Seen], before: dict[Path, _Seen]
    ) -> tuple[list[Path], list[Path]]:
        """The files that no longer change, and those that have to be looked at again."""
        ready, waiting = list[Path](), list[Path]()
        for path, seen in now.items():
            if self._left.get(path) == seen:
                continue
            age_s = time.time() - seen.changed_ns / 1e9
            # A clock that is ahead (a file from the future) must not keep a file waiting for ever.
            quiet = age_s >= self.how.settle_s or (age_s < 0 and before.get(path) == seen)
            (ready if quiet else waiting).append(path)
        return ready, waiting

    def _take(self, paths: Sequence[Path], stop: Event, *, patient: bool) -> int:
        taken = 0
        for portion in self._portions(paths):
            if stop.is_set():
                break
            try:
                with open_workspace(self.workspace, write=True) as workspace:
                    taken += self._take_portion(workspace, portion)
            except StoreBusy as busy:
                if not patient:
                    raise
                self._complain_once(str(busy))  # another writer is at work: next time
                break
        return taken

    def _portions(self, paths: Sequence[Path]) -> Iterator[list[Path]]:
        portion: list[Path] = []
        size = 0
        for path in paths:
            try:
                more = path.stat().st_size
            except OSError:
                continue
            if portion and size + more > self.how.chunk_bytes:
                yield portion
                portion, size = [], 0
            portion.append(path)
            size += more
        if portion:
            yield portion

    def _take_portion(self, workspace: Workspace, paths: Sequence[Path]) -> int:
        """Copy, take in, put away. The workspace is ours alone while it is open for writing."""
        staging = workspace.path / _STAGING
        shutil.rmtree(staging, ignore_errors=True)
        copied = dict(self._copies(paths, staging))
        if not copied:
            return 0
        with workspace.reading() as view:
            known = set(view.connection.execute(select(input_files.c.sha256)).scalars())
        ingest(workspace, staging, self.clock, chunk_bytes=self.how.chunk_bytes)
        for path, (sha256, seen) in copied.items():
            moved = "" if self.how.leave else self._put_away(path, sha256)
            if self.how.leave:
                self._left[path] = seen
            name = _shown(path, self.how.folder)
            self.tell(_taken(workspace, name, sha256, moved, known=sha256 in known))
            known.add(sha256)
        shutil.rmtree(staging, ignore_errors=True)
        return len(copied)

    def _copies(
        self, paths: Sequence[Path], staging: Path
    ) -> Iterator[tuple[Path, tuple[str, _Seen]]]:
        for path in paths:
            copy = staging / path.relative_to(self.how.folder)
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
                before = _seen(path)
                shutil.copyfile(path, copy)
                if _seen(path) != before:  # still being written: next time
                    copy.unlink()
                    continue
            except OSError as error:
                copy.unlink(missing_ok=True)
                if path.exists():
                    self._complain_once(f"{path}: {error}")
                continue
            yield path, (_hash(copy), before)

    def _put_away(self, path: Path, sha256: str) -> str:
        """Move a file into the archive of today, if it is still what was taken in; its new place
        below the folder. A file of the same name with other contents is never overwritten."""
        today = format_date(self.clock.now() // DAY)
        target = self.how.folder / ARCHIVE / today / path.relative_to(self.how.folder)
        try:
            if _hash(path) != sha256:
                return ""
            if target.exists() and _hash(target) != sha256:
                target = target.with_name(f"{target.stem}-{sha256[:12]}{target.suffix}")
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        except OSError as error:
            if path.exists():
                self._complain_once(f"{path} was taken in but cannot be moved: {error}")
            return ""
        return _shown(target, self.how.folder)

    def _complain_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.complain(text)


def _seen(path: Path) -> _Seen:
    known = path.stat()
    return _Seen(known.st_size, known.st_mtime_ns, known.st_ino)


def _shown(path: Path, folder: Path) -> str:
    """The name below the folder; bytes that are no UTF-8 are shown escaped, as in the records."""
    return os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _taken(workspace: Workspace, name: str, sha256: str, moved: str, *, known: bool) -> Taken:
    with workspace.reading() as view:
        row = view.connection.execute(
            select(input_files).where(input_files.c.sha256 == sha256)
        ).one()
        aside = view.connection.execute(
            select(func.count()).where(
                quarantine.c.batch_id == row.batch_id, quarantine.c.source == row.path
            )
        ).scalar_one()
    counts = row.counts
    return Taken(
        name, row.size, known, counts.get("interchanges", 0), counts.get("events", 0), aside, moved
    )
