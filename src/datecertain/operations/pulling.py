"""Fetching what a partner laid out on its SFTP server into the incoming folder (req 16).

A file that no longer changes is read into a draft, made durable, handed in, written down in the
mail book, and only then moved or deleted at the partner's, where that was agreed. Cut off anywhere,
it is still there and is met again. A draft is gone on with, up to what is surely on the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Event
from typing import Any

import asyncssh

from datecertain.operations.mail_room import (
    alone,
    draft,
    hand_in,
    incoming,
    refusal,
    shown,
    unfinished,
)
from datecertain.operations.mailboxes import SftpBox
from datecertain.operations.sftp import BLOCK, LOST, Gain, one_line, persist
from datecertain.store.disk import disk_errors
from datecertain.store.mail_book import HandedIn, MailBook

#: The draft is made durable after so many bytes, and gone on with from a multiple of them.
SYNCED = 8 << 20
_DRAFT = "sftp-"
#: Some servers do not say what is a file; what is none cannot be opened.
_FILES = (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that lies in the incoming folder now. `resumed_at`: bytes of it that an earlier
    attempt had brought."""

    name: str
    size: int
    sha256: str
    resumed_at: int
    stored_as: str


@dataclass(slots=True)
class Pulled:
    """What a pull brought from one partner. `waiting` are files that were still changing;
    `refused` says which were not fetched, or not put away at the partner's, and why."""

    partner: str
    fetched: list[Fetched] = field(default_factory=list)
    known: int = 0
    waiting: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _There:
    """A file as it stands at the partner's; `path` as the server takes it."""

    name: str
    path: bytes
    size: int
    changed_at: int


def pull(
    workspace: Path, box: SftpBox, stop: Event, complain: Callable[[str], None],
    progress: Progress | None = None,
) -> Pulled:  # fmt: skip
    """Fetch what is new at a partner's. Set `stop` to end after the block in hand.

    Raises `MailboxError` when the server cannot be reached or refuses, `StoreBusy` when another
    process fetches from the same partner, `StoreError` when the disk is full. What was fetched
    before is safe.
    """
    with alone(workspace, f"pull-{box.post}"), MailBook(workspace) as book:
        one = _Pulling(workspace, box, book, stop, progress)
        asyncio.run(persist(box, one.run, stop, complain))
    return one.done


