"""The timetable as step functions beside a brute-force search over every pair of departures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import NEVER, format_utc, parse_date, parse_utc
from datecertain.network.rows import Airport, Flight, read_rows
from datecertain.network.timetable import Timetable, between_offices, compile_timetable
from slow_promise import at

AIRPORTS = "airport,zone,connection_min,source"
FLIGHTS = "flight,from,to,days,departs,arrives,plus_days,valid_from,valid_to,known_from,source"
#: Both sides of the date line, and three ways to change clocks (or none).
ZONES = {
    "ICN": "Asia/Seoul", "JFK": "America/New_York", "HNL": "Pacific/Honolulu",
    "AKL": "Pacific/Auckland", "MAD": "Europe/Madrid",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Airports with their connection minutes, and flights as rows of `flights.csv`."""

    change: dict[str, int]
    rows: tuple[str, ...]
    first: dt.date
    last: dt.date

    def compiled(self, targets: list[str] | None = None) -> Timetable:
        airports, wrong = read_rows(
            Airport,
            "\n".join([AIRPORTS, *(f"{a},{ZONES[a]},{n},test" for a, n in self.change.items())]),
        )
        flights, bad = read_rows(Flight, "\n".join([FLIGHTS, *self.rows]))
        assert not wrong
        assert not bad
        first, last = (parse_date(day.isoformat()) for day in (self.first, self.last))
        return compile_timetable(flights, airports, first, last, targets)

    def departures(self) -> Iterator[tuple[str, str, str, int, int]]:
        """(flight, from, to, departs, arrives) of every single departure."""
        for row in self.rows:
            number, origin, target, days, leaves, lands, plus, *_ = row.split(",")
            day = self.first
            while day <= self.last:
                if str(day.isoweekday()) in days:
                    landing = day + dt.timedelta(days=int(plus))
                    departs, arrives = (
                        int(at(on, clock, ZONES[place]).timestamp()) // 60
                        for on, clock, place in ((day, leaves, origin), (landing, lands, target))
                    )
                    yield number, origin, target, departs, arrives
                day += dt.timedelta(days=1)

    def earliest(self, origin: str, target: str, ready: int) -> int:
        """The earliest arrival direct or with one change, every combination tried."""
        flights = list(self.departures())
        found = [int(NEVER)]
        for _, start, middle, departs, arrives in flights:
            if start != origin or departs < ready:
                continue
            if middle == target:
                found.append(arrives)
            for _, onward, end, later, lands in flights:
                if onward == middle and end == target and later >= arrives + self.change[middle]:
                    found.append(lands)
        return min(found)


def row(number: int, origin: str, target: str, days: str, departs: int, block: int) -> str:
    """A row of `flights.csv` that flies `block` minutes on the first of November 2026; where clocks
    change in the period other days are an hour longer or shorter, as in real schedules."""
    day, clock = dt.date(2026, 11, 1), f"{departs // 60:02d}:{departs % 60:02d}"
    lands = at(day, clock, ZONES[origin]) + dt.timedelta(minutes=block)
    local = lands.astimezone(ZoneInfo(ZONES[target]))
    plus = (local.date() - day).days
    return f"X{number},{origin},{target},{days},{clock},{local:%H:%M},{plus},,,,test"


