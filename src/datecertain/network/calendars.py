"""Which days are open, and what a schedule's rows mean as slots of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from datecertain.moments import NEVER, Ints, Mask, zone
from datecertain.network.rows import Calendar, Holiday, ScheduleSlot


class OpenDays:
    """The closed days of every calendar of a network, with what each includes.

    `kind = open` rows of a calendar undo a closed day that comes from an included calendar and,
    for rows of a schedule that name this calendar, a weekday the row would not work
    (China's make-up working days).
    """

    def __init__(self, calendars: Iterable[Calendar], holidays: Iterable[Holiday]) -> None:
        self._parent = {row.calendar: row.includes for row in calendars}
        self._days: dict[str, dict[int, str]] = {name: {} for name in self._parent}
        for row in holidays:
            if row.calendar in self._days:
                self._days[row.calendar][row.date] = row.kind
        self._sorted: dict[str, tuple[Ints, Ints]] = {}

    def __contains__(self, calendar: str) -> bool:
        return calendar in self._parent

    def kinds(self, calendar: str) -> Mapping[int, str]:
        """Day → `closed` or `open`, the calendar's own rows over those it includes."""
        merged: dict[int, str] = {}
        for name in reversed(self.chain(calendar)):
            merged.update(self._days.get(name, {}))
        return merged

    def chain(self, calendar: str) -> list[str]:
        """The calendar and those it includes, nearest first."""
        chain: list[str] = []
        while calendar and calendar not in chain:
            chain.append(calendar)
            calendar = self._parent.get(calendar, "")
        return chain

    def mask(self, calendar: str, weekdays: tuple[bool, ...], days: Ints) -> Mask:
        """Which of the days are worked by a row with these weekdays and this calendar."""
        # Day 0 (1970-01-01) was a Thursday: weekday index 3 with Monday 0.
        weekday = np.mod(days + 3, 7)
        mask: Mask = np.asarray(weekdays, dtype=bool)[weekday]
        if not calendar:
            return mask
        closed, opened = self._closed_and_open(calendar)
        return (mask & ~_among(days, closed)) | _among(days, opened)

    def _closed_and_open(self, calendar: str) -> tuple[Ints, Ints]:
        """The days of each kind, in order; kept, since one calendar is asked again and again."""
        found = self._sorted.get(calendar)
        if found is None:
            kinds = self.kinds(calendar)
            closed, opened = (
                np.array(sorted(day for day, kind in kinds.items() if kind == one), dtype=np.int64)
                for one in ("closed", "open")
            )
            found = self._sorted[calendar] = closed, opened
        return found


def _among(days: Ints, chosen: Ints) -> Mask:
    """Which of the days are among some, in order."""
    if not len(chosen):
        return np.zeros(days.shape, dtype=bool)
    place = np.minimum(np.searchsorted(chosen, days), len(chosen) - 1)
    return np.asarray(chosen[place] == days, dtype=bool)


def schedule_slots(
    rows: Iterable[ScheduleSlot], zone_name: str, calendars: OpenDays, first_day: int, last_day: int
) -> tuple[Ints, Ints]:
    """(ready, done) moments of all slots of a schedule between two local dates, both inclusive.

    A slot whose work would be done after `last_day` has done = NEVER: beyond the horizon.
    """
    clock = zone(zone_name)
    ready_parts: list[Ints] = []
    done_parts: list[Ints] = []
    everything = np.arange(first_day, last_day + 1, dtype=np.int64)
    for row in rows:
        days = everything[(everything >= row.valid_from) & (everything <= row.valid_to)]
        days = days[calendars.mask(row.calendar, row.days, days)]
        if row.counting == "open":
            worked = everything[calendars.mask(row.calendar, row.days, everything)]
            index = np.searchsorted(worked, days) + row.plus_days
            padded = np.append(worked, last_day + 1)
            done_days = padded[np.minimum(index, len(worked))]
        else:
            done_days = days + row.plus_days
        ready, _ = clock.to_utc(days, np.full(len(days), row.by))
        done, _ = clock.to_utc(done_days, np.full(len(days), row.at))
        ready_parts.append(ready)
        done_parts.append(np.where(done_days > last_day, NEVER, done))
    if not ready_parts:
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    return np.concatenate(ready_parts), np.concatenate(done_parts)
