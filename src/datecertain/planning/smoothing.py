"""Exponential smoothing of a series, from every origin at once.

Level, damped trend and season are updated by one-step errors (R. J. Hyndman, A. B. Koehler,
J. K. Ord, R. D. Snyder, Forecasting with Exponential Smoothing (2008), the additive error form):

    error  = z[t] - (level + damping * trend + season)
    level  = level + damping * trend + a * error
    trend  = damping * trend + b * error
    season = season + g * error

The first states come from the first season (two, where there is a season), so that they know
nothing of what came later. One pass with many parameters side by side gives, at every origin,
those with the smallest squared errors up to it: a rolling backtest refits at every origin for the
price of one fit, and what is tested is exactly what forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from datecertain.planning.volume_rows import Floats

_LEVEL = (0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 0.97)
_TREND = (0.02, 0.08, 0.2, 0.4)  # of the level's
_DAMPING = (0.8, 0.9, 0.95, 0.98)
_SEASON = (0.0, 0.05, 0.12, 0.25, 0.5)  # of what the level leaves

NAIVE, SEASONAL_NAIVE = "naive", "seasonal_naive"
LEVEL, DAMPED, SEASONAL, DAMPED_SEASONAL = "level", "damped_trend", "seasonal", "damped_seasonal"
MEAN = "mean_of_smoothings"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Candidates side by side; arrays of one length."""

    level: Floats
    trend: Floats
    damping: Floats
    season: Floats


def _grid(trended: bool, seasonal: bool) -> Parameters:
    rows = list(
        product(
            _LEVEL,
            _TREND if trended else (0.0,),
            _DAMPING if trended else (0.0,),
            _SEASON if seasonal else (0.0,),
        )
    )
    level, trend, damping, season = np.array(rows, dtype=np.float64).T
    return Parameters(level, level * trend, damping, (1 - level) * season)


def first_origin(season: int) -> int:
    """How many values must be known before the first forecast."""
    return max(6, 2 * season) if season > 1 else 6


def rolling_forecasts(series: Floats, season: int, horizon: int) -> Mapping[str, Floats]:
    """Method → forecasts [origin, step]; row t - 1 is made when t values are known, for the steps
    1 to `horizon` after them. Rows before the first origin are not numbers.

    `season`: periods of a season, 1 for none. Seasonal methods need `2 * season` values.
    """
    found = {NAIVE: _naive(series, 1, horizon)}
    smoothings = {LEVEL: _smoothed(series, 1, horizon, trended=False),
                  DAMPED: _smoothed(series, 1, horizon, trended=True)}  # fmt: skip
    if season > 1 and len(series) >= 2 * season:
        found[SEASONAL_NAIVE] = _naive(series, season, horizon)
        smoothings[SEASONAL] = _smoothed(series, season, horizon, trended=False)
        smoothings[DAMPED_SEASONAL] = _smoothed(series, season, horizon, trended=True)
    found |= smoothings
    found[MEAN] = np.mean(list(smoothings.values()), axis=0)
    return found


def _naive(series: Floats, season: int, horizon: int) -> Floats:
    """The last value, or that of the same place in the last season."""
    steps = np.arange(1, horizon + 1)
    back = season * (-(-steps // season)) - steps
    at = np.arange(len(series))[:, None] - back
    return np.where(at >= 0, series[np.maximum(at, 0)], np.nan)


def _smoothed(series: Floats, season: int, horizon: int, *, trended: bool) -> Floats:
    """The forecasts of one kind of smoothing, refitted at every origin."""
    grid = _grid(trended, season > 1)
    start = first_origin(season)
    forecasts = np.full((len(series), horizon), np.nan)
    level = np.full(len(grid.level), float(series[: max(season, 3)].mean()))
    trend = np.zeros(len(grid.level))
    seasons = np.tile(_first_seasons(series, season), (len(grid.level), 1))
    squared = np.zeros(len(grid.level))
    for t, value in enumerate(series.tolist()):
        place = t % season
        carried = level + grid.damping * trend
        error = value - carried - seasons[:, place]
        level = carried + grid.level * error
        trend = grid.damping * trend + grid.trend * error
        seasons[:, place] += grid.season * error
        if t >= max(season, 3):
            squared += error * error
        if t + 1 >= start:
            best = int(squared.argmin())
            forecasts[t] = _ahead(
                float(level[best]), float(trend[best]), float(grid.damping[best]), seasons[best],
                t + 1, horizon,
            )  # fmt: skip
    return forecasts


def _first_seasons(series: Floats, season: int) -> Floats:
    """The deviation of every place of a season from its mean, over the first two seasons, each
    less its own mean; zero without a season."""
    if season == 1:
        return np.zeros(1)
    two = series[: 2 * season].reshape(2, season)
    return np.asarray((two - two.mean(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def _ahead(
    level: float, trend: float, damping: float, seasons: Floats, first: int, horizon: int
) -> Floats:
    steps = np.arange(1, horizon + 1)
    reach = np.cumsum(damping ** steps.astype(np.float64))
    places = (first + steps - 1) % len(seasons)
    return np.asarray(level + trend * reach + seasons[places], dtype=np.float64)
