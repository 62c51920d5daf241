"""What a lane's refunds cost in a year: by hand, and intervals that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from datecertain.planning.lane_days import (
    KEPT,
    MISSED_LIABLE,
    NOT_KNOWN,
    OPEN,
    LaneDays,
    LaneItems,
)
from datecertain.planning.readiness import (
    Present,
    Readiness,
    Told,
    criteria,
    lower_bound,
    present_of,
    readiness,
)
from datecertain.planning.refund_exposure import ClaimRate, dials, worst_case, year_items
from datecertain.planning.resumption_rules import resumption_rules
from datecertain.planning.standards import Standard, Status
from datecertain.quality.intervals import Interval, clopper_pearson, clopper_pearsons
from datecertain.settlement import Tariff
from datecertain.settlement.tariffs import Basis, RecourseRule, StopLoss

KR_US = (("KR", "US"),)
SDR = 10**6


def a_year(days: list[int], excused: int = 0, refund: int = 10 * SDR, weeks: int = 1) -> LaneDays:
    """One lane, a year long, items of so many days spread over its first weeks."""
    counted = LaneDays.empty(KR_US, 0, 364)
    n = len(days)
    taken = np.array(days)
    state = np.where(taken == NOT_KNOWN, OPEN, np.where(taken > 4, MISSED_LIABLE, KEPT))
    counted.add(LaneItems(
        np.zeros(n, dtype=np.int64), np.arange(n) % weeks * 7, taken, np.full(n, excused),
        np.full(n, refund), state,
    ))  # fmt: skip
    return counted


def test_a_lane_by_hand() -> None:
    counted = a_year([3] * 90 + [6] * 10)
    (row,) = dials(counted, {"KR": ClaimRate(3, 10)})
    assert (year_items(counted)[0], row[None].automatic.expected_usdr) == (100, 100 * SDR)
    assert row[5].automatic.expected_usdr == 100 * SDR
    assert row[6].automatic.expected_usdr == 0
    exact = clopper_pearson(10, 100)
    assert row[5].automatic.low_usdr == pytest.approx(exact.low * 1_000 * SDR, rel=1e-6)
    assert row[5].automatic.high_usdr == pytest.approx(exact.high * 1_000 * SDR, rel=1e-6)
    assert row[6].automatic.high_usdr == pytest.approx(
        clopper_pearson(0, 100).high * 1_000 * SDR, rel=1e-6
    )
    assert row[5].claim_driven.expected_usdr == 30 * SDR
    halved, claimed = clopper_pearson(10, 100, 0.975), clopper_pearson(3, 10, 0.975)
    assert row[5].claim_driven.high_usdr == pytest.approx(
        halved.high * claimed.high * 1_000 * SDR, rel=1e-6
    )
    (unknown,) = dials(counted, {})
    assert unknown[5].claim_driven.expected_usdr is None
    assert (unknown[5].claim_driven.low_usdr, unknown[5].claim_driven.high_usdr) == (
        0, unknown[5].automatic.high_usdr,
    )  # fmt: skip
    (stated,) = dials(counted, {"KR": ClaimRate(0, 0, 0.5)})
    assert stated[5].claim_driven.expected_usdr == 50 * SDR


def test_what_the_terms_excuse_is_not_owed() -> None:
    (row,) = dials(a_year([3] * 90 + [6] * 10, excused=1), {})
    assert row[5].automatic.expected_usdr == 0


def test_items_that_nobody_can_tell_stand_in_the_bounds() -> None:
    counted = a_year([3] * 90 + [6] * 5 + [NOT_KNOWN] * 5)
    (shares,) = counted.shares()
    four = next(one for one in shares if one.days == 4)
    assert (four.good, four.n, four.bounds) == (90, 95, Interval(0.9, 0.95))
    (row,) = dials(counted, {})
    assert row[4].automatic.high_usdr == pytest.approx(
        clopper_pearson(10, 100).high * 1_000 * SDR, rel=1e-6
    )


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(66)
    held = 0
    for _ in range(40):
        late = rng.random(400) < 0.03
        (row,) = dials(a_year([int(one) for one in np.where(late, 6, 3)], weeks=40), {})
        cost = row[5].automatic
        held += cost.low_usdr <= 0.03 * 400 * 10 * SDR <= cost.high_usdr
    assert held >= 35  # 38 expected at least; fewer than 35 once in 70 such tests, had it 95 %


def a_tariff(**more: object) -> Tariff:
    rule: dict[str, object] = {"percent": 50, "cap_usdr": None, "stop_loss_usdr": None}
    rule |= {name: value for name, value in more.items() if name in rule}
    row = RecourseRule("*", "*", 0, 10**6, "test", **rule, basis=Basis.SHARE, fixed_usdr=0,  # type: ignore[arg-type]
                       within_remuneration=False, dry_run=bool(more.get("dry_run")))  # fmt: skip
    losses = (StopLoss("US", 0, 10**6, "test", 2 * SDR),) if more.get("post") else ()
    return Tariff("test", "test", (), (), (row,), "", stop_losses=losses)


WORST = (
    ({}, 500),  # half of 100 items at 10 SDR
    ({"cap_usdr": 3 * SDR}, 300),
    ({"stop_loss_usdr": 10 * SDR}, 120),  # twelve months of it
    ({"stop_loss_usdr": 10 * SDR, "post": True}, 24),
    ({"dry_run": True}, 0),
)


@pytest.mark.parametrize(("rule", "charged"), WORST)
def test_the_worst_case_under_caps_and_stop_losses(rule: dict[str, object], charged: int) -> None:
    (worst,) = worst_case(a_year([3] * 100), a_tariff(**rule), 200)
    assert (worst.gross_usdr, worst.charged_on_usdr) == (1_000 * SDR, charged * SDR)
    assert worst.kept_usdr == (1_000 - charged) * SDR


def test_many_intervals_at_once_are_the_one_interval() -> None:
    pairs = [(0, 0), (0, 5), (5, 5), (3, 17), (996, 1_000), (1, 40_000)]
    low, high = clopper_pearsons(*(np.array(column) for column in zip(*pairs, strict=True)))
    for at, pair in enumerate(pairs):
        one = clopper_pearson(*pair)
        assert (low[at], high[at]) == pytest.approx((one.low, one.high), abs=1e-9)


def a_standard(status: Status, days: int | None = 6) -> Standard:
    return Standard("KR-US", days, 200, 200, 0, 1.0, 0.98, 0.965, status, 0)


def promised(good: int, n: int) -> Present | None:
    return present_of((good, n, 0), 5 * n, 1.0, 0.95)


VERDICTS = (
    (Status.ASSURED, 200, 200, 0, Readiness.READY),
    (Status.ASSURED, 190, 200, 0, Readiness.LONGER),
    (Status.ASSURED_POOLED, 10, 10, 0, Readiness.LONGER),  # all on time, and too few to be sure
    (Status.ASSURED, 200, 200, 1, Readiness.NOT_READY),
    (Status.NOT_REACHED, 200, 200, 0, Readiness.NOT_READY),
    (Status.NOT_ENOUGH_ITEMS, 10, 10, 1, Readiness.NOT_ENOUGH),
)


@pytest.mark.parametrize(("status", "good", "n", "cases", "verdict"), VERDICTS)
def test_the_verdict_on_a_lane(
    status: Status, good: int, n: int, cases: int, verdict: Readiness
) -> None:
    present = promised(good, n)
    told = [Told("KR", (96, 100), (95, 100)), Told("US", (0, 0), (0, 0))]
    found = criteria(20_000, present, told, cases, None, 0.7)
    missed = [one for one in found if one.met is False]
    assert [one.name for one in missed] == ["open_cases"] * cases
    assert sum(one.met is None for one in found) == 3  # US told nothing, no timetable
    assert readiness(missed, a_standard(status), present, 0.96) is verdict


def test_items_that_fail_together_say_less() -> None:
    assert lower_bound(200, 200, 0.5, 0.95) < lower_bound(200, 200, 1.0, 0.95)
    assert lower_bound(100, 100, 1.0, 0.95) == pytest.approx(0.05 ** (1 / 100))


def test_every_threshold_has_its_source() -> None:
    assert all(rule.source for rule in resumption_rules())
