"""Moments and local times.

A moment is an int64 count of minutes since 1970-01-01T00:00Z. A local date is an int32 count of
days since 1970-01-01; a local time is minutes since local midnight. Zones are resolved once, on
the way in, never in a rule (design: Time). The zone data are those of the pinned `tzdata` package.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
from bisect import bisect_right
from collections.abc import Sequence
from enum import IntEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from datecertain.errors import BadMoment
from datecertain.ranks import Ranks

if TYPE_CHECKING:
    import numpy.typing as npt  # of no use at run time, and slow to load

Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Mask = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]

DAY = 1440
EPOCH = dt.date(1970, 1, 1)
#: The last local date that can be written: 9999-12-31.
LAST_DAY = (dt.date.max - EPOCH).days
#: A moment later than any other: beyond the horizon, no onward standard.
NEVER = np.int64(2**40)
#: A moment that is not known.
UNKNOWN = np.int64(-(2**40))

_FIRST_YEAR, _LAST_YEAR = 1990, 2060
_LAST_MOMENT = (1 << 26) - 1


class Resolution(IntEnum):
    """How a local time became a moment."""

    EXACT = 0  # one moment, no doubt
    AMBIGUOUS = 1  # the hour that occurs twice when clocks go back; the earlier one was taken
    MISSING = 2  # the hour that is skipped when clocks go forward; shifted by the gap


class Zone:
    """One IANA zone as two transition tables, for whole columns at once.

    Built from `zoneinfo` over the pinned `tzdata`, exact from 1990 to 2059.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._utc, self._offset = _transitions(name)
        # On local clocks a transition at moment u from offset a to b is seen at u + a and u + b.
        before, after = self._offset[:-1], self._offset[1:]
        self._local_new = self._utc[1:] + after  # first local minute surely under the new offset
        self._local_old = self._utc[1:] + before  # first local minute no longer under the old one
        # The same as lists: one local time at a time is faster there.
        self._old, self._new = self._local_old.tolist(), self._local_new.tolist()
        self._offsets: list[int] = self._offset.tolist()
        self._moments: list[int] = self._utc.tolist()

    @property
    def before(self) -> Ints:
        """Per change of the clocks, the first local minute no longer under the old offset."""
        return self._local_old

    @property
    def after(self) -> Ints:
        """Per change of the clocks, the first local minute surely under the new offset."""
        return self._local_new

    @property
    def offsets(self) -> tuple[Ints, Ints]:
        """(moments, minutes east of UTC that hold from each on)."""
        return self._utc, self._offset

    def to_local(self, moments: npt.ArrayLike) -> tuple[Ints, Ints]:
        """Local (date, minute of day) of each moment."""
        utc = np.asarray(moments, dtype=np.int64)
        index = np.searchsorted(self._utc, utc, side="right") - 1
        local = utc + self._offset[np.maximum(index, 0)]
        return np.floor_divide(local, DAY), np.mod(local, DAY)

    def local(self, moment: int) -> tuple[int, int]:
        """`to_local` of one moment."""
        index = bisect_right(self._moments, moment) - 1
        return divmod(moment + self._offsets[max(index, 0)], DAY)

    def to_utc(self, dates: npt.ArrayLike, minutes: npt.ArrayLike) -> tuple[Ints, Ints]:
        """The moment of each local (date, minute), and its `Resolution` as an integer.

        An ambiguous local time becomes the earlier of its two moments; a skipped one is moved
        forward by the length of the gap. Both are said, never hidden.
        """
        local = np.asarray(dates, dtype=np.int64) * DAY + np.asarray(minutes, dtype=np.int64)
        # Under the offset before a transition as long as local < u + before (the earlier reading).
        index = np.searchsorted(self._local_old, local, side="right")
        utc = local - self._offset[index]
        ambiguous = np.zeros(local.shape, dtype=bool)
        missing = np.zeros(local.shape, dtype=bool)
        if len(self._local_new):
            nxt = np.minimum(index, len(self._local_new) - 1)
            has_next = index < len(self._local_new)
            ambiguous = has_next & (local >= self._local_new[nxt])
            previous = np.maximum(index - 1, 0)
            missing = (index > 0) & (local < self._local_new[previous])
            # Skipped: read with the old offset, i.e. moved forward by the gap on the new clock.
            utc = np.where(missing, local - self._offset[previous], utc)
        status = np.where(
            missing, Resolution.MISSING, np.where(ambiguous, Resolution.AMBIGUOUS, Resolution.EXACT)
        )
        return utc, status.astype(np.int64)

    def moment(self, day: int, minute: int) -> tuple[int, int, Resolution]:
        """`to_utc` of one local time: its earlier and later reading, equal unless AMBIGUOUS."""
        local = day * DAY + minute
        index = bisect_right(self._old, local)
        utc = local - self._offsets[index]
        if index and local < self._new[index - 1]:
            utc = local - self._offsets[index - 1]
            return utc, utc, Resolution.MISSING
        if index < len(self._new) and local >= self._new[index]:
            return utc, local - self._offsets[index + 1], Resolution.AMBIGUOUS
        return utc, utc, Resolution.EXACT


