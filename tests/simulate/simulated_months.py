"""Short simulated months over the small world, for the tests of this folder."""

from __future__ import annotations

from functools import cache
from typing import Any

from datecertain.moments import parse_date, parse_utc
from datecertain.network import Network
from datecertain.simulate import Chances, Disruption, Simulation, SimulationPlan, simulate
from worlds import small_network


@cache
def world() -> Network:
    return small_network()


def plan_of(items: int = 600, seed: int = 7, **changes: Any) -> SimulationPlan:
    """A plan for the last days of October: everything goes as it should unless told otherwise."""
    given: dict[str, Any] = {
        "seed": seed,
        "items": items,
        "first_day": parse_date("2026-10-20"),
        "last_day": parse_date("2026-11-03"),
        "closing_at": parse_utc("2026-12-01T00:00Z"),
        "chances": Chances.none(),
        "disruptions": (),
    }
    return SimulationPlan(**{**given, **changes})


def month_with(**chances: Any) -> Simulation:
    """A month in which only the named things go wrong."""
    return simulate(world(), plan_of(chances=Chances.none(**chances)))


def ordinary_month(items: int = 3000, seed: int = 7, **changes: Any) -> Simulation:
    """A month with all the usual trouble."""
    return simulate(world(), plan_of(items, seed, chances=Chances(), **changes))


def closure(airport: str, published_after_h: int | None = 4, closes: bool = True) -> Disruption:
    """From 28 October 00:00Z for thirty hours nothing leaves, lands or is worked at an airport's
    offices."""
    return Disruption(
        "TYPHOON", airport, 8 * 24, 30, closes, published_after_h, "Typhoon", "태풍"
    )  # fmt: skip


def rows(month: Simulation) -> list[dict[str, Any]]:
    """The truth, item by item."""
    found: list[dict[str, Any]] = month.truth.to_pylist()
    return found
