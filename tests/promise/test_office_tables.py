"""An office's table answers what the whole network answers; what it does not hold it refuses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import TableRefused, UnknownPlace, UsageError
from datecertain.moments import format_date, parse_date, parse_utc
from datecertain.network import Network
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Asked, Quote, Route, parse_place, quoter_of
from datecertain.promise.tables import OfficeTable, read_table, write_table
from thorough import often
from worlds import SMALL, texts

MADE = parse_utc("2026-10-20T00:00Z")
FIRST, DAYS = parse_date("2026-10-26"), 30

#: A small world with something of everything that a quote can look at.
RULES = {
    "conditions.csv": SMALL["conditions.csv"].rstrip() + """
        goods,no_guarantee,KR,US,,US-NYC,,non-documents,,,,,2026-10-30T03:00Z,Goods.,물품,2026-10-30,2026-11-06,test
        dear,no_guarantee,*,JP,,,,,,,500000000,,,Dear.,고가,,,test
        heavy,refuse,JP,*,,,,,,5000,,,,Heavy.,중량,,,test
        peak,tolerance,*,*,,,,,,,,2,2026-10-01,,,2026-11-12,2026-11-20,test
        """,
    "standards.csv": SMALL["standards.csv"].rstrip() + """
        US,JP,,,,4,cut_off,delivery,,,test
        US,KR,,,,5,day_after,origin,2026-11-09,,test
        JP,KR,,,,3,acceptance,calendar,,,test
        """,
}  # fmt: skip


@lru_cache(maxsize=1)
def small() -> Network:
    return Network.from_texts(texts(RULES), "the small world with rules")


@lru_cache(maxsize=1)
def ten_posts() -> Network:
    return bundled_ready()


@lru_cache(maxsize=8)
def small_table(area: str) -> OfficeTable:
    return read_table(write_table(small(), area[:2], area, FIRST, DAYS, made_at=MADE))


@lru_cache(maxsize=8)
def ten_posts_table(post: str, postcode: str) -> OfficeTable:
    return read_table(write_table(ten_posts(), post, postcode, FIRST, DAYS, made_at=MADE))


def answers(network: Network, ask: Ask) -> tuple[object, ...]:
    """Everything a quote says; a row of a rule by its name, for its line number is the file's."""
    quoter = quoter_of(network)
    found: Quote = quoter.one(
        ask.route, ask.accepted_day, ask.accepted_min, weight_g=ask.weight_g,
        value_usdr=ask.value_usdr,
    )  # fmt: skip
    named = found.condition and (found.condition.condition, found.condition.source)
    values = (getattr(found, name) for name in Quote.__slots__ if name != "condition")
    return (*values, named)


PLACES = {
    "KR-SEL": "KR:03051", "KR-ULL": "KR:40220", "JP-TYO": "JP:1000001", "US-NYC": "US:10001",
    "US-CAL": "US:90001",
}  # fmt: skip
ANYWHERE = st.sampled_from([*PLACES.values(), "US:", "US:09012", "US:20001", "JP:1", "KR:"])


@settings(max_examples=often(133), deadline=None)
@given(
    st.sampled_from(sorted(PLACES)), ANYWHERE, st.integers(0, DAYS - 1), st.integers(0, 1439),
    st.sampled_from(["EMS", "EMS-PREMIUM", "NONE"]),
    st.sampled_from(["", "documents", "merchandise", "gift"]),
    st.sampled_from(["", "counter", "agency", "contract", "label", "drone"]),
    st.sampled_from(["street", "po_box", "military"]),
    st.sampled_from([-1, 400, 5001, 40_000]), st.sampled_from([-1, 10**6, 10**9]),
)  # fmt: skip
def test_offline_is_online_in_the_small_world(
    origin: str, to: str, day: int, minute: int, product: str, contents: str, channel: str,
    address: str, weight: int, value: int,
) -> None:  # fmt: skip
    table = small_table(origin)
    route = Route(*parse_place(PLACES[origin]), *parse_place(to), product, contents, channel,
                  address)  # fmt: skip
    ask = Ask(route, FIRST + day, minute, None, weight, value)
    table.demand_answer(ask)
    assert answers(table.network, ask) == answers(small(), ask)


OFFICES = [("KR", "03051"), ("US", "10001"), ("AU", "2000"), ("HK", ""), ("CA", "M5V3A8"),
           ("ES", "28013")]  # fmt: skip


def questions(post: str, postcode: str, count: int) -> Iterator[Ask]:
    """Seeded questions over the bundled network from one office: any destination, any minute."""
    network, chance = ten_posts(), random.Random(f"offline {post}")
    channels = ["", "", *sorted({r.channel for r in network.data.channels if r.post == post})]
    codes = [(row.post, row.first.ljust(len("0000000"), "0") if row.first else "")
             for row in network.data.postcodes]  # fmt: skip
    lengths = {"KR": 5, "US": 5, "JP": 7, "CN": 6, "HK": 0, "AU": 4, "ES": 5, "FR": 5, "TH": 5,
               "CA": 3}  # fmt: skip
    for _ in range(count):
        to, code = chance.choice(codes)
        code = code[: lengths.get(to, 7)] + ("1A1" if to == "CA" else "")
        route = Route(
            post, postcode, to, chance.choice([code, code, code, ""]),
            chance.choice(["EMS", "EMS", "EMS-PREMIUM"]),
            chance.choice(["", "documents", "merchandise", "gift", "food"]),
            chance.choice(channels), chance.choice(["street", "street", "po_box"]),
        )  # fmt: skip
        yield Ask(route, FIRST + chance.randrange(DAYS), chance.randrange(1440), None,
                  chance.choice([-1, 500, 31_000]), chance.choice([-1, 10**7, 10**9]))  # fmt: skip


