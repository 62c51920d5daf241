"""When a job is due: on the clocks of a zone, and what of it was missed.

    daily 02:30            every day
    every 30 minutes       from midnight UTC on, whatever the clocks do
    monthly 5 08:00        on that day of each month; on the last one of a shorter month

A local time that is skipped when the clocks go forward is due that much later, one that occurs
twice is due the first time: each local day has one due moment (`moments.Zone`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from datecertain.errors import UsageError
from datecertain.moments import DAY, date_of, day_of, format_clock, parse_clock, zone

_DAILY = re.compile(r"daily (\d{2}:\d{2})")
_EVERY = re.compile(r"every (\d{1,4}) minutes?")
_MONTHLY = re.compile(r"monthly (\d{1,2}) (\d{2}:\d{2})")
#: Missed runs are counted up to here; they are caught up once, however many they are.
_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule in a zone: `every` minutes, else at `minute` of each day, or of day `of_month`."""

    zone: str
    every: int = 0
    minute: int = 0
    of_month: int = 0

    def __str__(self) -> str:
        if self.every:
            return f"every {self.every} minutes"
        clock = format_clock(self.minute)
        return f"monthly {self.of_month} {clock}" if self.of_month else f"daily {clock}"

    def latest(self, now: int) -> int:
        """The last due moment up to now."""
        if self.every:
            return now - (now % DAY) % self.every
        day = self._local_day(now) + 1
        while not (self._is_due(day) and self._moment(day) <= now):
            day -= 1
        return self._moment(day)

    def following(self, now: int) -> int:
        """The first due moment after now."""
        if self.every:
            return min(self.latest(now) + self.every, (now // DAY + 1) * DAY)
        day = self._local_day(now) - 1
        while not (self._is_due(day) and self._moment(day) > now):
            day += 1
        return self._moment(day)

    def count(self, after: int, until: int) -> int:
        """How many due moments lie after one moment and up to another (no more than 1,000)."""
        found = 0
        while found < _COUNTED and (after := self.following(after)) <= until:
            found += 1
        return found

    def _local_day(self, moment: int) -> int:
        return int(zone(self.zone).to_local(moment)[0])

    def _moment(self, day: int) -> int:
        return zone(self.zone).moment(day, self.minute)[0]

    def _is_due(self, day: int) -> bool:
        if not self.of_month:
            return True
        date = date_of(day)
        last = calendar.monthrange(date.year, date.month)[1]
        return day == day_of(date.replace(day=min(self.of_month, last)))


def parse_schedule(text: str, zone_name: str) -> Schedule:
    """The schedule that a text says. Raises `UsageError`, `BadMoment` for an unknown zone."""
    zone(zone_name)
    if found := _DAILY.fullmatch(text):
        return Schedule(zone_name, minute=_minute(found[1]))
    if (found := _EVERY.fullmatch(text)) and 1 <= int(found[1]) <= DAY:
        return Schedule(zone_name, every=int(found[1]))
    if (found := _MONTHLY.fullmatch(text)) and 1 <= int(found[1]) <= 31:
        return Schedule(zone_name, minute=_minute(found[2]), of_month=int(found[1]))
    raise UsageError(
        f"{text!r} is no schedule: write `daily 02:30`, `every 30 minutes` or `monthly 5 08:00`",
        "job.schedule",
        given=text,
    )


def _minute(text: str) -> int:
    minute = parse_clock(text)
    if minute == DAY:
        raise UsageError(f"{text} is the end of the day: write 00:00 of the next", "job.midnight")
    return minute
