"""Customs holds that stop no clock: how many, how long, for whom; reasons that no table knows."""

from __future__ import annotations

import pytest
from told_cases import judged

from datecertain.messages import code_table
from datecertain.moments import parse_date
from datecertain.quality import DataQuality, HoldCost, Kind

ITEMS = """
    EE000000005KR KR US 2026-10-21T01:00Z 2026-10-26
    EE000000014KR KR US 2026-10-21T01:00Z 2026-10-26
    EE000000028KR KR US 2026-10-21T01:00Z 2026-10-26
    EE000000005JP JP US 2026-10-21T01:00Z 2026-10-26
"""


def hold(item: str, reason: str = "", at: str = "23T20:00Z", by: str = "US>KR") -> str:
    return f"{item} EME 2026-10-{at} USJFKA {by} 2026-10-24T03:30Z {reason}\n"


def left(item: str, code: str, at: str, by: str = "US>KR") -> str:
    return f"{item} {code} 2026-10-{at} USJFKA {by} 2026-10-28T03:30Z\n"


def test_holds_without_a_reason_cost_the_hours_until_they_end() -> None:
    told = (
        hold("EE000000005KR") + left("EE000000005KR", "EDC", "24T20:00Z")  # 24 hours
        + hold("EE000000014KR") + left("EE000000014KR", "EMF", "26T02:30Z")  # 54.5 hours
        + hold("EE000000028KR")  # never ended
        + hold("EE000000005JP", by="US>JP") + left("EE000000005JP", "EDC", "23T21:00Z", "US>JP")
    )  # fmt: skip
    assert judged(ITEMS, told).hold_costs == (
        HoldCost("US", "KR", "no_reason", 3, 1, 4710),
        HoldCost("US", "JP", "no_reason", 1, 0, 60),
    )


def test_of_two_holds_the_first_counts_and_a_valid_reason_costs_nothing() -> None:
    valid = hold("EE000000005KR", "54") + left("EE000000005KR", "EDC", "25T20:00Z")
    assert judged(ITEMS, valid).hold_costs == ()
    wrong = hold("EE000000005KR", "58") + hold("EE000000005KR", "58", "24T20:00Z")
    found = judged(ITEMS, wrong + left("EE000000005KR", "EMF", "25T20:00Z"))
    assert found.hold_costs == (HoldCost("US", "KR", "invalid_reason", 1, 0, 2880),)


def test_the_hours_are_those_of_the_items_listed() -> None:
    told = hold("EE000000005KR") + hold("EE000000014KR", "99") + hold("EE000000028KR", "54")
    found = judged(ITEMS, told)
    listed = [row for row in found.listed.to_pylist() if row["kind"] == Kind.VOID_HOLD]
    assert sum(one.items for one in found.hold_costs) == len(listed) == 3


def unknown(found: DataQuality) -> list[tuple[str, str, int, int]]:
    return [
        (one.post, one.partner, one.of, one.bad)
        for one in found.lines if one.kind is Kind.UNKNOWN_REASON
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ["99", "ABC"])
def test_an_unknown_reason_is_kept_counted_per_partner_and_stops_no_clock(reason: str) -> None:
    assert code_table("retention_reasons").find(reason, parse_date("2026-10-23")) is None
    told = (
        hold("EE000000005KR", reason) + left("EE000000005KR", "EDC", "24T20:00Z")
        + hold("EE000000014KR", "54") + hold("EE000000028KR")
        + hold("EE000000005JP", "58", by="US>JP")
    )  # fmt: skip
    found = judged(ITEMS, told)
    assert unknown(found) == [("US", "KR", 2, 1), ("US", "JP", 1, 0)]
    assert HoldCost("US", "KR", "invalid_reason", 1, 0, 1440) in found.hold_costs
    rows = [row for row in found.listed.to_pylist() if row["kind"] == Kind.UNKNOWN_REASON]
    assert [(row["item_id"], row["event"], row["office"]) for row in rows] == [
        ("EE000000005KR", "EME", "USJFKA")
    ]
