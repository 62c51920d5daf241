"""SDR at the dated rate: by hand, against exact fractions, there and back."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.claims.money import MOST
from datecertain.errors import NetworkError, UsageError
from datecertain.moments import format_date, parse_date
from datecertain.network import Network
from datecertain.settlement.money import Rates, to_minor, to_usdr
from worlds import with_rows

# minor currency units per SDR -> micro-SDR
CONVERSIONS = """
38500 0 1930.5 -> 19943020
1410 0 210.25 -> 6706302
6745 2 1.36 -> 49595588
1 2 1.36 -> 7353
0 0 1930.5 -> 0
1 2 2 -> 5000
5 0 2000000 -> 2
15 0 2000000 -> 8
"""


@pytest.mark.parametrize("case", CONVERSIONS.strip().splitlines())
def test_minor_units_in_micro_sdr(case: str) -> None:
    given_, expected = case.split(" -> ")
    minor, digits, per_sdr = given_.split()
    rate = np.array([int(Fraction(per_sdr) * 10**6)])
    found = to_usdr(np.array([int(minor)]), rate, np.array([int(digits)]))
    assert found.tolist() == [int(expected)]


RATES = st.integers(10**5, 10**11)
DIGITS = st.sampled_from([0, 2])


@given(st.integers(-MOST, MOST), RATES, DIGITS)
def test_it_is_the_exact_value_rounded_half_even(minor: int, per_sdr: int, digits: int) -> None:
    exact = Fraction(minor, 10**digits) / Fraction(per_sdr, 10**6) * 10**6
    if abs(exact) < 2**62:
        found = to_usdr(np.array([minor]), np.array([per_sdr]), np.array([digits]))
        assert found.tolist() == [round(exact)]


@given(st.integers(-MOST, MOST), RATES, DIGITS)
def test_and_back_it_is_too(usdr: int, per_sdr: int, digits: int) -> None:
    exact = Fraction(usdr, 10**6) * Fraction(per_sdr, 10**6) * 10**digits
    found = to_minor(np.array([usdr]), np.array([per_sdr]), np.array([digits]))
    assert found.tolist() == [round(exact)]


@given(st.integers(0, 10**8), RATES, DIGITS)
def test_there_and_back_is_exact_where_a_micro_sdr_is_less_than_a_minor_unit(
    minor: int, per_sdr: int, digits: int
) -> None:
    columns = np.array([per_sdr]), np.array([digits])
    usdr = to_usdr(np.array([minor]), *columns)
    if per_sdr < 10 ** (12 - digits) and usdr[0] <= MOST:
        assert to_minor(usdr, *columns).tolist() == [minor]


def test_what_would_overflow_is_refused() -> None:
    with pytest.raises(UsageError, match="minor units"):
        to_usdr(np.array([MOST + 1]), np.array([10**6]), np.array([2]))
    with pytest.raises(UsageError, match="micro-SDR"):
        to_minor(np.array([-MOST - 1]), np.array([10**6]), np.array([2]))


def test_the_latest_rate_on_or_before_the_day_applies() -> None:
    world = Network.from_texts(with_rows("rates.csv", "2026-11-03,KRW,1900,test"))
    days = [parse_date(day) for day in ("2026-10-01", "2026-11-02", "2026-11-03", "2026-12-01")]
    rate, on = Rates(world).on("KRW", np.array(days))
    assert rate.tolist() == [1_930_500_000, 1_930_500_000, 1_900_000_000, 1_900_000_000]
    assert [format_date(day) for day in on] == ["2026-10-01"] * 2 + ["2026-11-03"] * 2


def test_a_day_before_all_rates_and_a_currency_without_any_are_said() -> None:
    world = Network.from_texts(with_rows("rates.csv", "2026-11-03,KRW,1900,test"))
    with pytest.raises(NetworkError, match=r"KRW on or before 2026-09-30"):
        Rates(world).on("KRW", np.array([parse_date("2026-09-30")]))
    with pytest.raises(NetworkError, match="EUR"):
        Rates(world).on("EUR", np.array([parse_date("2026-11-30")]))
