"""Mail that lies about in plain files: what was taken in, in `incoming/archive`, and what was sent,
in `outgoing/POST/sent`. Its content is sealed in the archive; the copies go by rules of their own,
and never later than the message (req 59).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from datecertain.durable import sync_directory
from datecertain.errors import UsageError
from datecertain.moments import DAY, NEVER, parse_date
from datecertain.operations.mail_room import INCOMING, OUTGOING, SENT
from datecertain.operations.retention import COPY, MESSAGE, Rules
from datecertain.operations.watching import ARCHIVE
from datecertain.store.archive import NOBODY
from datecertain.store.disk import disk_errors

_POST = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class PlainCopy:
    """A file of the workspace. `post`: whose folder it lay in; `since`: when it was put away (the
    day, as UTC minutes)."""

    path: Path
    post: str
    since: int
    size: int


def plain_copies(folder: Path) -> Iterator[PlainCopy]:
    """The copies that lie in a workspace folder, in order."""
    for root in _roots(folder):
        yield from _below(root, root.parent.name)


def lapsed_copies(folder: Path, rules: Rules, as_of: int) -> list[tuple[PlainCopy, str]]:
    """The copies past their retention, each with the name of its rule."""
    found = []
    for copy in plain_copies(folder):
        for kind in (COPY, MESSAGE):
            lapsed = rules.lapsed(kind, copy.post, as_of)
            if lapsed is not None and copy.since < lapsed[1]:
                found.append((copy, lapsed[0].name))
                break
    return found


def copies_of(folder: Path, sha256: str, size: int) -> list[PlainCopy]:
    """The copies of a message of so many bytes."""
    return [one for one in plain_copies(folder)
            if one.size == size and _hash(one.path) == sha256]  # fmt: skip


def remove_copies(copies: Iterable[PlainCopy]) -> int:
    """Delete copies; how many. One that is gone is gone."""
    removed = 0
    for one in copies:
        with disk_errors(f"removing {one.path}"):
            try:
                one.path.unlink()
            except FileNotFoundError:
                continue
            sync_directory(one.path.parent)
        removed += 1
    return removed


def remove_empty_days(folder: Path, today: int) -> None:
    """Remove the folders of days before `today` in which nothing is left."""
    for root in _roots(folder):
        for path in sorted(root.rglob("*"), key=lambda one: -len(one.parts)):
            day = path.relative_to(root).parts[0]
            if path.is_dir() and not path.is_symlink() and _moment(day, int(NEVER)) < today * DAY:
                with suppress(OSError):  # not empty
                    path.rmdir()


def _roots(folder: Path) -> list[Path]:
    return [folder / INCOMING / ARCHIVE, *sorted((folder / OUTGOING).glob(f"*/{SENT}"))]


def _below(root: Path, post: str) -> Iterator[PlainCopy]:
    """Files of `root/DAY/…`; where all posts lie in one, the folder below the day names them."""
    if not root.is_dir():
        return
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        day, *rest = path.relative_to(root).parts
        known = path.stat()
        owner = rest[0] if post == INCOMING and len(rest) > 1 else post
        yield PlainCopy(
            path, owner if _POST.fullmatch(owner) else NOBODY,
            _moment(day, int(known.st_mtime) // 60), known.st_size,
        )  # fmt: skip


def _moment(day: str, otherwise: int) -> int:
    try:
        return parse_date(day) * DAY
    except UsageError:
        return otherwise


def _hash(path: Path) -> str:
    with disk_errors(f"reading {path}"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
