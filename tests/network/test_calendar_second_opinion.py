"""The bundled calendars against the `holidays` library, 2019 to 2027: a second opinion on each day.

The library knows public holidays, the calendars the days on which a post rests. Where they differ
the difference is listed and decided in calendar_disagreements.csv, with a source; a difference that
is not listed fails, and so does a listed one that is no more.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

import holidays
import pytest

from datecertain.moments import date_of, parse_date
from datecertain.network.calendars import OpenDays
from datecertain.network.loading import NetworkData, bundled_folder, read_network, read_texts

POSTS = ("KR", "US", "JP", "CN", "AU", "HK", "ES", "FR", "TH", "CA")
YEARS = range(2019, 2028)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "calendars.md"
LISTED = Path(__file__).with_name("calendar_disagreements.csv")
DECISIONS = ("closed", "worked", "idle", "error", "provisional")

#: What of the library answers for a post: a post of the government keeps the government's days.
CATEGORIES = {"US": ("public", "government"), "HK": ("public", "optional")}
#: A calendar of part of a post, where the library calls the part otherwise.
SUBDIVISIONS = {"AU-QLD-BRISBANE": "QLD", "FR-ALSACE": "6AE"}
#: The national calendar holds what all parts share: the library has no such list of its own.
SHARED_DAYS = ("AU", "ES")


@lru_cache(maxsize=1)
def bundled() -> NetworkData:
    data, findings = read_network(read_texts(bundled_folder()))
    assert data is not None
    assert findings == []
    return data


@lru_cache(maxsize=1)
def open_days() -> OpenDays:
    return OpenDays(bundled().calendars, bundled().holidays)


def calendars(post: str) -> list[str]:
    return [row.calendar for row in bundled().calendars if row.calendar[:2] == post]


def ours(calendar: str) -> dict[dt.date, str]:
    """Our closed days with their names, those of the included calendars among them."""
    chain = open_days().chain(calendar)
    names = {
        (row.calendar, row.date): row.name_en for row in bundled().holidays if row.kind == "closed"
    }
    return {
        date_of(day): next(names[name, day] for name in chain if (name, day) in names)
        for day, kind in open_days().kinds(calendar).items()
        if kind == "closed"
    }


@cache
def of_library(country: str, part: str | None, kinds: tuple[str, ...]) -> dict[dt.date, str]:
    found = holidays.country_holidays(
        country, subdiv=part, years=YEARS, categories=kinds, language="en_US"
    )
    return {day: name for day, name in found.items() if day.year in YEARS}


def theirs(calendar: str) -> dict[dt.date, str]:
    """The library's holidays for the same place."""
    post, _, part = calendar.partition("-")
    if post == "CA":
        kinds = ("government", "public", "optional") if part else ("government",)
    else:
        kinds = CATEGORIES.get(post, ("public",))
    if calendar in SHARED_DAYS:
        parts = [of_library(post, name.partition("-")[2], kinds)
                 for name in calendars(post) if name.count("-") == 1]  # fmt: skip
        return {day: name for day, name in parts[0].items() if all(day in other for other in parts)}
    return of_library(post, SUBDIVISIONS.get(calendar, part) or None, kinds)


@dataclass(frozen=True)
class Difference:
    calendar: str
    day: dt.date
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.calendar},{self.day:%Y-%m-%d %a},{self.ours},{self.theirs}"


@dataclass(frozen=True)
class Listed:
    calendar: str
    date: str
    ours: str
    theirs: str
    decision: str
    source: str

    def matches(self, difference: Difference) -> bool:
        day = difference.day
        return (
            bool(self.ours) == bool(difference.ours)
            and fnmatchcase(difference.calendar, self.calendar)
            and any(fnmatchcase(text, self.date) for text in (f"{day}", f"{day:%Y-%m-%d %a}"))
            and fnmatchcase(difference.ours or difference.theirs, self.ours or self.theirs)
        )


def differences(post: str) -> Iterator[Difference]:
    for calendar in calendars(post):
        mine, other = ours(calendar), theirs(calendar)
        for day in sorted(set(mine) ^ set(other)):
            yield Difference(calendar, day, mine.get(day, ""), other.get(day, ""))


@lru_cache(maxsize=1)
def all_differences() -> tuple[Difference, ...]:
    return tuple(difference for post in POSTS for difference in differences(post))


@lru_cache(maxsize=1)
def listed() -> tuple[Listed, ...]:
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if line and not line.startswith("#"))
    return tuple(Listed(**row) for row in rows)


@pytest.mark.parametrize("post", POSTS)
def test_every_difference_from_the_library_is_listed_once_and_decided(post: str) -> None:
    found = [difference for difference in all_differences() if difference.calendar[:2] == post]
    times = {str(found_one): sum(row.matches(found_one) for row in listed()) for found_one in found}
    assert [difference for difference, number in times.items() if number != 1] == []