class Clocks:
    """`Zone.to_utc` for local times in many zones at once."""

    def __init__(self, names: Sequence[str]) -> None:
        zones = [zone(name) for name in names]
        start = np.cumsum([0, *(len(one.before) for one in zones)], dtype=np.int64)
        none = np.empty(0, dtype=np.int64)
        self._ranks = Ranks.of(np.concatenate([none, *(one.before for one in zones)]), start)
        # One place more per zone than it has changes: before the first and after the last.
        ends = [np.concatenate([one.after, [NEVER]]) for one in zones]
        starts = [np.concatenate([[UNKNOWN], one.after]) for one in zones]
        offsets = [one.offsets[1] for one in zones]
        earlier = [np.concatenate([one[:1], one[:-1]]) for one in offsets]
        later = [np.concatenate([one[1:], one[-1:]]) for one in offsets]
        self._ends, self._starts, self._offset, self._earlier, self._later = (
            np.concatenate([none, *parts]) for parts in (ends, starts, offsets, earlier, later)
        )

    def to_utc(self, zones: Ints, days: Ints, minutes: Ints) -> tuple[Ints, Ints, Ints]:
        """Per (zone number, local date, minute): the moment, its later reading where the local
        time occurs twice, and the `Resolution`."""
        local = days * DAY + minutes
        place = self._ranks.below(zones, local + 1) + zones
        utc = local - self._offset.take(place)
        missing = local < self._starts.take(place)
        twice = (local >= self._ends.take(place)) & ~missing
        resolution = np.zeros(local.shape, dtype=np.int64)
        later = utc
        if missing.any():
            utc = np.where(missing, local - self._earlier.take(place), utc)
            resolution[missing] = Resolution.MISSING
            later = utc
        if twice.any():
            later = np.where(twice, local - self._later.take(place), utc)
            resolution[twice] = Resolution.AMBIGUOUS
        return utc, later, resolution


