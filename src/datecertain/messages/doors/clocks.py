"""Times as the other doors write them: ISO 8601, or a format that a mapping declares."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from datecertain.messages.log import brief
from datecertain.messages.stated_times import FIRST_YEAR, LAST_YEAR, zone_offset
from datecertain.moments import day_of

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WITH_CLOCK = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}:?\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """A local day, minute of the day (None: only a date was told) and offset in minutes east of
    UTC (None: not told)."""

    day: int
    minute: int | None
    offset: int | None


@lru_cache(maxsize=4096)  # the same moment of sending stands in many records
def read_clock_text(text: str, offset: str | None = None) -> Clock:
    """The local time that an ISO 8601 text states. With `offset` (`+09:00`), a text that has an
    offset of its own is moved to that clock, and one that has none stands on it; seconds are cut
    off. Raises `ValueError`."""
    stated = None if offset is None else read_offset(offset)
    if _DATE.fullmatch(text):
        return Clock(_day(dt.date.fromisoformat(text), text), None, stated)
    if _WITH_CLOCK.match(text) is None:
        raise ValueError(
            f"{brief(text)!r} is no time: write 2026-10-21T09:00, with offset if known"
        )
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{brief(text)!r} is no time: {error}") from error
    _day(moment.date(), text)
    own = moment.utcoffset()
    if own is not None:
        minutes, odd = divmod(own, dt.timedelta(minutes=1))
        if odd or abs(minutes) > 14 * 60:
            raise ValueError(f"{brief(text)!r}: no place has that offset")
        stated = minutes if stated is None else stated
        moment = moment.replace(tzinfo=None) + dt.timedelta(minutes=stated - minutes)
    return Clock(day_of(moment.date()), moment.hour * 60 + moment.minute, stated)


def read_offset(text: str) -> int:
    """Minutes east of UTC of `+09:00`, `-0530`, `Z`. Raises `ValueError`."""
    minutes = zone_offset(text)
    if minutes is None:
        raise ValueError(f"{brief(text)!r} is no offset: write +09:00")
    return minutes


def write_offset(minutes: int) -> str:
    """`+09:00` of minutes east of UTC."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def _day(date: dt.date, text: str) -> int:
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError(f"{brief(text)!r}: expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day_of(date)
