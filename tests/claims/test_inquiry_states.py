"""Inquiries between posts: what may happen in which state, limits, figures. KR asks US."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.claims.inquiries import (
    TRANSITIONS,
    Act,
    Happened,
    Kind,
    State,
    demand_reply,
    stand,
)
from datecertain.claims.inquiry_figures import Asked, figures
from datecertain.claims.inquiry_limits import Limits, owed
from datecertain.claims.inquiry_routing import Whereabouts, post_to_ask
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.network import Network
from worlds import small_network

#: What happens, one act after another, and how it stands then: state, level.
STORIES = """
opened                                                            sent        1
opened read                                                       read        1
opened read answered                                              answered    1
opened read answered reply_read closed                            closed      1
opened read answered reply_read asked_again                       sent        2
opened read answered reply_read asked_again read answered         answered    2
opened reminded escalated                                         sent        2
opened read reminded escalated answered                           answered    2
opened withdrawn                                                  withdrawn   1
opened read closed                                                closed      1
opened read answered reminded reply_read                          reply_read  1
opened persons_seen read                                          read        1
opened answered                                                   impossible  -
opened read answered closed                                       impossible  -
opened read answered withdrawn                                    impossible  -
opened read answered escalated                                    impossible  -
opened read read                                                  impossible  -
opened read answered reply_read closed asked_again                impossible  -
opened withdrawn reminded                                         impossible  -
read                                                              impossible  -
opened opened                                                     impossible  -
"""


def whose(act: Act, answered: bool) -> str:
    if act in (Act.READ, Act.ANSWERED) or (act is Act.REMINDED and answered):
        return "US"
    return "KR"


def story(acts: list[str]) -> Iterator[Happened]:
    answered = False
    for number, name in enumerate(acts):
        act = Act(name)
        yield Happened(act, 1000 + number, 1000 + number, "desk", whose(act, answered))
        answered = (answered and act is not Act.ASKED_AGAIN) or act is Act.ANSWERED


@pytest.mark.parametrize("line", STORIES.strip().splitlines())
def test_what_may_happen(line: str) -> None:
    *acts, state, level = line.split()
    if state == "impossible":
        with pytest.raises(UsageError, match="cannot be"):
            stand("KR", "US", story(acts))
        return
    found = stand("KR", "US", story(acts))
    assert (str(found.state), found.level) == (state, int(level))


def test_no_post_does_what_is_the_others() -> None:
    with pytest.raises(UsageError, match="opened is for KR to do, not for US"):
        stand("KR", "US", [Happened(Act.OPENED, 1, 1, "desk", "US")])
    with pytest.raises(UsageError, match="read is for US to do, not for KR"):
        stand("KR", "US", [*story(["opened"]), Happened(Act.READ, 2, 2, "desk", "KR")])


def test_what_is_over_stays_over() -> None:
    for (state, act), (after, _) in TRANSITIONS.items():
        if state in (State.CLOSED, State.WITHDRAWN):
            assert (act, after) == (Act.PERSONS_SEEN, state)


@given(st.lists(st.sampled_from([act for act in Act if act is not Act.OPENED]), max_size=12))
def test_whatever_is_tried_an_inquiry_stands_as_its_table_says(tried: list[Act]) -> None:
    events = list(story(["opened"]))
    for act in tried:
        standing = stand("KR", "US", events)
        event = Happened(act, 2000, 2000, "desk", whose(act, standing.answered_at is not None))
        step = TRANSITIONS.get((standing.state, act))
        if step is None:
            with pytest.raises(UsageError):
                stand("KR", "US", [*events, event])
        else:
            events.append(event)
            assert stand("KR", "US", events).state is step[0]
            assert stand("KR", "US", events).level >= standing.level


def test_only_an_answer_to_the_question_answers_it() -> None:
    assert demand_reply(Kind.RETURN, "too_late") == "too_late"
    with pytest.raises(UsageError, match="'lost' does not answer change"):
        demand_reply(Kind.CHANGE, "lost")


ROUTES = """
delayed           KR  held by US, last EMD   US
delayed           KR  held by KR, last EMB   nobody
delayed           US  held by KR, last EMB   KR
customs           KR  held by US, last EME   US
customs           US  held by KR, last EXB   KR
customs           KR  held by KR, last EXB   nobody
proof_of_delivery KR  held by KR, last EMC   US
missent           KR  held by JP, last EMD   JP
return            KR  held by US, last EMG   US
"""


@pytest.mark.parametrize("line", ROUTES.strip().splitlines())
def test_the_post_that_can_answer_is_asked(line: str) -> None:
    kind, asking, _, _, holder, _, code, asked = line.replace(",", "").split()
    where = Whereabouts("KR", "US", holder, code)
    assert (post_to_ask(Kind(kind), where, asking) or "nobody") == asked


@pytest.fixture(scope="module")
def network() -> Network:
    return small_network()


def told(*events: tuple[str, str, str]) -> list[Happened]:
    """(act, moment, reason), whose it is by the act."""
    found, answered = [], False
    for name, at, reason in events:
        act = Act(name)
        moment = parse_utc(at)
        found.append(Happened(act, moment, moment, "desk", whose(act, answered), reason))
        answered = act is Act.ANSWERED
    return found


OPENED = ("opened", "2026-11-02T10:00+09:00", "")  # Sunday 20:00 in New York


def test_the_limits_of_a_question(network: Network) -> None:
    """KR asks US on Monday 2 November, 10:00 in Seoul: Sunday evening in New York (EST). The US
    desk opens on Monday at 09:00, three hours later is 12:00. Five working days from Sunday end on
    Friday the 6th; three more on Wednesday the 11th, a holiday: Thursday the 12th. Fifteen Korean
    ones without Thursday the 5th end on Tuesday the 24th."""
    running = Limits(network).running("KR", "US", stand("KR", "US", told(OPENED)))
    assert [(str(due.limit), due.post, due.by) for due in running] == [
        ("open", "US", parse_utc("2026-11-02T12:00-05:00")),
        ("reply", "US", parse_utc("2026-11-06T18:00-05:00")),
        ("escalate", "KR", parse_utc("2026-11-12T18:00-05:00")),
        ("close", "KR", parse_utc("2026-11-24T18:00+09:00")),
    ]


def test_the_limit_of_an_answer_runs_at_the_desk_that_asked(network: Network) -> None:
    events = told(OPENED, ("read", "2026-11-03T10:00-05:00", ""),
                  ("answered", "2026-11-04T15:00-05:00", "delivered"))  # fmt: skip
    running = Limits(network).running("KR", "US", stand("KR", "US", events))
    # Thursday the 5th is a holiday in Korea: Friday from nine on.
    assert [(str(due.limit), due.post, due.by) for due in running] == [
        ("open_reply", "KR", parse_utc("2026-11-06T12:00+09:00")),
        ("close", "KR", parse_utc("2026-11-24T18:00+09:00")),
    ]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-11-02T11:59-05:00", []),
        ("2026-11-02T12:00-05:00", ["reminded open"]),
        ("2026-11-06T17:59-05:00", ["reminded open"]),
        ("2026-11-06T18:00-05:00", ["reminded open", "reminded reply"]),
        ("2026-11-12T18:00-05:00", ["reminded open", "reminded reply", "escalated escalate"]),
    ],
)
def test_what_is_owed_by_when(network: Network, as_of: str, expected: list[str]) -> None:
    events = told(OPENED)
    limits, moment = Limits(network), parse_utc(as_of)
    found = list(owed(limits, "KR", "US", stand("KR", "US", events), events, moment))
    assert [f"{one.act} {one.due.limit}" for one in found] == expected
    made = [Happened(one.act, moment, moment, "timer", one.post, str(one.due.limit),
                     {"due": one.due.by}) for one in found if one.act is Act.REMINDED]  # fmt: skip
    again = list(owed(limits, "KR", "US", stand("KR", "US", events + made), events + made, moment))
    assert [one.act for one in again] == [Act.ESCALATED] * ("escalated escalate" in expected)


def test_figures_by_hand(network: Network) -> None:
    """Four inquiries of November from KR to US, looked at in December:

    answered in time, solved at once, opened after one working hour; answered a day late, solved;
    not answered, asked the next level, answered there in time, closed after 15 days as unsolved;
    not answered at all.
    """
    good = told(OPENED, ("read", "2026-11-02T10:00-05:00", ""),
                ("answered", "2026-11-06T17:00-05:00", "delivered"),
                ("reply_read", "2026-11-09T10:00+09:00", ""),
                ("closed", "2026-11-09T11:00+09:00", "solved"))  # fmt: skip
    late = told(OPENED, ("read", "2026-11-09T09:00-05:00", ""),
                ("answered", "2026-11-09T10:00-05:00", "delivered"),
                ("reply_read", "2026-11-10T09:30+09:00", ""),
                ("closed", "2026-11-10T11:00+09:00", "solved"))  # fmt: skip
    raised = told(OPENED, ("escalated", "2026-11-12T18:00-05:00", "escalate"),
                  ("read", "2026-11-13T10:00-05:00", ""),
                  ("answered", "2026-11-13T11:00-05:00", "not_arrived"),
                  ("reply_read", "2026-11-25T10:00+09:00", ""),
                  ("closed", "2026-11-25T10:00+09:00", "unsolved"))  # fmt: skip
    silent = told(OPENED)
    asked = [Asked("KR", "US", one) for one in (good, late, raised, silent)]
    rows = figures(network, asked, parse_utc("2026-12-15T00:00Z"))
    assert [(row.post, row.month) for row in rows] == [("KR", "2026-11"), ("US", "2026-11")]
    korea, america = rows
    assert (america.received, america.running) == (4, 1)
    # In time: the first, and the third at its second level; not: the second, the third's first
    # level, the fourth.
    assert (america.replies.good, america.replies.of) == (2, 5)
    assert (america.first_level.good, america.first_level.of) == (2, 3)
    # Closed in time by KR: the first two; the third a day late; the fourth is overdue.
    assert (korea.closed.good, korea.closed.of) == (2, 4)
    # Opened by US: after 1 h, 5 days of 9 h, and 5 + 3 days less Veterans Day and an hour more.
    assert (america.opened.good, america.opened.of) == (1, 3)
    assert america.opened_min == 60 + 45 * 60 + (8 * 9 + 1) * 60
    assert america.target == {"on_time": 98, "first_level": 70, "closed": 90}


def test_what_is_not_over_counts_for_nobody(network: Network) -> None:
    rows = figures(network, [Asked("KR", "US", told(OPENED))], parse_utc("2026-11-03T00:00Z"))
    for row in rows:
        assert [t.of for t in (row.replies, row.first_level, row.closed, row.opened)] == [0] * 4
    assert figures(network, [Asked("KR", "US", told(OPENED))], parse_utc("2026-11-01T00:00Z")) == []


def test_a_reminder_never_comes_before_its_limit(network: Network) -> None:
    """Whenever an inquiry is opened, its limits lie after it, in the order in which they bite."""
    limits = Limits(network)
    for hour in range(0, 24 * 9, 5):
        at = parse_utc("2026-11-02T00:00Z") + hour * 60
        opened = [Happened(Act.OPENED, at, at, "desk", "KR")]
        running = {d.limit: d.by for d in limits.running("KR", "US", stand("KR", "US", opened))}
        order = [running[name] or 0 for name in ("open", "reply", "escalate")]
        assert at < order[0] < order[1] < order[2], format_utc(at)
