"""Fixtures of the tests that run whole operations: a small simulated month over the bundled
network, taken through every step once per session, whichever process asks first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from month_fixtures import month
from workspace_copies import copied

# The recorder of what was fsynced and the PostgreSQL live with the tests of the store.
sys.path.append(str(Path(__file__).parents[1] / "store"))
from postgres_server import postgres, postgres_url

__all__ = ["month", "postgres", "postgres_url"]


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a copy of a workspace of the undisturbed run, to work on."""

    def copy(stage: Path) -> Path:
        number = sum(1 for _ in tmp_path.glob("workspace-*"))
        return copied(stage, tmp_path / f"workspace-{number}")

    return copy
