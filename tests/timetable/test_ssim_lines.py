"""The lines of SSIM files: serial numbers, trailers, legs without their carrier, damage. Each line
has one fate."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
import ssim_writer as ssim
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ssim import LEG, imported, shown

from datecertain.errors import UsageError
from datecertain.moments import day_of
from datecertain.network.timetable_rows import ImportedTimetable, RowFate


def lines() -> list[str]:
    return ssim.file([ssim.carrier("XA"), LEG], [ssim.carrier("XB", "U"), LEG])


def codes(result: ImportedTimetable) -> list[tuple[str, str]]:
    return [(f.code, f.position) for f in result.findings if f.severity != "note"]


def joined(*file: str, end: str = "\n") -> ImportedTimetable:
    return imported(end.join([*file, ""]))


def test_a_sound_file_has_no_findings_however_its_lines_end() -> None:
    sound = ssim.text([ssim.carrier("XA"), LEG], padding=4)
    result = imported(sound)
    assert result.findings == ()
    assert result.fates[RowFate.PADDING] == 12
    for other in (sound.replace("\n", "\r\n"), sound.lower(), sound.rstrip("\n"),
                  sound.replace("\n", "\n\n")):  # fmt: skip
        assert shown(imported(other)) == shown(result)
        assert imported(other).findings == ()


def test_serial_numbers_that_jump_or_are_none() -> None:
    header, carrier, leg, trailer, *rest = lines()
    assert codes(joined(header, carrier, leg, trailer, *rest)) == []
    assert codes(joined(header, carrier, trailer, *rest)) == [
        ("serial-number", "line 3, 195-200"), ("trailer-check", "line 3, 188-193"),
    ]  # fmt: skip
    blank = leg[:194] + " " * 6
    assert codes(joined(header, carrier, blank, trailer, *rest)) == [
        ("serial-number", "line 3, 195-200")
    ]


def test_after_999999_comes_000002() -> None:
    many = lines()[:4]
    numbered = [
        f"{line[:194]}{serial}" for line, serial in
        zip(many, ("000001", "999998", "999999", "000002"), strict=True)
    ]  # fmt: skip
    numbered[3] = numbered[3][:187] + "999999" + "E" + numbered[3][194:]
    assert codes(joined(*numbered)) == [("serial-number", "line 2, 195-200")]


def test_a_trailer_that_is_cut_off_or_of_another_carrier() -> None:
    header, carrier, leg, trailer, *rest = lines()
    assert codes(joined(header, carrier, leg)) == [("trailer-missing", "line 3")]
    assert codes(joined(header, carrier, leg, trailer)) == [("trailer-missing", "line 4")]
    assert codes(joined(header, carrier, leg, trailer[:150])) == [
        ("value-unreadable", "line 4, 1"), ("trailer-missing", "line 4"),
    ]  # fmt: skip
    other = trailer[:2] + "XZ " + trailer[5:]
    assert codes(joined(header, carrier, leg, other, *rest)) == [("trailer-carrier", "line 4, 3-5")]
    neither = trailer[:193] + "?" + trailer[194:]
    assert codes(joined(header, carrier, leg, neither, *rest)) == [("trailer-end", "line 4, 194")]
    assert ("trailer-missing", "line 4, 1") in codes(joined(header, carrier, leg, *rest))
    early = trailer[:193] + "E" + trailer[194:]
    assert codes(joined(header, carrier, leg, early, *rest)) == [
        ("record-after-end", "line 5, 194")
    ]


def test_legs_without_their_carrier_cannot_be_read() -> None:
    header, carrier, leg, trailer, *_ = lines()
    result = joined(header, leg, trailer)
    assert result.fates[RowFate.UNREADABLE] == 1
    assert ("value-unreadable", "line 2, 1") in codes(result)
    no_mode = carrier[:1] + "?" + carrier[2:]
    result = joined(header, no_mode, leg, trailer)
    assert [where for code, where in codes(result) if code == "value-unreadable"] == [
        "line 2, 2", "line 3, 1",
    ]  # fmt: skip
    assert result.flights == ()


def test_a_file_of_another_kind_is_misuse() -> None:
    for text in ("", "flight,from,to\nXA101,ICN,NRT\n", "3 XA  101"):
        with pytest.raises(UsageError, match="SSIM"):
            imported(text)
    assert ("header-missing", "line 1, 1") in codes(joined(*lines()[1:]))


@settings(deadline=None)
@given(st.data())
def test_whatever_is_damaged_every_line_has_one_fate_and_the_rest_is_read(
    data: st.DataObject,
) -> None:
    file = ssim.file(
        [ssim.carrier("XA"), LEG, ssim.segment("XA 101", "ICN NRT", "010", "XB 7001")],
        [ssim.carrier("XB", "U"), ssim.leg("XB 9", "LAX ICN", "0730-0800 2030+0900 00")], padding=1,
    )  # fmt: skip
    hit = data.draw(st.integers(0, len(file) - 1))
    line = file[hit]
    begin = data.draw(st.integers(0, len(line) - 1))
    garbage = data.draw(
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=9)
    )
    cut = data.draw(st.integers(0, 12))
    file[hit] = line[:begin] + garbage + line[begin + cut :]
    result = joined(*file)
    assert sum(result.fates.values()) == len(file)
    if line[0] in "045" and begin > 0:  # the legs and what they need are whole
        assert [flight.flight for flight in result.flights][-1:] == ["XB009"]


def test_the_fates_are_those_of_the_lines() -> None:
    result = joined(*lines())
    kinds = Counter(line[0] for line in lines())
    assert result.fates[RowFate.CARRIER] == kinds["2"] == 2
    assert result.fates[RowFate.TRAILER] == kinds["5"] == 2
    assert result.flights[0].known_from == day_of(dt.date(2026, 10, 19))
