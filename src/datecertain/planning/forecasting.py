"""Forecasts with intervals that hold what they say, beside a naive rival on months held back.

At every origin of the series, only from what was known then: every method forecasts; the one whose
forecasts had the smallest mean absolute error so far is taken; and its interval is the distance
that past forecasts of that method kept at the same step, so often as stated (conformal: with k past
distances the ceil((k + 1) * coverage)-th smallest, which needs k >= coverage / (1 - coverage) of
them). Where misses pile up the distance is taken from further out, and nearer where there are none
(adaptive: I. Gibbs, E. Candes, NeurIPS 2021), so that coverage is kept when the series changes its
ways.

The last part of the series is held back: it is forecast like everything else, from what was known
at each origin, and decides whether the forecasts beat the rivals and whether the intervals hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints
from datecertain.planning.smoothing import (
    NAIVE,
    SEASONAL_NAIVE,
    first_origin,
    rolling_forecasts,
)
from datecertain.planning.volume_rows import Floats

#: How fast an interval gives way after a miss, and closes after hits.
_ADAPTING = 0.02
#: The share of the origins that is held back for the comparison, and the fewest.
_HELD_BACK = 0.4
_LEAST_HELD = 4


class Standing(StrEnum):
    """How the forecasts did beside the rivals on what was held back."""

    BEATS_BOTH = "beats_both"  # smaller errors than naive and seasonal naive (or naive alone)
    BEATS_SEASONAL_NAIVE = "beats_seasonal_naive"  # but not the last value
    BEATS_NAIVE = "beats_naive"  # but not the value of the season before
    BEATS_NEITHER = "beats_neither"  # use a naive forecast
    NOT_ENOUGH = "not_enough"  # the series is too short to say anything


@dataclass(frozen=True, slots=True)
class Backtest:
    """The held-back part: mean absolute errors over `pairs` of origin and step, scaled by the mean
    change from season to season (period to period without a season) before it (MASE). `coverage`:
    the share of `intervals` that held the value. None where a rival needs more values."""

    origins: int
    pairs: int
    mase: float
    mase_naive: float
    mase_seasonal_naive: float | None
    intervals: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """One period ahead. The interval is None where too few past forecasts of this step are known
    for the stated coverage."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of one series; `needed`: values from which on anything is said."""

    standing: Standing
    method: str
    values: int
    needed: int
    backtest: Backtest | None
    points: tuple[ForecastPoint, ...]


def forecast(
    series: Floats, season: int, horizon: int, coverage: float = 0.9, *, logs: bool = True
) -> Forecast:
    """Forecast a series without gaps, oldest value first.

    `season`: periods of a season (12 for months), 1 for none; `logs`: smooth logarithms, for what
    changes by shares (all values must be above 0). Raises `UsageError` for what cannot be asked.
    """
    if not 0 < coverage < 1:
        raise UsageError(f"coverage {coverage} must lie between 0 and 1")
    if horizon < 1 or season < 1:
        raise UsageError(f"horizon {horizon} and season {season} must be at least 1")
    if logs and (series <= 0).any():
        raise UsageError("a series with values of 0 or less has no logarithms: ask without them")
    needed = needed_values(season, coverage)
    if len(series) < needed:
        return Forecast(Standing.NOT_ENOUGH, "", len(series), needed, None, ())
    scale = np.log(series) if logs else series.astype(np.float64)
    made = rolling_forecasts(scale, season, horizon)
    names = list(made)
    every = np.stack([made[name] for name in names])
    every[:, : first_origin(season) - 1] = np.nan
    chosen = _chosen(scale, every)
    taken = every[chosen, np.arange(len(scale))]
    reach = _reaches(np.abs(_errors(scale, every)), chosen, coverage)
    back = _backtest(series, taken, reach, made, season, logs)
    last = len(series) - 1
    points = tuple(
        _point(float(value), float(far), logs)
        for value, far in zip(taken[last], reach[last], strict=True)
    )
    return Forecast(_standing(back), names[chosen[last]], len(series), needed, back, points)


def needed_values(season: int, coverage: float) -> int:
    """The fewest values from which a first interval, and a comparison, can be had."""
    return first_origin(season) + ceil(coverage / (1 - coverage) - 1e-9) + _LEAST_HELD


def _errors(scale: Floats, forecasts: Floats) -> Floats:
    """[..., origin, step] value less forecast; not a number where the value is not known."""
    steps = forecasts.shape[-1]
    at = np.arange(len(scale))[:, None] + np.arange(1, steps + 1)
    values = np.where(at < len(scale), scale[np.minimum(at, len(scale) - 1)], np.nan)
    return np.asarray(values - forecasts, dtype=np.float64)


