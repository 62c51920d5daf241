"""Interest on what is paid late, or not at all, against the deadline of a round (req 45).

Simple interest on what is open, from the day after the deadline up to and with the day of payment,
at the rate and by the count of days that the round was frozen with:

    open x rate x days / days of the year,    half even, for each stretch of the same amount

Each period carries the days that lie in it, so a month is never closed over another's interest. A
payment whose date or amount is corrected changes the interest of its periods; what was booked is
then reversed and booked anew like any other difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from datecertain.claims.money import divided_whole
from datecertain.moments import date_of
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import ALL_PPM, DayCount


@dataclass(frozen=True, slots=True)
class Owed:
    """A payment of a round as it was frozen: who owes whom, how much, until when, at which rate."""

    round: int
    payer: str
    payee: str
    amount_usdr: int
    due_on: int
    late_ppm_year: int
    day_count: DayCount


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid of it, and on which day."""

    on: int
    amount_usdr: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which the same amount was open: after `after`, up to and with `until`."""

    after: int
    until: int
    open_usdr: int
    days: int
    amount_usdr: int


@dataclass(frozen=True, slots=True)
class LateInterest:
    """The interest of a period on one payment."""

    owed: Owed
    stretches: tuple[Stretch, ...]

    @property
    def amount_usdr(self) -> int:
        return sum(one.amount_usdr for one in self.stretches)

    @property
    def detail(self) -> str:
        """What the reason of its entry says: `round-3`."""
        return f"round-{self.owed.round}"

    @property
    def plain(self) -> dict[str, Any]:
        """How it came about, as a statement shows it."""
        return {
            "reason": f"interest.{self.detail}", "creditor": self.owed.payee,
            "due_on": self.owed.due_on, "late_ppm_year": self.owed.late_ppm_year,
            "day_count": self.owed.day_count.value,
            "stretches": [asdict(one) for one in self.stretches],
        }  # fmt: skip


def days_between(first: int, last: int, count: DayCount) -> int:
    """Days from one day to another (day numbers) as interest counts them."""
    if count is not DayCount.THIRTY_360:
        return last - first

    def place(day: int) -> int:
        date = date_of(day)
        return 360 * date.year + 30 * date.month + min(date.day, 30)

    return place(last) - place(first)


def late_interest(owed: Owed, paid: Sequence[Paid], first: int, last: int) -> LateInterest:
    """The interest of the days from `first` to `last` (both inclusive)."""
    after, stretches = max(owed.due_on, first - 1), []
    ends = sorted({one.on for one in paid if after < one.on < last} | {last})
    for until in ends:
        left = owed.amount_usdr - sum(one.amount_usdr for one in paid if one.on <= after)
        days = days_between(after, until, owed.day_count) if until > after else 0
        amount = divided_whole(left * owed.late_ppm_year * days, ALL_PPM * owed.day_count.year)
        if amount > 0:
            stretches.append(Stretch(after, until, left, days, amount))
        after = max(after, until)
    return LateInterest(owed, tuple(stretches))


def interest_in(
    period: Period, payments: Sequence[tuple[Owed, Sequence[Paid]]]
) -> tuple[LateInterest, ...]:
    """The interest that a period carries, payment by payment; none where none is late."""
    found = (
        late_interest(owed, paid, period.first_day, period.last_day) for owed, paid in payments
    )
    return tuple(one for one in found if one.stretches)
