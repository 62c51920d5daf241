"""Settlement periods: calendar months of acceptance.

An item belongs to the period of its local acceptance date. That date is part of the item's key
and never moves, so a late scan can change what an item costs but not where it is settled.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from datecertain.errors import BadMoment
from datecertain.moments import day_of


@dataclass(frozen=True, slots=True)
class Period:
    """A period by name (`2026-11`), with its first and last local date as day numbers."""

    name: str
    first_day: int
    last_day: int

    @classmethod
    def month(cls, name: str) -> Period:
        """The month `YYYY-MM`. Raises `BadMoment`."""
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", name):
            raise BadMoment(f"{name!r} is not a period: write the month as YYYY-MM")
        year, month = int(name[:4]), int(name[5:])
        first = dt.date(year, month, 1)
        following = dt.date(year + month // 12, month % 12 + 1, 1)
        return cls(name, day_of(first), day_of(following) - 1)
