"""Events written as messages and read back."""

import io
from pathlib import Path

import pyarrow as pa
import pytest
from house_cases import read, two_messages
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.identifiers import compose_many
from datecertain.messages import (
    RAW_EVENTS,
    Envelope,
    Separators,
    bundled_profiles,
    iter_segments,
    write_emsevt,
)
from datecertain.moments import parse_date

GOLDEN = Path(__file__).parent / "golden"
HOUSE = bundled_profiles().named("house-emsevt")
TOLD = [
    "item_id", "code", "event_date", "event_min", "stated_offset", "office", "next_office",
    "reason", "measure", "dispatch", "receptacle",
]  # fmt: skip
ENVELOPE = Envelope("J1CKRA", "J1CJPA", "KRJP0000000123", 20_773, 570)
ITEMS = compose_many("EE", range(6), "KR").to_pylist()

CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+:'?.-", min_size=1, max_size=6)
EVENT = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from(ITEMS),
        "code": CODE,
        "event_date": st.integers(parse_date("1990-01-01"), parse_date("2059-12-31")),
        "event_min": st.none() | st.integers(0, 1439),
        "stated_offset": st.none() | st.integers(-840, 840),
        "office": CODE,
        "next_office": st.none() | CODE,
        "reason": st.none() | CODE,
        "measure": st.none() | CODE,
        "dispatch": st.none() | CODE,
        "receptacle": st.none() | CODE,
        "message": st.integers(1, 3),
        "prepared_date": st.none() | st.integers(20_000, 21_000),
        "prepared_min": st.none() | st.integers(0, 1439),
    }
)
SERVICE = st.sampled_from([Separators(), Separators(ord("|"), ord("*"), ord("!"), None, ord("~"))])


def table(rows: list[dict]) -> pa.Table:
    names = [name for name in RAW_EVENTS.names if name in rows[0]]
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], type=RAW_EVENTS.field(name).type)
            for name in names
        }
    )


@given(st.lists(EVENT, min_size=1, max_size=12), SERVICE)
@example(
    [
        {
            "item_id": ITEMS[0], "code": "?'+:", "event_date": 20_773, "event_min": 0,
            "stated_offset": -720, "office": "'", "next_office": "??", "reason": ":",
            "measure": "+", "dispatch": "?", "receptacle": None, "message": 1,
            "prepared_date": None, "prepared_min": 5,
        }
    ],
    Separators(),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read_back(rows: list[dict], separators: Separators) -> None:
    rows.sort(key=lambda row: row["message"])
    for row in rows:
        if row["event_min"] is None:  # a date alone is stated without offset
            row["stated_offset"] = None
    events = table(rows)
    envelope = Envelope("J1CKRA", "J1CJPA:ZZ", "R'1", 20_773, 570, separators=separators)
    written = write_emsevt(events, envelope, HOUSE)
    assert written.findings == []
    result = read(written.data)
    assert result.quarantined == []
    assert result.events.select(TOLD).to_pylist() == events.select(TOLD).to_pylist()
    assert set(result.events["sender"].to_pylist()) == {"J1CKRA"}
    assert set(result.events["recipient"].to_pylist()) == {"J1CJPA:ZZ"}
    assert set(result.events["interchange"].to_pylist()) == {"R'1"}
    numbers = {one: place for place, one in enumerate(dict.fromkeys(events["message"].to_pylist()))}
    assert result.events["message"].to_pylist() == [
        numbers[one] + 1 for one in events["message"].to_pylist()
    ]
    # Reading and writing again changes nothing at all.
    again = write_emsevt(result.events, envelope, HOUSE)
    assert read(again.data).events.equals(result.events)


def test_the_preparation_time_is_that_of_the_message_or_of_the_envelope() -> None:
    events = read(two_messages()).events
    later = Envelope("J1CKRA", "J1CJPA", "R1", 20_780, 1)
    kept = read(write_emsevt(events, later, HOUSE).data).events
    assert set(kept["prepared_min"].to_pylist()) == {570}
    fresh = read(write_emsevt(events.drop(["prepared_date"]), later, HOUSE).data).events
    assert set(fresh["prepared_date"].to_pylist()) == {20_780}
    assert set(fresh["prepared_min"].to_pylist()) == {1}


def test_golden_file() -> None:
    data = (GOLDEN / "house_two_interchanges.edi").read_bytes()
    result = read(data)
    first = result.events.slice(0, 7)
    envelope = Envelope("J1CKRA", "J1CJPA", "KRJP0000000123", parse_date("2026-11-17"), 570)
    assert write_emsevt(first, envelope, HOUSE).data == data[: data.index(b"\r\nUNA|")]


def test_items_are_grouped_and_numbered_in_their_message() -> None:
    events = read(two_messages()).events.select([*TOLD])
    [header, *segments] = iter_segments(io.BytesIO(write_emsevt(events, ENVELOPE, HOUSE).data))
    assert header.value(7) == "EMSEVT"
    assert [one.value(1) for one in segments if one.tag == "CNI"] == ["1", "2", "3"]
    assert [one.value(1) for one in segments if one.tag == "UNH"] == ["1"]  # one message is enough


def test_many_items_make_several_messages() -> None:
    rows = [
        {"item_id": item, "code": "EMA", "event_date": 20_773, "event_min": 1, "office": "KRSELB"}
        for item in compose_many("EE", range(450), "KR").to_pylist()
    ]
    result = read(write_emsevt(table(rows), ENVELOPE, HOUSE).data)
    assert result.interchanges[0].messages == 3
    assert result.events["item_id"].to_pylist() == [row["item_id"] for row in rows]


def test_what_the_set_does_not_hold_is_transliterated_visibly() -> None:
    events = table(
        [{"item_id": ITEMS[0], "code": "emä", "event_date": 1, "event_min": 1, "office": "서울"}]
    )
    written = write_emsevt(events, ENVELOPE, HOUSE)
    assert [finding.code for finding in written.findings] == ["transliterated"] * 2
    assert read(written.data).events["code"].to_pylist() == ["EMA"]
    latin = Envelope("J1CKRA", "J1CJPA", "R1", 20_773, 570, syntax="UNOC")
    written = write_emsevt(events.set_column(4, "office", pa.array(["ÅBO"])), latin, HOUSE)
    assert written.findings == []
    assert "LOC+14+ÅBO'".encode("iso8859-1") in written.data
    assert read(written.data).events["office"].to_pylist() == ["ÅBO"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"item_id": "EE473124820KR"}, "is no valid item number"),
        ({"code": None}, "code lacks"),
        ({"office": None}, "office lacks"),
        ({"event_date": None}, "event_date lacks"),
    ],
)
def test_events_that_cannot_be_told_are_refused(change: dict, complaint: str) -> None:
    row = {"item_id": ITEMS[0], "code": "EMA", "event_date": 1, "event_min": 1, "office": "X"}
    with pytest.raises(UsageError, match=complaint):
        write_emsevt(table([row | change]), ENVELOPE, HOUSE)


def test_no_events_make_no_interchange() -> None:
    with pytest.raises(UsageError, match="no events"):
        write_emsevt(RAW_EVENTS.empty_table(), ENVELOPE, HOUSE)
