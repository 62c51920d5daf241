"""Missent, misrouted, returned, transit: who told what. All items are invented."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.moments import UNKNOWN
from datecertain.network import Astray, Network
from datecertain.verdict.journey_facts import (
    CODES,
    JourneyFacts,
    WayScans,
    journey_facts,
    scored,
    transit_stays,
)
from worlds import texts

POSTS, OFFICES = ("KR", "JP", "US"), ("KRSELB", "JPKWSA", "USJFKA", "USLAXA")
RULES = """
    origin,destination,fact,scoring,proof,valid_from,valid_to,source
    *,*,missent,left_out_if_proven,EMC EMK,,,test
    *,*,returned,left_out,,,,test
    KR,US,misrouted,left_out,,2026-11-01,,test
"""
#: Items from Seoul to New York. Each scan: code, office, minute.
CASES: list[tuple[str, str, set[str], bool]] = [
    # scans in order, what became of it, whether it is in the score
    ("straight", "EMC KRSELB 10, EMD USJFKA 60", set(), True),
    ("missent to Japan and sent on", "EMC KRSELB 10, EMD JPKWSA 20, EMK JPKWSA 40, EMD USJFKA 60",
     {"missent"}, False),
    ("missent to Japan, which did not say that it sent it on",
     "EMC KRSELB 10, EMD JPKWSA 20, EMD USJFKA 60", {"missent"}, True),
    ("open transit in Japan", "EMC KRSELB 10, EMJ JPKWSA 20, EMK JPKWSA 40, EMD USJFKA 60",
     {"transit"}, True),
    ("misrouted to Los Angeles", "EMC KRSELB 10, EMD USLAXA 50, EMD USJFKA 70",
     {"misrouted"}, True),
    ("scanned in twice", "EMC KRSELB 10, EMD USJFKA 50, EMD USJFKA 70", set(), True),
    ("came back", "EMC KRSELB 10, EMD USJFKA 50, EMC USJFKA 90, EMD KRSELB 120",
     {"returned"}, False),
    ("came back, told by Korea alone", "EMC KRSELB 10, EMD KRSELB 120", {"returned"}, False),
]  # fmt: skip


def way(*items: str) -> WayScans:
    """The scans of items, in any order."""
    told = [(row, *scan.split()) for row, item in enumerate(items)
            for scan in item.split(", ") if scan]  # fmt: skip
    numbers = [
        (row, CODES.index(code), int(at), POSTS.index(office[:2]), OFFICES.index(office))
        for row, code, office, at in told
    ]
    columns = np.array(numbers or np.empty((0, 5)), dtype=np.int64).reshape(-1, 5).T
    return WayScans(*columns)


def facts(*items: str) -> JourneyFacts:
    count = len(items)
    return journey_facts(np.full(count, 0), np.full(count, 2), way(*items))


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_named_journeys(case: tuple[str, str, set[str], bool]) -> None:
    _, told, became, in_score = case
    found = facts(told)
    names = ("missent", "misrouted", "returned", "transit")
    assert {name for name in names if getattr(found, name)[0]} == became
    network = Network.from_texts(texts({"journey_rules.csv": RULES}), "the small world")
    lane = pa.array(["KR"]), pa.array(["US"])
    day = np.array([20_747])  # 21 October 2026: before Korea and the US left misrouted items out
    assert scored(network, found, way(told), *lane, day).tolist() == [in_score]


def test_a_rule_holds_from_its_day_and_for_its_lane() -> None:
    network = Network.from_texts(texts({"journey_rules.csv": RULES}), "the small world")
    rules = network.journey_rules
    assert rules.scored(Astray.MISROUTED, (), "KR", "US", 20_747)
    assert not rules.scored(Astray.MISROUTED, (), "KR", "US", 20_758)  # 1 November
    assert rules.scored(Astray.MISROUTED, (), "KR", "JP", 20_758)


def test_a_stay_with_a_third_post_has_its_ends() -> None:
    told = way(CASES[1][1], CASES[2][1], CASES[3][1])
    stays = transit_stays(np.full(3, 0), np.full(3, 2), told)
    assert stays.post.tolist() == [1, 1, 1]
    assert stays.arrived.tolist() == [20, 20, 20]
    assert stays.left.tolist() == [40, UNKNOWN, 40]
    assert stays.missent.tolist() == [True, True, False]


SCANS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(OFFICES), st.integers(0, 99)), max_size=8
)


def plainly(scans: list[tuple[str, str, int]]) -> set[str]:
    """The same, one item and as the definitions read."""
    third = [code for code, office, _ in scans if office[:2] == "JP"]
    into = {office for code, office, _ in scans if code == "EMD" and office[:2] == "US"}
    found = set()
    if "EMD" in third or "EMC" in third:
        found.add("missent")
    elif third:
        found.add("transit")
    if len(into) > 1:
        found.add("misrouted")
    if any((code, office[:2]) in {("EMC", "US"), ("EMD", "KR")} for code, office, _ in scans):
        found.add("returned")
    return found


@given(st.lists(SCANS, min_size=1, max_size=5), st.randoms())
def test_the_bulk_rule_is_the_plain_one_in_any_order(
    items: list[list[tuple[str, str, int]]], random: object
) -> None:
    for item in items:
        random.shuffle(item)  # type: ignore[attr-defined]
    found = facts(*(", ".join(f"{c} {o} {at}" for c, o, at in item) for item in items))
    names = ("missent", "misrouted", "returned", "transit")
    for row, item in enumerate(items):
        assert {name for name in names if getattr(found, name)[row]} == plainly(item)
