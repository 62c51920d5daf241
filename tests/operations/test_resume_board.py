"""`datecertain plan board` and `plan stages` over the simulated month."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from month_of_mail import PERIOD, Month


@pytest.fixture(scope="module")
def told(month: Month, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("board")
    answer = say(
        "plan", "board", "--period", PERIOD, "-w", month.settled, "--html", folder / "board.html",
        "--csv", folder / "board.csv", "--lang", "ko", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    return answer.json, folder


def test_every_pair_of_posts_has_a_lane_and_the_counts_are_the_report_card_s(
    month: Month, told: tuple[dict[str, Any], Path]
) -> None:
    lanes = {lane["lane"]: lane for lane in told[0]["lanes"]}
    assert len(lanes) == 90
    cards = say("report", "card", "--by", "lane", "--from", PERIOD, "-w", month.settled, "--json")
    for card in cards.json["cards"]:
        present = lanes[card["name"].replace(">", "-")]["present"]
        if card["judged"]:
            assert (present["on_time"], present["judged"], present["unresolved"]) == (
                card["on_time"], card["judged"], card["unresolved"],
            )  # fmt: skip
            assert present["interval"] == [round(card["exact"][end], 6) for end in ("low", "high")]
    assert sum(told[0]["readiness"].values()) == 90


def test_what_is_owed_at_the_present_promise_is_what_the_refund_forecast_says(
    month: Month, told: tuple[dict[str, Any], Path]
) -> None:
    forecast = say("refunds", "forecast", "--month", PERIOD, "-w", month.settled, "--json").json
    owed = {f"{one['origin']}-{one['destination']}": one["owed"] for one in forecast["lanes"]}
    for lane in told[0]["lanes"]:
        now = [one for one in lane["refunds"] if one["days"] is None]
        if now and now[0]["automatic"]["expected_usdr"]:
            assert owed[lane["lane"]] > 0


def test_the_standards_are_those_of_plan_standard(
    month: Month, told: tuple[dict[str, Any], Path]
) -> None:
    found = say("plan", "standard", "-w", month.settled, "--json").json["lanes"]
    for row in found:
        lane = next(one for one in told[0]["lanes"] if one["lane"] == row["lane"])
        assert (lane["days"], lane["standard"]["status"]) == (row["days"], row["status"])


def test_the_page_and_the_table_say_the_same(told: tuple[dict[str, Any], Path]) -> None:
    page = (told[1] / "board.html").read_text(encoding="utf-8")
    assert "재개 현황판" in page
    assert "<script" not in page
    with (told[1] / "board.csv").open(encoding="utf-8") as stream:
        rows = {row["lane"]: row for row in csv.DictReader(stream)}
    for lane in told[0]["lanes"]:
        assert rows[lane["lane"]]["readiness"] == lane["readiness"]
        if lane["items"]:
            assert f'<th scope="row" class="lane strong">{lane["lane"]}</th>' in page


def test_one_lane_in_words(month: Month) -> None:
    answer = say("plan", "board", "--period", PERIOD, "--lane", "kr-us", "-w", month.settled)
    assert answer.code == 0, answer.err
    assert "KR-US" in answer.out
    assert "events complete" in answer.out


def test_a_stated_capacity_is_a_criterion(month: Month, tmp_path: Path) -> None:
    file = tmp_path / "capacity.csv"
    file.write_text("origin,destination,items_per_week\nKR,US,1\n")
    answer = say("plan", "board", "--period", PERIOD, "--capacity", file, "--lane", "KR-US", "-w",
                 month.settled, "--json")  # fmt: skip
    (lane,) = answer.json["lanes"]
    load = next(one for one in lane["criteria"] if one["name"] == "load_share")
    assert (load["value"], load["met"]) == (lane["busiest_week"], False)
    file.write_text("origin,destination,items_per_week\nKR,KR,1\n")
    refused = say("plan", "board", "--capacity", file, "-w", month.settled)
    assert (refused.code, "line 2" in refused.err) == (1, True)


def test_a_staged_plan_keeps_to_its_limits(month: Month) -> None:
    limits = ("--budget", "2000", "--floor", "0.8", "--waves", "2", "--at-most", "5")
    answer = say("plan", "stages", *limits, "--claim-rate", "0.3", "-w", month.settled, "--json")
    assert answer.code == 0, answer.err
    plan = answer.json
    assert plan["charged_usdr"] == sum(one["charged_usdr"] for one in plan["openings"])
    assert plan["charged_usdr"] <= plan["budget_usdr"] == 2_000 * 10**6
    for wave in (1, 2):
        assert sum(one["wave"] == wave for one in plan["openings"]) <= 5
    for one in plan["openings"]:
        assert one["on_time_at_least"] >= 0.8
    assert {one["mode"] for one in plan["alternatives"]["only_automatic"]["openings"]} <= {
        "automatic"
    }
    spoken = say("plan", "stages", "--budget", "2000", "--floor", "0.8", "--lang", "ko", "-w",
                 month.settled)  # fmt: skip
    assert "단계별 재개안" in spoken.out


REFUSED = (
    (("board", "--period", "2025-10"), "was judged here"),
    (("board", "--period", PERIOD, "--from", PERIOD), "not both"),
    (("board", "--to", PERIOD), "--to needs --from"),
    (("board", "--lane", "KR-KR"), "no lane of the group"),
    (("board", "--claim-rate", "3"), "claim rate"),
    (("stages", "--budget", "-1"), "must not be below 0"),
)


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_what_cannot_be_asked(month: Month, asked: tuple[str, ...], message: str) -> None:
    answer = say("plan", *asked, "-w", month.settled)
    assert (answer.code, message in answer.err) == (1, True), answer.err
