"""A month between the ten posts, as the demo shows it."""

from __future__ import annotations

from collections import Counter

import pytest
from simulated_months import rows

from datecertain.network import Network, bundled_network
from datecertain.simulate import Chances, SimulationPlan, simulate


@pytest.fixture(scope="module")
def ten_posts() -> Network:
    return bundled_network()


def test_about_nineteen_of_twenty_promises_are_kept(ten_posts: Network) -> None:
    month = simulate(ten_posts, SimulationPlan(items=12_000))
    found = rows(month)
    outcomes = Counter(row["outcome"] for row in found)
    promised = len(found) - outcomes["not_guaranteed"] - outcomes["lost"]
    assert 0.935 < outcomes["on_time"] / promised < 0.965
    assert 0.005 < outcomes["not_guaranteed"] / len(found) < 0.025
    assert len({(row["origin"], row["destination"]) for row in found}) == 90
    assert sum(row["plain"] for row in found) > 0.995 * len(found)
    assert {notice.post for notice in month.notices} == {"HK", "JP", "TH"}
    assert all(
        row["customs_out_at"] is None or row["customs_out_at"] > row["customs_in_at"]
        for row in found
        if row["customs_in_at"] is not None
    )


def test_when_nothing_goes_wrong_no_promise_is_broken(ten_posts: Network) -> None:
    plan = SimulationPlan(items=12_000, seed=3, chances=Chances.none(), disruptions=())
    assert {row["outcome"] for row in rows(simulate(ten_posts, plan))} == {"on_time"}
