"""A week's table and the latest moment to post, against asking at every minute."""

from __future__ import annotations

import datetime as dt
import sys
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from every_minute import asked_every_minute, spread
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.moments import DAY, format_clock, format_date, parse_date
from datecertain.network import Network
from datecertain.promise.acceptance_times import at_minute, local_minute, stretches
from datecertain.promise.asking import Ask, answer
from datecertain.promise.latest import Chance, Latest, latest_for
from datecertain.promise.quoting import Route, parse_place
from datecertain.promise.reasons import QuoteStatus
from datecertain.promise.telling_dates import told_latest, told_week
from datecertain.promise.week import week_of
from datecertain.wording import LANGUAGES, words
from slow_promise import SlowNetwork
from worlds import SMALL, small_network, texts

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
import itertools

from ten_posts import ten_posts


def with_rules() -> Network:
    """The small world with everything that can move a date within a day: a tolerance published at
    midday, a suspension that ends at one, a post that publishes its standard from the cut-off."""
    changed = {
        "conditions.csv": SMALL["conditions.csv"].rstrip() + """
        peak,tolerance,US,*,,,,,,,,1,2026-11-03T17:20Z,Peak,성수기,2026-11-01,2026-11-12,test
        stop,no_guarantee,KR,JP,,,,,,,,,2026-10-28T02:10Z,Stopped,중지,2026-10-28,,test
        stop,end,KR,JP,,,,,,,,,2026-11-04T04:30Z,,,2026-11-04,,test
        """,
        "standards.csv": SMALL["standards.csv"].rstrip() + """
        US,KR,,,EMS,3,cut_off,delivery,,,test
        JP,KR,,,EMS,2,day_after,calendar,2026-11-03,,test
        """,
    }  # fmt: skip
    return Network.from_texts(texts(changed), "the small world with rules")


@lru_cache(maxsize=1)
def small() -> Network:
    return small_network()


@lru_cache(maxsize=1)
def slow() -> SlowNetwork:
    return SlowNetwork(texts())


@lru_cache(maxsize=1)
def ruled() -> Network:
    return with_rules()


def ask(origin: str, to: str, at: str, channel: str = "") -> Ask:
    route = Route(*parse_place(origin), *parse_place(to), channel=channel, contents="documents")
    return Ask.at(route, at)


# world, from, to, channel, first day: a fortnight of 20,160 minutes each, clock changes inside
FORTNIGHTS = """
small KR:03051 US:10001   -        2026-10-25
small KR:03051 US:90001   agency   2026-10-25
small KR:40220 JP:1000001 agency   2026-10-30
small KR:03051 US:-       contract 2026-10-30
small US:10001 JP:1000001 -        2026-11-12
small US:10001 KR:03051   -        2026-10-25
small US:90001 KR:40220   -        2026-10-28
small JP:1000001 US:10001 -        2026-11-28
small KR:99999 US:10001   -        2026-11-01
ruled US:10001 KR:03051   -        2026-10-26
ruled US:90001 JP:1000001 -        2026-10-28
ruled KR:03051 JP:1000001 agency   2026-10-25
ruled JP:1000001 KR:03051 -        2026-10-29
"""


@pytest.mark.parametrize("case", FORTNIGHTS.strip().splitlines())
def test_a_stretch_answers_every_minute_of_a_fortnight(case: str) -> None:
    world, origin, to, channel, first = case.split()
    network = small() if world == "small" else ruled()
    asked = ask(origin, to.replace("-", ""), f"{first}T00:00", channel.replace("-", ""))
    begin, end = local_minute(asked), local_minute(asked) + 14 * DAY - 1
    assert spread(stretches(network, asked, begin, end)) == asked_every_minute(
        network, asked, begin, end
    )


# from, to, channel, first day of a fortnight in the bundled network; clocks change in most
TEN_POSTS = """
KR:03051   US:10001   -          2026-10-26
US:10001   JP:1000001 -          2026-03-02
US:90001   KR:03051   collection 2026-10-26
AU:2000    KR:03051   agency     2026-03-30
FR:75008   JP:1000001 -          2026-10-19
CA:M5V3A8  HK:        contract   2026-03-02
ES:28013   AU:2000    -          2026-03-23
TH:10500   US:60601   -          2026-12-20
"""