@pytest.mark.parametrize(("post", "postcode"), OFFICES)
def test_offline_is_online_over_the_ten_posts(post: str, postcode: str) -> None:
    table, network = ten_posts_table(post, postcode), ten_posts()
    seen = set()
    for ask in questions(post, postcode, 1500):
        table.demand_answer(ask)
        offline = answers(table.network, ask)
        assert offline == answers(network, ask), ask
        seen.add(str(offline[0]))
    assert len(seen) > 3, "the questions are to meet several reasons"


@pytest.mark.parametrize(("post", "postcode"), OFFICES[:2])
def test_many_offline_are_the_single_ones(post: str, postcode: str) -> None:
    table = ten_posts_table(post, postcode)
    asks = list(questions(post, postcode, 500))
    many = quoter_of(table.network).many(
        [ask.route for ask in asks],
        Asked(
            np.arange(len(asks)), np.array([ask.accepted_day for ask in asks]),
            np.array([ask.accepted_min for ask in asks]),
            np.array([ask.weight_g for ask in asks]), np.array([ask.value_usdr for ask in asks]),
        ),
    )  # fmt: skip
    single = [answers(table.network, ask) for ask in asks]
    assert list(zip(many.reason, many.due_day.tolist(), many.standard_day.tolist(),
                    strict=True)) == [answer[:3] for answer in single]  # fmt: skip


def test_a_table_at_the_very_end_of_the_network_ends_as_the_network_does() -> None:
    last = small().data.last_day
    table = read_table(write_table(small(), "KR", "KR-SEL", last - 13, 14, made_at=MADE))
    reasons = set()
    for day in range(last - 13, last + 1):
        ask = Ask(Route(*parse_place("KR:03051"), *parse_place("US:90001")), day, 600)
        assert answers(table.network, ask) == answers(small(), ask)
        reasons.add(str(answers(table.network, ask)[0]))
    assert reasons == {"", "beyond_horizon"}


@pytest.mark.parametrize(("post", "postcode"), OFFICES)
def test_a_months_table_of_an_office_is_small(post: str, postcode: str) -> None:
    data = write_table(ten_posts(), post, postcode, FIRST, DAYS, made_at=MADE)
    assert len(data) < 40_000
    assert data == write_table(ten_posts(), post, postcode, FIRST, DAYS, made_at=MADE)


# from, accepted -> what the refusal says
REFUSED = """
KR:03051 2026-11-25T00:00 expired at the end of 2026-11-24
KR:03051 2026-10-25T23:59 begins on 2026-10-26
KR:40220 2026-10-27T10:00 quotes from KR-SEL only
US:10001 2026-10-27T10:00 quotes from KR-SEL only
"""


@pytest.mark.parametrize("case", REFUSED.strip().splitlines())
def test_what_a_table_does_not_hold_is_refused(case: str) -> None:
    origin, at, message = case.split(maxsplit=2)
    ask = Ask.at(Route(*parse_place(origin), "JP", "1000001"), at)
    with pytest.raises(TableRefused, match=message):
        small_table("KR-SEL").demand_answer(ask)


def test_the_first_and_the_last_minute_are_inside() -> None:
    for at in ("2026-10-26T00:00", "2026-11-24T23:59"):
        ask = Ask.at(Route("KR", "03051", "JP", "1000001"), at)
        small_table("KR-SEL").demand_answer(ask)
        assert answers(small_table("KR-SEL").network, ask) == answers(small(), ask)
    header = small_table("KR-SEL").header
    assert (header.last_on, header.expires_at) == ("2026-11-24", "2026-11-24T15:00Z")


def test_any_damage_is_noticed() -> None:
    data = write_table(small(), "KR", "03051", FIRST, 5, made_at=MADE)
    chance = random.Random("damage")
    for _ in range(200):
        place = chance.randrange(len(data))
        broken = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        with pytest.raises(TableRefused):
            read_table(broken)
        with pytest.raises(TableRefused):
            read_table(data[:place])


@pytest.mark.parametrize(
    ("place", "first", "days", "error", "message"),
    [
        (("KR", "99999"), FIRST, 30, UsageError, "leads to no area"),
        (("XX", "1"), FIRST, 30, UnknownPlace, "XX"),
        (("KR", "03051"), FIRST, 0, UsageError, "1 to 92 days"),
        (("KR", "03051"), FIRST, 93, UsageError, "1 to 92 days"),
        (("KR", "03051"), parse_date("2026-12-10"), 30, UsageError, "the network covers"),
    ],
)
def test_a_table_that_cannot_be_made_says_why(
    place: tuple[str, str], first: int, days: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        write_table(small(), *place, first, days, made_at=MADE)


def test_the_header_can_be_read_by_a_person() -> None:
    data = write_table(small(), "KR", "03051", FIRST, 5, made_at=MADE, made_by="head office")
    magic, digest, header = data.split(b"\n")[:3]
    assert magic == b"datecertain offline table 1"
    assert len(digest) == 64
    for told in ("KR-SEL", small().version, format_date(FIRST), "head office"):
        assert told.encode() in header
