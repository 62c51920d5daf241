"""What past items did, beside the guaranteed date: percentiles with their number of items."""

from __future__ import annotations

import math
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.moments import format_date, parse_date
from datecertain.network import Network
from datecertain.promise.asking import Ask, answer
from datecertain.promise.expected import (
    MINIMUM_ITEMS,
    History,
    Pool,
    Shift,
    history_text,
    percentile,
    read_history,
)
from datecertain.promise.quoting import Route, parse_place
from datecertain.promise.telling import told_quote
from datecertain.wording import LANGUAGES, words
from worlds import small_network

DAY = parse_date("2026-10-01")


@lru_cache(maxsize=1)
def network() -> Network:
    return small_network()


def rows(text: str) -> list[Shift]:
    """Lane, area, shift (- for not delivered) and items, a line each; synthetic."""
    found = []
    for line in text.strip().splitlines():
        origin, destination, area, days, items = line.split()
        shift = None if days == "-" else int(days)
        found.append(
            Shift(origin, destination, area, shift, int(items), DAY, DAY + 30, "synthetic")
        )
    return found


HISTORY = """
KR US US-NYC -1 10
KR US US-NYC  0 50
KR US US-NYC  1 30
KR US US-NYC  2  6
KR US US-NYC  -  4
KR US US-CAL  0 20
KR US US-CAL  3 20
KR JP JP-TYO  0 10
KR JP JP-TYO  5  9
"""


def quoted(history: History, to: str, at: str = "2026-11-02T16:10", lang: str = "en"):  # type: ignore[no-untyped-def]
    ask = Ask.at(Route("KR", "03051", *parse_place(to)), at)
    return told_quote(network(), ask, words(lang), history)


# to, smallest pool -> pool, items, the three dates; the carried date is 5 November, a Thursday;
# New York delivers Monday to Saturday, but not on 11 November
CASES = """
US:10001   40  -> area   100 2026-11-05 2026-11-06 2026-11-07
US:10001   100 -> area   100 2026-11-05 2026-11-06 2026-11-07
US:10001   101 -> lane   140 2026-11-05 2026-11-07 2026-11-09
US:10001   141 -> origin 159 2026-11-05 2026-11-09 2026-11-12
US:10001   160 -> none     0
JP:1000001 19  -> area    19 2026-11-04 2026-11-09 2026-11-09
JP:1000001 20  -> origin 159 2026-11-04 2026-11-07 2026-11-09
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_the_narrowest_pool_with_enough_items_is_asked(case: str) -> None:
    asked, _, expected = case.partition(" -> ")
    to, minimum = asked.split()
    pool, items, *dates = expected.split()
    ask = Ask.at(Route("KR", "03051", *parse_place(to)), "2026-11-02T16:10")
    quote = answer(network(), ask)
    found = History(rows(HISTORY), int(minimum)).expected(network(), quote, "KR", ask.route[2])
    if pool == "none":
        assert found is None
        return
    assert found is not None
    assert (found.pool, found.items) == (Pool(pool), int(items))
    assert [format_date(day) if day else None for day in found.on.values()] == dates


def test_items_that_were_not_delivered_come_after_every_percentile() -> None:
    lost = rows("KR US US-NYC 0 90\nKR US US-NYC - 10")
    assert [percentile(lost, percent) for percent in (50, 80, 90, 95)] == [0, 0, 0, None]
    without = [row for row in lost if row.days is not None]
    assert percentile(without, 95) == 0  # what leaving them out would claim
    told = quoted(History(lost, 1), "US:10001")["expected"]
    assert told["percentiles"][-1] == {"percent": 95, "on": None}
    assert told["not_delivered"] == 10


@given(
    st.dictionaries(st.one_of(st.none(), st.integers(-3, 9)), st.integers(1, 40), min_size=1),
    st.integers(1, 99),
)
def test_a_percentile_is_the_item_of_that_rank(counts: dict[int | None, int], percent: int) -> None:
    shifts = [Shift("KR", "US", "US-NYC", d, n, DAY, DAY, "synthetic") for d, n in counts.items()]
    each = sorted(
        math.inf if row.days is None else row.days for row in shifts for _ in range(row.items)
    )
    rank = each[math.ceil(percent * len(each) / 100) - 1]
    assert percentile(shifts, percent) == (None if rank == math.inf else rank)


def test_the_smallest_number_of_items_is_what_the_file_says_it_is() -> None:
    assert 1 - 0.95**MINIMUM_ITEMS >= 0.95 > 1 - 0.95 ** (MINIMUM_ITEMS - 1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_guaranteed_and_expected_stand_side_by_side(lang: str) -> None:
    told = quoted(History(rows(HISTORY), 40), "US:10001", lang=lang)
    assert told["due_on"] == "2026-11-05"
    assert told["status"] == "guaranteed"
    assert told["expected"]["percentiles"][1] == {"percent": 80, "on": "2026-11-06"}
    assert "100" in told["expected"]["text"]
    few = quoted(History(rows(HISTORY), 1000), "US:10001", lang=lang)
    assert few["expected"] == {
        "pool": None, "items": 140, "minimum_items": 1000, "text": few["expected"]["text"],
    }  # fmt: skip
    assert "1,000" in few["expected"]["text"]
    assert told_without(lang)["expected"] is None


def told_without(lang: str) -> dict[str, object]:
    route = Route("KR", "03051", "US", "10001")
    return told_quote(network(), Ask.at(route, "2026-11-02T16:10"), words(lang))


def test_nothing_is_expected_without_a_date_or_an_area() -> None:
    history = History(rows(HISTORY), 1)
    assert quoted(history, "US:20001")["expected"] is None
    assert quoted(history, "US:")["expected"]["pool"] is None


def test_nothing_is_expected_before_it_is_accepted() -> None:
    early = History(rows("KR US US-NYC -9 90"), 1)
    told = quoted(early, "US:10001")["expected"]
    assert {one["on"] for one in told["percentiles"]} == {"2026-11-02"}


def test_a_history_is_read_as_it_was_written() -> None:
    written = [*rows(HISTORY), Shift("KR", "HK", "HK-ALL", 0, 1, DAY, DAY, 'a "b", c')]
    text = history_text(written, 77)
    read = read_history(text, "expected.csv")
    assert (read.shifts, read.minimum_items) == (tuple(written), 77)


# a line put into the file -> what the refusal says
BROKEN = {
    "KR,US,US-NYC,0,1,2026-10-01,2026-10-31": "row 4",
    "KR,US,US-NYC,0.5,1,2026-10-01,2026-10-31,synthetic": "0.5",
    "KR,US,US-NYC,0,0,2026-10-01,2026-10-31,synthetic": "items from 1 on",
    "KR,US,US-NYC,999999,1,2026-10-01,2026-10-31,synthetic": "a shift of a year",
    "KR,US,US-NYC,0,1,2026-10-32,2026-10-31,synthetic": "2026-10-32",
    "KR,US,US-NYC,0,1,2026-10-01,2026-10-31,": "a source",
    'KR,US,"US-NYC,0,1,2026-10-01,2026-10-31,synthetic': "row 4",
}


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_history_is_refused_with_its_row(line: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_history(history_text([]) + line + "\n", "expected.csv")
    assert "expected.csv:row 4" in str(refusal.value)
    assert BROKEN[line] in str(refusal.value)


@pytest.mark.parametrize("text", ["", "origin,destination\n", "# minimum_items = 5\n", "\ufffd"])
def test_what_is_no_history_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no history"):
        read_history(text, "expected.csv")
