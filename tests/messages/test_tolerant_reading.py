"""Layouts that nobody described: what is inferred from them, and that it stays an inference.

The partners and their files are synthetic; their layouts were made up for these tests.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages import (
    RAW_EVENTS,
    Profiles,
    bundled_profiles,
    read_interchanges,
    read_profile,
)
from datecertain.messages.draft_text import profile_text
from datecertain.messages.drafting import Draft, draft
from datecertain.messages.inference import (
    Inferred,
    InferredEvent,
    known_codes,
    read_tolerantly,
    unread_messages,
)
from datecertain.messages.inference_values import FORMATS, Known, stated, unstated
from datecertain.messages.profile_check import PartnerFile, check_profile
from datecertain.messages.vocabulary import TEXTS
from datecertain.moments import parse_date
from datecertain.wording import words
from partner_layouts import HOUSE, ITEMS, OFFICES, PARTNERS, RECEIVED_ON, Item, Told, file

COLUMNS = ("item_id", *TEXTS, "event_date", "event_min", "stated_offset", "sender", "recipient")


def tolerant(data: bytes) -> Inferred:
    return read_tolerantly(
        data, "a.edi", bundled_profiles(), offices=OFFICES, received_on=RECEIVED_ON
    )


def drafted(*data: bytes) -> Draft:
    messages = [
        one
        for number, each in enumerate(data)
        for one in unread_messages(each, f"{number}.edi", Profiles(()), RECEIVED_ON)
    ]
    return draft(messages, Known(OFFICES, known_codes(), RECEIVED_ON))


def by_house(items: list[Item]) -> pa.Table:
    """The same content as the reader reads it from the house layout."""
    data = io.BytesIO(file(HOUSE, items))
    return read_interchanges(data, "a.edi", bundled_profiles(), received_on=RECEIVED_ON).events


def by_profile(text: str, data: bytes) -> pa.Table:
    profiles = Profiles((read_profile(text),))
    return read_interchanges(
        io.BytesIO(data), "a.edi", profiles, received_on=RECEIVED_ON
    ).events  # fmt: skip


@pytest.mark.parametrize("partner", PARTNERS)
def test_what_an_unknown_layout_says_is_what_the_house_layout_says(partner: str) -> None:
    found = tolerant(file(PARTNERS[partner]))
    told = [{name: getattr(one, name) for name in COLUMNS} for one in found.events]
    assert told == by_house(ITEMS).select(COLUMNS).to_pylist()
    assert all(one.layout_inferred is True for one in found.events)
    assert (found.messages, found.items_unusable) == (1, 0)


def test_the_columns_are_those_of_raw_events() -> None:
    columns = {one.name for one in dataclasses.fields(InferredEvent)}
    assert columns == set(RAW_EVENTS.names) - {"profile"} | {"layout", "layout_inferred"}


def test_a_layout_that_has_a_profile_is_not_inferred() -> None:
    assert tolerant(file(HOUSE)) == Inferred(0, (), 0, ())


def test_a_test_interchange_is_not_looked_at() -> None:
    assert tolerant(file(PARTNERS["cni"], test=True)).messages == 0


def test_events_of_a_wrong_item_number_go_to_no_other_item() -> None:
    """EE000000014KR with a wrong check digit opens an item all the same, of which nothing is told:
    its events must not go to the item before."""
    for partner in PARTNERS.values():
        data = file(partner)
        found = tolerant(data.replace(b"EE000000014KR", b"EE000000013KR"))
        assert found.items_unusable == 1
        assert [one.item_id for one in found.events] == ["EE000000005KR"] * 2 + [
            "EE000000028US"
        ] * 5


def test_a_code_that_is_in_no_table_is_kept_as_received() -> None:
    found = tolerant(file(PARTNERS["cni"]).replace(b"STS+9+EDC:", b"STS+9+EZZ:"))
    assert [one.code for one in found.events].count("EZZ") == 1


def test_an_event_without_a_time_has_none_and_takes_no_others() -> None:
    data = file(PARTNERS["cni"]).replace(b"DTM+7:2610210410:201'", b"").replace(
        b"UNT+54", b"UNT+53"
    )  # fmt: skip
    found = tolerant(data)
    assert found.messages == 1
    assert [(one.code, one.event_date) for one in found.events if one.event_date is None] == [
        ("EMD", None)
    ]


@pytest.mark.parametrize("partner", PARTNERS)
def test_the_draft_reads_what_the_house_layout_says(partner: str) -> None:
    data = file(PARTNERS[partner])
    found = drafted(data)
    assert found.lacking == ()
    assert (found.items, found.events) == (3, 9)
    text = profile_text(found, "partner", "illustrative: synthetic")
    assert by_profile(text, data).select(COLUMNS).equals(by_house(ITEMS).select(COLUMNS))


def test_the_house_layout_is_found_as_it_is_without_its_profile() -> None:
    house = bundled_profiles().named("house-emsevt")
    found = drafted(file(HOUSE))
    assert found.opens == house.opens
    for one in found.fields:
        field = house.field(one.name)
        assert field is not None
        spot = one.seen.spot
        assert (spot.pattern, spot.element, spot.component) == (
            field.pattern, field.element, field.component
        ), one.name  # fmt: skip


def test_a_constant_before_the_code_tells_events_from_what_may_come_later() -> None:
    """No reason stands in these files; `STS+2` in a later one must not open an event."""
    items: list[Item] = [("EE000000005KR", [Told("EMB", "202610211945", "KRSELB")] * 3)]
    assert str(drafted(file(HOUSE, items)).opens["event"]) == "STS+1"  # type: ignore[index]


def test_nothing_personal_stands_in_a_draft() -> None:
    """Free text names a signatory, NAD a post: neither gets into the text nor beside it."""
    found = drafted(file(PARTNERS["cni"]))
    text = profile_text(found, "partner", "illustrative: synthetic")
    for word in ("KIM", "MRS", "SIGNED", "KOREA POST", "EE000000005KR", "KRSELB"):
        assert word not in text
        assert word not in repr([found.unknown, found.remarks, found.opens])


def test_the_draft_says_where_each_field_stands_and_how_often() -> None:
    found = drafted(file(PARTNERS["cni"]), file(PARTNERS["cni"], reference="78"))
    seen = {
        one.name: (str(one.seen.spot.pattern), one.seen.count, one.seen.of) for one in found.fields
    }
    assert seen == {
        "prepared": ("DTM+137", 2, 2),
        "item_id": ("CNI", 6, 6),
        "code": ("STS+9", 18, 18),
        "event_time": ("DTM+7", 18, 18),
        "office": ("LOC+60", 18, 18),
        "next_office": ("LOC+61", 4, 18),
        "reason": ("STS+10", 4, 4),  # of the two events that can have one, in each file
        "measure": ("STS+11", 2, 4),
        "dispatch": ("RFF+DN", 4, 18),
        "receptacle": ("RFF+BAG", 4, 18),
    }
    assert all(one.certain for one in found.fields)
    assert [str(one.pattern) for one in found.unknown if one.passed_over] == [
        "FTX", "BGM", "CNT", "NAD"
    ]  # fmt: skip


def test_what_the_draft_cannot_place_stands_as_a_comment() -> None:
    found = drafted(file(PARTNERS["gid"]))
    assert [str(one.pattern) for one in found.unknown if not one.passed_over] == ["GID"]
    text = profile_text(found, "partner", "illustrative: synthetic")
    assert '# [[passed_over]]\n# segment = "GID"' in text
    assert any("no format code" in one.text(words("en")) for one in found.remarks)


def test_a_file_without_events_drafts_what_is_lacking() -> None:
    items: list[Item] = [("EE000000005KR", []), ("EE000000014KR", [])]
    found = drafted(file(PARTNERS["cni"], items))
    assert set(found.lacking) == {"code", "event_time", "office"}
    text = profile_text(found, "partner", "illustrative: synthetic")
    assert "# NOT FOUND: code." in text
    assert "[write]" not in text


def test_offices_nobody_knows_are_not_found() -> None:
    messages = unread_messages(file(PARTNERS["cni"]), "a", Profiles(()), RECEIVED_ON)
    found = draft(messages, Known(frozenset(), known_codes(), RECEIVED_ON))
    assert found.lacking == ("office",)


def test_two_times_in_every_event_are_doubtful() -> None:
    """A second time, as of sending, beside each event's own: which is which a person must say."""
    data = file(PARTNERS["reversed"])
    data = data.replace(b"'STS+1+", b"'DTM+9:202610232300:203'STS+1+")
    before = _segments(file(PARTNERS["reversed"]))
    data = data.replace(f"UNT+{before}+".encode(), f"UNT+{_segments(data)}+".encode())
    time = drafted(data).field("event_time")
    assert time is not None
    assert not time.certain
    assert "just as often" in time.seen.doubt.text(words("en"))


