"""What holds for every promise, whatever the network and its rules: later posting never means an
earlier date, a faster network never a later one, no date on a closed day, and the steps told lead
to the date told. Questions and changes of the network are generated."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datecertain.moments import parse_date, parse_local, zone
from datecertain.network import Network
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Quoter, Route
from datecertain.promise.telling import told_quote
from datecertain.wording import words
from day_walk import DayWalk
from thorough import often
from worlds import texts, with_tables

#: Rules without a beginning or an end inside the horizon: one regime (but for lane events).
RULES = {
    "conditions.csv": """
        rush,tolerance,KR,*,,,,,,,,1,,Peak,성수기,,,test
        west,tolerance,*,US,,US-C*,,,,,,2,,Peak,성수기,,,test
    """,
    "standards.csv": """
        JP,KR,,,,3,cut_off,delivery,,,test
        US,KR,,,,4,acceptance,origin,,,test
    """,
}
PLACES = {"KR-SEL": ("KR", "03051"), "KR-ULL": ("KR", "40220"), "JP-TYO": ("JP", "1000001"),
          "US-NYC": ("US", "10001"), "US-CAL": ("US", "90001")}  # fmt: skip
FIRST = parse_date("2026-10-20")
CHANNELS = ("", "counter", "agency", "contract")

ENDS = st.permutations(sorted(PLACES)).map(lambda order: (order[0], order[1])).filter(
    lambda ends: PLACES[ends[0]][0] != PLACES[ends[1]][0]
)  # fmt: skip
TIMES = st.tuples(st.integers(FIRST, FIRST + 40), st.integers(0, 1439))


@lru_cache(maxsize=1)
def ruled() -> Quoter:
    return Quoter(Network.from_texts(with_tables(RULES)))


@lru_cache(maxsize=1)
def plain() -> Quoter:
    return Quoter(Network.from_texts(texts()))


def route(ends: tuple[str, str], channel: str = "") -> Route:
    return Route(*PLACES[ends[0]], *PLACES[ends[1]], channel=channel)


def due(quoter: Quoter, asked: Route, day: int, minute: int) -> int:
    """The date told; beyond every date where there is none."""
    found = quoter.one(asked, day, minute, later=False).due_day
    return found if found >= 0 else 10**6


@settings(max_examples=often(133), deadline=None)
@given(ENDS, st.sampled_from(CHANNELS), TIMES, st.integers(0, 6000))
def test_later_posting_never_means_an_earlier_date(
    ends: tuple[str, str], channel: str, posted: tuple[int, int], later_min: int
) -> None:
    """By the moment in UTC, over a change of clocks too; within one regime of the terms."""
    quoter, asked = ruled(), route(ends, channel if ends[0].startswith("KR") else "")
    clock = zone(quoter.network.area(ends[0]).zone)
    first, _, _ = clock.moment(*posted)
    day, minute = clock.to_local(first + later_min)
    assert due(quoter, asked, *posted) <= due(quoter, asked, int(day), int(minute))


#: Ways of making the small world faster: file, old, new, or a row more.
FASTER = [
    ("schedules.csv", "export.KR,12345,KR,17:00,20:30", "export.KR,12345,KR,18:30,20:30"),
    ("schedules.csv", "customs,123456,,08:00,11:00", "customs,1234567,,08:00,10:00"),
    ("schedules.csv", "inland.far,1234567,,23:00,05:00,2", "inland.far,1234567,,23:00,05:00,1"),
    ("schedules.csv", "deliver.KR,12345,KR", "deliver.KR,123456,"),
    ("flights.csv", "+", "XZ900,ICN,JFK,1234567,12:00,12:00,0,,,2026-01-01,test"),
    ("flights.csv", "XA201,ICN,JFK,135,", "XA201,ICN,JFK,12345,"),
    ("offices.csv", "forward,180,180,,,test", "forward,180,30,,,test"),
    ("holidays.csv", "KR,2026-11-05,closed", "KR,2026-11-05,open"),
]  # fmt: skip


@lru_cache(maxsize=len(FASTER))
def faster(number: int) -> Quoter:
    file, old, new = FASTER[number]
    files = dict(texts())
    if old == "+":
        key = new.rsplit(",", 4)[0]
        rows = [
            row for row in files[file].splitlines() if not row.startswith(key.rsplit(",", 1)[0])
        ]
        files[file] = "\n".join([*rows, new]) + "\n"
    else:
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    return Quoter(Network.from_texts(files))


@settings(max_examples=often(200), deadline=None)
@given(st.integers(0, len(FASTER) - 1), ENDS, TIMES)
def test_a_faster_network_never_means_a_later_date(
    change: int, ends: tuple[str, str], posted: tuple[int, int]
) -> None:
    asked = route(ends)
    assert due(faster(change), asked, *posted) <= due(plain(), asked, *posted)


def test_each_of_these_changes_makes_some_date_earlier() -> None:
    """Else the property above would hold for want of effect."""
    ends = [(a, b) for a in PLACES for b in PLACES if PLACES[a][0] != PLACES[b][0]]
    times = [(FIRST + day, minute) for day in range(40) for minute in (0, 540, 1030, 1100)]
    for change in range(len(FASTER)):
        assert any(
            due(faster(change), route(pair), *posted) < due(plain(), route(pair), *posted)
            for pair in ends
            for posted in times
        ), FASTER[change]


@settings(max_examples=often(100), deadline=None)
@given(ENDS, st.sampled_from(CHANNELS), TIMES)
def test_no_date_falls_on_a_day_without_a_round(
    ends: tuple[str, str], channel: str, posted: tuple[int, int]
) -> None:
    """Tolerances and published standards roll on to the next delivery day."""
    told = due(ruled(), route(ends, channel if ends[0].startswith("KR") else ""), *posted)
    assume(told < 10**6)
    assert told in rounds(ends[1])


@lru_cache(maxsize=8)
def rounds(area: str) -> frozenset[int]:
    return frozenset(DayWalk(with_tables(RULES)).delivery_days(area))


@settings(max_examples=often(66), deadline=None)
@given(ENDS, st.sampled_from(CHANNELS), TIMES, st.sampled_from(["en", "ko"]))
def test_the_steps_told_reproduce_the_date(
    ends: tuple[str, str], channel: str, posted: tuple[int, int], language: str
) -> None:
    network = ruled().network
    asked = route(ends, channel if ends[0].startswith("KR") else "")
    answer = told_quote(network, Ask(asked, *posted, offset_min=None), words(language))
    assume(answer["due_on"] is not None)
    steps = answer["steps"]
    assert steps[0]["step"] == ("channel" if answer["possession"] else "accepted")
    rounds_of = [step for step in steps if step["step"] == "delivery"]
    carried = rounds_of[-1]["done"][:10]
    assert carried == answer["carried_on"]
    last = steps[-1]
    if last["step"] in ("buffer", "standard"):
        assert words(language).date(parse_date(answer["due_on"])) in last["text"]
    else:
        assert carried == answer["due_on"]
    if answer["possession"]:
        held = parse_local(answer["possession"]["from"])
        assert held >= posted
        assert steps[1]["ready"] == answer["possession"]["from"]
    assert dt.date.fromisoformat(answer["due_on"])
