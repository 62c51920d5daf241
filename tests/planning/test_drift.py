"""The watches fire when deliveries change, and rarely when they do not."""

from __future__ import annotations

import numpy as np
import pytest
from histories_by_hand import drawn, share_within

from datecertain.planning.drift import FALSE_ALARMS, changes, stable, watch
from datecertain.planning.histories import NONE, Deliveries
from datecertain.planning.seasons import find_seasons
from datecertain.planning.standards import find_standards

LANES = [5.0, 6.0, 7.0]


def test_a_quiet_history_raises_few_alarms() -> None:
    fired = 0
    for seed in range(200):
        history = drawn(seed, 900, 400, LANES, known=True)
        fired += bool(changes(history, [[group] for group in history.by_lane()]))
    assert fired / 200 <= FALSE_ALARMS + 3.1 * np.sqrt(FALSE_ALARMS / 200)


def test_days_that_are_all_alike_are_no_drift() -> None:
    # The same twenty items each day: their deviations are nothing but errors of rounding.
    day = np.repeat(np.arange(40), 20)
    history = Deliveries(
        ("KR-JP",), np.zeros(len(day), dtype=np.int64), day, np.tile([2, 3, 5, 6] * 5, 40),
        np.full(len(day), NONE), 60,
    )  # fmt: skip
    assert changes(history, [[group] for group in history.by_lane()]) == []


def test_two_days_more_are_noticed_and_the_standard_is_fitted_on_what_came_after() -> None:
    for seed in range(10):
        history = drawn(seed, 3000, 400, LANES, slower=2.0, from_share=0.6, known=True)
        found = changes(history, [[group] for group in history.by_lane()])
        assert found
        assert all(abs(change.since - 240) <= 21 for change in found)
        assert history.accepted[stable(history, found)].min() >= 219
        rows = find_standards(history, 0.96, 0.95).rows
        for row, typical in zip(rows, LANES, strict=True):
            assert row.days is not None
            assert row.items < row.all_items
            assert share_within(row.days - 2.0, typical) >= 0.95


def test_a_strike_of_a_week_is_no_drift() -> None:
    fired = 0
    for seed in range(20):
        history = drawn(seed, 2000, 400, LANES)
        struck = (history.accepted >= 100) & (history.accepted < 107)
        hit = Deliveries(
            history.lanes, history.lane, history.accepted, history.days + 10 * struck,
            history.promised, history.as_of,
        )  # fmt: skip
        fired += bool(changes(hit, [[group] for group in hit.by_lane()]))
    assert fired <= 2


def test_the_watch_over_a_standard() -> None:
    rng = np.random.default_rng(9)
    day = np.sort(rng.integers(0, 365, 2000))
    # Exactly as many late as may be: the worst case in which it must stay silent.
    alarms = sum(watch(day, rng.random(2000) < 0.04, 0.04).fired for _ in range(80))
    assert alarms / 80 <= FALSE_ALARMS + 3.1 * np.sqrt(FALSE_ALARMS / 80)
    # Three times as many from day 250 on: noticed within two months.
    worse = rng.random(2000) < np.where(day < 250, 0.03, 0.12)
    failing = watch(day, worse, 0.04)
    assert failing.fired
    assert failing.on is not None
    assert 250 <= failing.on <= 315
    assert not watch(day[:0], worse[:0], 0.04).fired


@pytest.mark.parametrize("years", [2, 3])
def test_a_peak_that_comes_every_year_is_a_season(years: int) -> None:
    history = drawn(4, 1500 * years, 365 * years, [5.0, 7.0])  # day 0: 1 January 1970
    month = history.accepted.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    slow = np.isin(month, (11, 12))
    peaked = Deliveries(
        history.lanes, history.lane, history.accepted, history.days + 2 * slow, history.promised,
        history.as_of,
    )  # fmt: skip
    assert find_seasons(peaked, peaked.by_lane()).months == (11, 12)
    found = find_standards(peaked, 0.96, 0.95)
    for parts in found.by_lane().values():
        off, peak = parts
        assert off.days is not None
        assert peak.days is not None
        assert off.days < peak.days
    assert (found.promise(peaked)[slow] > found.promise(peaked)[~slow].min()).all()
    # One bad winter is none, whatever else it is.
    once = Deliveries(
        history.lanes, history.lane, history.accepted,
        history.days + 2 * (slow & (history.accepted < 365)), history.promised, history.as_of,
    )  # fmt: skip
    assert find_seasons(once, once.by_lane()).months == ()
