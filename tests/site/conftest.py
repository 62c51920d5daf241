"""The pages over the small world with one item in it, shared: what a test writes here stays."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))
sys.path.insert(0, str(Path(__file__).parents[1] / "api"))
sys.path.append(str(Path(__file__).parents[1] / "store"))

from api_door import api_over
from care_world import LATE, late_items
from month_fixtures import month
from month_of_mail import CLOCK, Month
from postgres_server import postgres, postgres_url
from site_door import Pages, site_over

__all__ = ["month", "postgres", "postgres_url"]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A site over the small world, in which one item was delivered."""
    yield from site_over(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def late(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The number of an item from Korea that came two days late to the United States."""
    late_items(pages.api.workspace, tmp_path_factory.mktemp("late"))
    return LATE


@pytest.fixture(scope="session")
def month_pages(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A site over a settled month of the ten posts, shared: what a test writes here stays."""
    folder = shutil.copytree(month.settled, tmp_path_factory.mktemp("month") / "w")
    for api in api_over(folder, clock=CLOCK):
        site = Pages(api)
        yield site
        site.close()
