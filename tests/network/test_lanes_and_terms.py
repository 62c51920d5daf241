"""Whether a lane is guaranteed on a day, what its margin is, and which published term decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import NetworkError
from datecertain.moments import parse_date
from datecertain.network import LaneState, Network, Scope, Terms
from datecertain.network.rows import TermRow, read_rows
from worlds import SMALL, texts, with_rows

HISTORY = """
origin,destination,event,on,note_en,note_ko,source
KR,*,opened,2005-05-16,the first stage,1단계,test
US,KR,opened,2005-07-26,the second stage,2단계,test
KR,US,suspended,2020-03-05,no flights,항공편 부족,test
KR,US,resumed,2026-11-01,,,illustrative: nothing public
US,KR,suspended,2020-03-06,,,test
US,KR,closed,2026-11-10,for good,종료,test
"""

# lane, day (local date at the origin), with the illustrative resumption on and off -> state, since
STANDINGS = """
KR-US 2005-05-15 never_opened -          never_opened -
KR-US 2005-05-16 open         2005-05-16 open         2005-05-16
KR-US 2020-03-04 open         2005-05-16 open         2005-05-16
KR-US 2020-03-05 suspended    2020-03-05 suspended    2020-03-05
KR-US 2026-10-31 suspended    2020-03-05 suspended    2020-03-05
KR-US 2026-11-01 open         2026-11-01 suspended    2020-03-05
KR-JP 2026-11-01 open         2005-05-16 open         2005-05-16
JP-KR 2026-11-01 never_opened -          never_opened -
US-KR 2005-07-25 never_opened -          never_opened -
US-KR 2026-11-09 suspended    2020-03-06 suspended    2020-03-06
US-KR 2026-11-10 closed       2026-11-10 closed       2026-11-10
KR-KR 2026-11-10 never_opened -          never_opened -
"""


def lanes_world(resumption: bool) -> Network:
    world = texts({"lanes.csv": HISTORY})
    if not resumption:
        header = world["network.toml"]
        world["network.toml"] = header.replace("resumption = true", "resumption = false")
    return Network.from_texts(world)


@pytest.mark.parametrize("line", STANDINGS.strip().splitlines())
def test_the_standing_of_a_lane(line: str) -> None:
    lane, day, *expected = line.split()
    found = []
    for resumption in (True, False):
        standing = lanes_world(resumption).lanes.standing(*lane.split("-"), parse_date(day))
        since = standing.since
        found += [str(standing.state), "-" if since is None else str(since.on)]
    dates = [text if text in {*LaneState, "-"} else str(parse_date(text)) for text in expected]
    assert found == dates


def test_the_history_of_a_lane_tells_what_was_published() -> None:
    history = lanes_world(True).lanes.history("KR", "US")
    assert [(row.event, row.note_ko) for row in history] == [
        ("opened", "1단계"), ("suspended", "항공편 부족"), ("resumed", ""),
    ]  # fmt: skip
    assert [row.event for row in lanes_world(False).lanes.history("KR", "US")] == [
        "opened", "suspended",
    ]  # fmt: skip


def test_a_published_resumption_is_none_of_the_switch() -> None:
    published = HISTORY.replace("illustrative: nothing public", "postal bulletin 1 November")
    header = texts()["network.toml"].replace("resumption = true", "resumption = false")
    lanes = Network.from_texts(texts({"lanes.csv": published, "network.toml": header})).lanes
    assert lanes.standing("KR", "US", parse_date("2026-11-02")).state is LaneState.OPEN


def test_two_events_of_a_day_stand_in_the_order_of_the_file() -> None:
    rows = "US,JP,suspended,2026-11-30,,,test", "US,JP,resumed,2026-11-30,,,test"
    on = parse_date("2026-11-30")
    both = Network.from_texts(with_rows("lanes.csv", *rows)).lanes
    assert both.standing("US", "JP", on).state is LaneState.OPEN
    with pytest.raises(NetworkError, match="lane-history"):
        Network.from_texts(with_rows("lanes.csv", *reversed(rows)))


MARGINS = """
origin,destination,buffer_days,valid_from,valid_to,source
*,*,1,,,everybody
KR,*,2,,2026-11-30,what Korea adds until November
*,US,3,,,what everybody adds towards the United States
KR,US,4,2026-11-01,2026-11-10,the lane itself for ten days
KR,US,6,2026-11-05,2026-11-06,a peak within them
"""

# lane, acceptance day -> delivery days added
ADDED = """
JP-KR 2026-11-05 1
JP-US 2026-11-05 3
KR-JP 2026-11-30 2
KR-JP 2026-12-01 1
KR-US 2026-10-31 2
KR-US 2026-11-01 4
KR-US 2026-11-05 6
KR-US 2026-11-06 6
KR-US 2026-11-07 4
KR-US 2026-11-11 2
KR-US 2026-12-01 3
"""


@pytest.mark.parametrize("line", ADDED.strip().splitlines())
def test_the_most_specific_margin_decides_and_of_two_the_later(line: str) -> None:
    lane, day, expected = line.split()
    lanes = Network.from_texts(texts({"lane_terms.csv": MARGINS})).lanes
    assert lanes.buffer_days(*lane.split("-"), parse_date(day)) == int(expected)


def test_a_lane_without_any_margin_adds_nothing() -> None:
    alone = SMALL["lane_terms.csv"].replace("JP,US,1,,,test", "")
    lanes = Network.from_texts(texts({"lane_terms.csv": alone})).lanes
    assert lanes.buffer_days("JP", "US", parse_date("2026-11-05")) == 0


# --- Terms.

TERMS = """
scope,origin,destination,term,value,valid_from,valid_to,source
sender,*,*,claim_window_days,30,,,the last resort
sender,*,US,claim_window_days,90,,,towards the United States
sender,ES,*,claim_window_days,21,,,from Spain
sender,ES,US,claim_window_days,45,2026-06-01,2026-06-30,from Spain to the United States in June
sender,*,*,claim_window_days,31,2026-12-01,,the last resort in December
relation,*,*,retention_reasons,19 20 54,,,reasons
sender,*,*,attempt_stops,yes,,,published
sender,*,*,customs,subtract,,,published
relation,*,*,customs,exclude,,,agreed
"""

# scope, term, lane, acceptance day -> value
DECIDED = """
sender   claim_window_days KR-JP 2026-05-31 30
sender   claim_window_days KR-JP 2026-12-01 31
sender   claim_window_days KR-US 2026-05-31 90
sender   claim_window_days KR-US 2026-12-01 90
sender   claim_window_days ES-JP 2026-05-31 21
sender   claim_window_days ES-US 2026-05-31 21
sender   claim_window_days ES-US 2026-06-01 45
sender   claim_window_days ES-US 2026-06-30 45
sender   claim_window_days ES-US 2026-07-01 21
sender   attempt_stops     ES-US 2026-07-01 True
sender   customs           KR-US 2026-07-01 subtract
relation customs           KR-US 2026-07-01 exclude
"""


def terms() -> Terms:
    rows, findings = read_rows(TermRow, TERMS.strip())
    assert not findings
    return Terms(rows)


@pytest.mark.parametrize("line", DECIDED.strip().splitlines())
def test_the_most_specific_term_of_the_day_decides(line: str) -> None:
    scope, term, lane, day, expected = line.split()
    value = terms().value(Scope(scope), term, *lane.split("-"), parse_date(day))
    assert str(value) == expected


def test_the_row_that_decides_can_be_shown_with_its_source() -> None:
    row = terms().row(Scope.SENDER, "claim_window_days", "ES", "US", parse_date("2026-06-15"))
    assert (row.value, row.source) == ("45", "from Spain to the United States in June")
    reasons = terms().value(Scope.RELATION, "retention_reasons", "KR", "US", 0)
    assert reasons == frozenset({"19", "20", "54"})


def test_a_term_without_a_row_is_a_defect_of_the_network_never_a_default() -> None:
    for scope, term in ((Scope.SENDER, "refund_percent"), (Scope.RELATION, "claim_window_days")):
        with pytest.raises(NetworkError, match=rf"no {scope} term '{term}' for KR-US"):
            terms().value(scope, term, "KR", "US", parse_date("2026-06-15"))


DAYS = st.integers(20_000, 20_010)
ROWS = st.lists(
    st.tuples(st.sampled_from("*AB"), st.sampled_from("*CD"), DAYS, DAYS), min_size=1, max_size=8
)


@given(ROWS, st.sampled_from("AB"), st.sampled_from("CD"), DAYS)
def test_no_row_that_holds_is_more_specific_than_the_one_that_decides(
    drawn: list[tuple[str, str, int, int]], origin: str, destination: str, day: int
) -> None:
    rows = [
        TermRow(line, "test", begin, end, "sender", start, to, "refund_percent", str(line))
        for line, (start, to, begin, end) in enumerate(drawn)
    ]
    holding = [
        row for row in rows
        if row.origin in ("*", origin) and row.destination in ("*", destination)
        and row.valid_from <= day <= row.valid_to
    ]  # fmt: skip
    if not holding:
        with pytest.raises(NetworkError):
            Terms(rows).row(Scope.SENDER, "refund_percent", origin, destination, day)
        return
    chosen = Terms(rows).row(Scope.SENDER, "refund_percent", origin, destination, day)
    assert chosen in holding
    for other in holding:
        named = (other.origin != "*", other.destination != "*")
        assert named <= (chosen.origin != "*", chosen.destination != "*")
        if named == (chosen.origin != "*", chosen.destination != "*"):
            assert (other.valid_from, other.line) <= (chosen.valid_from, chosen.line)
