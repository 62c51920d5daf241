"""One API for all tests here that do not mind what others wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))

from api_door import Api, api_over
from month_fixtures import month
from small_workspaces import small_workspace

__all__ = ["month"]


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API over the small world, shared: what a test writes here stays."""
    yield from api_over(small_workspace(tmp_path_factory.mktemp("api") / "w"))
