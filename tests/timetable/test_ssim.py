"""SSIM chapter 7 files as flights: synthetic files, worked by hand and day by day. No airline and
no authority has certified them."""

from __future__ import annotations

import csv
import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import ssim_writer as ssim
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import parse_date
from datecertain.network import Network, NetworkData, read_network
from datecertain.network.importing import import_timetable
from datecertain.network.timetable import flight_instances
from datecertain.network.timetable_rows import ImportedTimetable, RowFate, weekly_rows
from slow_promise import at
from thorough import often
from worlds import SMALL, texts

ZONES = {
    "ICN": "Asia/Seoul", "NRT": "Asia/Tokyo", "JFK": "America/New_York",
    "LAX": "America/Los_Angeles", "AKL": "Pacific/Auckland", "HNL": "Pacific/Honolulu",
    "MAD": "Europe/Madrid",
}  # fmt: skip
PERIOD = ("2026-10-19", "2026-12-13")


def world() -> NetworkData:
    """The small world with three airports more."""
    more = [f"{name},{zone},90,test" for name, zone in ZONES.items() if name not in SMALL]
    airports = ["airport,zone,connection_min,source", *more]
    data, findings = read_network(texts({"airports.csv": "\n".join(airports)}))
    assert data is not None
    assert not findings
    return data


def imported(text: str, period: tuple[str, str] = PERIOD) -> ImportedTimetable:
    first, last = map(parse_date, period)
    return import_timetable(
        text, "ssim", world(), source="w26.ssim", first_day=first, last_day=last, known_from=first
    )


def local(*legs: str) -> ImportedTimetable:
    return imported(ssim.text([ssim.carrier("XA"), *legs]))


def in_utc(*legs: str) -> ImportedTimetable:
    return imported(ssim.text([ssim.carrier("XA", "U"), *legs]))


def shown(result: ImportedTimetable) -> list[str]:
    columns = ("flight", "from", "to", "days", "departs", "arrives", "plus_days", "valid_from",
               "valid_to")  # fmt: skip
    return [
        " ".join(row[name] for name in columns) for row in csv.DictReader(result.text.splitlines())
    ]


