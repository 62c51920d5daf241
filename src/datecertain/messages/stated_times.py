"""Dates and times as EDIFACT states them, for whole columns: code list 2379 (UN/EDIFACT D.98B).

What is stated is the clock at the place of the event. Two-digit years get the century that brings
them nearest to the day of receipt; there is no constant pivot.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import numpy.typing as npt

from datecertain.messages import value_kernels
from datecertain.messages.compiling import Places
from datecertain.messages.scan import Scan
from datecertain.moments import Ints, Mask, date_of, day_of


@dataclass(frozen=True, slots=True)
class _Format:
    """Digits of the year, of the time of day, and whether a zone follows."""

    year: int
    clock: int
    zone: bool

    @property
    def digits(self) -> int:
        return self.year + 4 + self.clock


#: 101 YYMMDD, 102 CCYYMMDD, 201 YYMMDDHHMM, 202 with seconds, 203 CCYYMMDDHHMM, 204 with seconds;
#: 301 to 304 are 201 to 204 with a zone behind.
FORMATS = {  # the most frequent first
    "203": _Format(4, 4, False),
    "101": _Format(2, 0, False),
    "102": _Format(4, 0, False),
    "201": _Format(2, 4, False),
    "202": _Format(2, 6, False),
    "204": _Format(4, 6, False),
    "301": _Format(2, 4, True),
    "302": _Format(2, 6, True),
    "303": _Format(4, 4, True),
    "304": _Format(4, 6, True),
}
FIRST_YEAR, LAST_YEAR = 1970, 2099
_CODES = np.array([int.from_bytes(code.encode("ascii"), "little") for code in FORMATS], np.uint64)
_SHAPES = np.array([[form.year, form.clock, form.zone] for form in FORMATS.values()])
_DIGITS = np.array([form.digits for form in FORMATS.values()])
#: By number of the format; the last for what is none.
_ZONED = np.array([*(form.zone for form in FORMATS.values()), False])
_ZONE = re.compile(r"([+-])(\d{2}):?(\d{2})?", re.ASCII)
_UTC = {"UTC", "GMT", "Z"}


@dataclass(frozen=True, slots=True)
class StatedTimes:
    """One row per value: local day and minute, offset in minutes, each with where it holds."""

    day: npt.NDArray[np.int32]
    minute: npt.NDArray[np.int16]
    has_minute: Mask  # False where only a date is stated
    offset: npt.NDArray[np.int16]
    has_offset: Mask
    readable: Mask
    odd_zone: Mask  # a zone is stated that is no offset: kept out, to be reported

    @classmethod
    def none(cls, count: int) -> StatedTimes:
        """So many rows without a time."""
        no = np.zeros((4, count), dtype=bool)
        offset, minute = np.zeros((2, count), dtype=np.int16)
        return cls(np.zeros(count, np.int32), minute, no[0], offset, no[1], no[2], no[3])

    @classmethod
    def unread(cls, count: int) -> StatedTimes:
        """So many rows without a zone, everything else to be written."""
        has_minute, readable = np.empty((2, count), dtype=bool)
        no_zone, odd_zone = np.zeros((2, count), dtype=bool)
        day, minute = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int16)
        offset = np.zeros(count, dtype=np.int16)
        return cls(day, minute, has_minute, offset, no_zone, readable, odd_zone)

    def take(self, which: Ints) -> StatedTimes:
        """Some of the rows."""
        return StatedTimes(*(getattr(self, one.name)[which] for one in fields(self)))


def read_times(
    found: Scan,
    spots: Places,
    parts: Ints,
    column: int,
    received_on: int,
    format_: str | None = None,
) -> tuple[StatedTimes, Mask]:
    """The times that stand in a column of `spots`, by part, and which parts tell one; their format
    codes stand in the next column, or it is one for all."""
    times = StatedTimes.unread(len(parts))
    told, form = np.empty(len(parts), dtype=bool), np.empty(len(parts), dtype=np.int8)
    zoned = value_kernels.read_clocks(
        found.words, spots, parts, column, _CODES, _SHAPES, _centuries(received_on), FIRST_YEAR,
        _days(), -1 if format_ is None else list(FORMATS).index(format_), form, times.day,
        times.minute, times.has_minute, times.readable, told,
    )  # fmt: skip
    for row in np.flatnonzero(_ZONED[form] & times.readable) if zoned else ():
        begin, end = spots[parts[row], column : column + 2].tolist()
        text = found.raw_text(begin + int(_DIGITS[form[row]]), end).decode("latin-1").strip()
        if (offset := zone_offset(text)) is None:
            times.odd_zone[row] = True
        else:
            times.offset[row], times.has_offset[row] = offset, True
    return times, told


def read_clock(date: str, clock: str, received_on: int) -> tuple[int, int] | None:
    """(day, minute) of a header's `YYMMDD` or `CCYYMMDD` and `HHMM`, or None."""
    if not (date.isascii() and date.isdecimal() and clock.isascii() and clock.isdecimal()):
        return None
    if len(date) not in (6, 8) or len(clock) != 4:
        return None
    year = int(date[:-4])
    if len(date) == 6:
        year = int(_with_century(np.array([year]), received_on)[0])
    hours, minutes = int(clock[:2]), int(clock[2:])
    try:
        day = day_of(dt.date(year, int(date[-4:-2]), int(date[-2:])))
    except ValueError:
        return None
    return (day, hours * 60 + minutes) if hours < 24 and minutes < 60 else None


def whole_numbers(found: Scan, begin: Ints, end: Ints) -> tuple[Ints, Mask]:
    """The numbers that texts of one to eight digits stand for, and which texts do."""
    number = np.empty(len(begin), dtype=np.int64)
    value_kernels.read_numbers(found.words, begin, end, number)
    return np.maximum(number, 0), number >= 0


@cache
def zone_offset(zone: str) -> int | None:
    """Minutes east of UTC of `+09`, `-0530`, `UTC`; None for letters that name no one offset."""
    if zone.upper() in _UTC:
        return 0
    match = _ZONE.fullmatch(zone)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > 14 * 60 or int(match[3] or 0) > 59:
        return None
    return -minutes if match[1] == "-" else minutes


def _with_century(two_digits: Ints, received_on: int) -> Ints:
    received = date_of(received_on).year
    return received + (two_digits - received + 50) % 100 - 50


@cache
def _centuries(received_on: int) -> Ints:
    """By two digits, the year they mean."""
    return _with_century(np.arange(100), received_on)


@cache
def _days() -> npt.NDArray[np.int32]:
    """Day number by (year, month, day) in slots of 372 a year; -1 for no such day."""
    table = np.full((LAST_YEAR - FIRST_YEAR + 1) * 372, -1, dtype=np.int32)
    first = day_of(dt.date(FIRST_YEAR, 1, 1))
    last = day_of(dt.date(LAST_YEAR, 12, 31))
    for day in range(first, last + 1):
        date = date_of(day)
        table[(date.year - FIRST_YEAR) * 372 + (date.month - 1) * 31 + date.day - 1] = day
    return table
