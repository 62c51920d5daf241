"""EDIFACT syntax: separators, release characters, repetition, character sets, segments back."""

import io

import pytest
from house_cases import LEAVES, codes, interchange, message, read, told
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.messages import Envelope, Segment, Separators, iter_segments, plain, write_messages
from datecertain.messages.charsets import decode, repertoire, transliterate
from datecertain.messages.separators import find_starts

DAY = 20_773


def segments_of(data: bytes, block_bytes: int = 1 << 20) -> list[Segment]:
    return list(iter_segments(io.BytesIO(data), block_bytes))


def envelope(**more: object) -> Envelope:
    return Envelope("J1CKRA", "J1CJPA", "KRJP0000000001", DAY, 570, **more)  # type: ignore[arg-type]


def test_segments_with_values_and_byte_offsets() -> None:
    data = b"UNA:+.? 'UNB+UNOA:3+A:ZZ+B+261116:0930+R1'FTX+AAI+++O?'BRIEN ??:4?+5'"
    header, text = segments_of(data)
    assert (header.tag, header.byte_offset) == ("UNB", 9)
    assert [header.value(1, 2), header.value(2), header.value(2, 2), header.value(9)] == [
        "3",
        "A",
        "ZZ",
        "",
    ]
    assert text.value(4) == "O'BRIEN ?"
    assert text.value(4, 2) == "4+5"
    assert text.byte_offset == data.index(b"FTX")
    assert text.text() == "FTX+AAI+++O?'BRIEN ??:4?+5'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"A??B", "A?B"),
        (b"A???'B", "A?'B"),
        (b"??", "?"),
        (b"????", "??"),
        (b"WHAT?NOW", "WHAT?NOW"),  # released without need: kept as text
        (b"A? B", "A? B"),
    ],
)
def test_release_characters(value: bytes, text: str) -> None:
    data = b"UNB+UNOA:3+A+B+261116:0930+R1'FTX+" + value + b"'UNZ+0+R1'"
    assert segments_of(data)[1].value(1) == text


def test_a_release_character_without_need_is_reported_once() -> None:
    body = LEAVES + "FTX+WHAT?NOW'FTX+AND?THEN'"
    result = read(interchange(message(1, body)))
    assert codes(result) == ["release-superfluous"]
    assert told(result) == [("EE473124829KR", "EMC")]


def test_line_breaks_between_segments_are_no_data_but_inside_they_are() -> None:
    data = b"UNB+UNOA:3+A+B+261116:0930+R1'\r\n  FTX+A\r\nB'\n\n\n\n\n\nUNZ+0+R1'\r\n"
    assert [one.tag for one in segments_of(data)] == ["UNB", "FTX", "UNZ"]
    assert segments_of(data)[1].value(1) == "A\r\nB"


def test_empty_segments_are_passed_over() -> None:
    data = b"UNB+UNOA:3+A+B+261116:0930+R1'''\r\n'UNZ+0+R1'"
    assert [one.tag for one in segments_of(data)] == ["UNB", "UNZ"]


def test_repetition_is_a_matter_of_the_syntax_version() -> None:
    old = segments_of(b"UNA:+.?*'UNB+UNOA:3+A+B+261116:0930+R1'RFF+A:1*B:2'")[1]
    new = segments_of(b"UNA:+.?*'UNB+UNOA:4+A+B+20261116:0930+R1'RFF+A:1*B:2'")[1]
    assert old.elements == ((("A", "1*B", "2"),),)
    assert new.elements == ((("A", "1"), ("B", "2")),)
    assert new.value(1, 2, repetition=2) == "2"
    assert new.text(Separators(repetition=ord("*"))) == "RFF+A:1*B:2'"


def test_of_a_repeated_element_the_first_is_read() -> None:
    header = "UNA:+.?*'UNB+UNOA:4+J1CKRA+J1CJPA+20261116:0930+KRJP0000000123'"
    body = LEAVES.replace("LOC+14+KRSELB'", "LOC+14+KRSELB*KRBUSA'")
    result = read(interchange(message(1, body), header=header))
    assert result.events["office"].to_pylist() == ["KRSELB"]
    assert codes(result) == ["element-repeated"]


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (b"UNB+UNOA:3+A", [0]),
        (b"UNA:+.? '\r\nUNB+UNOA:3+A", [0]),
        (b"UNA:+.? ' \n UNB+UNOA:3+A", [0]),
        (b"UNA|*.! ~UNB*UNOA|3*A", [0]),
        (b"UNB\x1dUNOB\x1f1\x1dA", [0]),
        (b"xxUNB+UNOC:4:02+A", [2]),
        (b"UNB*UNOA|3*A", []),  # other separators need their UNA
        (b"UNB+UNOA+A", []),
        (b"UNBURDEN+UNOA:3+", []),
        (b"UNZ+1+UNA123UNB'", []),  # a control reference may hold the letters
        (b"RFF+UNB?+UNOA:3?+X", []),
    ],
)
def test_where_an_interchange_starts(data: bytes, starts: list[int]) -> None:
    assert [one.position for one in find_starts(data, 0, len(data))] == starts


