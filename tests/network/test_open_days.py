"""Which days are worked and what a schedule's rows mean as slots, named cases and the slow reading
of the same files."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import NEVER, format_local, format_utc, parse_date, parse_utc
from datecertain.network.calendars import OpenDays, schedule_slots
from datecertain.network.rows import Calendar, Holiday, ScheduleSlot, read_rows
from slow_promise import SlowNetwork

CALENDARS = "calendar,name,includes,source"
HOLIDAYS = "calendar,date,kind,name_en,name_local,known_from,source"
SCHEDULES = "schedule,days,calendar,by,at,plus_days,counting,valid_from,valid_to,source"

#: A country, a province in it and an office in the province; and a country of make-up days.
WORLD = {
    "calendars.csv": [CALENDARS, "ES,Spain,,test", "ES-CT,Catalonia,ES,test",
                      "ES-BCN,Barcelona,ES-CT,test", "CN,China,,test"],
    "holidays.csv": [
        HOLIDAYS,
        "ES,2026-10-12,closed,National day,Fiesta nacional,,test",
        "ES-CT,2026-09-11,closed,Day of Catalonia,Diada,,test",
        "ES-BCN,2026-09-24,closed,Our Lady of Mercy,La Mercè,,test",
        "ES-BCN,2026-10-12,open,Worked all the same,Laborable,,test",
        "CN,2026-10-01,closed,National day,国庆节,,test",
        "CN,2026-10-10,open,Make-up day for 1 October,调休,,test",
    ],
}  # fmt: skip


def world() -> OpenDays:
    calendars, wrong = read_rows(Calendar, "\n".join(WORLD["calendars.csv"]))
    holidays, bad = read_rows(Holiday, "\n".join(WORLD["holidays.csv"]))
    assert not wrong
    assert not bad
    return OpenDays(calendars, holidays)


# calendar, weekdays of the row, day -> worked?
WORKED = """
-      12345 2026-10-12 yes a Monday, and no calendar is named
ES     12345 2026-10-12 no  the national day
ES-CT  12345 2026-10-12 no  which holds in the province
ES-BCN 12345 2026-10-12 yes but the office works: the nearest calendar decides
ES     12345 2026-09-11 yes the province's day is none elsewhere
ES-CT  12345 2026-09-11 no  a Friday
ES-BCN 12345 2026-09-11 no  which the office rests too
ES-CT  12345 2026-09-24 yes the city's day is none of the province
ES-BCN 12345 2026-09-24 no  a Thursday
CN     12345 2026-10-01 no  a Thursday, the national day
CN     12345 2026-10-10 yes a Saturday worked in its place
CN     12345 2026-10-17 no  any other Saturday
CN     6     2026-10-10 yes
"""


@pytest.mark.parametrize("line", WORKED.strip().splitlines())
def test_the_days_that_are_worked(line: str) -> None:
    calendar, weekdays, day, worked, *_ = line.split()
    mask = tuple(str(number) in weekdays for number in range(1, 8))
    days = np.array([parse_date(day)])
    found = world().mask(calendar.strip("-"), mask, days)
    assert found.tolist() == [worked == "yes"]


def slots(rows: list[str], zone: str, first: str, last: str) -> list[tuple[int, int]]:
    """(ready, done) of every slot of a schedule's rows over the world's calendars."""
    read, wrong = read_rows(ScheduleSlot, "\n".join([SCHEDULES, *rows]))
    assert not wrong
    found = schedule_slots(read, zone, world(), parse_date(first), parse_date(last))
    return list(zip(*(column.tolist() for column in found), strict=True))


# one row of a schedule, first and last day -> each slot, local time at the place
SLOTS = """
12345,,17:00,20:30,0,days | 2026-10-30 2026-11-02 | 30T17:00 to 30T20:30, 02T17:00 to 02T20:30
12345,,17:00,02:30,1,days | 2026-10-30 2026-11-03 | 30T17:00 to 31T02:30, 02T17:00 to 03T02:30, 03T17:00 to never
12345,,17:00,09:00,1,open | 2026-10-30 2026-11-03 | 30T17:00 to 02T09:00, 02T17:00 to 03T09:00, 03T17:00 to never
12345,ES,08:00,12:00,2,open | 2026-10-08 2026-10-14 | 08T08:00 to 13T12:00, 09T08:00 to 14T12:00, 13T08:00 to never, 14T08:00 to never
12345,ES,08:00,12:00,2,days | 2026-10-08 2026-10-14 | 08T08:00 to 10T12:00, 09T08:00 to 11T12:00, 13T08:00 to never, 14T08:00 to never
12345,CN,08:00,12:00,1,open | 2026-10-09 2026-10-12 | 09T08:00 to 10T12:00, 10T08:00 to 12T12:00, 12T08:00 to never
67,,22:00,24:00,0,days | 2026-10-24 2026-10-25 | 24T22:00 to 25T00:00, 25T22:00 to 26T00:00
7,,01:00,04:00,0,days | 2026-10-25 2026-10-25 | 25T01:00 to 25T04:00
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("line", SLOTS.strip().splitlines())
def test_the_slots_of_a_row(line: str) -> None:
    row, horizon, expected = line.split(" | ")
    told = [
        f"{format_local(ready, 'Europe/Madrid')[8:]} to "
        + ("never" if done == NEVER else format_local(done, "Europe/Madrid")[8:])
        for ready, done in slots([f"x,{row},,,test"], "Europe/Madrid", *horizon.split())
    ]
    assert ", ".join(told) == expected


