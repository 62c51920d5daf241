"""What makes a local file durable and whole: fsync of the file, of its name, of every folder above
it; written beside and renamed.

A file survives a power cut when its content was fsynced; its name, when the folder that holds it
was fsynced after the name was made; the folder, when the one above it was. A rename whose content
was not fsynced before can leave a name with zeros behind it, so drafts always are.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

#: fsyncs under way at once: a journalling file system answers several with one journal write.
_AT_ONCE = 8
#: How the name of a draft ends. It begins with a point, so that nobody takes it for a file.
DRAFT = ".draft"
_DRAFT = re.compile(rf"\..*\.[0-9a-f]{{16}}{re.escape(DRAFT)}", re.DOTALL)
#: So much of a name stands in that of its draft, which may be no longer than names may.
_NAMED = 40
#: A draft that is so old was left by somebody who was cut off.
_LEFT_S = 24 * 3600


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


def remove_tree(path: Path) -> None:
    """Remove a folder with all in it, if it is there, and make its absence durable."""
    if path.exists():
        shutil.rmtree(path)
        sync_directory(path.parent)


@contextmanager
def file_beside(path: Path, *, lasting: bool = True, mode: int = 0o666) -> Iterator[Path]:
    """A draft beside a file, empty; written in the block, it takes the file's place after it.

    Whoever reads the file finds all of it, or what was there before, also after a power cut. With
    `lasting` a power cut after the block undoes nothing; a mere cache needs it not. When the block
    raises, no draft is left; what `kill -9` leaves is nobody's. `mode` as of `os.open`.
    """
    draft = _draft(path)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield draft
        sync_file(draft)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if lasting:
        sync_directory(path.parent)


@contextmanager
def folder_beside(path: Path, *, lasting: bool = True, mode: int = 0o777) -> Iterator[Path]:
    """A draft beside a folder, empty; filled in the block, it gets the folder's name after it.

    As `file_beside`, but a folder with something in it is never replaced: `FileExistsError`.
    Drafts that somebody left in the folder above who was cut off are removed.
    """
    _sweep(path.parent)
    draft = _draft(path)
    draft.mkdir(mode)
    try:
        yield draft
        sync_all((one for one in draft.rglob("*") if one.is_file()), draft)
        try:
            draft.rename(path)
        except OSError as error:
            if path.is_dir():
                raise FileExistsError(errno.EEXIST, "somebody else made it", str(path)) from error
            raise
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if lasting:
        sync_directory(path.parent)


def _draft(path: Path) -> Path:
    """Another one for each writer: two at once must not write into one."""
    return path.with_name(f".{path.name[:_NAMED]}.{os.urandom(8).hex()}{DRAFT}")


def _sweep(folder: Path) -> None:
    drafts = [one for one in folder.iterdir() if _DRAFT.fullmatch(one.name)]
    for draft in drafts:
        with suppress(OSError):  # whoever else is here may be at it
            if time.time() - draft.stat().st_mtime > _LEFT_S:
                shutil.rmtree(draft) if draft.is_dir() else draft.unlink()


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
