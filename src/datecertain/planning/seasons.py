"""Months in which deliveries take longer every year: tested before anything is split (req 64).

A month is a peak when its items were slower than their lane's items in every year that the history
holds of it, two at least, and in all of these years together by more than chance: in one history of
a hundred without seasons some month is called a peak. Weeks are the units, so that one bad week
makes no season. A history of one year cannot tell a season from a bad month, and does not try.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.histories import Deliveries
from datecertain.planning.together import residuals

_YEARS = 2
_FALSE = 0.01
_WEEK = 7
#: Fewer weeks of a month in a year say nothing of it.
_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Seasons:
    """The months (1 to 12) that are slower every year; none: the year is one."""

    months: tuple[int, ...]

    def peak(self, accepted: Ints) -> Mask:
        """Which days of acceptance lie in the peak."""
        return np.isin(_months(accepted)[1], self.months)

    def split(self, history: Deliveries) -> Deliveries:
        """The history with every lane parted in two: its number off the peak, and that plus the
        number of lanes in the peak."""
        shift = np.where(self.peak(history.accepted), len(history.lanes), 0)
        return replace(history, lanes=history.lanes * 2, lane=history.lane + shift)


def find_seasons(history: Deliveries, groups: list[Ints]) -> Seasons:
    """The peak months of a history."""
    from scipy.special import ndtri  # noqa: PLC0415 - loaded by those who plan only

    if not len(history) or int(np.ptp(history.accepted)) < _YEARS * 365 - 31:
        return Seasons(())
    deviation = residuals(history, groups)
    year, month = _months(history.accepted)
    weeks, of = np.unique(
        (year * 12 + month - 1) * 6 + _week(history.accepted), return_inverse=True
    )
    sums = np.bincount(of, deviation)
    parts, part = np.unique(weeks // 6, return_inverse=True)
    told = np.bincount(part) >= _WEEKS
    # One item's variance, with what all items of a week have in common.
    noise = float((sums**2).sum()) / len(history)
    items = np.bincount(part, np.bincount(of))
    score = np.bincount(part, sums) / np.sqrt(np.maximum(items * noise, 1e-12))
    limit = -float(ndtri(1 - _FALSE / 12))
    peaks = []
    for number in range(12):
        mine = score[told & (parts % 12 == number)]
        if len(mine) >= _YEARS and (mine < 0).all() and mine.sum() / np.sqrt(len(mine)) < limit:
            peaks.append(number + 1)
    return Seasons(tuple(peaks) if len(peaks) < 12 else ())


def _months(days: Ints) -> tuple[Ints, Ints]:
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months // 12 + 1970, months % 12 + 1


def _week(days: Ints) -> Ints:
    """The week of the month, 0 to 4."""
    dates = days.astype("datetime64[D]")
    found: Ints = (dates - dates.astype("datetime64[M]")).astype(np.int64) // _WEEK
    return found