def test_a_slot_follows_the_clock_of_its_place_when_clocks_change() -> None:
    """Madrid goes back at 03:00 on 25 October 2026: the same local time is another moment."""
    row = ["x,1234567,,20:00,06:00,1,days,,,test"]
    found = slots(row, "Europe/Madrid", "2026-10-24", "2026-10-26")
    assert [(format_utc(ready), format_utc(done)) for ready, done in found[:2]] == [
        ("2026-10-24T18:00Z", "2026-10-25T05:00Z"),
        ("2026-10-25T19:00Z", "2026-10-26T05:00Z"),
    ]


def test_a_row_is_worked_only_while_it_is_valid_but_may_end_later() -> None:
    rows = ["x,1234567,,20:00,06:00,1,days,2026-10-02,2026-10-03,test"]
    found = slots(rows, "Asia/Seoul", "2026-10-01", "2026-10-10")
    assert [format_utc(ready) for ready, _ in found] == ["2026-10-02T11:00Z", "2026-10-03T11:00Z"]
    assert found[-1][1] == parse_utc("2026-10-03T21:00Z")


# --- Random calendars and schedules beside the slow reading.

ZONES = ("Asia/Seoul", "America/New_York", "Europe/Madrid", "Australia/Sydney", "Pacific/Honolulu")
#: Around the clock changes of Sydney, Madrid and New York, and where none changes.
FIRSTS = ("2026-10-01", "2026-10-20", "2026-03-05", "2026-03-25", "2026-07-01")
DAYS = 18
CLOCKS = st.sampled_from(
    [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)] + ["24:00"]
)
WEEKDAYS = st.sets(st.sampled_from("1234567"), min_size=1).map(lambda days: "".join(sorted(days)))


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, str]:
    """The texts of a network with three calendars, each including the one before or none, their
    holidays and one schedule of up to three rows."""
    first = np.datetime64(draw(st.sampled_from(FIRSTS)))
    day = st.integers(0, DAYS - 1).map(lambda offset: str(first + offset))
    chain = ["A,A,,test", f"B,B,{draw(st.sampled_from(['', 'A']))},test",
             f"C,C,{draw(st.sampled_from(['', 'A', 'B']))},test"]  # fmt: skip
    kinds = draw(
        st.dictionaries(
            st.tuples(st.sampled_from("ABC"), day), st.sampled_from(["closed", "open"]), max_size=14
        )
    )
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        by, at = sorted([draw(CLOCKS), draw(CLOCKS)])
        calendar, counting = (
            draw(st.sampled_from(["", *"ABC"])),
            draw(st.sampled_from(["days", "open"])),
        )
        span = sorted(draw(st.tuples(day, day)))
        valid = draw(st.sampled_from([",", f"{span[0]},", f",{span[1]}", ",".join(span)]))
        plus = draw(st.integers(0, 4))
        rows.append(f"x,{draw(WEEKDAYS)},{calendar},{by},{at},{plus},{counting},{valid},test")
    return {
        "network.toml": f"first_day = {first}\nlast_day = {first + DAYS - 1}\n",
        "calendars.csv": "\n".join([CALENDARS, *chain]),
        "holidays.csv": "\n".join(
            [HOLIDAYS, *(f"{name},{on},{kind},x,x,,test" for (name, on), kind in kinds.items())]
        ),
        "schedules.csv": "\n".join([SCHEDULES, *rows]),
    }


@settings(deadline=None)
@given(schedules(), st.sampled_from(ZONES))
def test_slots_are_those_of_the_slow_reading(texts: dict[str, str], zone: str) -> None:
    slow = SlowNetwork(texts)
    calendars, _ = read_rows(Calendar, texts["calendars.csv"])
    holidays, _ = read_rows(Holiday, texts["holidays.csv"])
    rows, wrong = read_rows(ScheduleSlot, texts["schedules.csv"])
    assert not wrong
    first, last = parse_date(slow.first.isoformat()), parse_date(slow.last.isoformat())
    ready, done = schedule_slots(rows, zone, OpenDays(calendars, holidays), first, last)
    minute = 60
    expected = sorted(
        (int(begin.timestamp()) // minute, int(end.timestamp()) // minute)
        for begin, end in slow.slots("x", zone)
    )
    within = done < NEVER
    found = sorted(zip(ready[within].tolist(), done[within].tolist(), strict=True))
    assert found == expected
    # A slot that would end past the last day is there, and never done.
    assert all(done[~within] == NEVER)
    worked = [
        row
        for row in slow.rows("schedules.csv")
        for day in (slow.first + dt.timedelta(days=offset) for offset in range(DAYS))
        if (row["valid_from"] or "0001") <= day.isoformat() <= (row["valid_to"] or "9")
        and slow.open_on(row, day)
    ]
    assert len(ready) == len(worked)
