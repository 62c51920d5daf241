"""A quote told in words: what a program reads, what a person hears in English and in Korean."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ten_posts import CITIES, PAIRS, ten_posts

from datecertain.moments import format_date, parse_date, parse_local, zone
from datecertain.network import Network
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import QuoteStatus, Reason, Route, parse_place
from datecertain.promise.telling import told_quote
from datecertain.wording import LANGUAGES, Words, glossary
from worlds import small_network

KINDS = (
    "accepted", "export", "closing", "flight", "inward", "presentation", "customs", "forwarding",
    "inland", "delivery",
)  # fmt: skip


@lru_cache(maxsize=1)
def small() -> Network:
    return small_network()


def told(network: Network, origin: str, destination: str, at: str, lang: str) -> dict[str, Any]:
    ask = Ask.at(Route(*parse_place(origin), *parse_place(destination)), at)
    answer = told_quote(network, ask, Words(lang))
    assert json.loads(json.dumps(answer, ensure_ascii=False)) == answer
    return answer


# from, to, accepted -> status, due, reason; steps told?
CASES = """
KR:03051 US:10001   2026-11-02T16:10 guaranteed 2026-11-05 -                   steps
KR:03051 US:        2026-11-02T16:10 estimate   2026-11-05 postcode_missing    -
JP:1000001 KR:40220 2026-11-02T10:00 estimate   2026-11-06 area_not_guaranteed steps
US:10001 JP:1000001 2026-11-16T10:00 estimate   2026-11-20 lane_suspended      steps
KR:03051 US:09012   2026-11-02T16:10 refused    -          not_covered         -
KR:03051 US:20001   2026-11-02T16:10 refused    -          postcode_unknown    -
KR:03051 US:100011  2026-11-02T16:10 refused    -          postcode_malformed  -
KR:99999 US:10001   2026-11-02T16:10 refused    -          origin_unknown      -
KR:03051 KR:03051   2026-11-02T16:10 refused    -          same_post           -
KR:03051 US:10001   2026-12-11T16:00 refused    -          beyond_horizon      -
KR:03051 US:10001   2026-10-18T16:00 refused    -          beyond_horizon      -
"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_what_a_program_reads(line: str, lang: str) -> None:
    origin, destination, at, status, due, reason, steps = line.split()
    answer = told(small(), origin, destination, at, lang)
    assert answer["status"] == status
    assert answer["due_on"] == (None if due == "-" else due)
    assert answer["reason"] == (None if reason == "-" else reason)
    assert bool(answer["reason_text"]) == bool(answer["reason"])
    assert answer["network_version"] == small().version
    assert answer["accepted_at"] == at
    assert bool(answer["steps"]) == (steps == "steps")
    assert all(step["text"] for step in answer["steps"])


def test_every_status_reason_and_step_has_words_in_every_language() -> None:
    keys = [f"status.{status}" for status in QuoteStatus]
    keys += [f"quote.headline.{status}" for status in QuoteStatus]
    keys += [f"reason.{reason}" for reason in Reason if reason]
    keys += [f"step.{kind}" for kind in KINDS]
    keys += ["step.holiday", "step.closed_day", "step.after_cut_off", "step.buffer",
             "step.standard", "step.channel.post", "step.channel.sender"]  # fmt: skip
    for key in keys:
        texts = glossary()[key]
        assert set(texts) >= set(LANGUAGES), key
        assert not re.search("[가-힣]", texts["en"]), key
        assert re.search("[가-힣]", texts["ko"]), key
        # A translation fills in the same places but may leave one out, never name another.
        places = {lang: set(re.findall(r"{(\w+)}", texts[lang])) for lang in LANGUAGES}
        assert places["en"] == places["ko"], key


def test_the_journey_over_a_holiday_told_in_two_languages() -> None:
    """17:30 on the evening before the Korean holiday: the next cut-off is on Friday morning."""
    english, korean = (
        told(small(), "KR:03051", "JP:1000001", "2026-11-04T17:30", lang)["steps"]
        for lang in ("en", "ko")
    )
    assert [step["step"] for step in english] == [step["step"] for step in korean] == list(KINDS)
    assert english[1]["text"] == (
        "Before the cut-off of Fri 6 Nov 2026 09:00; at the outward office of exchange by "
        "Fri 6 Nov 2026 12:30. No work on Thu 5 Nov 2026: Test holiday."
    )
    assert korean[1]["text"].endswith("2026년 11월 5일(목) 휴무: 시험 공휴일.")
    assert english[1]["waited_for"] == [
        {"date": "2026-11-05", "holiday": "Test holiday", "source": "test"}
    ]
    assert english[3]["flight"] == korean[3]["flight"] == "XA103"
    assert english[3]["text"] == (
        "Flight XA103 ICN Fri 6 Nov 2026 18:30 to NRT Fri 6 Nov 2026 21:00."
    )
    assert english[-1]["text"] == "In the delivery round of Sun 8 Nov 2026."
    times = ("step", "place", "ready", "by", "done", "flight", "to")
    for one, other in zip(english, korean, strict=True):
        assert {name: one[name] for name in times} == {name: other[name] for name in times}


