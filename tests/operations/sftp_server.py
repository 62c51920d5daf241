"""A real SFTP server on the loopback, asyncssh's own, in a thread; with the ill manners of some."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "datecertain", "correct horse"


@dataclass
class Manners:
    """How the server behaves; changed while it runs."""

    drop_after: int | None = None  # bytes read, then the connection is cut, once
    drops: int = 1_000_000  # so many times
    nap_s: float = 0.0  # before each read
    mute: bool = False  # never answers a read
    names: list[bytes] = field(default_factory=list)  # told besides those that are there
    grow: Path | None = None  # a file that grows while it is read
    renames_cut: bool = False  # the connection is cut after a renaming, before its answer
    read: int = 0  # bytes given out
    logins: int = 0
    opened: list[Any] = field(default_factory=list)  # asyncssh leaves them open when it is cut


class SftpServer:
    """The server, as a `with` block; `root` is what its user sees as /."""

    def __init__(self, root: Path, key: asyncssh.SSHKey, authorized: Path | None = None) -> None:
        self.root, self.key, self.authorized = root, key, authorized
        self.manners = Manners()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sftp server")

    @property
    def fingerprint(self) -> str:
        return str(self.key.get_fingerprint("sha256"))

    def __enter__(self) -> SftpServer:
        logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        connections: set[Any] = set()
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[self.key],
            server_factory=lambda: _Door(self.manners, connections),
            sftp_factory=lambda channel: _Files(channel, str(self.root).encode(), self.manners),
            authorized_client_keys=str(self.authorized) if self.authorized else None,
            allow_scp=False,
        )  # fmt: skip
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in list(connections):
            connection.abort()
        await server.wait_closed()
        await asyncio.sleep(0.05)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for stream in self.manners.opened:
            stream.close()


class _Door(asyncssh.SSHServer):
    def __init__(self, manners: Manners, connections: set[Any]) -> None:
        self.manners, self.connections = manners, connections

    def connection_made(self, conn: Any) -> None:
        self.conn = conn
        self.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self.conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.manners.logins += 1
        return (username, password) == (USER, PASSWORD)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, root: bytes, manners: Manners) -> None:
        super().__init__(channel, chroot=root)
        self.manners = manners

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self.manners.opened.append(super().open(path, pflags, attrs))
        return self.manners.opened[-1]

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        manners = self.manners
        if manners.nap_s:
            await asyncio.sleep(manners.nap_s)
        if manners.mute:
            await asyncio.sleep(3_600)
        if manners.grow:
            with manners.grow.open("ab") as stream:
                stream.write(b"more")
            manners.grow = None
        if manners.drop_after is not None and manners.read >= manners.drop_after and manners.drops:
            manners.drops -= 1
            manners.read = 0
            self.channel.get_connection().abort()
        data = super().read(file_obj, offset, size)
        manners.read += len(data)
        return data

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        async for one in super().scandir(path):
            yield one
        for name in self.manners.names:
            yield asyncssh.SFTPName(
                name, attrs=asyncssh.SFTPAttrs(size=4, permissions=0o100644, mtime=1, atime=1)
            )

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().posix_rename(oldpath, newpath)
        if self.manners.renames_cut:
            self.manners.renames_cut = False
            self.channel.get_connection().abort()


def wait_for(what: Any, seconds: float = 20) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
