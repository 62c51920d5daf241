"""The simulated month replayed: as it was, and with changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest
from month_of_mail import PERIOD, Month
from workspace_copies import copied

from datecertain.errors import NotFound, UsageError
from datecertain.operations.judging import current_verdicts
from datecertain.operations.networks import current_network
from datecertain.operations.replay_levers import try_levers
from datecertain.operations.replay_services import try_service
from datecertain.operations.replayed_items import read_traffic, replay_traffic
from datecertain.operations.replays import under, what_if, with_changes
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.replays import changed_items, whole_change
from datecertain.planning.services import Service
from datecertain.settlement import bundled_tariff

TARIFFS = (bundled_tariff(), bundled_tariff())


def test_the_network_in_force_changes_nothing_and_both_sides_are_what_was_judged(
    month: Month,
) -> None:
    with open_workspace(month.judged) as workspace:
        stored = current_verdicts(workspace, [PERIOD])
        found = replay_traffic(read_traffic(workspace, [PERIOD]), under(current_network(workspace)))
    before, after = (table.sort_by("item_key") for table in (found.before, found.after))
    assert after.equals(before)
    assert before.equals(stored.select(before.column_names))
    assert not len(changed_items(found))


def test_one_day_more_in_the_date_of_a_lane_makes_no_item_of_it_late(month: Month) -> None:
    with open_workspace(month.judged) as workspace:
        change = ("one day", with_changes(["KR-JP.buffer +1"]))
        found = what_if(workspace, [PERIOD], change, tariffs=TARIFFS)
        traffic = read_traffic(workspace, [PERIOD], "KR-JP")
        kept = replay_traffic(traffic, change[1], recomputed=False)
    (lane,) = [one for one in found.lanes if one.name == "KR-JP"]
    assert lane.after.on_time >= lane.before.on_time
    assert set(found.changed["lane"].to_pylist()) == {"KR-JP"}
    assert set(found.changed["why"].to_pylist()) == {"promise"}
    moved = pc.subtract(found.changed["promised_on_after"], found.changed["promised_on_before"])
    assert pc.min(moved).as_py() >= 1
    assert sum(one.change_usdr for one in found.settlement) == 0
    assert not len(changed_items(kept))  # the dates told are the only thing that the change moves


def test_levers_say_what_a_full_replay_says(month: Month) -> None:
    with open_workspace(month.judged) as workspace:
        levers = try_levers(workspace, [PERIOD], "KR-JP", places=1, kinds=["standard"])
        (best,) = levers.effects
        traffic = read_traffic(workspace, [PERIOD], "KR-JP")
        whole = replay_traffic(traffic, with_changes([best.lever.change]))
    assert whole_change(whole).after.on_time == best.after.on_time
    assert whole_change(whole).before == levers.before


@pytest.mark.parametrize(
    ("change", "lane"),
    [("HKHKGA.closing.at -02:00", None), ("KR-JP.buffer +1", "KR-JP"),
     ("*-*.term.tolerance_days 3", None)],
)  # fmt: skip
def test_what_is_kept_of_a_month_comes_to_what_reading_it_comes_to(
    month: Month, tmp_path: Path, change: str, lane: str | None
) -> None:
    copied(month.judged, tmp_path / "plain")
    (tmp_path / "plain" / ".replays").touch()  # nothing can be kept there
    asked = (change, with_changes([change]))
    found = []
    for folder in (tmp_path / "plain", month.judged):
        with open_workspace(folder) as workspace:
            found.append(what_if(workspace, [PERIOD], asked, lane=lane, tariffs=TARIFFS))
    assert [*(month.judged / ".replays").glob(f"{PERIOD}-*/files.json")]
    assert found[0].as_json() == found[1].as_json()
    assert found[0].changed.equals(found[1].changed)
    assert len(found[0].changed) > 0


def test_a_service_is_tried_on_the_items_that_could_have_taken_it(month: Month) -> None:
    slow = Service.from_toml('name = "slow"\nlanes = ["KR-JP"]\nstandard_days = 30', "slow")
    never = Service.from_toml('lanes = ["KR-JP"]\ncontents = ["ice"]', "never")
    with open_workspace(month.judged) as workspace:
        found, none = (try_service(workspace, [PERIOD], one) for one in (slow, never))
        lane = read_traffic(workspace, [PERIOD], "KR-JP")
    assert found.trial is not None
    assert found.trial.items == lane.items
    assert found.trial.on_time == found.trial.judged  # everything comes within thirty days
    assert [one.name for one in found.lanes] == ["KR-JP"]
    assert none.trial is None


def test_what_cannot_be_replayed_is_said(month: Month) -> None:
    with open_workspace(month.judged) as workspace:
        with pytest.raises(NotFound, match="no item of 2026-09 was judged"):
            read_traffic(workspace, ["2026-09"])
        with pytest.raises(UsageError, match="is not a lane"):
            read_traffic(workspace, [PERIOD], "KRUS")
        with pytest.raises(UsageError, match="no kind of change magic"):
            try_levers(workspace, [PERIOD], kinds=["magic"])