def _segments(data: bytes) -> int:
    """Segments of the one message of a file without release characters."""
    return data.count(b"'") - 2


DIGITS = st.text("0123456789", min_size=1, max_size=14)


@given(
    st.datetimes(
        min_value=dt.datetime(1980, 1, 1),  # noqa: DTZ001 - as on the wall
        max_value=dt.datetime(2070, 1, 1),  # noqa: DTZ001
    ),
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(["+09", "-0330", "UTC", "XXX"]),
)
def test_a_stated_time_is_read_as_the_reader_reads_it(
    moment: dt.datetime, code: str, zone: str
) -> None:
    """Value by value here, whole columns there: the two must agree, on wrong values too."""
    form = FORMATS[code]
    pattern = ("%Y" if form.year == 4 else "%y") + "%m%d"
    pattern += {0: "", 4: "%H%M", 6: "%H%M%S"}[form.clock]
    _agree(moment.strftime(pattern) + (zone if form.zone else ""), code)


@given(DIGITS, st.sampled_from(sorted(FORMATS)))
def test_any_digits_are_read_as_the_reader_reads_them(text: str, code: str) -> None:
    _agree(text, code)


def _agree(text: str, code: str) -> None:
    items: list[Item] = [("EE000000005KR", [Told("EMB", "202610211945", "KRSELB")])]
    data = file(HOUSE, items).replace(
        b"DTM+334:202610211945:203", f"DTM+334:{text.replace('+', '?+')}:{code}".encode()
    )
    read = read_interchanges(
        io.BytesIO(data), "a", bundled_profiles(), received_on=RECEIVED_ON
    ).events.to_pylist()  # fmt: skip
    clock = stated(text, code, RECEIVED_ON)
    if clock is None:
        assert read == []
    else:
        (event,) = read
        told = (event["event_date"], event["event_min"], event["stated_offset"])
        assert told == (clock.day, clock.minute, clock.offset)


