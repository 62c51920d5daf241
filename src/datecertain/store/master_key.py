"""The master key: it opens the keys of the partners, and lies neither in the records nor in the
archive. Whoever loses it loses every message that was sealed.

Where it comes from, the first of these that is given:

1. the environment variable `DATECERTAIN_MASTER_KEY`: 64 hexadecimal digits, or the path of a file;
2. `master_key = "…"` in `datecertain.toml`: the path of a file;
3. the file `master.key` in the workspace folder.

A file holds the 64 digits. A file that is missing is made (mode 0600) when the workspace has sealed
nothing yet, and never afterwards.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from datecertain.durable import file_beside, make_folder
from datecertain.errors import StoreError
from datecertain.store.disk import disk_errors
from datecertain.store.sealing import new_key
from datecertain.store.settings import Settings

VARIABLE = "DATECERTAIN_MASTER_KEY"
FILE = "master.key"
_DIGITS = re.compile(r"[0-9a-fA-F]{64}")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key, and what it is told by without being shown."""

    key: bytes
    place: str

    @property
    def id(self) -> str:
        """16 hexadecimal digits that tell this key from others."""
        return hashlib.sha256(b"datecertain master key\0" + self.key).hexdigest()[:16]


def key_file(folder: Path, settings: Settings) -> Path | None:
    """The file that holds the key of a workspace; None: the environment holds it itself."""
    given = os.environ.get(VARIABLE, "")
    if _DIGITS.fullmatch(given):
        return None
    name = given or settings.master_key or FILE
    return (folder / Path(name).expanduser()).resolve()


def new_key_file(place: Path) -> Path:
    """Where a new master key lies until every key is sealed under it."""
    return place.with_name(f"{place.name}.new")


def read_master_key(folder: Path, settings: Settings, *, make: bool) -> MasterKey:
    """The master key of a workspace; with `make` a missing file is made.

    Raises `StoreError` when there is none, or what is there is no key.
    """
    path = key_file(folder, settings)
    if path is None:
        return MasterKey(bytes.fromhex(os.environ[VARIABLE]), f"the variable {VARIABLE}")
    if path.exists():
        return read_key_file(path)
    if not make:
        raise StoreError(
            f"the master key is missing: {path} is not there. Messages were sealed under it and "
            f"cannot be read without it: put the file back, or set {VARIABLE}"
        )
    key = make_key_file(path)
    _LOG.warning("made the master key %s: keep a copy where neither records nor archive lie", path)
    return key


def read_key_file(path: Path) -> MasterKey:
    """The key in a file. Raises `StoreError` when there is none in it."""
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"the master key {path} cannot be read: {error}") from error
    return MasterKey(_digits(text, str(path)), str(path))


def make_key_file(path: Path) -> MasterKey:
    """A new key in a new file that only its owner may read, there whole or not at all."""
    key = new_key()
    with disk_errors(f"writing the master key {path}"):
        make_folder(path.parent)
        with file_beside(path, mode=0o600) as draft:
            draft.write_bytes(key.hex().encode() + b"\n")
    return MasterKey(key, str(path))


def _digits(text: str, place: str) -> bytes:
    if not _DIGITS.fullmatch(text):
        raise StoreError(f"{place} holds no master key: 64 hexadecimal digits are wanted")
    return bytes.fromhex(text)