@pytest.mark.parametrize("case", TEN_POSTS.strip().splitlines())
def test_a_stretch_answers_every_minute_of_the_ten_posts(case: str) -> None:
    origin, to, channel, first = case.split()
    asked = ask(origin, to, f"{first}T00:00", channel.replace("-", ""))
    begin, end = local_minute(asked), local_minute(asked) + 14 * DAY - 1
    assert spread(stretches(ten_posts(), asked, begin, end)) == asked_every_minute(
        ten_posts(), asked, begin, end
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40 * DAY), st.integers(1, 3000), st.sampled_from(["US:10001", "KR:03051"]))
def test_any_window_is_cut_from_the_same_minutes(start: int, length: int, origin: str) -> None:
    asked = ask(origin, "JP:1000001", "2026-10-20T00:00")
    begin = local_minute(asked) + start
    found = stretches(ruled(), asked, begin, begin + length)
    assert spread(found) == asked_every_minute(ruled(), asked, begin, begin + length)
    for before, after in itertools.pairwise(found):
        assert before.last + 1 == after.first
        assert (before.reason, before.due_day) != (after.reason, after.due_day)


def test_a_week_has_seven_whole_days() -> None:
    asked = ask("US:10001", "KR:03051", "2026-10-29T15:20")
    week = week_of(small(), asked)
    assert [format_date(day.day) for day in week] == [f"2026-10-{d}" for d in (29, 30, 31)] + [
        f"2026-11-0{d}" for d in (1, 2, 3, 4)
    ]
    for day in week:
        assert day.stretches[0].first == day.day * DAY
        assert day.stretches[-1].last == day.day * DAY + DAY - 1
    begin = asked.accepted_day * DAY
    assert spread(one for day in week for one in day.stretches) == asked_every_minute(
        small(), asked, begin, begin + 7 * DAY - 1
    )


def test_a_week_ends_with_the_last_date_that_can_be_written() -> None:
    told = told_week(small(), ask("US:10001", "KR:03051", "9999-12-28T10:00"), words("en"))
    assert [day["accepted_on"] for day in told["days"]] == [f"9999-12-{d}" for d in range(28, 32)]
    assert {answer["status"] for day in told["days"] for answer in day["answers"]} == {"refused"}


# Tokyo's cut-off is at 16:00 every day; Korea does not deliver on its holiday, the 5th.
WEEK = """
2026-11-02 16:00 2026-11-04, 24:00 2026-11-06
2026-11-03 24:00 2026-11-06
2026-11-04 16:00 2026-11-06, 24:00 2026-11-09
"""


def slow_due(origin: str, to: str, minute: int) -> str:
    """The slow network's due date of an acceptance at a local minute."""
    area, zone = AREAS[origin]
    at = dt.datetime.fromisoformat(f"{format_date(minute // DAY)}T{format_clock(minute % DAY)}")
    return str(slow().due(area, AREAS[to][0], at.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)))


AREAS = {
    "KR:03051": ("KR-SEL", "Asia/Seoul"), "KR:40220": ("KR-ULL", "Asia/Seoul"),
    "US:10001": ("US-NYC", "America/New_York"), "US:90001": ("US-CAL", "America/Los_Angeles"),
    "JP:1000001": ("JP-TYO", "Asia/Tokyo"),
}  # fmt: skip


def test_three_days_of_tokyo_by_hand_and_by_the_slow_network() -> None:
    found = week_of(small(), ask("JP:1000001", "KR:03051", "2026-11-02T10:00"), 3)
    told = []
    for day in found:
        ends = [format_clock(one.last % DAY).replace("23:59", "24:00") for one in day.stretches]
        dates = [format_date(one.due_day) for one in day.stretches]
        parts = ", ".join(f"{end} {date}" for end, date in zip(ends, dates, strict=True))
        told.append(f"{format_date(day.day)} {parts}")
        for one in day.stretches:
            for minute in (one.first, one.last):
                assert slow_due("JP:1000001", "KR:03051", minute) == format_date(one.due_day)
    assert told == WEEK.strip().splitlines()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_week_told_says_until_when_each_date_holds(lang: str) -> None:
    asked = ask("US:10001", "JP:1000001", "2026-11-13T10:00")
    told = told_week(small(), asked, words(lang))
    assert len(told["days"]) == 7
    by_day = {day["accepted_on"]: day for day in told["days"]}
    assert {one["status"] for one in by_day["2026-11-16"]["answers"]} == {"estimate"}
    assert {one["reason"] for one in by_day["2026-11-16"]["answers"]} == {"lane_suspended"}
    for day in told["days"]:
        assert day["answers"][0]["from"] == "00:00"
        assert day["answers"][-1]["until"] == "23:59"
        assert "24:00" in day["text"]
        assert "{" not in day["text"]


