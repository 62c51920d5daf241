"""The claim case: what may happen where and by whom, and deadlines worked by hand."""

from __future__ import annotations

import pytest

from datecertain.claims.cases import (
    OPEN_STATES,
    STATES,
    TRANSITIONS,
    Actor,
    Event,
    State,
    deadline,
    moved,
)
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_date, parse_utc
from datecertain.network import bundled_network

# state | lane | from when -> until when
DEADLINES = """
# China: 7 working days. Monday 28 September: 29, 30; holidays from 1 to 7 October; 8, 9, the
# working Saturday 10; 12, 13 October, to its end in Beijing.
filed      | CN-KR | 2026-09-28T09:00+08:00 -> 2026-10-13T16:00Z
appealed   | CN-KR | 2026-09-28T23:59+08:00 -> 2026-10-13T16:00Z
filed      | CN-KR | 2026-09-29T00:00+08:00 -> 2026-10-14T16:00Z
# Korea: Thursday 24 to Saturday 26 September are Chuseok; 28, 29, 30, 1, 2, 6, 7 October without
# the substitute holiday of Monday the 5th.
contested  | KR-US | 2026-09-23T12:00+09:00 -> 2026-10-07T15:00Z
# To be paid in 10 working days of Canada, without Thanksgiving (12 October): 7 to 9, 13 to 16, 19
# to 21, to its end in Toronto.
granted    | CA-KR | 2026-10-06T12:00-04:00 -> 2026-10-22T04:00Z
# The other post's 10 working days: Korea's, from Wednesday 7 October: 8, 12 to 16, 19 to 22.
confirming | US-KR | 2026-10-07T12:00+09:00 -> 2026-10-22T15:00Z
# Spain's: 8, 9, 13 to 16, 19 to 22, without the 12th; summer time.
confirming | US-ES | 2026-10-07T12:00+02:00 -> 2026-10-22T22:00Z
# An appeal: 30 days of the calendar, to midnight in Madrid after the clocks went back.
refused    | ES-KR | 2026-10-02T12:00+02:00 -> 2026-11-01T23:00Z
refused    | ES-KR | 2026-09-10T12:00+02:00 -> 2026-10-10T22:00Z
paid       | ES-KR | 2026-10-02T12:00+02:00 -> never
withdrawn  | ES-KR | 2026-10-02T12:00+02:00 -> never
# Past the calendar, at the end of 2027, plain days count.
filed      | KR-US | 2027-12-30T12:00+09:00 -> 2028-01-06T15:00Z
"""


@pytest.mark.parametrize(
    "case", [line for line in DEADLINES.strip().splitlines() if not line.startswith("#")]
)
def test_deadlines_count_the_days_of_the_post_whose_move_it_is(case: str) -> None:
    told, expected = case.split("->")
    state, lane, start = (part.strip() for part in told.split("|"))
    row = {"origin": lane[:2], "destination": lane[3:], "accepted_date": parse_date("2026-09-01")}
    until = deadline(bundled_network(), row, State(state), parse_utc(start))
    assert ("never" if until is None else format_utc(until)) == expected.strip()


def test_a_missed_deadline_is_followed_by_the_next_level() -> None:
    row = {"origin": "KR", "destination": "US", "accepted_date": parse_date("2026-10-01")}
    start = parse_utc("2026-11-03T00:00+09:00")
    until = deadline(bundled_network(), row, State.FILED, start, level=1)
    assert format_utc(until or 0) == "2026-11-06T15:00Z"  # three working days: 4, 5, 6 November


def test_every_state_has_its_row_and_open_ones_can_be_left() -> None:
    assert set(STATES) == set(State)
    for state in OPEN_STATES:
        assert any(at == state and to[0] != state for (at, _), to in TRANSITIONS.items()), state
    ends = {State.WITHDRAWN}
    assert {state for state in State if not any(at == state for at, _ in TRANSITIONS)} == ends
    for state, lasting in STATES.items():
        if lasting.then is not None:
            assert (state, lasting.then) in TRANSITIONS, state


def test_nobody_does_what_is_not_theirs() -> None:
    assert moved(State.REFUSED, Event.APPEALED, Actor.CLAIMANT) is State.APPEALED
    for state, event, role, why in (
        (State.REFUSED, Event.APPEALED, Actor.ORIGIN, "not by the origin"),
        (State.CONFIRMING, Event.CONFIRMED, Actor.ORIGIN, "not by the origin"),
        (State.GRANTED, Event.PAID, Actor.RULE, "not by the rule"),
        (State.PAID, Event.WITHDRAWN, Actor.CLAIMANT, "cannot be withdrawn"),
        (State.CLOSED, Event.APPEALED, Actor.CLAIMANT, "cannot be appealed"),
        (State.WITHDRAWN, Event.GRANTED, Actor.ORIGIN, "at its end"),
    ):
        with pytest.raises(UsageError, match=why):
            moved(state, event, role)
