"""Trends and points of change: how often they are called where there is none, and found where there
is one. Made-up weeks."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from datecertain.quality.changes import change_point, orders, slope

WEEKS = 26


def weeks(seed: int, before: float = 0.95, after: float = 0.95, spread: float = 0.0) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]
]:  # fmt: skip
    """Half a year of weeks of 40 to 120 items; the share of a week may lie off by `spread`."""
    rng = np.random.default_rng(seed)
    n = rng.integers(40, 120, WEEKS)
    share = np.where(np.arange(WEEKS) < 15, before, after) + rng.normal(0, spread, WEEKS)
    return rng.binomial(n, np.clip(share, 0, 1)), n


@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_without_a_change_one_is_called_no_more_often_than_stated(spread: float) -> None:
    """Also where whole weeks are bad (spread), which a test on items would take for a change."""
    dealt, worlds, level = orders(WEEKS, 0.05), 120, 0.05
    found = [
        (change_point(*made, dealt), slope(*made, dealt))
        for made in (weeks(seed, spread=spread) for seed in range(worlds))
    ]
    # 14 or more of 120 would come in fewer than one of three hundred series.
    assert sum(one.p <= level for one, _ in found if one) <= 13
    assert sum(one.p <= level for _, one in found if one) <= 13
    assert all(one and other for one, other in found)


def test_a_fall_of_eight_points_is_found_where_it_is() -> None:
    dealt, at = orders(WEEKS, 0.01), list[int]()
    for seed in range(12):
        found = change_point(*weeks(seed, 0.96, 0.88, 0.01), dealt)
        assert found is not None
        assert found.p <= 0.01
        assert found.after < found.before
        at.append(found.at)
    assert np.median(at) == 15
    assert max(abs(one - 15) for one in at) <= 4


def test_a_slow_decline_is_a_trend() -> None:
    rng = np.random.default_rng(3)
    n = np.full(WEEKS, 200)
    good = rng.binomial(n, np.linspace(0.97, 0.92, WEEKS))
    found = slope(good, n, orders(WEEKS, 0.01))
    assert found is not None
    assert found.per_unit == pytest.approx(-0.05 / (WEEKS - 1), rel=0.4)
    assert found.p <= 0.01


def test_the_p_of_eight_units_is_that_of_all_their_orders() -> None:
    good, n = np.array([9, 10, 8, 9, 5, 6, 4, 5]), np.array([10, 10, 9, 9, 9, 10, 8, 10])
    every = np.array(list(permutations(range(8))))
    most = np.zeros(len(every))
    for at in range(2, 7):
        first, last = every[:, :at], every[:, at:]
        sizes = n[first].sum(axis=1), n[last].sum(axis=1)
        apart = good[first].sum(axis=1) / sizes[0] - good[last].sum(axis=1) / sizes[1]
        most = np.maximum(most, apart**2 * sizes[0] * sizes[1] / n.sum())
    exact = float((most >= most[0] - 1e-12).mean())
    assert exact < 0.05
    found = change_point(good, n, orders(8, 0.0005))
    assert found is not None
    assert found.at == 4
    assert found.p == pytest.approx(exact, abs=0.008)


def test_seven_weeks_say_nothing() -> None:
    good, n = np.full(7, 9), np.full(7, 10)
    assert change_point(good, n, orders(7)) is None
    assert slope(good, n, orders(7)) is None


def test_units_without_items_are_passed_over() -> None:
    good, n = weeks(1, 0.96, 0.86)
    wide_good, wide_n = np.zeros(2 * WEEKS, np.int64), np.zeros(2 * WEEKS, np.int64)
    wide_good[::2], wide_n[::2] = good, n
    narrow, wide = (
        change_point(one, other, orders(len(other)))
        for one, other in ((good, n), (wide_good, wide_n))
    )
    assert narrow is not None
    assert wide is not None
    assert (wide.at, wide.before, wide.after) == (2 * narrow.at, narrow.before, narrow.after)
