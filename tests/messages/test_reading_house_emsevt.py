"""Reading house EMSEVT: what each event says, and where it stands."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
from blake3 import blake3
from house_cases import (
    HELD,
    LEAVES,
    RECEIVED_ON,
    TRIED,
    codes,
    interchange,
    message,
    read,
    told,
    two_messages,
)

from datecertain.findings import Severity
from datecertain.messages import RAW_EVENTS, Kind
from datecertain.moments import format_clock, format_date, parse_date

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu" / "samples"


def test_an_event_with_all_it_can_carry() -> None:
    result = read(two_messages())
    assert result.events.schema.equals(RAW_EVENTS)
    assert result.findings == []
    first = result.events.to_pylist()[0]
    assert first == {
        "item_id": "EE473124829KR",
        "code": "EMC",
        "event_date": parse_date("2026-11-16"),
        "event_min": 72,
        "stated_offset": None,
        "office": "KRSELB",
        "next_office": "JPKWSA",
        "reason": None,
        "measure": None,
        "dispatch": "KRSELBJPKWSAAEN60412",
        "receptacle": "KRSELBJPKWSAAEN60412001000079",
        "sender": "J1CKRA",
        "recipient": "J1CJPA",
        "prepared_date": parse_date("2026-11-16"),
        "prepared_min": 570,
        "interchange": "KRJP0000000123",
        "interchange_index": 0,
        "message": 1,
        "segment": 4,
        "byte_offset": two_messages().index(b"STS+1+EMC"),
        "profile": "house-emsevt",
        "test": False,
    }


def test_reasons_and_measures_belong_to_their_event() -> None:
    rows = read(two_messages()).events.to_pylist()
    assert [(row["code"], row["reason"], row["measure"]) for row in rows] == [
        ("EMC", None, None),
        ("EME", "54", None),
        ("EDC", None, None),
        ("EMH", "1", "A"),
    ]
    assert [(row["message"], row["segment"]) for row in rows] == [(1, 4), (1, 11), (1, 15), (2, 4)]


def test_the_summary_of_an_interchange() -> None:
    data = two_messages()
    [summary] = read(b"\n" + data + b"\r\n").interchanges
    assert summary.key == ("J1CKRA", "J1CJPA", "KRJP0000000123")
    assert (summary.messages, summary.messages_read, summary.events) == (2, 2, 4)
    assert (summary.byte_begin, summary.byte_end) == (1, 1 + len(data))
    assert (summary.application, summary.test, summary.complete) == ("EMSEVT", False, True)
    assert format_date(summary.prepared_date) == "2026-11-16"
    assert format_clock(summary.prepared_min) == "09:30"
    assert summary.digest == f"blake3:{blake3(data).hexdigest()}"


def test_free_text_and_signatories_are_dropped_at_the_door() -> None:
    result = read(interchange(message(1, TRIED + "NAD+CN+++JOHN O?'BRIEN'")))
    assert told(result) == [("EE000000005US", "EMH")]
    everything = json.dumps(result.events.to_pylist()) + str(result.findings)
    assert "BRIEN" not in everything
    assert result.quarantined == []


def test_a_test_interchange_is_set_aside_whole() -> None:
    header = "UNB+UNOA:3+J1CKRA+J1CJPA+261116:0930+KRJP0000000123++EMSEVT++1++1'"
    result = read(interchange(message(1, LEAVES), header=header))
    assert told(result) == []
    [kept] = result.quarantined
    assert (kept.kind, kept.reason) == (Kind.MESSAGE, "interchange-test")
    assert kept.raw == message(1, LEAVES).encode()
    assert (result.interchanges[0].test, result.interchanges[0].acknowledge) == (True, True)
    assert codes(result) == ["interchange-test"]


def test_qualified_parties_keep_their_qualifier() -> None:
    header = "UNB+UNOA:3+KRA:ZZ+JPA:14+261116:0930+KRJP0000000123'"
    result = read(interchange(message(1, LEAVES), header=header))
    assert result.events["sender"].to_pylist() == ["KRA:ZZ"]
    assert result.events["recipient"].to_pylist() == ["JPA:14"]


def test_an_unknown_event_code_is_kept_and_reported_once() -> None:
    body = LEAVES.replace("EMC", "EMX")
    result = read(interchange(message(1, body), message(2, body)))
    assert told(result) == [("EE473124829KR", "EMX")] * 2
    assert codes(result) == ["event-code-unknown"]
    assert result.findings[0].severity is Severity.WARNING
    assert "2 event(s)" in result.findings[0].detail


def test_a_stated_offset_and_a_date_without_clock() -> None:
    body = LEAVES.replace("202611160112:203", "202611160112?+09:303")
    other = HELD.replace("202611152005:203", "20261115:102")
    result = read(interchange(message(1, body + other)))
    assert result.events["stated_offset"].to_pylist() == [540, None, None]
    assert result.events["event_min"].to_pylist() == [72, None, 8 * 60 + 10]
    assert codes(result) == ["event-time-without-clock"]


def test_a_zone_by_letters_is_left_out() -> None:
    body = LEAVES.replace("202611160112:203", "202611160112KST:303")
    result = read(interchange(message(1, body)))
    assert result.events["stated_offset"].to_pylist() == [None]
    assert codes(result) == ["event-zone-unknown"]


def test_preparation_time_of_the_message_goes_before_that_of_the_interchange() -> None:
    own = message(1, LEAVES).replace("DTM+137:202611160930:203", "DTM+137:202611152359:203")
    unreadable = message(2, LEAVES).replace("DTM+137:202611160930:203", "DTM+137:SOON:203")
    result = read(interchange(own, unreadable))
    assert result.events["prepared_min"].to_pylist() == [23 * 60 + 59, 9 * 60 + 30]
    assert codes(result) == ["prepared-unreadable"]


def test_lower_case_is_read_as_upper_case_and_reported() -> None:
    body = LEAVES.replace("EMC", "emc").replace("LOC+14+KRSELB", "LOC+14+krselb ")
    result = read(interchange(message(1, body)))
    assert told(result) == [("EE473124829KR", "EMC")]
    assert result.events["office"].to_pylist() == ["KRSELB"]
    assert codes(result) == ["charset-repertoire"]


def test_item_numbers_are_normalised_and_said_so() -> None:
    body = LEAVES.replace("EE473124829KR", "EE 473 124 829 KR")
    result = read(interchange(message(1, body)))
    assert told(result) == [("EE473124829KR", "EMC")]
    assert [(one.code, one.severity) for one in result.findings] == [
        ("item-normalised", Severity.NOTE)
    ]


def test_a_bad_check_digit_sets_the_item_aside_with_all_its_events() -> None:
    body = LEAVES + HELD.replace("EE966331020JP", "EE966331021JP")
    result = read(interchange(message(1, body)))
    assert told(result) == [("EE473124829KR", "EMC")]
    [finding] = result.findings
    assert (finding.code, finding.item) == ("item-check-digit", "EE966331021JP")
    assert finding.position.startswith("interchange KRJP0000000123, message 1, segment 10, byte ")
    [aside] = result.quarantined
    assert (aside.kind, aside.segment) == (Kind.ITEM, 10)
    assert aside.raw.decode() == HELD.replace("EE966331020JP", "EE966331021JP")


@pytest.mark.parametrize(
    ("change", "to", "reason"),
    [
        ("STS+1+EMC'", "STS+1'", "event-code-missing"),
        ("DTM+334:202611160112:203'", "", "event-time-missing"),
        ("202611160112:203", "202611310112:203", "event-time-unreadable"),  # 31 November
        ("202611160112:203", "202611162460:203", "event-time-unreadable"),
        ("202611160112:203", "202611160112:999", "event-time-unreadable"),
        ("LOC+14+KRSELB'", "", "event-office-missing"),
        ("LOC+14+KRSELB'", "LOC+14+KRSELB'LOC+14+KRBUSA'", "event-contradicts"),
        ("CNI+1+EE473124829KR'", "", "event-without-item"),
    ],
)
def test_an_event_that_lacks_what_it_needs_is_set_aside_alone(
    change: str, to: str, reason: str
) -> None:
    body = LEAVES.replace(change, to)
    result = read(interchange(message(1, body + HELD)))
    assert told(result) == [("EE966331020JP", "EME"), ("EE966331020JP", "EDC")]
    assert reason in codes(result)
    [aside] = result.quarantined
    assert (aside.kind, aside.reason) == (Kind.EVENT, reason)
    assert aside.raw.decode() == body[body.index("STS+1") :]


def test_telling_the_same_twice_is_no_contradiction() -> None:
    body = LEAVES.replace("LOC+14+KRSELB'", "LOC+14+KRSELB'LOC+14+KRSELB'")
    result = read(interchange(message(1, body)))
    assert told(result) == [("EE473124829KR", "EMC")]
    assert result.findings == []


def test_an_optional_value_told_twice_keeps_the_first() -> None:
    body = HELD.replace("STS+2+54'", "STS+2+54'STS+2+57'")
    result = read(interchange(message(1, body)))
    assert result.events["reason"].to_pylist() == ["54", None]
    assert codes(result) == ["field-repeated"]


def test_segments_without_a_place_in_the_layout_are_counted_once() -> None:
    body = LEAVES + "TDT+20+KE703'" + HELD + "TDT+20+KE704'GID+1'"
    result = read(interchange(message(1, body)))
    assert len(told(result)) == 3
    assert codes(result) == ["segment-not-in-layout"] * 2
    assert "2 segment(s) 'TDT+20'" in result.findings[0].detail


def test_event_data_before_any_event_has_no_place() -> None:
    body = "CNI+1+EE473124829KR'LOC+14+KRBUSA'" + LEAVES.partition("'")[2]
    result = read(interchange(message(1, body)))
    assert result.events["office"].to_pylist() == ["KRSELB"]
    assert codes(result) == ["segment-not-in-layout"]


def test_odd_prefixes_are_read_and_reported_once_each() -> None:
    body = LEAVES.replace("EE473124829KR", "AG018300045CN") * 2
    result = read(interchange(message(1, body)))
    assert told(result) == [("AG018300045CN", "EMC")] * 2
    assert codes(result) == ["item-indicator"]
    assert "2 item(s)" in result.findings[0].detail


def test_messages_in_a_layout_nobody_knows_are_set_aside() -> None:
    predes = "UNH+1+PREDES:2:1:ZZ:DC1'BGM+PRE'UNT+3+1'"
    result = read(interchange(predes, message(2, LEAVES)))
    assert told(result) == [("EE473124829KR", "EMC")]
    [aside] = result.quarantined
    assert (aside.kind, aside.reason, aside.layout) == (
        Kind.MESSAGE,
        "layout-unknown",
        "PREDES:2:1:ZZ:DC1",
    )
    assert aside.raw.decode() == predes


def golden_rows(events: pa.Table) -> list[dict[str, str]]:
    return [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in events.to_pylist()
    ]


def test_golden_file() -> None:
    data = (GOLDEN / "house_two_interchanges.edi").read_bytes()
    result = read(data)
    assert codes(result) == ["event-time-without-clock", "interchange-test"]
    with (GOLDEN / "house_two_interchanges.csv").open(encoding="utf-8", newline="") as lines:
        assert golden_rows(result.events) == list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("sample", "events", "findings", "kept"),
    [
        ("emsevt_house_ok.edi", 6, [], []),
        ("emsevt_house_other_separators.edi", 1, [], []),
        ("broken_segment_count.edi", 0, ["segment-count"], [Kind.MESSAGE]),
        ("broken_reference_mismatch.edi", 1, ["interchange-trailer"], [Kind.ENVELOPE]),
        (
            "broken_truncated.edi",
            0,
            ["message-not-closed", "interchange-truncated"],
            [Kind.MESSAGE],
        ),
        ("predes_house_ok.edi", 0, ["layout-unknown"], [Kind.MESSAGE]),
        ("cardit_shape_ok.edi", 0, ["layout-unknown"], [Kind.MESSAGE]),
        ("resdit_shape_74_24_21.edi", 0, ["layout-unknown"] * 3, [Kind.MESSAGE] * 3),
        ("contrl_reject_count.edi", 0, ["layout-unknown"], [Kind.MESSAGE]),
    ],
)
def test_shared_samples(sample: str, events: int, findings: list[str], kept: list[Kind]) -> None:
    path = SAMPLES / sample
    if not path.exists():
        pytest.skip("the shared samples are not beside this checkout")
    result = read(path.read_bytes())
    assert len(result.events) == events
    assert codes(result) == findings
    assert [one.kind for one in result.quarantined] == kept
    assert result.interchanges[0].source == "test.edi"
    assert result.interchanges[0].prepared_date == RECEIVED_ON
