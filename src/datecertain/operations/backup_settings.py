"""`datecertain.toml` in a backup: without its secrets, and with other addresses when restored."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from datecertain.errors import StoreError
from datecertain.store.settings import FILE

_SECRET = re.compile(r"secret|key|token|password|credential", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)([^:/@\s\"']*):[^@\s\"']*@")
_LINE = re.compile(r"^\s*\"?([A-Za-z0-9_.-]+)\"?\s*=")


def without_secrets(text: str) -> tuple[str, list[str]]:
    """The file without passwords in addresses and without the credentials of `facts_options`, and
    what was left out. Raises `StoreError` when that cannot be told line by line."""
    before = tomllib.loads(text)
    options = before.get("facts_options", {})
    secret = [name for name in options if _SECRET.search(name)]
    out, hidden, within = [], [], False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            within = line.strip().split("#")[0].strip() == "[facts_options]"
        found = _LINE.match(line)
        if within and found and found[1] in secret:
            hidden.append(f"facts_options.{found[1]}")
            continue
        if found and _PASSWORD.search(line):
            hidden.append(f"the password in {found[1]}")
            line = _PASSWORD.sub(r"\1@", line)  # noqa: PLW2901
        out.append(line)
    left = "".join(out)
    after = tomllib.loads(left)
    if any(name in after.get("facts_options", {}) for name in secret) or _PASSWORD.search(left):
        raise StoreError(
            f"{FILE}: write each credential of [facts_options] on a line of its own, so that a "
            "backup can leave it out; or take the backup with its keys"
        )
    return left, hidden


def with_addresses(text: str, addresses: dict[str, str]) -> str:
    """The file with other values at its top (`records`, `facts`, `archive`)."""
    tables = re.search(r"(?m)^\s*\[", text)
    at = tables.start() if tables else len(text)
    head, rest = text[:at], text[at:]
    for name, value in addresses.items():
        quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        line = f"{name} = {quoted}"
        head, count = re.subn(rf"(?m)^\s*{name}\s*=.*$", line.replace("\\", r"\\"), head)
        if not count:
            head = f"{head.rstrip()}\n{line}\n"
    changed = head + rest
    read: dict[str, Any] = tomllib.loads(changed)
    if any(read.get(name) != value for name, value in addresses.items()):
        raise StoreError(f"{FILE} of the backup cannot be given other addresses: {addresses}")
    return changed
