"""What may happen to a promise, one case a line; when a label expires, to the minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import InvariantBroken, PromiseRefused, UsageError
from datecertain.moments import format_date, format_utc, parse_date, parse_utc
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Route, parse_place
from datecertain.promise.recordings import Recording, expires_at, give, recording_of
from datecertain.promise.records import (
    Given,
    Happened,
    PromiseEvent,
    PromiseState,
    Refusal,
    after,
    expiry_of,
    standing_of,
)
from worlds import small_network

NETWORK = small_network()

# state, event, when relative to the moment that matters -> what it is then, or why not.
# `before`, `at`: of the expiry for labels, of the departure for a withdrawal; -: not known.
CASES = """
estimated possessed  before  held
estimated possessed  at      handed_over_late
estimated voided     before  voided
estimated expired    before  not_expired_yet
estimated expired    at      expired
estimated recorded   before  recorded_already
estimated reconciled before  estimated
held      possessed  -       held_already
held      voided     -       voided
held      voided     before  voided
held      voided     at      left
held      expired    -       never_expires
held      reconciled -       held
voided    possessed  before  is_voided
voided    voided     before  is_voided
voided    expired    at      is_voided
expired   possessed  before  held
expired   possessed  at      handed_over_late
expired   voided     before  is_expired
expired   expired    at      is_expired
"""
MARK = parse_utc("2026-11-03T15:00Z")


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_what_may_follow(case: str) -> None:
    state, event, when, expected = case.split()
    at = MARK if when == "at" else MARK - 1
    mark = None if when == "-" else MARK
    label = state in ("estimated", "expired")
    found = after(
        PromiseState(state), PromiseEvent(event), at,
        expires_at=mark if label else None, left_at=None if label else mark,
    )  # fmt: skip
    assert str(found) == expected
    assert isinstance(found, Refusal) == (expected in tuple(Refusal))


def test_every_state_answers_every_event() -> None:
    for state in PromiseState:
        for event in PromiseEvent:
            assert isinstance(after(state, event, 0), (PromiseState, Refusal))


# label's local date, days, zone -> from that moment on it is expired; by hand from the clocks
EXPIRIES = """
2026-10-27 7 Asia/Seoul       2026-11-03T15:00Z
2026-10-27 0 Asia/Seoul       2026-10-27T15:00Z
2026-10-27 7 America/New_York 2026-11-04T05:00Z
2026-10-24 7 America/New_York 2026-11-01T04:00Z
2026-10-27 7 Europe/Paris     2026-11-03T23:00Z
"""


@pytest.mark.parametrize("case", EXPIRIES.strip().splitlines())
def test_a_label_expires_at_the_end_of_a_local_date(case: str) -> None:
    day, days, zone_name, expected = case.split()
    assert format_utc(expiry_of(parse_date(day), int(days), zone_name)) == expected


def ask(at: str = "2026-10-27T10:00", channel: str = "", to: str = "US:10001") -> Ask:
    return Ask.at(Route(*parse_place("KR:03051"), *parse_place(to), channel=channel), at)


def recording(told: str | None = None, **more: object) -> Recording:
    made = Recording(ask(**more), "counter-3", "EE000000005KR")  # type: ignore[arg-type]
    return replace(made, told_on=parse_date(told) if told else None)


# told, channel, to -> told date, standard, status, misquoted
GIVEN = """
-          -     US:10001 2026-11-03 2026-11-03 guaranteed no
2026-11-03 -     US:10001 2026-11-03 2026-11-03 guaranteed no
2026-11-02 -     US:10001 2026-11-02 2026-11-03 guaranteed yes
-          label US:10001 -          2026-11-03 estimate   no
-          -     US:      -          2026-11-03 estimate   no
2026-11-03 -     US:      2026-11-03 2026-11-03 estimate   yes
2026-11-03 -     US:20001 2026-11-03 -          refused    yes
"""


@pytest.mark.parametrize("case", GIVEN.strip().splitlines())
def test_what_is_frozen(case: str) -> None:
    told, channel, to, told_on, standard, status, misquoted = case.split()
    found = give(
        NETWORK,
        recording(None if told == "-" else told, channel=channel.replace("-", ""), to=to,
                  at="2026-10-30T10:00"),
    )  # fmt: skip
    dates = [format_date(day) if day is not None else "-"
             for day in (found.told_on, found.standard_on)]  # fmt: skip
    assert [*dates, found.status, "yes" if found.misquoted else "no"] == [
        told_on, standard, status, misquoted,
    ]  # fmt: skip
    assert (found.possession_at is None) == (channel == "label")
    assert found.network_version == NETWORK.version


def test_a_contract_customers_item_is_possessed_when_the_post_gets_it() -> None:
    found = give(NETWORK, recording(channel="contract"))
    assert format_utc(found.accepted_at) == "2026-10-27T01:00Z"
    assert found.possession_at is not None
    assert format_utc(found.possession_at) == "2026-10-27T09:30Z"  # 18:30 in Seoul


def test_without_a_date_nothing_is_promised() -> None:
    with pytest.raises(PromiseRefused, match="postcode_unknown"):
        give(NETWORK, recording(to="US:20001"))
    with pytest.raises(UsageError, match="before the acceptance"):
        give(NETWORK, recording("2026-10-20"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actor": " "}, "no actor"),
        ({"item_id": None}, "neither item number nor key"),
        ({"item_id": "EE000000006KR"}, "check digit"),
        ({"postage_minor": 30000}, "postage without its currency"),
    ],
)
def test_a_recording_that_is_not_whole_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(recording(), **change).checked()  # type: ignore[arg-type]


def test_a_label_tells_no_date() -> None:
    with pytest.raises(UsageError, match="a label gives an estimate only"):
        recording("2026-11-03", channel="label").checked()


def test_only_a_label_expires_and_by_the_term_of_its_network() -> None:
    assert expires_at(NETWORK, ask()) is None
    assert expires_at(NETWORK, ask(channel="label")) == MARK  # 7 days in the small world


def test_a_recording_survives_being_written_down() -> None:
    made = replace(recording("2026-11-03"), postage_minor=30000, currency="KRW", office="SEL-1")
    assert recording_of(made.row()) == made
    assert replace(made, key="mine").own_key == "mine"
    assert made.own_key == recording_of(made.row()).own_key != recording().own_key


def label_given() -> Given:
    return give(NETWORK, recording(channel="label"))


def test_a_label_that_becomes_an_item_keeps_its_estimate_beside_the_promise() -> None:
    estimate, held = label_given(), give(NETWORK, recording(at="2026-10-29T09:00"))
    handed_over = Happened(
        PromiseEvent.POSSESSED, held.accepted_at, "c3", item_id="EE000000014KR", given=held
    )
    standing = standing_of(estimate, None, MARK, [handed_over])
    assert (standing.state, standing.given, standing.estimate) == (
        PromiseState.HELD, held, estimate,
    )  # fmt: skip
    assert (standing.item_id, standing.binding_on) == ("EE000000014KR", held.told_on)
    void = Happened(PromiseEvent.VOIDED, MARK, "boss", "wrong country")
    ended = standing_of(estimate, None, MARK, [handed_over, void])
    assert (ended.ended_by, ended.ended_because, ended.binding_on) == (
        "boss", "wrong country", None,
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(PromiseEvent), st.integers(MARK - 3, MARK + 3))))
def test_the_fold_accepts_exactly_what_may_follow(events: list[tuple[PromiseEvent, int]]) -> None:
    """Against the rule applied one event at a time; once voided, it stays voided."""
    state: PromiseState | Refusal = PromiseState.ESTIMATED
    happened: list[Happened] = []
    for event, at in events:
        following = after(state, event, at, expires_at=MARK)
        one = Happened(event, at)
        if isinstance(following, Refusal):
            with pytest.raises(InvariantBroken):
                standing_of(label_given(), None, MARK, [*happened, one])
            continue
        assert not (state is PromiseState.VOIDED and following is not PromiseState.VOIDED)
        happened.append(one)
        state = following
    assert standing_of(label_given(), None, MARK, happened).state is state
