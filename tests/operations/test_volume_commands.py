"""`datecertain volumes`: a file imported, corrected and shown; a workspace's own facts counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK, Month
from small_workspaces import small_workspace

from datecertain.operations.volume_sources import import_volumes, imported_volumes
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

FIRST = """month,origin,destination,items,contents
2019-01,KR,JP,100,documents
2019-01,KR,JP,50,gift
2019-02,KR,JP,110,documents
2026-01,KR,JP,70,documents
"""
#: A later file corrects January 2019 of the lane, whole.
SECOND = """month,origin,destination,items,contents
2019-01,KR,JP,160,documents
2019-01,KR,JP,x,documents
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_later_file_replaces_what_was_told_of_its_months(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "group")
    first = written(tmp_path, "first.csv", FIRST)
    second = written(tmp_path, "second.csv", SECOND)
    for path, rows, known in ((first, 4, False), (second, 1, False), (first, 4, True)):
        told = say("volumes", "import", path, "-w", workspace, "--json").json
        assert (told["rows"], told["already_there"]) == (rows, known)
    points = say("volumes", "show", "-w", workspace, "--by", "lane", "--json").json["points"]
    assert [(one["period"], one["items"], one["gap"]) for one in points] == [
        ("2019", 270, 0), ("2026", 70, -90),
    ]  # fmt: skip
    by_contents = say("volumes", "show", "-w", workspace, "--by", "contents", "--json").json
    assert {one["key"] for one in by_contents["points"]} == {"documents"}


def test_the_records_hold_them_on_postgresql_too(tmp_path: Path, postgres_url: str) -> None:
    Workspace.init(tmp_path / "group", records=postgres_url)
    path = written(tmp_path, "first.csv", FIRST)
    with open_workspace(tmp_path / "group", write=True) as opened:
        import_volumes(opened, path, CLOCK, "test")
        assert import_volumes(opened, path, CLOCK, "test").already_there
        assert sum(imported_volumes(opened)["items"].to_pylist()) == 330


def test_own_acceptance_records_are_counted_with_what_was_on_time(month: Month) -> None:
    told = say("volumes", "show", "--facts", "--by", "origin", "-w", month.settled, "--json").json
    items = sum(one["items"] for one in told["points"])
    lanes = say("volumes", "show", "--facts", "-w", month.settled, "--json").json["points"]
    assert items == sum(one["items"] for one in lanes) > 250
    only = say("volumes", "show", "--facts", "--only", "origin=KR", "-w", month.settled, "--json")
    korea = next(one["items"] for one in told["points"] if one["key"] == "KR")
    assert sum(one["items"] for one in only.json["points"]) == korea


def test_a_change_adds_up_and_says_what_cannot_be_told(tmp_path: Path) -> None:
    path = written(tmp_path, "ems.csv", FIRST)
    asked = ("volumes", "change", path, "--before", "2019-01", "--after", "2026-01")
    told = say(*asked, "--json").json
    assert told["change"] == sum(part["items"] for part in told["parts"]) == -80
    by_name = {part["name"]: part["told"] for part in told["parts"]}
    assert by_name["suspension"] == "too_few_lanes" or by_name["suspension"] == "all_alike"
    stated = say(*asked, "--factor", "suspension=0.9", "--lang", "ko")
    assert stated.code == 0
    assert "배달보장 중지" in stated.out


REFUSED = (
    (("change", "--before", "2019-1"), "is no run of months"),
    (("change", "--before", "2018"), "is not within the months at hand"),
    (("change", "--after", "2026-01", "--factor", "fog=0.5"), "no influence fog"),
    (("show", "--by", "customer"), "no row tells its customer"),
    (("show", "--only", "customer"), "write COLUMN=VALUE"),
    (("show", "--step", "week"), "write month or year"),
)


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_what_cannot_be_asked_is_refused_in_one_line(
    asked: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    refusal: Callable[..., str],
) -> None:  # fmt: skip
    path = written(tmp_path, "ems.csv", FIRST)
    assert message in refusal("volumes", asked[0], path, *asked[1:])


@pytest.fixture
def refusal() -> Callable[..., str]:
    def told(*asked: str | Path) -> str:
        answer = say(*asked)
        assert answer.code == 1
        return answer.err

    return told


def test_the_effect_of_the_guarantee_from_a_file_of_resumptions(tmp_path: Path) -> None:
    lines = ["month,origin,destination,items,revenue,refunds"]
    for number, other in enumerate(("JP", "US", "CN", "AU", "HK", "ES", "FR", "TH")):
        for month in range(1, 13):
            more = 20 if number < 4 and month > 6 else 0
            items = 100 + 10 * number + 7 * month % 5 + (number * month) % 3 + more
            lines.append(f"2026-{month:02d},KR,{other},{items},{items * 30},1.50")
    path = written(tmp_path, "ems.csv", "\n".join(lines) + "\n")
    resumed = [
        "origin,destination,month",
        *(f"KR,{one},2026-07" for one in ("JP", "US", "CN", "AU")),
    ]
    named = written(tmp_path, "resumed.csv", "\n".join(resumed) + "\n")
    told = say("volumes", "effect", path, "--resumed", named, "--json").json
    items = told["measures"][0]
    assert (items["told"], told["lane_months"], told["refunds"]) == ("told", 24, 24 * 150)
    assert 0.1 < items["low"] < items["effect"] < items["high"] < 0.3
    shown = say("volumes", "effect", path, "--resumed", named, "--lang", "ko")
    assert "확인됨" in shown.out


def test_a_forecast_says_how_it_did_on_what_was_held_back(tmp_path: Path) -> None:
    lines = ["month,origin,destination,items"]
    for at in range(60):
        items = 1_000 + 200 * (at % 12 in (10, 11)) + 37 * at % 29
        lines.append(f"{2021 + at // 12}-{at % 12 + 1:02d},KR,JP,{items}")
    path = written(tmp_path, "ems.csv", "\n".join(lines) + "\n")
    asked = ("volumes", "forecast", path, "--by", "lane", "--months", "12")
    told = say(*asked, "--multiply", "2026-01:2026-12=0.5", "--json").json["series"][0]
    assert (told["key"], told["values"], told["season"]) == ("KR>JP", 60, 12)
    assert [one["period"] for one in told["forecast"]][::11] == ["2026-01", "2026-12"]
    assert told["beats_naive"] is True
    for base, shock in zip(told["forecast"], told["scenario"], strict=True):
        assert shock["value"] == pytest.approx(base["value"] / 2, abs=1e-5)
    november = told["forecast"][10]
    assert november["low"] < 1_200 < november["high"]
    shown = say(*asked, "--lang", "ko").out
    assert "검증 기간" in shown


def test_a_row_with_too_few_columns_is_left_out_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = FIRST.replace("2019-02,KR,JP,110,documents", "2019-02,KR") + "2026-0,KR,JP,1,gift\n"
    told = say("volumes", "show", written(tmp_path, "ems.csv", text), "--json").json
    assert [one.split(": error ")[0] for one in told["findings"]] == [
        "ems.csv:row 3", "ems.csv:row 5",
    ]  # fmt: skip
    assert told["points"][0]["items"] == 150


def test_a_short_series_is_told_to_be_short(tmp_path: Path) -> None:
    path = written(
        tmp_path, "years.csv", "year,value\n" + "".join(f"{y},{y}\n" for y in range(2019, 2024))
    )
    assert "5 values are not enough; 19 are needed" in say("volumes", "forecast", path).out
