"""The small month of mail for the tests of operations and of the API: taken through every step once
per session, whichever process asks first."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest
from month_of_mail import Month, make_month


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