def latest(network: Network, origin: str, to: str, at: str, wanted: str) -> tuple[Latest, str]:
    found = latest_for(network, ask(origin, to, at), parse_date(wanted))
    until = found.until
    return found, f"{format_date(until // DAY)}T{format_clock(until % DAY)}" if until >= 0 else "-"


# from, to, asked at, wanted on -> chance, post by; by hand from the small world's files
LATEST = """
KR:03051 US:10001   2026-11-02T10:00 2026-11-05 post_by        2026-11-03T17:00
KR:03051 US:10001   2026-11-02T10:00 2026-11-09 post_by        2026-11-06T09:00
KR:03051 US:10001   2026-11-06T09:00 2026-11-09 post_by        2026-11-06T09:00
KR:03051 US:10001   2026-11-06T09:01 2026-11-09 too_late       -
KR:03051 US:10001   2026-11-06T17:01 2026-10-20 too_late       -
KR:03051 US:09012   2026-11-02T10:00 2026-11-09 refused        -
US:10001 JP:1000001 2026-11-16T10:00 2026-11-21 only_estimated 2026-11-16T15:00
US:10001 JP:1000001 2026-11-15T10:00 2026-11-21 post_by        2026-11-15T23:59
KR:03051 US:10001   2026-12-11T18:00 2026-12-12 refused        -
JP:1000001 KR:40220 2026-11-02T10:00 2026-11-06 only_estimated 2026-11-03T16:00
"""


@pytest.mark.parametrize("case", LATEST.strip().splitlines())
def test_the_latest_moment_to_post(case: str) -> None:
    origin, to, at, wanted, chance, until = case.split()
    found, told = latest(small(), origin, to, at, wanted)
    assert (str(found.chance), told) == (chance, until)
    if until != "-" and not until.endswith("23:59"):  # there a suspension decides, not the network
        assert slow_due(origin, to, found.until) <= wanted < slow_due(origin, to, found.until + 1)


PLACES = ["KR:03051", "KR:40220", "US:10001", "US:90001", "JP:1000001"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(0, 45 * DAY), st.integers(0, 12)
)
def test_one_minute_later_gives_a_later_date(
    origin: str, to: str, start: int, days: int
) -> None:  # fmt: skip
    asked = at_minute(ask(origin, to, "2026-10-20T00:00"), parse_date("2026-10-20") * DAY + start)
    wanted = asked.accepted_day + days
    found = latest_for(ruled(), asked, wanted)
    every = asked_every_minute(
        ruled(), asked, local_minute(asked), min((wanted + 4), ruled().data.last_day) * DAY
    )
    good = [minute for minute, reason, due in every if not reason and 0 <= due <= wanted]
    assert (found.until if found.chance is Chance.POST_BY else -1) == max(good, default=-1)
    if good:
        assert answer(ruled(), at_minute(asked, found.until)).due_day <= wanted
        after = answer(ruled(), at_minute(asked, found.until + 1))
        assert after.due_day > wanted or after.status is not QuoteStatus.GUARANTEED


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", LATEST.strip().splitlines())
def test_the_latest_moment_told(case: str, lang: str) -> None:
    origin, to, at, wanted, chance, until = case.split()
    told = told_latest(small(), ask(origin, to, at), parse_date(wanted), words(lang))
    assert (told["chance"], told["post_by"] or "-") == (chance, until)
    assert "{" not in told["text"]
    assert (until[11:] in told["text"]) or until == "-"