# mode; flight, route, times and dates of the leg; more of it -> rows of flights.csv
CASES = {
    "open at both ends is the carrier's validity, 25 October to 27 March": (
        local, [("XA 101", "ICN NRT", "0930+0900 1200+0900 00")], {},
        ["XA101 ICN NRT 1234567 09:30 12:00 0 2026-10-25 2026-12-13"],
    ),
    "over night and the day after": (
        local, [("XA 7", "LAX ICN", "2330-0800 0540+0900 02", "136", "02NOV26", "30NOV26")], {},
        ["XA007 LAX ICN 136 23:30 05:40 2 2026-11-02 2026-11-30"],
    ),
    "eastbound over the date line it lands the day before": (
        local, [("XA 5", "AKL HNL", "0900+1300 1845-1000 0A", "1234567", "01NOV26", "07NOV26")],
        {}, ["XA005 AKL HNL 1234567 09:00 18:45 -1 2026-11-01 2026-11-07"],
    ),
    "some write J for the day before": (
        local, [("XA 5", "AKL HNL", "0900+1300 1845-1000 0J", "1234567", "01NOV26", "07NOV26")],
        {}, ["XA005 AKL HNL 1234567 09:00 18:45 -1 2026-11-01 2026-11-07"],
    ),
    "in UTC the same flight leaves the evening before and lands on that date's next morning": (
        in_utc, [("XA 5", "AKL HNL", "2000+1300 0445-1000 01", "1234567", "31OCT26", "06NOV26")],
        {}, ["XA005 AKL HNL 1234567 09:00 18:45 -1 2026-11-01 2026-11-07"],
    ),
    "westbound it lands two days later by the calendar": (
        local, [("XA 6", "HNL AKL", "2300-1000 0730+1300 02", "24", "03NOV26", "12NOV26")], {},
        ["XA006 HNL AKL 24 23:00 07:30 2 2026-11-03 2026-11-12"],
    ),
    "midnight is 2400 of the day that ends": (
        local, [("XA 9", "NRT ICN", "2130+0900 2400+0900 00", "5", "06NOV26", "13NOV26")], {},
        ["XA009 NRT ICN 5 21:30 24:00 0 2026-11-06 2026-11-13"],
    ),
    "UTC weekdays are not Seoul's: Sunday 15:30 is Monday 00:30": (
        in_utc, [("XA 11", "ICN NRT", "1530+0900 1800+0900 00", "7", "01NOV26", "15NOV26")], {},
        ["XA011 ICN NRT 1 00:30 03:00 0 2026-11-02 2026-11-16"],
    ),
    "in UTC nothing moves when New York goes back an hour; on its clock the landing does": (
        in_utc, [("XA 201", "ICN JFK", "0100+0900 1450-0400 00", "135", "19OCT26", "13NOV26")],
        {},
        ["XA201 ICN JFK 135 10:00 10:50 0 2026-10-19 2026-10-30",
         "XA201 ICN JFK 135 10:00 09:50 0 2026-11-02 2026-11-13"],
    ),
    "both ends change, on different dates": (
        in_utc, [("XA 301", "MAD JFK", "1100+0200 1900-0400 00", "6", "17OCT26", "07NOV26")], {},
        ["XA301 MAD JFK 6 12:00 15:00 0 2026-10-31 2026-10-31",
         "XA301 MAD JFK 6 12:00 14:00 0 2026-11-07 2026-11-07",
         "XA301 MAD JFK 6 13:00 15:00 0 2026-10-24 2026-10-24"],
    ),
    "every other week is a row each": (
        local, [("XA 13", "ICN NRT", "0800+0900 1030+0900 00", "3", "04NOV26", "02DEC26")],
        {"frequency": "2"},
        ["XA013 ICN NRT 3 08:00 10:30 0 2026-11-04 2026-11-04",
         "XA013 ICN NRT 3 08:00 10:30 0 2026-11-18 2026-11-18",
         "XA013 ICN NRT 3 08:00 10:30 0 2026-12-02 2026-12-02"],
    ),
    "the second leg leaves a day after the first; its dates are its own": (
        local, [("XA 15", "ICN LAX", "0030+0900 1830-0800 1A", "2", "03NOV26", "10NOV26")],
        {"leg": "02", "arrival_date": "0"},
        ["XA015 ICN LAX 2 00:30 18:30 -1 2026-11-03 2026-11-10"],
    ),
    "an open leg that leaves a day after the first begins and ends a day later": (
        local, [("XA 17", "ICN NRT", "0030+0900 0300+0900 11")], {"leg": "02"},
        ["XA017 ICN NRT 1234567 00:30 03:00 0 2026-10-26 2026-12-13"],
    ),
    "a suffix belongs to the number": (
        local, [("XA 1", "ICN NRT", "0930+0900 1200+0900 00", "1", "02NOV26", "02NOV26")],
        {"suffix": "Z"}, ["XA001Z ICN NRT 1 09:30 12:00 0 2026-11-02 2026-11-02"],
    ),
    "blank date variations are the same day": (
        local, [("XA 1", "ICN NRT", "0930+0900 1200+0900 00", "1", "02NOV26", "02NOV26")],
        {"departure_date": " ", "arrival_date": " "},
        ["XA001 ICN NRT 1 09:30 12:00 0 2026-11-02 2026-11-02"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_leg_becomes_flights(name: str) -> None:
    read, legs, more, expected = CASES[name]
    result = read(*(ssim.leg(*leg, **more) for leg in legs))
    assert shown(result) == expected
    told = {f.code for f in result.findings}  # one difference from UTC holds for half of a period
    assert told == ({"offset-differs"} if "JFK" in legs[0][1] else set())
    assert sum(result.fates.values()) == 3 + len(legs)


def test_a_line_as_it_stands_in_a_file() -> None:
    """The positions once more, counted on a line typed by hand."""
    #          1         2         3         4         5         6         7
    # 123456789012345678901234567890123456789012345678901234567890123456789012345
    leg = "3 XA  1010101J02NOV2630NOV261 3 5   ICN09250930+09001 NRT12001205+0900T277W"
    leg += " " * (192 - len(leg)) + "00"
    result = local(leg + "000000")
    assert shown(result) == ["XA101 ICN NRT 135 09:30 12:00 0 2026-11-02 2026-11-30"]
    assert result.flights[0].source == "w26.ssim; line 3"


@st.composite
def legs(draw: st.DrawFn) -> tuple[bool, str]:
    """A leg of an hour and a half to sixteen, in UTC or local time, open or not, at any hour."""
    utc = draw(st.booleans())
    origin, target, *_ = draw(st.permutations(sorted(ZONES)))
    first = dt.date(2026, 9, 1) + dt.timedelta(days=draw(st.integers(0, 100)))
    last = first + dt.timedelta(days=draw(st.integers(0, 120)))
    days = "".join(sorted(draw(st.sets(st.sampled_from("1234567"), min_size=1))))
    departs = draw(st.integers(0, 1439))
    day = draw(st.sampled_from([dt.date(2026, 10, 24), dt.date(2026, 11, 5)]))
    leaves = dt.datetime.combine(day, dt.time(departs // 60, departs % 60))
    leaves = leaves.replace(tzinfo=dt.UTC if utc else ZoneInfo(ZONES[origin]))
    lands = leaves.astimezone(dt.UTC) + dt.timedelta(minutes=draw(st.integers(90, 960)))
    lands = lands.astimezone(dt.UTC if utc else ZoneInfo(ZONES[target]))
    arrives, plus = f"{lands:%H%M}", (lands.date() - day).days
    if arrives == "0000" and plus > -1:
        arrives, plus = "2400", plus - 1
    shift = draw(st.integers(0, 1))
    dates = ssim.variation(shift) + ssim.variation(plus + shift)
    fortnightly = {"frequency": "2"} if draw(st.booleans()) else {}
    return utc, ssim.leg(
        "XA 1", f"{origin} {target}", f"{departs // 60:02d}{departs % 60:02d}+0000 {arrives}+0000 "
        f"{dates}", days, ssim.date(first), ssim.date(last), **fortnightly,
    )  # fmt: skip


def flown(line: str, utc: bool) -> set[tuple[int, int]]:
    """The departures of a leg in the period by reading its line date by date; those that leave or
    land in an hour that comes twice are left out."""
    origin, target = line[36:39], line[54:57]
    mark = {" ": 0, "A": -1, **{str(n): n for n in range(8)}}
    plus = mark[line[193]] - mark[line[192]]
    first, last = (dt.datetime.strptime(line[i : i + 7], "%d%b%y").date() for i in (14, 21))  # noqa: DTZ007
    found = set()
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if str(day.isoweekday()) not in line[28:35] or (line[35] == "2" and number // 7 % 2):
            continue
        ends = []
        for on, clock, place in ((day, line[43:47], origin),
                                 (day + dt.timedelta(days=plus), line[57:61], target)):  # fmt: skip
            zone = "UTC" if utc else ZONES[place]
            ends.append(at(on, f"{clock[:2]}:{clock[2:]}", zone))
        departs, lands = ends
        leaves = departs.astimezone(ZoneInfo(ZONES[origin]))
        twice = leaves.fold or lands.astimezone(ZoneInfo(ZONES[target])).fold
        if PERIOD[0] <= leaves.date().isoformat() <= PERIOD[1] and not (utc and twice):
            found.add((int(departs.timestamp()) // 60, int(lands.timestamp()) // 60))
    return found


def instances(result: ImportedTimetable) -> list[tuple[int, int]]:
    index = {name: number for number, name in enumerate(ZONES)}
    all_days = (parse_date("2026-01-01"), parse_date("2027-12-31"))
    found = flight_instances(result.flights, index, list(ZONES.values()), *all_days)
    return sorted(zip(found.departs.tolist(), found.arrives.tolist(), strict=True))


@settings(deadline=None, max_examples=often(83))
@given(legs())
def test_a_leg_flies_on_the_dates_and_times_of_a_reading_day_by_day(leg: tuple[bool, str]) -> None:
    utc, line = leg
    result = in_utc(line) if utc else local(line)
    expected = sorted(flown(line, utc))
    found = instances(result)
    if any(f.code == "clock-change" for f in result.findings):
        assert set(expected) <= set(found)  # the others are read an hour early, and told
    else:
        assert found == expected
    assert result.fates.get(RowFate.KEPT, 0) == bool(found)
    assert sum(result.fates.values()) == 4


@settings(deadline=None)
@given(st.sets(st.integers(20_000, 20_090), max_size=60))
def test_weekly_rows_have_each_date_once_and_no_other(days: set[int]) -> None:
    dates = np.array(sorted(days), dtype=np.int64)
    rows = list(weekly_rows(dates))
    covered = [
        day for weekdays, first, last in rows for day in range(first, last + 1)
        if (day + 3) % 7 in weekdays
    ]  # fmt: skip
    assert sorted(covered) == sorted(days)


def test_what_is_regular_is_one_row() -> None:
    dates = np.array([day for day in range(20_000, 20_200) if (day + 3) % 7 in (0, 4)])
    assert len(list(weekly_rows(dates))) == 1
    holiday = np.delete(dates, 20)
    assert len(list(weekly_rows(holiday))) <= 3


def test_imported_legs_are_a_network_that_loads() -> None:
    text = ssim.text(
        [ssim.carrier("XA"),
         ssim.leg("XA 101", "ICN NRT", "0930+0900 1200+0900 00"),
         ssim.leg("XA 101", "ICN NRT", "0930+0900 1200+0900 00", first="01NOV26"),
         ssim.leg("XA 101", "ICN NRT", "1030+0900 1300+0900 00", variation="02")],
    )  # fmt: skip
    result = imported(text)
    assert result.fates[RowFate.KEPT] == 2
    assert result.fates[RowFate.TWICE] == 1
    network = Network.from_texts({**texts(), "flights.csv": result.text})
    assert len(network.data.flights) == 2


# --- Codeshares.

OPERATING = ("XA 101", "ICN NRT", "0930+0900 1200+0900 00", "1234567", "02NOV26", "08NOV26")


def sold(flight: str, **more: str) -> str:
    return ssim.leg(flight, *OPERATING[1:], **more)


def test_the_operating_flight_is_kept_and_names_those_sold_on_it() -> None:
    result = imported(ssim.text(
        [ssim.carrier("XB"), sold("XB 7001"),
         ssim.segment("XB 7001", "ICN NRT", "050", "XA  101")],
        [ssim.carrier("XA"), sold("XA 101"),
         ssim.segment("XA 101", "ICN NRT", "010", "XB 7001/XC 4055"),
         ssim.segment("XA 101", "ICN NRT", "503", "9")],
        [ssim.carrier("XC"), sold("XC 4055"), sold("XD 12", disclosure="L", owner="XA")],
    ))  # fmt: skip
    assert shown(result) == ["XA101 ICN NRT 1234567 09:30 12:00 0 2026-11-02 2026-11-08"]
    assert result.flights[0].source == "w26.ssim; line 7; also XB7001 XC4055"
    assert result.fates == {
        RowFate.KEPT: 1, RowFate.CODESHARE: 3, RowFate.HEADER: 1, RowFate.CARRIER: 3,
        RowFate.CODESHARE_MARKER: 2, RowFate.KEPT_ASIDE: 1, RowFate.TRAILER: 3,
    }  # fmt: skip


def test_without_the_operating_carriers_block_its_aircraft_still_flies() -> None:
    result = imported(ssim.text(
        [ssim.carrier("XB"), sold("XB 7001"),
         ssim.segment("XB 7001", "ICN NRT", "050", "XA  101"), sold("XB 7002", disclosure="Z")],
    ))  # fmt: skip
    assert shown(result) == ["XA101 ICN NRT 1234567 09:30 12:00 0 2026-11-02 2026-11-08"]
    assert result.flights[0].source.endswith("; also XB7001")
    assert result.fates[RowFate.CODESHARE] == 1


def test_two_carriers_that_leave_in_the_same_minute_are_two_aircraft() -> None:
    result = local(sold("XA 101"), sold("XB 55"))
    assert [flight.flight for flight in result.flights] == ["XA101", "XB055"]


def test_a_duplicate_fills_the_dates_on_which_the_operating_flight_is_not_there() -> None:
    result = local(
        sold("XA 101"),
        ssim.leg("XB 7001", "ICN NRT", "0930+0900 1200+0900 00", "1", "02NOV26", "16NOV26"),
        ssim.segment("XB 7001", "ICN NRT", "050", "XA101"),
    )
    assert shown(result) == [
        "XA101 ICN NRT 1234567 09:30 12:00 0 2026-11-02 2026-11-08",
        "XA101 ICN NRT 1 09:30 12:00 0 2026-11-09 2026-11-16",
    ]


# --- What is not a flight of the network.


@pytest.mark.parametrize(
    ("more", "route", "fate", "code"),
    [
        ({"service": "F"}, "ICN NRT", "kept", ""),
        ({"service": "H"}, "ICN NRT", "kept", ""),
        ({"service": "C"}, "ICN NRT", "service-not-carried", "service-not-carried"),
        ({"service": "V"}, "ICN NRT", "service-not-carried", "service-not-carried"),
        ({"service": "Y"}, "ICN NRT", "service-not-carried", "service-not-carried"),
        ({}, "ICN SYD", "airport-unknown", "airport-unknown"),
        ({}, "SYD NRT", "airport-unknown", "airport-unknown"),
        ({"to": "18OCT26", "from": "01OCT26"}, "ICN NRT", "outside-period", "outside-period"),
        ({"restriction": "A"}, "ICN NRT", "kept", "traffic-restriction"),
        ({"arrives": "0925"}, "ICN NRT", "value-unreadable", "value-unreadable"),
        ({"departure_offset": "+0800"}, "ICN NRT", "kept", "offset-differs"),
        ({"frequency": "2", "from": "04NOV26", "to": "30NOV26"}, "ICN NRT", "kept",
         "fortnight-doubtful"),
    ],
)  # fmt: skip
def test_every_leg_has_a_fate_and_every_doubt_a_finding(
    more: dict[str, str], route: str, fate: str, code: str
) -> None:
    result = local(ssim.leg("XA 101", route, "0930+0900 1200+0900 00", **more))
    assert result.fates[RowFate(fate)] == 1
    assert sum(result.fates.values()) == 4
    assert [f.code for f in result.findings] == ([code] if code else [])


# --- Damaged files. Byte positions are counted from 1.

LEG = ssim.leg("XA 101", "ICN NRT", "0930+0900 1200+0900 00", "135", "02NOV26", "30NOV26")

# first byte, what stands there instead -> bytes told
DAMAGE = """
3   !A_     -> 3-5
6   A101    -> 6-9
10  XX      -> 10-11
14  1       -> 14
15  31NOV26 -> 15-21
15  02NO26_ -> 15-21
22  01NOV26 -> 22-28
29  1234765 -> 29-35
29  _______ -> 29-35
29  2______ -> 29-35
36  3       -> 36
37  IC_     -> 37-39
44  2400    -> 44-47
44  9_30    -> 44-47
48  0900_   -> 48-52
55  nr1     -> 55-57
58  2401    -> 58-61
58  1260    -> 58-61
66  +1600   -> 66-70
128 X       -> 128
193 9       -> 193
194 B       -> 194
"""


@pytest.mark.parametrize("case", DAMAGE.strip().splitlines())
def test_a_field_that_cannot_be_read_is_told_by_its_bytes(case: str) -> None:
    where, instead, _, told = case.split()
    begin, instead = int(where) - 1, instead.replace("_", " ")
    damaged = LEG[:begin] + instead + LEG[begin + len(instead) :]
    sound = ssim.leg("XA 103", "ICN NRT", "1830+0900 2100+0900 00")
    result = local(damaged, sound)
    unreadable = [f for f in result.findings if f.code == "value-unreadable"]
    assert [f.position for f in unreadable] == [f"line 3, {told}"]
    assert [flight.flight for flight in result.flights] == ["XA103"], "the next line is read"
    assert sum(result.fates.values()) == 5
