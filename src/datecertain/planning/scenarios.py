"""Scenarios over forecasts: a stated shock, a lane that reopens. What is stated is an assumption; a
forecast's interval is carried along with a factor and says nothing about the assumption itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.errors import UsageError
from datecertain.planning.forecast_series import SEASONS, TimeSeries
from datecertain.planning.forecasting import Forecast, ForecastPoint


@dataclass(frozen=True, slots=True)
class Multiplier:
    """From one period to another a series (empty: every one) has so many times its forecast."""

    first: str
    last: str
    factor: float
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reopening:
    """From a period on a series that had stopped has so many times what it had in the same place of
    its last season with items."""

    key: str
    first: str
    factor: float


def multiplier(text: str) -> Multiplier:
    """`2027-03:2027-05=0.7`, with `@KR>US` for one series. Raises `UsageError`."""
    span, equals, rest = text.partition("=")
    factor, _, key = rest.partition("@")
    first, _, last = span.partition(":")
    if not equals or not first:
        raise UsageError(
            f"--multiply {text!r}: write FIRST:LAST=FACTOR or FIRST:LAST=FACTOR@SERIES"
        )
    return Multiplier(first, last or first, _factor(factor, text), key)


def reopening(text: str) -> Reopening:
    """`KR>US=2027-04:0.8`. Raises `UsageError`."""
    key, equals, rest = text.partition("=")
    first, colon, factor = rest.partition(":")
    if not equals or not colon:
        raise UsageError(f"--reopen {text!r}: write SERIES=PERIOD:FACTOR")
    return Reopening(key, first, _factor(factor, text))


def _factor(text: str, whole: str) -> float:
    try:
        factor = float(text)
    except ValueError as error:
        raise UsageError(f"{whole!r}: {text!r} is no factor, such as 0.7") from error
    if not 0 <= factor < float("inf"):
        raise UsageError(f"{whole!r}: a factor is 0 or more")
    return factor


def under(
    series: TimeSeries, made: Forecast, horizon: int, multipliers: Sequence[Multiplier],
    reopenings: Sequence[Reopening],
) -> tuple[ForecastPoint, ...]:  # fmt: skip
    """The forecast of a series under a scenario. Raises `UsageError` for a reopening of a series
    that never had a whole season of values."""
    size = len(series.values)
    points = list(made.points) or [ForecastPoint(float("nan"), None, None)] * horizon
    for one in reopenings:
        if one.key == series.key:
            usual = _last_season(series)
            for step in range(max(series.place(one.first) - size, 0), horizon):
                value = one.factor * usual[(size + step) % len(usual)]
                points[step] = ForecastPoint(value, None, None)
    for many in multipliers:
        if many.key in ("", series.key):
            first, last = (series.place(end) - size for end in (many.first, many.last))
            for step in range(max(first, 0), min(last, horizon - 1) + 1):
                points[step] = _times(points[step], many.factor)
    return tuple(points)


def _times(point: ForecastPoint, factor: float) -> ForecastPoint:
    ends = (None if end is None else end * factor for end in (point.low, point.high))
    return ForecastPoint(point.value * factor, *ends)


def _last_season(series: TimeSeries) -> list[float]:
    """The values of the last whole season with items, by place in the season."""
    season, values = SEASONS[series.every], series.values
    alive = np.flatnonzero(values > 0)
    end = int(alive[-1]) + 1 if len(alive) else 0
    if end < season:
        raise UsageError(f"{series.key} never had a whole season of values: state it otherwise")
    found = [0.0] * season
    for at in range(end - season, end):
        found[at % season] = float(values[at])
    return found
