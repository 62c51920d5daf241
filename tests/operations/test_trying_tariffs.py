"""`datecertain tariff`: a file read, and tried on a month that was judged; nothing is booked."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from canonical_state import differences, state_of
from command_line import say
from month_of_mail import CLOSING, PERIOD, Month
from workspace_copies import copied

from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.kept_months import forget_months, kept_month
from datecertain.operations.networks import current_network
from datecertain.operations.settling import settle_month
from datecertain.operations.trying import try_tariff
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import bundled_tariff, load_tariff
from datecertain.settlement.tariff_files import tariff_of

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


CUT = """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 700_001
per_kg_usdr = 300_007
weights = ["item"]
most_usdr = 40_000_001
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "late"
per_item_usdr = 2_000_003
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "imbalance"
per_item_usdr = 900_001
source = "test"
[[charge]]
origin = "*"
destination = "*"
counted = "final_sent_late"
per_item_usdr = 11_003
source = "test"
"""


def test_a_month_that_was_kept_comes_to_the_same_as_one_that_is_read(
    file: Path, month: Month, tmp_path: Path
) -> None:
    copy = tmp_path / "w"
    copied(month.judged, copy)
    bundled = bundled_tariff()
    text = file.read_text("utf-8").replace(
        "percent = 100", "percent = 100\nwithin_remuneration = true"
    )
    within = text.replace(CHARGES, CUT).replace("noon_next_day", "hours_24")
    others = [
        load_tariff(file), bundled_tariff("upu_supplement"), bundled_tariff("ems_plan_2004"),
        tariff_of(within, "within"),
    ]  # fmt: skip
    assert others[-1].recourse[0].within_remuneration
    assert not others[-1].needs_journeys
    with open_workspace(copy) as workspace:
        for tariff in others:
            read = try_tariff(workspace, [PERIOD], tariff, bundled, with_items=True)
            trials = [try_tariff(workspace, [PERIOD], tariff, bundled) for _ in range(2)]
            assert len(read.items) > 100
            for trial in trials:
                assert (trial.posts, trial.findings) == (read.posts, read.findings)
    kept = list((copy / ".months").iterdir())
    assert sorted(one.name.partition(".")[0] for one in kept) == [
        f"{PERIOD}-journeys-2", f"{PERIOD}-scans-2",
    ]  # fmt: skip
    # Nothing that is kept names an item.
    for folder in kept:
        for table in folder.iterdir():
            assert not {"item_id", "item_key"} & {*pq.read_schema(table).names}


def test_a_month_is_kept_as_it_is_settled_and_read_again_when_half_of_it_is_gone(
    month: Month, tmp_path: Path
) -> None:
    copy = tmp_path / "w"
    copied(month.judged, copy)
    other = bundled_tariff("upu_supplement")
    with open_workspace(copy, write=True) as workspace:
        settle_month(workspace, PERIOD, FixedClock(parse_utc(CLOSING)))
        (folder,) = (copy / ".months").iterdir()
        before = try_tariff(workspace, [PERIOD], other, bundled_tariff()).posts
        items = folder / "items.parquet"
        rows = pq.read_table(items, partitioning=None)
        pq.write_table(rows.slice(0, 0), items)
        (folder / "refunds.parquet").unlink()  # half of it is none of it
        assert try_tariff(workspace, [PERIOD], other, bundled_tariff()).posts == before
        assert kept_month(workspace, current_network(workspace), PERIOD, journeys=False)
        assert kept_month(workspace, current_network(workspace), PERIOD, journeys=True) is None
        forget_months(workspace)
        assert kept_month(workspace, current_network(workspace), PERIOD, journeys=False) is None


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
