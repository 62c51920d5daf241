"""What the bundled network promises: always something, never earlier for a later posting, and what
was published when the guarantee began."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ten_posts import CITIES, PAIRS, asked, ten_posts

from datecertain.moments import date_of, parse_utc
from datecertain.network import NO_DUE, Network
from datecertain.network.rows import canonical_text
from datecertain.promise.journey import standard_journey
from slow_promise import SlowNetwork


def second_wednesdays() -> list[str]:
    """Ten in the morning of the second Wednesday of each month in the horizon's interior."""
    days = [
        dt.date(year, month, day)
        for year in (2026, 2027)
        for month in range(1, 13)
        for day in range(8, 15)
    ]
    wednesdays = [day for day in days if day.isoweekday() == 3]
    return [f"{day}T10:00" for day in wednesdays if day < dt.date(2027, 12, 1)]


def test_every_pair_has_a_guaranteed_date_in_every_month() -> None:
    times = second_wednesdays()
    quotes, accepted = asked(ten_posts(), PAIRS, times)
    assert len(accepted) == len(PAIRS) * len(times) == 90 * 23
    assert Counter(map(str, quotes.status)) == {"guaranteed": len(accepted)}
    assert set(map(str, quotes.reason)) == {""}
    days = quotes.due_day - accepted
    # From city to city never the same day (even across the date line), never two weeks.
    assert days.min() >= 1
    assert days.max() <= 10
    assert np.all(quotes.due_day >= quotes.standard_day)


# Tuesdays without a public holiday in the ten countries that week or the next.
TUESDAYS = ("2026-03-10", "2026-06-23", "2026-07-21", "2027-03-09")
ASIA = ("KR", "JP", "CN", "HK")
PACIFIC = ("US", "AU")


@lru_cache(maxsize=1)
def days_to() -> dict[tuple[str, str], list[int]]:
    """Days from the acceptance in the morning to the date told, on each of the Tuesdays."""
    times = [f"{day}T10:00" for day in TUESDAYS]
    quotes, accepted = asked(ten_posts(), PAIRS, times)
    days = (quotes.due_day - accepted).reshape(len(PAIRS), len(times)).tolist()
    return dict(zip(PAIRS, days, strict=True))


@pytest.mark.parametrize("origin", ASIA)
def test_main_cities_in_asia_are_two_days_apart(origin: str) -> None:
    """Published in 2005: major cities in Asia within 2 days of acceptance (domain 1.4)."""
    for destination in ASIA:
        if origin != destination:
            assert days_to()[origin, destination] == [2] * len(TUESDAYS)


