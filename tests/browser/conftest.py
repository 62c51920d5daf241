"""The site over the small world, and one Chromium for all tests here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))
sys.path.insert(0, str(Path(__file__).parents[1] / "api"))
sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

from chromium import Browser, browser, found
from month_fixtures import month
from site_door import Pages, site_over

__all__ = ["month"]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A site over the small world, in which one item was delivered."""
    yield from site_over(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser; where there is none, what needs it is skipped."""
    program = found()
    if program is None:
        pytest.skip("no Chromium on this machine: install it, or name it in CHROMIUM")
    with browser(program, tmp_path_factory.mktemp("profile")) as one:
        yield one
