"""Handover in the verdict: what a proven handover does to shares, on random items of the small
world (all invented)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from judged_items import (
    AS_OF,
    calm_items,
    disturbed_items,
    milestones,
    minute_of,
    named_world,
    to_judge,
    world,
)

from datecertain.moments import UNKNOWN
from datecertain.network import HandoverPoint
from datecertain.verdict.handover import (
    CARRIER,
    Movement,
    Movements,
    agreed_points,
    handover,
    with_handover,
)
from datecertain.verdict.judging import Judgement, judge
from datecertain.verdict.outcomes import Checkpoint, Leg
from slow_declared import Case
from slow_replay import Item
from thorough import often

SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck),
        "phases": set(Phase) - {Phase.explain}}  # fmt: skip
HOUR = dt.timedelta(hours=1)


def judged(item: Item, received: Sequence[dt.datetime], scan: dt.datetime | None) -> Judgement:
    """The item with another arrival scan (None: none), its bag received at these moments."""
    network = world().network
    asked, own = to_judge([item], world()), milestones([item], world())
    own.at[0, Checkpoint.INWARD_IN] = minute_of(scan)
    _, destination = asked.lane_posts(tuple(network.posts))
    count = len(received)
    office = own.office[0, Checkpoint.INWARD_IN]
    told = Movements(
        item=np.zeros(count, np.int64), kind=np.full(count, Movement.RECEIVED, np.int64),
        at=np.array([minute_of(at) for at in received], np.int64),
        office=np.full(count, office), at_office=np.ones(count, bool),
        told_by=np.full(count, destination[0]), fact=np.ones(count, bool),
        carrier=np.full(count, CARRIER), carriers=(),
    )  # fmt: skip
    point = np.array([HandoverPoint.RECEIVED])
    found = handover(network, own, own.delivered, destination, point, told)
    return judge(network, asked, with_handover(own, found), [], minute_of(AS_OF))


def origin_share(judgement: Judgement) -> int:
    share = judgement.between.settled.share[0]
    return int(share[Leg.EXPORT] + share[Leg.TRANSPORT])


def scanned_in_and_out(item: Item) -> tuple[dt.datetime, dt.datetime]:
    """When the item left the outward office and when it was scanned at the inward one."""
    assume({"EMC", "EMD"} <= item.scans.keys())
    left, came = item.scans["EMC"][0], item.scans["EMD"][0]
    assume(came - left > 2 * HOUR)
    return left, came


@settings(max_examples=often(50), **SLOW)
@given(calm_items(), st.floats(0, 1), st.floats(0, 1))
def test_an_earlier_handover_never_raises_the_share_of_who_handed_over(
    item: Item, one: float, other: float
) -> None:
    left, came = scanned_in_and_out(item)
    earlier, later = (left + (came - left) * part for part in sorted((one, other)))
    first, second = judged(item, [earlier], came), judged(item, [later], came)
    held = first.between.holds.valid[0] or second.between.holds.valid[0]
    assume(not held)  # an earlier handover can move the end of an excused hold
    assert origin_share(first) <= origin_share(second)
    late = first.between.settled.late[0], second.between.settled.late[0]
    assert late[0] == late[1]


@settings(max_examples=often(33), **SLOW)
@given(calm_items(), st.floats(0, 1), st.integers(0, 200))
def test_a_late_scan_moves_no_blame_once_the_handover_is_proven(
    item: Item, part: float, hours: int
) -> None:
    left, came = scanned_in_and_out(item)
    proven = [left + (came - left) * part]
    told = [
        judged(item, proven, scan).table.to_pylist() for scan in (came, None, came + hours * HOUR)
    ]
    assert told[0] == told[1] == told[2]


@settings(max_examples=often(20), **SLOW)
@given(disturbed_items())
def test_without_movements_every_verdict_is_byte_for_byte_the_same(
    told: tuple[list[Item], list[Case]],
) -> None:
    batch, _ = told
    network = named_world().network
    asked, own = to_judge(batch, named_world()), milestones(batch, named_world())
    origin, destination = asked.lane_posts(tuple(network.posts))
    point = np.full(len(batch), int(HandoverPoint.LANDING))
    found = handover(network, own, own.delivered, destination, point, Movements.none())
    assert with_handover(own, found) is own
    assert not agreed_points(network, origin, destination, asked.accepted_date).any()
    assert (found.at[found.proof == 0] == UNKNOWN).all()
