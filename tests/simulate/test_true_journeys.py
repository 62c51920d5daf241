"""What the simulator says really happened, read as a postal officer would."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_months import closure, month_with, ordinary_month, plan_of, rows, world

from datecertain.identifiers import valid_s10
from datecertain.moments import parse_utc
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.simulate import Chances, simulate
from datecertain.simulate.posting import post_items
from datecertain.simulate.routing import choose_routes, local_day, standard_onward
from datecertain.simulate.truth import MOMENTS, TRUTH

STEPS = (
    "export", "closing", "transport", "presentation", "customs", "forwarding", "inland",
    "delivery",
)  # fmt: skip
DAYS = ("days_promise", *(f"days_{step}" for step in STEPS))


def test_when_nothing_goes_wrong_every_item_is_on_time_and_no_step_over_its_standard() -> None:
    found = rows(month_with())
    assert {row["outcome"] for row in found} == {"on_time"}
    assert {row["causes"] for row in found} == {""}
    assert all(row["stopped_on"] <= row["date_told"] for row in found)
    assert max(row[f"{step}_over_min"] for row in found for step in STEPS) <= 0


@pytest.mark.parametrize(
    ("chance", "token"),
    [
        ("export_rolled", "export:export_rolled"),
        ("closing_missed", "closing:closing_missed"),
        ("flight_rolled", "transport:flight_rolled"),
        ("offloaded", "transport:offloaded"),
        ("flight_late", "transport:flight_late"),
        ("presentation_slow", "presentation:presentation_slow"),
        ("forwarding_missed", "forwarding:forwarding_missed"),
        ("inland_late", "inland:inland_late"),
        ("round_missed", "delivery:round_missed"),
        ("attempt_failed", "delivery:attempt_failed"),
        ("other_route", "export:other_route"),
    ],
)
def test_what_alone_strikes_is_the_only_cause_in_the_truth(chance: str, token: str) -> None:
    found = rows(month_with(**{chance: 0.5}))
    causes = Counter(row["causes"] for row in found)
    assert set(causes) == {"", token}
    struck = [row for row in found if row["causes"] == token]
    assert 0.1 * len(found) < len(struck) < 0.6 * len(found)
    # Whoever is late was struck, and nobody else.
    assert all(row["causes"] == token for row in found if row["outcome"] == "late_liable")
    assert any(row["outcome"] == "late_liable" for row in struck) or chance == "attempt_failed"


@pytest.mark.parametrize(
    ("chance", "leg"),
    [
        ("closing_missed", ("closing",)),
        ("offloaded", ("transport",)),
        ("round_missed", ("delivery",)),
    ],
)
def test_the_days_stand_at_the_step_that_lost_them(chance: str, leg: tuple[str, ...]) -> None:
    late = [row for row in rows(month_with(**{chance: 0.5})) if row["days_late"]]
    assert late
    for row in late:
        lost = {step for step in STEPS if row[f"days_{step}"] > 0}
        assert lost == set(leg), row["item_id"]
        assert row[f"{leg[0]}_over_min"] > 0


def test_a_hold_with_reason_and_release_excuses_what_it_alone_made_late() -> None:
    found = rows(month_with(customs_hold_goods=0.5, customs_hold_documents=0.5))
    held = [row for row in found if row["customs_hold"] == "told"]
    assert {row["customs_hold"] for row in found} == {"none", "told"}
    assert all(row["clock_stop"] for row in held)
    assert {row["outcome"] for row in held} == {"on_time", "late_excused"}
    assert all(row["held_at"] < row["customs_out_at"] for row in held)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("hold_no_reason", "no_reason"), ("hold_bad_reason", "bad_reason"),
     ("hold_unclosed", "unclosed")],
)  # fmt: skip
def test_a_hold_without_valid_clock_stop_excuses_nothing(kind: str, name: str) -> None:
    found = rows(month_with(customs_hold_goods=0.5, **{kind: 1.0}))
    held = [row for row in found if row["customs_hold"] == name]
    assert held
    assert not any(row["clock_stop"] for row in held)
    assert {row["outcome"] for row in held} == {"on_time", "late_liable"}


def test_a_hold_whose_release_was_never_scanned_is_no_clock_stop() -> None:
    missing = {"EDC": 10.0, "EMF": 10.0}
    found = rows(month_with(customs_hold_goods=0.5, missing_scan=missing))
    held = [row for row in found if row["customs_hold"] == "told"]
    assert held
    assert {row["missing_scans"] for row in found} == {"EDC EMF"}
    assert not any(row["clock_stop"] for row in held)


def test_an_attempt_that_fails_for_the_addressee_stops_the_clock() -> None:
    found = rows(month_with(attempt_failed=1.0))
    assert all(row["failed_attempts"] in (1, 2) for row in found)
    assert all(row["stopped_at"] == row["first_attempt_at"] for row in found)
    assert all(row["first_attempt_at"] < row["delivered_at"] for row in found)
    assert {row["outcome"] for row in found} == {"on_time"}


def test_an_attempt_that_fails_for_the_post_lets_it_run() -> None:
    found = rows(month_with(attempt_failed=1.0, attempt_by_post=1.0))
    assert {row["attempt_by"] for row in found} == {"post"}
    assert all(row["stopped_at"] == row["delivered_at"] for row in found)
    assert any(row["outcome"] == "late_liable" for row in found)


def test_an_item_at_a_pick_up_point_is_in_time_however_late_it_is_fetched() -> None:
    found = rows(month_with(pickup=1.0))
    assert all(row["stopped_at"] == row["at_pickup_at"] < row["delivered_at"] for row in found)
    assert {row["outcome"] for row in found} == {"on_time"}


def test_a_date_told_a_day_early_is_late_towards_the_sender_alone() -> None:
    found = rows(month_with(misquoted=1.0))
    assert {row["date_told"] - row["promised_on"] for row in found} == {-1, 1}
    assert {row["outcome"] for row in found} == {"on_time"}
    late = [row for row in found if row["sender_outcome"] == "late_liable"]
    assert late
    assert all(row["told_off"] == -1 and row["sender_days_late"] == 1 for row in late)


def test_without_a_date_told_a_postcode_or_a_guaranteed_area_there_is_no_guarantee() -> None:
    for chance in ("told_nothing", "postcode_missing", "remote"):
        found = rows(month_with(**{chance: 0.3}))
        unpromised = [row for row in found if row["date_told"] is None]
        assert 0 < len(unpromised) < len(found)
        for side in ("outcome", "sender_outcome"):
            assert {row[side] for row in unpromised} == {"not_guaranteed"}
            assert {row[side] for row in found} == {"on_time", "not_guaranteed"}


def test_each_side_excuses_customs_by_its_own_terms() -> None:
    # Between the posts, and from Korea and Japan, the step of the hold is excused. Senders in the
    # United States have the days for which customs kept it taken off: that may pay for a day lost
    # inland too, and may be less than what the hold and a slot missed for it moved together.
    chances = Chances.none(customs_hold_goods=0.8, inland_late=0.5)
    found = rows(simulate(world(), plan_of(2000, chances=chances)))
    differing = [row for row in found if row["outcome"] != row["sender_outcome"]]
    assert {row["origin"] for row in differing} == {"US"}
    assert {row["sender_outcome"] for row in differing} == {"late_excused", "late_liable"}
    for row in differing:
        assert row["clock_stop"]
        if row["sender_outcome"] == "late_excused":
            assert row["outcome"] == "late_liable"
            assert "inland_late" in row["causes"]
        else:
            assert row["outcome"] == "late_excused"
            assert "customs_hold" in row["causes"]


def test_a_lost_item_just_stops() -> None:
    month = month_with(lost=0.3)
    lost = [row for row in rows(month) if row["outcome"] == "lost"]
    assert len(lost) > 100
    assert all(row["delivered_at"] is None and "lost" in row["causes"] for row in lost)
    gone = {row["item_id"] for row in lost}
    last = {month.truth["item_id"][i].as_py() for i in month.scans.item[month.scans.code == 13]}
    assert not gone & last, "a lost item was scanned as delivered"


def test_a_published_closure_excuses_and_an_unpublished_one_does_not() -> None:
    for hours, outcome in ((4, "late_excused"), (None, "late_liable")):
        plan = plan_of(disruptions=(closure("NRT", hours),))
        month = simulate(world(), plan)
        waited = [row for row in rows(month) if row["closure"]]
        assert len(waited) > 10
        assert {row["closure_published"] for row in waited} == {hours is not None}
        assert {row["outcome"] for row in waited} == {"on_time", outcome}
        assert len(month.notices) == (hours is not None)
        assert all("JPKWSA" in (r["outward_office"], r["inward_office"]) for r in waited)


def test_nothing_lands_leaves_or_is_worked_while_an_office_is_closed() -> None:
    begins, ends = parse_utc("2026-10-28T00:00Z"), parse_utc("2026-10-29T06:00Z")
    found = rows(simulate(world(), plan_of(2000, disruptions=(closure("NRT"),))))
    for row in found:
        for office, moment in (
            ("outward_office", "outward_out_at"), ("inward_office", "customs_in_at"),
            ("inward_office", "customs_out_at"), ("inward_office", "inward_out_at"),
        ):  # fmt: skip
            if row[office] == "JPKWSA":
                assert not begins + 60 < row[moment] < ends, row["item_id"]


def test_a_notice_without_effect_changes_no_journey() -> None:
    plain = simulate(world(), plan_of())
    announced = simulate(world(), plan_of(disruptions=(closure("NRT", 70, closes=False),)))
    assert announced.truth.equals(plain.truth)
    assert [notice.case_id for notice in announced.notices] == ["JPKWSA-TYPHOON-2026-10-20"]


def test_a_missent_item_goes_by_the_wrong_office() -> None:
    found = rows(month_with(missent=1.0))
    missent = [row for row in found if row["wrong_office"]]
    assert missent
    assert all(row["causes"] == "transport:missent" for row in missent)
    assert all(row["wrong_office"] != row["inward_office"] for row in missent)


def test_items_under_way_at_the_closing_stay_open() -> None:
    early = simulate(world(), plan_of(closing_at=parse_utc("2026-11-03T00:00Z")))
    found = rows(early)
    assert {row["outcome"] for row in found} == {"on_time", "pending"}
    assert early.scans.scanned_at.max() <= parse_utc("2026-11-03T00:00Z")


def test_an_ordinary_month_keeps_most_of_its_promises_and_shows_all_kinds_of_trouble() -> None:
    found = rows(ordinary_month(5000))
    outcomes = Counter(row["outcome"] for row in found)
    promised = len(found) - outcomes["not_guaranteed"] - outcomes["lost"]
    assert 0.90 < outcomes["on_time"] / promised < 0.97
    assert {"on_time", "late_liable", "late_excused", "not_guaranteed", "lost"} <= set(outcomes)
    tokens = {token.split(":")[1] for row in found for token in row["causes"].split()}
    assert {"slow", "offloaded", "customs_hold", "attempt_failed", "lost"} <= tokens
    assert any(row["late_scans"] for row in found)
    assert any(row["repeated_scans"] for row in found)
    assert any(row["stamped_late"] for row in found)


def test_the_route_delivers_on_the_day_that_the_promise_computes() -> None:
    # Two ways to the same day: walked forward here, composed backwards by the product.
    network, plan = world(), plan_of(1500)
    items = post_items(network, plan)
    compiled = network.compiled
    routes = choose_routes(compiled, items, plan)
    exported = compiled.export.at(routes.link, items.accepted_at)
    ready = standard_onward(
        compiled, 1, routes.outward(compiled), routes.inward, items.destination_area, exported
    )
    done = compiled.delivery.at(items.destination_area, ready)
    due = local_day(compiled, items.destination_area, done - 1)
    assert np.array_equal(due, items.quotes.standard_day)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), trouble=st.sampled_from([0.3, 1.0, 8.0]))
def test_what_always_holds(seed: int, trouble: float) -> None:
    """True times never run backwards, the days add up, and every number is a real S10."""
    usual = Chances()
    chances = {
        name: min(getattr(usual, name) * trouble, 0.9)
        for name in Chances.__dataclass_fields__
        if name != "missing_scan"
    }
    plan = plan_of(250, seed, chances=Chances(**chances), disruptions=(closure("NRT"),))
    month = simulate(world(), plan)
    assert month.truth.schema == TRUTH
    assert tuple(month.acceptances.column_names) == ACCEPTANCE_FILE
    assert len(month.truth) == len(month.acceptances) == plan.items
    assert valid_s10(month.truth["item_id"]).all()
    assert len(set(month.truth["item_id"].to_pylist())) == plan.items
    for row in rows(month):
        moments = [row[name] for name in MOMENTS]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known), row["item_id"]
        assert moments == known + [None] * (len(moments) - len(known)), row["item_id"]
        if row["days_late"] is None:
            assert row["outcome"] not in ("late_liable", "late_excused")
            assert all(row[name] is None for name in DAYS)
        else:
            assert sum(row[name] for name in DAYS) == row["days_late"] > 0
            assert row["stopped_on"] - row["promised_on"] == row["days_late"]
        if row["sender_days_late"] is not None:
            assert row["stopped_on"] - row["date_told"] == row["sender_days_late"]
