"""The files of a workspace folder that neither records nor facts hold: mail that waits, profiles,
mappings, partners' servers, keys."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from datecertain.operations.mailboxes import FILE as MAILBOXES
from datecertain.operations.watching import ARCHIVE, UNFINISHED
from datecertain.store.mail_book import FILE as MAIL_BOOK
from datecertain.store.master_key import key_file, new_key_file
from datecertain.store.settings import FILE, Settings

INCOMING = "incoming"
#: Where a workspace notes its last backup.
NOTE = "last_backup.json"


def kept_files(path: Path, settings: Settings) -> Iterator[str]:
    """The names below the folder, in order, of what has to be kept as it is.

    Left out: the stores themselves and the settings, the master key, hidden and half-written files,
    and `incoming/archive`: what lies there was taken in and is kept sealed.
    """
    out = _stores(path, settings)
    for folder, folders, names in os.walk(path):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders
            if not name.startswith(".") and here / name not in out
            and (here / name).relative_to(path).parts[:2] != (INCOMING, ARCHIVE)
        )  # fmt: skip
        for name in sorted(names):
            file = here / name
            hidden = name.startswith(".") or name.endswith(UNFINISHED)
            if not hidden and file not in out and file.is_file() and not file.is_symlink():
                yield file.relative_to(path).as_posix()


def secret_files(path: Path) -> set[str]:
    """The names below the folder of keys and passwords of partners' servers."""
    try:
        boxes = tomllib.loads((path / MAILBOXES).read_text("utf-8")).get("sftp", [])
    except (OSError, ValueError):
        return set()
    return {
        Path(os.path.normpath(value)).as_posix()
        for box in boxes if isinstance(box, dict)
        for value in (box.get("key_file"), box.get("password_file")) if isinstance(value, str)
    }  # fmt: skip


def _stores(path: Path, settings: Settings) -> set[Path]:
    def local(url: str) -> Path | None:
        remote = "://" in url and not url.startswith("file://")
        return None if remote else path / url.removeprefix("file://")

    database: Any = make_url(settings.records).database
    sqlite = settings.records.startswith("sqlite") and database
    books = [path / MAIL_BOOK, *([path / database] if sqlite else [])]
    found = {
        path / FILE,
        path / NOTE,
        path / "lock",
        local(settings.facts),
        local(settings.archive),
    }
    for book in books:
        found |= {book.with_name(f"{book.name}{end}") for end in ("", "-wal", "-shm", "-journal")}
    if (key := key_file(path, settings)) is not None:
        found |= {key, new_key_file(key)}
    return {one for one in found if one is not None}
