"""Migrations of the records store (Alembic), shipped with the package and run by it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run every migration that is missing up to a revision, inside the transaction of
    `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known() -> tuple[str, ...]:
    """The revisions that this release has, newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def _config() -> Config:
    config = Config()
    # A percent sign in the path would be read as interpolation.
    folder = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