def test_no_listed_difference_is_stale() -> None:
    stale = [row for row in listed() if not any(map(row.matches, all_differences()))]
    assert stale == []


def test_each_decision_says_which_way_and_where_it_stands() -> None:
    for row in listed():
        word, _, why = row.decision.partition(": ")
        assert word in DECISIONS, row
        assert why, row
        assert len(row.source) > 10, row
        assert bool(row.ours) != bool(row.theirs), row
        assert {"closed": row.ours, "worked": row.theirs}.get(word, "-"), row


def test_idle_days_are_days_on_which_no_schedule_of_the_calendar_works() -> None:
    worked: dict[str, set[int]] = defaultdict(set)
    for row in bundled().schedules:
        for name in open_days().chain(row.calendar):
            worked[name] |= {number for number, yes in enumerate(row.days) if yes}
    for row in listed():
        if row.decision.startswith("idle"):
            matched = [found for found in all_differences() if row.matches(found)]
            wrong = [str(one) for one in matched if one.day.weekday() in worked[one.calendar]]
            assert wrong == []


# The arrangements of the State Council, typed from the notices of each year: the first and the last
# day of every holiday period, and the weekend days worked for it; 2020 with its extension.
ARRANGEMENTS = """
2019 01-01/01-01 | 02-04/02-10 02-02 02-03 | 04-05/04-05 | 05-01/05-04 04-28 05-05 | 06-07/06-07 | 09-13/09-13 | 10-01/10-07 09-29 10-12
2020 01-01/01-01 | 01-24/02-02 01-19 | 04-04/04-06 | 05-01/05-05 04-26 05-09 | 06-25/06-27 06-28 | 10-01/10-08 09-27 10-10
2021 01-01/01-03 | 02-11/02-17 02-07 02-20 | 04-03/04-05 | 05-01/05-05 04-25 05-08 | 06-12/06-14 | 09-19/09-21 09-18 | 10-01/10-07 09-26 10-09
2022 01-01/01-03 | 01-31/02-06 01-29 01-30 | 04-03/04-05 04-02 | 04-30/05-04 04-24 05-07 | 06-03/06-05 | 09-10/09-12 | 10-01/10-07 10-08 10-09
2023 01-01/01-02 | 01-21/01-27 01-28 01-29 | 04-05/04-05 | 04-29/05-03 04-23 05-06 | 06-22/06-24 06-25 | 09-29/10-06 10-07 10-08
2024 01-01/01-01 | 02-10/02-17 02-04 02-18 | 04-04/04-06 04-07 | 05-01/05-05 04-28 05-11 | 06-10/06-10 | 09-15/09-17 09-14 | 10-01/10-07 09-29 10-12
2025 01-01/01-01 | 01-28/02-04 01-26 02-08 | 04-04/04-06 | 05-01/05-05 04-27 | 05-31/06-02 | 10-01/10-08 09-28 10-11
2026 01-01/01-03 01-04 | 02-15/02-23 02-14 02-28 | 04-04/04-06 | 05-01/05-05 05-09 | 06-19/06-21 | 09-25/09-27 | 10-01/10-07 09-20 10-10
"""  # noqa: E501


@pytest.mark.parametrize("line", ARRANGEMENTS.strip().splitlines())
def test_china_rests_and_works_as_the_notice_of_the_year_says(line: str) -> None:
    year, _, rest = line.partition(" ")
    expected: dict[str, str] = {}
    for part in rest.split("|"):
        period, *made_up = part.split()
        first, last = (parse_date(f"{year}-{day}") for day in period.split("/"))
        expected |= {f"{date_of(day)}": "closed" for day in range(first, last + 1)}
        expected |= {f"{year}-{day}": "open" for day in made_up}
    kinds = {f"{date_of(day)}": kind for day, kind in open_days().kinds("CN").items()}
    assert {day: kind for day, kind in kinds.items() if day[:4] == year} == expected


def test_china_s_make_up_days_are_the_library_s() -> None:
    library = holidays.country_holidays("CN", years=YEARS)
    worked = {day for day in library.weekend_workdays if day.year in YEARS}
    kinds = open_days().kinds("CN")
    assert {date_of(day) for day, kind in kinds.items() if kind == "open"} == worked
    assert not {name for row in bundled().holidays if (name := row.calendar) != "CN"} & {
        row.calendar for row in bundled().holidays if row.kind == "open"
    }


