"""Fixtures of the store's tests: a real PostgreSQL, and a workspace on either database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import postgres, postgres_url
from s3_server import S3Server, running

from datecertain.store import Workspace

__all__ = ["postgres", "postgres_url"]


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