@pytest.mark.parametrize(
    ("text", "code", "day", "minute"),
    [
        ("261021", "101", "2026-10-21", None),
        ("20261021", "102", "2026-10-21", None),
        ("2610211945", "201", "2026-10-21", 1185),
        ("202610211945", "203", "2026-10-21", 1185),
        ("261021194530", "202", "2026-10-21", 1185),
        ("20261021194530", "204", "2026-10-21", 1185),
        ("202610211945+09", "303", "2026-10-21", 1185),
    ],
)
def test_a_time_without_a_format_code_is_told_by_its_shape(
    text: str, code: str, day: str, minute: int | None
) -> None:
    found = unstated(text, RECEIVED_ON)
    assert found is not None
    assert (found[0], found[1].day, found[1].minute) == (code, parse_date(day), minute)


@pytest.mark.parametrize("text", ["190001", "123", "202410211945", "20261399", "7", "99999999"])
def test_numbers_far_from_the_receipt_are_no_times(text: str) -> None:
    assert unstated(text, RECEIVED_ON) is None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A partner's file with bytes replaced, cut out, doubled or moved."""
    data = file(PARTNERS[draw(st.sampled_from(sorted(PARTNERS)))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 30)))
        put = draw(st.one_of(st.binary(max_size=6), st.just(data[at:until] * 2), st.just(b"'")))
        data = data[:at] + put + data[until:]
    return data


@settings(max_examples=60, deadline=None)
@given(mutated())
def test_whatever_the_bytes_nothing_raises(data: bytes) -> None:
    found = tolerant(data)
    assert all(one.layout_inferred for one in found.events)
    messages = unread_messages(data, "a\n'.edi", Profiles(()), RECEIVED_ON)
    for one in messages:
        text = profile_text(
            draft([one], Known(OFFICES, known_codes(), RECEIVED_ON)), "partner", 'a "source"\n'
        )
        if "# NOT FOUND" not in text and "\n[opens]\nitem" in text:
            profile = read_profile(text)
            check_profile(profile, [PartnerFile("a", data, RECEIVED_ON)], bundled_profiles())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(known_codes())), min_size=2, max_size=8),
    st.sampled_from(sorted(PARTNERS)),
    st.integers(1, 3),
)
def test_whatever_events_items_have_the_draft_reads_them(
    codes: list[str], partner: str, each: int
) -> None:
    """Any codes, dealt to three items: read by the draft, all are there with time and office."""
    told = [
        Told(code, f"2026102{n % 4}{8 + n:02d}15", ["KRSELB", "USJFKA"][n % 2])
        for n, code in enumerate(codes)
    ]
    numbers = [item for item, _ in ITEMS]
    items: list[Item] = [
        (number, told[n * each : (n + 1) * each]) for n, number in enumerate(numbers)
    ]
    items = [(number, events) for number, events in items if events]
    data = file(PARTNERS[partner], items)
    found = drafted(data)
    assert found.lacking == ()
    read = by_profile(profile_text(found, "partner", "illustrative: synthetic"), data)
    columns = ["item_id", "code", "event_date", "event_min", "office"]
    assert read.select(columns).equals(by_house(items).select(columns))
