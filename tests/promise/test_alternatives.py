# ruff: noqa: E501 - one line a case
"""Other ways to a date: gateway, channel, product, contents, day."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import pytest

from datecertain.moments import DAY, format_date
from datecertain.network import Network
from datecertain.promise.acceptance_times import at_minute, local_minute
from datecertain.promise.alternatives import Change, alternatives
from datecertain.promise.asking import Ask, answer
from datecertain.promise.journey import offices_of, standard_journey, ways
from datecertain.promise.quoting import QuoteStatus, Route, parse_place
from datecertain.promise.telling_dates import told_alternatives
from datecertain.wording import LANGUAGES, words
from slow_promise import SlowNetwork
from worlds import SMALL, small_network, texts

GOODS = """
goods,refuse,KR,US,,,EMS,non-documents,,,,,2026-10-20,No goods.,비서류 중지,2026-10-26,2026-11-08,test
food,no_guarantee,KR,JP,,,,food,,,,,2026-10-20,No food.,식품 제외,,,test
value,no_guarantee,KR,JP,,,,gift,,,50000000,,2026-10-20,Dear gifts.,고가 선물 제외,,,test
"""


@lru_cache(maxsize=1)
def network() -> Network:
    changed = {"conditions.csv": SMALL["conditions.csv"].rstrip() + GOODS}
    return Network.from_texts(texts(changed), "the small world with conditions on contents")


# from, to, at, product, contents, channel -> other ways, each as change:to:status:date
CASES = """
KR:03051 US:10001   2026-11-02T16:10 EMS documents -      -> gateway:KRSELB USLAXA:carried:2026-11-06 | product:EMS-PREMIUM:estimate:2026-11-05
KR:03051 US:10001   2026-11-03T16:10 EMS documents -      -> gateway:KRSELB USLAXA:carried:2026-11-07 | product:EMS-PREMIUM:estimate:2026-11-05 | channel:agency:guaranteed:2026-11-07 | channel:contract:guaranteed:2026-11-07
KR:03051 US:10001   2026-11-02T16:10 EMS documents label  -> gateway:KRSELB USLAXA:carried:2026-11-06 | channel:counter:guaranteed:2026-11-05 | channel:contract:guaranteed:2026-11-05 | channel:agency:guaranteed:2026-11-05
KR:03051 US:10001   2026-11-02T16:10 EMS gift      -      -> contents:documents:guaranteed:2026-11-05 | product:EMS-PREMIUM:estimate:2026-11-05 | later:2026-11-09T00:00:guaranteed:2026-11-12
KR:03051 JP:1000001 2026-11-03T16:00 EMS food      -      -> contents:documents:guaranteed:2026-11-05 | contents:merchandise:guaranteed:2026-11-05 | product:EMS-PREMIUM:estimate:2026-11-05 | channel:agency:estimate:2026-11-06 | channel:contract:estimate:2026-11-06
US:10001 JP:1000001 2026-11-16T10:00 EMS documents -      -> later:2026-11-23T00:00:guaranteed:2026-11-27
KR:03051 US:20001   2026-11-02T16:10 EMS documents -      -> none
"""


def told_ways(case: str) -> tuple[set[str], set[str]]:
    question, _, expected = case.partition(" -> ")
    origin, to, at, product, contents, channel = question.split()
    route = Route(
        *parse_place(origin), *parse_place(to), product, contents, channel.replace("-", "")
    )
    found = set()
    for one in alternatives(network(), Ask.at(route, at)):
        what = one.ask.accepted_local if one.change is Change.LATER else one.to
        found.add(f"{one.change}:{what}:{one.status or 'carried'}:{format_date(one.due_day)}")
    wanted = {part.strip() for part in expected.split("|")} - {"none"}
    return found, wanted


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_other_ways(case: str) -> None:
    found, wanted = told_ways(case)
    assert found == wanted


@pytest.mark.parametrize("case", CASES.strip().splitlines())
@pytest.mark.parametrize("lang", LANGUAGES)
def test_other_ways_told_in_order_of_date(case: str, lang: str) -> None:
    origin, to, at, product, contents, channel = case.partition(" -> ")[0].split()
    route = Route(
        *parse_place(origin), *parse_place(to), product, contents, channel.replace("-", "")
    )
    told = told_alternatives(network(), Ask.at(route, at), words(lang))
    dates = [one.get("due_on") or one["carried_on"] for one in told["alternatives"]]
    assert dates == sorted(dates)
    assert not any("{" in one["text"] for one in [told["now"], *told["alternatives"]])
    carried = [one for one in told["alternatives"] if one["change"] == "gateway"]
    assert all(one["status"] is None and "due_on" not in one for one in carried)


def test_an_item_is_guaranteed_from_the_minute_that_is_told_and_not_before() -> None:
    for case in CASES.strip().splitlines():
        origin, to, at, product, contents, _channel = case.partition(" -> ")[0].split()
        route = Route(*parse_place(origin), *parse_place(to), product, contents)
        for one in alternatives(network(), Ask.at(route, at)):
            if one.change is Change.LATER:
                minute = local_minute(one.ask)
                assert answer(network(), one.ask).status is QuoteStatus.GUARANTEED
                before = answer(network(), at_minute(one.ask, minute - 1))
                assert before.status is not QuoteStatus.GUARANTEED


def without(*rows: str) -> SlowNetwork:
    """The slow network without some area links: mail must go another way."""
    files = texts()
    links = files["area_links.csv"].splitlines()
    files["area_links.csv"] = "\n".join(line for line in links if not line.startswith(rows)) + "\n"
    return SlowNetwork(files)


@pytest.mark.parametrize("hours", range(0, 24 * 9, 13))
def test_each_gateway_gives_what_the_network_would_without_the_other(hours: int) -> None:
    world = small_network()
    moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    at = int(moment.timestamp()) // 60
    areas = world.areas
    found = ways(world, areas["KR-SEL"], areas["US-NYC"], at)
    through = {offices_of(world, way)[1]: str(format_date(way.due_day)) for way in found}
    assert through == {
        "USJFKA": str(without("US-NYC,USLAXA").due("KR-SEL", "US-NYC", moment)),
        "USLAXA": str(without("US-NYC,USJFKA").due("KR-SEL", "US-NYC", moment)),
    }
    journey = standard_journey(world, areas["KR-SEL"], areas["US-NYC"], at)
    assert journey is not None
    assert (journey.outward, journey.inward) == offices_of(world, found[0])
    assert journey.due_day == min(way.due_day for way in found)


def test_no_way_beyond_the_horizon() -> None:
    areas = network().areas
    last = network().data.last_day * DAY
    assert ways(network(), areas["KR-SEL"], areas["US-NYC"], last) == []