WEEKDAYS = st.sets(st.sampled_from("1234567"), min_size=1).map(lambda days: "".join(sorted(days)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Three airports, up to twelve flights of one and a half to fourteen hours, three to nine
    days."""
    airports = draw(st.permutations(sorted(ZONES)))[:3]
    places = st.permutations(airports).map(lambda order: (order[0], order[1]))
    rows = [
        row(number, *draw(places), draw(WEEKDAYS), draw(st.integers(0, 1439)),
            draw(st.integers(90, 840)))
        for number in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    # Madrid goes back on 25 October, New York on 1 November, Auckland forward on 27 September.
    first = draw(st.sampled_from(["2026-09-25", "2026-10-22", "2026-10-30", "2026-11-03"]))
    begin = dt.date.fromisoformat(first)
    change = {airport: draw(st.integers(0, 6)) * 45 for airport in airports}
    return World(change, tuple(rows), begin, begin + dt.timedelta(days=draw(st.integers(2, 8))))


def questions(world: World) -> list[int]:
    """Moments at, before and after every departure, and before and after the whole period."""
    leaving = {departs for *_, departs, _ in world.departures()}
    begin = parse_date(world.first.isoformat()) * 1440
    around = {moment + shift for moment in leaving for shift in (-1, 0, 1)}
    return sorted(around | {begin - 3000, begin, begin + 30000})


@settings(deadline=None)
@given(worlds(), st.data())
def test_the_earliest_arrival_is_that_of_a_search_over_all_departures(
    world: World, data: st.DataObject
) -> None:
    compiled = world.compiled()
    origin, target, *_ = data.draw(st.permutations(sorted(world.change)))
    asked = data.draw(st.lists(st.sampled_from(questions(world)), min_size=1, max_size=6))
    key = compiled.pair_key(origin, target)
    found = compiled.pairs.at(np.full(len(asked), key), np.array(asked)).tolist()
    assert found == [world.earliest(origin, target, ready) for ready in asked]


@settings(deadline=None)
@given(worlds(), st.data())
def test_the_flights_that_are_named_exist_and_connect(world: World, data: st.DataObject) -> None:
    """Whatever answer is given, somebody could stand at the gates and fly it."""
    compiled, departures = world.compiled(), set(world.departures())
    ready = data.draw(st.sampled_from(questions(world)))
    for origin in world.change:
        for target in world.change:
            key = np.array([compiled.pair_key(origin, target)])
            slot = int(compiled.pairs.slot(key, np.array([ready]))[0])
            if slot < 0:
                continue
            legs = compiled.legs(int(compiled.pairs.tag[slot]))
            assert len(legs) in (1, 2)
            for flight, departs, arrives in legs:
                named = (flight.flight, flight.origin, flight.destination, departs, arrives)
                assert named in departures
            (first, departs, lands), (last, leaves, arrives) = legs[0], legs[-1]
            assert (first.origin, last.destination) == (origin, target)
            assert departs >= ready
            assert arrives == compiled.pairs.at(key, np.array([ready]))[0]
            if len(legs) == 2:
                assert first.destination == last.origin
                assert leaves >= lands + world.change[last.origin]


@settings(deadline=None, max_examples=30)
@given(worlds(), st.integers(0, 300), st.integers(0, 300), st.data())
def test_between_offices_tender_comes_before_and_recovery_after(
    world: World, tender: int, recovery: int, data: st.DataObject
) -> None:
    compiled = world.compiled()
    origin, target, _ = world.change
    pair = compiled.pair_key(origin, target)
    table = between_offices(
        compiled, np.array([pair, -1]), *(np.full(2, n) for n in (tender, recovery))
    )
    ready = data.draw(st.sampled_from(questions(world)))
    arrives = world.earliest(origin, target, ready + tender)
    expected = int(NEVER) if arrives == NEVER else arrives + recovery
    assert table.at(np.array([0, 1]), np.array([ready, ready])).tolist() == [expected, int(NEVER)]


# --- Named cases.

DATE_LINE = World(
    {"ICN": 90, "JFK": 120, "HNL": 60, "AKL": 90, "MAD": 60},
    (
        "ZK5,AKL,HNL,1234567,09:00,18:45,-1,,,,test",  # over the date line: lands the day before
        "ZK6,HNL,AKL,1234567,23:00,07:30,2,,,,test",  # and two days later by the calendar
        "KE71,HNL,ICN,1234567,19:45,00:40,2,,,,test",
        "KE73,HNL,ICN,1234567,20:00,01:30,2,,,,test",
    ),
    dt.date(2026, 11, 3),
    dt.date(2026, 11, 9),
)  # fmt: skip


# from, to, ready (UTC) -> flights, arrival (UTC)
JOURNEYS = """
AKL HNL 2026-11-03T20:00Z ZK5      2026-11-04T04:45Z
AKL HNL 2026-11-03T20:01Z ZK5      2026-11-05T04:45Z
HNL AKL 2026-11-05T00:00Z ZK6      2026-11-05T18:30Z
AKL ICN 2026-11-03T20:00Z ZK5+KE71 2026-11-04T15:40Z
HNL ICN 2026-11-05T05:45Z KE71     2026-11-05T15:40Z
HNL ICN 2026-11-05T05:46Z KE73     2026-11-05T16:30Z
ICN HNL 2026-11-05T05:46Z -        -
"""


@pytest.mark.parametrize("line", JOURNEYS.strip().splitlines())
def test_over_the_date_line(line: str) -> None:
    origin, target, ready, flights, arrival = line.split()
    compiled = DATE_LINE.compiled()
    key, moment = compiled.pair_key(origin, target), parse_utc(ready)
    slot = int(compiled.pairs.slot(np.array([key]), np.array([moment]))[0])
    if flights == "-":
        assert slot == -1
        return
    legs = compiled.legs(int(compiled.pairs.tag[slot]))
    assert "+".join(flight.flight for flight, _, _ in legs) == flights
    assert format_utc(legs[-1][2]) == arrival


@pytest.mark.parametrize(
    ("connection_min", "second"), [(60, "KE71"), (61, "KE73"), (75, "KE73"), (76, "KE71")]
)
def test_a_minute_short_of_the_connection_time_is_missed(connection_min: int, second: str) -> None:
    """ZK5 lands at 18:45; KE71 leaves an hour later, KE73 a quarter of an hour after that, and
    the next day both again."""
    world = World(
        {**DATE_LINE.change, "HNL": connection_min}, DATE_LINE.rows, DATE_LINE.first, DATE_LINE.last
    )
    compiled = world.compiled()
    key, ready = compiled.pair_key("AKL", "ICN"), parse_utc("2026-11-03T20:00Z")
    slot = int(compiled.pairs.slot(np.array([key]), np.array([ready]))[0])
    legs = compiled.legs(int(compiled.pairs.tag[slot]))
    assert [flight.flight for flight, _, _ in legs] == ["ZK5", second]
    assert legs[1][1] - legs[0][2] == {60: 60, 61: 75, 75: 75, 76: 24 * 60 + 60}[connection_min]


def test_no_journey_has_two_changes_and_only_targets_have_connections() -> None:
    chain = World(
        dict.fromkeys(ZONES, 30),
        ("A1,AKL,HNL,1,09:00,18:45,-1,,,,test", "A2,HNL,ICN,1234567,20:00,01:30,2,,,,test",
         "A3,ICN,MAD,1234567,12:00,18:00,0,,,,test"),
        dt.date(2026, 11, 1), dt.date(2026, 11, 14),
    )  # fmt: skip
    compiled, early = chain.compiled(), np.array([0])

    def arrives(timetable: Timetable, origin: str, target: str) -> bool:
        key = np.array([timetable.pair_key(origin, target)])
        return bool(timetable.pairs.at(key, early)[0] < NEVER)

    assert arrives(compiled, "AKL", "ICN")
    assert arrives(compiled, "HNL", "MAD")
    assert not arrives(compiled, "AKL", "MAD")
    only = chain.compiled(targets=["MAD"])
    assert arrives(only, "HNL", "MAD")
    assert arrives(only, "AKL", "HNL")
    assert not arrives(only, "AKL", "ICN")
    assert compiled.pair_key("AKL", "SYD") == compiled.pair_key("SYD", "AKL") == -1
