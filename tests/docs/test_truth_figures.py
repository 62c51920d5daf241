"""The figures on the page about the simulator's truth are those of a run."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from console_blocks import CHECKOUT

from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.workspaces import make_workspace, open_workspace

PAGE = CHECKOUT / "docs" / "explanation" / "simulated-truth.md"
ITEMS = 10_000
#: Legs of a verdict and steps of the truth, by who held the item without a break.
CUSTODIES = {
    "promise": (("promise",), ("promise",)),
    "origin": (("export",), ("export", "closing")),
    "carriage": (("transport",), ("transport",)),
    "destination": (
        ("import", "delivery"),
        ("presentation", "customs", "forwarding", "inland", "delivery"),
    ),
}
Row = dict[str, Any]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Row, Row]]:
    """(truth, verdict) of every item of the month that the page speaks of."""
    folder: Path = tmp_path_factory.mktemp("truth")
    plan = month_plan("2026-10", ITEMS)
    clock = FixedClock(plan.closing_at)
    write_month(plan, folder)
    make_workspace(folder / "workspace", clock)
    with open_workspace(folder / "workspace", write=True) as workspace:
        ingest(workspace, folder / "mailbox", clock)
        judge_period(workspace, "2026-10", plan.closing_at, clock)
        verdicts = {
            row["item_id"]: row for row in current_verdicts(workspace, ["2026-10"]).to_pylist()
        }
    truth = pq.read_table(folder / "truth.parquet").to_pylist()
    return [(row, verdicts[row["item_id"]]) for row in truth]


def page() -> str:
    """The page with its lines joined, so that a sentence can be found."""
    return " ".join(PAGE.read_text(encoding="utf-8").split())


def test_the_table_of_outcomes(month: list[tuple[Row, Row]]) -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([\d,]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    shown = {(truth, verdict): int(count.replace(",", "")) for truth, verdict, count in rows}
    assert shown == Counter((true["outcome"], told["outcome"]) for true, told in month)
    agreeing = sum(count for (truth, verdict), count in shown.items() if truth == verdict)
    assert f"They agree on {agreeing:,} of {ITEMS:,}. The other {ITEMS - agreeing} have" in page()


def test_the_causes_of_the_differences(month: list[tuple[Row, Row]]) -> None:
    causes = Counter(cause(true, told) for true, told in month)
    del causes["they agree"]
    shown = re.findall(r"^\| (\w[^|]*) \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [int(count) for _, count in shown] == [
        causes[name] for name in ("no delivery scan", "lost at the end", "no attempt", "two delays")
    ]
    assert sum(causes.values()) == sum(int(count) for _, count in shown)


def cause(true: Row, told: Row) -> str:
    """What of an item's scans makes the verdict differ from the truth."""
    missing, verdict = true["missing_scans"].split(), told["outcome"]
    if true["outcome"] == verdict:
        return "they agree"
    if verdict == "undetermined":
        return "no delivery scan" if "EMI" in missing else "lost at the end"
    if "EMH" in missing and true["attempt_by"] == "addressee":
        return "no attempt"
    return "two delays" if true["closure_published"] and not true["plain"] else "unexplained"


def test_who_answers(month: list[tuple[Row, Row]]) -> None:
    both = [pair for pair in month if {row["outcome"] for row in pair} == {"late_liable"}]
    differing = [(true, told) for true, told in both if answering(true, told)]
    assert f"On {len(both)} items both say" in page()
    assert f"For {len(both) - len(differing)} the same custodies" in page()
    assert f"In the other {len(differing)} a declared case" in page()
    assert all(true["closure_published"] for true, _ in differing)


def answering(true: Row, told: Row) -> set[str]:
    """The custodies that answer in one of the two only."""
    return {
        name
        for name, (legs, steps) in CUSTODIES.items()
        if (sum(told[f"share_{leg}"] for leg in legs) > 0)
        != (sum(true[f"days_{step}"] or 0 for step in steps) > 0)
    }


def test_the_two_verdicts(month: list[tuple[Row, Row]]) -> None:
    differing = [(true, told) for true, told in month if told["outcome"] != told["sender_outcome"]]
    early = [true for true, _ in differing if true["told_off"] < 0]
    held = [true for true, _ in differing if true["told_off"] == 0 and true["clock_stop"]]
    assert f"On {len(differing)} of the 10,000 the two verdicts differ" in page()
    assert f"{len(early)} were told a day too early" in page()
    assert f"{len(held)} were held by customs" in page()
    assert len(early) + len(held) == len(differing)
