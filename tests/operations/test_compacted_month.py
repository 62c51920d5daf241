"""A month whose facts were compacted: the same verdicts, money and explanations; and nothing that
was judged or settled counts as changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from canonical_state import counts_of, differences, events_of, state_of, verdicts_of
from command_line import say
from month_of_mail import (
    AS_OF,
    CLOCK,
    PERIOD,
    SMALL_CHUNK,
    Month,
    judge_month,
    settle,
    take_in,
)

from datecertain.errors import UsageError
from datecertain.operations.explaining import explain_item
from datecertain.operations.fact_keeping import compact_facts, status
from datecertain.operations.judging import judge_period
from datecertain.operations.settling import settle_month
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import open_workspace

Copy = Callable[[Path], Path]


def test_compacted_between_any_two_steps_the_month_ends_alike(
    month: Month, workspace: Copy
) -> None:
    folder = workspace(month.made)
    take_in(folder, month.mailbox, SMALL_CHUNK)
    reports = {report.table: report for report in compact_facts(folder, CLOCK)}
    assert reports["events"].files_before > 5 * reports["events"].files_after
    judge_month(folder)
    compact_facts(folder, CLOCK)
    settle(folder)
    compact_facts(folder, CLOCK)
    assert differences(state_of(folder), state_of(month.settled)) == []


def test_a_judged_and_settled_month_is_not_changed_by_compaction(
    month: Month, workspace: Copy
) -> None:
    folder = workspace(month.settled)
    assert sum(report.batches for report in compact_facts(folder, CLOCK)) >= 3
    standing = counts_of(folder)
    with open_workspace(folder, write=True) as opened:
        assert judge_period(opened, PERIOD, AS_OF, CLOCK).already_done
        assert settle_month(opened, PERIOD, CLOCK).already_done
        assert verify_month(opened, PERIOD).whole
    assert counts_of(folder) == standing
    assert verdicts_of(folder) == verdicts_of(month.settled)


def test_new_mail_after_a_compaction_is_a_change(month: Month, workspace: Copy) -> None:
    folder = workspace(month.made)
    first = min(path for path in month.mailbox.rglob("*") if path.is_file())
    take_in(folder, first)
    compact_facts(folder, CLOCK)
    judge_month(folder)
    take_in(folder, month.mailbox)
    compact_facts(folder, CLOCK)
    with open_workspace(folder, write=True) as opened:
        assert not judge_period(opened, PERIOD, AS_OF, CLOCK).already_done
    assert verdicts_of(folder) == verdicts_of(month.judged)


def test_an_item_is_explained_alike_before_and_after(month: Month, workspace: Copy) -> None:
    folder = workspace(month.judged)
    items = sorted(set(events_of(folder)["item_id"].to_pylist()))[:5]

    def told() -> list[object]:
        with open_workspace(folder) as opened:
            return [explain_item(opened, item, AS_OF, CLOCK) for item in items]

    before = told()
    compact_facts(folder, CLOCK)
    assert told() == before


def test_who_takes_in_mail_meanwhile_gets_its_turn(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    taken = threading.Thread(target=take_in, args=(folder, month.mailbox))
    taken.start()
    compact_facts(folder, CLOCK, unit_rows=100)
    taken.join()
    judge_month(folder)
    assert verdicts_of(folder) == verdicts_of(month.judged)


def test_the_commands(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    said = say("facts", "status", "--json", "-w", folder)
    rows = json.loads(said.out)
    assert {row["table"] for row in rows} == {"events", "items", "cases"}
    assert sum(row["due"] for row in rows if row["table"] == "events") > 0
    said = say("facts", "compact", "--table", "events", "-w", folder)
    assert said.code == 0
    assert said.out.startswith("events: ")
    said = say("facts", "compact", "--table", "events", "-w", folder)
    assert said.out == "events: nothing to merge.\n"
    with open_workspace(folder) as opened:
        assert all(row.due == 0 for row in status(opened, "events"))
        with pytest.raises(UsageError, match="no facts table"):
            status(opened, "parcels")


def test_going_back_and_vacuum_by_command(month: Month, workspace: Copy) -> None:
    folder = workspace(month.judged)
    events = len(events_of(folder))
    assert say("facts", "compact", "-w", folder).code == 0
    listed = say("facts", "versions", "events", "--json", "-w", folder).json
    assert [one["operation"] for one in listed] == ["ingest", "compact"]
    first = str(listed[0]["version"])
    told = say("facts", "restore", "events", "--version", first, "-w", folder)
    assert told.out == f"events: version 3 has the content of version {first}.\n"
    assert len(events_of(folder)) == events
    assert verdicts_of(folder) == verdicts_of(month.judged)
    said = say("facts", "vacuum", "--older-than", "0", "--json", "-w", folder)
    deleted = {one["table"]: one["files"] for one in said.json}
    assert deleted["events"] > 0, "the merged files are out of use"
    assert len(events_of(folder)) == events
    gone = say("facts", "restore", "events", "--version", "2", "-w", folder)
    assert gone.code == 1
    assert "vacuumed" in gone.err
    assert say("facts", "restore", "parcels", "--version", "2", "-w", folder).code == 1
