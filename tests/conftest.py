"""Test worlds and slow references stand beside the tests and are imported by name; here is what all
processes of a parallel run share."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# An example takes as long as the machine is busy.
settings.register_profile("here", deadline=None)
settings.load_profile("here")
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a parallel run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def compiled_networks(session_folder: Path) -> Iterator[None]:
    """Compiled networks are made once per session, also for the commands that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        if "DATECERTAIN_CACHE" not in os.environ:
            patch.setenv("DATECERTAIN_CACHE", str(session_folder / "compiled-networks"))
        yield
