"""Rounding: by hand, and against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.claims.money import (
    MOST,
    divided,
    divided_whole,
    minor_digits,
    percent_of,
    split,
    split_rows,
)
from datecertain.errors import UsageError

# amount, per cent -> part: the nearest whole unit, a tie to the even one
PERCENTAGES = """
38500 100 38500
1410 25 352
1430 25 358
1411 25 353
3 50 2
1 50 0
0 100 0
999 33 330
"""

# amount | weights -> parts: what is left goes to the largest remainders, ties to the first
SPLITS = """
100 | 1 1 1 -> 34 33 33
101 | 1 1 1 -> 34 34 33
100 | 600000 400000 -> 60 40
7 | 500000 500000 -> 4 3
10 | 0 1 0 -> 0 10 0
1 | 3 5 2 -> 0 1 0
0 | 1 2 -> 0 0
"""


@pytest.mark.parametrize("case", PERCENTAGES.strip().splitlines())
def test_a_percentage_of_the_postage_goes_half_even(case: str) -> None:
    amount, percent, part = map(int, case.split())
    assert percent_of(np.array([amount]), np.array([percent])).tolist() == [part]


@pytest.mark.parametrize("case", SPLITS.strip().splitlines())
def test_the_parts_of_an_amount_sum_to_it(case: str) -> None:
    given_, expected = case.split("->")
    amount, weights = given_.split("|")
    parts = [int(part) for part in expected.split()]
    numbers = [int(weight) for weight in weights.split()]
    assert split(int(amount), numbers) == parts
    rows = split_rows(np.array([int(amount)]), np.array([numbers]), sum(numbers))
    assert rows.tolist() == [parts]


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**12))
def test_a_division_is_the_exact_one_rounded_half_even(numerator: int, divisor: int) -> None:
    exact = round(Fraction(numerator, divisor))  # Python rounds fractions half even
    assert divided_whole(numerator, divisor) == exact
    assert divided(np.array([numerator]), divisor).tolist() == [exact]


@given(st.integers(0, MOST), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_no_part_is_further_than_one_unit_from_its_share(amount: int, weights: list[int]) -> None:
    if not sum(weights):
        with pytest.raises(UsageError, match="weights"):
            split(amount, weights)
        return
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(st.lists(st.tuples(st.integers(0, 10**10), st.lists(st.integers(0, 10**5), min_size=5,
                                                           max_size=5)), max_size=6))  # fmt: skip
def test_many_rows_split_like_one(rows: list[tuple[int, list[int]]]) -> None:
    whole = 10**6
    shares = [[*weights[:4], whole - sum(weights[:4])] for _, weights in rows]
    amounts = [amount for amount, _ in rows]
    found = split_rows(
        np.array(amounts, np.int64), np.array(shares, np.int64).reshape(-1, 5), whole
    )
    assert found.tolist() == [split(a, s) for a, s in zip(amounts, shares, strict=True)]


def test_an_unlisted_currency_is_refused_not_guessed() -> None:
    assert (minor_digits("KRW"), minor_digits("JPY"), minor_digits("USD")) == (0, 0, 2)
    with pytest.raises(UsageError, match="XAU"):
        minor_digits("XAU")
