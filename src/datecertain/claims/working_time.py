"""Working time of a post's inquiry desk: hours and days that count, on its own clock (req 37, 38).

A working day is a weekday of the desk that its calendar leaves open. Days are counted like the
posts count them: the day on which something was sent is day 0, and a time limit of N days ends
when the desk closes on the Nth working day after it. Hours are those in which the desk is open.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from datecertain.moments import local_day, zone
from datecertain.network import Network, Scope
from datecertain.network.calendars import OpenDays
from datecertain.network.term_values import Desk

_HOUR = 60


@dataclass(frozen=True, slots=True)
class WorkingClock:
    """The working days of a desk between two local dates (day numbers), both included."""

    zone_name: str
    desk: Desk
    days: tuple[int, ...]  # the working days, in order
    last_day: int  # nothing is known of the days after it

    def local_day(self, moment: int) -> int:
        """The local date of a moment (UTC minutes) at the desk."""
        return local_day(self.zone_name, moment)

    def after_days(self, moment: int, days: int) -> int | None:
        """When the desk closes on the `days`-th working day after the day of a moment; with 0 on
        that day, or the next working day. None: beyond the calendar."""
        today = self.local_day(moment)
        place = bisect_right(self.days, today) + days - 1 if days else bisect_left(self.days, today)
        return self._at(self.days[place], self.desk.closes) if place < len(self.days) else None

    def after_hours(self, moment: int, hours: int) -> int | None:
        """The moment at which so many working hours have passed since. None: beyond the
        calendar."""
        left = hours * _HOUR
        for day in self.days[bisect_left(self.days, self.local_day(moment)) :]:
            begin, end = self._at(day, self.desk.opens), self._at(day, self.desk.closes)
            begin = max(begin, moment)
            if left <= end - begin:
                return begin + left
            left -= max(end - begin, 0)
        return None

    def minutes_between(self, first: int, last: int) -> int:
        """Working minutes from one moment to a later one."""
        begin = bisect_left(self.days, self.local_day(first))
        end = bisect_right(self.days, self.local_day(last))
        return sum(
            max(min(self._at(day, self.desk.closes), last)
                - max(self._at(day, self.desk.opens), first), 0)
            for day in self.days[begin:end]
        )  # fmt: skip

    def _at(self, day: int, minute: int) -> int:
        return zone(self.zone_name).moment(day, minute)[0]


class Desks:
    """The inquiry desks of the posts of a network, as its terms have them on a day."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._open = OpenDays(network.data.calendars, network.data.holidays)
        self._clocks: dict[tuple[str, Desk], WorkingClock] = {}

    def clock(self, post: str, asking: str, moment: int) -> WorkingClock:
        """The working time of a post's desk towards a post that asks, by the terms of the day.

        Raises `UnknownPlace` for a post that the network does not know.
        """
        row = self._network.post(post)
        day = local_day(row.zone, moment)
        desk: Desk = self._network.terms.value(Scope.RELATION, "inquiry_desk", asking, post, day)
        if (post, desk) not in self._clocks:
            self._clocks[post, desk] = self._made(post, row.zone, desk)
        return self._clocks[post, desk]

    def _made(self, post: str, zone_name: str, desk: Desk) -> WorkingClock:
        calendar = post if desk.calendar == "*" else desk.calendar
        data = self._network.data
        every = np.arange(data.first_day, data.last_day + 1, dtype=np.int64)
        # A post without a calendar of its name rests on no holiday that is known.
        known = calendar if calendar in self._open else ""
        worked = every[self._open.mask(known, desk.days, every)]
        return WorkingClock(zone_name, desk, tuple(worked.tolist()), data.last_day)
