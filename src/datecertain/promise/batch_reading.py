"""What the columns of a batch say: times and numbers as text, whole columns at once (req 1).

A cell that cannot be read is a `Trouble` of its row: the row gets no date, the batch goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.errors import DatecertainError, UsageError
from datecertain.moments import Ints, Mask
from datecertain.network.conditions import NOT_GIVEN
from datecertain.promise.asking import demand_count, parse_accepted


class Problem(StrEnum):
    """Why a row of a batch was not asked."""

    NOT_UTF8 = "not_utf8"  # bytes that are no UTF-8
    LINE = "line"  # quotation marks that are not closed within the line, or too long a line
    COLUMNS = "columns"  # more or fewer cells than the header
    PLACE = "place"  # not POST:POSTCODE
    POST = "post"  # a post that the network does not know
    TIME = "time"  # no local date and time
    OFFSET = "offset"  # an offset that the clocks of the origin do not have then
    NUMBER = "number"  # no whole number, or out of range
    ADDRESS = "address"  # no kind of address


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row's problem, and what was found instead (shortened)."""

    problem: Problem
    found: str

    @classmethod
    def of(cls, problem: Problem, found: str) -> Trouble:
        """With what was found cut to a length that fits a line."""
        shown = found if len(found) <= _SHOWN else found[: _SHOWN - 1] + "…"
        return cls(problem, shown)


Troubles = dict[int, Trouble]
_SHOWN = 60
#: No offset was given.
NO_OFFSET = np.int64(10_000)
_PLAIN = len("2026-11-27T16:10")
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15]
_SIGNS = {4: "-", 7: "-", 10: "T", 13: ":"}


def read_counts(texts: Iterable[str], troubles: Troubles) -> Ints:
    """Whole numbers not below zero; NOT_GIVEN where the cell is empty."""
    known: dict[str, int | None] = {}
    numbers = []
    for row, text in enumerate(texts):
        if text not in known:
            try:
                known[text] = demand_count(text.strip(), "number")
            except UsageError:
                known[text] = None
        number = known[text]
        if number is None:
            troubles.setdefault(row, Trouble.of(Problem.NUMBER, text))
        numbers.append(NOT_GIVEN if number is None else number)
    return np.array(numbers, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """Local dates and minutes of the day; minutes east of UTC where a time says them."""

    day: Ints
    minute: Ints
    offset: Ints  # NO_OFFSET: not said


def read_times(texts: Sequence[str], troubles: Troubles) -> LocalTimes:
    """The local times of acceptance: those written `2026-11-27T16:10` all at once, others (with
    seconds, with an offset) one by one."""
    day, minute, plain = _plain_times(texts)
    offset = np.full(len(texts), NO_OFFSET, dtype=np.int64)
    known: dict[str, tuple[tuple[int, int], int | None] | None] = {}
    for row in np.flatnonzero(~plain).tolist():
        text = texts[row].strip()
        if text not in known:
            try:
                known[text] = parse_accepted(text)
            except DatecertainError:
                known[text] = None
        found = known[text]
        if found is None:
            troubles.setdefault(row, Trouble.of(Problem.TIME, text))
            continue
        (day[row], minute[row]), stated = found
        if stated is not None:
            offset[row] = stated
    return LocalTimes(day, minute, offset)


def _plain_times(texts: Sequence[str]) -> tuple[Ints, Ints, Mask]:
    """(day, minute, whether it is a plain local time) per text; day and minute 0 where not."""
    count = len(texts)
    # One character more than wanted: longer texts are cut there, and seen to be longer.
    cells = np.array(texts, dtype=f"U{_PLAIN + 1}") if count else np.empty(0, f"U{_PLAIN + 1}")
    codes = cells.view(np.uint32).reshape(count, _PLAIN + 1).astype(np.int64)
    plain: Mask = codes[:, _PLAIN] == 0
    for place, sign in _SIGNS.items():
        plain &= codes[:, place] == ord(sign)
    digits = codes[:, _DIGITS] - ord("0")
    plain &= ((digits >= 0) & (digits <= 9)).all(axis=1)
    digits[~plain] = 0
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, date, hour, minutes = (digits[:, i] * 10 + digits[:, i + 1] for i in (4, 6, 8, 10))
    months = (year - 1970) * 12 + month - 1
    first, following = (_first_of(months + more) for more in (0, 1))
    plain &= (year >= 1) & (month >= 1) & (month <= 12) & (date >= 1) & (hour < 24)
    plain &= (date <= following - first) & (minutes < 60)
    day = np.where(plain, first + date - 1, 0)
    return day, np.where(plain, hour * 60 + minutes, 0), plain


def _first_of(months: Ints) -> Ints:
    """The first day of months counted from January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
