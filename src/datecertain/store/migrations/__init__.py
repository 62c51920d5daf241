"""Migrations of the records store (Alembic), shipped with the package and run by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

#: What the migrations said to an empty database in this process, by the kind of database. All
#: migrations take half a second of Alembic's work, and the same every time.
_SAID: dict[str, list[tuple[str, Any]]] = {}
_QUESTIONS = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE", "SHOW")


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run every migration that is missing up to a revision, inside the transaction of
    `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def fill(connection: Connection) -> None:
    """Run all migrations on an empty database, inside the transaction of `connection`."""
    kind = connection.dialect.name
    if (said := _SAID.get(kind)) is not None:
        for statement, values in said:
            connection.exec_driver_sql(statement, values)
        return
    said = []

    def hear(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if not statement.lstrip().upper().startswith(_QUESTIONS):
            said.append((statement, values or None))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        upgrade(connection)
    finally:
        event.remove(connection, "before_cursor_execute", hear)
    _SAID[kind] = said


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