@pytest.mark.parametrize("advice", ["UNA:;.? '", "UNA:+.? A", "UNA::.? '", "UNA:+.?  "])
def test_an_advice_that_contradicts_the_header_is_ignored(advice: str) -> None:
    data = advice.encode() + interchange(message(1, LEAVES))
    result = read(data)
    assert told(result) == [("EE473124829KR", "EMC")]
    assert codes(result) == ["service-string-ignored"]
    assert result.interchanges[0].byte_begin == 0


def test_an_advice_without_release_character() -> None:
    data = b"UNA:+.  '" + interchange(message(1, LEAVES + "FTX+WHY?+NOT'"))
    result = read(data)
    assert told(result) == [("EE473124829KR", "EMC")]
    assert result.findings == []


def test_control_references_may_hold_the_letters_of_service_segments() -> None:
    data = interchange(message(1, LEAVES)).replace(b"KRJP0000000123", b"UNAUNBUNHUNZ")
    result = read(data)
    assert result.events["interchange"].to_pylist() == ["UNAUNBUNHUNZ"]
    assert result.findings == []


# Character sets.


@pytest.mark.parametrize(
    ("value", "syntax", "expected"),
    [
        (b"PLAIN", "UNOA", ("PLAIN", None)),
        (b"Malm\xf6", "UNOC", ("Malmö", None)),
        (b"Malm\xc3\xb6", "UNOW", ("Malmö", None)),
        (b"Malm\xc3\xb6", "UNOA", ("Malmö", "utf-8")),
        (b"Malm\xf6", "UNOA", ("Malmö", "windows-1252")),
        (b"\x93quoted\x94", "UNOC", ("“quoted”", "windows-1252")),
        (b"\xb1\xd0", "UNOE", ("Ба", None)),
        (b"\x81\x8d", "UNOA", ("\x81\x8d", "iso8859-1")),  # in no set at all
        (b"X", "UNOZ", ("X", None)),  # a level nobody knows is read as ASCII
    ],
)
def test_values_are_decoded_as_declared_else_by_a_named_fallback(
    value: bytes, syntax: str, expected: tuple[str, str | None]
) -> None:
    assert decode(value, syntax) == expected


def test_a_fallback_is_reported_with_its_set() -> None:
    header = "UNB+UNOA:3+J1CKRA+J1CJPA+261116:0930+KRJP0000000123'"
    data = interchange(message(1, LEAVES), header=header)
    result = read(data.replace(b"LOC+14+KRSELB", "LOC+14+KRSÉLB".encode()))
    assert result.events["office"].to_pylist() == ["KRSÉLB"]
    assert codes(result) == ["charset-repertoire", "charset-fallback"]
    assert "utf-8" in result.findings[1].detail


@pytest.mark.parametrize(
    ("text", "syntax", "written"),
    [
        ("KRSELB", "UNOA", "KRSELB"),
        ("krselb", "UNOA", "KRSELB"),
        ("krselb", "UNOB", "krselb"),
        ("Malmö", "UNOA", "MALMO"),
        ("Malmö", "UNOC", "Malmö"),
        ("Straße", "UNOA", "STRASSE"),
        ("서울", "UNOC", ".."),
        ("서울", "UNOW", "서울"),
        ("A\r\nB", "UNOA", "A..B"),
    ],
)
def test_what_a_set_does_not_hold_is_transliterated(text: str, syntax: str, written: str) -> None:
    assert transliterate(text, syntax) == written


def test_repertoires_grow_with_the_level() -> None:
    assert repertoire("UNOA") < repertoire("UNOB") < repertoire("UNOC")
    assert ord("a") not in repertoire("UNOA")
    assert 0x85 not in repertoire("UNOC")
    assert repertoire("UNOZ") == frozenset(range(256))


# Writing and reading back.

VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8).map(str.strip)
ELEMENT = st.lists(st.lists(VALUE, min_size=1, max_size=3).map(tuple), min_size=1, max_size=1)
SEGMENT = st.builds(
    lambda tag, elements: Segment(tag, tuple(tuple(one) for one in elements)),
    st.sampled_from(["FTX", "RFF", "LOC", "NAD"]),
    st.lists(ELEMENT, max_size=4),
)
SERVICE = st.sampled_from([Separators(), Separators(ord("|"), ord("*"), ord("!"), None, ord("~"))])


