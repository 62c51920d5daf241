"""What disks and databases raise, told as `StoreError`: what happened, and what to do.

Nothing below the store makes a file durable by itself (deltalake 1.6.6 and pyarrow make no fsync at
all: measured): `datecertain.durable` does.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake.exceptions import DeltaError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from datecertain.durable import file_beside, make_folder
from datecertain.errors import StoreBusy, StoreError, StoreUnreachable

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


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that after any power cut it is there whole, or as it was before.

    Missing folders are made. Raises `StoreError` when the disk is full.
    """
    with disk_errors(f"writing {path}"):
        make_folder(path.parent)
        with file_beside(path) as draft:
            draft.write_bytes(content)


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
