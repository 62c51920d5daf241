# ruff: noqa: E501 - one line a case
"""A batch in columns of text: one answer a row, whatever stands in the row."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import DatecertainError, UsageError
from datecertain.moments import format_date
from datecertain.network import Network
from datecertain.promise.asking import Ask, answer, demand_count, parse_accepted
from datecertain.promise.batch import Batch, Told, Unsaid, check_columns
from datecertain.promise.batch_reading import NO_OFFSET, read_times
from datecertain.promise.quoting import Route, parse_place
from datecertain.promise.telling import told_quote
from datecertain.wording import LANGUAGES, words
from thorough import often
from worlds import SMALL, small_network, texts

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
from ten_posts import ten_posts

PLAIN = Unsaid(Route("", "", "", ""))


@lru_cache(maxsize=1)
def network() -> Network:
    return small_network()


def batch(columns: Mapping[str, list[str]], unsaid: Unsaid = PLAIN, lang: str = "en") -> Told:
    return Batch(network(), unsaid, words(lang)).answer(columns, {})


# from | to | at | product | contents | channel | address | weight_g | value_sdr -> status or problem, due or reason
ROWS = """
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |     |    -> guaranteed 2026-11-05
kr:03051|us: 10001 |2026-11-02T16:10      |   |         |       |      |     |    -> guaranteed 2026-11-05
KR:03051|US:10001  |2026-11-02T16:10:59   |   |         |       |      |     |    -> guaranteed 2026-11-05
KR:03051|US:10001  |2026-11-02 16:10      |   |         |       |      |     |    -> guaranteed 2026-11-05
KR:03051|US:10001  |2026-11-02T16:10+09:00|   |documents|counter|street|500  |10  -> guaranteed 2026-11-05
KR:03051|US:10001  |2026-11-02T16:10-05:00|   |         |       |      |     |    -> problem offset
KR:03051|US:10001  |2026-11-02T07:10Z     |   |         |       |      |     |    -> problem offset
KR:03051|US        |2026-11-02T16:10      |   |         |       |      |     |    -> estimate postcode_missing
KR:03051|US:20001  |2026-11-02T16:10      |   |         |       |      |     |    -> refused postcode_unknown
KR:03051|US:1000A  |2026-11-02T16:10      |   |         |       |      |     |    -> refused postcode_malformed
KR:03051|KR:03051  |2026-11-02T16:10      |   |         |       |      |     |    -> refused same_post
KR:03051|US:10001  |2026-12-11T16:00      |   |         |       |      |     |    -> refused beyond_horizon
KR:03051|US:10001  |1066-10-14T09:00      |   |         |       |      |     |    -> refused beyond_horizon
KR:03051|US:10001  |9999-12-31T23:59      |   |         |       |      |     |    -> refused beyond_horizon
KR:03051|US:10001  |2026-11-02T16:10      |   |         |label  |      |     |    -> estimate not_in_possession
KR:03051|US:10001  |2026-11-02T16:10      |   |         |pigeon |      |     |    -> refused channel_unknown
KR:03051|US:10001  |2026-11-02T16:10      |GEM|         |       |      |     |    -> refused product_unknown
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |po_box|     |    -> estimate condition
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |31000|    -> refused too_heavy
ZZ:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |     |    -> problem post
KR:03051|FR:75008  |2026-11-02T16:10      |   |         |       |      |     |    -> problem post
Seoul   |US:10001  |2026-11-02T16:10      |   |         |       |      |     |    -> problem place
KR:03051|          |2026-11-02T16:10      |   |         |       |      |     |    -> problem place
KR:03051|:10001    |2026-11-02T16:10      |   |         |       |      |     |    -> problem place
KR:03051|US:10001  |                      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-11-02            |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-02-30T10:00      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-11-02T24:00      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-11-02T10:60      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |0000-11-02T10:00      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |02/11/2026 16:10      |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-11-02T16:10+25:00|   |         |       |      |     |    -> problem time
KR:03051|US:10001  |now                   |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |２０２６-11-02T16:10  |   |         |       |      |     |    -> problem time
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |-5   |    -> problem number
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |0.5  |    -> problem number
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |      |     |1234567890123 -> problem number
KR:03051|US:10001  |2026-11-02T16:10      |   |         |       |cave  |     |    -> problem address
US:10001|KR:03051  |2026-11-01T01:30      |   |         |       |      |     |    -> guaranteed 2026-11-06
US:10001|KR:03051  |2026-11-01T01:30-04:00|   |         |       |      |     |    -> guaranteed 2026-11-06
US:10001|KR:03051  |2026-11-01T01:30-05:00|   |         |       |      |     |    -> guaranteed 2026-11-06
US:10001|KR:03051  |2026-11-01T01:30-06:00|   |         |       |      |     |    -> problem offset
"""
NAMES = ("from", "to", "at", "product", "contents", "channel", "address", "weight_g", "value_sdr")


def cases() -> tuple[dict[str, list[str]], list[list[str]]]:
    asked, expected = zip(*(line.split(" -> ") for line in ROWS.strip().splitlines()), strict=True)
    cells = [[cell.strip() for cell in row.split("|")] for row in asked]
    columns = dict(zip(NAMES, map(list, zip(*cells, strict=True)), strict=True))
    return columns, [one.split() for one in expected]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_row_gets_its_own_answer(lang: str) -> None:
    columns, expected = cases()
    told = batch(columns, lang=lang)
    assert {len(column) for column in told.columns.values()} == {len(expected)}
    for row, (what, why) in enumerate(expected):
        got = {name: column[row] for name, column in told.columns.items()}
        if what == "problem":
            asked = {name: column[row] for name, column in columns.items()}
            alone = batch({name: [cell] for name, cell in asked.items()}, lang=lang)
            assert alone.problems == {why: 1}, asked
            assert got["problem"], asked
            filled = {name for name, text in got.items() if text}
            assert filled == {"problem", "network_version"}
        else:
            assert (got["status"], got["problem"]) == (what, ""), (row, got)
            assert why in (got["due_on"], got["reason"]), (row, got)
            assert bool(got["reason_text"]) == bool(got["reason"])
    assert sum(told.statuses.values()) + sum(told.problems.values()) == len(expected)


def test_a_batch_says_what_the_counter_says() -> None:
    columns, _ = cases()
    told = batch(columns)
    for row in range(len(columns["at"])):
        cell = {name: column[row] for name, column in columns.items()}
        got = {name: column[row] for name, column in told.columns.items()}
        try:
            route = Route(
                *parse_place(cell["from"]), *parse_place(cell["to"]), cell["product"] or "EMS",
                cell["contents"], cell["channel"], cell["address"] or "street",
            )  # fmt: skip
            asked = Ask.at(route, cell["at"])
            sdr = demand_count(cell["value_sdr"], "value")
            asked = Ask(
                route, asked.accepted_day, asked.accepted_min, asked.offset_min,
                demand_count(cell["weight_g"], "weight"), sdr * 10**6 if sdr >= 0 else sdr,
            )  # fmt: skip
            alone = told_quote(network(), asked, words("en"))
        except DatecertainError:
            assert got["problem"]
            continue
        for name in ("status", "due_on", "carried_on", "reason", "reason_text", "origin_area",
                     "destination_area", "network_version"):  # fmt: skip
            assert got[name] == (alone[name] or ""), (row, name)
        if alone["possession"]:
            assert got["possession_from"] == alone["possession"]["from"]
        elif alone["due_on"]:
            assert got["possession_from"] == asked.accepted_local


def test_a_batch_of_nothing_but_trouble() -> None:
    told = batch({"from": ["x", "KR:03051"], "to": ["y", "XX:1"], "at": ["z", "2026-11-02T16:10"]})
    assert told.columns["status"] == ["", ""]
    assert told.problems == {"place": 1, "post": 1}


def test_places_in_two_columns_and_what_is_meant_where_nothing_is_said() -> None:
    columns = {
        "origin": ["KR", "kr"], "origin_postcode": ["03051", "40220"], "destination": ["US", "JP"],
        "destination_postcode": ["10001", "1000001"], "at": ["2026-11-02T16:10"] * 2,
        "channel": ["", "counter"],
    }  # fmt: skip
    unsaid = Unsaid(Route("", "", "", "", channel="label"), weight_g=31_000)
    told = batch(columns, unsaid)
    assert told.columns["reason"] == ["too_heavy", "too_heavy"]
    told = batch(columns, Unsaid(Route("", "", "", "", channel="label")))
    assert told.columns["reason"] == ["not_in_possession", ""]
    assert told.columns["origin_area"] == ["KR-SEL", "KR-ULL"]


def test_the_public_text_of_a_condition_is_told() -> None:
    row = {
        "from": ["KR:03051"],
        "to": ["US:10001"],
        "at": ["2026-11-02T16:10"],
        "address": ["po_box"],
    }
    assert "No post boxes" in batch(row).columns["reason_text"][0]
    assert "사서함" in batch(row, lang="ko").columns["reason_text"][0]


def test_a_class_of_contents_is_one_however_it_is_written() -> None:
    rows = SMALL["conditions.csv"] + "food,refuse,KR,*,,,,food,,,,,,No food.,식품 제외,,,test\n"
    no_food = Network.from_texts(texts({"conditions.csv": rows}))
    written = ["food", "Food", " FOOD ", "footwear"]
    columns = {
        "from": ["KR:03051"] * 4, "to": ["US:10001"] * 4, "at": ["2026-11-02T16:10"] * 4,
        "contents": written,
    }  # fmt: skip
    told = Batch(no_food, PLAIN, words("en")).answer(columns, {})
    assert told.columns["status"] == ["refused", "refused", "refused", "guaranteed"]


# header -> what the refusal names
HEADERS = """
from to                       -> 'at'
from at                       -> 'to'
origin_postcode to at         -> 'from'
from origin to at             -> 'from' and 'origin'
from to at at                 -> 'at' stands twice
from to at status             -> 'status'
"""


@pytest.mark.parametrize("case", HEADERS.strip().splitlines())
def test_a_header_that_cannot_be_asked_is_refused(case: str) -> None:
    header, _, named = case.partition(" -> ")
    with pytest.raises(UsageError) as refusal:
        check_columns(header.split())
    assert all(part in str(refusal.value) for part in named.split(" and "))


TIMES = st.one_of(
    st.datetimes().map(lambda at: at.isoformat()[:16]),
    st.datetimes().map(lambda at: at.isoformat()),
    st.text(max_size=20),
    st.text("0123456789-T:+Z ", min_size=14, max_size=23),
    st.builds("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}".format, st.integers(0, 9999), st.integers(0, 14),
              st.integers(0, 33), st.integers(0, 25), st.integers(0, 61)),
)  # fmt: skip


@settings(max_examples=often(100))
@given(st.lists(TIMES, min_size=1, max_size=5))
def test_a_column_of_times_is_read_as_each_of_them(texts: list[str]) -> None:
    troubles: dict[int, object] = {}
    read = read_times(texts, troubles)  # type: ignore[arg-type]
    for row, text in enumerate(texts):
        try:
            local, offset = parse_accepted(text.strip())
        except DatecertainError:
            assert row in troubles
            continue
        assert row not in troubles
        assert (read.day[row], read.minute[row]) == local
        assert read.offset[row] == (NO_OFFSET if offset is None else offset)


def test_no_postcode_of_the_ten_posts_is_taken_for_another() -> None:
    """A batch asks one place of each sort; here each end of each range is asked by itself, too."""
    world = ten_posts()
    places = {(row.post, code) for row in world.data.postcodes for code in (row.first, row.last)}
    places |= {("US", "09012"), ("US", "96201"), ("FR", "00100"), ("FR", "75"), ("KR", "3051")}
    ends = [f"{post}:{code}" for post, code in sorted(places)]
    partner = {post: "JP:1000001" if post != "JP" else "KR:03051" for post in world.posts}
    there = [partner[end[:2]] for end in ends]
    at = ["2026-11-27T09:10"] * len(ends) * 2
    told = Batch(world, PLAIN, words("en")).answer(
        {"from": [*there, *ends], "to": [*ends, *there], "at": at}, {}
    )
    for row, (origin, to) in enumerate(zip([*there, *ends], [*ends, *there], strict=True)):
        alone = answer(world, Ask.at(Route(*parse_place(origin), *parse_place(to)), at[row]))
        due = format_date(alone.due_day) if alone.due_day >= 0 else ""
        got = [told.columns[name][row] for name in ("status", "reason", "due_on")]
        assert got == [str(alone.status), str(alone.reason), due], (origin, to)


def test_thousands_of_rows_are_the_single_ones() -> None:
    random = np.random.default_rng(27)
    places = ["KR:03051", "KR:40220", "US:10001", "US:90001", "JP:1000001", "US:", "KR:99999"]
    count = 3_000
    columns = {
        "from": random.choice(places, count).tolist(), "to": random.choice(places, count).tolist(),
        "at": [
            f"2026-11-{day:02d}T{minute // 60:02d}:{minute % 60:02d}"
            for day, minute in zip(random.integers(1, 29, count).tolist(),
                                   random.integers(0, 1440, count).tolist(), strict=True)
        ],
        "channel": random.choice(["", "agency", "contract"], count).tolist(),
    }  # fmt: skip
    told = batch(columns)
    for row in range(count):
        origin, to, at, channel = (columns[name][row] for name in ("from", "to", "at", "channel"))
        one = answer(
            network(), Ask.at(Route(*parse_place(origin), *parse_place(to), channel=channel), at)
        )
        due = format_date(one.due_day) if one.due_day >= 0 else ""
        got = [told.columns[name][row] for name in ("status", "reason", "due_on")]
        assert got == [str(one.status), str(one.reason), due], (origin, to, at, channel)
