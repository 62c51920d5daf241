"""What came out otherwise, from what to what, and why: hand-worked on the small world."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from command_line import say as run
from month_of_mail import PERIOD
from small_workspaces import (
    ACCEPTED,
    ITEM,
    NOTICE,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    notice_file,
    small_workspace,
    take_in_files,
)

CLOSING, LATER = "2026-11-20T00:00Z", "2026-11-21T00:00Z"


def judged_late_item(tmp_path: Path) -> Path:
    """An item told for Monday 26 October and delivered on Wednesday 28th: late, and liable. Another
    has no scan at all."""
    folder = small_workspace(tmp_path / "workspace")
    bag = {
        "accepted.csv": acceptance_file(ACCEPTED, ACCEPTED | {"item_id": OTHER_ITEM}),
        "delivered.edi": interchange(
            ("EMI", "202610281400", "USJFKA"),
            sender="USA", recipient="KRA", reference="D1", prepared="202610282330",
        ),
    }  # fmt: skip
    assert take_in_files(folder, tmp_path / "mail", bag).clean
    judge(folder, "2026-10-30T00:00Z")
    return folder


def judge(folder: Path, as_of: str, *more: str) -> str:
    answer = run("judge", "--period", PERIOD, "--as-of", as_of, *more, "-w", folder)
    assert answer.code == 0, answer.err
    return answer.out


def changes(folder: Path) -> list[dict[str, Any]]:
    answer = run("verdicts", "changes", "--period", PERIOD, "-w", folder, "--json")
    assert answer.code == 0, answer.err
    found = answer.json
    assert isinstance(found, list)
    return found


def test_time_alone_makes_the_item_without_scans_lost(tmp_path: Path) -> None:
    folder = judged_late_item(tmp_path)
    assert changes(folder) == []
    told = judge(folder, CLOSING, "--changes")
    assert f"{OTHER_ITEM} KR-US: outcome pending -> " in told
    assert "because of closing" in told
    (change,) = changes(folder)
    assert (change["item_id"], change["causes"]) == (OTHER_ITEM, {"closing": []})
    assert (change["as_of_before"], change["as_of"]) == ("2026-10-30T00:00Z", CLOSING)


def test_a_late_scan_and_a_case_are_named_as_causes(tmp_path: Path) -> None:
    folder = judged_late_item(tmp_path)
    judge(folder, CLOSING)
    scans = interchange(
        ("EMB", "202610211500", "KRSELB"), ("EMC", "202610230900", "KRSELB"), reference="LATE"
    )
    take_in_files(folder, tmp_path / "late", {"late.edi": scans})
    judge(folder, CLOSING)
    by_scan = [one for one in changes(folder) if one["item_id"] == ITEM]
    assert [one["causes"] for one in by_scan] == [{"events": ["EMB", "EMC"]}]
    assert by_scan[0]["now"]["share_export"] == 333_333  # one day of three

    fog = NOTICE | {"to_utc": "2026-10-23T12:00Z"}
    take_in_files(folder, tmp_path / "fog", {"fog.csv": notice_file(fog)})
    told = judge(folder, CLOSING, "--changes")
    assert f"{ITEM} KR-US: " in told
    assert "because of case FOG-1" in told
    assert "1 supersede" in told
    listed = tmp_path / "changes.csv"
    answer = run("verdicts", "changes", "--period", PERIOD, "-w", folder, "--csv", listed)
    assert answer.code == 0
    with listed.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["causes"] for row in rows if row["item_id"] == ITEM] == [
        "events EMB EMC", "case FOG-1",
    ]  # fmt: skip
    last = rows[-1]
    assert int(last["days_excused_now"]) > int(last["days_excused_was"]) == 0
    assert last["promised_on_was"] == last["promised_on_now"] == ""
