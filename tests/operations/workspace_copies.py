"""Copies of workspaces that other processes may be reading meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def copied(stage: Path, to: Path) -> Path:
    """A copy of a workspace nobody writes to. Whoever reads it has files of SQLite's own beside the
    records and drafts among the hidden caches, and these come and go: the records are copied by
    SQLite, the caches are left out."""
    shutil.copytree(stage, to, ignore=shutil.ignore_patterns(".*", "*.db", "*.db-*"))
    for path in stage.glob("*.db"):
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(to / path.name)) as other,
        ):
            one.backup(other)
        shutil.copymode(path, to / path.name)
    return to
