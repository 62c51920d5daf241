"""What months come to is kept beside the facts: boards, plans and cards are the same from it and
without it, and where it is damaged; and others when what it rests on is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import AS_OF, PERIOD, Month, judge_month

from datecertain.moments import DAY
from datecertain.operations.kept_months import FOLDER
from datecertain.operations.lane_standards import LaneHistory
from datecertain.operations.lanes_seen import EVERY_LANE
from datecertain.operations.networks import current_network
from datecertain.operations.verdict_histories import history_of_workspace
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.standards import find_standards, last_years
from datecertain.settlement import Period

ASKED = (
    ("plan", "board", "--period", PERIOD),
    ("plan", "stages", "--period", PERIOD, "--budget", "500"),
    ("report", "card", "--by", "lane", "--from", PERIOD),
)  # fmt: skip


def told(folder: Path) -> list[str]:
    answers = [say(*words, "-w", folder, "--json") for words in ASKED]
    assert all(answer.code == 0 for answer in answers), [answer.err for answer in answers]
    return [answer.out for answer in answers]


def kinds(folder: Path) -> set[str]:
    return {path.name[len(PERIOD) + 1 :].split("-")[0] for path in (folder / FOLDER).glob("*.npz")}


def test_the_same_from_what_is_kept(month: Month, workspace: Callable[[Path], Path]) -> None:
    folder = workspace(month.judged)
    first = told(folder)
    assert {"board", "closings", "events", "standards", "history"} <= kinds(folder)
    assert told(folder) == first
    for path in (folder / FOLDER).glob("*.npz"):
        path.write_bytes(path.read_bytes()[:-100])
    assert told(folder) == first
    judge_month(folder, AS_OF - 30 * DAY)  # of less that was told
    later = told(folder)
    shutil.rmtree(folder / FOLDER)
    assert told(folder) == later
    assert later != first


@pytest.mark.parametrize("target", [0.5, 0.8, 0.96])
def test_standards_that_are_kept_are_those_of_the_history(
    month: Month, workspace: Callable[[Path], Path], target: float
) -> None:
    with open_workspace(workspace(month.judged)) as opened:
        day = Period.month(PERIOD).last_day
        history = LaneHistory(current_network(opened), (PERIOD,), day, EVERY_LANE)
        found = history.standards(opened, target, 0.95)
        every = last_years(history_of_workspace(opened, [PERIOD]).deliveries)
        assert found == find_standards(every, target, 0.95)
        assert history.standards(opened, target, 0.95) == found
        assert len(found.parts) > 20
