"""`datecertain tariff`: a file read, and tried on a month that was judged; nothing is booked."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from canonical_state import differences, state_of
from command_line import say
from month_of_mail import PERIOD, Month

CHARGES = """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 1_000_000
per_kg_usdr = 500_000
weights = ["verified", "receptacle", "item"]
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "returned"
per_item_usdr = 2_000_000
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "transit"
per_item_usdr = 300_000
source = "test"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The bundled tariff, half the base rate, with charges per item."""
    bundled = files("datecertain.settlement") / "tariffs" / "illustrative.toml"
    text = bundled.read_text(encoding="utf-8")
    path = tmp_path / "new.toml"
    text = text.replace("base_usdr = 4_000_000", "base_usdr = 2_000_000")
    path.write_text(text.replace('name = "illustrative"', 'name = "new"') + CHARGES, "utf-8")
    return path


def test_the_change_per_post_sums_to_zero_and_its_items_are_listed(
    file: Path, month: Month, tmp_path: Path
) -> None:
    listed, before = tmp_path / "items.csv", state_of(month.judged)
    answer = say("tariff", "try", file, "--month", PERIOD, "-w", month.judged, "--json",
                 "--csv", listed)  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    posts = answer.json["posts"]
    assert len(posts) == 10
    assert sum(one["change_usdr"] for one in posts) == 0
    assert any(one["change_usdr"] for one in posts)
    assert listed.read_text("utf-8").startswith('"kind","detail","creditor","debtor","item_id"')
    assert differences(state_of(month.judged), before) == []


def test_tried_on_itself_nothing_changes_and_settling_comes_out_so(
    file: Path, month: Month
) -> None:
    bundled = files("datecertain.settlement") / "tariffs" / "illustrative.toml"
    answer = say("tariff", "try", str(bundled), "--month", PERIOD, "-w", month.settled, "--json")
    posts = {one["post"]: one for one in answer.json["posts"]}
    assert not any(one["change_usdr"] for one in posts.values())
    balances = say("journal", "balance", "-w", month.settled, "--json").json["rows"]
    for post, one in posts.items():
        owed = sum(row["amount"] for row in balances
                   if row["owner"] == post and row["account"].startswith("posts."))  # fmt: skip
        assert owed == one["before_usdr"]


def test_a_file_with_faults_is_told_in_one_go(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('name = "bad"\n[[charge]]\ncounted = "nothing"\n', "utf-8")
    answer = say("tariff", "check", path)
    assert answer.code == 1
    for word in ("weight_classes_g is missing", "counted = 'nothing'", "origin is missing"):
        assert word in answer.err


def test_a_month_without_verdicts_is_a_clear_stop(file: Path, month: Month) -> None:
    answer = say("tariff", "try", file, "--month", "2026-11", "-w", month.judged)
    assert answer.code == 1
    assert "no item of 2026-11 was judged here" in answer.err
