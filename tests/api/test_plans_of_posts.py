"""Plans through the API: over a post's own items; for the group without small lanes and money."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from api_door import Api, api_over
from command_line import say
from hypothesis import given, settings
from hypothesis import strategies as st
from month_of_mail import CLOCK, PERIOD, Month
from nonsense import ODD, PATHS, demand_refused
from test_carrier_lists import contracted_by_the_destination
from workspace_copies import copied

from datecertain.access import Kind, Role, Viewer
from datecertain.door.problems import Problem
from datecertain.door.runs import Runs, RunState, Told
from datecertain.errors import NotFound, UsageError


@pytest.fixture(scope="module")
def api(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A settled month of the ten posts."""
    folder = copied(month.settled, tmp_path_factory.mktemp("plans") / "w")
    yield from api_over(folder, CLOCK)


def ran(api: Api, role: Role, post: str, way: str, **asked: object) -> dict[str, Any]:
    """Begin a run, and wait for its end."""
    begun = api.post(f"/v1/plans/{way}", role, post, json=asked)
    assert begun.status_code == 202, begun.text
    until = time.monotonic() + 120
    while time.monotonic() < until:
        told = api.get(f"/v1/plans/runs/{begun.json()['run_id']}", role, post).json()
        if told["ended_at"] is not None:
            return dict(told)
        time.sleep(0.05)
    raise AssertionError("the run does not end")


def money_in(plain: Any) -> set[str]:
    """The names in plain data that are of amounts."""
    if isinstance(plain, dict):
        own = {name for name in plain if name.endswith(("_usdr", "_minor")) or name == "refunds"}
        return own.union(*(money_in(value) for value in plain.values()))
    return set().union(*map(money_in, plain)) if isinstance(plain, list) else set()


def test_the_board_has_the_lanes_of_who_asks(api: Api) -> None:
    board = api.get("/v1/plans/board", Role.QUALITY, "KR").json()
    assert len(board["lanes"]) == 18
    assert all("KR" in one["lane"].split("-") for one in board["lanes"])
    assert money_in(board)
    assert api.get("/v1/plans/board?lane=KR-US", Role.QUALITY, "KR").json()["lanes"] == [
        one for one in board["lanes"] if one["lane"] == "KR-US"
    ]
    assert api.get("/v1/plans/board?lane=JP-US", Role.QUALITY, "KR").status_code == 404
    group = api.get("/v1/plans/board", Role.CENTRAL_OFFICE)
    told = group.json()
    assert money_in(told) == set()
    items = {one["lane"]: one["present"] for one in told.get("lanes", [])}
    assert all(one is None or one["judged"] >= 10 for one in items.values())


def test_standards_rest_on_ones_own_items(api: Api) -> None:
    told = api.get("/v1/plans/standards", Role.QUALITY, "KR").json()
    assert told["lanes"]
    assert all("KR" in one["lane"].split("-") for one in told["lanes"])
    tried = api.get("/v1/plans/backtest?train_until=2026-10-20", Role.QUALITY, "KR").json()
    assert all("KR" in one["lane"].split("-") for one in tried["lanes"])


def test_a_replay_is_run_over_ones_own_items_and_shown_to_ones_own_post(api: Api) -> None:
    plan = {"kind": "replay", "period": PERIOD, "changes": ["KR-US.buffer 1"]}
    told = ran(api, Role.QUALITY, "KR", "runs", plan=plan)
    assert (told["state"], told["problem"], told["by"]) == ("done", None, "quality-kr")
    assert all("KR" in one["name"].split("-") for one in told["result"]["lanes"])
    way = f"/v1/plans/runs/{told['run_id']}"
    assert api.seen(way) == {"KR": 200, "US": 404, "JP": 404, "": 404}
    listed = api.get("/v1/plans/runs", Role.AUDITOR, "US").json()["items"]
    assert listed == []
    wrong = ran(api, Role.QUALITY, "KR", "runs", plan=plan | {"changes": ["nothing at all"]})
    assert (wrong["state"], wrong["problem"]["status"]) == ("failed", 422)


