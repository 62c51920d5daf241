"""Forecasts of every series in a table, with their backtest, and under a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from datecertain.errors import UsageError
from datecertain.findings import Finding
from datecertain.operations.volume_sources import as_written
from datecertain.planning.forecast_series import TimeSeries, forecast_series
from datecertain.planning.forecasting import Forecast, ForecastPoint, forecast
from datecertain.planning.scenarios import Multiplier, Reopening, under

Told = Callable[[int, int], None]
SCALES = ("auto", "logs", "level")


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """One series, its forecast, and what it is under the scenario (empty: none was asked)."""

    series: TimeSeries
    forecast: Forecast
    logs: bool
    scenario: tuple[ForecastPoint, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every series."""

    horizon: int
    coverage: float
    scale: str
    multipliers: Sequence[Multiplier] = ()
    reopenings: Sequence[Reopening] = ()


def forecast_table(
    table: pa.Table, source: str, by: str, time: str, value: str, asked: Asked,
    told: Told = lambda done, total: None, left_out: Sequence[Finding] = (),
) -> tuple[list[SeriesForecast], list[Finding]]:  # fmt: skip
    """Forecast every series of a table; `left_out`: rows of its file that are not in it. Raises
    `UsageError`."""
    if asked.scale not in SCALES:
        raise UsageError(f"--scale {asked.scale!r}: write {', '.join(SCALES)}")
    series, findings = forecast_series(table, source, by, time, value)
    named = {one.key for one in series}
    keys = [one.key for one in asked.multipliers] + [one.key for one in asked.reopenings]
    if strange := [key for key in keys if key and key not in named]:
        raise UsageError(f"no series {', '.join(strange)}: there are {', '.join(sorted(named))}")
    found = list[SeriesForecast]()
    for number, one in enumerate(series):
        told(number, len(series))
        logs = asked.scale == "logs" or (asked.scale == "auto" and bool((one.values > 0).all()))
        made = forecast(one.values, one.season, asked.horizon, asked.coverage, logs=logs)
        scenario: tuple[ForecastPoint, ...] = ()
        if asked.multipliers or asked.reopenings:
            scenario = under(one, made, asked.horizon, asked.multipliers, asked.reopenings)
        found.append(SeriesForecast(one, made, logs, scenario))
    told(len(series), len(series))
    return found, as_written(findings, left_out)
