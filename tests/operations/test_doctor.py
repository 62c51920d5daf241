"""The page of checks: what is wrong is said, with what to do, and the rest is checked as well."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import (
    ACCEPTED,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)

from datecertain.errors import NotFound
from datecertain.moments import DAY
from datecertain.operations.backing_up import back_up
from datecertain.operations.clock import FixedClock, SystemClock
from datecertain.operations.doctor import Verdict, examine
from datecertain.operations.jobs import set_job
from datecertain.operations.judging import judge_period
from datecertain.operations.workspaces import open_workspace
from datecertain.store.database import Database
from datecertain.wording import glossary, words


def page(path: Path, clock: FixedClock | SystemClock = CLOCK) -> dict[str, tuple[str, str]]:
    """Check → (verdict, case); every line can be said in every language."""
    found = examine(path, clock)
    for one in found:
        for language in ("en", "ko"):
            assert words(language).say(one.key, **one.values)
    return {one.name: (one.verdict.value, one.case) for one in found}


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A small workspace with mail of one item that was judged, and a part set aside."""
    workspace = small_workspace(tmp_path / "kr")
    take_in_files(
        workspace, tmp_path / "mail",
        {
            "accepted.csv": acceptance_file(ACCEPTED),
            "kr.edi": interchange(("EMA", "202610211000", "KRSELB")),
            "bad.edi": b"UNB+UNOA:3+X",
        },
    )  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, "2026-10", CLOCK.now(), CLOCK)
    return workspace


def test_a_workspace_that_is_well_and_what_wants_looking_after(
    judged: Path, tmp_path: Path
) -> None:
    found = page(judged)
    assert {name for name, (verdict, _) in found.items() if verdict == "failed"} == set()
    assert found["quarantine"] == ("warning", "waiting")
    assert found["backup"] == ("warning", "none")
    assert found["judged"] == ("ok", "ok")
    back_up(judged, tmp_path / "backups", CLOCK)
    assert page(judged)["backup"] == ("ok", "ok")
    later = page(judged, FixedClock(CLOCK.now() + 4 * DAY))
    assert later["backup"] == ("warning", "old")
    assert later["judged"] == ("warning", "old")
    set_job(judged, CLOCK, "watch", "kim", schedule="every 30 minutes")
    assert page(judged)["jobs"] == ("ok", "ok")
    assert page(judged, FixedClock(CLOCK.now() + DAY))["jobs"] == ("warning", "overdue")
    with open_workspace(judged, write=True):
        assert page(judged)["lock"] == ("ok", "held")


def test_what_is_wrong_is_found(judged: Path) -> None:
    (judged / "master.key").chmod(0o644)
    assert page(judged)["key"] == ("failed", "open")
    (judged / "master.key").unlink()
    assert page(judged)["key"] == ("failed", "missing")
    assert not (judged / "master.key").exists()  # looking makes none
    (judged / "mailboxes.toml").write_text('[[sftp]]\nkey_file = "keys/us"\n')
    assert page(judged)["secrets"] == ("failed", "missing")
    for file in (judged / "facts" / "events").rglob("*.parquet"):
        file.unlink()
    assert page(judged)["facts"] == ("failed", "gone")
    waiting = judged / "incoming" / "US" / "late.edi"
    waiting.parent.mkdir(parents=True)
    waiting.touch()
    os.utime(waiting, (time.time() - 90_000, time.time() - 90_000))
    assert page(judged)["folders"] == ("warning", "old")
    assert page(judged, FixedClock(1000))["time"] == ("failed", "past")
    with Database("sqlite:///records.db", judged).writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0016'")
    found = page(judged)
    assert found["records"] == ("warning", "pending")
    assert found["workspace"] == ("failed", "closed")


def test_the_command_says_it_a_line_a_check(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "kr")
    well = say("doctor", "-w", workspace)
    assert well.code == 0
    assert re.search(r"^ok +records sqlite:", well.out, re.MULTILINE)
    (workspace / "datecertain.toml").write_text('records = "postgresql://x@127.0.0.1:1/x"\n')
    ill = say("doctor", "-w", workspace, "--json")
    assert ill.code == 1
    cases = {one["check"]: one["case"] for one in json.loads(ill.out)}
    assert (cases["records"], cases["workspace"]) == ("failed", "closed")
    with pytest.raises(NotFound):
        examine(tmp_path, CLOCK)
    assert {f"doctor.{one}" for one in Verdict} <= set(glossary())
