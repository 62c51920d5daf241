# ruff: noqa: E501 - one line a case
"""The staircase cut at now: against the slow judge, minute by minute, and in cases worked by hand
(notation and journeys: spoken_items.py). All of it is about a small made-up world."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from judged_items import MINUTE, items, slow
from live_items import at, cut_at, due, state
from spoken_items import ZONES, local, spoken

from datecertain.moments import UNKNOWN
from datecertain.verdict.live import State
from datecertain.verdict.outcomes import Checkpoint, Leg
from slow_live import due_now, known_by, next_dues
from slow_replay import ORDER, Item
from thorough import often

SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
DECIDED = (State.DELIVERED, State.NOT_PROMISED, State.NO_STANDARD)
WAITS = st.integers(0, 10 * 24 * 6).map(lambda units: units * 10 * MINUTE)


def known_areas(item: Item) -> bool:
    return slow().knows(item.origin) and slow().knows(item.destination)


@settings(max_examples=often(83), **SLOW)
@given(st.lists(items().filter(known_areas), min_size=1, max_size=4), WAITS)
def test_the_due_date_now_is_the_staircase_cut_at_now(
    batch: list[Item], wait: dt.timedelta
) -> None:
    now = batch[0].accepted + wait
    batch = [item for item in batch if item.accepted <= now]
    found = at(batch, now)
    for row, item in enumerate(batch):
        known = slow().believed(known_by(item, now))
        if slow().stop(known, "sender") is None and slow().stop(known, "relation") is None:
            assert due(found, row) == due_now(slow(), known, now)


@settings(max_examples=often(50), **SLOW)
@given(items().filter(known_areas), WAITS, st.integers(1, 6 * 1440))
def test_while_nothing_happens_it_only_gets_later(
    item: Item, wait: dt.timedelta, minutes: int
) -> None:
    now = item.accepted + wait
    known = slow().believed(known_by(item, now))
    first, second = at([known], now), at([known], now + minutes * MINUTE)
    assert first.due[0] <= second.due[0]
    assert state(first) in DECIDED or first.state[0] <= second.state[0]


@settings(max_examples=often(83), **SLOW)
@given(items().filter(known_areas), WAITS)
def test_the_named_moment_saves_the_promise_and_a_minute_later_does_not(
    item: Item, wait: dt.timedelta
) -> None:
    now = item.accepted + wait
    known = slow().believed(known_by(item, now))
    found = at([known], now)
    by, told = cut_at(found), known.told
    assume(state(found) not in DECIDED and by is not None and told is not None)
    assert by is not None
    assert told is not None
    assert by >= now
    last = ORDER.index(slow().credible(known, None)[-1].code)
    if found.cut[0] == last + 1:
        assert min(next_dues(slow(), known, by)) <= told
        assert min(next_dues(slow(), known, by + MINUTE), default=dt.date.max) > told


@settings(max_examples=often(50), **SLOW)
@given(items().filter(known_areas), WAITS)
def test_each_state_means_what_it_says(item: Item, wait: dt.timedelta) -> None:
    now = item.accepted + wait
    found = at([item], now)
    promised = known_by(item, now).told
    assume(state(found) not in DECIDED and promised is not None)
    assert promised is not None
    soon, today = due(found), slow().network.date(item.destination, now)
    in_time = soon is not None and soon <= promised
    assert in_time == (state(found) in (State.ON_COURSE, State.AT_RISK))
    assert (today > promised) == (state(found) is State.LATE_ALREADY)
    if state(found) in (State.BEYOND_SAVING, State.LATE_ALREADY):
        assert found.slack_min[0] == UNKNOWN
    else:
        assert found.slack_min[0] >= 0


# At the named local time of November 2026 where the item is: state, E(now), whose it is and on
# which leg, and the last moment that saves it: checkpoint, office, local time.
# what happened | lane | otherwise | now | state due holder | saved by
CASES = """
handed in, the van has not come                       | KR>JP |                             | 02T16:30@KR-SEL | on_course 04 KR export        | outward_in KRSELB 03T04:00
a night more is no loss: the morning flight           | KR>JP |                             | 02T22:00@KRSELB | on_course 04 KR export        | outward_out KRSELB 03T06:30
still there at closing time, half an hour before      | KR>JP | EMC..+1d                    | 03T06:00@KRSELB | at_risk 04 KR export          | outward_out KRSELB 03T06:30
a minute too late for the morning flight              | KR>JP | EMC..+1d                    | 03T06:31@KRSELB | beyond_saving 05 KR export    | -
in the air                                            | KR>JP |                             | 03T09:00@JPKWSA | on_course 04 KR transport     | inward_in JPKWSA 03T15:00
not scanned in by the last showing to customs         | KR>JP | EMD..+1d                    | 03T15:01@JPKWSA | to_be_won_back 05 KR transport | customs_in JPKWSA 03T16:30
shown to customs                                      | KR>JP |                             | 03T16:10@JPKWSA | on_course 04 JP import        | customs_out JPKWSA 03T20:00
cleared, waiting for the night van                    | KR>JP |                             | 03T21:00@JPKWSA | on_course 04 JP import        | inward_out JPKWSA 03T23:00
the night van has gone                                | KR>JP | EMF..+1d                    | 03T23:01@JPKWSA | beyond_saving 05 JP import    | -
on the van                                            | KR>JP |                             | 04T05:00@JP-TYO | on_course 04 JP delivery      | delivery_office - 04T08:00
at the delivery office                                | KR>JP |                             | 04T09:00@JP-TYO | on_course 04 JP delivery      | stopped - 04T23:59
the round is back without it                          | KR>JP | EMI..+1d                    | 04T22:30@JP-TYO | at_risk 04 JP delivery        | stopped - 04T23:59
the day is over                                       | KR>JP | EMI..+1d                    | 05T00:00@JP-TYO | late_already 05 JP delivery   | -
delivered                                             | KR>JP |                             | 04T15:00@JP-TYO | delivered                     | -
no date told                                          | KR>JP | told=-                      | 03T09:00@JPKWSA | not_promised                  | -
waiting for Wednesday's flight                        | KR>US | EMC..+2d                    | 03T12:00@KRSELB | on_course 05 KR export        | outward_out KRSELB 04T07:00
most of that wait is over                             | KR>US | EMC..+2d                    | 04T06:30@KRSELB | at_risk 05 KR export          | outward_out KRSELB 04T07:00
sent to the slower gateway: cleared at once it can be | KR>US | EMD=03T17:30@USLAXA         | 03T19:30@USLAXA | to_be_won_back 06 US import   | customs_out USLAXA 03T20:00
the same, half an hour after the inland closing       | KR>US | EMD=03T17:30@USLAXA         | 03T20:01@USLAXA | to_be_won_back 06 US import   | inward_out USLAXA 03T23:00
told a day too early                                  | KR>JP | told=03                     | 03T09:00@JPKWSA | beyond_saving 04 KR transport | -
a day of slack was sold                               | KR>JP | told=05 EMC..+1d            | 03T06:31@KRSELB | on_course 05 KR export        | outward_out KRSELB 04T06:30
"""


def told_of(case: str) -> tuple[str, str]:
    """(what the live staircase says, what the case expects)."""
    _, lane, otherwise, moment, expected, saved = (part.strip() for part in case.split("|"))
    item, _, _ = spoken(lane, otherwise)
    clock, place = moment.split("@")
    now = local(clock, place)
    found = at([item], now)
    told = str(state(found))
    if state(found) not in DECIDED:
        day = due(found)
        leg = Leg(int(found.leg[0]))
        holder = (item.destination if leg >= Leg.IMPORT else item.origin)[:2]
        told += f" {day:%d} {holder} {leg.name.lower()}"
    by, shown = cut_at(found), "-"
    if by is not None and state(found) not in DECIDED:
        office = list(slow_offices())[int(found.cut_office[0])] if found.cut_office[0] >= 0 else "-"
        cut = Checkpoint(int(found.cut[0])).name.lower()
        here = ZONES[office if office != "-" else item.destination]
        shown = f"{cut} {office} {by.astimezone(ZoneInfo(here)):%dT%H:%M}"
    return f"{told} | {shown}", f"{expected} | {saved}"


def slow_offices() -> list[str]:
    return [row["office"] for row in slow().network.rows("offices.csv")]


@pytest.mark.parametrize(
    "case", CASES.strip().splitlines(), ids=lambda case: case.split("|")[0].strip()
)
def test_an_item_on_its_way(case: str) -> None:
    said, expected = told_of(case)
    assert said.split() == expected.split()
