"""Thin lanes: other lanes help as far as they are alike, and the status says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from histories_by_hand import drawn, share_within

from datecertain.planning.standards import Status, find_standards


@pytest.mark.parametrize(
    ("lanes", "items", "spread"), [(8, 40, 0.0), (8, 40, 0.2), (20, 40, 0.4), (40, 20, 0.3)]
)
def test_of_pooled_lanes_the_stated_share_keep_the_target(
    lanes: int, items: int, spread: float
) -> None:
    # Synthetic lanes whose typical days differ by `spread` (standard deviation of the logarithm).
    kept = given = 0
    for seed in range(240 // lanes):
        typical = 7 * np.exp(spread * np.random.default_rng(seed).standard_normal(lanes))
        history = drawn(seed, lanes * items, 500, typical)
        for row, middle in zip(find_standards(history, 0.96, 0.95).rows, typical, strict=True):
            if row.status is Status.ASSURED_POOLED and row.days is not None:
                given += 1
                kept += bool(share_within(row.days, middle) >= 0.96)
    assert given > 200
    assert kept / given >= 0.95 - 3.1 * np.sqrt(0.95 * 0.05 / given)


def test_four_lanes_cannot_show_how_far_lanes_differ() -> None:
    rows = find_standards(drawn(1, 160, 500, [5.0, 6.0, 7.0, 8.0]), 0.96, 0.95).rows
    assert {row.status for row in rows} == {Status.NOT_ENOUGH_ITEMS}
    assert all(row.days is None for row in rows)


def test_lanes_of_one_item_each_say_nothing_of_a_lane() -> None:
    history = drawn(1, 300, 500, [7.0])
    alone = replace(
        history, lanes=tuple(f"{number:03d}" for number in range(300)), lane=np.arange(300)
    )
    assert {row.status for row in find_standards(alone, 0.96, 0.95).rows} == {
        Status.NOT_ENOUGH_ITEMS
    }


def test_a_lane_with_items_enough_rests_on_its_own() -> None:
    typical = [5.0] + [15.0] * 12
    rng_items = drawn(3, 4000, 500, typical)
    first = find_standards(rng_items, 0.96, 0.95).rows[0]
    assert first.status is Status.ASSURED
    assert first.days is not None
    assert first.days <= 9  # the slow lanes do not drag it


def test_a_slow_thin_lane_is_not_promised_what_the_quick_ones_keep() -> None:
    # 15 items of a lane that takes three times as long as twelve well-known ones.
    days = []
    for seed in range(20):
        history = drawn(seed, 3000, 500, [5.0] * 12 + [15.0])
        thin = np.flatnonzero(history.lane == 12)[:15]
        used = history.take(np.concatenate([np.flatnonzero(history.lane < 12), thin]))
        row = find_standards(used, 0.96, 0.95).rows[12]
        assert row.status is not Status.ASSURED
        if row.days is not None:
            days.append(row.days)
    assert all(share_within(one, 15.0) >= 0.5 for one in days)
    assert not days or np.mean(share_within(days, 15.0) >= 0.96) >= 0.7
