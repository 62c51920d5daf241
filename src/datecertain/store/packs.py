"""Packs: where sealed objects lie, those of one batch and post one after another in one file.

A pack is written whole and never changed. Nobody looks into one that the records do not name: what
an attempt left behind that was cut off is found by that and removed (`store.archive.sweep`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
from deltalake.fs import DeltaStorageHandler

from datecertain.durable import DRAFT, file_beside, make_folder, sync_directory
from datecertain.errors import StoreDamaged
from datecertain.store.disk import disk_errors
from datecertain.store.sealing import Reads, Writes

#: First bytes of every pack: what it is, and the version of its layout.
MAGIC = b"DCPACK1\n"
SUFFIX = ".pack"
_BUFFER_BYTES = 1 << 20


class Packs(ABC):
    """All packs of an archive, by name."""

    @abstractmethod
    def writing(self, name: str) -> Any:
        """A context that takes a new pack's bytes; after it the pack is there for good. When the
        block raises, nothing is left that anybody names. Raises `StoreError` on a full disk."""

    @abstractmethod
    def reading(self, name: str, position: int) -> Any:
        """A context that gives a pack's bytes from a place on. Raises `StoreDamaged`."""

    @abstractmethod
    def names(self) -> dict[str, int]:
        """The packs that are there, and their sizes."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a pack, if it is there, for good."""


class LocalPacks(Packs):
    """Packs in a folder, in one folder below it for each month."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def writing(self, name: str) -> Iterator[Writes]:
        path = self.root / name
        with disk_errors(f"writing {path}"):
            make_folder(path.parent)
            with file_beside(path) as draft, draft.open("wb") as stream:
                stream.write(MAGIC)
                yield stream

    @contextmanager
    def reading(self, name: str, position: int) -> Iterator[Reads]:
        path = self.root / name
        try:
            stream = path.open("rb")
        except FileNotFoundError as error:
            raise StoreDamaged(f"{path} is gone: restore it from a backup") from error
        with stream:
            _demand_magic(stream, str(path))
            stream.seek(position)
            yield stream

    def names(self) -> dict[str, int]:
        return {
            path.relative_to(self.root).as_posix(): path.stat().st_size
            for path in self.root.rglob("*")
            if path.is_file() and path.suffix in (SUFFIX, DRAFT)
        }

    def remove(self, name: str) -> None:
        path = self.root / name
        with disk_errors(f"removing {path}"):
            path.unlink(missing_ok=True)
            sync_directory(path.parent)


class ObjectPacks(Packs):
    """Packs in object storage (`s3://…`). A put is durable and whole when it is answered."""

    def __init__(self, root: str, options: dict[str, str] | None) -> None:
        self.root = root.rstrip("/")
        self._files = pa.fs.PyFileSystem(DeltaStorageHandler(self.root, options))

    @contextmanager
    def writing(self, name: str) -> Iterator[Writes]:
        with (
            disk_errors(f"writing {self.root}/{name}"),
            # Buffered: unbuffered, the handler refuses what pyarrow hands it.
            self._files.open_output_stream(name, buffer_size=_BUFFER_BYTES) as stream,
        ):
            stream.write(MAGIC)
            yield stream

    @contextmanager
    def reading(self, name: str, position: int) -> Iterator[Reads]:
        try:
            stream = self._files.open_input_file(name)
        except FileNotFoundError as error:
            raise StoreDamaged(f"{self.root}/{name} is gone: restore it from a backup") from error
        with stream, disk_errors(f"reading {self.root}/{name}"):
            _demand_magic(cast(BinaryIO, stream), f"{self.root}/{name}")
            stream.seek(position)
            yield cast(Reads, stream)

    def names(self) -> dict[str, int]:
        with disk_errors(f"listing {self.root}"):
            found = self._files.get_file_info(
                pa.fs.FileSelector("", allow_not_found=True, recursive=True)
            )
        return {one.path: one.size for one in found if one.is_file and one.path.endswith(SUFFIX)}

    def remove(self, name: str) -> None:
        with disk_errors(f"removing {self.root}/{name}"):
            if self._files.get_file_info([name])[0].is_file:
                self._files.delete_file(name)


def packs_at(url: str, folder: Path, options: dict[str, str] | None = None) -> Packs:
    """The packs at that URL; a path (relative to the workspace folder) is a local folder."""
    if "://" in url and not url.startswith("file://"):
        return ObjectPacks(url, options)
    return LocalPacks(folder / url.removeprefix("file://"))


def _demand_magic(stream: Reads, place: str) -> None:
    if stream.read(len(MAGIC)) != MAGIC:
        raise StoreDamaged(f"{place} is no pack of this layout: restore it from a backup")