class _Pulling:
    def __init__(
        self, workspace: Path, box: SftpBox, book: MailBook, stop: Event,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.workspace, self.box, self.book = workspace, box, book
        self.stop, self.progress = stop, progress
        self.done = Pulled(box.post)
        self._bytes = 0

    async def run(self, sftp: Any, gain: Gain) -> None:
        """One connection's work: look, wait until files stand still, fetch them."""
        self.done.known, self.done.waiting, self.done.refused = 0, [], []
        files = await self._new(sftp)
        if files and self.box.settle_s:
            if await asyncio.to_thread(self.stop.wait, self.box.settle_s):
                return
            later = set(await self._new(sftp))
            self.done.waiting = [shown(one.name) for one in files if one not in later]
            files = [one for one in files if one in later]
        self._sweep(files)
        total = self._bytes + sum(one.size for one in files)
        for one in files:
            if self.stop.is_set():
                return
            before = self._bytes
            try:
                await self._fetch(sftp, one, gain, total)
            except LOST:
                raise
            except asyncssh.SFTPError as error:
                self._refuse(one.name, one_line(error))
            self._bytes = before + one.size

    async def _new(self, sftp: Any) -> list[_There]:
        """What was not fetched yet, by name; what was is put away, if that did not happen."""
        folder = os.fsencode(self.box.fetch_from)
        async with asyncio.timeout(self.box.timeout_s):
            entries = await sftp.readdir(folder)
        self.done.known, self.done.refused = 0, []
        found = []
        for entry in entries:
            name, attrs = os.fsdecode(entry.filename), entry.attrs
            if name in (".", "..") or attrs.type not in _FILES:
                continue
            if why := refusal(name):
                self._refuse(name, why)
                continue
            if unfinished(name) or not fnmatchcase(name, self.box.pattern):
                continue
            path = folder.rstrip(b"/") + b"/" + entry.filename
            one = _There(name, path, int(attrs.size or 0), int(attrs.mtime or 0))
            if self._known(one):
                self.done.known += 1
            else:
                found.append(one)
        return sorted(found, key=lambda one: (one.changed_at, one.name))

    def _known(self, one: _There) -> bool:
        """Whether a file that stays at the partner's was fetched. One that was to be put away and
        is there again may be another one of the same size and second: it is fetched."""
        return self.box.after == "leave" and self.book.was_fetched(
            self.box.post, shown(one.name), one.size, one.changed_at
        )

    async def _fetch(self, sftp: Any, one: _There, gain: Gain, total: int) -> None:
        with draft(self.workspace, self.box.post, _DRAFT + _tag(one)) as written:
            digest, begin = _resumed(written.handle, one.size)
            whole = await self._read(sftp, one, written.handle, digest, begin, gain, total)
            if not whole:
                return
            sha256 = digest.hexdigest()
            with disk_errors(f"handing in {shown(one.name)} of {self.box.post}"):
                stored = hand_in(self.box.post, one.name, written, sha256)
        now = int(time.time())
        name = shown(one.name)
        self.book.hand_in(HandedIn(self.box.post, sha256, "sftp", shown(stored), one.size, now))
        if self.box.after == "leave":
            self.book.fetched(self.box.post, name, one.size, one.changed_at, sha256, now)
        self.done.fetched.append(Fetched(name, one.size, sha256, begin, shown(stored)))
        gain.files += 1
        await self._put_away(sftp, one, sha256)

    async def _read(
        self, sftp: Any, one: _There, handle: int, digest: Any, begin: int, gain: Gain, total: int
    ) -> bool:
        """Read the file to its end; False when it turned out to be changing, or we were stopped."""
        at, before = begin, self._bytes
        async with asyncio.timeout(self.box.timeout_s):
            stream = await sftp.open(one.path, "rb")
        try:
            while at < one.size and not self.stop.is_set():
                async with asyncio.timeout(self.box.timeout_s):
                    data = await stream.read(min(BLOCK, one.size - at), at)
                if not data:
                    break
                self._write(handle, data, at, one)
                digest.update(data)
                at += len(data)
                gain.bytes += len(data)
                if self.progress:
                    self.progress(before + at, total)
        finally:
            # A connection that is gone has closed it already.
            with suppress(asyncssh.Error, OSError):
                async with asyncio.timeout(self.box.timeout_s):
                    await stream.close()
        if self.stop.is_set():
            return False
        async with asyncio.timeout(self.box.timeout_s):
            now = await sftp.lstat(one.path)
        if at == one.size and (now.size, now.mtime) == (one.size, one.changed_at):
            return True
        os.ftruncate(handle, 0)
        self.done.waiting.append(shown(one.name))
        return False

    def _write(self, handle: int, data: bytes, at: int, one: _There) -> None:
        with disk_errors(f"fetching {shown(one.name)} from {self.box.place}"):
            view, place = memoryview(data), at
            while view:
                # What follows a multiple of SYNCED is written when what precedes it is durable.
                most = SYNCED - place % SYNCED
                written = os.pwrite(handle, view[:most], place)
                view, place = view[written:], place + written
                if place % SYNCED == 0:
                    os.fsync(handle)

    async def _put_away(self, sftp: Any, one: _There, sha256: str) -> None:
        """Move or delete a fetched file at the partner's, if it is still what was fetched."""
        if self.box.after == "leave":
            return
        try:
            async with asyncio.timeout(self.box.timeout_s):
                now = await sftp.lstat(one.path)
                if (now.size, now.mtime) != (one.size, one.changed_at):
                    return  # another file by now: to be fetched next time
                if self.box.after == "delete":
                    await sftp.remove(one.path)
                    return
                target = os.fsencode(self.box.move_to).rstrip(b"/") + b"/" + os.fsencode(one.name)
                if await sftp.lexists(target):
                    target += f"-{sha256[:12]}".encode()
                await sftp.rename(one.path, target)
        except LOST:
            raise
        except asyncssh.SFTPError as error:
            self._refuse(one.name, f"fetched, but cannot {self.box.after} it: {one_line(error)}")

    def _sweep(self, files: list[_There]) -> None:
        """Remove drafts of files that are no longer there as they were; we are alone at it."""
        wanted = {f".{_DRAFT}{_tag(one)}.part" for one in files}
        for path in (incoming(self.workspace) / self.box.post).glob(f".{_DRAFT}*.part"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _refuse(self, name: str, why: str) -> None:
        self.done.refused.append(f"{self.box.post}: {shown(name)[:200]}: {why}")


def _tag(one: _There) -> str:
    told = f"{one.size}\0{one.changed_at}\0".encode() + os.fsencode(one.name)
    return hashlib.sha256(told).hexdigest()[:32]


def _resumed(handle: int, size: int) -> tuple[Any, int]:
    """The hash of what an earlier attempt surely left on the disk, and how many bytes it is."""
    there = os.fstat(handle).st_size
    begin = 0 if there > size else there // SYNCED * SYNCED
    digest, at = hashlib.sha256(), 0
    while at < begin:
        data = os.pread(handle, min(1 << 20, begin - at), at)
        digest.update(data)
        at += len(data)
    os.ftruncate(handle, begin)
    return digest, begin
