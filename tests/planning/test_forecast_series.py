"""Series out of tables, real ones too, and scenarios over their forecasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from datecertain.errors import UsageError
from datecertain.operations.volume_forecasts import Asked, forecast_table
from datecertain.operations.volume_sources import read_table
from datecertain.planning.forecast_series import Every, TimeSeries, forecast_series
from datecertain.planning.forecasting import Standing, forecast
from datecertain.planning.scenarios import multiplier, reopening, under

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


def table(text: str) -> pa.Table:
    head, *lines = text.strip().splitlines()
    rows = [line.split() for line in lines]
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(head.split())})


LANES = """
month   origin destination items
2026-01 KR     JP          9
2026-03 KR     JP          10
2026-04 KR     JP          11
2026-05 KR     JP          12
2026-03 KR     US          20
2026-04 KR     US          x
2026-05 KR     US          22
2026-0x KR     US          22
"""


def test_lanes_are_added_up_where_all_of_them_are_known() -> None:
    found, findings = forecast_series(table(LANES), "ems.csv")
    assert [(one.key, one.period(0), one.values.tolist()) for one in found] == [
        ("group", "2026-05", [34.0])
    ]
    assert [(one.code, one.position) for one in findings] == [
        ("period-unreadable", "row 8"), ("value-unreadable", "row 6"), ("series-gap", "group"),
    ]  # fmt: skip
    by_lane, _ = forecast_series(table(LANES), "ems.csv", "lane")
    assert [(one.key, one.period(0), one.values.tolist()) for one in by_lane] == [
        ("KR>JP", "2026-03", [10.0, 11.0, 12.0]), ("KR>US", "2026-05", [22.0]),
    ]  # fmt: skip


def test_shares_are_not_added_up() -> None:
    text = "week value district\n2020-01-04 90 A\n2020-01-04 80 B\n2020-01-11 91 A\n"
    with pytest.raises(UsageError, match="several rows of one period"):
        forecast_series(table(text), "shares.csv")
    found, _ = forecast_series(table(text), "shares.csv", "district")
    assert [(one.key, one.every, one.period(1)) for one in found] == [
        ("A", Every.WEEK, "2020-01-11"), ("B", Every.WEEK, "2020-01-11"),
    ]  # fmt: skip


def test_a_shock_and_a_lane_that_reopens() -> None:
    values = np.array([100.0 + at % 12 for at in range(48)])
    series = TimeSeries("KR>US", Every.MONTH, 2023 * 12, values)
    made = forecast(values, 12, 6)
    shock = under(series, made, 6, [multiplier("2027-02:2027-03=0.5@KR>US")], [])
    ratio = [now.value / then.value for now, then in zip(shock, made.points, strict=True)]
    assert ratio == pytest.approx([1, 0.5, 0.5, 1, 1, 1])
    stopped = TimeSeries("KR>US", Every.MONTH, 2023 * 12, np.append(values, np.zeros(12)))
    closed = forecast(stopped.values, 12, 6, logs=False)
    reopened = under(stopped, closed, 6, [], [reopening("KR>US=2028-03:0.8")])
    assert [one.value for one in reopened[2:]] == pytest.approx([81.6, 82.4, 83.2, 84.0])
    assert all(one.low is None for one in reopened[2:])


@pytest.mark.parametrize("text", ["2027-02", "2027-02=x", "2027-02=-1", "=0.5"])
def test_a_scenario_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        multiplier(text)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no folder shared/data beside this checkout")
def test_weekly_on_time_shares_of_2020_say_where_the_last_week_is_as_good() -> None:
    read, _ = read_table(SHARED / "usps_ontime_weekly_2020.csv.gz")
    kept = read.filter(pc.equal(read["mail_type"], "first class"))
    asked = Asked(4, 0.9, "level")
    found, findings = forecast_table(kept, "weekly", "district", "date", "pct_on_time", asked)
    # Two dates are ends of quarters, not weeks.
    assert [one.position for one in findings] == ["2020-04-01", "2020-07-01"]
    backtests = [one.forecast.backtest for one in found if one.forecast.backtest]
    assert len(backtests) == len(found) == 67
    assert {one.forecast.values for one in found} == {44}
    # A year has no second season: the last week is the only rival.
    assert all(one.mase_seasonal_naive is None for one in backtests)
    for one in found:
        assert one.forecast.backtest is not None
        beaten = one.forecast.backtest.mase < one.forecast.backtest.mase_naive
        assert (one.forecast.standing is Standing.BEATS_BOTH) is beaten
    # The break of July 2020 lies before the part held back.
    held = [one.coverage for one in backtests if one.coverage is not None]
    assert 0.84 <= np.mean(held) <= 0.96


@pytest.mark.skipif(not SHARED.is_dir(), reason="no folder shared/data beside this checkout")
def test_monthly_exchange_rates_beat_the_year_before_and_not_the_month_before() -> None:
    daily = pq.read_table(SHARED / "fx_ecb_daily.parquet")
    month = pc.utf8_slice_codeunits(daily["date"].cast(pa.string()), 0, 7)
    for currency in ("KRW", "JPY", "AUD"):
        rows = pa.table({"month": month, "value": daily[currency].cast(pa.float64())})
        means = rows.group_by("month").aggregate([("value", "mean")]).rename_columns(
            ["month", "value"]
        )  # fmt: skip
        means = means.filter(pc.is_valid(means["value"]))
        found, _ = forecast_table(means, "rates", "group", "", "", Asked(12, 0.9, "auto"))
        made = found[0].forecast
        assert made.standing is Standing.BEATS_SEASONAL_NAIVE
        assert made.backtest is not None
        assert made.backtest.coverage is not None
        assert 0.85 <= made.backtest.coverage <= 0.96
