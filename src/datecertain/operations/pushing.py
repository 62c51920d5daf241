"""Sending the files of a partner's outgoing folder to its SFTP server (req 16).

A file goes up under a name that nobody there should look at, and is renamed when it is whole; then
it moves to `sent`, its moment in its name. Before the renaming it is written down, so that a run
cut off after it sees the file at the partner's and does not send it again. Where the partner took
it in that very moment, it is sent once more: a repeated interchange is known by its reference, a
lost one is not.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import asyncssh

from datecertain.durable import make_folder, sync_directory
from datecertain.operations.mail_room import OUTGOING, SENT, alone, shown, unfinished
from datecertain.operations.mailboxes import SftpBox
from datecertain.operations.sftp import BLOCK, LOST, Gain, one_line, persist
from datecertain.store.disk import disk_errors
from datecertain.store.mail_book import MailBook

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that lies at the partner's now. `kept_as`: its place below the outgoing folder."""

    name: str
    size: int
    sha256: str
    kept_as: str


@dataclass(slots=True)
class Pushed:
    """What a push sent to one partner; `refused` says which files were not sent, and why."""

    partner: str
    sent: list[Delivered] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def outgoing(workspace: Path, post: str) -> Path:
    """The folder of what is to be sent to a post. Files come into it by renaming."""
    return workspace / OUTGOING / post


def push(
    workspace: Path, box: SftpBox, stop: Event, complain: Callable[[str], None],
    progress: Progress | None = None,
) -> Pushed:  # fmt: skip
    """Send what lies in the partner's outgoing folder. Set `stop` to end after the block in hand.

    Raises `MailboxError` when the server cannot be reached or refuses, `StoreBusy` when another
    process sends to the same partner.
    """
    with alone(workspace, f"push-{box.post}"), MailBook(workspace) as book:
        one = _Pushing(outgoing(workspace, box.post), box, book, stop, progress)
        if one.files():
            asyncio.run(persist(box, one.run, stop, complain))
    return one.done


class _Pushing:
    def __init__(
        self, folder: Path, box: SftpBox, book: MailBook, stop: Event, progress: Progress | None
    ) -> None:
        self.folder, self.box, self.book = folder, box, book
        self.stop, self.progress = stop, progress
        self.done = Pushed(box.post)
        self._bytes = 0

    def files(self) -> list[Path]:
        """What is to be sent, by name."""
        if not self.folder.is_dir():
            return []
        return sorted(
            path for path in self.folder.iterdir()
            if path.is_file() and not path.is_symlink() and not unfinished(path.name)
        )  # fmt: skip

    async def run(self, sftp: Any, gain: Gain) -> None:
        """One connection's work."""
        self.done.refused = []
        files = self.files()
        total = self._bytes + sum(path.stat().st_size for path in files)
        for path in files:
            if self.stop.is_set():
                return
            before, size = self._bytes, path.stat().st_size
            try:
                await self._send(sftp, path, gain, total)
            except LOST:
                raise
            except asyncssh.SFTPError as error:
                self._refuse(path, one_line(error))
            self._bytes = before + size

    async def _send(self, sftp: Any, path: Path, gain: Gain, total: int) -> None:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            size, changed = os.fstat(stream.fileno()).st_size, os.fstat(stream.fileno()).st_mtime_ns
            far = os.fsencode(self.box.send_to).rstrip(b"/") + b"/"
            target = far + os.fsencode(path.name)
            draft = far + b"." + hashlib.sha256(target).hexdigest()[:16].encode() + b".part"
            there = await self._size(sftp, target)
            if there is not None:
                ours = self.book.sending(self.box.post, shown(path.name), sha256) == "uploaded"
                if not (ours and there == size):
                    self._refuse(path, "a file of this name still lies there, not yet collected")
                    return
            else:
                digest = await self._upload(sftp, stream, draft, size, gain, total)
                if self.stop.is_set():
                    return
                now = path.stat()
                if digest != sha256 or (now.st_size, now.st_mtime_ns) != (size, changed):
                    self._refuse(path, "it changed while it was being sent: it waits")
                    return
                self._book(path, sha256, size, "uploaded")
                await self._rename(sftp, draft, target)
        kept = self._keep(path)
        self._book(path, sha256, size, "sent")
        self.done.sent.append(Delivered(shown(path.name), size, sha256, kept))
        gain.files += 1

    async def _upload(
        self, sftp: Any, stream: Any, draft: bytes, size: int, gain: Gain, total: int
    ) -> str:
        """Write the file under its temporary name, from its beginning; the hash of what went."""
        digest, at = hashlib.sha256(), 0
        stream.seek(0)
        async with asyncio.timeout(self.box.timeout_s):
            up = await sftp.open(draft, "wb")
        try:
            while at < size and not self.stop.is_set() and (data := stream.read(BLOCK)):
                async with asyncio.timeout(self.box.timeout_s):
                    await up.write(data, at)
                digest.update(data)
                at += len(data)
                gain.bytes += len(data)
                if self.progress:
                    self.progress(self._bytes + at, total)
            async with asyncio.timeout(self.box.timeout_s):
                with suppress(asyncssh.SFTPOpUnsupported):
                    await up.fsync()
        finally:
            with suppress(asyncssh.Error, OSError):
                async with asyncio.timeout(self.box.timeout_s):
                    await up.close()
        if (arrived := await self._size(sftp, draft)) != at:
            raise asyncssh.SFTPFailure(f"{arrived} of {at} bytes arrived")
        return digest.hexdigest()

    async def _rename(self, sftp: Any, draft: bytes, target: bytes) -> None:
        async with asyncio.timeout(self.box.timeout_s):
            try:
                await sftp.posix_rename(draft, target)
            except asyncssh.SFTPOpUnsupported:
                await sftp.rename(draft, target)

    async def _size(self, sftp: Any, path: bytes) -> int | None:
        async with asyncio.timeout(self.box.timeout_s):
            try:
                return int((await sftp.lstat(path)).size)
            except asyncssh.SFTPNoSuchFile:
                return None

    def _keep(self, path: Path) -> str:
        """Move a sent file away, durably; a file is never overwritten there."""
        now = datetime.now(UTC)
        day, moment = f"{now:%Y-%m-%d}", f"{now:%H%M%S.%f}Z"
        target = self.folder / SENT / day / f"{moment}-{path.name}"
        with disk_errors(f"putting away {path}, which was sent"):
            make_folder(target.parent)
            path.rename(target)
            sync_directory(target.parent)
            sync_directory(self.folder)
        return shown(str(target.relative_to(self.folder)))

    def _book(self, path: Path, sha256: str, size: int, state: str) -> None:
        self.book.sent(self.box.post, shown(path.name), sha256, size, state, int(time.time()))

    def _refuse(self, path: Path, why: str) -> None:
        self.done.refused.append(f"{self.box.post}: {shown(path.name)}: {why}")
