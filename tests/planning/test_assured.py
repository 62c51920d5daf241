"""The smallest D+n: exact, valid for finite samples, not fooled by items still on their way."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from histories_by_hand import drawn, lane_of, share_within
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.planning.assured import choose, curve, items_needed, lower_bounds
from datecertain.planning.histories import Deliveries
from datecertain.planning.standards import Status, find_standards
from datecertain.quality.intervals import clopper_pearson


def found(history: Deliveries, target: float = 0.96, confidence: float = 0.95) -> int | None:
    choice = choose(curve(history.seen, history.open), target, confidence)
    return choice.days if choice else None


def by_days(most: int) -> st.SearchStrategy[list[int]]:
    """Items delivered within 0, 1, 2 … days, so many each."""
    counts = st.lists(st.integers(0, most), min_size=1, max_size=6).filter(any)
    return counts.map(lambda found: [day for day, n in enumerate(found) for _ in range(n)])


def order_statistic(days: list[int], percent: int) -> int | None:
    """By the book, in whole numbers: the first day so that, were fewer than the target delivered by
    then, so many of them would have been by chance in at most one case of twenty."""
    n = len(days)
    for day in sorted(set(days)):
        by_then = sum(one <= day for one in days)
        cases = sum(
            comb(n, k) * percent**k * (100 - percent) ** (n - k) for k in range(by_then, n + 1)
        )
        if 20 * cases <= 100**n:
            return day
    return None


@pytest.mark.parametrize(
    ("items", "late", "days"),
    [
        (73, 0, None),  # 0.96^73 = 5.08 %: chance would do as well
        (74, 0, 5),  # 0.96^74 = 4.88 %
        (116, 1, 9),  # one late: 117 items are needed, here only all of them are enough
        (117, 1, 5),
        (155, 2, 9),
        (156, 2, 5),
    ],
)
def test_how_many_items_assure_96_percent(items: int, late: int, days: int | None) -> None:
    assert found(lane_of([5] * (items - late) + [9] * late)) == days


def test_items_needed_by_hand() -> None:
    assert items_needed(0.96, 0.95) == 74
    assert items_needed(0.95, 0.95) == 59
    assert items_needed(0.5, 0.5) == 1


@pytest.mark.parametrize(("target", "confidence"), [(0, 0.9), (1, 0.9), (0.9, 0), (0.9, 1.5)])
def test_shares_that_are_none_are_refused(target: float, confidence: float) -> None:
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        items_needed(target, confidence)


@settings(max_examples=40, deadline=None)
@given(by_days(40), st.sampled_from([80, 90, 96]))
def test_the_order_statistic_says_the_same(days: list[int], percent: int) -> None:
    assert found(lane_of(days), percent / 100) == order_statistic(days, percent)


@settings(max_examples=40, deadline=None)
@given(by_days(400))
def test_bounds_are_clopper_and_pearsons(days: list[int]) -> None:
    history = lane_of(days)
    got = curve(history.seen, history.open)
    for day, bound in zip(got.days, lower_bounds(got, 0.95), strict=True):
        good = sum(one <= day for one in days)
        assert bound == pytest.approx(clopper_pearson(good, len(days), 0.90).low, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(by_days(20), st.integers(0, 9))
def test_a_lost_item_never_makes_a_standard_shorter(some: list[int], lost: int) -> None:
    days = [*some, *[None] * lost]
    with_lost, with_quick = found(lane_of([None, *days]), 0.5), found(lane_of([1, *days]), 0.5)
    if with_lost is not None:
        assert with_quick is not None
        assert with_lost >= with_quick


def test_lost_items_count_as_late() -> None:
    row = find_standards(lane_of([5] * 190 + [None] * 10), 0.96, 0.95).rows[0]
    assert (row.days, row.status, row.open) == (None, Status.NOT_REACHED, 10)


def test_an_item_of_yesterday_tells_nothing_of_five_days() -> None:
    on_their_way = lane_of([5] * 100 + [None] * 4, as_of=103)
    assert found(on_their_way) == 5


@pytest.mark.parametrize(
    ("items", "target", "confidence"), [(100, 0.96, 0.95), (400, 0.96, 0.95), (200, 0.9, 0.8)]
)
def test_the_stated_confidence_is_kept(items: int, target: float, confidence: float) -> None:
    # 600 histories with a known distribution: a true share of 95 % would be seen as 92.3 % or less
    # in one run of a thousand (three standard deviations).
    days = [found(drawn(seed, items, 500, 7.0), target, confidence) for seed in range(600)]
    kept = [one is None or share_within(one, 7.0) >= target for one in days]
    assert np.mean(kept) >= confidence - 3.1 * np.sqrt(confidence * (1 - confidence) / 600)


def test_items_still_open_do_not_shorten_the_standard() -> None:
    # 40 days of acceptances with a typical 14 days, known up to the last of them: a third is open.
    # Looking at deliveries only, every standard would be too short.
    standards, plain = [], []
    for seed in range(400):
        known = drawn(seed, 600, 40, 14.0, known=True)
        standards.append(found(known))
        plain.append(int(np.quantile(known.days[~known.open], 0.96, method="inverted_cdf")))
    assert all(one is not None for one in standards)
    assert np.mean(share_within([one or 0 for one in standards], 14.0) >= 0.96) >= 0.95 - 0.034
    assert np.mean(share_within(plain, 14.0) >= 0.96) < 0.3
    # And they are not much longer than with every item's fate known.
    known_all = [found(drawn(seed, 600, 40, 14.0)) or 0 for seed in range(400)]
    assert np.mean([one or 0 for one in standards]) < np.mean(known_all) + 2


def test_items_that_fail_together_are_not_counted_as_if_alone() -> None:
    # Synthetic: 40 items a day for 60 days on each lane; on one day of twelve all of them are late.
    rng = np.random.default_rng(5)
    lane, day = np.repeat([0, 1], 2400), np.tile(np.repeat(np.arange(60), 40), 2)
    bad = rng.random((2, 60)) < 1 / 12
    days = np.where(bad[lane, day], 9, 4)
    apart = Deliveries(("A", "B"), lane, day, days, np.full(4800, -1), 100)
    rows = find_standards(apart, 0.9, 0.95).rows
    alone = choose(curve(days[lane == 0], days[lane == 0] < 0), 0.9, 0.95)
    assert alone is not None
    for row in rows:
        # Forty that share one fate are worth about one.
        assert row.items * row.worth < 90
        assert row.days in (9, None)
