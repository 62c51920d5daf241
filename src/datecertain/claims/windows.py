"""From when to when a claim may be made: days, and the moments at which they begin and end
(req 29).

The base day itself is day 0. A day of a post is a day in the zone of its headquarters; a window
closes at the end of its last day, or at the hour that a term names.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes
from datecertain.errors import NetworkError
from datecertain.moments import Ints, local_day
from datecertain.network import Network
from datecertain.network.calendars import OpenDays
from datecertain.network.term_values import Count

#: Stands for a day, or a moment, that is not known; no calendar reaches it.
NO_DAY = -(10**9)
_WEEKDAYS = (True, True, True, True, True, False, False)


class WorkingDays:
    """Mondays to Fridays of the posts, with the closed and opened days of the calendar named as
    the post."""

    def __init__(self, network: Network) -> None:
        self._data = network.data
        self._calendars = OpenDays(network.data.calendars, network.data.holidays)
        self._days: dict[str, Ints] = {}

    def of(self, post: str) -> Ints:
        """The working days of a post within the network's calendar, in order. Raises
        `NetworkError` for a post without a calendar."""
        if post not in self._days:
            if post not in self._calendars:
                raise NetworkError(
                    f"the terms of {post} count business days, but calendars.csv has no calendar "
                    f"{post!r}: add the national one"
                )
            days = np.arange(self._data.first_day, self._data.last_day + 1, dtype=np.int64)
            self._days[post] = days[self._calendars.mask(post, _WEEKDAYS, days)]
        return self._days[post]

    def after(self, post: str, base: Ints, count: Ints) -> Ints:
        """The day on which so many working days (1 or more) have passed since a day, which itself
        does not count; NO_DAY where the calendar does not reach."""
        worked = self.of(post)
        index = np.searchsorted(worked, base, side="right") + count - 1
        inside = (index < len(worked)) & (base >= self._data.first_day - 1) & (base != NO_DAY)
        return np.where(inside, worked[np.clip(index, 0, len(worked) - 1)], NO_DAY)


@lru_cache(maxsize=8)
def working_days(network: Network) -> WorkingDays:
    """Those of a network, reckoned once."""
    return WorkingDays(network)


def end_of_span(
    working: WorkingDays, posts: tuple[str, ...], post: Ints, base: Ints, number: Ints,
    counts: pa.StringArray,
) -> Ints:  # fmt: skip
    """The last day of a span of time after a base day, per row (`post` is an index in `posts`);
    NO_DAY where the base is not known or the calendar does not reach."""
    end = np.where(base == NO_DAY, NO_DAY, base + number)
    names, code = codes(counts)
    for kind, name in enumerate(names):
        if name == Count.MONTHS:
            rows = (code == kind) & (base != NO_DAY)
            end[rows] = _months_after(base[rows], number[rows])
        elif name == Count.BUSINESS_DAYS:
            for one in np.unique(post[code == kind]):
                rows = (code == kind) & (post == one) & (base != NO_DAY)
                end[rows] = working.after(posts[one], base[rows], number[rows])
    return end


def _months_after(days: Ints, months: Ints) -> Ints:
    """The day of the same number so many months later, or the last of a shorter month."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    into = (dates - month.astype("datetime64[D]")).astype(np.int64)
    later = month + months.astype("timedelta64[M]")
    first = later.astype("datetime64[D]").astype(np.int64)
    length = (later + 1).astype("datetime64[D]").astype(np.int64) - first
    return np.asarray(first + np.minimum(into, length - 1), dtype=np.int64)


def day_at(network: Network, post: str, moment: int) -> int:
    """The date at a post at a moment (UTC minutes)."""
    return local_day(network.post(post).zone, moment)


def moments_of(
    network: Network, posts: tuple[str, ...], post: Ints, days: Ints, minutes: Ints
) -> Ints:
    """The UTC minute of a local day and minute (up to 24:00) of each post; NO_DAY stays."""
    zones = np.array([network.zone_number(network.post(one).zone) for one in posts] or [0])
    known = days != NO_DAY
    day = np.where(known, days + minutes // 1440, 0)
    moment, _, _ = network.clocks.to_utc(zones[post], day, minutes % 1440)
    return np.where(known, moment, NO_DAY)


def nullable(values: Ints, kind: pa.DataType) -> pa.Array:
    """A column in which what is not known is null."""
    return pc.cast(pa.array(values, pa.int64(), mask=values == NO_DAY), kind)
