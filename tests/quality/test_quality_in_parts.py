"""A month counted part by part is the month counted at once, however it is cut."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from simulated_months import plan_of
from told_cases import LATER, RULES, simulated, world

from datecertain.moments import NEVER, Ints
from datecertain.quality import (
    DataQuality,
    ToldEvents,
    TrackedItems,
    data_quality,
    quality_part,
    quality_together,
)
from datecertain.quality.event_rules import EventRules
from datecertain.simulate import Chances, simulate

MONTH = "2026-10"


@pytest.fixture(scope="module")
def told() -> tuple[TrackedItems, ToldEvents, Ints]:
    """A month of which much goes wrong; and claims on some of it."""
    plan = plan_of(2_000, seed=5, chances=Chances(customs_hold_goods=0.3, attempt_failed=0.2))
    items, events = simulated(simulate(world(), plan))
    claimed = np.where(np.arange(len(items)) % 7 == 0, items.accepted_at + 9 * 1440, NEVER)
    return items, events, claimed


def some_of(items: TrackedItems, events: ToldEvents, mine: Ints) -> tuple[TrackedItems, ToldEvents]:
    """Some of the items with their records, and only the places that these name."""
    row = np.full(len(items), -1, dtype=np.int64)
    row[mine] = np.arange(len(mine))
    theirs = np.flatnonzero(row[events.item] >= 0)
    part = events.take(theirs, events.copies[theirs])
    named = np.unique(part.place)
    place = np.searchsorted(named, part.place)
    part = dataclasses.replace(
        part, item=row[part.item], place=place,
        places=tuple(events.places[number] for number in named.tolist()),
    )  # fmt: skip
    columns = {
        field.name: getattr(items, field.name) if field.name == "posts"
        else getattr(items, field.name).take(mine)
        for field in dataclasses.fields(items)
    }  # fmt: skip
    return TrackedItems(**columns), part


def least_of_one(rules: EventRules) -> EventRules:
    """The rules with screens that look at every place with any scan: something is compared."""
    screens = tuple(dataclasses.replace(one, least=3) for one in rules.screens)
    return dataclasses.replace(rules, screens=screens)


def same(one: DataQuality, other: DataQuality) -> None:
    assert one.listed.equals(other.listed)
    for field in dataclasses.fields(one):
        if field.name != "listed":
            assert getattr(one, field.name) == getattr(other, field.name), field.name


@pytest.mark.parametrize("parts", [1, 2, 9])
def test_parts_come_to_the_whole(told: tuple[TrackedItems, ToldEvents, Ints], parts: int) -> None:
    items, events, claimed = told
    rules, network = least_of_one(RULES), world()
    whole = data_quality(network, items, events, rules, MONTH, LATER, claimed)
    cut = np.random.default_rng(parts).integers(0, parts, len(items))
    found = []
    for number in range(parts):
        mine = np.flatnonzero(cut == number)
        found.append(
            quality_part(network, *some_of(items, events, mine), rules, MONTH, LATER, claimed[mine])
        )
    same(quality_together(network, found, rules, MONTH, LATER), whole)
    assert {one.code for one in whole.screens} == {one.code for one in rules.screens}
    assert len(whole.listed) > 100
    assert len(whole.hold_costs) > 3
