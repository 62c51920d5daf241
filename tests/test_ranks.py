"""Ranks in a grid against the binary search that they stand for."""

import bisect

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from datecertain.ranks import Ranks

LISTS = st.lists(st.lists(st.integers(0, 5000), max_size=12).map(sorted), min_size=1, max_size=4)
NUMBERS = st.integers(-10, 5010)


@given(LISTS, st.lists(st.tuples(st.integers(0, 3), NUMBERS), min_size=1, max_size=20))
@example([[0], [0]], [(0, 2**40), (1, -(2**40))])
@example([[7] * 9, [], [3]], [(0, 7), (1, 7), (0, 8)])
def test_the_place_is_the_one_a_binary_search_finds(
    lists: list[list[int]], asked: list[tuple[int, int]]
) -> None:
    start = np.cumsum([0, *(len(one) for one in lists)])
    values = np.array([n for one in lists for n in one], dtype=np.int64)
    ranks = Ranks.of(values, start)
    keys = [key % len(lists) for key, _ in asked]
    numbers = [number for _, number in asked]
    expected = [
        start[key] + bisect.bisect_left(lists[key], number)
        for key, number in zip(keys, numbers, strict=True)
    ]
    assert ranks.below(np.array(keys), np.array(numbers)).tolist() == expected


def test_many_numbers_far_apart_share_wide_cells_and_none_is_lost() -> None:
    rng = np.random.default_rng(3)
    lists = [np.sort(rng.integers(0, 2**26, 3000)) for _ in range(40)]
    start = np.arange(41) * 3000
    ranks = Ranks.of(np.concatenate(lists), start)
    keys, numbers = rng.integers(0, 40, 50_000), rng.integers(0, 2**26, 50_000)
    expected = [
        start[key] + np.searchsorted(lists[key], number)
        for key, number in zip(keys.tolist(), numbers.tolist(), strict=True)
    ]
    assert ranks.below(keys, numbers).tolist() == expected
    assert len(ranks.grid) <= 2 * len(ranks.values) + 1
