"""One writer at a time: an advisory lock on the file `lock` in the workspace folder.

The operating system frees it when the process ends, however it ends; nothing stale can stay. With
PostgreSQL there is a second lock, in the database (`store.database`): another machine may hold
another folder over the same records.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from datecertain.errors import StoreBusy

_POLL_S = 0.05


class WriterLock:
    """The lock of one workspace folder, held from construction until `release`.

    Raises `StoreBusy` when another writer still holds it after `wait_s` seconds.
    """

    def __init__(self, path: Path, wait_s: float) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        end = time.monotonic() + wait_s
        while not self._taken():
            if time.monotonic() >= end:
                holder = os.pread(self._handle, 64, 0).decode(errors="replace").strip()
                os.close(self._handle)
                raise StoreBusy(
                    f"{path.parent}: another writer ({holder or 'unknown'}) holds the workspace; "
                    f"waited {wait_s:g} s: wait until it is done and run the step again"
                )
            time.sleep(_POLL_S)
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"process {os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._handle)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def holder(path: Path) -> str | None:
    """Who holds a lock, as it wrote down itself; None: nobody. Keeps nobody waiting."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return os.pread(handle, 64, 0).decode(errors="replace").strip() or "unknown"
    finally:
        os.close(handle)
