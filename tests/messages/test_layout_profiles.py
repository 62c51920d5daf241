"""Layouts are data: a partner's own layout is a text, and nothing in the code changes."""

import io
import re

import pytest
from house_cases import LEAVES, RECEIVED_ON, message, two_messages

from datecertain.errors import LayoutError
from datecertain.findings import Severity
from datecertain.messages import (
    Envelope,
    Profiles,
    ReadResult,
    bundled_profiles,
    read_interchanges,
    read_profile,
    write_emsevt,
)

#: As another post might write it: an item by GID, an event by its own STS, places in other
#: elements, no qualifiers for reason and office, six-digit dates.
PARTNER = """
name = "partner-emsevt"
status = "inferred"
source = "illustrative: a layout made up for this test"

[applies]
layout = "EMSEVT:2:1:UP"
senders = ["XPOST"]

[opens]
item = { segment = "GID" }
event = { segment = "STS" }

[[fields]]
field = "item_id"
within = "item"
segment = "GID"
element = 2
component = 2

[[fields]]
field = "code"
within = "event"
segment = "STS"
element = 1
table = "emsevt_events"

[[fields]]
field = "reason"
within = "event"
segment = "STS"
element = 2
component = 3

[[fields]]
field = "event_time"
within = "event"
segment = "DTM"
qualifier = "7"
element = 1
component = 2
format_component = 3

[[fields]]
field = "office"
within = "event"
segment = "LOC"
qualifier = "48"
element = 2
component = 4

[[unused]]
segment = "STS"
element = 2

[[unused]]
segment = "LOC"
qualifier = "48"

[write]
message = ["BGM+{interchange}"]
item = ["GID++1:{item_id}"]
event = ["STS+{code}", "DTM+7:{event_time}", "LOC+48+:::{office}"]
"""
PARTNER_FILE = (
    b"UNB+UNOA:3+XPOST+J1CKRA+261116:0930+X1'"
    b"UNH+1+EMSEVT:2:1:UP'GID++1:EE473124829KR'STS+EMH+A:B:12'DTM+7:261116:101'"
    b"LOC+48+X:::KRSELB'STS+EMI'DTM+7:2611170915:201'LOC+48+X:::KRSELB'UNT+9+1'UNZ+1+X1'"
)


def read(data: bytes, profiles: Profiles) -> ReadResult:
    return read_interchanges(io.BytesIO(data), "t", profiles, received_on=RECEIVED_ON)


def test_a_partners_layout_is_read_by_its_profile() -> None:
    profiles = bundled_profiles().with_more([PARTNER])
    result = read(PARTNER_FILE, profiles)
    rows = result.events.to_pylist()
    assert [(row["item_id"], row["code"], row["event_min"], row["office"]) for row in rows] == [
        ("EE473124829KR", "EMH", None, "KRSELB"),
        ("EE473124829KR", "EMI", 9 * 60 + 15, "KRSELB"),
    ]
    assert [row["reason"] for row in rows] == ["12", None]
    assert {row["profile"] for row in rows} == {"partner-emsevt"}
    assert [finding.code for finding in result.findings] == ["event-time-without-clock"]


def test_values_that_a_layout_does_not_name_are_told_once_for_each_kind_of_segment() -> None:
    unused = PARTNER[PARTNER.index("[[unused]]") : PARTNER.index("[write]")]
    profiles = bundled_profiles().with_more([PARTNER.replace(unused, "")])
    result = read(PARTNER_FILE, profiles)
    assert len(result.events) == 2, "they are read all the same"
    told = [one for one in result.findings if one.code == "element-not-in-layout"]
    assert [(one.severity, one.detail) for one in told] == [
        (Severity.WARNING, f"{which} have values that are not named in layout partner-emsevt; {at}")
        for which, at in (
            ("1 segment(s) 'STS+EMH'", "the first is here"),
            ("2 segment(s) 'LOC+48'", "the first is here"),
        )
    ]


def test_only_of_segments_that_are_read_can_values_be_of_no_use() -> None:
    for bad, said in (
        ('[[unused]]\nsegment = "NAD"\n', "no such segment is read"),
        ('[[unused]]\nsegment = "STS"\nelement = 16\n', "count from 1 to 15"),
    ):
        with pytest.raises(LayoutError, match=said):
            bundled_profiles().with_more([PARTNER.replace("[write]", bad + "[write]")])


def test_without_the_profile_the_message_is_set_aside() -> None:
    result = read(PARTNER_FILE, bundled_profiles())
    assert len(result.events) == 0
    assert [one.reason for one in result.quarantined] == ["layout-unknown"]


def test_a_profile_for_one_sender_is_for_no_other() -> None:
    profiles = bundled_profiles().with_more([PARTNER])
    result = read(PARTNER_FILE.replace(b"XPOST", b"YPOST"), profiles)
    assert [one.reason for one in result.quarantined] == ["layout-unknown"]
    own = PARTNER.replace('"EMSEVT:2:1:UP"', '"EMSEVT:3:0:ZZ:DC1"')
    profiles = bundled_profiles().with_more([own])
    assert profiles.choose("EMSEVT:3:0:ZZ:DC1", "XPOST") == read_profile(own)
    assert profiles.choose("EMSEVT:3:0:ZZ:DC1", "J1CKRA").name == "house-emsevt"


