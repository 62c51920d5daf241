"""Dates and times as EDIFACT states them, against `datetime`."""

import datetime as dt
import io

import pytest
from house_cases import LEAVES, codes, interchange, message, parts
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_reader import read_time

from datecertain.messages import bundled_profiles, joined, read_interchanges
from datecertain.messages.stated_times import FORMATS, read_clock
from datecertain.moments import date_of, parse_date

PATTERNS = {
    "101": "%y%m%d",
    "102": "%Y%m%d",
    "201": "%y%m%d%H%M",
    "202": "%y%m%d%H%M%S",
    "203": "%Y%m%d%H%M",
    "204": "%Y%m%d%H%M%S",
}
#: Local clocks, without zone.
MOMENTS = st.datetimes(
    dt.datetime.fromisoformat("1990-01-01"), dt.datetime.fromisoformat("2059-12-31")
)


def stated(texts: list[tuple[str, str]], received_on: int) -> list[dict]:
    """One event per text and format code."""
    messages = [
        message(number, LEAVES.replace("202611160112:203", f"{text.replace('+', '?+')}:{form}"))
        for number, (text, form) in enumerate(texts, start=1)
    ]
    stream = io.BytesIO(interchange(*messages))
    result = read_interchanges(stream, "t", bundled_profiles(), received_on=received_on)
    return result.events.to_pylist()


@given(st.lists(st.tuples(MOMENTS, st.sampled_from(sorted(PATTERNS))), min_size=1, max_size=8))
@settings(deadline=None)
def test_every_format_says_what_datetime_says(moments: list[tuple[dt.datetime, str]]) -> None:
    received_on = parse_date("2026-11-16")
    texts = [(moment.strftime(PATTERNS[form]), form) for moment, form in moments]
    rows = stated(texts, received_on)
    assert len(rows) == len(moments)
    for row, (moment, form) in zip(rows, moments, strict=True):
        assert date_of(row["event_date"]) == moment.date()
        clock = moment.hour * 60 + moment.minute if form not in ("101", "102") else None
        assert row["event_min"] == clock


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("+09", 540), ("-05", -300), ("+0530", 330), ("+05:30", 330), ("UTC", 0), ("Z", 0),
     ("KST", None), ("+15", None), ("+0975", None), ("9", None)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["301", "302", "303", "304"])
def test_zones(form: str, zone: str, offset: int | None) -> None:
    moment = dt.datetime.fromisoformat("2026-11-16T01:12:30")
    text = moment.strftime(PATTERNS[f"2{form[1:]}"]) + zone.replace(":", "?:")
    [row] = stated([(text, form)], parse_date("2026-11-16"))
    assert (row["event_min"], row["stated_offset"]) == (72, offset)


@pytest.mark.parametrize(
    ("received", "year", "expected"),
    [
        ("2026-11-16", "26", 2026),
        ("2026-11-16", "99", 1999),
        ("2026-11-16", "76", 1976),  # fifty years either way: the earlier
        ("2026-11-16", "75", 2075),
        ("2099-12-31", "00", 2100),
        ("2001-01-01", "99", 1999),
    ],
)
def test_the_century_comes_from_the_day_of_receipt(received: str, year: str, expected: int) -> None:
    day, minute = read_clock(f"{year}0228", "2359", parse_date(received)) or (0, 0)
    assert (date_of(day), minute) == (dt.date(expected, 2, 28), 1439)


TEXTS = st.text("0123456789 :+-KZ", max_size=18) | st.integers(10**11, 10**12 - 1).map(str)


@given(TEXTS, st.sampled_from([*FORMATS, "", "999", "2031"]))
@settings(deadline=None)
def test_what_is_no_time_is_never_read_as_one(text: str, form: str) -> None:
    received_on = parse_date("2026-11-16")
    released = text.replace("?", "??").replace("+", "?+").replace(":", "?:")
    body = LEAVES.replace("202611160112:203", f"{released}:{form}")
    result = joined(parts(interchange(message(1, body))))
    expected = read_time(text.strip(" "), form, received_on)
    rows = result.events.to_pylist()
    if expected is None:
        assert rows == []
        assert {"event-time-unreadable", "event-time-missing"} & set(codes(result))
    else:
        [row] = rows
        assert (row["event_date"], row["event_min"], row["stated_offset"]) == expected


@pytest.mark.parametrize(
    ("date", "clock"), [("261316", "0930"), ("2611", "0930"), ("261116", "24")]
)
def test_header_times_that_are_none(date: str, clock: str) -> None:
    assert read_clock(date, clock, parse_date("2026-11-16")) is None
