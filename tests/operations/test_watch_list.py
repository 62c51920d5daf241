"""The watch list over a simulated (synthetic) month: what it shows, what it never says wrongly,
and chances that hold on months that were not counted."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import say
from month_of_mail import AS_OF, CLOCK, PERIOD, Month

from datecertain.moments import DAY, UNKNOWN, parse_utc
from datecertain.network import NO_DUE, Network, Terms
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, TermRow
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.evidence import to_judge
from datecertain.operations.failed_dispatches import failed_yesterday
from datecertain.operations.ingesting import ingest
from datecertain.operations.on_the_way import (
    count_on_the_way,
    read_on_the_way,
    write_on_the_way,
)
from datecertain.operations.watch_list import (
    Asked,
    WatchList,
    live_item,
    watch_list,
    watched,
)
from datecertain.operations.watch_looks import Look, look_at, looks, months_until
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.verdict.live import STATES, State, Warnings, live
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Checkpoint, Outcome
from datecertain.verdict.replay import Milestones
from worlds import texts

#: Scans are told at once, which is what `walked` cuts them by.
AT_ONCE = Warnings(slack_used_percent=50, chance_percent=80, report_min=0)
MID = parse_utc("2026-10-15T06:00Z")
DAYS = [parse_utc("2026-10-05T00:00Z") + day * DAY + (day * 7 % 24) * 60 for day in range(28)]


@dataclass(frozen=True, slots=True)
class Seen:
    """An item on its way: the chance that was told, what it rested on, and what came."""

    item: str
    said: float
    items: int
    true: bool


@pytest.fixture(scope="module")
def at_noon(month: Month) -> WatchList:
    with open_workspace(month.ingested) as workspace:
        return watch_list(workspace, MID)


def test_what_can_be_saved_comes_first_and_the_nearest_moment_before_the_others(
    at_noon: WatchList,
) -> None:
    left = at_noon.rows["slack_min"].to_pylist()
    ahead = [one for one in left if one is not None and one >= 0]
    passed = [one for one in left if one is not None and one < 0]
    assert left == [*sorted(ahead), *sorted(passed), *[None] * left.count(None)]
    assert len(ahead) > 10
    assert sum(at_noon.states.values()) == len(at_noon.rows)


def test_filters_and_limit_leave_out_and_change_nothing(month: Month, at_noon: WatchList) -> None:
    rows = at_noon.rows.to_pylist()
    with open_workspace(month.ingested) as workspace:
        for name, value in (("post", rows[0]["post"]), ("office", rows[0]["office"])):
            found = watch_list(workspace, MID, Asked(**{name: value}))
            assert found.rows.to_pylist() == [row for row in rows if row[name] == value]
        lane = f"{rows[0]['origin']}-{rows[0]['destination']}"
        mine = watch_list(workspace, MID, Asked(lane=lane)).rows.to_pylist()
        assert mine == [row for row in rows if f"{row['origin']}-{row['destination']}" == lane]
        few = watch_list(workspace, MID, limit=3)
    assert few.rows.to_pylist() == rows[:3]
    assert few.states == at_noon.states


def test_one_item_is_the_row_of_the_list(month: Month, at_noon: WatchList) -> None:
    with open_workspace(month.ingested) as workspace:
        for row in at_noon.rows.to_pylist()[::7]:
            assert live_item(workspace, row["item_id"], MID) == row
        assert live_item(workspace, "EE000000005KR", MID) is None


def test_who_contracted_the_carriage_holds_what_is_being_carried(month: Month) -> None:
    """The same items where every destination contracts the carriage."""
    rows = "origin,destination,transport,transit,handover,valid_from,valid_to,source\n"
    rows += "*,*,destination,origin,received,,,test\n"
    agreed = Network.from_texts(texts({"carriage.csv": rows})).carriage
    with open_workspace(month.ingested) as workspace:
        carried = 0
        for look in looks(workspace, MID):
            network = copy(look.network)
            network.carriage = agreed
            mine = watched(replace(look, network=network), MID, Asked(), {}).to_pylist()
            for row, usual in zip(mine, watched(look, MID, Asked(), {}).to_pylist(), strict=True):
                if row["leg"] == "transport":
                    carried += 1
                    assert (row["post"], usual["post"]) == (row["destination"], row["origin"])
                else:
                    assert row == usual
    assert carried


def test_thresholds_are_terms_and_can_be_asked_otherwise(month: Month) -> None:
    """What Korea sends is called at risk sooner, and what it gets is told later, by terms of its
    own; what is asked stands above the terms."""
    own = [
        TermRow(0, "test", ALWAYS_FROM, ALWAYS_TO, "relation", *lane, f"watch_{name}", value)
        for lane, name, value in (
            (("KR", "*"), "slack_percent", "0"), (("*", "KR"), "report_hours", "96"),
        )
    ]  # fmt: skip
    asked, changed = Asked(slack_used_percent=50, report_min=24 * 60), 0
    with open_workspace(month.ingested) as workspace:
        for look in looks(workspace, MID):
            network = copy(look.network)
            network.terms = Terms([*look.network.data.terms, *own])
            network.version = "with Korea's own terms"
            other = replace(look, network=network)
            assert watched(other, MID, asked, {}).equals(watched(look, MID, asked, {}))
            rows, before = (watched(one, MID, Asked(), {}).to_pylist() for one in (other, look))
            for row, was in zip(rows, before, strict=True):
                if "KR" not in (row["origin"], row["destination"]):
                    assert row == was
                elif row["state"] != was["state"]:
                    changed += 1
                    assert row["origin"] != "KR" or row["state"] == State.AT_RISK
    assert changed


def cut(scans: Milestones, moment: int) -> Milestones:
    """The scans that happened by a moment."""

    def then(column: np.ndarray) -> np.ndarray:
        return np.where(column <= moment, column, UNKNOWN)

    def cut_off(of: Any, names: Sequence[str]) -> Any:
        return replace(of, **{name: then(getattr(of, name)) for name in names})

    names = ("at", "retained_any", "export_released", "pickup", "delivered", "last_scan")
    of_reasons = ("retained_valid", "export_held", "attempted", "notified", "clipped_from",
                  "authority")  # fmt: skip
    return replace(cut_off(scans, names), reasoned=cut_off(scans.reasoned, of_reasons))


def walked(look: Look) -> Iterator[tuple[int, np.ndarray]]:
    """Every five hours, the rows that were then said to be beyond saving."""
    for moment in range(DAYS[0], DAYS[-1], 5 * 60):
        accepted = look.journeys.milestones.at[:, 0] <= moment
        scans = cut(look.journeys.milestones, moment)
        scans.at[:, 0] = look.journeys.milestones.at[:, 0]
        then = look_at(look.network, look.items, to_judge(look.network, look.items), scans, moment)
        found = live(look.network, then.journeys, moment, AT_ONCE)
        yield moment, accepted & (found.state == STATES.index(State.BEYOND_SAVING))


def test_what_cannot_be_met_any_more_comes_late_unless_a_win_back_is_recorded(
    month: Month,
) -> None:
    told = Counter[str]()
    with open_workspace(month.ingested) as workspace:
        for look in looks(workspace, AS_OF, [PERIOD]):
            side, replayed = look.judgement.sender, look.judgement.replay
            on_time = side.outcome == OUTCOMES.index(Outcome.ON_TIME)
            whole = replayed.present[:, : Checkpoint.STOPPED].all(axis=1)
            back = (side.step < 0).any(axis=1)
            for _, beyond in walked(look):
                told["said"] += int(beyond.sum())
                told["wrong"] += int((beyond & on_time & whole & ~back).sum())
    assert told["said"] >= 20
    assert told["wrong"] == 0


@pytest.mark.slow
def test_a_chance_holds_on_a_month_that_was_not_counted(tmp_path: Path) -> None:
    """Counted on one simulated month, asked in the next one: by last scan and by tenths of the
    chance, the share that came in time lies within four standard errors of what was said. The
    error is that of the different items of a group (one item is seen day after day) and of the
    past items that its chances rest on."""
    for number, period in enumerate(("2026-09", "2026-10")):
        write_month(month_plan(period, 1500, 11 + number), tmp_path / period)
        if not number:
            make_workspace(tmp_path / "workspace", CLOCK)
        with open_workspace(tmp_path / "workspace", write=True) as workspace:
            assert ingest(workspace, tmp_path / period / "mailbox", CLOCK).clean
    groups: dict[str, list[Seen]] = defaultdict(list)
    with open_workspace(tmp_path / "workspace") as workspace:
        histories = count_on_the_way(workspace, ["2026-09"], parse_utc("2026-10-23T00:00Z"))
        came: dict[str, bool] = {}
        for look in looks(workspace, AS_OF, ["2026-10"]):
            on_time = look.judgement.sender.outcome == OUTCOMES.index(Outcome.ON_TIME)
            came |= dict(zip(look.items["item_id"].to_pylist(), on_time.tolist(), strict=True))
        for moment in DAYS[::6]:
            for row in watch_list(workspace, moment, histories=histories).rows.to_pylist():
                item, items = row["item_id"], row["chance_items"]
                if item in came and items and row["state"] != State.LATE_ALREADY:
                    seen = Seen(item, row["chance_in_time"] / items, items, came[item])
                    groups[row["last"]].append(seen)
                    groups[f"{min(int(seen.said * 10), 9)} tenths"].append(seen)
                    groups["all"].append(seen)
    checked = []
    for name, all_seen in groups.items():
        different = len({one.item for one in all_seen})
        if different >= 100:
            said = np.array([one.said for one in all_seen])
            true = np.mean([one.true for one in all_seen])
            own = np.mean(said * (1 - said)) * (1 / different)
            basis = np.mean([one.said * (1 - one.said) / one.items for one in all_seen])
            assert abs(said.mean() - true) <= 4 * math.sqrt(own + basis), (name, different)
            checked.append(name)
    assert {"all", "9 tenths", "accepted", "outward_out", "inward_out"} <= set(checked)
    rate = np.mean([one.true for one in groups["all"]])
    brier = np.mean([(one.said - one.true) ** 2 for one in groups["all"]])
    assert brier < rate * (1 - rate)  # better than to say the rate of that month, known afterwards


def test_histories_are_read_as_they_were_written(month: Month, tmp_path: Path) -> None:
    with open_workspace(month.ingested) as workspace:
        histories = count_on_the_way(workspace, [PERIOD], AS_OF, 5)
        told = watch_list(workspace, MID, histories=histories).rows
    write_on_the_way(histories, tmp_path)
    again = read_on_the_way(tmp_path)
    assert {one: history.shifts for one, history in again.items() if history.shifts} == {
        one: history.shifts for one, history in histories.items() if history.shifts
    }
    assert {"few_items", "lane", "origin"} & set(told["chance_basis"].to_pylist())
    chance = [one for one in told.to_pylist() if one["chance_percent"] is not None]
    assert all(one["chance_items"] >= 5 for one in chance)


def test_a_failed_dispatch_is_one_that_its_items_missed(month: Month) -> None:
    """Item by item: by the last moment for its flight no scan says that it had left."""
    missed = Counter[str]()
    with open_workspace(month.ingested) as workspace:
        for moment in DAYS[:10]:
            scans = {}
            for look in looks(workspace, moment, months_until(moment, 14)):
                left = look.journeys.milestones.at[:, Checkpoint.OUTWARD_OUT].tolist()
                scans |= dict(zip(look.items["item_id"].to_pylist(), left, strict=True))
                promised = look.journeys.promised < NO_DUE
                assert promised.any()
            for one in failed_yesterday(workspace, moment):
                assert one.planned >= one.failed + one.unscanned
                assert moment - 2 * DAY - 14 * 60 < one.leaves_at <= one.latest_at
                for item in one.items:
                    assert scans[item] == UNKNOWN or scans[item] > one.latest_at
                missed[one.office] += one.failed
    assert sum(missed.values()) > 5


def test_the_commands(month: Month, workspace: Callable[[Path], Path], tmp_path: Path) -> None:
    folder, at = workspace(month.ingested), "2026-10-15T06:00Z"
    told = say("watch", "-w", folder, "--at", at, "--json").json
    assert (told["at"], told["items"][0]["chance_basis"]) == (at, "no_history")
    out = tmp_path / "list.csv"
    shown = say("watch", "-w", folder, "--at", at, "--limit", "2", "--csv", out, "--lang", "ko")
    assert shown.code == 0
    assert "운송 중" in shown.out
    assert len(out.read_text(encoding="utf-8").splitlines()) == len(told["items"]) + 1
    first = told["items"][0]["item_id"]
    line = say("item", first, "-w", folder, "--at", at).out.splitlines()
    assert any(one.startswith(f"On its way at {at}: ") for one in line)
    assert say("item", first, "-w", folder, "--at", at, "--json").json["live"]["item_id"] == first
    assert say("item", first, "-w", folder, "--json").json["live"] is None
    assert say("watch", "-w", folder, "--at", "2026-08-01T00:00Z").out.startswith(
        "No promised item"
    )
    assert say("watch", "-w", folder, "--lane", "KRUS").code != 0
    assert say("watch", "-w", folder, "--at", at, "--failed-yesterday").code == 0
    counted = say("expected", "--on-the-way", "--period", PERIOD, "-w", folder)
    assert counted.code == 0
    assert say("expected", "--on-the-way", "-w", folder).code != 0