def test_different_layouts_in_one_file() -> None:
    profiles = bundled_profiles().with_more([PARTNER])
    result = read(two_messages() + PARTNER_FILE, profiles)
    assert [row["profile"] for row in result.events.to_pylist()] == (
        ["house-emsevt"] * 4 + ["partner-emsevt"] * 2
    )
    # And in one interchange: messages of the partner's layout around one in ours.
    header, theirs = PARTNER_FILE.decode().split("'", 1)
    theirs = theirs.partition("UNZ")[0]
    ours = message(2, LEAVES)
    last = theirs.replace("UNH+1", "UNH+3").replace("UNT+9+1", "UNT+9+3")
    result = read(f"{header}'{theirs}{ours}{last}UNZ+3+X1'".encode(), profiles)
    assert sorted(
        (row["message"], row["profile"], row["code"]) for row in result.events.to_pylist()
    ) == [
        (1, "partner-emsevt", "EMH"),
        (1, "partner-emsevt", "EMI"),
        (2, "house-emsevt", "EMC"),
        (3, "partner-emsevt", "EMH"),
        (3, "partner-emsevt", "EMI"),
    ]
    assert result.quarantined == []


def test_what_a_profile_reads_it_writes() -> None:
    profiles = bundled_profiles().with_more([PARTNER])
    events = read(PARTNER_FILE, profiles).events
    envelope = Envelope("XPOST", "J1CKRA", "X1", RECEIVED_ON, 570)
    written = write_emsevt(events, envelope, profiles.named("partner-emsevt"))
    assert b"UNH+1+EMSEVT:2:1:UP'BGM+X1'GID++1:EE473124829KR'STS+EMH'DTM+7:20261116:102'" in (
        written.data
    )
    again = read(written.data, profiles).events
    told = ["item_id", "code", "event_date", "event_min", "office"]
    assert again.select(told).equals(events.select(told))


def test_the_house_profile_says_that_it_is_ours() -> None:
    house = bundled_profiles().named("house-emsevt")
    assert house.status == "house"
    assert house.source.startswith("illustrative: ")
    assert house.layout.split(":")[3:] == ["ZZ", "DC1"]


@pytest.mark.parametrize(
    ("change", "to", "complaint"),
    [
        ('field = "office"', 'field = "ofice"', "no field is called 'ofice'"),
        ('within = "item"', 'within = "event"', "belongs to the item"),
        ("element = 2\ncomponent = 2", "element = 0\ncomponent = 2", "count from 1"),
        ("element = 2\ncomponent = 2", "element = 99\ncomponent = 2", "count from 1"),
        ("format_component = 3", "", "needs a format_component"),
        ('table = "emsevt_events"', 'table = "nowhere"', "no code table 'nowhere'"),
        ('qualifier = "48"', 'qualifier = "+48"', "qualifier"),
        ('segment = "LOC"', 'segment = "UNH"', "'UNH' is not the tag"),
        ('item = { segment = "GID" }', 'item = { segment = "CNI" }', "must stand in the segment"),
        ('field = "office"', 'field = "measure"', "no place is given for office"),
        ('field = "reason"', 'field = "code"', "more than one place"),
        ("[applies]", "[apply]", "'applies' is missing"),
        ('name = "partner-emsevt"', "name = ", "not valid TOML"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(change: str, to: str, complaint: str) -> None:
    assert change in PARTNER
    with pytest.raises(LayoutError, match=re.escape(complaint)):
        read_profile(PARTNER.replace(change, to, 1))


def test_profiles_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(LayoutError, match="both read EMSEVT:2:1:UP from 'XPOST'"):
        bundled_profiles().with_more([PARTNER, PARTNER.replace("partner-", "other-")])
    with pytest.raises(LayoutError, match="same name"):
        bundled_profiles().with_more([PARTNER, PARTNER.replace("2:1:UP", "2:2:UP")])
    with pytest.raises(LayoutError, match="there is no layout profile 'nobody'"):
        bundled_profiles().named("nobody")


def test_a_template_that_names_an_unknown_value_is_refused() -> None:
    events = read(PARTNER_FILE, bundled_profiles().with_more([PARTNER])).events
    envelope = Envelope("XPOST", "J1CKRA", "X1", RECEIVED_ON, 570)
    for change, to in (("{code}", "{cod}"), ("BGM+{interchange}", "BGM+{number}")):
        with pytest.raises(LayoutError, match="there is no value"):
            write_emsevt(events, envelope, read_profile(PARTNER.replace(change, to)))
    silent = read_profile(PARTNER.partition("[write]")[0])
    with pytest.raises(LayoutError, match="only reads"):
        write_emsevt(events, envelope, silent)
