"""The bundled network of the ten posts: no defects, dated membership and guarantee, and what can be
compared with public lists."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

import pytest
from ten_posts import CITIES, PAIRS, SHARED, needs, ten_posts

from datecertain.findings import Severity
from datecertain.moments import parse_date
from datecertain.network import LaneState
from datecertain.network.rows import ALWAYS_TO


def test_it_loads_without_an_error_and_every_row_has_its_source() -> None:
    network = ten_posts()
    assert [f for f in network.findings if f.severity is Severity.ERROR] == []
    for file, rows in network.data.tables().items():
        empty = ("flight_changes.csv", "standards.csv", "weakened_evidence.csv")
        assert rows or file in empty, file
        assert all(len(row.source) >= len("the same") for row in rows), file
    # What nobody publishes is marked: hours, gateways, flights, the resumption.
    for rows in (network.data.schedules, network.data.area_links, network.data.flights):
        assert all(row.illustrative for row in rows)
    # What is public is not: postcodes, terms of several posts, rates.
    assert not any(row.illustrative for row in network.data.postcodes)
    assert any(not row.illustrative for row in network.data.terms)


def test_the_horizon_is_24_months() -> None:
    data = ten_posts().data
    assert (data.first_day, data.last_day) == (parse_date("2026-01-01"), parse_date("2027-12-31"))


# post -> day before it joined, first day, last day as a member (or still one)
MEMBERSHIP = """
KR 2002-05-31 2002-06-01 -
US 2002-05-31 2002-06-01 -
JP 2002-05-31 2002-06-01 -
CN 2002-05-31 2002-06-01 -
HK 2002-05-31 2002-06-01 -
AU 2002-05-31 2002-06-01 -
ES 2006-11-30 2006-12-01 -
FR 2008-03-10 2008-03-11 -
TH 2015-12-31 2016-01-01 -
CA 2017-12-31 2018-01-01 -
SG 2009-07-07 2009-07-08 2015-11-04
GB 2006-11-30 2006-12-01 2023-12-31
"""


@pytest.mark.parametrize("line", MEMBERSHIP.strip().splitlines())
def test_membership_is_dated(line: str) -> None:
    code, before, first, last = line.split()
    post = ten_posts().post(code)
    assert not post.member_on(parse_date(before))
    assert post.member_on(parse_date(first))
    if last == "-":
        assert post.left_on == ALWAYS_TO
        assert code in CITIES
    else:
        assert post.member_on(parse_date(last))
        assert not post.member_on(parse_date(last) + 1)
        assert not [area for area in ten_posts().data.areas if area.post == code]


def test_there_are_ten_members_today_and_were_eleven_in_2023() -> None:
    posts = ten_posts().data.posts

    def members(day: str) -> int:
        return sum(post.member_on(parse_date(day)) for post in posts)

    # The first meeting; Spain and the United Kingdom; the ten of Kyoto; after Singapore left and
    # Thailand and Canada came; the eleven of Madrid and Paris; the ten of Bangkok (domain 1.2).
    days = ("2002-06-01", "2007-01-01", "2009-07-08", "2018-06-01", "2023-07-13", "2024-07-10")
    assert [members(day) for day in days] == [6, 8, 10, 11, 11, 10]
    assert len({post.operator for post in posts}) == len(posts) == 12


# lane, the first day of the guarantee, the first day without it, as the facts in domain 1.2-1.4
HISTORY = """
KR-JP 2005-05-16 2020-02-01
HK-CN 2005-05-16 2020-03-25
US-SG 2010-02-16 2020-03-24
US-KR 2005-07-26 2020-03-24
US-CN 2005-07-26 2020-02-10
US-FR 2010-02-16 2020-03-23
KR-ES 2009-02-16 2020-02-01
KR-GB 2009-02-16 2020-02-01
KR-FR 2010-02-16 2020-02-01
KR-SG 2010-02-16 2015-11-05
CA-US 2018-01-01 2020-03-18
"""


@pytest.mark.parametrize("line", HISTORY.strip().splitlines())
def test_the_guarantee_of_a_lane_is_dated_apart_from_membership(line: str) -> None:
    lane, opened, ended = line.split()
    lanes, pair = ten_posts().lanes, lane.split("-")
    states = [
        lanes.standing(*pair, day).state
        for date in (opened, ended)
        for day in (parse_date(date) - 1, parse_date(date))
    ]
    assert states[:3] == [LaneState.NEVER_OPENED, LaneState.OPEN, LaneState.OPEN]
    assert states[3] in (LaneState.SUSPENDED, LaneState.CLOSED)


def test_the_only_resumption_of_any_lane_is_marked_illustrative() -> None:
    network = ten_posts()
    resumed = [row for row in network.data.lane_events if row.event == "resumed"]
    assert {(row.origin, row.destination) for row in resumed} == set(PAIRS)
    assert all(row.illustrative and "illustrative" in row.note_en for row in resumed)
    assert all("예시" in row.note_ko for row in resumed)
    days = [parse_date(day) for day in ("2020-01-31", "2020-04-02", "2026-01-04", "2026-01-05")]
    standing = [Counter(network.lanes.standing(*lane, day).state for lane in PAIRS) for day in days]
    everyone = len(PAIRS)
    assert standing == [
        {LaneState.OPEN: everyone}, {LaneState.SUSPENDED: everyone},
        {LaneState.SUSPENDED: everyone}, {LaneState.OPEN: everyone},
    ]  # fmt: skip


def test_lanes_of_posts_that_left_are_closed_but_for_one_that_usps_kept() -> None:
    """The guarantee of USPS went on to Singapore, which had left the group (domain 1.2, 2.2)."""
    network, today = ten_posts(), parse_date("2026-06-01")
    states = {
        lane: network.lanes.standing(*lane, today).state
        for gone in ("SG", "GB")
        for other in CITIES
        for lane in ((gone, other), (other, gone))
    }
    assert states.pop(("US", "SG")) is LaneState.SUSPENDED
    assert network.lanes.standing("US", "SG", parse_date("2016-06-01")).state is LaneState.OPEN
    never = {lane for lane, state in states.items() if state is LaneState.NEVER_OPENED}
    # Thailand and Canada came after Singapore had left.
    assert never == {("SG", "TH"), ("TH", "SG"), ("SG", "CA"), ("CA", "SG")}
    assert {states[lane] for lane in states if lane not in never} == {LaneState.CLOSED}


@needs("impc_codes_2020.csv")
def test_every_office_is_on_the_public_list_under_its_operator_and_name() -> None:
    """Never derive the post from the letters of a code: the list says whose it is."""
    with (SHARED / "impc_codes_2020.csv").open(encoding="utf-8") as stream:
        listed = {row["impc_code"]: row for row in csv.DictReader(stream)}
    network = ten_posts()
    for office in network.data.offices:
        entry = listed[office.office]
        assert entry["operator_code"] == network.post(office.post).operator, office.office
        public, own = (
            set(name.casefold().split()) - {"isc", "ems", "int", "international", "centre"}
            for name in (entry["impc_name"], office.name)
        )
        assert public & own, (office.name, entry["impc_name"])
    assert {office.post for office in network.data.offices} == set(CITIES)
    # The trap the list holds: these look American and Korean, and are not.
    assert listed["USCHIE"]["operator_code"] != "USA"
    assert listed["KRSELT"]["operator_code"] != "KRA"
    assert network.office("USCHIE") is None


@needs("airports_ten.csv.gz")
def test_every_airport_is_real_and_in_its_zone() -> None:
    with gzip.open(SHARED / "airports_ten.csv.gz", "rt", encoding="utf-8") as stream:
        listed = {row["iata"]: row for row in csv.DictReader(stream)}
    network = ten_posts()
    unlisted = {row.airport for row in network.data.airports} - set(listed)
    assert unlisted == {"DXB", "FRA", "SIN"}  # changes outside the ten countries
    for airport in network.data.airports:
        if airport.airport not in unlisted:
            assert listed[airport.airport]["tz"] == airport.zone
    for office in network.data.offices:
        assert listed[office.airport]["country"] == network.post(office.post).country
        assert listed[office.airport]["tz"] == office.zone
    zones = {
        code: {row["tz"] for row in listed.values() if row["country"] == code} for code in CITIES
    }
    for area in network.data.areas:
        # An area keeps the time of some airport of its country, Ceuta without one that of Madrid.
        assert area.zone in zones[area.post] | {"Africa/Ceuta"}, area.area
    for post in network.data.posts:
        if post.post in CITIES:
            assert post.zone in zones[post.post]


def test_every_area_has_a_name_in_both_languages_and_its_own_ranges() -> None:
    network = ten_posts()
    hangul = [any("가" <= char <= "힣" for char in area.name_ko) for area in network.data.areas]
    assert all(hangul)
    used = {row.area for row in network.data.postcodes}
    assert used - {""} == set(network.areas)
    assert len({area.name_en for area in network.data.areas}) == len(network.data.areas)
