"""Running any step again changes nothing: no row, no version, no file (issue 2)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from canonical_state import balances_of, counts_of, differences, state_of, verdicts_of
from month_of_mail import AS_OF, CLOCK, Month, judge_month, settle, take_in

from datecertain.errors import StoreError
from datecertain.operations.workspaces import make_workspace
from datecertain.store import Workspace

Copy = Callable[[Path], Path]


def test_every_step_run_again_changes_nothing(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    standing = counts_of(folder)
    report = take_in(folder, month.mailbox)
    assert (report.files, report.events, report.items) == (0, 0, 0)
    assert report.files_known == sum(1 for path in month.mailbox.rglob("*") if path.is_file())
    assert counts_of(folder) == standing
    judge_month(folder)
    assert counts_of(folder) == standing
    settle(folder)
    assert counts_of(folder) == standing
    assert differences(state_of(folder), state_of(month.settled)) == []


def test_a_mailbox_moved_elsewhere_is_known_by_its_content(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    folder = workspace(month.ingested)
    standing = counts_of(folder)
    shutil.copytree(month.mailbox, tmp_path / "moved" / "elsewhere")
    assert take_in(folder, tmp_path / "moved").files == 0
    assert counts_of(folder) == standing


def test_what_is_run_again_after_new_mail_changes_only_what_the_mail_says(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    folder = workspace(month.settled)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "nothing.edi").write_bytes(b"")
    assert take_in(folder, tmp_path / "empty").files == 1
    judge_month(folder)
    settle(folder)
    assert verdicts_of(folder) == verdicts_of(month.settled)
    assert balances_of(folder) == balances_of(month.settled)


def test_judged_again_at_the_closing_after_a_look_back(month: Month, workspace: Copy) -> None:
    folder = workspace(month.judged)
    judge_month(folder, AS_OF - 25 * 1440)
    judge_month(folder)
    assert verdicts_of(folder, "judged_as_of") == verdicts_of(month.judged, "judged_as_of")


def test_making_a_workspace_can_be_run_again_until_it_is_whole(
    month: Month, tmp_path: Path
) -> None:
    folder = tmp_path / "cut-off"
    Workspace.init(folder)  # cut off here, before a network was put in force
    make_workspace(folder, CLOCK)
    assert differences(state_of(folder), state_of(month.made)) == []
    with pytest.raises(StoreError, match="is a workspace already"):
        make_workspace(folder, CLOCK)
