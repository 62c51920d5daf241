"""The promise: named cases, the slow reading of the same files, and what must always hold."""

import datetime as dt
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UnknownPlace
from datecertain.moments import (
    date_of,
    format_date,
    format_local,
    format_utc,
    parse_local,
    parse_utc,
)
from datecertain.network import NO_DUE, Network
from datecertain.promise.journey import standard_journey
from datecertain.promise.quoting import parse_place, quote_many, single
from slow_promise import SlowNetwork
from worlds import small_network, texts


@lru_cache(maxsize=1)
def network() -> Network:
    return small_network()


@lru_cache(maxsize=1)
def slow() -> SlowNetwork:
    return SlowNetwork(texts())


# from, to, accepted (local) -> status, due, reason; worked by hand from the small world's files
CASES = """
KR:03051 US:10001 2026-11-02T16:10 guaranteed 2026-11-05 -
KR:03051 US:10001 2026-11-02T17:00 guaranteed 2026-11-05 -
KR:03051 US:10001 2026-11-02T17:01 guaranteed 2026-11-05 -
KR:03051 US:10001 2026-11-04T17:30 guaranteed 2026-11-09 -
KR:03051 JP:1000001 2026-11-04T17:30 guaranteed 2026-11-08 -
KR:03051 JP:1000001 2026-11-03T16:00 guaranteed 2026-11-05 -
KR:03051 US:90001 2026-11-09T16:00 guaranteed 2026-11-12 -
JP:1000001 US:10001 2026-11-24T12:00 guaranteed 2026-11-28 -
KR:03051 US:- 2026-11-02T16:10 estimate 2026-11-05 postcode_missing
KR:03051 US:09012 2026-11-02T16:10 refused - not_covered
KR:03051 US:20001 2026-11-02T16:10 refused - postcode_unknown
KR:03051 US:100011 2026-11-02T16:10 refused - postcode_malformed
KR:03051 US:100 2026-11-02T16:10 estimate 2026-11-05 postcode_incomplete
KR:99999 US:10001 2026-11-02T16:10 refused - origin_unknown
JP:1000001 KR:40220 2026-11-02T10:00 estimate 2026-11-06 area_not_guaranteed
US:10001 JP:1000001 2026-11-15T10:00 guaranteed 2026-11-20 -
US:10001 JP:1000001 2026-11-16T10:00 estimate 2026-11-20 lane_suspended
US:10001 JP:1000001 2026-11-23T10:00 guaranteed 2026-11-27 -
KR:03051 KR:03051 2026-11-02T10:00 refused - same_post
KR:03051 US:10001 2026-12-11T16:00 refused - beyond_horizon
"""


def quote(origin: str, destination: str, at: str, world: Network | None = None) -> tuple[str, ...]:
    places = [*parse_place(origin), *parse_place(destination.replace("-", ""))]
    answer = quote_many(world or network(), single(*places, parse_local(at)))
    due = int(answer.due_day[0])
    return (
        str(answer.status[0]),
        format_date(due) if due >= 0 else "-",
        str(answer.reason[0]) or "-",
    )


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    origin, destination, at, *expected = case.split()
    assert quote(origin, destination, at) == tuple(expected)


PLACES = {
    "KR-SEL": ("KR", "03051"),
    "KR-ULL": ("KR", "40220"),
    "JP-TYO": ("JP", "1000001"),
    "US-NYC": ("US", "10001"),
    "US-CAL": ("US", "90001"),
}
START = parse_utc("2026-10-19T00:00Z")
MOMENTS = st.integers(START, START + 54 * 1440)


@settings(max_examples=60, deadline=None)
@given(st.permutations(sorted(PLACES)), MOMENTS)
def test_the_due_date_is_the_slow_networks(order: list[str], moment: int) -> None:
    origin, destination = order[0], order[1]
    if origin[:2] == destination[:2]:
        destination = next(area for area in order if area[:2] != origin[:2])
    areas = network().areas
    found = network().compiled.due_at_acceptance(
        np.array([areas[origin]]), np.array([areas[destination]]), np.array([moment])
    )[0]
    accepted = dt.datetime.fromtimestamp(moment * 60, tz=dt.UTC)
    expected = slow().due(origin, destination, accepted)
    assert (date_of(int(found)) if found < NO_DUE else None) == expected


@given(st.permutations(sorted(PLACES)), MOMENTS, st.integers(0, 5000))
def test_a_promise_never_gets_earlier_when_posting_gets_later(
    order: list[str], moment: int, later: int
) -> None:
    areas = network().areas
    origin, destination = areas[order[0]], areas[order[1]]
    due = network().compiled.due_at_acceptance(
        np.array([origin] * 2), np.array([destination] * 2), np.array([moment, moment + later])
    )
    assert due[0] <= due[1]


@settings(deadline=None)
@given(st.permutations(sorted(PLACES)), MOMENTS)
def test_the_told_journey_ends_on_the_due_day_and_never_goes_back_in_time(
    order: list[str], moment: int
) -> None:
    areas = network().areas
    origin, destination = areas[order[0]], areas[order[1]]
    due = network().compiled.due_at_acceptance(
        np.array([origin]), np.array([destination]), np.array([moment])
    )[0]
    journey = standard_journey(network(), origin, destination, moment)
    if journey is None:
        assert due == NO_DUE
        return
    assert journey.due_day == due
    for step in journey.steps:
        assert step.since <= step.by <= step.until or step.kind == "inward"
    for before, after in zip(journey.steps, journey.steps[1:], strict=False):
        assert before.until <= after.until


def test_a_journey_says_which_flight_and_which_holiday() -> None:
    areas = network().areas
    accepted = parse_utc("2026-11-04T08:30Z")  # 17:30 in Seoul, the evening before the holiday
    journey = standard_journey(network(), areas["KR-SEL"], areas["JP-TYO"], accepted)
    assert journey is not None
    told = [(s.kind, s.flight, [format_date(c.day) for c in s.closed]) for s in journey.steps]
    assert told[1] == ("export", "", ["2026-11-05"])
    assert journey.steps[1].closed[0].name_en == "Test holiday"
    assert ("flight", "XA103", []) in told
    assert format_local(journey.steps[0].since, "Asia/Seoul") == "2026-11-04T17:30"
    assert format_utc(journey.steps[1].by) == "2026-11-06T00:00Z"


def test_one_line_switches_the_illustrative_resumption_off() -> None:
    header = texts()["network.toml"].replace("resumption = true", "resumption = false")
    off = Network.from_texts({**texts(), "network.toml": header})
    assert quote("US:10001", "JP:1000001", "2026-11-23T10:00", off)[2] == "lane_suspended"
    assert off.version != network().version


def test_many_quotes_are_the_single_ones() -> None:
    cases = [case.split() for case in CASES.strip().splitlines()]
    places = [(*parse_place(c[0]), *parse_place(c[1].replace("-", ""))) for c in cases]
    times = [parse_local(c[2]) for c in cases]
    columns = list(zip(*places, strict=True))
    bulk = quote_many(
        network(),
        type(single("KR", "", "JP", "", (0, 0)))(
            *columns, np.array([t[0] for t in times]), np.array([t[1] for t in times])
        ),
    )
    assert [str(status) for status in bulk.status] == [case[3] for case in cases]


def test_an_unknown_post_is_misuse() -> None:
    with pytest.raises(UnknownPlace, match="XX"):
        quote("XX:1", "JP:1000001", "2026-11-23T10:00")
    with pytest.raises(UnknownPlace, match="KR:03051"):
        parse_place("Korea")
