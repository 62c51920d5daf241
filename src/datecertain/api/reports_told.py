"""What the ways of reports and volumes answer, as programs read it."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class IntervalTold(TypedDict):
    """A range of shares of one."""

    low: float
    high: float


class PooledTold(TypedDict):
    """The years that a thin group needs."""

    years: int
    good: int
    n: int
    interval: IntervalTold
    thin: bool
    differs: bool


class TrendTold(TypedDict):
    """The change of the share per week; `told`: more than chance."""

    per_unit: float
    p: float
    told: bool


class ChangeTold(TypedDict):
    """The likeliest week of a change; `told`: more than chance."""

    at: int
    before: float
    after: float
    p: float
    told: bool


class AwardTold(TypedDict):
    """How a share stands to an award."""

    award: str
    measure: str
    threshold_ppm: int
    good: int
    n: int
    standing: str


class CardTold(TypedDict):
    """One group: what was judged and on time, with intervals; where tests place it."""

    name: str
    items: int
    judged: int
    on_time: int
    unresolved: int
    share: float | None
    exact: IntervalTold
    wilson: IntervalTold
    bounds: IntervalTold
    standing: str
    places: list[int] | None
    tier: int | None
    pooled: PooledTold | None
    trend: TrendTold | None
    change: ChangeTold | None
    change_on: str | None
    inquiries: int
    per_thousand: float | None
    per_thousand_interval: IntervalTold | None
    awards: list[AwardTold]


_Cards = TypedDict(
    "_Cards", {"by": str, "from": str, "to": str, "target": float, "confidence": float,
               "accuracy": float, "ranked": bool, "change_p": float, "cards": list[CardTold]},
)  # fmt: skip


class CardsTold(_Cards):
    """The cards of a period. Of the group's: how many groups were withheld, since they rest on
    fewer judged items than `least`, or would tell others that do. Null: a post's own."""

    scope: str
    withheld: int | None
    least: int | None


class DocumentTold(TypedDict):
    """A document of the month. `about`: two posts, an item number, or what a table lists; `form`:
    how its file ends; `address`: the way to it, of a letter with `Accept: text/html`."""

    kind: str
    about: str
    form: str
    language: str
    address: str


class MonthTold(TypedDict):
    """A month of the asking post's items: label and value of its summary, a row for each lane
    (columns as in the CSV), and the documents that the asking account may have."""

    month: str
    synthetic: bool
    summary: list[tuple[str, str]]
    lanes: list[dict[str, Any]]
    documents: list[DocumentTold]


class VolumePointTold(TypedDict):
    """One series in one period beside its base year. `revenue`: hundredths of a currency."""

    key: str
    period: str
    items: int
    lane_months: int
    compared: int
    compared_items: int
    base_items: int | None
    revenue: int | None
    gap: int | None
    index_ppm: int | None


class VolumesTold(TypedDict):
    """Volumes by month or year."""

    base_year: int
    points: list[VolumePointTold]


class ForecastsTold(TypedDict):
    """Forecasts of series: each with its points, its trial on held-back periods beside naive
    rivals, and what it is called."""

    horizon: int
    coverage: float
    findings: list[str]
    series: list[dict[str, Any]]
