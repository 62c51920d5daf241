"""Lanes parted by further columns: which of them tell something, and whether dates hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.real_deliveries import AIR_FREIGHT, air_freight
from histories_by_hand import drawn, share_within

from datecertain.planning.backtest import backtest
from datecertain.planning.columns import FALSE, Cut, telling
from datecertain.planning.histories import NONE, Deliveries, Numbers, Texts
from datecertain.planning.parted import Part, Parted, find_parted

TYPICAL = np.array([3.0, 4.0, 5.0, 7.0, 9.0, 12.0])
SERVICES = ("documents", "goods")


def by_service(seed: int, items: int = 3000, slower: float = 1.6) -> Deliveries:
    """Six lanes on which goods take longer than documents, and a column that tells nothing."""
    rng = np.random.default_rng(seed)
    lane, service = rng.integers(0, len(TYPICAL), items), rng.integers(0, 2, items)
    accepted = np.sort(rng.integers(0, 200, items))
    took = TYPICAL[lane] * np.where(service == 1, slower, 1.0)
    days = np.ceil(took * np.exp(0.25 * rng.standard_normal(items))).astype(np.int64)
    return Deliveries(
        tuple(f"{number}" for number in range(len(TYPICAL))), lane, accepted, days,
        np.full(items, NONE), 600,
        (Texts("colour", rng.integers(0, 4, items), tuple("abcd")),
         Texts("service", service, SERVICES)),
    ).known_by(199)  # fmt: skip


def names(found: Parted) -> list[str]:
    return [one.cut.name for one in found.by]


def test_a_text_is_cut_into_its_frequent_values_and_others() -> None:
    values = np.array([0] * 50 + [2] * 45 + [1] * 39 + [NONE] * 60)
    column = Texts("area", values, ("north", "south", "east"))
    cut = Cut.of(column)
    assert cut.labels == ("north", "east")
    assert np.bincount(cut.group(column)).tolist() == [99, 50, 45]
    many = Texts("office", np.repeat(np.arange(30), 50), tuple(f"{one:02d}" for one in range(30)))
    assert len(Cut.of(many).labels) == 12


def test_numbers_are_cut_into_four_groups_of_as_many_items() -> None:
    column = Numbers("weight", np.array([*range(1, 9), np.nan], dtype=np.float64))
    cut = Cut.of(column)
    assert cut.labels == ("≤ 2.75", "2.75 < … ≤ 4.5", "4.5 < … ≤ 6.25", "> 6.25")
    assert cut.group(column).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 0]
    steps = Numbers("step", np.array([1.0] * 80 + [2.0] * 20))
    assert Cut.of(steps).labels == ("≤ 1", "> 1")
    assert Cut.of(Numbers("none", np.full(5, np.nan))).groups == 1


def test_columns_that_tell_nothing_are_seldom_taken_to_tell_something() -> None:
    false = 0
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        made = drawn(seed, 1200, 150, TYPICAL, known=True)
        if seed % 2:  # on every tenth day all are late together
            bad = (rng.random(150) < 0.1)[made.accepted] & (made.days != NONE)
            bad &= made.accepted + made.days + 5 <= made.as_of
            made = replace(made, days=np.where(bad, made.days + 5, made.days))
        n = len(made)
        false += bool(telling(replace(made, columns=(
            Texts("service", rng.integers(0, 3, n), ("x", "y", "z")),
            Texts("weekday", made.accepted % 7, tuple("1234567")),
            Texts("office", rng.integers(-1, 20, n), tuple(f"{one:02d}" for one in range(20))),
            Numbers("weight", rng.lognormal(size=n)),
        ))))  # fmt: skip
    assert false <= 3 * FALSE * 200


def test_groups_as_far_apart_on_every_day_tell_as_much_as_can_be() -> None:
    day = np.repeat(np.arange(100), 4)
    goods = np.tile([0, 0, 1, 1], 100)
    history = Deliveries(
        ("KR-US",), np.zeros(400, dtype=np.int64), day, np.where(goods == 1, 8, 3),
        np.full(400, NONE), 200, (Texts("service", goods, SERVICES),),
    )  # fmt: skip
    (one,) = telling(history)
    assert one.p == 0
    rows = find_parted(history, 0.96, 0.95).by_lane()["KR-US"]
    assert [row.days for _, row in rows] == [3, 8]


def test_items_that_are_counted_tell_nothing() -> None:
    # Deliveries slow down, and the items' numbers would tell which are the slow ones.
    made = drawn(3, 2000, 200, TYPICAL, slower=3.0, from_share=0.5, known=True)
    number = np.arange(len(made), dtype=np.float64)
    assert telling(replace(made, columns=(Numbers("number", number),))) == []


def test_a_column_that_tells_is_found_and_each_part_keeps_the_target() -> None:
    kept = parts = 0
    for seed in range(40):
        found = find_parted(by_service(seed), 0.96, 0.95)
        if not found.by:  # it would have brought dates down by less than a twentieth
            continue
        assert names(found) == ["service"]
        for lane, rows in found.by_lane().items():
            assert [part.values for part, _ in rows] == [("documents",), ("goods",)]
            for part, row in rows:
                slower = 1.6 if part.values == ("goods",) else 1.0
                parts += 1
                assert row.days is not None
                kept += share_within(row.days, TYPICAL[int(lane)] * slower) >= 0.96
    assert parts > 400
    assert kept >= 0.95 * parts


def test_dates_of_parts_are_shorter_and_as_often_on_time_as_was_asked() -> None:
    history = by_service(1, items=6000)
    found = backtest(history, 120, 0.96, 0.95)
    assert [one.cut.name for one in found.parted.by] == ["service"]
    assured, whole = found.results["assured"], found.results["assured_lanes"]
    assert (assured.share or 0) >= 0.96
    assert (assured.mean_days or 0) < 0.9 * (whole.mean_days or 0)
    for rival in ("percentile", "fixed"):
        assert (assured.mean_days or 0) < (found.equal[rival].mean_days or 0)


def test_a_value_never_seen_is_promised_the_lane_s_days() -> None:
    history = by_service(2)
    colour, service = history.columns
    assert isinstance(service, Texts)
    known = replace(history, columns=(colour, replace(service, labels=(*SERVICES, "printed"))))
    found = find_parted(known, 0.96, 0.95)
    assert names(found) == ["service"]
    printed = replace(
        known, columns=(colour, Texts("service", np.full(len(known), 2), (*SERVICES, "printed")))
    )
    assert (found.promise(printed) == found.whole.promise(printed)).all()
    parted = found.parted[known.lane]
    assert (found.promise(known) != found.whole.promise(known))[parted].any()


def of_values(counts: list[int]) -> Deliveries:
    """One lane of documents (three days) and of others (eight), so many of each value."""
    value = np.repeat(np.arange(len(counts)), counts)
    rng = np.random.default_rng(5)
    took = np.where(value == 0, 3.0, 8.0) * np.exp(0.1 * rng.standard_normal(len(value)))
    accepted = rng.integers(0, 100, len(value))
    order = np.argsort(accepted, kind="stable")
    labels = ("documents", "goods", "printed", "gifts")[: len(counts)]
    return Deliveries(
        ("KR-US",), np.zeros(len(value), dtype=np.int64), accepted[order],
        np.ceil(took).astype(np.int64)[order], np.full(len(value), NONE), 200,
        (Texts("contents", value[order], labels),),
    )  # fmt: skip


def test_what_has_too_few_items_joins_what_has_too_few_too() -> None:
    found = find_parted(of_values([300, 300]), 0.96, 0.95)
    documents, goods = found.by_lane()["KR-US"]
    assert documents[0] == Part("KR-US", ("documents",))
    assert documents[1].days == 4
    assert goods[1].days == 10
    # Sixty items assure nothing by themselves, and nothing is left to join them: the lane is whole.
    history = of_values([300, 300, 60])
    found = find_parted(history, 0.96, 0.95)
    assert found.by_lane() == {}
    assert (found.promise(history) == found.whole.promise(history)).all()
    # Twice sixty do.
    history = of_values([300, 300, 60, 60])
    found = find_parted(history, 0.96, 0.95)
    rows = found.by_lane()["KR-US"]
    assert [(part.values, row.items) for part, row in rows] == [
        (("documents",), 300), (("goods",), 300), ((None,), 120),
    ]  # fmt: skip
    assert set(found.promise(history).tolist()) == {row.days for _, row in rows}


def test_a_column_said_twice_parts_lanes_once() -> None:
    history = by_service(6)
    _, service = history.columns
    twice = replace(history, columns=(service, replace(service, name="again")))
    assert len(telling(twice)) == 1


@pytest.mark.parametrize("until", [250, 400, 500, 600, 700, 800])
def test_real_air_freight_keeps_the_target_with_fewer_days_than_rivals_that_know_it(
    until: int,
) -> None:
    if not AIR_FREIGHT.is_file():
        pytest.skip(f"{AIR_FREIGHT.name} is not in the folder `shared/data` beside this checkout")
    found = backtest(air_freight(), until, 0.96, 0.95)
    assert [one.cut.name for one in found.parted.by] == ["planned", "out dlv"]
    assured, whole = found.results["assured"], found.results["assured_lanes"]
    assert assured.share is not None
    assert whole.share is not None
    assert assured.share >= 0.96 - 1.96 * np.sqrt(0.96 * 0.04 / assured.items)
    assert assured.clearly_below == 0
    assert (assured.mean_days or 0) <= 0.92 * (whole.mean_days or 0)
    # A plain percentile and one D+n, chosen afterwards to be on time as often, are longer.
    for rival in ("percentile", "fixed"):
        equal = found.equal[rival].mean_days
        assert equal is None or equal > (assured.mean_days or 0)
