"""The bulk verdict against the slow judge on random networks.

A sample with every run; as many items as wanted with AGREE_ITEMS, for instance
`AGREE_ITEMS=1000000 python -m pytest tests/verdict/test_random_worlds.py`.
"""

import datetime as dt
import os
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from judged_items import disturbed_items, expected_row, judged, rows
from random_worlds import random_world

from slow_declared import Case
from slow_replay import Item

DAY = dt.timedelta(days=1)
WANTED = int(os.environ.get("AGREE_ITEMS", "600"))
#: About so many items a world: enough to meet its terms, few enough to meet many worlds.
PER_WORLD = 150 if WANTED < 10_000 else 3_000
#: Each drawn item is judged with so many variants of it, for drawing costs more than judging.
VARIANTS = 3 if WANTED < 10_000 else 19
MOVES = tuple(dt.timedelta(hours=hours) for hours in (0, 0, 0, 0, -1, 1, 7, -9, 24, -24, 71, 120))


def variant(item: Item, chance: Random) -> Item:
    """The item with some of its moments moved, some of its scans and events gone, another date."""

    def moved(at: Any) -> Any:
        return at and at + chance.choice(MOVES)

    def gone() -> bool:
        return chance.random() < 0.1

    scans = {code: (moved(at), office) for code, (at, office) in item.scans.items() if not gone()}
    events = [replace(event, at=moved(event.at)) for event in item.events if not gone()]
    days = dt.timedelta(days=chance.choice([0, 0, 0, 1, -1, 2]))
    return replace(
        item,
        told=item.told and item.told + days,
        standard=item.standard and item.standard + chance.choice([days, dt.timedelta()]),
        scans=scans,
        events=tuple(events),
        delivered=None if gone() else moved(item.delivered),
        pickup=None if gone() else moved(item.pickup),
        export_back=None if gone() else moved(item.export_back),
    )


@pytest.mark.parametrize("number", range(max(1, WANTED // PER_WORLD)))
def test_a_random_network_is_judged_as_the_slow_judge_would(number: int) -> None:
    where, chance, judged_here = random_world(number), Random(number), 0

    @seed(number)
    @settings(
        max_examples=max(1, PER_WORLD * 2 // 5 // (VARIANTS + 1)), database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(disturbed_items(), st.integers(0, 40))
    def agree(told: tuple[list[Item], list[Case]], wait: int) -> None:
        nonlocal judged_here
        drawn, cases = told
        batch = drawn + [variant(item, chance) for item in drawn for _ in range(VARIANTS)]
        as_of = max(item.last_scan for item in batch) + wait * DAY
        bulk = rows(judged(batch, cases, as_of, where))
        for item, row in zip(batch, bulk, strict=True):
            expected = expected_row(item, where.slow.judge(item, cases, as_of), where.slow)
            wrong = {k: (row[k], v) for k, v in expected.items() if row[k] != v}
            assert wrong == {}, (item, cases, as_of)
        judged_here += len(batch)

    agree()
    print(f"world {number}: {judged_here} items")  # with -s
