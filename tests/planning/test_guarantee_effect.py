"""What the guarantee did to volumes, on synthetic lanes whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from volume_worlds import LANES, WORLDS, fewest, lane_noise, made_panel, resumption_months

from datecertain.errors import UsageError
from datecertain.planning.guarantee_effect import (
    NEVER_RESUMED,
    EffectTold,
    GuaranteeEffect,
    guarantee_effect,
)
from datecertain.planning.two_way import two_way_residual
from datecertain.planning.volume_rows import Panel

TRUE = 0.10
DEALS = 99


def world(
    seed: int, lanes: int = 20, resumed: int = 8, trend: float = 0.0, growing: float = 0.0
) -> tuple[Panel, dict[tuple[str, str], str]]:  # fmt: skip
    """Three years of lanes; some resume from month 18 to 30 on, at ten per cent more (in logs).
    Revenue falls with items; months of a lane hang together."""
    rng, months = np.random.default_rng(seed), 36
    begins = np.full(lanes, NEVER_RESUMED)
    begins[:resumed] = rng.integers(18, 30, resumed)
    rng.shuffle(begins)
    since = np.arange(months) - begins[:, None]
    volume = lane_noise(rng, lanes, months) + 0.015 * rng.normal(size=(lanes, months)).cumsum(1)
    volume += np.where(since >= 0, TRUE + growing * np.maximum(since, 0), 0.0)
    volume += trend * np.arange(months) * (begins < months)[:, None]
    items = np.exp(volume).astype(np.int64)
    panel = made_panel(items, revenue=items * 3_000)
    return panel, resumption_months(panel, begins)


def items_of(found: GuaranteeEffect) -> EffectTold:
    return found.measures[0].told


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = told = 0
    for seed in range(WORLDS):
        one = guarantee_effect(*world(seed), deals=DEALS).measures[0]
        assert one.low is not None
        assert one.high is not None
        held += one.low <= TRUE <= one.high
        told += one.told is EffectTold.TOLD
    assert held >= fewest(WORLDS, 0.95)
    assert told >= fewest(WORLDS, 0.95)


def test_without_an_effect_one_is_seldom_told() -> None:
    panel, resumed = world(3)
    others = {lane: "2021-01" for lane in LANES[:20] if lane not in resumed}
    # Lanes that did nothing are named as resumed: the truth is no effect at all.
    quiet = Panel(
        tuple(lane for lane in panel.lanes if lane not in resumed), ("",) * 12,
        panel.first_month, *(
            values[[at for at, lane in enumerate(panel.lanes) if lane not in resumed]]
            for values in (panel.items, panel.known, panel.revenue, panel.refunds, panel.judged,
                           panel.on_time)
        ),
    )  # fmt: skip
    told = sum(
        items_of(guarantee_effect(quiet, dict(picked), deals=99)) is EffectTold.TOLD
        for picked in (list(others.items())[at : at + 5] for at in range(4))
    )
    assert told <= 1


def test_lanes_that_grew_before_they_resumed_are_found_out() -> None:
    told = [items_of(guarantee_effect(*world(seed, trend=0.02), deals=DEALS)) for seed in range(5)]
    assert set(told) == {EffectTold.TRENDS_DIFFERED}


def test_two_lanes_among_four_cannot_tell_anything() -> None:
    # Six ways to deal them out, and one in twenty is asked for.
    found = guarantee_effect(*world(1, lanes=4, resumed=2))
    assert items_of(found) is EffectTold.TOO_FEW_LANES
    assert found.measures[0].effect is None


def test_when_all_lanes_resumed_at_once_nothing_stands_beside_them() -> None:
    panel, _ = world(1)
    found = guarantee_effect(panel, dict.fromkeys(panel.lanes, "2020-06"), deals=DEALS)
    assert items_of(found) is EffectTold.TOO_FEW_MONTHS


def test_revenue_follows_items_and_refunds_that_nobody_told_stay_unknown() -> None:
    found = guarantee_effect(*world(2), deals=DEALS)
    items, revenue = found.measures
    assert items.effect == pytest.approx(revenue.effect)
    assert items.more is not None
    assert revenue.more == pytest.approx(items.more * 3_000, rel=1e-3)
    assert found.refunds is None
    assert len(found.resumed) == 8
    before = [one.effect for one in found.by_month if one.months < 0]
    after = [one.effect for one in found.by_month if one.months >= 0]
    assert max(map(abs, before)) < 0.06 < np.mean(after)


def test_an_effect_that_grows_is_not_pulled_down_by_lanes_that_resumed_earlier() -> None:
    """The two-way regression compares late lanes with early ones that still grow."""
    panel, resumed = world(5, growing=0.02)
    one = guarantee_effect(panel, resumed, deals=DEALS).measures[0]
    begins = np.array([
        (int(resumed[lane][:4]) - 2019) * 12 + int(resumed[lane][5:]) - 1 if lane in resumed else 99
        for lane in panel.lanes
    ])  # fmt: skip
    since = np.arange(36) - begins[:, None]
    true = (TRUE + 0.02 * since)[since >= 0].mean()
    assert one.effect == pytest.approx(true, abs=0.05)


def test_lane_and_month_effects_are_those_of_least_squares() -> None:
    rng = np.random.default_rng(7)
    values, free = rng.normal(size=(6, 9)), rng.random((6, 9)) < 0.8
    used = np.ones((6, 9), dtype=bool)
    rows = np.argwhere(free)
    design = np.zeros((len(rows), 15))
    design[np.arange(len(rows)), rows[:, 0]] = 1
    design[np.arange(len(rows)), 6 + rows[:, 1]] = 1
    fitted = np.linalg.lstsq(design, values[free], rcond=None)[0]
    slow = values - fitted[:6, None] - fitted[None, 6:]
    assert two_way_residual(values, used, free) == pytest.approx(slow)


def test_what_cannot_be_asked_is_refused() -> None:
    panel, resumed = world(1)
    with pytest.raises(UsageError, match="no volume of XX>YY"):
        guarantee_effect(panel, resumed | {("XX", "YY"): "2020-01"})
    with pytest.raises(UsageError, match="confidence"):
        guarantee_effect(panel, resumed, confidence=95)
