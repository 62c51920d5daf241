"""Dates that were worked by hand from the rows of the bundled network: turns of the year, the long
holidays of Asia, clocks that change, the date line, 29 February.

The journeys are illustrative; the holidays and zones are real. Each line says why.
"""

from __future__ import annotations

import pytest
from ten_posts import ten_posts

from datecertain.moments import format_date
from datecertain.network import Network
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Route, parse_place
from worlds import texts

# from, to, accepted -> due, why
DAYS = """
JP:1000001 KR:03051   2026-12-31T10:00 2027-01-04 lands on New Year's Day: shown on Saturday the 2nd, delivered on Monday
US:10001   JP:1000001 2026-12-30T12:00 2027-01-02 lands on 1 January; Japan delivers EMS every day of the year
KR:03051   US:10001   2026-12-31T16:00 2027-01-05 released on Saturday the 2nd, carried for Monday the 4th, sold a day later
KR:03051   CN:100000  2026-02-13T16:00 2026-02-15 the first day of Spring Festival: China's EMS is delivered through it
CN:100000  KR:03051   2026-02-13T10:00 2026-02-19 at the office on Sunday; Seollal rests from Monday the 16th to Wednesday the 18th
CN:100000  KR:03051   2026-02-12T10:00 2026-02-19 lands on Friday evening, customs in the night, the office on Saturday: the same
KR:03051   HK         2026-02-13T16:00 2026-02-16 Sunday has no delivery, Monday the 16th is the last day before the Lunar New Year
JP:1000001 US:10001   2026-05-01T10:00 2026-05-05 Golden Week stops no counter of the large offices and no dispatch
KR:03051   JP:1000001 2026-05-04T10:00 2026-05-06 Children's Day in both countries; lands and is delivered all the same
KR:03051   TH:10110   2026-04-10T10:00 2026-04-16 Songkran from Monday the 13th to Wednesday the 15th
TH:10110   KR:03051   2026-04-11T12:01 2026-04-20 after Saturday's last cut-off: the next is on Thursday the 16th
AU:2000    KR:03051   2026-04-03T10:00 2026-04-10 Good Friday to Easter Monday: accepted for Tuesday the 7th, sold a day later
JP:1000001 US:10001   2026-11-23T10:00 2026-11-27 Labour Thanksgiving in Japan is worked; carried for Wednesday, Thursday is Thanksgiving
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("line", DAYS.strip().splitlines())
def test_a_date_by_hand(line: str) -> None:
    origin, destination, at, due, *_ = line.split()
    route = Route(*parse_place(origin), *parse_place(destination))
    quote = answer(ten_posts(), Ask.at(route, at))
    assert (str(quote.status), format_date(quote.due_day)) == ("guaranteed", due)


def quoted(world: Network, origin: str, destination: str, at: str) -> str:
    ask = Ask.at(Route(*parse_place(origin), *parse_place(destination)), at)
    quote = answer(world, ask)
    return format_date(quote.due_day) if quote.due_day >= 0 else str(quote.reason)


def test_a_skipped_hour_is_no_time() -> None:
    """2026-03-08 02:30 does not exist in New York; half an hour before and after it does."""
    world = ten_posts()
    assert quoted(world, "US:10001", "JP:1000001", "2026-03-08T02:30") == "time_missing"
    before = quoted(world, "US:10001", "JP:1000001", "2026-03-08T01:59")
    assert before == quoted(world, "US:10001", "JP:1000001", "2026-03-08T03:00") == "2026-03-12"


def test_the_clocks_of_both_ends_change_on_different_sundays() -> None:
    """Cut-offs, customs sessions and rounds keep their local time: Madrid's Friday cut-off before
    29 March (an hour less on that Sunday) and the one before 25 October (an hour more) both give
    Tuesday's round, and a delivery day is added to the lane."""
    world = ten_posts()
    spring = quoted(world, "KR:03051", "ES:28001", "2026-03-27T16:00")
    autumn = quoted(world, "KR:03051", "ES:28001", "2026-10-23T16:00")
    assert (spring, autumn) == ("2026-04-01", "2026-10-28")


#: The small world moved to February 2028: flights of every day, no holiday.
LEAP = {
    "network.toml": """
        name = "leap"
        title = "February 2028"
        first_day = 2028-02-14
        last_day = 2028-03-20
        illustrative_resumption = true
    """,
    "holidays.csv": """
        calendar,date,kind,name_en,name_local,known_from,source
        KR,2028-03-01,closed,Independence Movement Day,삼일절,2026-01-01,test
        US,2028-02-21,closed,Presidents' Day,Presidents' Day,2026-01-01,test
    """,
}

# 29 February 2028 is a Tuesday. from, to, accepted -> due, why
LEAP_DAYS = """
KR:03051   JP:1000001 2028-02-28T09:00 2028-03-01 lands on the 29th at 12:00, shown at 15:00, released 19:00, delivered on the next date
KR:03051   JP:1000001 2028-02-29T09:00 2028-03-02 accepted on the 29th: lands on 1 March
JP:1000001 KR:03051   2028-02-28T16:00 2028-03-02 lands on the 29th; 1 March is a Korean holiday
US:90001   KR:03051   2028-02-28T12:00 2028-03-03 leaves on the 29th, lands on 1 March across the date line, shown at 22:00, released on the 2nd
KR:03051   US:90001   2028-02-28T16:00 2028-03-02 leaves Seoul on the 29th at 20:00, lands in Los Angeles on the 29th at 14:30
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("line", LEAP_DAYS.strip().splitlines())
def test_29_february_and_the_date_line_both_ways(line: str) -> None:
    origin, destination, at, due, *_ = line.split()
    assert quoted(Network.from_texts(texts(LEAP)), origin, destination, at) == due
