"""A week's table for a pair of places: which date is told until which time of each day (req 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from datecertain.moments import DAY, LAST_DAY
from datecertain.network import Network
from datecertain.promise.acceptance_times import Stretch, stretches
from datecertain.promise.asking import Ask

#: Local dates in a table that was not asked for another length.
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class AcceptanceDay:
    """A local acceptance date and its stretches of one answer each, midnight to midnight."""

    day: int
    stretches: tuple[Stretch, ...]


def week_of(network: Network, ask: Ask, days: int = WEEK_DAYS) -> tuple[AcceptanceDay, ...]:
    """For each local acceptance date from the asked one on, what is told in each part of it. The
    table ends with the last date that can be written.

    Raises `UnknownPlace`, `UsageError`.
    """
    first, last = ask.accepted_day, min(ask.accepted_day + days - 1, LAST_DAY)
    found = stretches(network, ask, first * DAY, (last + 1) * DAY - 1)
    return tuple(
        AcceptanceDay(
            day,
            tuple(
                replace(
                    one, first=max(one.first, day * DAY), last=min(one.last, (day + 1) * DAY - 1)
                )
                for one in found
                if one.first < (day + 1) * DAY and one.last >= day * DAY
            ),
        )
        for day in range(first, last + 1)
    )
