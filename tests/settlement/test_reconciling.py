"""Dispatches, items and bills held against each other: every kind of gap, by hand."""

import pyarrow as pa

from datecertain.settlement.measures import EVENT_TIMES, sent_by_rules
from datecertain.settlement.reconciling import ADVISED, Gap, GapKind, gaps_of

# item lane scans (C sent off, D scanned in) dispatch (! it came) billed
MONTH = """
A KR-US CD KRSEL-1! billed
B KR-US CD KRSEL-1! no
C KR-US C  KRSEL-1! no
D KR-US C  KRSEL-2  no
E KR-US D  -        billed
F KR-US .  -        billed
G KR-US CD KRSEL-3! no
H KR-US CD KRSEL-3! no
I KR-JP CD -        no
J JP-US D  JPKWS-1  billed
"""


def gaps(settles: bool = True) -> dict[str, tuple[str, ...]]:
    rows = [line.split() for line in MONTH.strip().splitlines()]
    times = pa.Table.from_pylist(
        [
            {"item_key": f"key-{item}", "origin": lane[:2], "destination": lane[3:],
             "emc_at": 1 if "C" in scans else None, "emd_at": 2 if "D" in scans else None}
            for item, lane, scans, _, _ in rows
        ],
        schema=EVENT_TIMES,
    )  # fmt: skip
    advised = pa.Table.from_pylist(
        [
            {"item_id": item, "dispatch": dispatch.rstrip("!"), "came": dispatch.endswith("!")}
            for item, _, _, dispatch, _ in rows
            if dispatch != "-"
        ],
        schema=ADVISED,
    )
    billed = pa.array([f"key-{row[0]}" for row in rows if row[4] == "billed"])
    found = gaps_of(
        sent_by_rules(times), pa.array([row[0] for row in rows]), advised, billed,
        lambda one, other: settles and {one, other} != {"KR", "JP"},
    )  # fmt: skip
    return {gap.name: gap.items for gap in found}


def test_every_kind_of_gap() -> None:
    assert gaps() == {
        "received_not_billed:KR-US": ("B", "G", "H"),
        "billed_not_received:KR-US": ("F",),
        "dispatch_not_billed:KRSEL-3": ("G", "H"),
        "sent_not_received:KR-US": ("C", "D"),
        "received_not_sent:KR-US": ("E",),
        "dispatch_not_come:KRSEL-2": ("D",),
    }


def test_nothing_is_expected_on_statements_of_posts_that_do_not_settle() -> None:
    assert not {name for name in gaps(settles=False) if "not_billed" in name}


def test_gaps_of_money_are_those_that_keep_a_period_open() -> None:
    money = {kind for kind in GapKind if Gap(kind, "KR-US", "KR", "US", ()).money}
    assert {kind.value for kind in money} == {
        "received_not_billed", "billed_not_received", "dispatch_not_billed",
    }  # fmt: skip
