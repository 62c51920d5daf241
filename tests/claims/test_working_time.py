"""Working time of an inquiry desk, by hand: weekends, holidays, zones, summer time.

In the small world Korea rests on Thursday 5 November 2026, the US on 11 and 26 November; Japan has
no calendar of its own there. Desks work Monday to Friday, 09:00 to 18:00 on their own clock.
"""

from __future__ import annotations

import pytest

from datecertain.claims.working_time import Desks
from datecertain.errors import NetworkError
from datecertain.moments import format_utc, parse_utc
from datecertain.network import Network
from worlds import small_network, texts, with_rows

DAYS = """
sent                     post days due
2026-11-02T10:00+09:00   KR   1    2026-11-03T18:00+09:00   Monday to Tuesday
2026-11-02T10:00+09:00   KR   3    2026-11-06T18:00+09:00   the holiday of Thursday does not count
2026-11-06T17:59+09:00   KR   1    2026-11-09T18:00+09:00   Friday to Monday
2026-11-06T23:00+09:00   KR   1    2026-11-09T18:00+09:00   after closing it is still Friday
2026-11-07T10:00+09:00   KR   1    2026-11-09T18:00+09:00   Saturday is day 0, Monday day 1
2026-11-02T20:00-05:00   KR   1    2026-11-04T18:00+09:00   on Monday evening in New York
2026-11-10T10:00-05:00   US   1    2026-11-12T18:00-05:00   Veterans Day does not count
2026-11-04T10:00+09:00   JP   1    2026-11-05T18:00+09:00   Korea's holiday is none in Japan
2026-11-07T10:00+09:00   KR   0    2026-11-09T18:00+09:00   day 0: the next working day
"""

HOURS = """
sent                     post hours due
2026-11-02T10:00+09:00   KR   3    2026-11-02T13:00+09:00   within the day
2026-11-02T16:30+09:00   KR   3    2026-11-03T10:30+09:00   over night
2026-11-04T16:30+09:00   KR   3    2026-11-06T10:30+09:00   over the holiday
2026-11-06T17:00+09:00   KR   3    2026-11-09T11:00+09:00   over the weekend
2026-11-02T03:00+09:00   KR   3    2026-11-02T12:00+09:00   sent by night: from the opening on
2026-10-30T16:00-04:00   US   3    2026-11-02T10:00-05:00   summer time ends in between
2026-11-02T10:00+09:00   KR   20   2026-11-04T12:00+09:00   more than two days of nine hours
"""


def cases(table: str) -> list[tuple[str, str, int, str]]:
    rows = [line.split(maxsplit=4) for line in table.strip().splitlines()[1:]]
    return [(row[0], row[1], int(row[2]), row[3]) for row in rows]


@pytest.fixture(scope="module")
def network() -> Network:
    return small_network()


@pytest.mark.parametrize(("sent", "post", "days", "due"), cases(DAYS))
def test_working_days(network: Network, sent: str, post: str, days: int, due: str) -> None:
    moment = parse_utc(sent)
    found = Desks(network).clock(post, "JP" if post != "JP" else "KR", moment)
    assert format_utc(found.after_days(moment, days) or 0) == format_utc(parse_utc(due))


@pytest.mark.parametrize(("sent", "post", "hours", "due"), cases(HOURS))
def test_working_hours(network: Network, sent: str, post: str, hours: int, due: str) -> None:
    moment = parse_utc(sent)
    clock = Desks(network).clock(post, "JP", moment)
    found = clock.after_hours(moment, hours)
    assert found == parse_utc(due)
    assert clock.minutes_between(moment, found) == hours * 60, "there and back"


def test_a_desk_of_its_own_hours_and_calendar() -> None:
    """Korea's desk works on Saturdays too, from 08:00 to 12:00, and rests by the US calendar."""
    rows = with_rows("terms.csv", "relation,*,KR,inquiry_desk,123456 08:00-12:00 US,,,test")
    moment = parse_utc("2026-11-04T10:00+09:00")
    clock = Desks(Network.from_texts(rows)).clock("KR", "JP", moment)
    assert clock.after_days(moment, 1) == parse_utc("2026-11-05T12:00+09:00")
    assert clock.after_days(moment, 3) == parse_utc("2026-11-07T12:00+09:00")


def test_beyond_the_calendar_nothing_is_guessed(network: Network) -> None:
    last = parse_utc("2026-11-02T10:00+09:00")
    clock = Desks(network).clock("KR", "JP", last)
    assert clock.after_days(last, 100_000) is None
    assert clock.after_hours(last, 1_000_000) is None


@pytest.mark.parametrize(
    "value", ["12345", "12345 09:00 *", "12345 18:00-09:00 *", "54321 09:00-18:00 *",
              "12345 09:00-25:00 *"],
)  # fmt: skip
def test_a_desk_that_cannot_be_read_is_a_finding(value: str) -> None:
    rows = with_rows("terms.csv", f"relation,*,*,inquiry_desk,{value},,,test")
    with pytest.raises(NetworkError, match="term-unreadable"):
        Network.from_texts(rows)


def test_an_older_network_is_read_as_before_the_terms_existed() -> None:
    """A network without the terms is used, says so, and is judged by what held before."""
    rows = texts()
    kept = [row for row in rows["terms.csv"].splitlines() if ",inquiry_" not in row]
    network = Network.from_texts(rows | {"terms.csv": "\n".join(kept) + "\n"})
    told = [f for f in network.findings if f.detail.startswith("relation term 'inquiry_")]
    assert len(told) == 9
    assert {(f.code, str(f.severity)) for f in told} == {("term-missing", "warning")}
    moment = parse_utc("2026-11-02T10:00+09:00")
    clock = Desks(network).clock("KR", "JP", moment)
    assert clock.after_days(moment, 3) == parse_utc("2026-11-06T18:00+09:00")
