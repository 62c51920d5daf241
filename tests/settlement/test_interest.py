"""Interest on late payments: worked by hand, and day by day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.moments import parse_date
from datecertain.settlement import Period
from datecertain.settlement.interest import Owed, Paid, days_between, interest_in, late_interest
from datecertain.settlement.tariffs import DayCount

DUE = parse_date("2026-12-24")


def owed(amount: int, ppm: int = 50_000, count: str = "actual_365") -> Owed:
    return Owed(1, "JP", "KR", amount, DUE, ppm, DayCount(count))


def test_a_payment_eleven_days_late() -> None:
    # 1,000 SDR at 5 % for 11 days: 1000 x 0.05 x 11 / 365 = 1.506849 SDR, of it 7 in December.
    paid = [Paid(parse_date("2027-01-04"), 1_000_000_000)]
    months = [
        interest_in(Period.month(name), [(owed(1_000_000_000), paid)])
        for name in ("2026-11", "2026-12", "2027-01", "2027-02")
    ]
    assert [sum(one.amount_usdr for one in found) for found in months] == [0, 958_904, 547_945, 0]


def test_in_time_costs_nothing_and_never_paid_costs_every_month() -> None:
    assert interest_in(Period.month("2026-12"), [(owed(10**9), [Paid(DUE, 10**9)])]) == ()
    (found,) = interest_in(Period.month("2027-03"), [(owed(10**9), [])])
    (stretch,) = found.stretches
    assert (stretch.days, found.amount_usdr) == (31, 4_246_575)


def test_paid_in_two_parts() -> None:
    paid = [Paid(DUE + 10, 400_000_000), Paid(DUE + 30, 600_000_000)]
    found = late_interest(owed(10**9), paid, DUE, DUE + 90)
    assert [(one.open_usdr, one.days) for one in found.stretches] == [
        (1_000_000_000, 10), (600_000_000, 20),
    ]  # fmt: skip
    assert found.amount_usdr == 1_369_863 + 1_643_836


@pytest.mark.parametrize(
    ("count", "first", "last", "days"),
    [
        ("actual_365", "2026-12-24", "2027-02-28", 66),
        ("actual_360", "2026-12-24", "2027-02-28", 66),
        ("thirty_360", "2026-12-24", "2027-02-28", 64),
        ("thirty_360", "2026-12-31", "2027-01-31", 30),
        ("thirty_360", "2026-12-30", "2026-12-31", 0),
    ],
)
def test_days_are_counted_as_agreed(count: str, first: str, last: str, days: int) -> None:
    assert days_between(parse_date(first), parse_date(last), DayCount(count)) == days


amounts = st.integers(1, 10**12)


@given(amounts, st.lists(st.tuples(st.integers(-40, 200), st.integers(0, 10**11)), max_size=4))
def test_the_same_as_adding_up_day_by_day(extra: int, payments: list[tuple[int, int]]) -> None:
    """On each day after the deadline what was open in the morning bears a day's interest."""
    total = extra + sum(amount for _, amount in payments)
    paid = [Paid(DUE + day, amount) for day, amount in payments]
    found = late_interest(owed(total, 36_500, "actual_365"), paid, DUE, DUE + 150)
    by_day = 0
    for day in range(DUE + 1, DUE + 151):
        by_day += total - sum(one.amount_usdr for one in paid if one.on < day)
    # 3.65 % of 365 days: a ten-thousandth a day, each stretch rounded once (some to nothing).
    assert abs(found.amount_usdr - by_day / 10_000) <= 0.5 * (len(paid) + 1) + 1e-6
    assert date.fromordinal(719_163 + DUE) == date(2026, 12, 24)
