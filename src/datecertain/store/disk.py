"""What makes a local file durable: fsync of the file, of its name, of every folder above it.

A file survives a power cut when its content was fsynced; its name, when the folder that holds it
was fsynced after the name was made; the folder, when the one above it was. Nothing below the
store does any of this by itself (deltalake 1.6.6 and pyarrow make no fsync at all: measured).
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deltalake.exceptions import DeltaError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from datecertain.errors import StoreBusy, StoreError, StoreUnreachable

#: fsyncs under way at once: a journalling file system answers several with one journal write.
_AT_ONCE = 8
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_MARKS = ("No space left", "disk is full", "File too large", "quota exceeded")
_BUSY_MARKS = ("database is locked", "canceling statement due to lock timeout")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_THEN = "nothing was published and the store is whole: {first} and run the step again"
_FULL_ADVICE = "the disk is full (or a limit is reached); " + _THEN.format(first="make room")
_IO_ADVICE = (
    "the disk refused to read or write (disk I/O error): full, over a limit, or failing; "
    + _THEN.format(first="look after the disk")
)


def sync_file(path: Path) -> None:
    """fsync the content of a file."""
    _sync(path, os.O_RDONLY)


def sync_directory(path: Path) -> None:
    """fsync the names in a folder."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_all(files: Iterable[Path], top: Path) -> None:
    """fsync these files, then every folder from theirs up to and including `top`.

    All of the folders, whether new or not: one that an attempt cut off by `kill -9` made and never
    synced looks no different from an old one.
    """
    paths = sorted(set(files))
    folders = {folder for path in paths for folder in path.parents if folder.is_relative_to(top)}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(sync_file, paths))
        list(pool.map(sync_directory, sorted(folders, reverse=True)))


def make_folder(path: Path) -> None:
    """Make a folder, with those above it that are missing, and make their names durable.

    From the top down, each name synced before the next: whatever an attempt that was cut off left
    behind, only the deepest folder's name can be in doubt, and that one is synced first.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    sync_directory((missing[-1].parent if missing else path).parent)
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after any power cut it is there whole, or as it was before.

    Missing folders are made. Raises `StoreError` when the disk is full.
    """
    with disk_errors(f"writing {path}"):
        make_folder(path.parent)
        draft = path.with_name(f".{path.name}.draft")
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        sync_directory(path.parent)


def remove_tree(path: Path) -> None:
    """Remove a folder with all in it, if it is there, and make its absence durable."""
    if path.exists():
        shutil.rmtree(path)
        sync_directory(path.parent)


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn what disks and the table format raise into a `StoreError` that says `doing`."""
    try:
        yield
    except (OSError, DeltaError) as error:
        raise StoreError(f"{doing}: {reason(error)}") from error


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn what a database raises, and nothing else, into a `StoreError` that says `doing`."""
    try:
        yield
    except SQLAlchemyError as error:
        kind = StoreUnreachable if _unreachable(error) else StoreError
        if any(mark in str(error) for mark in _BUSY_MARKS):
            kind = StoreBusy
        raise kind(f"{doing}: {reason(error)}") from error


def _unreachable(error: SQLAlchemyError) -> bool:
    """Whether a database server could not be reached (no SQLSTATE comes from it), the connection
    broke (class 08), or it goes down or comes up (57P01 to 57P03)."""
    if not isinstance(error, (OperationalError, InterfaceError)) or not hasattr(
        error.orig, "sqlstate"
    ):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state is None or str(state).startswith(("08", "57P0"))


def reason(error: Exception) -> str:
    """What happened and what to do, in one line, whichever layer below says it."""
    text = _COLOUR.sub("", str(getattr(error, "orig", None) or error))
    if getattr(error, "errno", None) in _FULL or any(mark in text for mark in _FULL_MARKS):
        return _FULL_ADVICE
    if "disk I/O error" in text:
        return _IO_ADVICE
    return " ".join(text.split())


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
