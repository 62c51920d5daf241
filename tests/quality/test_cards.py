"""Report cards of any group: thin ones pooled, nobody ranked by chance, awards and inquiries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.quality.awards import award_rules
from datecertain.quality.cards import Asked, Card, DayCounts, make_cards, years_before
from datecertain.quality.figures import Standing
from datecertain.quality.intervals import differing, places_of, tiers

LAST = parse_date("2026-10-31")
FIRST = parse_date("2026-10-01")
ASKED = Asked(FIRST, LAST, 960_000, 0.95, 0.02)


def counted(rows: dict[str, list[tuple[str, int, int]]], unresolved: int = 0) -> DayCounts:
    """Counts of (day, judged, on time) by group over three years up to the last day."""
    start, names = years_before(LAST, 3), tuple(sorted(rows))
    shape = (len(names), LAST - start + 1)
    judged, good = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for at, name in enumerate(names):
        for day, n, on_time in rows[name]:
            judged[at, parse_date(day) - start] += n
            good[at, parse_date(day) - start] += on_time
    open_ = np.zeros(shape, np.int64)
    open_[:, LAST - start] = unresolved
    inquiries = np.arange(len(names), dtype=np.int64) * 10
    return DayCounts(names, start, judged + open_, judged, good, open_, inquiries)


def card(rows: list[tuple[str, int, int]]) -> Card:
    return make_cards(counted({"KR>JP": rows}), ASKED).cards[0]


THIN = (
    # before the period        in it             years  n     thin   differs
    ([], ("2026-10-05", 2_000, 1_930), None),
    ([("2026-03-02", 2_000, 1_930)], ("2026-10-05", 100, 96), (1, 2_100, False, False)),
    ([("2025-03-03", 2_000, 1_930)], ("2026-10-05", 100, 96), (2, 2_100, False, False)),
    ([("2023-11-02", 2_000, 1_930)], ("2026-10-05", 100, 96), (3, 2_100, False, False)),
    ([("2024-03-04", 50, 48)], ("2026-10-05", 100, 96), (3, 150, True, False)),
    ([("2026-03-02", 2_000, 1_980)], ("2026-10-05", 100, 80), (1, 2_100, False, True)),
)  # fmt: skip


@pytest.mark.parametrize(("before", "within", "pooled"), THIN)
def test_a_thin_lane_is_pooled_over_the_fewest_years_that_are_accurate(
    before: list[tuple[str, int, int]], within: tuple[str, int, int],
    pooled: tuple[int, int, bool, bool] | None,
) -> None:  # fmt: skip
    found = card([*before, within])
    assert found.judged == within[1]  # the period's own figure stays its own
    told = found.pooled
    assert (told and (told.years, told.n, told.thin, told.differs)) == pooled


def test_years_end_with_the_last_day() -> None:
    assert years_before(LAST, 1) == parse_date("2025-11-01")
    assert years_before(parse_date("2024-02-29"), 1) == parse_date("2023-03-01")


def test_lanes_that_do_not_differ_share_a_tier_and_their_places() -> None:
    rows = {
        "AA": [("2026-10-05", 1_000, 990)], "BB": [("2026-10-05", 1_000, 985)],
        "CC": [("2026-10-05", 1_000, 900)], "DD": [("2026-10-05", 1_000, 895)],
        "EE": [("2026-10-05", 10, 9)],
    }  # fmt: skip
    cards = {one.name: one for one in make_cards(counted(rows), ASKED).cards}
    # EE can be told from nobody, so nothing lies between any two tiers but what it joins.
    assert {one.tier for one in cards.values()} == {1}
    assert cards["AA"].places == (1, 3)
    assert cards["EE"].places == (1, 5)
    del rows["EE"]
    cards = {one.name: one for one in make_cards(counted(rows), ASKED).cards}
    assert [cards[name].tier for name in ("AA", "BB", "CC", "DD")] == [1, 1, 2, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=6))  # fmt: skip
def test_whoever_stands_in_a_lower_tier_differs_from_everybody_above(
    groups: list[tuple[int, int]],
) -> None:
    pairs = differing(groups)
    level = tiers(groups, pairs)
    for one, upper in enumerate(level):
        for other, lower in enumerate(level):
            if upper is not None and lower is not None and upper < lower:
                assert (one, other) in pairs
    places = places_of(groups, pairs)
    assert [place is None for place in places] == [n == 0 for _, n in groups]


def test_lanes_with_one_common_share_are_seldom_told_apart() -> None:
    rng, told, worlds = np.random.default_rng(11), 0, 150
    for _ in range(worlds):
        groups = [(int(rng.binomial(n, 0.95)), int(n)) for n in rng.integers(50, 900, 8)]
        told += bool(differing(groups))
    # At 95 % over all 28 pairs: 8 of 150 on the mean, and Fisher's test is on the safe side.
    assert told <= 10


def test_inquiries_per_thousand_with_the_exact_interval_of_a_count() -> None:
    rows = {"AA": [("2026-10-05", 2_000, 1_930)], "BB": [("2026-10-05", 2_000, 1_930)]}
    first, second = make_cards(counted(rows), ASKED).cards
    # Garwood's limits: 0 to 3.689 for none seen, 4.795 to 18.390 for ten.
    assert (first.inquiries, first.per_thousand) == (0, 0)
    assert first.per_thousand_interval is not None
    assert first.per_thousand_interval.high == pytest.approx(3.689 / 2, abs=1e-3)
    assert second.per_thousand == 5
    assert second.per_thousand_interval is not None
    assert second.per_thousand_interval.low == pytest.approx(4.795 / 2, abs=1e-3)
    assert second.per_thousand_interval.high == pytest.approx(18.390 / 2, abs=1e-3)


def test_gold_wants_95_per_cent_delivered_in_time_and_98_tracked() -> None:
    found = make_cards(counted({"JP": [("2026-10-05", 5_000, 4_850)]}, 200), ASKED).cards[0]
    assert [(one.award, one.measure, one.standing) for one in found.awards] == [
        ("ems_gold", "delivery", Standing.ABOVE), ("ems_gold", "tracking", Standing.BELOW),
    ]  # fmt: skip
    assert found.bounds.low == pytest.approx(4_850 / 5_200)
    assert all(rule.source for rule in award_rules())


def test_more_groups_than_can_be_told_apart_are_not_ranked() -> None:
    rows = {f"A{at:03d}": [("2026-10-05", 10, 9)] for at in range(201)}
    found = make_cards(counted(rows), ASKED)
    assert not found.ranked
    assert {one.places for one in found.cards} == {None}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(LAST, FIRST, 960_000, 0.95, 0.02), "lies before the first"),
        (Asked(FIRST, LAST, 960_000, 95, 0.02), "confidence"),
        (Asked(FIRST, LAST, 960_000, 0.95, 2), "accuracy"),
        (Asked(FIRST, LAST, 96_000_000, 0.95, 0.02), "target"),
        (Asked(FIRST - 9_000, LAST - 9_000, 960_000, 0.95, 0.02), "no item"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: Asked, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_cards(counted({"AA": [("2026-10-05", 10, 9)]}), asked)