@pytest.mark.parametrize("origin", ASIA)
def test_the_pacific_takes_three_days(origin: str) -> None:
    """Published in 2005: Pacific destinations (US, Australia) within 3 (domain 1.4); a direct night
    flight from Hong Kong to Sydney makes it in two, and none needs five."""
    for destination in PACIFIC:
        days = days_to()[origin, destination]
        assert set(days) <= {2, 3, 4}
        assert sorted(days)[len(days) // 2] == 3


def test_no_lane_is_impossibly_fast_or_slow() -> None:
    for pair, days in days_to().items():
        assert 2 <= min(days) <= max(days) <= 7, pair
    # Europe is farther from Australia than from Korea, Hong Kong nearer to Korea than Paris is.
    assert min(days_to()["AU", "FR"]) > min(days_to()["KR", "FR"]) > min(days_to()["KR", "HK"])


def test_a_public_holiday_of_the_destination_moves_the_date() -> None:
    """Veterans Day, 11 November 2026: carriers rest, and what would have come that day waits."""
    quotes, accepted = asked(ten_posts(), [("CA", "US")], ["2026-11-03T10:00", "2026-11-10T10:00"])
    assert (quotes.due_day - accepted).tolist() == [2, 3]


def test_japan_delivers_every_day_and_korea_not_on_a_sunday() -> None:
    times = [f"2026-06-{day:02d}T10:00" for day in range(1, 29)]
    for destination, sundays in (("JP", True), ("KR", False)):
        quotes, _ = asked(ten_posts(), [("HK", destination)], times)
        weekdays = {date_of(int(day)).isoweekday() for day in quotes.due_day}
        assert (7 in weekdays) == sundays


@given(
    st.sampled_from(PAIRS),
    st.integers(parse_utc("2026-01-05T15:00Z"), parse_utc("2027-12-10T00:00Z")),
    st.lists(st.integers(0, 1440), min_size=1, max_size=20),
)
@settings(deadline=None)
def test_a_promise_never_gets_earlier_when_posting_gets_later(
    pair: tuple[str, str], begin: int, gaps: list[int]
) -> None:
    network = ten_posts()
    places = [network.areas[network.find_place(post, CITIES[post]).area] for post in pair]
    moments = begin + np.cumsum([0, *gaps])
    origin, destination = (np.full(len(moments), place) for place in places)
    due = network.compiled.due_at_acceptance(origin, destination, moments)
    assert np.all(np.diff(due) >= 0)
    known = due < NO_DUE
    told = network.compiled.delivery_days.add(
        destination[known], due[known], np.ones(int(known.sum()), dtype=np.int64)
    )
    assert np.all(np.diff(told) >= 0)
    assert np.all(told > due[known])


def test_quotes_of_two_weeks_never_go_back_over_new_year_in_asia() -> None:
    """Every half hour from 9 February 2026, over the lunar new year, all ninety pairs."""
    times = [
        f"2026-02-{day:02d}T{hour:02d}:{minute:02d}"
        for day in range(9, 23) for hour in range(24) for minute in (0, 30)
    ]  # fmt: skip
    quotes, _ = asked(ten_posts(), PAIRS, times)
    due = quotes.due_day.reshape(len(PAIRS), len(times))
    assert due.min() > 0
    assert np.all(np.diff(due, axis=1) >= 0)


def test_without_the_illustrative_resumption_every_lane_is_an_estimate() -> None:
    network = ten_posts()
    header = network.data.texts["network.toml"]
    assert header.count("illustrative_resumption = true") == 1
    off = Network.from_texts(
        {
            **network.data.texts,
            "network.toml": header.replace("resumption = true", "resumption = false"),
        }
    )
    assert off.version != network.version
    # Lanes are no part of what is compiled: the other network's step functions are the same.
    vars(off)["compiled"] = replace(network.compiled, data=off.data)
    times = ["2026-02-10T10:00", "2026-11-10T10:00"]
    quotes, _ = asked(off, PAIRS, times)
    found = Counter(zip(map(str, quotes.status), map(str, quotes.reason), strict=True))
    assert found == {("estimate", "lane_suspended"): len(PAIRS) * len(times)}
    guaranteed, _ = asked(network, PAIRS, times)
    assert quotes.due_day.tolist() == guaranteed.due_day.tolist()


def test_the_horizon_ends_all_dates_on_both_sides() -> None:
    """In January 2020 the lanes were open, but no calendar of then is here: no date is given, not
    the first one of 2026. After the last day the journey has nowhere to go."""
    for time in ("2020-01-15T10:00", "2025-12-31T23:59", "2027-12-31T10:00", "2028-03-01T10:00"):
        quotes, _ = asked(ten_posts(), PAIRS, [time])
        assert set(map(str, quotes.status)) == {"refused"}
        assert set(map(str, quotes.reason)) == {"beyond_horizon"}
        assert set(quotes.due_day.tolist()) == {-1}
    quotes, _ = asked(ten_posts(), PAIRS, ["2026-01-01T10:00"])
    assert set(map(str, quotes.reason)) == {"lane_suspended"}  # until the resumption of 5 January


# --- The same files read slowly: four weeks in which Europe changes its clocks.

FIRST, LAST = "2026-03-16", "2026-04-12"


@lru_cache(maxsize=1)
def four_weeks() -> tuple[Network, SlowNetwork]:
    files = dict(ten_posts().data.texts)
    header = files["network.toml"].replace("2026-01-01", FIRST).replace("2027-12-31", LAST)
    files["network.toml"] = header
    slow = SlowNetwork({name: canonical_text(text) for name, text in files.items()})
    return Network.from_texts(files, "four weeks of the bundled network"), slow


@settings(deadline=None, max_examples=12)
@given(st.data(), st.integers(parse_utc("2026-03-17T00:00Z"), parse_utc("2026-04-03T00:00Z")))
def test_a_date_is_that_of_the_slow_reading(data: st.DataObject, accepted: int) -> None:
    network, slow = four_weeks()
    origin = data.draw(st.sampled_from(network.data.areas))
    others = [row for row in network.data.areas if row.post != origin.post]
    destination = data.draw(st.sampled_from(others))
    here, there = network.areas[origin.area], network.areas[destination.area]
    due = network.compiled.due_at_acceptance(*(np.array([n]) for n in (here, there, accepted)))
    found = date_of(int(due[0])) if due[0] < NO_DUE else None
    moment = dt.datetime.fromtimestamp(accepted * 60, tz=dt.UTC)
    assert found == slow.due(origin.area, destination.area, moment)
    journey = standard_journey(network, here, there, accepted)
    assert (date_of(journey.due_day) if journey else None) == found
