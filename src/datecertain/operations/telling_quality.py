"""The data quality of a month as programs read it."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from datecertain.moments import format_utc
from datecertain.operations.data_quality import QualityReport
from datecertain.quality import QualityLine, Score, ScreenResult, Trend
from datecertain.quality.holds import HoldCost


class ScoreTold(TypedDict):
    """So many wrong of so many, of what a post told; `trend`: against the month before."""

    post: str
    kind: str
    name: str
    of: int
    wrong: int
    trend: str


class LineTold(TypedDict):
    """The same of what a post told one partner, with Wilson's interval of the share."""

    kind: str
    name: str
    code: str
    post: str
    partner: str
    month: str
    of: int
    wrong: int
    low: float
    high: float


class HoldCostTold(TypedDict):
    """Holds of a post towards a partner that stop no clock, and what they cost it."""

    post: str
    partner: str
    why: str
    items: int
    open: int
    hours: float


class ScreenTold(TypedDict):
    """An integrity screen of an office, beside its peers: a flag convicts nobody."""

    code: str
    office: str
    hits: int
    scans: int
    peer_hits: int
    peer_scans: int
    low: float
    high: float
    bound: float
    flagged: bool
    downgrade: str


class QualityTold(TypedDict):
    """How complete, timely and credible the posts' events of a month of acceptances are. `items`
    and `events` are counted where all of them may be seen."""

    period: str
    as_of: str
    items: NotRequired[int]
    events: NotRequired[int]
    scores: list[ScoreTold]
    lines: list[LineTold]
    hold_costs: list[HoldCostTold]
    screens: list[ScreenTold]


def quality_as_json(report: QualityReport, post: str = "") -> QualityTold:
    """All of it, or what one post told."""
    found = report.quality
    lines = (*found.lines, *(report.dispatches.lines if report.dispatches else ()))
    return {
        "period": found.month, "as_of": format_utc(found.as_of), "items": found.items,
        "events": found.events,
        "scores": [
            _score(score, trend)
            for score, trend in zip(report.scores, report.trends, strict=True)
            if post in ("", score.post)
        ],
        "lines": [_line(line) for line in lines if post in ("", line.post)],
        "hold_costs": [_hold_cost(one) for one in found.hold_costs if post in ("", one.post)],
        "screens": [_screen(one) for one in found.screens],
    }  # fmt: skip


def _hold_cost(one: HoldCost) -> HoldCostTold:
    return {
        "post": one.post, "partner": one.partner, "why": one.why, "items": one.items,
        "open": one.open, "hours": one.hours,
    }  # fmt: skip


def _score(score: Score, trend: Trend) -> ScoreTold:
    return {
        "post": score.post, "kind": str(score.kind), "name": score.name, "of": score.of,
        "wrong": score.bad, "trend": str(trend),
    }  # fmt: skip


def _line(line: QualityLine) -> LineTold:
    ends = line.interval()
    return {
        "kind": str(line.kind), "name": line.name, "code": line.code, "post": line.post,
        "partner": line.partner, "month": line.month, "of": line.of, "wrong": line.bad,
        "low": ends.low, "high": ends.high,
    }  # fmt: skip


def _screen(one: ScreenResult) -> ScreenTold:
    return {
        "code": one.code, "office": one.office, "hits": one.hits, "scans": one.scans,
        "peer_hits": one.peer_hits, "peer_scans": one.peer_scans, "low": one.interval.low,
        "high": one.interval.high, "bound": one.bound, "flagged": one.flagged,
        "downgrade": one.downgrade,
    }  # fmt: skip
