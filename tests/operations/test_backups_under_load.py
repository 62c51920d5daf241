"""Backups while a month is judged: each restores to a workspace that fits together, and in which
the verdicts come out the same when judged again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from command_line import command
from month_of_mail import AS_OF, CLOCK, PERIOD, Month
from sqlalchemy import select

from datecertain.moments import format_utc
from datecertain.operations.backing_up import back_up
from datecertain.operations.restoring import restore_backup
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import open_workspace
from datecertain.store.records import batches
from forked_processes import Forked

TABLES = ("events", "items", "verdicts")


def counts(workspace: Path) -> dict[str, int]:
    """Rows of the facts, which must be those that the published batches say they wrote."""
    with open_workspace(workspace, write=True) as opened, opened.reading() as view:
        told = view.connection.scalars(
            select(batches.c.rows).where(batches.c.state == "published")
        ).all()
        held = {name: view.facts(name).rows for name in TABLES}
    assert held == {name: sum(rows.get(name, 0) for rows in told) for name in TABLES}
    return held


def test_a_backup_while_a_month_is_judged_fits_together(
    month: Month, workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    path, backups = workspace(month.ingested), tmp_path / "backups"
    judging = Forked(command("judge", "--period", PERIOD, "--as-of", format_utc(AS_OF), "-w", path))
    taken = list[str]()
    while judging.poll() is None:
        if len(taken) < 3:
            taken.append(back_up(path, backups, CLOCK).backup)
        time.sleep(0.05)
    assert (judging.end(), judging.returncode) == ("", 0)
    taken.append(back_up(path, backups, CLOCK).backup)
    held = []
    for number in (0, len(taken) - 1):
        target = tmp_path / f"restored-{number}"
        restore_backup(backups, target, backup=taken[number])
        held.append(counts(target))
    assert held[0]["events"] == held[1]["events"] > 0
    assert held[0]["verdicts"] == 0
    assert held[1]["verdicts"] > 0
    with open_workspace(target) as opened:
        proved = verify_month(opened, PERIOD)
    assert proved.whole
    assert proved.verdicts == held[1]["verdicts"]
