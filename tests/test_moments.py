"""Zones for whole columns, against `zoneinfo` itself as the oracle."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import BadMoment
from datecertain.moments import (
    DAY,
    Resolution,
    format_local,
    format_utc,
    parse_clock,
    parse_date,
    parse_local,
    parse_utc,
    zone,
)

ZONES = [
    "Asia/Seoul", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Europe/Madrid",
    "Atlantic/Canary", "America/St_Johns", "Asia/Bangkok", "Pacific/Honolulu",
]  # fmt: skip
MOMENTS = st.integers(parse_utc("2000-01-01T00:00Z"), parse_utc("2049-12-31T00:00Z"))


@given(st.sampled_from(ZONES), MOMENTS)
def test_local_time_is_zoneinfos(name: str, moment: int) -> None:
    expected = dt.datetime.fromtimestamp(moment * 60, tz=ZoneInfo(name))
    assert format_local(moment, name) == expected.strftime("%Y-%m-%dT%H:%M")
    assert zone(name).local(moment) == tuple(int(one) for one in zone(name).to_local(moment))


@given(st.sampled_from(ZONES), MOMENTS)
def test_local_to_utc_is_zoneinfos_earlier_reading(name: str, moment: int) -> None:
    local = dt.datetime.fromtimestamp(moment * 60, tz=dt.UTC).replace(tzinfo=None)
    reading = local.replace(tzinfo=ZoneInfo(name), fold=0)
    day, minute = divmod(moment, DAY)
    utc, status = zone(name).to_utc(np.array([day]), np.array([minute]))
    offset = reading.utcoffset()
    assert offset is not None
    assert utc[0] == moment - int(offset.total_seconds() // 60)
    other = local.replace(tzinfo=ZoneInfo(name), fold=1).utcoffset()
    assert (status[0] == Resolution.EXACT) == (other == offset)


@pytest.mark.parametrize(
    ("local", "utc", "status"),
    [
        ("2026-11-01T00:59", "2026-11-01T04:59Z", Resolution.EXACT),
        ("2026-11-01T01:30", "2026-11-01T05:30Z", Resolution.AMBIGUOUS),
        ("2026-11-01T02:00", "2026-11-01T07:00Z", Resolution.EXACT),
        ("2026-03-08T02:30", "2026-03-08T07:30Z", Resolution.MISSING),
        ("2026-03-08T03:00", "2026-03-08T07:00Z", Resolution.EXACT),
    ],
)
def test_new_york_clock_changes(local: str, utc: str, status: Resolution) -> None:
    day, minute = parse_local(local)
    moment, found = zone("America/New_York").to_utc(np.array([day]), np.array([minute]))
    assert (format_utc(int(moment[0])), Resolution(int(found[0]))) == (utc, status)


@pytest.mark.parametrize("text", ["2026-11-27", "2026-11-27T16:10+09:00", "yesterday"])
def test_a_local_time_must_be_complete_and_without_offset(text: str) -> None:
    with pytest.raises(BadMoment):
        parse_local(text)


@pytest.mark.parametrize("text", ["24:01", "7:5", "12:60", "noon"])
def test_bad_clock_times_are_refused(text: str) -> None:
    with pytest.raises(BadMoment):
        parse_clock(text)


def test_unknown_zone_and_bad_date_are_refused() -> None:
    with pytest.raises(BadMoment):
        zone("Mars/Olympus")
    with pytest.raises(BadMoment):
        parse_date("27.11.2026")
    with pytest.raises(BadMoment):
        parse_utc("2026-11-27T16:10")
