"""Intervals against published values, against slow exact arithmetic, and against each other."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.quality import Interval, clopper_pearson, differ, place_ranges, wilson
from datecertain.quality.intervals import fisher_p
from thorough import often

# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, to four places:
# good, n -> Wilson's score interval without correction; Clopper and Pearson's
NEWCOMBE = """
81 263  0.2553 0.3662  0.2527 0.3676
15 148  0.0624 0.1605  0.0578 0.1617
 0  20  0.0000 0.1611  0.0000 0.1684
 1  29  0.0061 0.1718  0.0009 0.1776
"""

# Half-widths in points at 95 % on time, the textbook figures of a quality manager (normal
# approximation; both intervals are within 15 % of it from 100 items on).
HALF_WIDTHS = ((100, 4.3), (400, 2.1), (1_825, 1.0), (7_300, 0.5))


def rows(table: str) -> list[list[float]]:
    return [[float(word) for word in line.split()] for line in table.strip().splitlines()]


@pytest.mark.parametrize("row", rows(NEWCOMBE))
def test_published_intervals(row: list[float]) -> None:
    good, n = int(row[0]), int(row[1])
    score, exact = wilson(good, n), clopper_pearson(good, n)
    assert [round(x, 4) for x in (score.low, score.high, exact.low, exact.high)] == row[2:]


@pytest.mark.parametrize(("n", "points"), HALF_WIDTHS)
def test_how_many_items_tell_95_from_96(n: int, points: float) -> None:
    good = round(0.95 * n)
    for interval in (wilson(good, n), clopper_pearson(good, n)):
        assert (interval.high - interval.low) / 2 * 100 == pytest.approx(points, rel=0.15)
        # On a monthly lane of some hundred items the two targets cannot be told apart.
        assert interval.holds(0.96) is (n < 1_000)


def test_thin_lanes_near_the_target_are_marked_less_often_by_the_exact_interval() -> None:
    assert not wilson(45, 50).holds(0.96)
    assert clopper_pearson(45, 50).holds(0.96)


def slow_tail(most: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(most + 1))


@settings(max_examples=often(20), deadline=None)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_at_its_bounds_the_exact_interval_leaves_a_fortieth_on_either_side(
    counts: tuple[int, int],
) -> None:
    good, n = counts
    exact = clopper_pearson(good, n)
    if good < n:
        assert slow_tail(good, n, exact.high) == pytest.approx(0.025, rel=1e-6)
    else:
        assert exact.high == 1
    if good > 0:
        assert 1 - slow_tail(good - 1, n, exact.low) == pytest.approx(0.025, rel=1e-6)
    else:
        assert exact.low == 0


@settings(max_examples=often(50), deadline=None)
@given(
    st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_every_interval_holds_its_share_and_turns_round_with_it(
    counts: tuple[int, int], confidence: float
) -> None:
    good, n = counts
    for kind in (wilson, clopper_pearson):
        interval, turned = kind(good, n, confidence), kind(n - good, n, confidence)
        assert 0 <= interval.low <= good / n <= interval.high <= 1
        assert turned.low == pytest.approx(1 - interval.high, abs=1e-9)
        wider = kind(good, n, 0.999)
        assert wider.low <= interval.low
        assert interval.high <= wider.high


def test_nothing_judged_says_nothing() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == Interval(0.0, 1.0)


def test_a_million_items_with_few_late_ones() -> None:
    interval = clopper_pearson(960_000, 1_000_000)
    assert interval.low == pytest.approx(0.959614, abs=2e-6)
    assert interval.high == pytest.approx(0.960383, abs=2e-6)


@pytest.mark.parametrize(("good", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_counts_that_cannot_be_are_misuse(good: int, n: int) -> None:
    with pytest.raises(UsageError, match="no share"):
        clopper_pearson(good, n)
    with pytest.raises(UsageError, match="no share"):
        wilson(good, n)


# R. A. Fisher's two examples: the lady tasting tea, and convictions of twins of like sex.
@pytest.mark.parametrize(
    ("counts", "p"), [((3, 4, 1, 4), 0.485714), ((10, 13, 2, 17), 0.000536724)]
)
def test_published_exact_tests(counts: tuple[int, int, int, int], p: float) -> None:
    assert fisher_p(*counts) == pytest.approx(p, rel=1e-5)


def slow_fisher(good_1: int, n_1: int, good_2: int, n_2: int) -> float:
    both = good_1 + good_2
    ways = {
        x: math.comb(n_1, x) * math.comb(n_2, both - x)
        for x in range(max(0, both - n_2), min(both, n_1) + 1)
    }
    rare = sum(way for way in ways.values() if way <= ways[good_1])
    return float(Fraction(rare, sum(ways.values())))


@settings(max_examples=often(50), deadline=None)
@given(
    st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_the_exact_test_agrees_with_counting_all_tables(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    assert fisher_p(*one, *other) == pytest.approx(slow_fisher(*one, *other), rel=1e-6)
    assert fisher_p(*one, *other) == pytest.approx(fisher_p(*other, *one), rel=1e-9)


def test_lanes_that_do_not_differ() -> None:
    assert not differ(94, 100, 97, 100)
    assert differ(940, 1_000, 970, 1_000)
    assert not differ(0, 0, 97, 100)
    # Asked of 4,005 pairs at once, the same difference is no longer sure.
    assert not differ(940, 1_000, 970, 1_000, tests=4_005)


def test_places_are_ranges_that_only_clear_differences_narrow() -> None:
    # good, even with it, clearly worse, empty, thin: it could hold any place
    groups = [(980, 1_000), (975, 1_000), (900, 1_000), (0, 0), (9, 10)]
    assert place_ranges(groups) == [(1, 3), (1, 3), (3, 4), None, (1, 4)]


def test_no_lane_is_ranked_when_none_differs() -> None:
    assert place_ranges([(96, 100), (95, 100), (94, 100)]) == [(1, 3)] * 3
    assert place_ranges([]) == []