# Days that were declared, moved or left out, and what the post did: rested or worked.
ONE_OFFS = """
KR 2020-04-15 rested the election of the National Assembly
KR 2020-08-17 rested a temporary holiday, declared four weeks before
KR 2021-08-16 rested the first substitute for Liberation Day, by the law of July 2021
KR 2021-12-27 worked Christmas on a Saturday had no substitute yet
KR 2023-05-29 rested the first substitute for Buddha's Birthday
KR 2023-10-02 rested a temporary holiday
KR 2024-10-01 rested a temporary holiday, Armed Forces Day
KR 2025-01-27 rested a temporary holiday
KR 2025-06-03 rested the early presidential election
KR 2025-05-01 worked Labour Day was no public holiday before 2026
KR 2025-07-17 worked nor Constitution Day
US 2020-07-03 worked federal offices closed for Saturday 4 July, USPS did not
US 2020-07-04 rested the Saturday itself
US 2021-06-18 worked Juneteenth became law the day before
US 2022-06-20 rested the first Juneteenth of USPS, a Sunday kept on Monday
US 2024-12-24 worked an executive order closed federal offices
US 2025-01-09 rested the day of mourning for President Carter
JP 2019-05-01 rested the enthronement
JP 2019-12-23 worked the old Emperor's Birthday
JP 2020-07-20 worked Marine Day moved for the Olympic Games
JP 2021-08-09 rested Mountain Day moved to a Sunday, its substitute
CN 2020-01-31 rested Spring Festival made longer on 27 January 2020
AU-NSW 2022-09-22 rested the day of mourning for Queen Elizabeth II
AU-VIC 2020-10-23 rested the Grand Final was moved to October
AU-VIC 2020-09-25 worked and September had none
AU-QLD-BRISBANE 2021-10-29 rested the show day moved to October
AU-QLD-BRISBANE 2021-08-11 worked from its day in August
AU-SA 2021-04-26 rested Anzac Day on a Sunday, by the act of 1910
HK 2022-05-09 rested the day following the Birthday of the Buddha
HK 2023-10-02 rested the day following National Day
HK 2023-10-03 worked but no second one
ES-PV 2022-09-06 rested five hundred years of the first voyage round the world
ES-MD 2022-12-26 rested the Monday after Christmas
ES-CT 2022-06-06 rested Whit Monday
FR-ALSACE 2025-04-18 rested Good Friday in Alsace
FR 2025-04-18 worked but not in France otherwise
TH 2020-04-13 worked Songkran was put off
TH 2020-09-04 rested and kept in September
TH 2020-12-07 worked the substitute was moved
TH 2020-12-11 rested to the Friday
TH 2024-01-02 worked the substitute for New Year's Eve was moved
TH 2023-12-29 rested to the Friday before
CA 2020-09-30 worked no Day for Truth and Reconciliation yet
CA 2021-09-30 rested the first one
CA 2022-09-19 rested the day of mourning for Queen Elizabeth II
CA 2023-10-02 rested 30 September was a Saturday
CA-ON 2024-02-19 worked mail is delivered on Family Day
CA-QC 2023-06-26 rested 24 June was a Saturday
"""


@pytest.mark.parametrize("line", ONE_OFFS.strip().splitlines())
def test_days_declared_moved_or_left_out(line: str) -> None:
    calendar, date, word, _ = line.split(maxsplit=3)
    kind = open_days().kinds(calendar).get(parse_date(date))
    assert (kind == "closed") == (word == "rested")


def test_every_calendar_has_days_of_its_own_in_every_year_and_none_elsewhere() -> None:
    years = Counter((row.calendar, date_of(row.date).year) for row in bundled().holidays)
    assert {year for _, year in years} == set(YEARS)
    names = [row.calendar for row in bundled().calendars]
    assert [(name, year) for name in names for year in YEARS if not years[name, year]] == []


def test_a_day_is_known_before_it_comes_and_stands_in_the_order_of_dates() -> None:
    rows = bundled().holidays
    assert [row for row in rows if row.known_from >= row.date] == []
    order = [row.calendar for row in rows]
    assert [(row.calendar, row.date) for row in rows] == sorted(
        ((row.calendar, row.date) for row in rows), key=lambda pair: (order.index(pair[0]), pair[1])
    )


def test_the_page_counts_the_rows_and_the_differences() -> None:
    page = PAGE.read_text(encoding="utf-8")
    lines = []
    for post in POSTS:
        rows = [row for row in bundled().holidays if row.calendar[:2] == post]
        numbers = (len(calendars(post)), len(rows), sum(row.kind == "open" for row in rows),
                   sum(row.illustrative for row in rows))  # fmt: skip
        lines.append(f"| {post} | " + " | ".join(map(str, numbers)) + " |")
    assert [line for line in lines if line not in page] == []
    decided = Counter(
        f"| {one.calendar[:2]} | {row.decision.partition(':')[0]} | "
        for one in all_differences() for row in listed() if row.matches(one)
    )  # fmt: skip
    assert [f"{words}{days} |" for words, days in decided.items()
            if f"{words}{days} |" not in page] == []  # fmt: skip
    names = [row.calendar for row in bundled().calendars]
    same = sum(len(set(ours(name)) & set(theirs(name))) for name in names)
    assert f"{same:,} closed days of {len(names)} calendars" in page
    assert f"; {decided.total()} are not." in page


def test_what_is_past_has_a_public_source() -> None:
    last = parse_date("2025-12-31")
    assert [row for row in bundled().holidays if row.date <= last and row.illustrative] == []
