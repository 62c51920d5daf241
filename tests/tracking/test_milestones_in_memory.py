"""The set rules of milestones say the same in the engine and on a table in memory, row for row."""

from __future__ import annotations

from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import DAY, NEVER
from datecertain.operations.evidence import episode_of
from datecertain.tracking.milestones import EPISODE_DAYS, episode_events

ITEM = "EE000000005KR"
CODES = ("EMA", "EMB", "EMC", "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EMH", "EDH", "EMI", "ZZZ")
FIRST, AGAIN = 20_000 * DAY, 20_100 * DAY

events = st.lists(
    st.tuples(
        st.sampled_from(CODES), st.integers(FIRST - 3 * DAY, AGAIN + (EPISODE_DAYS + 3) * DAY),
        st.integers(-60, 9 * DAY), st.sampled_from(["KR", "US", "JP"]),
        st.sampled_from(["KRSELB", "USJFKA", "ZZZZZA"]), st.sampled_from([None, "10", "51", "99"]),
    ),
    max_size=12,
)  # fmt: skip


def table(told: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*told, strict=True)) or [()] * 6
    code, at, lag, sender, office, reason = columns
    return pa.table(
        {
            "item_id": pa.array([ITEM] * len(told), pa.string()),
            "code": pa.array(code, pa.string()),
            "event_at": pa.array(at, pa.int64()),
            "transmitted_at": pa.array([a + b for a, b in zip(at, lag, strict=True)], pa.int64()),
            "sender": pa.array(sender, pa.string()),
            "office": pa.array(office, pa.string()),
            "reason": pa.array(reason, pa.string()),
            "measure": pa.array([None] * len(told), pa.string()),
        }
    )


def items() -> pa.Table:
    return pa.table(
        {
            "item_id": [ITEM, ITEM], "origin": ["KR", "KR"], "destination": ["US", "US"],
            "accepted_at": np.array([FIRST, AGAIN]), "next_at": np.array([AGAIN, int(NEVER)]),
            "item_row": np.array([0, 1]),
        }
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(events, st.integers(FIRST, AGAIN + EPISODE_DAYS * DAY))
def test_an_episode_takes_the_same_events_everywhere(
    told: list[tuple[Any, ...]], as_of: int
) -> None:
    mine = table(told)
    with duckdb.connect() as engine:
        there = episode_events(
            nw.from_native(engine.from_arrow(items())), nw.from_native(engine.from_arrow(mine)),
            as_of,
        ).collect("pyarrow").to_native()  # fmt: skip
    here = episode_events(
        nw.from_native(items()).lazy(), nw.from_native(mine).lazy(), as_of
    ).collect("pyarrow").to_native()  # fmt: skip

    def rows(found: pa.Table) -> list[tuple[Any, ...]]:
        names = ("item_row", "event_at", "transmitted_at", "code", "sender", "office")
        return sorted(tuple(row[name] for name in names) for row in found.to_pylist())

    assert rows(here) == rows(there)
    records = items().to_pylist()
    one_by_one = [
        (episode_of(at, records), at, at + lag, code, sender, office)
        for code, at, lag, sender, office, _ in told
        if at <= as_of and at + lag <= as_of and episode_of(at, records) >= 0
    ]
    assert sorted(one_by_one) == rows(here)
