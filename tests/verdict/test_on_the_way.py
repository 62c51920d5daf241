"""The parts of the transport step: uplift and transit, from Seoul to New York in the small world.

All items are invented. The due dates of the parts are worked out again by the slow network."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_items import minute_of, named_world

from datecertain.moments import UNKNOWN, date_of
from datecertain.verdict.handover import CARRIER, Movement, Movements
from datecertain.verdict.journey_facts import TransitStays
from datecertain.verdict.on_the_way import Halt, WaySteps, way_steps
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Replay
from thorough import often

HOUR = dt.timedelta(hours=1)
LEFT = dt.datetime(2026, 10, 27, 14, 0, tzinfo=dt.UTC)  # Tuesday 23:00 in Seoul
TENDER = dt.timedelta(minutes=180)
KR, JP = 0, 1


def steps(
    came: dt.datetime, uplift: tuple[dt.datetime, dt.datetime | None] | None = None,
    stay: tuple[dt.datetime | None, dt.datetime | None] | None = None,
) -> WaySteps:  # fmt: skip
    """An item for New York. `uplift`: (moment, departure by the timetable); `stay`: in Japan."""
    network = named_world().network
    offices, area = network.offices, np.array([network.areas["US-NYC"]])
    at, office = np.full((1, 9), UNKNOWN), np.full((1, 9), -1, dtype=np.int64)
    at[0, 2], at[0, 3] = minute_of(LEFT), minute_of(came)
    office[0, 2], office[0, 3] = offices["KRSELB"], offices["USJFKA"]
    due = np.zeros((1, 9), dtype=np.int64)
    for checkpoint in (Checkpoint.OUTWARD_OUT, Checkpoint.INWARD_IN):
        due[:, checkpoint] = network.compiled.due_from(
            int(checkpoint), office[:, checkpoint], area, at[:, checkpoint]
        )
    replayed = Replay(at, due, at != UNKNOWN, office, np.full((1, 9), -1))
    count = int(uplift is not None)
    told = Movements(
        item=np.zeros(count, np.int64), kind=np.full(count, Movement.UPLIFTED, np.int64),
        at=np.array([minute_of(uplift[0])] if uplift else [], np.int64),
        office=np.full(count, -1), at_office=np.zeros(count, bool),
        told_by=np.full(count, CARRIER), fact=np.ones(count, bool),
        carrier=np.zeros(count, np.int64), carriers=("XA",),
    )  # fmt: skip
    scheduled = np.array([minute_of(uplift[1])] if uplift else [], np.int64)
    nobody = int(stay is not None)
    stays = TransitStays(
        np.zeros(nobody, np.int64), np.full(nobody, JP), np.full(nobody, offices["JPKWSA"]),
        np.array([minute_of(stay[0])] if stay else [], np.int64),
        np.array([minute_of(stay[1])] if stay else [], np.int64), np.ones(nobody, bool),
    )  # fmt: skip
    return way_steps(network, replayed, np.array([KR]), area, told, scheduled, stays)


def test_a_flight_that_left_late_is_still_that_flight() -> None:
    """XA201 of Wednesday 10:00 leaves at 13:00: nothing was lost up to the uplift."""
    scheduled = dt.datetime(2026, 10, 28, 1, 0, tzinfo=dt.UTC)
    told = steps(scheduled + 24 * HOUR, (scheduled + 3 * HOUR, scheduled))
    assert [Halt(halt) for halt in told.halt.tolist()] == [Halt.UPLIFT, Halt.HANDOVER]
    assert told.holder.tolist() == [KR, CARRIER]
    assert told.step[0] == 0
    # The next flight is Friday's: whoever left the item for it lost days before the uplift.
    friday = scheduled + 48 * HOUR
    missed = steps(friday + 24 * HOUR, (friday, friday))
    assert missed.step[0] > 0


def test_what_the_timetable_does_not_know_is_no_checkpoint() -> None:
    told = steps(LEFT + 40 * HOUR, (LEFT + 20 * HOUR, None))
    assert told.halt.tolist() == [Halt.HANDOVER]


def test_hands_of_a_transit_post_are_named() -> None:
    told = steps(LEFT + 96 * HOUR, stay=(LEFT + 20 * HOUR, LEFT + 60 * HOUR))
    assert told.halt.tolist() == [Halt.INTO_TRANSIT, Halt.OUT_OF_TRANSIT, Halt.HANDOVER]
    assert told.holder.tolist() == [CARRIER, JP, CARRIER]


HOURS = st.integers(0, 150)


@settings(max_examples=often(50), deadline=None)
@given(HOURS, st.none() | HOURS, st.none() | st.tuples(st.none() | HOURS, st.none() | HOURS))
def test_the_parts_add_up_and_are_the_slow_networks(
    came: int, lifted: int | None, stay: tuple[int | None, int | None] | None
) -> None:
    slow, arrived = named_world().slow.network, LEFT + came * HOUR
    departure = LEFT + ((lifted or 0) - 1) * HOUR
    uplift = None if lifted is None else (LEFT + lifted * HOUR, departure)
    ends = None if stay is None else tuple(
        None if hour is None else LEFT + hour * HOUR for hour in stay
    )  # fmt: skip
    told = steps(arrived, uplift, ends)  # type: ignore[arg-type]
    expected = [(arrived, Halt.HANDOVER, slow.due_from("EMD", "USJFKA", "US-NYC", arrived))]
    if uplift is not None:
        due = slow.due_from("EMC", "KRSELB", "US-NYC", departure - TENDER)
        expected.append((uplift[0], Halt.UPLIFT, due))
    for code, halt, at in zip(
        ("EMB", "EMC"), (Halt.INTO_TRANSIT, Halt.OUT_OF_TRANSIT), ends or (), strict=False
    ):
        if at is not None:
            expected.append((at, halt, slow.due_from(code, "JPKWSA", "US-NYC", at)))
    inside = sorted(one for one in expected if LEFT <= one[0] <= arrived and one[2] is not None)
    found = zip(told.at.tolist(), told.halt.tolist(), told.due.tolist(), strict=True)
    assert [(at, halt, date_of(due)) for at, halt, due in found] == [
        (minute_of(at), halt, due) for at, halt, due in inside
    ]
    first = slow.due_from("EMC", "KRSELB", "US-NYC", LEFT)
    last = slow.due_from("EMD", "USJFKA", "US-NYC", arrived)
    assert first is not None
    assert last is not None
    assert told.step.sum() == slow.days_between("US-NYC", first, last)