# accepted in Seoul -> is the cut-off said to have been missed?
CUT_OFFS = """
2026-11-02T03:00 no  hours before the first cut-off, on the same day
2026-11-02T09:00 no  in time for the first
2026-11-02T09:01 no  the second of the day is still to come
2026-11-02T17:00 no  in the last minute
2026-11-02T17:01 yes after the last
2026-11-02T23:59 yes late in the evening
2026-11-03T00:00 no  the new day's first is still to come
2026-11-06T17:01 no  Friday evening: what is waited for are the days without work
"""


@pytest.mark.parametrize("line", CUT_OFFS.strip().splitlines())
def test_a_missed_cut_off_is_said_only_when_one_was_missed(line: str) -> None:
    at, missed, *_ = line.split()
    export = told(small(), "KR:03051", "JP:1000001", at, "en")["steps"][1]
    assert ("after the cut-off" in export["text"]) == (missed == "yes")
    assert bool(export["waited_for"]) == at.startswith("2026-11-06")


def test_a_margin_is_told_as_a_step_of_its_own() -> None:
    """Japan to the United States is sold a delivery day later than the network carries."""
    answer = told(small(), "JP:1000001", "US:10001", "2026-11-24T12:00", "en")
    assert (answer["carried_on"], answer["due_on"]) == ("2026-11-27", "2026-11-28")
    assert answer["steps"][-1] == {
        "step": "buffer",
        "text": "The network carries it by Fri 27 Nov 2026; the lane's published terms add time: "
        "Sat 28 Nov 2026.",
    }


# --- What must hold for every quote over the bundled network.


def moment(local: str, zone_name: str) -> int:
    day, minute = parse_local(local)
    return int(zone(zone_name).to_utc(day, minute)[0])


@lru_cache(maxsize=1)
def zones() -> dict[str, str]:
    """The clock of every place that a step may name."""
    data = ten_posts().data
    return {
        **{row.area: row.zone for row in data.areas},
        **{row.office: row.zone for row in data.offices},
        **{row.airport: row.zone for row in data.airports},
    }


@settings(deadline=None)
@given(
    st.sampled_from(PAIRS),
    st.integers(parse_date("2026-01-05"), parse_date("2027-12-01")),
    st.integers(0, 1439),
    st.sampled_from(LANGUAGES),
)
def test_the_steps_lead_from_the_counter_to_the_date_told(
    pair: tuple[str, str], day: int, minute: int, lang: str
) -> None:
    network, (origin, destination) = ten_posts(), pair
    route = Route(origin, CITIES[origin], destination, CITIES[destination])
    answer = told_quote(network, Ask(route, day, minute), Words(lang))
    if answer["reason"] in ("time_missing", "time_ambiguous"):
        assert answer["status"] == "refused"
        return
    assert answer["status"] == "guaranteed"
    steps = [step for step in answer["steps"] if step["step"] != "buffer"]
    kinds = [step["step"] for step in steps]
    assert [kind for kind, after in zip(kinds, [*kinds[1:], ""], strict=True)
            if (kind, after) != ("flight", "flight")] == list(KINDS)  # fmt: skip
    assert kinds.count("flight") in (1, 2)
    # By the moment: an hour that clocks skip is shown as the hour that it became.
    clock = zones()[steps[0]["place"]]
    assert moment(steps[0]["ready"], clock) == moment(answer["accepted_at"], clock)
    clocks = [
        (moment(step["ready"], zones()[step["place"]]), moment(step["by"], zones()[step["place"]]),
         moment(step["done"], zones()[step["to"] or step["place"]]))
        for step in steps
    ]  # fmt: skip
    by_kind = dict(zip(kinds, clocks, strict=True))
    for kind, (ready, by, done) in zip(kinds, clocks, strict=True):
        assert ready <= by <= done, kind
    for (before, (*_, done)), (kind, (ready, *_)) in pairwise(zip(kinds, clocks, strict=True)):
        # Each begins when the one before is done; the arrival counts from the outward office on.
        assert ready == (by_kind["closing"][2] if kind == "inward" else done), (before, kind)
    assert by_kind["inward"][2] > by_kind["flight"][2]
    carried, told_on = answer["carried_on"], answer["due_on"]
    assert carried <= told_on
    last = steps[-1]["done"]
    ends = {last[:10]} | ({format_date(parse_date(last[:10]) - 1)} if "T00:00" in last else set())
    assert carried in ends
    assert (carried == told_on) == (answer["steps"][-1]["step"] == "delivery")
    assert not any("{" in step["text"] for step in answer["steps"])
    if lang == "ko":
        assert all(re.search("[가-힣]", step["text"]) for step in answer["steps"])
