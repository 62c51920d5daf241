"""Handover at the inward office as a postal officer would argue it, then what must always hold.

All items and movements are invented; moments are UTC, Seoul is nine hours ahead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import UNKNOWN, day_of, parse_date
from datecertain.network import HandoverPoint, Network
from datecertain.verdict.handover import (
    CARRIER,
    Handover,
    Movement,
    Movements,
    handover,
    with_handover,
)
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import Reasoned
from slow_handover import Told, Way, first_proof, in_columns
from thorough import often
from worlds import texts

DAY = 1440
MONDAY = parse_date("2026-10-26") * DAY  # 09:00 in Seoul
TAGS = """
    office,days,by,valid_from,valid_to,source
    KRSELB,123456,22:00,,,test
"""
LANDED, DELIVERED, TAKEN_OVER, RECEIVED = (
    Movement.LANDED, Movement.DELIVERED, Movement.TAKEN_OVER, Movement.RECEIVED,
)  # fmt: skip


@lru_cache(maxsize=1)
def network() -> Network:
    return Network.from_texts(texts({"tag_times.csv": TAGS}), "the small world")


def found(ways: Sequence[Way], order: Sequence[int] | None = None) -> tuple[Handover, Milestones]:
    """The handover of items for Seoul, and their milestones."""
    at = np.full((len(ways), 8), UNKNOWN, dtype=np.int64)
    office = np.full((len(ways), 8), -1, dtype=np.int64)
    stopped = np.full(len(ways), UNKNOWN)
    for row, way in enumerate(ways):
        at[row, 0] = way.accepted
        at[row, Checkpoint.INWARD_IN] = UNKNOWN if way.scan is None else way.scan
        office[row, Checkpoint.INWARD_IN] = network().offices.get(way.scan_office, -1)
        behind = way.later[:5]
        for column, moment in enumerate(behind[:-1], start=Checkpoint.CUSTOMS_IN):
            at[row, column] = moment
        if behind:
            stopped[row] = behind[-1]
    nobody = np.full(len(ways), UNKNOWN)
    none = {name: np.full((len(ways), 2), UNKNOWN) for name in Reasoned.__slots__}
    milestones = Milestones(at, office, *(nobody.copy() for _ in range(5)), Reasoned(**none))
    told = in_columns(ways)
    told = [told[row] for row in order] if order is not None else told
    posts, carriers = list(network().posts), ("KE", "OZ")
    movements = Movements(
        item=np.array([row for row, _ in told], dtype=np.int64),
        kind=np.array([one.kind for _, one in told], dtype=np.int64),
        at=np.array([one.at for _, one in told], dtype=np.int64),
        office=np.array([network().offices.get(one.office, -1) for _, one in told], np.int64),
        at_office=np.array([one.at_office for _, one in told], dtype=bool),
        told_by=np.array(
            [posts.index(one.by) if one.by in posts else CARRIER for _, one in told], np.int64
        ),
        fact=np.array([one.fact for _, one in told], dtype=bool),
        carrier=np.array(
            [carriers.index(one.by) if one.by in carriers else -1 for _, one in told], np.int64
        ),
        carriers=carriers,
    )
    post = np.full(len(ways), posts.index("KR"))
    point = np.array([way.point for way in ways], dtype=np.int64)
    return handover(network(), milestones, stopped, post, point, movements), milestones


def way(point: HandoverPoint, scan: int | None, *told: Told, later: tuple[int, ...] = ()) -> Way:
    """An item accepted on Sunday, with its scan in hours from Monday 09:00 in Seoul."""
    at = None if scan is None else MONDAY + 60 * scan
    return Way(
        MONDAY - DAY, at, "KRSELB", tuple(MONDAY + 60 * hour for hour in later), "KR", point, told
    )


def told(kind: Movement, hour: int, by: str = "KE", *, fact: bool = True) -> Told:
    return Told(kind, MONDAY + 60 * hour, by, "KRSELB", kind is RECEIVED, fact)


AT_AIRPORT, AT_OFFICE = HandoverPoint.CARRIER_DELIVERED, HandoverPoint.RECEIVED
SCAN_ONLY = HandoverPoint.ARRIVAL_SCAN
CASES: list[tuple[str, Way, int | None, int, list[str]]] = [
    # what happened, the item and its bag, the hour of handover, what proves it, what is noted
    ("the scan is all there is", way(AT_AIRPORT, 6), 6, 5, []),
    ("the bag was received four hours before the item was scanned",
     way(AT_OFFICE, 6, told(RECEIVED, 2, "KR")), 2, 4, []),
    ("the carrier handed over before the office received",
     way(AT_AIRPORT, 6, told(DELIVERED, 1), told(RECEIVED, 2, "KR")), 1, 2, []),
    ("at the office is agreed: handing over at the airport proves nothing yet",
     way(AT_OFFICE, 6, told(DELIVERED, 1), told(RECEIVED, 2, "KR")), 2, 4, []),
    ("only the own scan is agreed: movements prove nothing",
     way(SCAN_ONLY, 6, told(DELIVERED, 1), told(RECEIVED, 2, "KR")), 6, 5, []),
    ("never scanned, but the bag came", way(AT_OFFICE, None, told(RECEIVED, 2, "KR")), 2, 4, []),
    ("nothing came", way(AT_OFFICE, None), None, 0, []),
    ("a booked flight is no evidence",
     way(AT_AIRPORT, 6, told(DELIVERED, 1, fact=False)), 6, 5, []),
    ("a booked landing bounds nothing", way(AT_AIRPORT, 1, told(LANDED, 3, fact=False)), 1, 5, []),
    ("scanned before the flight landed: put aside, the carrier's word stands",
     way(AT_AIRPORT, 1, told(LANDED, 3), told(DELIVERED, 4)), 4, 2, ["arrival-before-landing"]),
    ("scanned before the flight landed, nothing else known: the landing bounds it",
     way(AT_AIRPORT, 1, told(LANDED, 3)), 3, 5, ["arrival-before-landing"]),
    ("received before the flight landed: put aside",
     way(AT_OFFICE, 6, told(LANDED, 3), told(RECEIVED, 2, "KR")), 6, 5, ["arrival-before-landing"]),
    ("a flight that landed after the item was at customs was another one's",
     way(AT_AIRPORT, 1, told(LANDED, 8), later=(2, 9)), 1, 5, ["landing-after-scan"]),
    ("a bag received after its item was at customs proves nothing earlier",
     way(AT_OFFICE, 6, told(RECEIVED, 5, "KR"), later=(4, 9)), 6, 5, []),
    ("a transit post received the bag: it cannot tell for Korea",
     way(AT_OFFICE, 6, told(RECEIVED, 2, "JP")), 6, 5, ["received-by-other-post"]),
    ("landing is agreed", way(HandoverPoint.LANDING, 6, told(LANDED, 1)), 1, 1, []),
    ("taken over from the carrier comes before received",
     way(HandoverPoint.TAKEN_OVER, 6, told(TAKEN_OVER, 1, "KR"), told(RECEIVED, 2, "KR")),
     1, 3, []),
    ("received at 23:00 on Monday, after the tag time: counts on Tuesday",
     way(AT_OFFICE, 30, told(RECEIVED, 14, "KR")), 14, 4, ["after-tag-time"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_named_handovers(case: tuple[str, Way, int | None, int, list[str]]) -> None:
    _, item, hour, proof, codes = case
    answer, _ = found([item])
    assert answer.at[0] == (UNKNOWN if hour is None else MONDAY + 60 * hour)
    assert answer.proof[0] == proof
    assert answer.codes(0) == codes


def test_what_is_handed_over_at_the_airport_counts_when_it_can_be_at_the_office() -> None:
    """Seoul fetches within 120 minutes of the landing, by the network's standard."""
    answer, _ = found([way(AT_AIRPORT, 6, told(DELIVERED, 1))])
    assert (answer.at[0], answer.counts_from[0]) == (MONDAY + 60, MONDAY + 180)


