"""An empty database that is filled by what the migrations said before is the one that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from datecertain.store.database import Database
from datecertain.store.migrations import fill, upgrade

_PROTECTION = """
SELECT tgrelid::regclass::text, pg_get_triggerdef(t.oid), pg_get_functiondef(tgfoid)
FROM pg_trigger t WHERE NOT tgisinternal ORDER BY 1, 2
"""


def _whole(connection: Connection) -> Any:
    """Tables, columns, keys, checks and what protects them; every row."""
    if connection.dialect.name == "sqlite":
        return list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    seen = inspect(connection)
    tables = sorted(seen.get_table_names())
    rows = {
        name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
        for name in tables
    }
    parts = [
        [repr(ask(name)) for name in tables]
        for ask in (seen.get_columns, seen.get_pk_constraint, seen.get_foreign_keys,
                    seen.get_indexes, seen.get_check_constraints, seen.get_unique_constraints)
    ]  # fmt: skip
    return rows, parts, [tuple(row) for row in connection.execute(text(_PROTECTION))]


def _filled(url: str, folder: Path, how: Any) -> Any:
    folder.mkdir()
    database = Database(url, folder, create=True)
    try:
        with database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            how(connection)
        with database.reading() as connection:
            return _whole(connection)
    finally:
        database.close()


def test_twice_is_once(records_url: str, tmp_path: Path) -> None:
    migrated, said, again = (
        _filled(records_url, tmp_path / str(at), how)
        for at, how in enumerate((upgrade, fill, fill))
    )
    assert migrated == said == again
