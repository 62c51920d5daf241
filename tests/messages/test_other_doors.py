"""Events by other doors than EDIFACT, record by record. All files here are made up."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datecertain.errors import LayoutError
from datecertain.messages.doors import (
    EXAMPLE,
    Door,
    DoorResult,
    Doors,
    bundled_text,
    read_mapping,
)
from datecertain.moments import parse_date, parse_utc

RECEIVED_ON = parse_date("2026-11-16")
ITEM, OTHER_ITEM = "EE000000005KR", "EE000000014KR"

EVENT = {
    "item_id": ITEM, "code": "EMC", "event_time": "2026-10-21T09:00", "office": "KRSELB",
    "sender": "KR", "recipient": "US", "transmitted": "2026-10-22T14:30Z",
}  # fmt: skip
OBJECT = {
    "type": "ObjectEvent", "eventTime": "2026-10-21T00:00:00Z", "eventTimeZoneOffset": "+09:00",
    "epcList": [f"urn:datecertain:s10:{ITEM}"], "action": "OBSERVE", "bizStep": "departing",
    "readPoint": {"id": "urn:datecertain:office:KRSELB"}, "datecertain:code": "EMC",
    "datecertain:sender": "KR", "datecertain:recipient": "US",
}  # fmt: skip
TABLE = """\
name = "seoul"
trust = "illustrative"
source = "illustrative: made up for this test"
[columns]
item_id = "ITEM"
code = "TYPE"
event_time = "AT"
office = "OFFICE"
[constants]
sender = "KR"
recipient = "US"
"""


def epcis(*events: Any, **more: Any) -> bytes:
    document = {"type": "EPCISDocument", "creationDate": "2026-10-22T14:30:00Z",
                "epcisBody": {"eventList": list(events)}}  # fmt: skip
    return json.dumps(document | more).encode()


def read(data: bytes, *mappings: str) -> DoorResult:
    doors = Doors(tuple(read_mapping(text) for text in mappings))
    door = doors.door(data)
    assert door is not None
    return doors.read(door, "file", data, RECEIVED_ON)


def said(result: DoorResult) -> list[str]:
    return [one.code for one in result.findings]


def one_event(data: bytes, *mappings: str) -> dict[str, Any]:
    result = read(data, *mappings)
    assert [one.reason for one in result.set_aside] == []
    (row,) = result.events.to_pylist()
    return row


def clock(row: dict[str, Any]) -> tuple[int, int | None, int | None]:
    return row["event_date"] - parse_date("2026-10-21"), row["event_min"], row["stated_offset"]


# One record in each of the ways that JSON may hold it.
JSON_FORMS = {
    "an object": (json.dumps(EVENT), "whole file"),
    "an array": (json.dumps([EVENT]), "/0"),
    "events": (json.dumps({"events": [EVENT]}, indent=2), "/events/0"),
    "lines": (f"{json.dumps(EVENT)}\n{{rubbish}}\n", "line 1"),
    "with a mark": ("\ufeff" + json.dumps([EVENT]), "/0"),
}


@pytest.mark.parametrize("name", JSON_FORMS)
def test_a_json_event_is_read_however_it_is_wrapped(name: str) -> None:
    text, position = JSON_FORMS[name]
    (row,) = read(text.encode()).events.to_pylist()
    assert (row["item_id"], row["code"], row["office"]) == (ITEM, "EMC", "KRSELB")
    assert clock(row) == (0, 9 * 60, None)
    assert (row["prepared_min"], row["prepared_offset"]) == (14 * 60 + 30, 0)
    assert row["position"] == position


#: What the record says → day (from the 21st), minute, offset.
TIMES = {
    "2026-10-21T09:00": (0, 540, None),
    "2026-10-21 09:00:59": (0, 540, None),
    "2026-10-21T09:00:59.999+09:00": (0, 540, 540),
    "20261021T0900+0900": (0, 540, 540),
    "2026-10-21T00:00Z": (0, 0, 0),
    "2026-10-20T19:00-05:00": (-1, 1140, -300),
    "2026-10-21": (0, None, None),
}


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_read_as_it_is_written(text: str) -> None:
    row = one_event(json.dumps(EVENT | {"event_time": text}).encode())
    assert clock(row) == TIMES[text]


BAD_EVENTS = {
    "no item": ({"item_id": ""}, "event-item-missing"),
    "check digit": ({"item_id": "EE000000006KR"}, "item-check-digit"),
    "no item number": ({"item_id": "parcel"}, "item-shape"),
    "item as a number": ({"item_id": 5}, "event-malformed"),
    "half a character": ({"item_id": "\ud800"}, "item-shape"),
    "no code": ({"code": None}, "event-code-missing"),
    "no office": ({"office": " "}, "event-office-missing"),
    "no sender": ({"sender": None}, "event-sender-missing"),
    "no recipient": ({"recipient": None}, "event-recipient-missing"),
    "no time": ({"event_time": None}, "event-time-missing"),
    "no such day": ({"event_time": "2026-02-30T10:00"}, "event-time-unreadable"),
    "no such hour": ({"event_time": "2026-10-21T25:00"}, "event-time-unreadable"),
    "before posts": ({"event_time": "0001-01-01T00:00"}, "event-time-unreadable"),
    "an offset of no place": ({"event_time": "2026-10-21T09:00+23:00"}, "event-time-unreadable"),
    "seconds in the offset": ({"event_time": "2026-10-21T09:00+09:00:30"}, "event-time-unreadable"),
    "a week": ({"event_time": "2026-W43-3T09:00"}, "event-time-unreadable"),
    "an hour only": ({"event_time": "2026-10-21T09"}, "event-time-unreadable"),
    "sent some day": ({"transmitted": "later"}, "transmission-unreadable"),
    "planned": ({"time_kind": "planned"}, "event-planned"),
    "estimated": ({"time_kind": "Estimated"}, "event-estimated"),
    "some other kind": ({"time_kind": "hoped"}, "event-time-kind-unknown"),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
def test_a_bad_event_is_kept_as_it_came_and_the_next_is_read(name: str) -> None:
    change, reason = BAD_EVENTS[name]
    bad = json.dumps(EVENT | change)
    result = read(f"[{bad} , {json.dumps(EVENT)}]".encode())
    assert [(one.position, one.reason, one.raw) for one in result.set_aside] == [
        ("/0", reason, bad.encode())
    ]
    assert (result.events.num_rows, result.records) == (1, 2)


BAD_JSON = {
    "broken off": (b'{"item_id": "EE', "json-unreadable"),
    "no UTF-8": (b'{"item_id": "\xff"}', "event-malformed"),
    "something behind": (b'{"a": 1}x', "json-unreadable"),
    "not a number": (b'{"a": NaN}', "event-malformed"),
    "too deep": (b"[" * 100_000, "json-unreadable"),
    "a long number": (b'{"a": ' + b"9" * 5_000 + b"}", "event-malformed"),
    "told twice": (b'{"code": "EMA", "code": "EMB"}', "json-unreadable"),
    "a list of lists": (b"[[]]", "event-malformed"),
    "no events": (b'{"type": "EPCISDocument"}', "epcis-without-events"),
    "a body told twice": (
        b'{"type": "EPCISDocument", "epcisBody": 1, "epcisBody": {"eventList": []}}',
        "json-unreadable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_JSON)
def test_damaged_json_is_kept_whole(name: str) -> None:
    data, reason = BAD_JSON[name]
    result = read(data)
    assert result.events.num_rows == 0
    assert [one.reason for one in result.set_aside] == [reason]
    assert result.set_aside[0].raw in data


def test_members_that_nobody_declared_are_not_read_and_said_once() -> None:
    result = read(json.dumps([EVENT | {"signed_by": "O'Brien"}] * 3).encode())
    assert said(result) == ["field-unknown", "event-zone-of-office"]
    assert "O'Brien" not in str(result)


def test_an_unknown_code_stays_what_it_is() -> None:
    result = read(json.dumps([EVENT | {"code": "XYZ"}] * 2).encode())
    assert result.events["code"].to_pylist() == ["XYZ", "XYZ"]
    assert said(result) == ["event-code-unknown", "event-zone-of-office"]


def test_local_times_without_offset_are_counted() -> None:
    stated = EVENT | {"event_time": "2026-10-21T09:00+09:00"}
    (finding,) = read(json.dumps([EVENT, stated, EVENT]).encode()).findings
    assert (finding.code, finding.detail[:10]) == ("event-zone-of-office", "2 event(s)")


def test_an_epcis_event_stands_on_the_clock_of_its_offset() -> None:
    row = one_event(epcis(OBJECT))
    assert clock(row) == (0, 540, 540)
    assert (row["item_id"], row["code"], row["office"]) == (ITEM, "EMC", "KRSELB")
    assert (row["sender"], row["recipient"], row["prepared_offset"]) == ("KR", "US", 0)


EPCIS_WORDINGS = {
    "plain identifiers": OBJECT | {"epcList": [ITEM], "readPoint": {"id": "KRSELB"}},
    "addresses": OBJECT | {
        "epcList": [f"https://post.example/s10/{ITEM}"],
        "readPoint": {"id": "https://post.example/offices/KRSELB/"},
    },
    "a business location": {k: v for k, v in OBJECT.items() if k != "readPoint"} | {
        "bizLocation": {"id": "KRSELB"}
    },
    "parties as EPCIS has them": {
        k: v for k, v in OBJECT.items() if k not in ("datecertain:sender", "datecertain:recipient")
    } | {
        "sourceList": [{"type": "owning_party", "source": "urn:datecertain:post:KR"}],
        "destinationList": [{"type": "owning_party", "destination": "urn:datecertain:post:US"}],
    },
    "full names": {
        k.replace("datecertain:", "urn:datecertain:ns:"): v for k, v in OBJECT.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EPCIS_WORDINGS)
def test_epcis_is_read_as_others_word_it(name: str) -> None:
    row, usual = one_event(epcis(EPCIS_WORDINGS[name])), one_event(epcis(OBJECT))
    places = ("byte_offset",)
    assert {k: v for k, v in row.items() if k not in places} == {
        k: v for k, v in usual.items() if k not in places
    }


def test_another_prefix_for_our_namespace_is_understood() -> None:
    event = {k.replace("datecertain:", "dc:"): v for k, v in OBJECT.items() if ":" in k}
    event = {k: v for k, v in OBJECT.items() if ":" not in k} | event
    context = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    assert one_event(epcis(event, **{"@context": [*context, {"dc": "urn:datecertain:ns:"}]}))
    assert read(epcis(event, **{"@context": context})).events.num_rows == 0


def test_one_epcis_event_of_three_items_is_three_events_and_the_bad_one_is_kept() -> None:
    result = read(epcis(OBJECT | {"epcList": [ITEM, "urn:epc:id:sgtin:0614141.1.2", OTHER_ITEM]}))
    assert result.events["item_id"].to_pylist() == [ITEM, OTHER_ITEM]
    assert [(one.position, one.reason) for one in result.set_aside] == [
        ("/epcisBody/eventList/0/epcList/1", "item-shape")
    ]


BAD_EPCIS = {
    "an aggregation": ({"type": "AggregationEvent"}, "event-kind-unknown"),
    "declared an error": (
        {"errorDeclaration": {"declarationTime": "2026-10-23T00:00Z"}}, "event-declared-wrong"
    ),
    "planned": ({"datecertain:timeKind": "planned"}, "event-planned"),
    "no items": ({"epcList": []}, "event-item-missing"),
    "no place": ({"readPoint": None}, "event-office-missing"),
    "no offset": ({"eventTimeZoneOffset": "JST"}, "event-time-unreadable"),
    "no time": ({"eventTime": 1_700_000_000}, "event-time-missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_EPCIS)
def test_an_epcis_event_that_is_no_fact_is_kept_as_it_came(name: str) -> None:
    change, reason = BAD_EPCIS[name]
    data = epcis(OBJECT | change, OBJECT)
    result = read(data)
    ((position, found, raw),) = [(one.position, one.reason, one.raw) for one in result.set_aside]
    assert (position, found) == ("/epcisBody/eventList/0", reason)
    assert json.loads(raw) == OBJECT | change
    assert raw in data
    assert result.events.num_rows == 1


def test_a_business_step_is_no_event_code_unless_the_partner_declares_it() -> None:
    coarse = OBJECT | {"datecertain:code": None, "disposition": "in_transit"}
    result = read(epcis(coarse))
    assert result.events["code"].to_pylist() == ["DEPARTING/IN_TRANSIT"]
    assert "event-code-unknown" in said(result)
    declared = (
        'name = "us"\nform = "epcis"\ntrust = "illustrative"\nsource = "illustrative: a test"\n'
        '[codes]\n"departing/in_transit" = "EMC"\n'
    )
    curie = coarse | {"bizStep": "https://ref.gs1.org/cbv/BizStep-departing",
                      "disposition": "urn:epcglobal:cbv:disp:in_transit"}  # fmt: skip
    assert one_event(epcis(coarse), declared)["code"] == "EMC"
    assert one_event(epcis(curie), declared)["code"] == "EMC"


def test_a_table_is_read_by_its_mapping() -> None:
    data = f"X,OFFICE,AT,TYPE,ITEM\r\n1,krselb,2026-10-21T09:00,EMC,{ITEM}\r\n".encode()
    row = one_event(data, TABLE)
    assert clock(row) == (0, 540, None)
    assert (row["item_id"], row["code"], row["office"]) == (ITEM, "EMC", "KRSELB")
    assert (row["position"], row["byte_offset"]) == ("line 2", 23)


def test_a_table_that_no_mapping_fits_is_no_table_of_events() -> None:
    doors = Doors((read_mapping(TABLE),))
    assert doors.door(b"OFFICE,AT,TYPE,PARCEL\n") is None
    assert doors.door(b"OFFICE,AT,TYPE,ITEM,ITEM\n") is None
    assert doors.door(b"OFFICE,AT,TYPE,ITEM\n") is Door.CSV


def test_of_two_mappings_that_fit_the_closer_one_reads() -> None:
    closer = TABLE.replace('"seoul"', '"closer"').replace(
        'office = "OFFICE"', 'office = "OFFICE"\nreason = "WHY"'
    )
    data = f"OFFICE,AT,TYPE,ITEM,WHY\nKRSELB,2026-10-21T09:00,EMH,{ITEM},7\n".encode()
    row = one_event(data, TABLE, closer)
    assert (row["profile"], row["reason"]) == ("table:closer", "7")


#: zone of the mapping, event time in the table → day (from the 21st), minute, offset.
ZONES = [
    ("stated", "2026-10-21T09:00", (0, 540, None)),
    ("stated", "2026-10-21T00:00Z", (0, 0, 0)),
    ("office", "2026-10-21T09:00Z", (0, 540, None)),
    ("+09:00", "2026-10-21T09:00", (0, 540, 540)),
    ("+09:00", "2026-10-21T00:00Z", (0, 540, 540)),
]


@pytest.mark.parametrize(("zone", "at", "expected"), ZONES)
def test_the_mapping_says_on_which_clock_times_stand(
    zone: str, at: str, expected: tuple[int, int | None, int | None]
) -> None:
    data = f"OFFICE,AT,TYPE,ITEM\nKRSELB,{at},EMC,{ITEM}\n".encode()
    assert clock(one_event(data, TABLE + f'[times]\nzone = "{zone}"\n')) == expected


def test_the_offset_may_have_a_column_of_its_own() -> None:
    text = TABLE.replace('office = "OFFICE"', 'office = "OFFICE"\noffset = "TZ"')
    data = f"OFFICE,AT,TZ,TYPE,ITEM\nKRSELB,2026-10-21T09:00,+0900,EMC,{ITEM}\n".encode()
    assert clock(one_event(data, text + '[times]\nzone = "column"\n')) == (0, 540, 540)


def test_an_offset_that_the_mapping_overrules_is_said() -> None:
    data = f"OFFICE,AT,TYPE,ITEM\nKRSELB,2026-10-21T09:00Z,EMC,{ITEM}\n".encode()
    result = read(data, TABLE + '[times]\nzone = "office"\n')
    assert "event-zone-left-out" in said(result)


BAD_ROWS = {
    "too few values": (b"KRSELB,2026-10-21T09:00,EMC", "row-malformed"),
    "too many values": (f"KRSELB,2026-10-21T09:00,EMC,{ITEM},1".encode(), "row-malformed"),
    "an open quotation mark": (f'KRSELB,"2026-10-21T09:00,EMC,{ITEM}'.encode(), "row-malformed"),
    "another character set": ("서울,1,EMC,X".encode("euc-kr"), "row-malformed"),
    "no time": (f"KRSELB,,EMC,{ITEM}".encode(), "event-time-missing"),
    "another way to write times": (
        f"KRSELB,21.10.2026,EMC,{ITEM}".encode(), "event-time-unreadable"
    ),
    "no item": (b"KRSELB,2026-10-21T09:00,EMC,", "event-item-missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_kept_as_it_came(name: str) -> None:
    raw, reason = BAD_ROWS[name]
    good = f"KRSELB,2026-10-21T09:00,EMC,{ITEM}".encode()
    result = read(b"\n".join([b"OFFICE,AT,TYPE,ITEM", raw, good]), TABLE)
    assert [(one.position, one.reason, one.raw) for one in result.set_aside] == [
        ("line 2", reason, raw)
    ]
    assert result.events["position"].to_pylist() == ["line 3"]


def test_the_example_mapping_translates_event_numbers_and_keeps_others() -> None:
    header = "ITEM_ID;EVENT_TYPE;EVENT_LOCAL_TIME;OFFICE;SENT_AT"
    rows = [f"{ITEM};{number};21.10.2026 09:00;USJFKA;22.10.2026 14:30" for number in (30, 37, 33)]
    result = read("\n".join([header, *rows]).encode(), bundled_text(EXAMPLE))
    assert result.events["code"].to_pylist() == ["EMD", "EMI", "33"]
    assert "event-code-unknown" in said(result)
    assert [clock(row) for row in result.events.to_pylist()] == [(0, 540, None)] * 3
    assert result.events["prepared_offset"].to_pylist() == [0, 0, 0]


def test_a_parquet_table_is_read_by_the_same_mapping() -> None:
    out = io.BytesIO()
    at = pa.array([parse_utc("2026-10-21T09:00Z") * 60 * 10**9], pa.timestamp("ns"))
    table = pa.table({"OFFICE": ["KRSELB"], "AT": at, "TYPE": ["EMC"], "ITEM": [ITEM]})
    pq.write_table(table, out)
    row = one_event(out.getvalue(), TABLE)
    assert (clock(row), row["position"]) == ((0, 540, None), "row 1")


def test_parquet_that_cannot_be_read_is_kept_whole() -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"PARCEL": [1]}), out)
    whole = out.getvalue()
    for data, reason in ((whole, "mapping-missing"), (whole[:-9], "parquet-unreadable")):
        result = read(data, TABLE)
        assert [(one.reason, one.raw) for one in result.set_aside] == [(reason, data)]


BAD_MAPPINGS = {
    "no TOML": ("name = ", "is no TOML"),
    "no name": (TABLE.replace('name = "seoul"\n', ""), "no `name`"),
    "no source": (TABLE.replace("source", "origin"), "it can have"),
    "a field nobody knows": (TABLE.replace("office =", "place ="), r"\[columns\] has place"),
    "no office": (TABLE.replace('office = "OFFICE"\n', ""), "office stands neither"),
    "an office twice": (TABLE + 'office = "KRSELB"\n', "keep one"),
    "a zone of no place": (TABLE + '[times]\nzone = "JST"\n', "is no offset"),
    "a column zone without column": (TABLE + '[times]\nzone = "column"\n', "go together"),
    "a format of no time": (TABLE + '[times]\nevent_format = "%Q"\n', "%Q|directive"),
    "a long delimiter": (TABLE + '[file]\ndelimiter = "||"\n', "not one character"),
    "no character set": (TABLE + '[file]\nencoding = "base64"\n', "base64"),
    "a kind of time": (TABLE + '[time_kinds]\nP = "hoped"\n', "hoped"),
    "a number for a text": (TABLE + "[codes]\n1 = 1\n", "quotation marks"),
    "columns for EPCIS": ('form = "epcis"\n' + TABLE, "has no columns"),
}


@pytest.mark.parametrize("name", BAD_MAPPINGS)
def test_a_mapping_that_cannot_be_used_is_refused(name: str) -> None:
    text, told = BAD_MAPPINGS[name]
    with pytest.raises(LayoutError, match=told):
        read_mapping(text)