def test_a_plan_under_a_budget_is_for_posts_alone(api: Api) -> None:
    """Moved step by step, the budget would tell the central office what a lane of two costs."""
    plan = {"kind": "stages", "budget_sdr": 50_000}
    assert ran(api, Role.QUALITY, "KR", "runs", plan=plan)["state"] == "done"
    refused = api.post("/v1/plans/runs", Role.CENTRAL_OFFICE, "", json={"plan": plan})
    assert refused.status_code == 403


def test_a_tariff_is_tried_on_what_ones_own_pairs_owe(api: Api) -> None:
    text = (files("datecertain.settlement") / "tariffs" / "ems_plan_2004.toml").read_text("utf-8")
    told = ran(api, Role.SETTLEMENT, "KR", "tariff-trials", period=PERIOD, tariff=text)
    posts = {one["post"]: one for one in told["result"]["posts"]}
    others = sum(one["change_usdr"] for post, one in posts.items() if post != "KR")
    assert posts["KR"]["change_usdr"] == -others != 0
    refused = api.post(
        "/v1/plans/tariff-trials", Role.SETTLEMENT, "KR", json={"period": PERIOD, "tariff": "x = "}
    )
    assert refused.status_code == 422


def test_a_lane_is_judged_in_the_shadow_as_the_command_does(api: Api) -> None:
    asked = {"lane": "KR-US", "period": PERIOD, "as_of": "2026-11-20T00:00Z", "top": 3}
    figures = "item_id,on_time\nEE000000005KR,no\n"
    told = ran(api, Role.QUALITY, "KR", "shadow-runs", **asked, figures=figures)
    (api.workspace / "theirs.csv").write_text(figures, "utf-8")
    said = say(
        "lane", "shadow", "--lane", "KR-US", "--period", PERIOD, "--as-of", asked["as_of"],
        "--top", "3", "--figures", api.workspace / "theirs.csv", "--json", "-w", api.workspace,
    )  # fmt: skip
    assert told["result"] == said.json
    assert told["result"]["items"] > 5
    assert api.seen(f"/v1/plans/runs/{told['run_id']}") == {
        "KR": 200,
        "US": 404,
        "JP": 404,
        "": 404,
    }
    for role, post in ((Role.QUALITY, "JP"), (Role.CENTRAL_OFFICE, "")):
        assert api.post("/v1/plans/shadow-runs", role, post, json=asked).status_code == 404
    for more, status in (({"proposal": 1}, 404), ({"network": "../../etc"}, 422)):
        refused = api.post("/v1/plans/shadow-runs", Role.QUALITY, "KR", json=asked | more)
        assert refused.status_code == status


def test_a_month_is_supposed_otherwise_for_ones_own_pairs(api: Api) -> None:
    asked: dict[str, Any] = {
        "period": PERIOD,
        "moves": [{"lane": "KR-US", "to": "KR-JP", "percent": 20}],
    }
    told = ran(api, Role.SETTLEMENT, "KR", "suppositions", **asked)
    posts = {one["post"]: one["change_usdr"] for one in told["result"]["posts"]}
    assert posts["KR"] == -sum(change for post, change in posts.items() if post != "KR")
    way = f"/v1/plans/runs/{told['run_id']}"
    assert api.get(way, Role.QUALITY, "KR").status_code == 404  # it tells money
    assert api.seen(way) == {"KR": 200, "US": 404, "JP": 404, "": 404}
    way = "/v1/plans/suppositions"
    assert api.post(way, Role.QUALITY, "KR", json=asked).status_code == 403
    assert (
        api.post(way, Role.SETTLEMENT, "JP", json=asked).status_code == 404
    )  # KR-US is no lane of it
    assert api.post(way, Role.SETTLEMENT, "KR", json={"period": PERIOD}).status_code == 422


