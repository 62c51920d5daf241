"""S10 item numbers: worked check digits, look-alikes, prefixes, whole columns."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.findings import Severity
from datecertain.identifiers import Defect, ItemNumber, compose_many, valid_s10
from datecertain.identifiers.service_indicators import service_indicator

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#: serial, sum of digit times weight (8 6 4 2 3 5 9 7), digit: worked by hand.
WORKED = [
    ("47312482", 32 + 42 + 12 + 2 + 6 + 20 + 72 + 14, 9),
    ("12345678", 8 + 12 + 12 + 8 + 15 + 30 + 63 + 56, 5),
    ("47110815", 32 + 42 + 4 + 2 + 0 + 40 + 9 + 35, 1),
    ("96633102", 72 + 36 + 24 + 6 + 9 + 5 + 0 + 14, 0),  # remainder 1: 10 is written 0
    ("00000000", 0, 5),  # remainder 0: 11 is written 5
]


@pytest.mark.parametrize(("serial", "total", "digit"), WORKED)
def test_check_digit_as_worked_by_hand(serial: str, total: int, digit: int) -> None:
    by_rule = 11 - total % 11
    assert {10: 0, 11: 5}.get(by_rule, by_rule) == digit
    number = ItemNumber.parse(f"EE{serial}{digit}KR")
    assert isinstance(number, ItemNumber)
    assert (number.indicator, number.serial, number.country) == ("EE", serial, "KR")
    for wrong in set(range(10)) - {digit}:
        refused = ItemNumber.parse(f"EE{serial}{wrong}KR")
        assert isinstance(refused, Defect)
        assert refused.code == "item-check-digit"


@pytest.mark.parametrize(
    ("given_text", "outcome"),
    [
        ("EE473124829KR", "EE473124829KR"),
        ("ee473124829kr", "EE473124829KR"),
        ("EE 473 124 829 KR", "EE473124829KR"),
        ("EE-473124829-KR", "EE473124829KR"),
        ("EE473124820KR", "item-check-digit"),
        ("EE00000000KR", "item-shape"),
        ("EEO00000005US", "item-shape"),  # letter O in the serial
        ("E1000000005US", "item-shape"),
        ("", "item-shape"),
        ("ＥＥ473124829KR", "item-shape"),  # full-width letters are no letters
        ("ß473124829KR", "item-shape"),  # its capital would be SS
        ("EE47312482٩KR", "item-shape"),  # a digit of another script is no digit
    ],
)
def test_what_is_read_and_what_is_refused(given_text: str, outcome: str) -> None:
    parsed = ItemNumber.parse(given_text)
    assert (parsed.text if isinstance(parsed, ItemNumber) else parsed.code) == outcome


def test_look_alikes_are_hinted_at_and_never_repaired() -> None:
    refused = ItemNumber.parse("EEO00000005US")
    assert isinstance(refused, Defect)
    assert refused.severity is Severity.ERROR
    assert "is it EE000000005US?" in refused.detail
    other = ItemNumber.parse("EEO00000006US")  # would not be right with a zero either
    assert isinstance(other, Defect)
    assert "is it" not in other.detail


@pytest.mark.parametrize(
    ("number", "doubts"),
    [
        ("EE473124829KR", []),
        ("AG018300045CN", ["item-indicator"]),  # not assigned, but such items circulate
        ("RB123456785XX", ["item-country"]),
        ("JA123456785ZZ", ["item-indicator", "item-country"]),
        ("XX123456785GB", ["item-indicator"]),  # in no list at all
    ],
)
def test_odd_prefixes_and_countries_are_doubts_not_refusals(number: str, doubts: list[str]) -> None:
    parsed = ItemNumber.parse(number)
    assert isinstance(parsed, ItemNumber)
    assert [doubt.code for doubt in parsed.doubts(20_773)] == doubts
    assert all(doubt.severity is Severity.WARNING for doubt in parsed.doubts())


def test_ems_prefixes() -> None:
    ems = [f"{a}{b}" for a in LETTERS for b in LETTERS if service_indicator(f"{a}{b}").ems]
    assert ems == [f"E{letter}" for letter in LETTERS]
    assert service_indicator("EY").product == "EMS by bilateral agreement"


def test_public_test_numbers() -> None:
    path = SHARED / "s10_test_numbers.csv"
    if not path.exists():
        pytest.skip("the shared test numbers are not beside this checkout")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 15
    for row in rows:
        parsed = ItemNumber.parse(row["number"])
        right = isinstance(parsed, ItemNumber) and not any(
            doubt.code == "item-country" for doubt in parsed.doubts()
        )
        normalised = row["number"] != row["number"].upper().replace(" ", "")
        assert (right and not normalised) == (row["verdict"] == "valid"), row


@given(st.integers(0, 99_999_999), st.sampled_from(["EE", "EA", "RB"]))
@settings(deadline=None)
def test_composed_numbers_are_valid(serial: int, indicator: str) -> None:
    number = ItemNumber.compose(indicator, serial, "KR")
    assert isinstance(number, ItemNumber)
    assert compose_many(indicator, [serial], "KR").to_pylist() == [number.text]
    assert valid_s10(pa.array([number.text])).tolist() == [True]


@pytest.mark.parametrize("serial", [-1, 100_000_000])
def test_serials_have_eight_digits(serial: int) -> None:
    refused = ItemNumber.compose("EE", serial, "KR")
    assert isinstance(refused, Defect)
    assert refused.code == "item-shape"


NEARLY = st.text(alphabet="E0159KRok -", min_size=10, max_size=14) | st.builds(
    lambda serial, digit, tail: f"EE{serial:08d}{digit}{tail}",
    st.integers(0, 99_999_999),
    st.integers(0, 9),
    st.sampled_from(["KR", "kr", "K1", ""]),
)


@given(st.lists(st.none() | NEARLY, max_size=30), st.integers(0, 3))
@settings(deadline=None)
def test_a_column_is_judged_as_its_numbers_one_by_one(texts: list[str | None], skip: int) -> None:
    def right(text: str | None) -> bool:
        return (
            text is not None
            and isinstance(ItemNumber.parse(text), ItemNumber)
            and (len(text) == 13 and text == text.upper())
        )

    column = pa.array(texts, type=pa.string())[skip:]
    expected = [right(text) for text in texts[skip:]]
    assert valid_s10(column).tolist() == expected
    assert valid_s10(pa.chunked_array([column, column])).tolist() == expected * 2
    assert valid_s10(column.cast(pa.binary())).tolist() == expected


def test_bytes_are_judged_like_texts() -> None:
    rows = np.array([b"EE473124829KR", b"EE473124820KR", b"ee473124829kr"], dtype="S13")
    assert valid_s10(rows.view(np.uint8).reshape(3, 13)).tolist() == [True, False, False]
    assert valid_s10(pa.array([], type=pa.string())).tolist() == []