def _chosen(scale: Floats, forecasts: Floats) -> Ints:
    """Per origin, the method with the smallest mean absolute error of what was known by then,
    over the forecasts that all methods made; the first method before anything is known."""
    errors = np.abs(_errors(scale, forecasts))
    both = np.asarray(np.isfinite(errors).all(axis=0), dtype=bool)
    size = len(scale)
    sums, counts = np.zeros((len(forecasts), size)), np.zeros(size)
    for step in range(errors.shape[2]):
        known = np.arange(size) + step + 1  # when the value of this step is known
        mine = both[:, step] & (known < size)
        np.add.at(counts, known[mine], 1)
        for method in range(len(forecasts)):
            np.add.at(sums[method], known[mine], errors[method, mine, step])
    total = np.cumsum(counts)
    means = np.cumsum(sums, axis=1) / np.maximum(total, 1)
    usable = np.isfinite(forecasts).all(axis=2)
    best = np.where(usable, means, np.inf).argmin(axis=0)
    return np.asarray(np.where(total > 0, best, 0), dtype=np.int64)


def _reaches(distances: Floats, chosen: Ints, coverage: float) -> Floats:
    """[origin, step] how far the interval reaches to both sides; not a number where too few past
    distances are known. `distances` [method, origin, step]: of value and forecast."""
    size, steps = distances.shape[1:]
    wanted, least = 1 - coverage, ceil(coverage / (1 - coverage) - 1e-9)
    reach = np.full((size, steps), np.nan)
    for step in range(steps):
        miss = wanted
        for origin in range(step + 1, size):
            before = origin - step - 1  # the last origin whose forecast can be judged by now
            then = float(distances[chosen[before], before, step])
            if np.isfinite(reach[before, step]):
                missed = float(then > reach[before, step])
                miss = min(max(miss + _ADAPTING * (wanted - missed), 0.0), 0.5)
            past = distances[chosen[origin], : before + 1, step]
            past = np.sort(past[np.isfinite(past)])
            if len(past) >= least:
                rank = min(ceil((len(past) + 1) * (1 - miss) - 1e-9), len(past))
                reach[origin, step] = past[rank - 1]
    return reach


def _backtest(
    series: Floats, taken: Floats, reach: Floats, made: Mapping[str, Floats], season: int,
    logs: bool,
) -> Backtest:  # fmt: skip
    """The held-back origins, on the scale of the series, over the pairs that all could forecast."""
    size = len(series)
    held = max(_LEAST_HELD, ceil(_HELD_BACK * (size - first_origin(season))))
    rows = np.arange(size - held - 1, size - 1)
    rivals = [made[name] for name in (NAIVE, SEASONAL_NAIVE) if name in made]
    errors = [np.abs(_errors(series, np.exp(one) if logs else one))[rows]
              for one in (taken, *rivals)]  # fmt: skip
    pairs = np.isfinite(errors).all(axis=0)
    lag = season if SEASONAL_NAIVE in made else 1
    before = series[: rows[0] + 1]
    usual = float(np.abs(before[lag:] - before[:-lag]).mean()) if len(before) > lag else 0.0
    scaled = [float(one[pairs].mean()) / (usual or 1.0) for one in errors]
    z = np.log(series) if logs else series
    distance = np.abs(_errors(z, taken))[rows]
    told = np.isfinite(distance) & np.isfinite(reach[rows])
    hits = distance[told] <= reach[rows][told]
    return Backtest(
        len(rows), int(pairs.sum()), scaled[0], scaled[1],
        scaled[2] if len(scaled) > 2 else None, int(told.sum()),
        float(hits.mean()) if len(hits) else None,
    )  # fmt: skip


def _standing(back: Backtest) -> Standing:
    naive = back.mase < back.mase_naive
    seasonal = back.mase_seasonal_naive is None or back.mase < back.mase_seasonal_naive
    if naive and seasonal:
        return Standing.BEATS_BOTH
    if naive:
        return Standing.BEATS_NAIVE
    if seasonal and back.mase_seasonal_naive is not None:
        return Standing.BEATS_SEASONAL_NAIVE
    return Standing.BEATS_NEITHER


def _point(value: float, reach: float, logs: bool) -> ForecastPoint:
    back = np.exp if logs else float
    if not np.isfinite(reach):
        return ForecastPoint(float(back(value)), None, None)
    return ForecastPoint(float(back(value)), float(back(value - reach)), float(back(value + reach)))
