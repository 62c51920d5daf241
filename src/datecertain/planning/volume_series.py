"""Volumes by month or year of a lane, a post or the group, and how far they are from a base year
(req 56). Like is compared with like: a lane counts in a month only when both years know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints, Mask
from datecertain.planning.volume_rows import Lane, Panel, month_name


class By(StrEnum):
    """What volumes are added up to."""

    LANE = "lane"  # one direction between two posts
    ORIGIN = "origin"  # what a post sends
    DESTINATION = "destination"  # what a post receives
    GROUP = "group"  # everything at hand


class Step(StrEnum):
    """How long a period is."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class VolumePoint:
    """One group in one period.

    `lane_months`: lane-months with a figure; `compared`: those that the base year knows too.
    `base_items` is what these had in the base year, `gap` what is missing to it (negative: less
    than then), both None where nothing can be compared. `revenue` in hundredths, None where it is
    not said or lanes count in several currencies.
    """

    key: str
    period: str
    items: int
    lane_months: int
    compared: int
    compared_items: int
    base_items: int | None
    revenue: int | None

    @property
    def gap(self) -> int | None:
        """Items more or less than in the base year, of what is compared."""
        return None if self.base_items is None else self.compared_items - self.base_items

    @property
    def index_ppm(self) -> int | None:
        """Parts per million of the base year's items; None without items then."""
        if not self.base_items:
            return None
        return round(self.compared_items * 1_000_000 / self.base_items)


def lane_name(lane: Lane) -> str:
    """`KR>JP`."""
    return f"{lane[0]}>{lane[1]}"


def group_names(lanes: Sequence[Lane], by: By) -> tuple[list[str], Ints]:
    """(the groups in order, each lane's place among them)."""
    names = {
        By.LANE: [lane_name(lane) for lane in lanes],
        By.ORIGIN: [origin for origin, _ in lanes],
        By.DESTINATION: [destination for _, destination in lanes],
        By.GROUP: ["group" for _ in lanes],
    }[by]
    order = sorted(set(names))
    return order, np.array([order.index(name) for name in names], dtype=np.int64)


def volume_series(
    panel: Panel, by: By = By.GROUP, step: Step = Step.YEAR, base_year: int = 2019
) -> tuple[VolumePoint, ...]:
    """The series of every group in order, beside the same months of the base year.

    Raises `UsageError` for a base year that is no year.
    """
    if not 1900 <= base_year <= 2100:
        raise UsageError(f"base year {base_year} is no year: give one such as 2019")
    names, group = group_names(panel.lanes, by)
    base, compared = _base_year(panel, base_year)
    months = panel.first_month + np.arange(panel.items.shape[1])
    periods = months // 12 if step is Step.YEAR else months
    found = []
    for place, name in enumerate(names):
        mine = group == place
        for period in np.unique(periods).tolist():
            cells = np.ix_(mine, periods == period)
            if panel.known[cells].any():
                found.append(_point(panel, cells, base, compared, name, _period_name(period, step)))
    return tuple(found)


def _base_year(panel: Panel, year: int) -> tuple[Ints, Mask]:
    """([lane, month] the items of the same month of the base year; whether both are known)."""
    base, compared = np.zeros_like(panel.items), np.zeros_like(panel.known)
    for at in range(panel.items.shape[1]):
        then = year * 12 + (panel.first_month + at) % 12 - panel.first_month
        if 0 <= then < panel.items.shape[1]:
            base[:, at] = panel.items[:, then]
            compared[:, at] = panel.known[:, then] & panel.known[:, at]
    return base, compared


def _period_name(period: int, step: Step) -> str:
    return f"{period:04d}" if step is Step.YEAR else month_name(period)


def _point(
    panel: Panel, cells: tuple[Ints, ...], base: Ints, compared: Mask, key: str, period: str
) -> VolumePoint:
    items, known, both = panel.items[cells], panel.known[cells], compared[cells]
    revenue = panel.revenue[cells][known]
    moneys = {panel.currencies[lane] for lane in cells[0].ravel().tolist()}
    one_money = len(moneys) == 1 and bool((revenue >= 0).all())
    return VolumePoint(
        key, period, int(items[known].sum()), int(known.sum()), int(both.sum()),
        int(items[both].sum()), int(base[cells][both].sum()) if both.any() else None,
        int(revenue.sum()) if one_money else None,
    )  # fmt: skip
