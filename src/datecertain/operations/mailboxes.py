"""Partners' SFTP servers, as the workspace's file `mailboxes.toml` names them.

    [[sftp]]
    post = "KR"
    host = "sftp.example.org"
    port = 22                       # as when left out
    user = "datecertain"
    host_key = "SHA256:…"           # fingerprint; a list while a key is being changed
    key_file = "keys/kr"            # or password_file, or password_env; paths from the workspace
    fetch_from = "/out"             # what is fetched; left out: nothing is
    pattern = "*.edi"
    after = "leave"                 # or "move" (give move_to), or "delete"
    move_to = "/out/done"
    send_to = "/in"                 # where files of outgoing/KR go; left out: nothing is sent

Neither passwords nor keys stand in it. A server is known by its key, never by its name.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.errors import MailboxError, NotFound, UsageError

FILE = "mailboxes.toml"
AFTER = ("leave", "move", "delete")

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_SECRETS = ("key_file", "password_file", "password_env")
_NAMES = {
    "post", "host", "port", "user", "host_key", *_SECRETS, "key_passphrase_env", "fetch_from",
    "pattern", "after", "move_to", "send_to", "settle_s", "timeout_s", "attempts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SftpBox:
    """A partner's server and the folders on it. `settle_s`: a file counts as whole when size and
    time have not changed for so long; 0 where the partner renames what is whole. An attempt that
    hears nothing for `timeout_s` is given up; there are `attempts` of them."""

    post: str
    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    key_file: Path | None
    password_file: Path | None
    password_env: str
    key_passphrase_env: str
    fetch_from: str
    pattern: str
    after: str
    move_to: str
    send_to: str
    settle_s: float
    timeout_s: float
    attempts: int

    @property
    def place(self) -> str:
        """The server, as messages name it."""
        return f"{self.post} ({self.user}@{self.host}:{self.port})"

    def password(self) -> str | None:
        """The password, read now; None: a key is used. Raises `MailboxError`."""
        if self.password_env:
            return self._environment(self.password_env)
        if self.password_file is None:
            return None
        demand_private(self.password_file)
        return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")

    def passphrase(self) -> str | None:
        """The passphrase of the key file, if it has one. Raises `MailboxError`."""
        return self._environment(self.key_passphrase_env) if self.key_passphrase_env else None

    def _environment(self, name: str) -> str:
        if value := os.environ.get(name):
            return value
        raise MailboxError(f"{self.place}: the environment variable {name} is not set")


def demand_private(path: Path) -> None:
    """Raise `MailboxError` unless a file of secrets is there, and its owner's alone."""
    if not path.is_file():
        raise MailboxError(f"{path} is not there: put the key or password in it")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise MailboxError(f"{path} can be read by others: chmod 600 it, and change the secret")


def read_mailboxes(workspace: Path, posts: Sequence[str]) -> tuple[SftpBox, ...]:
    """The servers that a workspace names, in the file's order. Raises `NotFound` without the file,
    `UsageError` when it cannot be used."""
    path = workspace / FILE
    if not path.exists():
        raise NotFound(f"{path} is not there: write it (docs/howto/receive-by-sftp-and-http.md)")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML: {error}") from error
    tables = data.pop("sftp", [])
    if data or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise UsageError(f"{path}: give [[sftp]] tables and nothing else")
    boxes = tuple(
        _box(f"{path}, server {number}", one, workspace, posts)
        for number, one in enumerate(tables, start=1)
    )
    twice = {one.post for one in boxes if sum(other.post == one.post for other in boxes) > 1}
    if twice:
        raise UsageError(f"{path}: {', '.join(sorted(twice))} stands twice: one server a post")
    return boxes


def _box(where: str, row: Mapping[str, Any], workspace: Path, posts: Sequence[str]) -> SftpBox:
    if "password" in row or "passphrase" in row:
        raise UsageError(f"{where}: no secrets in this file: use password_env or password_file")
    unknown = sorted(set(row) - _NAMES)
    if unknown:
        raise UsageError(f"{where}: {', '.join(unknown)} is not known: {', '.join(sorted(_NAMES))}")
    if (post := _text(where, row, "post")) not in posts:
        raise UsageError(f"{where}: post {post!r} is not known: {', '.join(posts)}")
    if sum(name in row for name in _SECRETS) != 1:
        raise UsageError(f"{where}: give exactly one of {', '.join(_SECRETS)}")
    after = _text(where, row, "after", "leave")
    if after not in AFTER or (after == "move") != ("move_to" in row):
        raise UsageError(f"{where}: after {after!r}: leave, delete, or move with a move_to")
    fetch_from, send_to = _text(where, row, "fetch_from", ""), _text(where, row, "send_to", "")
    if not fetch_from and not send_to:
        raise UsageError(f"{where}: give fetch_from, send_to, or both: folders on the server")
    return SftpBox(
        post, _text(where, row, "host"), int(_number(where, row, "port", 22, 1, 65_535)),
        _text(where, row, "user"), _host_keys(where, row),
        _path(where, row, "key_file", workspace), _path(where, row, "password_file", workspace),
        _text(where, row, "password_env", ""), _text(where, row, "key_passphrase_env", ""),
        fetch_from, _text(where, row, "pattern", "*"), after, _text(where, row, "move_to", ""),
        send_to, _number(where, row, "settle_s", 5, 0, 3_600),
        _number(where, row, "timeout_s", 30, 0.1, 3_600),
        int(_number(where, row, "attempts", 4, 1, 20)),
    )  # fmt: skip


def _host_keys(where: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row.get("host_key")
    keys = value if isinstance(value, list) else [value]
    if not keys or not all(isinstance(key, str) and _FINGERPRINT.fullmatch(key) for key in keys):
        raise UsageError(
            f"{where}: host_key {value!r}: the server's fingerprint is wanted, SHA256:… as "
            "ssh-keygen -l prints it; ask the partner for it by another way than this connection"
        )
    return tuple(keys)


def _text(where: str, row: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    value = row.get(name, otherwise)
    if not isinstance(value, str) or (not value and (otherwise is None or name in row)):
        raise UsageError(f"{where}: {name} {value!r}: a text is wanted")
    return value


def _path(where: str, row: Mapping[str, Any], name: str, workspace: Path) -> Path | None:
    return workspace / Path(_text(where, row, name)).expanduser() if name in row else None


def _number(
    where: str, row: Mapping[str, Any], name: str, otherwise: float, low: float, high: float
) -> float:
    value = row.get(name, otherwise)
    if type(value) not in (int, float) or not low <= value <= high:
        raise UsageError(f"{where}: {name} {value!r}: a number from {low} to {high} is wanted")
    return float(value)