@pytest.mark.parametrize(
    ("hour", "counts"),
    [
        (13, 13),  # Monday 22:00: in time for the tag time, to the minute
        (14, 15),  # Monday 23:00: from Tuesday 00:00
        (5 * 24 + 13, 5 * 24 + 13),  # Saturday 22:00
        (5 * 24 + 14, 6 * 24 + 15),  # Saturday 23:00: Sunday has none, so from Monday 00:00
        (6 * 24, 6 * 24 + 15),  # Sunday morning
    ],
)
def test_critical_tag_times(hour: int, counts: int) -> None:
    answer, _ = found([way(AT_OFFICE, None, told(RECEIVED, hour, "KR"))])
    assert (answer.counts_from[0] - MONDAY) / 60 == counts


def test_a_tag_time_speaks_of_receptacles_not_of_scans() -> None:
    answer, _ = found([way(AT_OFFICE, 14)])
    assert answer.counts_from[0] == MONDAY + 14 * 60


def test_the_carrier_is_named_by_its_latest_word() -> None:
    answer, _ = found([way(AT_AIRPORT, 6, told(LANDED, 1, "KE"), told(DELIVERED, 2, "OZ"))])
    assert answer.carrier[0] == 1


# --- what always holds ----------------------------------------------------------------------

HOURS = st.integers(-3, 40)
TOLD = st.builds(
    lambda kind, hour, by, office, fact: Told(
        kind, MONDAY + 60 * hour, by, office, kind is RECEIVED, fact
    ),
    st.sampled_from(list(Movement)), HOURS, st.sampled_from(["KE", "OZ", "KR", "JP"]),
    st.sampled_from(["KRSELB", "XXXXXA"]), st.booleans(),
)  # fmt: skip
WAYS = st.builds(
    lambda point, scan, told, later: way(point, scan, *told, later=tuple(sorted(later))),
    st.sampled_from(list(HandoverPoint)), st.none() | HOURS, st.lists(TOLD, max_size=5),
    st.lists(HOURS, max_size=5),
)  # fmt: skip
BATCHES = st.lists(WAYS, min_size=1, max_size=8)


