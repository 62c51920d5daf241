"""`datecertain tariff suppose`: a month with other shares, lanes or refunds, checked against what
the tables themselves say; nothing is booked."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from canonical_state import differences, state_of
from command_line import say
from month_of_mail import PERIOD, Month

from datecertain.operations.judging import current_verdicts
from datecertain.operations.workspaces import open_workspace


def suppose(
    month: Month, folder: Path, *words: str
) -> tuple[Mapping[str, Any], list[dict[str, str]]]:
    listed = folder / "items.csv"
    answer = say("tariff", "suppose", "--month", PERIOD, *words, "-w", month.judged, "--json",
                 "--csv", listed)  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    posts = {one["post"]: one["change_usdr"] for one in answer.json["posts"]}
    assert sum(posts.values()) == 0
    with listed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_items = dict.fromkeys(posts, 0)
    for row in rows:  # the items behind add up to each post's change
        change = int(row["after_usdr"]) - int(row["before_usdr"])
        by_items[row["creditor"]] += change
        by_items[row["debtor"]] -= change
    assert by_items == posts
    return posts, rows


def test_a_months_money_supposed_otherwise(month: Month, tmp_path: Path) -> None:
    before = state_of(month.judged)
    with open_workspace(month.judged) as opened:
        verdicts = current_verdicts(opened, [PERIOD])
    lanes = verdicts.group_by(["origin", "destination"]).aggregate([("item_key", "count")])
    count = {(row["origin"], row["destination"]): row["item_key_count"]
             for row in lanes.to_pylist()}  # fmt: skip
    # Half of a lane's items by another lane of the same origin: base remuneration goes with them.
    moved, rows = suppose(month, tmp_path, "--move", "KR-US=KR-JP:50")
    received = [row for row in rows if row["kind"] == "performance"]
    left = {row["item_id"] for row in received if row["detail"] == "KR-US"}
    assert 0 < len(left) <= count["KR", "US"]
    assert any("+US1" in row["item_key"] for row in received if row["detail"] == "KR-JP")
    assert moved["US"] < 0 < moved["JP"]

    # Who had it last bears all: only items that are late and shared change.
    _, rows = suppose(month, tmp_path, "--sharing", "last_holder")
    late = verdicts.filter(pc.equal(verdicts["outcome"], "late_liable"))
    assert {row["kind"] for row in rows} <= {"recourse"}
    assert {row["item_key"] for row in rows} <= set(late["item_key"].to_pylist())
    assert differences(state_of(month.judged), before) == []


def test_what_cannot_be_supposed_is_told(month: Month) -> None:
    for words, told in (
        ((), "suppose something"),
        (("--sharing", "nobody"), "proportional, last_holder"),
        (("--move", "KR-US:20"), "write KR-US=KR-JP:20"),
        (("--automatic", "KR"), "write KR-US"),
        (("--automatic", "XX-US"), "post 'XX' is not known: "),
        (("--move", "KR-US=KR-XX:20"), "post 'XX' is not known: "),
    ):
        answer = say("tariff", "suppose", "--month", PERIOD, *words, "-w", month.judged)
        assert answer.code == 1
        assert told in answer.err
