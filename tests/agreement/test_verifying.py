"""`verify` proves a month, and says so when it can't."""

import sqlite3
from pathlib import Path

import pytest

from datecertain.errors import StoreDamaged, UsageError
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.settling import settle_month
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.verdict.rules import RULES, rules_of

MONTH = "2026-10"


def settled_month(folder: Path) -> Path:
    plan = month_plan(MONTH, 400)
    clock = FixedClock(plan.closing_at)
    write_month(plan, folder)
    make_workspace(folder / "workspace", clock)
    with open_workspace(folder / "workspace", write=True) as workspace:
        ingest(workspace, folder / "mailbox", clock)
        judge_period(workspace, MONTH, plan.closing_at, clock)
        settle_month(workspace, MONTH, clock)
    return folder / "workspace"


def test_a_settled_month_is_whole_until_somebody_goes_round_the_database(tmp_path: Path) -> None:
    home = settled_month(tmp_path)
    with open_workspace(home) as workspace:
        proved = verify_month(workspace, MONTH)
    assert proved.whole
    assert proved.verdicts == 400
    assert proved.statements > 30
    assert proved.journal_lines > 100

    with sqlite3.connect(home / "records.db") as books:
        triggers = books.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            books.execute(f"DROP TRIGGER {name}")
        changed = books.execute(
            "UPDATE statements SET content = CAST(content || X'20' AS BLOB) WHERE post_a = 'AU'"
        ).rowcount
        books.execute("UPDATE journal SET amount = amount + 1 WHERE seq = 7")
    with (
        open_workspace(home) as workspace,
        pytest.raises(StoreDamaged, match="not as they were sealed"),
    ):
        verify_month(workspace, MONTH)
    with sqlite3.connect(home / "records.db") as books:
        books.execute("UPDATE journal SET amount = amount - 1 WHERE seq = 7")
    with open_workspace(home) as workspace:
        proved = verify_month(workspace, MONTH)
    assert not proved.whole
    assert len(proved.statements_broken) == changed > 0


def test_a_fact_that_came_later_shows_as_a_verdict_to_be_judged_again(tmp_path: Path) -> None:
    home = settled_month(tmp_path)
    notice = tmp_path / "late.csv"
    notice.write_text(
        "case_id,post,office,leg,from_utc,to_utc,published_utc,text_en,text_ko,reference\n"
        "STORM-9,JP,,,2026-10-01T00:00Z,2026-11-20T00:00Z,2026-10-01T02:00Z,Storm,폭풍,test\n",
        encoding="utf-8",
    )
    plan = month_plan(MONTH, 400)
    with open_workspace(home, write=True) as workspace:
        ingest(workspace, notice, FixedClock(plan.closing_at))
        assert verify_month(workspace, MONTH).differing
        judge_period(workspace, MONTH, plan.closing_at, FixedClock(plan.closing_at))
        assert verify_month(workspace, MONTH).whole


def test_a_month_judged_by_older_rules_verifies_by_them(tmp_path: Path) -> None:
    plan = month_plan(MONTH, 400)
    clock = FixedClock(plan.closing_at)
    write_month(plan, tmp_path)
    make_workspace(tmp_path / "workspace", clock)
    with open_workspace(tmp_path / "workspace", write=True) as workspace:
        ingest(workspace, tmp_path / "mailbox", clock)
        judge_period(workspace, MONTH, plan.closing_at, clock, rules=RULES["1"])
        old = current_verdicts(workspace, [MONTH])
        assert set(old["rules_version"].to_pylist()) == {"1"}
        assert all(old[name].null_count == 400 for name in RULES["1"].without)
        assert verify_month(workspace, MONTH).whole
        assert judge_period(workspace, MONTH, plan.closing_at, clock).superseding == 400
        new = current_verdicts(workspace, [MONTH])
        assert set(new["rules_version"].to_pylist()) == {"2"}
        assert verify_month(workspace, MONTH).whole
        same = ["item_id", "days_late", "days_liable", "share_import"]
        assert old.select(same).equals(new.select(same))


def test_rules_that_nobody_knows_are_refused() -> None:
    with pytest.raises(UsageError, match="only 1, 2"):
        rules_of("7")
