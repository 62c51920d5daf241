"""`network compile`, `diff`, `show` and `history`, as they are typed, on a small network."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say

from datecertain.network import bundled_folder, read_texts
from datecertain.store import Workspace
from thorough import TIMES
from worlds import texts, with_rows

DAYS = ("--from", "2026-11-02", "--until", "2026-11-15")


def folder(path: Path, files: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return folder(tmp_path / "old", texts())


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """US deliveries rest on a Wednesday."""
    row = "US,2026-11-04,closed,A day off,A day off,2026-10-01,test"
    return folder(tmp_path / "new", with_rows("holidays.csv", row))


@pytest.fixture
def workspace(tmp_path: Path, old: Path, new: Path) -> Path:
    """A workspace in which first the old network was in force, now the new one is."""
    path = tmp_path / "office"
    Workspace.init(path)
    for network in (old, new):
        assert say("network", "publish", network, "-w", path).code == 0
    return path


def test_two_folders_are_compared_in_words(old: Path, new: Path) -> None:
    answer = say("network", "diff", old, new, *DAYS)
    assert (answer.code, answer.err) == (0, "")
    assert "pairs of areas change" in answer.out
    assert ": Wed 4 Nov 2026 → Thu 5 Nov 2026" in answer.out
    korean = say("network", "diff", old, new, *DAYS, "--lang", "ko")
    assert "2026년 11월 4일(수) → 2026년 11월 5일(목)" in korean.out


def test_one_lane_can_be_asked_for(old: Path, new: Path) -> None:
    told = say("network", "diff", old, new, *DAYS, "--lane", "KR-US", "--json").json
    assert told["promises"]
    assert told["all_pairs"] == 4
    for one in told["promises"]:
        assert {area[:2] for area in one["origins"]} == {"KR"}
        assert {area[:2] for area in one["destinations"]} == {"US"}
    assert say("network", "diff", old, new, *DAYS, "--lane", "JP-KR", "--json").json["same"]
    unknown = say("network", "diff", old, new, *DAYS, "--lane", "KR-XX")
    assert (unknown.code, "XX" in unknown.err) == (1, True)


def test_a_network_is_named_by_folder_version_or_what_is_in_force(
    workspace: Path, old: Path, new: Path
) -> None:
    versions = say("network", "history", "-w", workspace, "--json").json
    (first,) = [one["version"] for one in versions if not one["current"]]
    by_folder = say("network", "diff", old, new, *DAYS).out
    assert say("network", "diff", first, "current", *DAYS, "-w", workspace).out == by_folder
    back = say("network", "diff", "current", first, *DAYS, "-w", workspace, "--json").json
    assert all(one["old_due"] > one["new_due"] for one in back["promises"])
    assert back["earlier"] > 0 == back["later"]


def test_what_is_no_network_is_refused_in_one_line(workspace: Path, old: Path) -> None:
    answer = say("network", "diff", old, "0123456789abcdef", "-w", workspace)
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert "0123456789abcdef" in answer.err
    outside = say("network", "diff", old, old, "--from", "2030-01-01")
    assert outside.code == 1
    assert "2026-10-19 to 2026-12-13" in outside.err


def test_the_history_tells_which_is_in_force(workspace: Path, old: Path) -> None:
    told = say("network", "history", "-w", workspace)
    assert told.out.count("small") == 2
    assert told.out.count("current") == 1
    assert say("network", "publish", old, "-w", workspace).code == 0
    again = say("network", "history", "-w", workspace, "--json").json
    # The first network stands again: the time between is not forgotten.
    assert [one["version"] for one in again] == [
        again[0]["version"], again[1]["version"], again[0]["version"],
    ]  # fmt: skip
    assert [one["current"] for one in again] == [False, False, True]


def test_a_network_is_compiled_once_and_says_where(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATECERTAIN_CACHE", str(tmp_path / "cache"))
    first = say("network", "compile", old, "--json").json
    assert (first["known"], Path(first["folder"]).parent) == (False, tmp_path / "cache")
    stored = sum(file.stat().st_size for file in Path(first["folder"]).iterdir())
    assert (first["bytes"], first["slots"] > 0) == (stored, True)
    second = say("network", "compile", old, "--json").json
    assert second["known"]
    assert {name: second[name] for name in ("version", "slots", "functions", "folder")} == {
        name: first[name] for name in ("version", "slots", "functions", "folder")
    }
    assert "was compiled before" in say("network", "compile", old).out


def test_a_compiled_form_that_cannot_be_stored_is_said(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("DATECERTAIN_CACHE", str(tmp_path / "cache"))
    answer = say("network", "compile", old)
    assert answer.code == 0
    assert "could not be stored" in answer.out


def test_show_is_asked_for_one_thing_at_a_time(workspace: Path) -> None:
    shown = say("network", "show", "-w", workspace, "--lane", "KR-US", "--on", "2026-11-02")
    assert shown.out.startswith("Korea Post → USPS: guaranteed")
    area = say("network", "show", "-w", workspace, "--area", "US-NYC", "--on", "2026-11-02").out
    assert "Wed 4 Nov 2026: closed, A day off [test]" in area
    both = say("network", "show", "-w", workspace, "--lane", "KR-US", "--area", "US-NYC")
    assert (both.code, "one thing at a time" in both.err) == (1, True)
    assert say("network", "show", "-w", workspace, "--json").json["name"] == "small"


def test_check_says_that_an_open_lane_is_not_flown(old: Path) -> None:
    flights = (old / "flights.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in flights if not line.startswith("XB201")]
    (old / "flights.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    answer = say("network", "check", old)
    assert answer.code == 0
    assert "lanes.csv:JP-KR: warning lane-not-flown" in answer.out
    assert answer.out.splitlines()[-1] == "26 findings; usable."


@pytest.mark.slow
@pytest.mark.skipif(TIMES == 1, reason="two networks of ten posts: compared by `make thorough`")
def test_the_bundled_network_beside_one_with_a_holiday_takes_seconds(tmp_path: Path) -> None:
    files = read_texts(bundled_folder())
    files["holidays.csv"] += "KR,2026-11-30,closed,Heavy snow,폭설 휴무,2026-11-24,test\n"
    mine = folder(tmp_path / "mine", files)
    told = say("network", "diff", "bundled", mine, "--from", "2026-11-01", "--json").json
    assert told["later"] > 0 == told["earlier"]
    # A day off in Korea touches Korea at one end at least.
    for one in told["promises"]:
        ends = (one["origins"], one["destinations"])
        assert any(all(area.startswith("KR-") for area in end) for end in ends)
