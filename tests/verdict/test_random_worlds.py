"""The bulk verdict against the slow judge on random networks.

A sample with every run; as many items as wanted with AGREE_ITEMS, for instance
`AGREE_ITEMS=1000000 python -m pytest tests/verdict/test_random_worlds.py`.
"""

import datetime as dt
import os

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
PER_WORLD = 150


@pytest.mark.parametrize("number", range(max(1, WANTED // PER_WORLD)))
def test_a_random_network_is_judged_as_the_slow_judge_would(number: int) -> None:
    where = random_world(number)

    @seed(number)
    @settings(
        max_examples=PER_WORLD * 2 // 5, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(disturbed_items(), st.integers(0, 40))
    def agree(told: tuple[list[Item], list[Case]], wait: int) -> None:
        batch, cases = told
        as_of = max(item.last_scan for item in batch) + wait * DAY
        bulk = rows(judged(batch, cases, as_of, where))
        for item, row in zip(batch, bulk, strict=True):
            expected = expected_row(item, where.slow.judge(item, cases, as_of), where.slow)
            wrong = {k: (row[k], v) for k, v in expected.items() if row[k] != v}
            assert wrong == {}, (item, cases, as_of)

    agree()
