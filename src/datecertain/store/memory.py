"""What a process does with memory that it no longer needs (decision 0027)."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import cache

#: Parameters of glibc's `mallopt`. Columns of up to 32 MiB (the most that it takes) come from
#: memory that is there; up to 1 GiB of it stays; all threads share it.
_KEPT = {-3: 32 * 1024 * 1024, -1: 1024 * 1024 * 1024, -8: 1}  # mmap threshold, trim, arenas


@cache
def reuse_memory() -> None:
    """Keep what columns leave behind for the next ones, instead of giving it back to the system and
    asking for it anew, page by page. Once a process; without effect where there is no glibc."""
    if sys.platform != "linux":
        return
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in _KEPT.items():
            mallopt(parameter, value)
