"""Simulated months: what was done to the scans is found again, item by item, and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from simulated_months import plan_of, rows, world
from told_cases import of_month

from datecertain.quality import DataQuality, Kind, wilson
from datecertain.simulate import Chances, Simulation, simulate

HOURLY = tuple(range(0, 24 * 60, 60))
Row = dict[str, Any]


@cache
def month(**chances: Any) -> Simulation:
    """A month of 3,000 items, sent every hour, in which only the named things go wrong."""
    given = {name: dict(v) if isinstance(v, tuple) else v for name, v in chances.items()}
    plan = plan_of(3000, seed=11, transmissions=HOURLY, chances=Chances.none(**given))
    return simulate(world(), plan)


def listed(found: DataQuality, kind: Kind, name: str = "") -> set[tuple[str, str]]:
    """(item, event) of what is listed."""
    return {
        (row["item_id"], row["event"])
        for row in found.listed.to_pylist()
        if row["kind"] == kind and name in ("", row["name"])
    }


def of(found: DataQuality, kind: Kind, name: str = "", code: str = "") -> tuple[int, int]:
    lines = [
        line for line in found.lines
        if line.kind is kind and name in ("", line.name) and code in ("", line.code)
    ]  # fmt: skip
    return sum(line.bad for line in lines), sum(line.of for line in lines)


def holds_share(bad: int, n: int, share: float) -> bool:
    """Whether a share lies in the 99.9 % interval of the counts."""
    return wilson(bad, n, 0.999).holds(share)


def test_a_month_in_which_nothing_goes_wrong_has_nothing_wrong() -> None:
    found = of_month(month())
    assert found.listed.num_rows == 0
    assert found.flags == ()
    assert of(found, Kind.MISSING)[1] > 20_000


@pytest.mark.parametrize(
    ("name", "given", "expects"),
    [("departed", "EMD", "EMC"), ("arrived", "EMC", "EMD"), ("outward_in", "EMC", "EMB")],
)
def test_every_scan_that_was_left_out_is_asked_for(name: str, given: str, expects: str) -> None:
    made = month(missing_scan=(("EMB", 0.05), ("EMC", 0.05), ("EMD", 0.05)))
    told = [row for row in rows(made) if given not in row["missing_scans"].split()]
    missing = {(r["item_id"], expects) for r in told if expects in r["missing_scans"].split()}
    found = of_month(made)
    assert listed(found, Kind.MISSING, name) == missing
    assert of(found, Kind.MISSING, name) == (len(missing), len(told))
    # The post's own factor lies between 0.5 and 1.7.
    assert 0.5 * 0.05 * 0.7 < len(missing) / len(told) < 1.7 * 0.05 * 1.3


def test_every_record_sent_days_late_is_late_and_no_other() -> None:
    made = month(sent_late=0.04)
    late = {(r["item_id"], code) for r in rows(made) for code in r["late_scans"].split()}
    found = of_month(made)
    by_24_hours = listed(found, Kind.LATE, "upu_24_hours") | listed(
        found, Kind.LATE, "other_events"
    )
    assert by_24_hours == late
    for code in ("EMD", "EMI"):
        assert holds_share(*of(found, Kind.LATE, "upu_24_hours", code), 0.04)


def test_every_hold_that_stops_no_clock_is_found_with_why() -> None:
    made = month(customs_hold_goods=0.3, customs_hold_documents=0.3, hold_no_reason=0.1,
                 hold_bad_reason=0.08, hold_unclosed=0.06)  # fmt: skip
    found = of_month(made)
    for truth, why, share in (
        ("no_reason", "no_reason", 0.1), ("bad_reason", "invalid_reason", 0.08),
        ("unclosed", "not_closed", 0.06),
    ):  # fmt: skip
        void = {(r["item_id"], "EME") for r in rows(made) if r["customs_hold"] == truth}
        assert listed(found, Kind.VOID_HOLD, why) == void
        assert holds_share(*of(found, Kind.VOID_HOLD, why), share)


def test_every_record_told_twice_is_a_duplicate() -> None:
    made = month(sent_twice=0.03)
    twice = {(r["item_id"], code) for r in rows(made) for code in r["repeated_scans"].split()}
    found = of_month(made)
    assert listed(found, Kind.DUPLICATE) == twice
    assert holds_share(*of(found, Kind.DUPLICATE), 0.03)


def test_every_departure_stamped_after_the_arrival_is_an_impossible_sequence() -> None:
    made = month(stamped_late=0.03)
    late = {(r["item_id"], code) for r in rows(made) for code in r["stamped_late"].split()}
    assert listed(of_month(made), Kind.SEQUENCE) == late


def test_every_item_sent_to_a_third_post_is_missent() -> None:
    made = month(missent=0.05)
    third = {
        row["item_id"]
        for row in rows(made)
        if row["wrong_office"]
        and row["wrong_office"][:2] not in (row["origin"], row["destination"])
    }
    found = of_month(made)
    assert {item for item, _ in listed(found, Kind.MISSENT)} == third
    assert len(third) > 20


@pytest.mark.parametrize("seed", range(5))
def test_an_ordinary_month_flags_nobody(seed: int) -> None:
    plan = plan_of(3000, seed=seed, chances=Chances(attempt_failed=0.2, customs_hold_goods=0.1))
    found = of_month(simulate(world(), plan))
    assert found.flags == ()
    assert len({one.code for one in found.screens}) >= 5


def test_scans_are_counted_by_the_post_that_sent_them() -> None:
    found = of_month(month(missing_scan=(("EMB", 0.05), ("EMC", 0.05), ("EMD", 0.05))))
    arrived = {(x.post, x.partner): x.of for x in found.lines if x.name == "arrived"}
    truth = [r for r in rows(month(missing_scan=(("EMB", 0.05), ("EMC", 0.05), ("EMD", 0.05))))
             if "EMC" not in r["missing_scans"].split()]  # fmt: skip
    for (post, partner), n in arrived.items():
        assert n == sum(r["destination"] == post and r["origin"] == partner for r in truth)
    assert np.sum(list(arrived.values())) == len(truth)
