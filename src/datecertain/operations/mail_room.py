"""Where every door ends: the workspace's folder `incoming`, one folder a partner.

A door writes what it is given under a name that nobody looks at, makes it durable, and hands it
in: from then on it is a file of a watched folder, taken in and put away like any other
(`operations.watching`). Cut off before, there was no file; cut off after, it is met again and
known by its content. So all doors give the same guarantee, and mail is taken in one way only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from datecertain.durable import make_folder, sync_directory
from datecertain.errors import DatecertainError, StoreBusy, UsageError
from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_network
from datecertain.operations.watching import UNFINISHED, Taken, Watcher, Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.store.disk import disk_errors

INCOMING, OUTGOING, SENT = "incoming", "outgoing", "sent"
#: A name with a short hash behind it still is one that a file system takes (255 bytes).
MOST_NAME_BYTES = 230
_CONTROL = re.compile(r"[\x00-\x1f\x7f/\\]")
_AGAIN_S = 5.0


def incoming(workspace: Path) -> Path:
    """The folder into which all doors hand in; watch it, or let a door do so."""
    return workspace / INCOMING


def demand_post(workspace: Path, post: str) -> None:
    """Raise `UsageError` unless the network in force knows the post."""
    with open_workspace(workspace) as opened:
        network = current_network(opened)
    if post not in network.posts:
        raise UsageError(f"post {post!r} is not known here: {', '.join(network.posts)}")


def refusal(name: str) -> str:
    """Why a file of that name, chosen by a stranger, is not made here; empty: it may be."""
    if name in ("", ".", "..") or _CONTROL.search(name):
        return "it is no plain file name"
    if len(os.fsencode(name)) > MOST_NAME_BYTES:
        return f"it has more than {MOST_NAME_BYTES} bytes"
    return ""


def unfinished(name: str) -> bool:
    """Whether the name says that the file is still being written, or not for others."""
    return name.startswith(".") or name.endswith(UNFINISHED)


def shown(name: str) -> str:
    """A stranger's name, fit to be printed in one line and written down: bytes that are no UTF-8
    and signs that steer a terminal are escaped."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is being received, held by its lock: another door's sweeping leaves it alone."""

    path: Path
    handle: int


@contextmanager
def draft(workspace: Path, partner: str, name: str) -> Iterator[Draft]:
    """A file under an unfinished name in the partner's incoming folder, open and locked.

    It is kept when the block ends: hand it in, remove it, or go on with it another time. Raises
    `StoreBusy` when another process is writing it.
    """
    folder = incoming(workspace) / partner
    with disk_errors(f"receiving a file of {partner}"):
        make_folder(folder)
        path = folder / f".{name}.part"
        handle = _locked(path)
    try:
        yield Draft(path, handle)
    finally:
        os.close(handle)


def _locked(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Swept away between the opening and the lock, it is nobody's: make it anew.
            if os.fstat(handle).st_nlink:
                return handle
        except BlockingIOError as error:
            os.close(handle)
            raise StoreBusy(f"{path} is being written by another process: wait for it") from error
        os.close(handle)


def hand_in(partner: str, name: str, written: Draft, sha256: str) -> str:
    """Make a whole draft a file of the incoming folder, durably; its name below that folder.

    A file of that name with other contents is never touched: this one then gets its hash into its
    name. Raises `OSError` when it cannot be made; the draft is kept then.
    """
    folder = written.path.parent
    os.fsync(written.handle)
    stem, dot, suffix = name.rpartition(".")
    other = f"{stem}-{sha256[:12]}.{suffix}" if dot and stem else f"{name}-{sha256[:12]}"
    if not _linked(written.path, target := folder / name, sha256) and not _linked(
        written.path, target := folder / other, sha256
    ):
        raise FileExistsError(f"{target} is there with other contents: move it away")
    written.path.unlink()
    sync_directory(folder)
    return f"{partner}/{target.name}"


def _linked(path: Path, target: Path, sha256: str) -> bool:
    """Give a file this name too; False when other contents have it."""
    while True:
        try:
            target.hardlink_to(path)
            return True
        except FileExistsError:
            with suppress(FileNotFoundError), target.open("rb") as stream:  # put away just now
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


@contextmanager
def alone(workspace: Path, what: str) -> Iterator[None]:
    """One process at a time for a partner and direction. Raises `StoreBusy` when one is at it."""
    path = workspace / f".{what}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(f"another process is at it ({what}): it does the work") from error
        yield
    finally:
        os.close(handle)


def sweep(workspace: Path, beginning: str) -> int:
    """Remove drafts whose door was killed: nobody holds them. How many."""
    removed = 0
    for path in incoming(workspace).glob(f"*/.{beginning}*.part"):
        with suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                removed += 1
            finally:
                os.close(handle)
    return removed


def take_in(
    workspace: Path, clock: Clock, tell: Callable[[Taken], None], complain: Callable[[str], None]
) -> int:
    """Take in what lies in the incoming folder now; how many files. Busy or refused, it waits
    there, and `complain` is told."""
    make_folder(incoming(workspace))
    how = Watching(incoming(workspace), settle_s=0)
    try:
        return Watcher(workspace, how, clock, tell, complain).run(Event(), once=True)
    except (DatecertainError, OSError) as error:
        complain(f"what was handed in waits in {incoming(workspace)}: {error}")
        return 0


def keep_taking_in(
    workspace: Path, how: Watching, clock: Clock, stop: Event,
    tell: Callable[[Taken], None], complain: Callable[[str], None],
) -> None:  # fmt: skip
    """Take in what comes into a folder until `stop` is set; after a failure, such as a full disk,
    it is tried again."""
    while not stop.is_set():
        try:
            Watcher(workspace, how, clock, tell, complain).run(stop)
        except (DatecertainError, OSError) as error:
            complain(f"mail waits in {how.folder}: {error}")
            stop.wait(_AGAIN_S)