@settings(max_examples=often(133), deadline=None)
@given(BATCHES)
def test_the_bulk_rule_is_the_slow_one(ways: list[Way]) -> None:
    answer, _ = found(ways)
    for row, item in enumerate(ways):
        at, proof, office = first_proof(item)
        assert answer.at[row] == (UNKNOWN if at is None else at)
        assert answer.proof[row] == proof
        expected = office if office in network().offices else item.scan_office
        assert proof == 0 or answer.office[row] == network().offices[expected]


@settings(max_examples=often(33), deadline=None)
@given(BATCHES, st.randoms())
def test_the_order_of_messages_changes_nothing(ways: list[Way], random: object) -> None:
    order = list(range(len(in_columns(ways))))
    random.shuffle(order)  # type: ignore[attr-defined]
    one, _ = found(ways)
    other, _ = found(ways, order)
    for name in ("at", "counts_from", "office", "proof", "bounded", "carrier", "noticed"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(max_examples=often(33), deadline=None)
@given(BATCHES)
def test_without_movements_nothing_changes(ways: list[Way]) -> None:
    bare = [replace(item, told=()) for item in ways]
    answer, milestones = found(bare)
    assert with_handover(milestones, answer) is milestones
    assert not answer.noticed.any()


@settings(max_examples=often(66), deadline=None)
@given(WAYS, HOURS)
def test_a_late_or_early_scan_moves_nothing_once_the_handover_is_proven(
    item: Way, hour: int
) -> None:
    unscanned = replace(item, scan=None)
    proven, _ = found([unscanned])
    if proven.proof[0] == 0:
        return
    at = int(proven.at[0])
    landings = [one.at for one in item.told
                if one.fact and one.kind == LANDED and one.at >= item.accepted]  # fmt: skip
    landed = min(landings, default=item.accepted)
    late, early = at + 60 * abs(hour), landed - 1
    for scan in (late, early):
        if scan == early and (early < item.accepted or landed > at or not landings):
            continue
        answer, _ = found([replace(item, scan=scan)])
        assert answer.at[0] == at
        assert answer.counts_from[0] <= proven.counts_from[0]


@settings(max_examples=often(66), deadline=None)
@given(st.lists(st.integers(0, 14 * DAY), min_size=2, max_size=30))
def test_a_later_handover_never_counts_earlier(moments: list[int]) -> None:
    at = MONDAY + np.array(sorted(moments), dtype=np.int64)
    office = np.full(len(at), network().offices["KRSELB"])
    counts = network().tag_times.counts_from(office, at)
    assert (np.diff(counts) >= 0).all()
    assert (counts >= at).all()


def test_where_nothing_is_agreed_the_own_scan_is_the_handover() -> None:
    agreed = network().carriage.on("KR", "JP", day_of(dt.date(2026, 10, 1)))
    assert (agreed.handover, agreed.row) == (HandoverPoint.ARRIVAL_SCAN, None)
