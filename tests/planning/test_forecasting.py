"""Forecasts: nothing is known beforehand, intervals hold what they say, rivals are told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from volume_worlds import WORLDS

from datecertain.errors import UsageError
from datecertain.planning.forecasting import Standing, forecast, needed_values
from datecertain.planning.smoothing import LEVEL, NAIVE, SEASONAL_NAIVE, rolling_forecasts
from datecertain.planning.volume_rows import Floats

COVERAGE = 0.9


def months(seed: int, size: int = 96, season: bool = True, walk: float = 0.03) -> Floats:
    """Eight years of monthly items: a level that wanders, a season, noise (made up)."""
    rng, t = np.random.default_rng(seed), np.arange(size)
    logs = 8 + rng.normal(0, walk, size).cumsum() + rng.normal(0, 0.05, size)
    if season:
        logs = logs + 0.2 * np.sin(2 * np.pi * t / 12) + 0.1 * np.cos(4 * np.pi * t / 12)
    return np.asarray(np.exp(logs), dtype=np.float64)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.integers(30, 70))
def test_what_comes_later_changes_no_forecast_that_was_made_before(seed: int, cut: int) -> None:
    series = np.log(months(seed, 72))
    other = series.copy()
    other[cut:] += np.random.default_rng(seed + 1).normal(0, 1, 72 - cut)
    first, second = (rolling_forecasts(one, 12, 6) for one in (series, other))
    for name, made in first.items():
        assert np.array_equal(made[:cut], second[name][:cut], equal_nan=True), name


def slow_level(known: list[float]) -> float:
    """The smoothed level with the best parameter so far, one value at a time."""
    best = (math.inf, 0.0)
    for a in (0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 0.97):
        level, squared = sum(known[:3]) / 3, 0.0
        for t, value in enumerate(known):
            if t >= 3:
                squared += (value - level) ** 2
            level += a * (value - level)
        best = min(best, (squared, level))
    return best[1]


def test_the_smoothed_level_is_that_of_a_plain_loop_at_every_origin() -> None:
    series = np.log(months(4, 30, season=False))
    made = rolling_forecasts(series, 1, 3)[LEVEL]
    for known in range(6, 31):
        assert made[known - 1] == pytest.approx([slow_level(series[:known].tolist())] * 3)


def test_naive_forecasts_are_the_last_value_and_that_of_the_season_before() -> None:
    series = np.arange(1.0, 31.0)
    made = rolling_forecasts(series, 12, 14)
    assert made[NAIVE][29].tolist() == [30.0] * 14
    assert made[SEASONAL_NAIVE][29].tolist() == [*range(19, 31), 19, 20]


@pytest.mark.parametrize("season", [True, False])
def test_on_made_up_series_intervals_hold_as_often_as_they_say(season: bool) -> None:
    worlds = max(WORLDS, 24)
    found = [forecast(months(seed, season=season), 12, 12, COVERAGE) for seed in range(worlds)]
    held = [one.backtest.coverage for one in found if one.backtest and one.backtest.coverage]
    assert len(held) == worlds
    # Twelve steps from forty origins hang together: the mean of worlds is good to five points.
    assert COVERAGE - 0.05 <= np.mean(held) <= COVERAGE + 0.05
    beaten = sum(
        one.standing in (Standing.BEATS_BOTH, Standing.BEATS_SEASONAL_NAIVE) for one in found
    )
    assert beaten >= 0.8 * worlds


def test_after_a_break_the_intervals_still_hold() -> None:
    held = []
    for seed in range(WORLDS):
        series = months(seed)
        series[58:] *= 0.6
        back = forecast(series, 12, 6, COVERAGE).backtest
        assert back is not None
        held.append(back.coverage)
    assert np.mean(held) >= COVERAGE - 0.05


def test_a_pure_walk_is_not_claimed_to_be_forecast_better_than_by_its_last_value() -> None:
    claimed, gain = 0, []
    for seed in range(WORLDS):
        rng = np.random.default_rng(seed)
        one = forecast(np.exp(5 + rng.normal(0, 0.05, 120).cumsum()), 12, 12)
        assert one.backtest is not None
        claimed += one.standing is Standing.BEATS_BOTH
        gain.append(one.backtest.mase_naive / one.backtest.mase)
    assert np.mean(gain) < 1.02
    assert claimed <= 0.5 * WORLDS


def test_five_published_years_are_not_enough() -> None:
    years = np.array([31_560_000, 26_150_000, 23_390_000, 18_580_000, 17_200_000], dtype=np.float64)
    found = forecast(years, 1, 3)
    assert (found.standing, found.points, found.values) == (Standing.NOT_ENOUGH, (), 5)
    assert found.needed == needed_values(1, 0.9) == 19


def test_a_step_with_too_few_past_forecasts_has_no_interval() -> None:
    found = forecast(months(1, 22, season=False), 1, 12)
    ends = [point.low is not None for point in found.points]
    # 22 values: 16 past forecasts of one step ahead, 9 are needed at 90 %.
    assert ends == [True] * 8 + [False] * 4


def test_what_cannot_be_asked_is_refused() -> None:
    series = months(1)
    for text, asked in (
        ("coverage 90", lambda: forecast(series, 12, 12, 90)),
        ("horizon 0", lambda: forecast(series, 12, 0)),
        ("no logarithms", lambda: forecast(series - series.max(), 12, 12)),
    ):
        with pytest.raises(UsageError, match=text):
            asked()
