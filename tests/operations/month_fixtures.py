"""Fixtures that tests of operations and of the API share: the small month of mail, taken through
every step once per session, whichever process asks first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from month_of_mail import Month, make_month


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


@pytest.fixture(scope="session")
def month(session_folder: Path, compiled_networks: None) -> Month:
    """The simulated month, and the workspaces of an undisturbed run over it."""
    folder = session_folder / "month-of-mail"
    with (session_folder / "month-of-mail.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft = session_folder / "month-of-mail.draft"
            shutil.rmtree(draft, ignore_errors=True)
            make_month(draft)
            draft.rename(folder)
    return Month(folder)
