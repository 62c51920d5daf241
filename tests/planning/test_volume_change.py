"""A change of volume taken apart: the parts add up, and are found again where they are known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from volume_worlds import LANES, WORLDS, fewest, lane_noise, made_panel

from datecertain.moments import parse_date
from datecertain.network.calendars import OpenDays
from datecertain.planning.lane_effects import LaneEffect, Told, lane_effects
from datecertain.planning.lane_exposures import struck, working_days
from datecertain.planning.published_volumes import shocks
from datecertain.planning.volume_change import volume_change
from datecertain.planning.volume_rows import Floats
from worlds import small_network


def stated(name: str, effect: float) -> LaneEffect:
    return LaneEffect(name, Told.GIVEN, effect, float("nan"), float("nan"), 0)


def slow_parts(factors: dict[str, Floats]) -> dict[str, float]:
    """Shapley's value by walking every order; factors [then or now, lane]."""
    found = dict.fromkeys(factors, 0.0)
    orders = list(permutations(factors))
    for order in orders:
        now = dict.fromkeys(factors, 0)
        before = np.prod([factors[name][0] for name in factors], axis=0).sum()
        for name in order:
            now[name] = 1
            after = np.prod([factors[one][now[one]] for one in factors], axis=0).sum()
            found[name] += float(after - before) / len(orders)
            before = after
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_parts_are_those_of_every_order_and_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = rng.integers(0, 5_000, (4, 2))
    items[0] = 1_000
    days = rng.integers(15, 24, (4, 2))
    exposure = rng.random((4, 2))
    effect = stated("suspension", -0.3)
    change = volume_change(
        made_panel(items), slice(0, 1), slice(1, 2), days, {"suspension": exposure}, [effect]
    )
    assert change.change == items[:, 1].sum() - items[:, 0].sum()
    assert sum(part.items for part in change.parts) == change.change
    influence = np.exp(-0.3 * exposure.T)
    under = items.T / days.T / influence
    level = under.sum(axis=1)
    slow = slow_parts({
        "calendar": days.T.astype(float), "suspension": influence,
        "lane_mix": under / level[:, None], "remainder": level[:, None] * np.ones_like(under),
    })  # fmt: skip
    for part in change.parts:
        assert part.items == pytest.approx(slow[part.name], abs=1.001)


def test_one_lane_with_more_working_days_and_nothing_else() -> None:
    items, days = np.array([[1_000, 1_100]]), np.array([[20, 22]])
    change = volume_change(made_panel(items), slice(0, 1), slice(1, 2), days, {}, [])
    assert {part.name: part.items for part in change.parts} == {
        "calendar": 100, "lane_mix": 0, "remainder": 0,
    }  # fmt: skip


def test_a_lane_that_is_not_known_whole_is_left_out_and_named() -> None:
    known = np.array([[True, True], [True, False]])
    items = np.array([[10, 12], [5, 0]])
    change = volume_change(
        made_panel(items, known=known), slice(0, 1), slice(1, 2), np.full((2, 2), 20), {}, []
    )
    assert (change.change, change.not_compared) == (2, (LANES[1],))


def test_working_days_are_those_of_the_origin_s_calendar() -> None:
    calendars = small_network().data
    open_days = OpenDays(calendars.calendars, calendars.holidays)
    lanes = made_panel(
        np.ones((2, 2), dtype=np.int64), 2026 * 12 + 9, (("KR", "US"), ("US", "KR"))
    )  # fmt: skip
    # Of 22 and 21 Mondays to Fridays: a test holiday, Veterans Day and Thanksgiving are closed.
    assert working_days(lanes, open_days).tolist() == [[22, 20], [22, 19]]


def test_effects_are_found_again_and_intervals_hold_them_as_often_as_they_say() -> None:
    """Worlds of 30 lanes: a shock on a third of them, a suspension lane by lane."""
    held = {"shock": 0, "suspension": 0}
    truth = {"shock": -0.8, "suspension": -0.15}
    for seed in range(WORLDS):
        rng = np.random.default_rng(seed)
        lanes, months = 30, 36
        shock = np.zeros((lanes, months))
        shock[:10, 20:] = 1.0
        suspension = (np.arange(months) >= rng.integers(6, 30, (lanes, 1))).astype(float)
        volume = lane_noise(rng, lanes, months)
        volume += truth["shock"] * shock + truth["suspension"] * suspension
        used = np.ones((lanes, months), dtype=bool)
        for one in lane_effects(volume, used, {"shock": shock, "suspension": suspension}):
            assert one.told is Told.TOLD
            held[one.name] += one.low <= truth[one.name] <= one.high
    # Both hold together at 95 %, each at 97.5 %.
    assert min(held.values()) >= fewest(WORLDS, 0.975)


def test_what_touched_all_lanes_alike_or_too_few_cannot_be_told() -> None:
    rng = np.random.default_rng(1)
    volume, used = lane_noise(rng, 10, 24), np.ones((10, 24), dtype=bool)
    everywhere = np.zeros((10, 24))
    everywhere[:, 12:] = 1
    two_lanes = np.zeros((10, 24))
    two_lanes[:2, 12:] = 1
    unknown = np.full((10, 24), np.nan)
    five = np.zeros((10, 24))
    five[:5, 12:] = 1
    exposures = {"everywhere": everywhere, "two": two_lanes, "unknown": unknown}
    found = lane_effects(volume, used, exposures | {"five": five, "again": five})
    assert {one.name: one.told for one in found} == {
        "everywhere": Told.ALL_ALIKE, "two": Told.TOO_FEW_LANES, "unknown": Told.UNKNOWN,
        "five": Told.NOT_TOLD_APART, "again": Told.ALL_ALIKE,
    }  # fmt: skip


def test_the_duty_of_august_2025_touches_lanes_to_the_united_states_only() -> None:
    lanes = (("KR", "US"), ("KR", "JP"))
    panel = made_panel(np.ones((2, 4), dtype=np.int64), 2025 * 12 + 6, lanes)
    share = struck(panel, shocks())["us_duty_2025"]
    assert share[0].tolist() == [0, pytest.approx(6 / 31), 1, 1]  # from 26 August for Korea
    assert not share[1].any()
    assert parse_date("2025-08-29") in {one.first_day for one in shocks()}
