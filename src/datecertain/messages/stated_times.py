"""Dates and times as EDIFACT states them, for whole columns: code list 2379 (UN/EDIFACT D.98B).

What is stated is the clock at the place of the event. Two-digit years get the century that brings
them nearest to the day of receipt; there is no constant pivot.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from datecertain.messages.scan import Ints, Mask, Scan
from datecertain.moments import date_of, day_of


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

    def spread(self, slots: Ints) -> StatedTimes:
        """The rows that slots name, in their order; none for -1."""
        if not len(self.day):
            return StatedTimes.none(len(slots))
        there = slots >= 0
        return StatedTimes(
            self.day[slots],
            self.minute[slots],
            self.has_minute[slots] & there,
            self.offset[slots],
            self.has_offset[slots] & there,
            self.readable[slots] & there,
            self.odd_zone[slots] & there,
        )


def read_times(
    found: Scan, values: tuple[Ints, Ints], formats: tuple[Ints, Ints] | str, received_on: int
) -> StatedTimes:
    """The times that values and format codes (or one for all), each as `[begin, end)`, state."""
    begin, end = values
    count = len(begin)
    times = StatedTimes.none(count)
    if isinstance(formats, str):
        codes = np.full(count, int.from_bytes(formats.encode("ascii"), "little"), dtype=np.uint64)
    else:
        first, last = formats
        codes = np.where(last - first == 3, found.words[first] & np.uint64(0xFFFFFF), 0)
    left = count
    for code, form in FORMATS.items():
        if not left:
            break
        rows = np.flatnonzero(codes == int.from_bytes(code.encode("ascii"), "little"))
        left -= len(rows)
        if len(rows):
            _read_format(found, form, rows, begin[rows], end[rows], received_on, times)
    return times


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
    length = end - begin
    fits = (length >= 1) & (length <= 8)
    value, right = _digits(found, begin, np.where(fits, length, 1))
    return np.where(fits & right, value, 0), fits & right


def _read_format(
    found: Scan,
    form: _Format,
    rows: Ints,
    begin: Ints,
    end: Ints,
    received_on: int,
    out: StatedTimes,
) -> None:
    length = end - begin
    right = length > form.digits if form.zone else length == form.digits
    date, date_right = _digits(found, begin, form.year + 4)
    year = date // 10_000
    month_day = date - year * 10_000
    month = month_day // 100
    day = month_day - month * 100
    if form.year == 2:
        year = _with_century(year, received_on)
    right &= date_right & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    right &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    slot = (year - FIRST_YEAR) * 372 + (month - 1) * 31 + (day - 1)
    days = _days()[np.where(right, slot, 0)]
    right &= days >= 0
    if form.clock:
        clock, clock_right = _digits(found, begin + form.year + 4, 4)
        hours = clock // 100
        minutes = clock - hours * 100
        right &= clock_right & (hours < 24) & (minutes < 60)
        if form.clock == 6:
            seconds, seconds_right = _digits(found, begin + form.year + 8, 2)
            right &= seconds_right & (seconds <= 60)
        out.minute[rows] = np.where(right, hours * 60 + minutes, 0)
        out.has_minute[rows] = right
    if form.zone:
        _read_zones(found, rows[right], (begin + form.digits)[right], end[right], out)
    out.day[rows] = np.where(right, days, 0)
    out.readable[rows] = right


def _read_zones(found: Scan, rows: Ints, begin: Ints, end: Ints, out: StatedTimes) -> None:
    for row, low, high in zip(rows, begin, end, strict=True):
        offset = zone_offset(found.raw_text(int(low), int(high)).decode("latin-1").strip())
        if offset is None:
            out.odd_zone[row] = True
        else:
            out.offset[row], out.has_offset[row] = offset, True


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
def _days() -> npt.NDArray[np.int32]:
    """Day number by (year, month, day) in slots of 372 a year; -1 for no such day."""
    table = np.full((LAST_YEAR - FIRST_YEAR + 1) * 372, -1, dtype=np.int32)
    first = day_of(dt.date(FIRST_YEAR, 1, 1))
    last = day_of(dt.date(LAST_YEAR, 12, 31))
    for day in range(first, last + 1):
        date = date_of(day)
        table[(date.year - FIRST_YEAR) * 372 + (date.month - 1) * 31 + date.day - 1] = day
    return table


_ZEROS = np.uint64(0x3030303030303030)
_HIGH = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIXES = np.uint64(0x0606060606060606)
_FILL = np.array([(0x3030303030303030 >> (8 * n)) & (2**64 - 1) for n in range(9)], np.uint64)


def _digits(found: Scan, begin: Ints, length: Ints | int) -> tuple[Ints, Mask]:
    """The number in `length` (1 to 8) characters from each position, and whether all are digits.

    Eight characters at once: moved to the end of a word, zeros put before, then pairs, fours and
    eights of digits are joined by three multiplications.
    """
    shift = np.asarray(64 - 8 * np.asarray(length), dtype=np.uint64)
    word = (found.words[begin] << shift) | _FILL[length]
    digit = word ^ _ZEROS
    right: Mask = ((digit & _HIGH) == 0) & (((digit + _SIXES) & _HIGH) == 0)
    pairs = digit * np.uint64(10) + (digit >> np.uint64(8))
    odd = (pairs & np.uint64(0x000000FF000000FF)) * np.uint64(0x000F424000000064)
    even = ((pairs >> np.uint64(16)) & np.uint64(0x000000FF000000FF)) * np.uint64(
        0x0000271000000001
    )
    return ((odd + even) >> np.uint64(32)).astype(np.int64), right
