"""Report cards, the month and volumes through the API: a post's own items; of the group what may be
published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_door import Api, api_over
from hypothesis import given, settings
from hypothesis import strategies as st
from month_of_mail import CLOCK, PERIOD, Month
from nonsense import ODD, PATHS, demand_refused
from workspace_copies import copied

from datecertain.access import Role
from datecertain.operations.judging import current_verdicts
from datecertain.operations.report_cards import Group
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.outcomes import Leg

CARDS = f"/v1/reports/cards?first={PERIOD}"


@pytest.fixture(scope="module")
def api(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A settled month of the ten posts."""
    folder = copied(month.settled, tmp_path_factory.mktemp("reports") / "w")
    yield from api_over(folder, CLOCK)


@pytest.fixture(scope="module")
def flows(api: Api) -> dict[tuple[str, str], tuple[int, int]]:
    """Lane → (items, judged), counted here from the verdicts."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    with open_workspace(api.workspace) as opened:
        rows = current_verdicts(opened, [PERIOD]).to_pylist()
    for row in rows:
        lane = (row["origin"], row["destination"])
        items, judged = counts.get(lane, (0, 0))
        known = row["outcome"] in ("on_time", "late_liable", "late_excused")
        counts[lane] = items + 1, judged + known
    return counts


def test_a_post_sees_its_own_items_by_every_group(
    api: Api, flows: dict[tuple[str, str], tuple[int, int]]
) -> None:
    groups = {"KR": (Group.LEG, Group.FLIGHT), "US": (Group.AREA,)}
    for post, wanted in groups.items():
        own = sum(items for lane, (items, _) in flows.items() if post in lane)
        for by in wanted:
            told = api.get(f"{CARDS}&by={by}", Role.QUALITY, post).json()
            items = sum(one["items"] for one in told["cards"])
            assert items <= own * (len(Leg) if by is Group.LEG else 1)
            assert items >= own * 0.8, (post, by)  # those astray are left out
            assert (told["scope"], told["withheld"]) == ("own", None)
        lanes = api.get(CARDS, Role.QUALITY, post).json()["cards"]
        assert all(post in one["name"].split(">") for one in lanes)


def test_the_groups_figures_rest_on_enough_items(
    api: Api, flows: dict[tuple[str, str], tuple[int, int]]
) -> None:
    for by in (Group.LANE, Group.GATEWAY, Group.LEG):
        answer = api.get(f"{CARDS}&by={by}", Role.CENTRAL_OFFICE)
        if answer.status_code == 404:  # nothing of it may be shown
            continue
        told = answer.json()
        assert told["scope"] == "group"
        assert all(one["judged"] >= told["least"] == 10 for one in told["cards"])
        assert all(one["pooled"] is one["trend"] is one["change"] is None for one in told["cards"])
    lanes = api.get(CARDS, Role.CENTRAL_OFFICE)
    shown = {one["name"] for one in lanes.json().get("cards", [])}
    small = {f"{one}>{other}" for (one, other), (_, judged) in flows.items() if judged < 10}
    assert small
    assert not small & shown
    same = api.get(f"{CARDS}&by=origin&scope=group", Role.QUALITY, "KR")
    assert same.json() == api.get(f"{CARDS}&by=origin", Role.CENTRAL_OFFICE).json()


def test_the_groups_figures_are_of_whole_months(api: Api) -> None:
    for more in ("first=2026-10-01&last=2026-10-30", f"first={PERIOD}&by=flight"):
        answer = api.get(f"/v1/reports/cards?{more}", Role.CENTRAL_OFFICE)
        assert answer.status_code == 422
    assert api.get("/v1/reports/cards?first=2026-10-01&last=2026-10-30", Role.QUALITY, "KR").json()[
        "to"
    ] == "2026-10-30"  # fmt: skip


def test_the_report_of_a_month_is_of_ones_own_items(
    api: Api, flows: dict[tuple[str, str], tuple[int, int]]
) -> None:
    way = f"/v1/reports/months/{PERIOD}"
    told = api.get(way, Role.QUALITY, "KR").json()
    lanes = {(row["origin"], row["destination"]): row["items"] for row in told["lanes"]}
    assert lanes == {lane: items for lane, (items, _) in flows.items() if "KR" in lane}
    assert [one["address"] for one in told["documents"]] == [f"{way}/report.csv"]
    ways = [one["address"] for one in api.get(way, Role.SETTLEMENT, "KR").json()["documents"]]
    paper = f"/v1/statements/{PERIOD}/JP-KR/paper.csv?lang=en"
    assert paper in ways
    assert not any("JP-US" in one for one in ways)
    assert api.get(paper, Role.SETTLEMENT, "KR").status_code == 200
    headers = api.as_(Role.QUALITY, "KR") | {"Accept": "text/html"}
    page = api.client.get(f"{way}?lang=ko", headers=headers)
    assert page.headers["content-language"] == "ko"
    assert page.text.startswith("<!DOCTYPE html>")
    csv = api.get(f"{way}/report.csv", Role.QUALITY, "KR").text.splitlines()
    assert len(csv) == len(lanes) + 1
    assert api.get(way, Role.CENTRAL_OFFICE).status_code == 404
    assert api.get("/v1/reports/months/2019-01", Role.QUALITY, "KR").status_code == 404


def test_volumes_of_ones_own_lanes_and_of_the_group(
    api: Api, flows: dict[tuple[str, str], tuple[int, int]]
) -> None:
    def points(role: Role, post: str, by: str) -> list[dict[str, Any]]:
        way = f"/v1/volumes?source=facts&step=month&base_year=2025&by={by}"
        return list(api.get(way, role, post).json().get("points", []))

    own = {one["key"]: one["items"] for one in points(Role.QUALITY, "KR", "lane")}
    assert own == {f"{a}>{b}": items for (a, b), (items, _) in flows.items() if "KR" in (a, b)}
    shown = points(Role.CENTRAL_OFFICE, "", "lane")
    assert all(one["items"] >= 10 and one["revenue"] is None for one in shown)
    total = points(Role.CENTRAL_OFFICE, "", "group")
    assert sum(one["items"] for one in total) == sum(one["items"] for one in shown)
    assert api.get("/v1/volumes", Role.QUALITY, "KR").status_code == 404  # none was imported
    assert len(api.get("/v1/volumes/published", Role.QUALITY, "KR").json()["figures"]) > 20
    ahead = api.get("/v1/volumes/forecasts?source=facts&months=2", Role.QUALITY, "KR").json()
    assert [one["standing"] for one in ahead["series"]] == ["not_enough"]


@settings(max_examples=5, deadline=None)
@given(st.dictionaries(st.sampled_from(["target", "confidence", "accuracy", "last"]), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, asked: dict[str, object], path: str) -> None:
    asked = {name: str(value) for name, value in asked.items()}
    answer = api.get(CARDS, Role.QUALITY, "KR", params={"first": PERIOD} | asked)
    assert answer.status_code in (200, 422)
    demand_refused([
        api.get(f"/v1/reports/cards?first={path}", Role.QUALITY, "KR"),
        api.get(f"{CARDS}&by={path}", Role.QUALITY, "KR"),
        api.get(f"{CARDS}&last=9999-99", Role.QUALITY, "KR"),
        api.get("/v1/reports/cards?first=0000-01", Role.QUALITY, "KR"),
        api.get(f"/v1/reports/months/{path}", Role.QUALITY, "KR"),
        api.get(f"/v1/reports/months/{PERIOD}/report.{path}", Role.QUALITY, "KR"),
        api.get(f"/v1/volumes?base_year={path}", Role.QUALITY, "KR"),
        api.get(f"/v1/volumes/forecasts?months={path}&coverage={path}", Role.QUALITY, "KR"),
    ])  # fmt: skip
