"""The real winter timetable of Incheon as a network: every answer beside a brute-force search."""

import csv
import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from icn_world import (
    DAY,
    FIRST,
    LAST,
    OFFICES,
    RECOVERY,
    SEOUL,
    SLOT,
    TENDER,
    airports,
    block_min,
    imported,
    needs_timetable,
    network,
    other_end,
    raw_rows,
    times_at_incheon,
    world_texts,
)

from datecertain.moments import date_of, day_of
from datecertain.network import NO_DUE
from datecertain.network.timetable_rows import RowFate
from datecertain.promise.journey import standard_journey
from datecertain.promise.quoting import QuoteStatus, Requests, quote_many
from slow_promise import SlowNetwork

pytestmark = needs_timetable
BOTH = ("DEP", "ARR")
START = dt.datetime.combine(FIRST, dt.time(), SEOUL).astimezone(dt.UTC)
END = dt.datetime.combine(LAST + DAY, dt.time(), SEOUL).astimezone(dt.UTC)


def minute(moment: dt.datetime) -> int:
    return int(moment.timestamp() // 60)


def moment_of(number: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(number * 60, tz=dt.UTC)


def asked(departures: list[dt.datetime]) -> list[int]:
    """Moments over the whole period, and at, before and after departures."""
    regular = range(minute(START), minute(END), 173)
    edges = [minute(d) + shift for d in departures[::7] for shift in (-1, 0, 1)]
    return [*regular, *edges]


def test_every_row_of_the_schedule_has_one_fate() -> None:
    fates = imported(True, BOTH).fates
    assert sum(fates.values()) == len(raw_rows()) == 2599
    assert set(fates) == {RowFate.KEPT, RowFate.CODESHARE, RowFate.OUTSIDE_PERIOD}
    outside = [
        row for row in raw_rows()
        if not any(
            row["valid_from"] <= day.isoformat() <= row["valid_to"]
            and str(day.isoweekday()) in row["days_of_operation"]
            for day in (FIRST + n * DAY for n in range((LAST - FIRST).days + 1))
        )
    ]  # fmt: skip
    assert fates[RowFate.OUTSIDE_PERIOD] == len(outside)
    sides = imported(True).fates
    assert sides[RowFate.OTHER_DIRECTION] == sum(r["direction"] == "ARR" for r in raw_rows())
    assert all(f.severity == "note" for f in imported(True, BOTH).findings)


def test_the_next_departure_to_every_destination() -> None:
    compiled = network(True).compiled.timetable
    destinations = sorted({other_end(row) for row in raw_rows() if row["direction"] == "DEP"})
    assert len(destinations) == 163
    questions, answers = 0, 0
    for destination in destinations:
        departures = times_at_incheon("DEP", destination)
        moments = asked(departures)
        questions += len(moments)
        key = compiled.pair_key("ICN", destination)
        slots = compiled.pairs.slot(np.full(len(moments), key), np.array(moments))
        for moment, slot in zip(moments, slots.tolist(), strict=True):
            expected = min((d for d in departures if minute(d) >= moment), default=None)
            if slot < 0:
                assert expected is None, (destination, moment_of(moment))
                continue
            ((flight, departs, arrives),) = compiled.legs(int(compiled.pairs.tag[slot]))
            assert expected is not None
            assert departs == minute(expected), (destination, moment_of(moment), flight.flight)
            assert arrives - departs == block_min(destination)
            answers += 1
    assert (questions, answers) == (63_258, 59_124), "as docs/reference/timetable-check.md says"


def test_the_flight_that_answers_stands_in_the_schedule_on_that_day() -> None:
    compiled = network(True).compiled.timetable
    raw = {
        (row["flight"], row["destination"], row["local_time"], day)
        for row in raw_rows()
        if row["direction"] == "DEP"
        for day in "1234567"
        if day in row["days_of_operation"]
    }
    flown = compiled.instances
    names = compiled.airports
    for row, departs in zip(flown.row.tolist(), flown.departs.tolist(), strict=True):
        flight = compiled.flights[row]
        local = moment_of(departs).astimezone(SEOUL)
        key = (flight.flight, flight.destination, f"{local:%H:%M}", str(local.isoweekday()))
        assert key in raw
        assert flight.destination in names


def half_hour(moment: dt.datetime) -> dt.datetime:
    """The next half hour: when anything but a flight happens in this world."""
    return moment_of(-(-minute(moment) // SLOT) * SLOT)


def due_by_hand(accepted: dt.datetime, airport: str, outbound: bool) -> dt.date | None:
    """The delivery date straight from the raw rows of the schedule."""
    block = dt.timedelta(minutes=block_min(airport))
    ready = half_hour(accepted) + dt.timedelta(minutes=TENDER)
    times = cached_times("DEP" if outbound else "ARR", airport)
    leaving = times if outbound else [time - block for time in times]
    departs = min((d for d in leaving if d >= ready), default=None)
    if departs is None:
        return None
    done = half_hour(departs + block + dt.timedelta(minutes=RECOVERY))
    here = ZoneInfo(airports()[airport if outbound else "ICN"]["tz"])
    return (done - dt.timedelta(minutes=1)).astimezone(here).date()


@lru_cache(maxsize=128)
def cached_times(direction: str, airport: str) -> list[dt.datetime]:
    return times_at_incheon(direction, airport)


@pytest.mark.parametrize("outbound", [True, False], ids=["from Seoul", "to Seoul"])
def test_quotes_are_the_due_dates_worked_from_the_raw_rows(outbound: bool) -> None:
    world = network(False, BOTH)
    places = {
        name: (row.post, row.first)
        for row in world.data.postcodes
        for name in [row.area.removeprefix(f"{row.post}-")]
    }
    checked = 0
    for name in [name for names in OFFICES.values() for name in names]:
        ends = (places["ICN"], places[name]) if outbound else (places[name], places["ICN"])
        clock = ZoneInfo(airports()["ICN" if outbound else name]["tz"])
        moments = [START + dt.timedelta(minutes=m) for m in range(2880, 36 * 1440, 397)]
        local = [moment.astimezone(clock) for moment in moments]
        count = len(local)
        quotes = quote_many(
            world,
            Requests(
                [ends[0][0]] * count, [ends[0][1]] * count, [ends[1][0]] * count,
                [ends[1][1]] * count, np.array([day_of(t.date()) for t in local]),
                np.array([t.hour * 60 + t.minute for t in local]),
            ),
        )  # fmt: skip
        # A clock that goes back or forward that night makes another moment of the local time.
        same = quotes.accepted_at == np.array([minute(moment) for moment in moments])
        assert same.mean() > 0.99
        for index in np.flatnonzero(same).tolist():
            expected = due_by_hand(moments[index], name, outbound)
            if quotes.status[index] is QuoteStatus.REFUSED:
                assert expected is None or expected >= LAST - 2 * DAY, (name, moments[index])
                continue
            assert date_of(int(quotes.due_day[index])) == expected, (name, moments[index])
            checked += 1
    assert checked > 2_500


def test_some_due_dates_are_the_slow_networks() -> None:
    world = network(False)
    files = {**world_texts(False), "flights.csv": imported(False).text}
    # The slow reading tries every change of flights: one place per post keeps it short.
    kept = {"ICN", *(names[0] for names in OFFICES.values())}
    rows = csv.DictReader(files["airports.csv"].splitlines())
    lines = [",".join(row.values()) for row in rows if row["airport"] in kept]
    slow = SlowNetwork(
        {**files, "airports.csv": "\n".join(["airport,zone,connection_min,source", *lines])}
    )
    origin = world.areas["KR-ICN"]
    found = []
    for number, (post, names) in enumerate(OFFICES.items()):
        target = f"{post}-{names[0]}"
        moment = START + dt.timedelta(days=3 * number, minutes=311 * number)
        due = int(
            world.compiled.due_at_acceptance(
                np.array([origin]), np.array([world.areas[target]]), np.array([minute(moment)])
            )[0]
        )
        expected = slow.due("KR-ICN", target, moment)
        assert (date_of(due) if due < NO_DUE else None) == expected, target
        found.append(due < NO_DUE)
    assert sum(found) >= 8


def test_a_journey_names_the_flight_of_the_next_departure() -> None:
    world = network(False)
    for name in ("CDG", "JFK", "NRT", "BKK"):
        area = next(row.area for row in world.data.areas if row.area.endswith(name))
        accepted = START + dt.timedelta(days=10, hours=5, minutes=7)
        journey = standard_journey(
            world, world.areas["KR-ICN"], world.areas[area], minute(accepted)
        )
        assert journey is not None
        (flown,) = [step for step in journey.steps if step.kind == "flight"]
        ready = half_hour(accepted) + dt.timedelta(minutes=TENDER)
        expected = min(d for d in cached_times("DEP", name) if d >= ready)
        assert flown.by == minute(expected)
        assert flown.to_place == name
        on = expected.astimezone(SEOUL)
        numbers = {
            row["flight"]
            for row in raw_rows()
            if row["direction"] == "DEP" and row["destination"] == name
            and row["local_time"] == f"{on:%H:%M}" and str(on.isoweekday()) in row[
                "days_of_operation"
            ]
        }  # fmt: skip
        assert flown.flight in numbers
