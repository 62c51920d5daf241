"""The workspace's one TOML file: three URLs with embedded defaults, and limits for the engine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datecertain.errors import NotFound, StoreDamaged, StoreError

FILE = "datecertain.toml"
RECORDS, FACTS, ENGINE = "sqlite:///records.db", "facts", "duckdb"
ARCHIVE = "archive"

_TEMPLATE = """\
# A datecertain workspace. Paths are relative to this folder.

# Transactions: sqlite:///records.db, or postgresql://user@host/database
records = {records}
# Events, items, verdicts: a folder, or object storage (s3://bucket/prefix)
facts = {facts}
# What joins and sums
engine = {engine}

# Limits of the engine; without them it takes all cores and most of the memory.
# engine_threads = 2
# engine_memory = "2GB"

# archive = "archive"           # sealed messages: a folder, or object storage (s3://bucket/prefix)
# master_key = "/path/to/file"  # what opens them (default: the file master.key in this folder)

# facts_options_file = "/path/to/file"  # a TOML file of such options, for those that are secret
# [facts_options]   # credentials and endpoint of the object storage
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `datecertain.toml` says. `config` is all of it, for what other packages keep there."""

    records: str = RECORDS
    facts: str = FACTS
    engine: str = ENGINE
    engine_threads: int | None = None
    engine_memory: str | None = None
    facts_options: Mapping[str, str] = field(default_factory=dict)
    archive: str = ARCHIVE
    master_key: str = ""  # the path of a file; empty: that of the workspace folder
    facts_options_file: str = ""  # the path of a file with more `facts_options`
    config: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.engine != ENGINE:
            raise StoreError(f"engine = {self.engine!r}: this release has {ENGINE!r}")

    def text(self) -> str:
        """The file as `init` writes it."""
        urls = {"records": self.records, "facts": self.facts, "engine": self.engine}
        text = _TEMPLATE.format(**{name: _quoted(url) for name, url in urls.items()})
        given = {"archive": self.archive, "facts_options_file": self.facts_options_file}
        for name, value in given.items():
            if value not in ("", ARCHIVE):
                text += f"\n{name} = {_quoted(value)}\n"
        return text


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace in that folder.

    Raises `NotFound` when the folder is no workspace, `StoreError` when the file cannot be read,
    `StoreDamaged` when nothing is in it.
    """
    path = folder / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise NotFound(f"{folder} is not a workspace: there is no {FILE}; run init") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{path}: {error}: correct the file") from error
    return parse_settings(path, text)


def parse_settings(path: Path, text: str) -> Settings:
    """The settings that the text of a file says; raises as `read_settings` does."""
    try:
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StoreError(f"{path}: {error}: correct the file") from error
    if not config:
        raise StoreDamaged(f"{path} is empty: restore it from a backup (init never leaves it so)")
    options = _typed(path, config, "facts_options", dict) or {}
    file = _typed(path, config, "facts_options_file", str) or ""
    if file:
        options = {**_options_in(path.parent / Path(file).expanduser()), **options}
    return Settings(
        records=_typed(path, config, "records", str) or RECORDS,
        facts=_typed(path, config, "facts", str) or FACTS,
        engine=_typed(path, config, "engine", str) or ENGINE,
        engine_threads=_typed(path, config, "engine_threads", int),
        engine_memory=_typed(path, config, "engine_memory", str),
        facts_options={name: str(value) for name, value in options.items()},
        archive=_typed(path, config, "archive", str) or ARCHIVE,
        master_key=_typed(path, config, "master_key", str) or "",
        facts_options_file=file,
        config=config,
    )


def _options_in(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"facts_options_file {path} cannot be read: {error}: put the options of the object "
            "storage there"
        ) from error


def _typed(path: Path, config: Mapping[str, Any], name: str, kind: type) -> Any:
    value = config.get(name)
    if value is not None and type(value) is not kind:
        raise StoreError(f"{path}: {name} = {value!r}: expected {kind.__name__}")
    return value


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