@given(
    st.lists(st.lists(SEGMENT, max_size=4), min_size=1, max_size=3),
    SERVICE,
    st.integers(128, 400),
)
@example([[plain("FTX", "?", "??", "?'", ("+:", "'?+"), "UNB+UNOA:3+")]], Separators(), 128)
@settings(deadline=None)
def test_what_is_written_is_read_back(
    messages: list[list[Segment]], separators: Separators, block_bytes: int
) -> None:
    about = envelope(syntax="UNOC", separators=separators)
    written = write_messages(about, [("TESTMS:1:0:ZZ", message) for message in messages])
    assert written.findings == []
    found = segments_of(written.data, block_bytes)
    assert found[0].tag == "UNB"
    assert found[-1].value(1) == str(len(messages))
    read_back: list[list[Segment]] = []
    for segment in found[1:-1]:
        if segment.tag == "UNH":
            read_back.append([])
        elif segment.tag == "UNT":
            assert segment.value(1) == str(len(read_back[-1]) + 2)
        else:
            read_back[-1].append(segment)
    wanted = [[(one.tag, one.elements) for one in message] for message in messages]
    assert [[(one.tag, one.elements) for one in message] for message in read_back] == wanted


@pytest.mark.parametrize("octet", [*range(0x21, 0x7F), *range(0xA1, 0x100)])
def test_every_character_survives_alone(octet: int) -> None:
    character = chr(octet)
    written = write_messages(
        envelope(syntax="UNOC"), [("TESTMS:1:0:ZZ", [plain("FTX", character)])]
    )
    assert segments_of(written.data)[2].value(1) == character


def test_writing_says_what_it_transliterates() -> None:
    written = write_messages(envelope(), [("TESTMS:1:0:ZZ", [plain("FTX", "Malmö")])])
    assert b"FTX+MALMO'" in written.data
    assert [finding.code for finding in written.findings] == ["transliterated"]


def test_a_header_with_all_it_can_say() -> None:
    about = envelope(syntax="UNOC", version=4, test=True, acknowledge=True)
    data = write_messages(about, [("CONTRL:D:3:UN", [plain("UCI", "R", "A", "B", "8")])]).data
    assert data.startswith(
        b"UNA:+.? 'UNB+UNOC:4+J1CKRA+J1CJPA+20261116:0930+KRJP0000000001++CONTRL++1++1'"
    )
    assert data.endswith(b"UNH+1+CONTRL:D:3:UN'UCI+R+A+B+8'UNT+3+1'UNZ+1+KRJP0000000001'")


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one message"):
        write_messages(envelope(), [])
    without = envelope(separators=Separators(release=None))
    with pytest.raises(UsageError, match="release"):
        write_messages(without, [("TESTMS:1:0:ZZ", [plain("FTX", "A+B")])])
    with pytest.raises(UsageError, match="sender"):
        Envelope("", "B", "R", DAY, 0)
    with pytest.raises(UsageError, match="14"):
        Envelope("A", "B", "R" * 15, DAY, 0)


# Headers that promise what can't be kept.


@pytest.mark.parametrize(
    ("syntax", "finding"),
    [
        ("UNOA", []),
        ("UNOK", []),
        ("UNOW", []),
        ("UNOY", []),
        ("UNOX", ["charset-unsupported"]),  # escape sequences of ISO 2022
        ("UNOQ", ["charset-unsupported"]),
        ("UNZZ", ["charset-unsupported"]),
    ],
)
def test_a_character_set_that_is_not_supported_is_reported(syntax: str, finding: list[str]) -> None:
    header = f"UNB+{syntax}:3+J1CKRA+J1CJPA+261116:0930+KRJP0000000123'"
    result = read(interchange(message(1, LEAVES), header=header))
    assert codes(result) == finding
    assert told(result) == [("EE473124829KR", "EMC")]


def test_a_syntax_version_that_is_not_known_is_reported() -> None:
    header = "UNB+UNOA:5+J1CKRA+J1CJPA+20261116:0930+KRJP0000000123'"
    result = read(interchange(message(1, LEAVES), header=header))
    assert codes(result) == ["syntax-version-unknown"]
    assert told(result) == [("EE473124829KR", "EMC")]


def test_empty_elements_at_the_end_mean_nothing() -> None:
    body = LEAVES.replace("LOC+14+KRSELB'", "LOC+14+KRSELB:++'").replace("EMC'", "EMC+:'")
    data = interchange(message(1, body)).replace(b"EMSEVT'UNH", b"EMSEVT++++'UNH")
    result = read(data)
    assert told(result) == [("EE473124829KR", "EMC")]
    assert result.findings == []