class LocalDays:
    """The local date of moments in many zones at once: one look-up for a whole column."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    @cached_property
    def _tables(self) -> tuple[Ranks, Ints]:
        """Made when first asked: a single quote needs none of it."""
        tables = [zone(name).offsets for name in self.names]
        start = np.cumsum([0, *(len(moments) for moments, _ in tables)], dtype=np.int64)
        none = np.empty(0, dtype=np.int64)
        changes = np.concatenate([none, *(np.maximum(moments, 0) for moments, _ in tables)])
        return Ranks.of(changes, start), np.concatenate([none, *(offset for _, offset in tables)])

    def __call__(self, zones: Ints, moments: Ints) -> Ints:
        """The local date per (zone number, moment); moments outside 1970-2097 are clipped."""
        ranks, offset = self._tables
        clipped = np.minimum(np.maximum(moments, 0), _LAST_MOMENT)
        index = ranks.below(zones, clipped + 1) - 1
        return np.asarray(np.floor_divide(clipped + offset[index], DAY), dtype=np.int64)


@lru_cache(maxsize=512)
def zone(name: str) -> Zone:
    """The zone of that IANA name (cached). Raises `BadMoment` for a name tzdata does not know."""
    return Zone(name)


@lru_cache(maxsize=512)
def _zoneinfo(name: str) -> ZoneInfo:
    try:
        return ZoneInfo.from_file(io.BytesIO(_zone_file(name)), key=name)
    except ValueError as error:
        raise BadMoment(f"time zone {name!r} is not in tzdata: give an IANA name") from error


def _zone_file(name: str) -> bytes:
    # From the pinned package, never from the machine: the same answer everywhere.
    try:
        source = files("tzdata.zoneinfo")
        for part in name.split("/"):
            source = source / part
        return source.read_bytes()
    except (FileNotFoundError, ValueError, IsADirectoryError, ModuleNotFoundError) as error:
        raise BadMoment(f"time zone {name!r} is not in tzdata: give an IANA name") from error


def _transitions(name: str) -> tuple[Ints, Ints]:
    """(moments, offsets): offset[i] minutes holds from moments[i] on; moments[0] is -infinity."""
    info = _zoneinfo(name)

    def offset_at(minute: int) -> int:
        moment = dt.datetime.fromtimestamp(minute * 60, tz=dt.UTC).astimezone(info)
        delta = moment.utcoffset()
        return 0 if delta is None else round(delta.total_seconds() / 60)

    start = (dt.date(_FIRST_YEAR, 1, 1) - EPOCH).days * DAY
    end = (dt.date(_LAST_YEAR, 1, 1) - EPOCH).days * DAY
    stated, repeats = _stated_changes(name)
    marks = sorted(minute for minute in stated if start < minute < end)
    if repeats:  # by a yearly rule after the stated ones, its two changes months apart
        marks += range(max([start, *marks]), end, 28 * DAY)
    moments, offsets = [int(UNKNOWN)], [offset_at(start)]
    here = start
    for there in (*marks, end):
        now = offset_at(there)
        if now != offsets[-1]:
            low, high = (there - 1, there) if there in stated else (here, there)
            while high - low > 1:
                middle = (low + high) // 2
                if offset_at(middle) == offsets[-1]:
                    low = middle
                else:
                    high = middle
            moments.append(high)
            offsets.append(now)
        here = there
    return np.array(moments, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _stated_changes(name: str) -> tuple[set[int], bool]:
    """(moments at which a zone's file says that something changes, rounded up to the minute;
    whether a yearly rule goes on after them). Format: RFC 9636, the block of 64-bit times."""
    raw = _zone_file(name)
    header = struct.Struct(">4sc15x6l")
    _, _, _, _, leaps, times, types, chars = header.unpack_from(raw, 0)
    isut, isstd = header.unpack_from(raw, 0)[2:4]
    second = header.size + times * 5 + types * 6 + chars + leaps * 8 + isstd + isut
    count = header.unpack_from(raw, second)[5]
    seconds = struct.unpack_from(f">{count}q", raw, second + header.size)
    rule = raw[raw.rindex(b"\n", 0, len(raw) - 1) + 1 : -1]
    return {-(-at // 60) for at in seconds}, b"," in rule


def day_of(date: dt.date) -> int:
    """The local date as days since 1970-01-01."""
    return (date - EPOCH).days


@lru_cache(maxsize=1 << 13)
def date_of(day: int) -> dt.date:
    """The date of a day number. Made once: what is told of a journey names the same few days."""
    return EPOCH + dt.timedelta(days=int(day))


def parse_date(text: str) -> int:
    """The day number of `YYYY-MM-DD`. Raises `BadMoment`."""
    try:
        return day_of(dt.date.fromisoformat(text))
    except ValueError as error:
        raise BadMoment(f"{text!r} is not a date: write YYYY-MM-DD") from error


def parse_clock(text: str) -> int:
    """Minutes since midnight of `HH:MM`; `24:00` is the end of the day. Raises `BadMoment`."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and len(hours) <= 2 and len(minutes) == 2):
        raise BadMoment(f"{text!r} is not a clock time: write HH:MM")
    total = int(hours) * 60 + int(minutes)
    if total > DAY or int(minutes) > 59:
        raise BadMoment(f"{text!r} is not a clock time: 00:00 to 24:00")
    return total


def parse_local(text: str) -> tuple[int, int]:
    """(day, minute) of a local date-time `YYYY-MM-DDTHH:MM` without zone. Raises `BadMoment`."""
    hint = "write the local date and time at the place, without offset: 2026-11-27T16:10"
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMoment(f"{text!r} is not a local date and time: {hint}") from error
    if moment.tzinfo is not None or len(text) < len("2026-11-27T16:10"):
        raise BadMoment(f"{text!r} is not a local date and time: {hint}")
    return day_of(moment.date()), moment.hour * 60 + moment.minute


def parse_utc(text: str) -> int:
    """The moment of an ISO date-time with its offset (`…Z`, `…+09:00`). Raises `BadMoment`."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMoment(f"{text!r} is not a moment: write 2026-11-27T07:10Z") from error
    if moment.tzinfo is None:
        raise BadMoment(f"{text!r} has no offset: end it with Z or +09:00")
    return int(moment.timestamp() // 60)


@lru_cache(maxsize=1 << 13)
def format_date(day: int) -> str:
    """`YYYY-MM-DD` of a day number."""
    return date_of(day).isoformat()


def format_clock(minute: int) -> str:
    """`HH:MM` of minutes since midnight."""
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


@lru_cache(maxsize=1 << 16)
def local_day(zone_name: str, moment: int) -> int:
    """The local date of a moment in a zone. The same few moments of a case are asked for again and
    again."""
    return zone(zone_name).local(int(moment))[0]


def format_local(moment: int, zone_name: str) -> str:
    """`YYYY-MM-DDTHH:MM` of a moment on the clocks of a zone."""
    day, minute = zone(zone_name).local(int(moment))
    return f"{format_date(day)}T{format_clock(minute)}"


def format_utc(moment: int) -> str:
    """`YYYY-MM-DDTHH:MMZ` of a moment."""
    return f"{format_date(int(moment) // DAY)}T{format_clock(int(moment) % DAY)}Z"
