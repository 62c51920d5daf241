"""Receptacles weighed and parted among their items, by hand and for any weights."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from datecertain.settlement.weighing import receptacle_weights, weighed_by_receptacle


def weights(*rows: tuple[str, str | None, int | None, int, int]) -> dict[str, int]:
    names = ("receptacle", "kind", "weight_hg", "label_weight_hg", "said_at")
    types = (pa.string(), pa.string(), pa.int32(), pa.int32(), pa.int64())
    columns = zip(*rows, strict=True)
    table = pa.table(
        {name: pa.array(column, kind)
         for name, column, kind in zip(names, columns, types, strict=True)}
    )  # fmt: skip
    found = receptacle_weights(table)
    return dict(zip(found["receptacle"].to_pylist(), found["weight_g"].to_pylist(), strict=True))


def test_the_receipt_outweighs_the_advice_and_the_last_message_the_first() -> None:
    assert weights(
        ("A", "received", 121, 123, 50), ("A", "advised", 125, 123, 90),
        ("B", "advised", 47, 48, 10), ("B", "advised", 46, 48, 20),
        ("C", "advised", None, 48, 10), ("C", "missing", None, 48, 10),
        ("D", None, None, 0, 10),
    ) == {"A": 12_100, "B": 4_600, "C": 4_800}  # fmt: skip


def parted(grams: int, items: dict[str, int | None]) -> dict[str, int]:
    inside = pa.table({"item_id": list(items), "receptacle": ["A"] * len(items)})
    accepted = {key: value for key, value in items.items() if value is not None}
    found = weighed_by_receptacle(
        inside,
        pa.table({"receptacle": ["A"], "weight_g": [grams]}),
        pa.table({"item_id": pa.array(accepted, pa.string()),
                  "weight_g": pa.array(accepted.values(), pa.int64())}),
    )  # fmt: skip
    return dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def test_parted_by_the_weights_as_accepted_else_alike() -> None:
    assert parted(1_100, {"X": 200, "Y": 300, "Z": 500}) == {"X": 220, "Y": 330, "Z": 550}
    assert parted(1_000, {"X": 200, "Y": None, "Z": 500}) == {"X": 333, "Y": 333, "Z": 334}


@given(st.integers(1, 60_000), st.lists(st.integers(1, 30_000), min_size=1, max_size=30))
def test_no_gram_is_lost(grams: int, items: list[int]) -> None:
    found = parted(grams, {f"{n:03d}": weight for n, weight in enumerate(items)})
    assert sum(found.values()) == grams
    for weight, part in zip(items, found.values(), strict=True):
        assert abs(part - grams * weight / sum(items)) < 1