def test_carriers_are_listed_for_the_post_that_contracted_them(tmp_path: Path) -> None:
    workspace = contracted_by_the_destination(tmp_path)
    for api in api_over(workspace, CLOCK):
        asked = {"period": "2026-11", "top": 5}
        ours = ran(api, Role.SETTLEMENT, "US", "carrier-lists", **asked)["result"]
        theirs = ran(api, Role.SETTLEMENT, "KR", "carrier-lists", **asked)["result"]
        said = say("statement", "carriers", "--period", "2026-11", "--json", "-w", workspace).json
        assert {**ours, "files": []} == {**said, "stretches": ours["stretches"]}
        (one,) = ours["stretches"]
        assert (one["item_id"], one["claimant"]) == ("EE000007009KR", "US")
        assert (theirs["carriers"], theirs["stretches"]) == ([], [])


def viewer(post: str) -> Viewer:
    return Viewer(f"desk-{post}", post, (Role.QUALITY,), Kind.KEY)


def test_runs_are_bounded_cancelled_and_forgotten() -> None:
    """Without the server: a run works until it is taken back, others wait, more are refused."""
    runs, go = Runs(at_once=1, waiting=2, kept=1), threading.Event()

    def until_taken_back(told: Told) -> dict[str, Any]:
        while True:
            told(1, 2)
            go.set()
            time.sleep(0.001)

    def fails(told: Told) -> dict[str, Any]:
        raise UsageError("this cannot be run")

    kr, us = viewer("KR"), viewer("US")
    first, second = runs.begin(kr, "one", until_taken_back), runs.begin(kr, "two", fails)
    assert go.wait(10)
    with pytest.raises(Problem) as refused:
        runs.begin(kr, "three", fails)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "10"})
    third = runs.begin(us, "of another post", lambda told: {"answer": 42})
    assert (first.state, first.done, second.state) == (RunState.RUNNING, 1, RunState.WAITING)
    with pytest.raises(NotFound):
        runs.cancel(us, first.run_id)
    runs.cancel(kr, first.run_id)
    until = time.monotonic() + 10
    while third.ended_at is None and time.monotonic() < until:
        time.sleep(0.001)
    assert (first.state, second.state, third.result) == (
        RunState.CANCELLED, RunState.FAILED, {"answer": 42},
    )  # fmt: skip
    assert second.problem is not None
    assert second.problem["detail"] == "this cannot be run"
    runs.begin(us, "pushes the oldest out", lambda told: {})
    with pytest.raises(NotFound):
        runs.find(kr, first.run_id)
    runs.close()


FIELDS = ["kind", "period", "to", "changes", "lane", "places", "service", "budget_sdr", "waves"]


@settings(max_examples=6, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, plan: dict[str, object], path: str) -> None:
    demand_refused([
        api.post("/v1/plans/runs", Role.QUALITY, "KR", json={"plan": plan}),
        api.get(f"/v1/plans/runs/{path}", Role.QUALITY, "KR"),
        api.get(f"/v1/plans/board?first={path}", Role.QUALITY, "KR"),
        api.get("/v1/plans/board?first=9999-99", Role.QUALITY, "KR"),
        api.get(f"/v1/plans/standards?period={path}", Role.QUALITY, "KR"),
        api.get(f"/v1/plans/backtest?train_until={path}", Role.QUALITY, "KR"),
        api.get("/v1/plans/backtest?train_until=2026-99-99", Role.QUALITY, "KR"),
    ])  # fmt: skip
    demand_refused([
        api.post(f"/v1/plans/{way}", Role.SETTLEMENT, "KR", json=given)
        for way in ("shadow-runs", "suppositions", "carrier-lists")
        for given in (plan, {"lane": path, "period": path, "moves": [path], "figures": path})
    ])  # fmt: skip
    wrong = {"kind": "service", "period": PERIOD, "service": json.dumps(path)}
    demand_refused([api.post("/v1/plans/runs", Role.QUALITY, "KR", json={"plan": wrong})])
