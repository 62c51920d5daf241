"""A simulated month through the whole product, beside what really happened.

The product never reads the truth. Where a verdict differs from it, the scans that reached the
product must say why: each difference is put to a named cause, and none may be left over.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import current_verdicts, judge_period
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS, WHOLE

MONTH, ITEMS = "2026-10", 5_000
Row = dict[str, Any]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Row, Row]]:
    """(truth, verdict) of every item."""
    folder: Path = tmp_path_factory.mktemp("agreement")
    plan = month_plan(MONTH, ITEMS)
    clock = FixedClock(plan.closing_at)
    write_month(plan, folder)
    make_workspace(folder / "workspace", clock)
    with open_workspace(folder / "workspace", write=True) as workspace:
        taken = ingest(workspace, folder / "mailbox", clock)
        assert taken.clean
        judge_period(workspace, MONTH, plan.closing_at, clock)
        verdicts = {row["item_id"]: row for row in current_verdicts(workspace, [MONTH]).to_pylist()}
    truth = pq.read_table(folder / "truth.parquet").to_pylist()
    assert len(truth) == len(verdicts) == ITEMS
    return [(row, verdicts[row["item_id"]]) for row in truth]


def cause(true: Row, told: Row, side: str) -> str:
    """Why a verdict may differ from the truth; empty: nothing explains it."""
    missing, outcome = set(true["missing_scans"].split()), told[side]
    attempt_unseen = bool({"EMH", "EDH"} & missing) and true["stopped_at"] != true["delivered_at"]
    overlapped = true["closure_published"] or "force_majeure" in told["outcome_reason"]
    causes = {
        "the delivery was never scanned": outcome == "undetermined" and "EMI" in missing,
        "lost after the delivery office: it could be a missing delivery scan": (
            outcome == "undetermined" and true["outcome"] == "lost"
        ),
        "lost, but the deadline that ends the waiting has not passed": (
            outcome == "pending" and true["outcome"] == "lost"
        ),
        "scans that would show where it is are missing": outcome in ("pending", "lost") and missing,
        "the attempt that stopped the clock was never scanned": attempt_unseen,
        "an excusable delay and another one ran into each other": not true["plain"],
        "a departure was stamped after the arrival": true["stamped_late"],
        "a missing scan joins two steps": missing and true["days_late"],
        "a published case overlapped a delay that it did not cause": overlapped,
    }
    return next((name for name, holds in causes.items() if holds), "")


@pytest.mark.slow
@pytest.mark.parametrize("side", ["outcome", "sender_outcome"])
def test_verdicts_agree_with_the_truth_or_the_scans_say_why(
    month: list[tuple[Row, Row]], side: str
) -> None:
    differing = [(true, told) for true, told in month if true[side] != told[side]]
    causes = Counter(cause(true, told, side) for true, told in differing)
    left = [(t["item_id"], t[side], v[side]) for t, v in differing if not cause(t, v, side)]
    assert left == []
    assert len(differing) <= ITEMS * 0.008, causes


@pytest.mark.slow
def test_every_outcome_occurs_and_most_items_are_on_time(month: list[tuple[Row, Row]]) -> None:
    seen = Counter(told["outcome"] for _, told in month)
    assert set(seen) >= {"on_time", "late_liable", "late_excused", "not_guaranteed", "lost"}
    assert 0.90 < seen["on_time"] / ITEMS < 0.97


ORIGIN_STEPS = ("promise", "export", "closing", "transport")
DESTINATION_STEPS = ("presentation", "customs", "forwarding", "inland", "delivery")


@pytest.mark.slow
def test_the_post_that_truly_lost_the_days_is_the_one_that_answers(
    month: list[tuple[Row, Row]],
) -> None:
    """Where all days were lost on one side and every scan is there, that side bears them all."""
    checked = Counter[str]()
    for true, told in month:
        liable = told["outcome"] == true["outcome"] == "late_liable"
        if not liable or not true["plain"] or true["missing_scans"] or true["stamped_late"]:
            continue
        origin, destination = (
            sum(max(0, true[f"days_{step}"] or 0) for step in steps)
            for steps in (ORIGIN_STEPS, DESTINATION_STEPS)
        )
        if origin and destination:
            continue
        by_origin = told["share_promise"] + told["share_export"] + told["share_transport"]
        assert by_origin == (WHOLE if origin else 0), (true, told)
        checked["origin" if origin else "destination"] += 1
    assert min(checked["origin"], checked["destination"]) > 20


LEG_OF = {
    "promise": "promise", "export": "export", "closing": "export", "transport": "transport",
    "presentation": "import", "customs": "import", "forwarding": "import", "inland": "delivery",
    "delivery": "delivery",
}  # fmt: skip


@pytest.mark.slow
def test_the_leg_that_truly_lost_the_days_bears_them_or_the_bounds_say_that_nobody_knows(
    month: list[tuple[Row, Row]],
) -> None:
    """Where all days were lost on one leg: right on 99 % of the items whose scans are complete, and
    with scans missing the other post never bears them unless the verdict's bounds allow for it."""
    right = Counter[bool]()
    for true, told in month:
        if not told["outcome"] == true["outcome"] == "late_liable":
            continue
        legs = {leg for step, leg in LEG_OF.items() if (true[f"days_{step}"] or 0) > 0}
        if len(legs) != 1:
            continue
        (leg,) = legs
        # A hold that nothing closed lacks the scans that would end it.
        if not (
            true["missing_scans"] or true["stamped_late"] or true["customs_hold"] == "unclosed"
        ):
            right[told[f"share_{leg}"] == WHOLE] += 1
        truly = WHOLE if leg in ("promise", "export", "transport") else 0
        by_origin = told["share_promise"] + told["share_export"] + told["share_transport"]
        low, high = told["origin_share_low"], told["origin_share_high"]
        assert by_origin == truly or (low is not None and low <= truly <= high), (true, told)
    assert right[True] > 100
    assert right[True] >= 0.99 * right.total()


def test_shares_sum_to_one_exactly_for_liable_items_and_to_nothing_for_others(
    month: list[tuple[Row, Row]],
) -> None:
    for _, told in month:
        liable = told["outcome"] == "late_liable"
        assert sum(told[name] for name in SHARE_COLUMNS) == (WHOLE if liable else 0)
        assert (told["days_liable"] > 0) == liable
        assert all(told[name] is not None for name in DAYS_COLUMNS)
