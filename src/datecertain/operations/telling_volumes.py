"""Volumes and their forecasts as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import isnan
from typing import Any

from datecertain.operations.volume_forecasts import SeriesForecast
from datecertain.planning.forecasting import ForecastPoint
from datecertain.planning.published_volumes import published_figures, published_recovery
from datecertain.planning.volume_series import VolumePoint


def points_as_json(points: Iterable[VolumePoint]) -> list[dict[str, Any]]:
    """A series beside its base year."""
    return [asdict(one) | {"gap": one.gap, "index_ppm": one.index_ppm} for one in points]


def published_as_json() -> dict[str, Any]:
    """The figures that were published, each with its source, and the recovery."""
    return {
        "figures": [asdict(row) | {"year": row.year} for row in published_figures()],
        "recovery": [asdict(one) | {"gap": one.gap, "index_ppm": one.index_ppm}
                     for one in published_recovery()],
    }  # fmt: skip


def forecast_as_json(one: SeriesForecast) -> dict[str, Any]:
    """The forecast of one series, its trial on held-back periods, and its scenario."""
    made, size = one.forecast, len(one.series.values)
    return {
        "key": one.series.key, "every": one.series.every, "values": made.values,
        "last": one.series.period(size - 1), "season": one.series.season,
        "scale": "logs" if one.logs else "level", "standing": made.standing,
        "beats_naive": _beats(one, "mase_naive"),
        "beats_seasonal_naive": _beats(one, "mase_seasonal_naive"),
        "method": made.method, "needed": made.needed,
        "backtest": None if made.backtest is None else asdict(made.backtest),
        "forecast": _points(one, made.points), "scenario": _points(one, one.scenario),
    }  # fmt: skip


def _beats(one: SeriesForecast, rival: str) -> bool | None:
    back = one.forecast.backtest
    value = None if back is None else getattr(back, rival)
    return None if back is None or value is None else back.mase < value


def _points(one: SeriesForecast, points: tuple[ForecastPoint, ...]) -> list[dict[str, Any]]:
    size = len(one.series.values)
    return [
        {"period": one.series.period(size + at), "value": _number(point.value),
         "low": _number(point.low), "high": _number(point.high)}
        for at, point in enumerate(points)
    ]  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or isnan(value) else round(value, 6)
