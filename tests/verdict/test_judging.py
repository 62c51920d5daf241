"""The bulk verdict against the slow judge, item by item and step by step.

Random items of the small world: missing scans, impossible orders, holds, attempts, misquoted
dates, unknown areas and offices, offices without onward standard, declared cases.
"""

import datetime as dt
from functools import lru_cache

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judged_items import (
    AS_OF,
    calm_items,
    disturbed_items,
    expected_row,
    items,
    judged,
    rows,
    slow,
)

from datecertain.verdict.judging import JUDGED
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS, WHOLE
from slow_declared import Case
from slow_replay import ORDER, Item
from thorough import often

DAY = dt.timedelta(days=1)
BATCH = st.lists(items(), min_size=1, max_size=4)
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow],
        "phases": set(Phase) - {Phase.explain}}  # fmt: skip


@lru_cache(maxsize=1)
def three_hundred() -> tuple[list[Item], list[Case]]:
    """Three hundred random items and some notices, the same every time."""
    found: list[Item] = []
    notices: list[Case] = []

    @settings(
        max_examples=200,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
    )
    @given(disturbed_items(), calm_items())
    def collect(told: tuple[list[Item], list[Case]], calm: Item) -> None:
        found.extend((*told[0], calm))
        notices.extend(told[1])

    collect()
    return found[-300:], notices[-40:]


def differences(row: dict[str, object], expected: dict[str, object]) -> dict[str, object]:
    """Column: (judged, expected)."""
    return {name: (row[name], value) for name, value in expected.items() if row[name] != value}


@settings(max_examples=often(83), **SLOW)
@given(disturbed_items(), st.integers(0, 40))
def test_a_verdict_is_the_slow_judges(told: tuple[list[Item], list[Case]], wait: int) -> None:
    batch, cases = told
    as_of = max(item.last_scan for item in batch) + wait * DAY
    for item, row in zip(batch, rows(judged(batch, cases, as_of)), strict=True):
        assert differences(row, expected_row(item, slow().judge(item, cases, as_of))) == {}


def test_three_hundred_verdicts_are_the_slow_judges() -> None:
    found, notices = three_hundred()
    wrong = [
        different
        for item, row in zip(found, rows(judged(found, notices)), strict=True)
        if (different := differences(row, expected_row(item, slow().judge(item, notices, AS_OF))))
    ]
    assert wrong == []


def test_three_hundred_in_bulk_are_three_hundred_one_by_one() -> None:
    found, notices = three_hundred()
    bulk = rows(judged(found, notices))
    assert len(found) == 300
    assert [rows(judged([item], notices))[0] for item in found] == bulk


def test_the_order_of_the_rows_changes_nothing() -> None:
    found, notices = three_hundred()
    bulk = rows(judged(found, notices))
    order = np.random.default_rng(19).permutation(len(found)).tolist()
    shuffled = rows(judged([found[row] for row in order], notices[::-1]))
    assert shuffled == [bulk[row] for row in order]


def test_no_items_are_no_verdicts() -> None:
    judgement = judged([])
    assert judgement.table.num_rows == 0
    assert judgement.table.schema.equals(JUDGED)


def days_apart(item: Item, promised: dt.date, stopped: dt.date) -> int:
    """Delivery days; a late day without delivery counts as the next delivery day."""
    network = slow().network
    idle = stopped > promised and stopped not in network.delivery_days(item.destination)
    return network.days_between(item.destination, promised, stopped) + idle


@settings(max_examples=often(50), **SLOW)
@given(BATCH)
def test_margin_and_steps_add_up_to_the_days_late_exactly(batch: list[Item]) -> None:
    judgement = judged(batch)
    for row, item in enumerate(batch):
        verdict = slow().judge(item, (), AS_OF)
        for side, expected, promised in (
            (judgement.between, verdict.between, item.standard),
            (judgement.sender, verdict.sender, item.told),
        ):
            if expected.outcome == "not_guaranteed":
                continue
            steps = dict.fromkeys(ORDER, 0) | {step.ends_at: step.days for step in expected.steps}
            assert side.margin[row] == expected.margin
            assert side.step[row].tolist() == list(steps.values())
            if expected.stopped_on is not None and promised is not None:
                late = days_apart(slow().placed(item), promised, expected.stopped_on)
                assert side.margin[row] + side.step[row].sum() == late
                assert side.settled.late[row] == late


@settings(max_examples=often(33), **SLOW)
@given(disturbed_items())
def test_days_and_shares_fit_together(told: tuple[list[Item], list[Case]]) -> None:
    for row in rows(judged(*told)):
        late, excused, liable = row["days_late"], row["days_excused"], row["days_liable"]
        shares = [row[name] for name in SHARE_COLUMNS]
        assert sum(shares) == (WHOLE if row["outcome"] == "late_liable" else 0)
        assert min(shares) >= 0
        assert (liable > 0) == (row["outcome"] == "late_liable")
        if row["outcome"] in ("late_liable", "late_excused") and row["stopped_on"]:
            assert late == excused + liable > 0
        if row["outcome_reason"] == "gap":  # how late it is, is known
            assert late == excused + row["days_late_low"]
        elif row["outcome"] in ("not_guaranteed", "pending", "undetermined", "lost"):
            assert [late, excused, *(row[name] for name in DAYS_COLUMNS)] == [0] * 7
