"""Staged plans against brute force on small groups: nothing better keeps to the limits."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from datecertain.errors import UsageError
from datecertain.planning.refund_exposure import Cost
from datecertain.planning.staging import (
    AUTOMATIC,
    CLAIM_DRIVEN,
    GAP,
    MICRO,
    Choice,
    Limits,
    Opening,
    Plan,
    broken_limits,
    next_lane,
    next_upgrade,
    staged_plan,
)

LANES = (("KR", "US"), ("KR", "JP"), ("JP", "US"), ("US", "KR"), ("JP", "KR"))


def way(
    lane: tuple[str, str], days: int, worth: float, sdr: float, mode: str = AUTOMATIC
) -> Choice:
    amount = round(sdr * MICRO)
    cost = Cost(amount, 0, 2 * amount)
    return Choice(*lane, days, float(days), mode, round(worth), worth, amount, cost, 0.96)


def worlds(count: int) -> Iterator[tuple[list[Choice], Limits]]:
    """Made-up groups of up to five lanes, two ways to open each."""
    rng = np.random.default_rng(20261031)
    for _ in range(count):
        lanes = LANES[: int(rng.integers(2, 6))]
        choices = [
            way(lane, 5 + step, float(rng.integers(50, 500)), float(rng.integers(0, 90)),
                (AUTOMATIC, CLAIM_DRIVEN)[step])
            for lane in lanes for step in (0, 1)
        ]  # fmt: skip
        at_most = None if rng.random() < 0.4 else int(rng.integers(1, 3))
        yield (
            choices,
            Limits(int(rng.integers(0, 200)) * MICRO, 2, int(rng.integers(1, 3)), at_most),
        )


def kept(openings: Sequence[tuple[Choice, int]], limits: Limits) -> bool:
    """Whether these openings keep to the limits: written anew, from the words of the limits."""
    if sum(one.charged_usdr for one, _ in openings) > limits.budget_usdr:
        return False
    if limits.at_most is not None:
        per_wave = Counter(wave for _, wave in openings)
        if per_wave and max(per_wave.values()) > limits.at_most:
            return False
    origins = Counter((one.origin, wave) for one, wave in openings)
    destinations = Counter((one.destination, wave) for one, wave in openings)
    return all(n <= limits.per_post for n in (*origins.values(), *destinations.values()))


def best_by_trying(choices: Sequence[Choice], limits: Limits) -> tuple[float, float]:
    """(the most worth, and with that the soonest) of every plan that there is."""
    lanes = sorted({one.lane for one in choices})
    ways: list[list[tuple[Choice, int] | None]] = [
        [None, *((one, wave) for one in choices if one.lane == lane
                 for wave in range(1, limits.waves + 1))]
        for lane in lanes
    ]  # fmt: skip
    best = (0.0, 0.0)
    for plan in itertools.product(*ways):
        openings = [one for one in plan if one is not None]
        if kept(openings, limits):
            worth = sum(one.worth for one, _ in openings)
            soon = sum(one.worth * (limits.waves - wave + 1) for one, wave in openings)
            best = max(best, (worth, soon))
    return best


def test_no_plan_that_keeps_to_the_limits_is_better() -> None:
    for choices, limits in worlds(12):
        plan = staged_plan(choices, limits)
        openings = [(one.choice, one.wave) for one in plan.openings]
        assert plan.optimal
        assert kept(openings, limits)
        assert not broken_limits(plan)
        worth, soon = best_by_trying(choices, limits)
        assert worth * (1 - GAP) - 1e-6 <= plan.worth <= worth + 1e-6
        if plan.worth == pytest.approx(worth):
            mine = sum(one.worth * (limits.waves - wave + 1) for one, wave in openings)
            # Several choices may be worth the same; the waves are the best of those taken.
            assert mine <= soon + 1e-6


def test_as_many_lanes_as_the_waves_carry_always_fit_into_them() -> None:
    posts = ["KR", "US", "JP", "CN", "HK"]
    choices = [way((one, other), 6, 100.0, 1.0) for one in posts for other in posts if one != other]
    plan = staged_plan(choices, Limits(1_000 * MICRO, 4, 1, 5))
    assert [sum(one.wave == wave for one in plan.openings) for wave in (1, 2, 3, 4)] == [5] * 4


def test_what_the_next_money_does() -> None:
    short, long = way(LANES[0], 4, 300, 80), way(LANES[0], 6, 200, 20)
    other = way(LANES[1], 5, 50, 45)
    plan = staged_plan([short, long, other], Limits(30 * MICRO, 1, 2))
    assert [one.choice for one in plan.openings] == [long]
    lane, upgrade = next_lane([short, long, other], plan), next_upgrade([short, long, other], plan)
    assert lane is not None
    assert (lane.choice, lane.extra_usdr) == (other, 35 * MICRO)
    assert upgrade is not None
    assert (upgrade.choice, upgrade.instead_of, upgrade.extra_usdr) == (short, long, 50 * MICRO)
    full = staged_plan([short, long, other], Limits(200 * MICRO, 1, 1))
    assert next_lane([short, long, other], full) is None  # KR opens one lane in the only wave


def test_every_broken_limit_is_named() -> None:
    one = way(LANES[0], 5, 100, 10)
    limits = Limits(5 * MICRO, 1, 1, 1)
    plan = Plan(limits, (Opening(one, 2), Opening(one, 2)), True)
    assert broken_limits(plan) == [
        "the budget", "one choice a lane", "the number of waves", "lanes per wave",
        "lanes per post and wave", "lanes per post and wave",
    ]  # fmt: skip


def test_nothing_to_spend_opens_what_costs_nothing() -> None:
    free, dear = way(LANES[0], 9, 10, 0), way(LANES[1], 5, 100, 1)
    plan = staged_plan([free, dear], Limits(0, 1, 1))
    assert [one.choice for one in plan.openings] == [free]


@pytest.mark.parametrize("limits", [Limits(-1, 1, 1), Limits(0, 0, 1), Limits(0, 1, 0),
                                    Limits(0, 1, 1, 0)])  # fmt: skip
def test_limits_that_leave_nothing(limits: Limits) -> None:
    with pytest.raises(UsageError):
        staged_plan([], limits)
