"""Small cases: what posts told, and what is wrong with it, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told_cases import items_of, judged, quality_of, records_of, world, wrong

from datecertain.errors import UsageError
from datecertain.moments import NEVER, parse_date, parse_utc
from datecertain.quality import Kind, event_rules
from datecertain.quality.defects import shortest_flights
from datecertain.quality.event_rules import read_rules
from datecertain.quality.told_events import known_codes

ITEM = "EE000000005KR KR US 2026-10-21T01:00Z 2026-10-26"
#: Seoul to New York on the Friday flight, delivered on Monday; everything told the same day.
WHOLE = """
    EE000000005KR EMA 2026-10-21T01:00Z KR-SEL KR>US 2026-10-21T14:30Z
    EE000000005KR EMB 2026-10-21T11:40Z KRSELB KR>US 2026-10-21T14:30Z
    EE000000005KR EMC 2026-10-22T14:00Z KRSELB KR>US 2026-10-22T14:30Z
    EE000000005KR EMD 2026-10-23T17:50Z USJFKA US>KR 2026-10-24T03:30Z
    EE000000005KR EDB 2026-10-23T20:00Z USJFKA US>KR 2026-10-24T03:30Z
    EE000000005KR EDC 2026-10-23T23:00Z USJFKA US>KR 2026-10-24T03:30Z
    EE000000005KR EMF 2026-10-24T01:00Z USJFKA US>KR 2026-10-24T03:30Z
    EE000000005KR EMG 2026-10-24T11:00Z US-NYC US>KR 2026-10-25T03:30Z
    EE000000005KR EDG 2026-10-26T13:00Z US-NYC US>KR 2026-10-27T03:30Z
    EE000000005KR EMI 2026-10-26T18:00Z US-NYC US>KR 2026-10-27T03:30Z
"""


def without(code: str) -> str:
    return "\n".join(line for line in WHOLE.strip().splitlines() if f" {code} " not in line)


def changed(code: str, old: str, new: str) -> str:
    lines = WHOLE.strip().splitlines()
    return "\n".join(line.replace(old, new) if f" {code} " in line else line for line in lines)


def test_an_item_told_whole_and_in_time_has_nothing_wrong() -> None:
    assert wrong(judged(ITEM, WHOLE)) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("EMA", ["KR missing accepted EE000000005KR EMA"]),
        ("EMB", ["KR missing outward_in EE000000005KR EMB EMC"]),
        ("EMC", ["KR missing departed EE000000005KR EMC EMD"]),
        ("EMD", ["US missing arrived EE000000005KR EMD EMC"]),
        ("EDB", ["US missing to_customs EE000000005KR EME EDC"]),
        ("EDC", []),  # customs may be left by EMF alone
        ("EMF", ["US missing left_inward EE000000005KR EMF EMG"]),
        ("EMG", ["US missing at_delivery EE000000005KR EMG EDG"]),
        ("EDG", []),  # nobody is asked for it again; the integrity screens look at it
        ("EMI", ["US missing final EE000000005KR EMI EMD"]),
    ],
)
def test_the_post_that_did_not_tell_an_event_is_asked_for_it(
    code: str, expected: list[str]
) -> None:
    found = judged(ITEM, without(code))
    assert wrong(found) == expected
    if expected:
        assert found.resend(expected[0][:2]).num_rows == 1


def test_nothing_is_missing_before_its_deadline() -> None:
    told = "\n".join(WHOLE.strip().splitlines()[:3])  # up to EMC on 22 October, 14:00Z
    day_ten = parse_utc("2026-11-01T14:00Z")
    before, after = judged(ITEM, told, day_ten - 1), judged(ITEM, told, day_ten)
    assert wrong(before) == []
    assert wrong(after) == ["US missing arrived EE000000005KR EMD EMC"]
    counted = [[line.of for line in found.lines if line.name == "arrived"]
               for found in (before, after)]  # fmt: skip
    assert counted == [[], [1]]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        # The arrival was on Friday 23 October, 13:50 in New York: noon of Saturday is 16:00Z.
        ("2026-10-24T16:00Z", []),
        ("2026-10-24T16:01Z", ["US late pay_for_performance EE000000005KR EMD"]),
        ("2026-10-24T17:51Z", ["US late pay_for_performance EE000000005KR EMD",
                               "US late upu_24_hours EE000000005KR EMD"]),
    ],
)  # fmt: skip
def test_a_record_is_late_by_each_rule_by_itself(sent: str, expected: list[str]) -> None:
    assert wrong(judged(ITEM, changed("EMD", "2026-10-24T03:30Z", sent))) == expected


def test_a_departure_stamped_after_the_arrival_cannot_be() -> None:
    told = changed("EMC", "2026-10-22T14:00Z", "2026-10-23T18:30Z")
    told = told.replace("KR>US 2026-10-22T14:30Z", "KR>US 2026-10-24T14:30Z")
    assert wrong(judged(ITEM, told)) == [
        "KR sequence EE000000005KR EMC EMD",
        # New York 17:50, Seoul 18:30, New York 20:00: neither way is flown in that time.
        "KR speed EE000000005KR EMC EMD",
        "US speed EE000000005KR EDB EMC",
    ]


def test_tries_and_going_out_come_in_any_order() -> None:
    told = (
        WHOLE
        + """
    EE000000005KR EMH 2026-10-26T13:30Z US-NYC US>KR 2026-10-27T03:30Z 1
    EE000000005KR EDH 2026-10-26T13:20Z US-NYC US>KR 2026-10-27T03:30Z
    EE000000005KR EDG 2026-10-26T14:00Z US-NYC US>KR 2026-10-27T03:30Z
    """
    )
    assert wrong(judged(ITEM, told)) == []


def test_what_is_tried_after_it_was_delivered_cannot_be() -> None:
    told = WHOLE + "EE000000005KR EMH 2026-10-26T19:00Z US-NYC US>KR 2026-10-27T03:30Z 1"
    assert wrong(judged(ITEM, told)) == ["US sequence EE000000005KR EMH EMI"]


def test_no_item_travels_faster_than_a_plane() -> None:
    # XA201 takes 13 h 50 min from Seoul to New York: after EMC at 14:00Z no EMD before 03:50Z.
    offices = [office.office for office in world().compiled.offices]
    flown = shortest_flights(world().compiled)
    assert flown[offices.index("KRSELB"), offices.index("USJFKA")] == 13 * 60 + 50
    # Back only by Tokyo: 13:00 in New York (18:00Z in winter) to 12:40 in Seoul two days later.
    assert flown[offices.index("USJFKA"), offices.index("KRSELB")] == 33 * 60 + 40
    assert flown[offices.index("KRSELB"), offices.index("KRSELB")] == NEVER
    for at, expected in (
        ("2026-10-23T03:50Z", []), ("2026-10-23T03:49Z", ["US speed EE000000005KR EMD EMC"]),
    ):  # fmt: skip
        found = judged(ITEM, changed("EMD", "2026-10-23T17:50Z", at))
        assert [line for line in wrong(found) if "speed" in line] == expected


def test_the_same_record_told_again_is_a_duplicate_and_nothing_else() -> None:
    line = "EE000000005KR EMD 2026-10-23T17:50Z USJFKA US>KR "
    told = WHOLE + f"{line} 2026-10-26T03:30Z\n{line} 2026-10-25T03:30Z"
    found = judged(ITEM, told)
    assert wrong(found) == ["US duplicate EE000000005KR EMD"]
    assert [(x.of, x.bad) for x in found.lines if x.kind is Kind.DUPLICATE and x.code == "EMD"] == [
        (1, 1)
    ]


@pytest.mark.parametrize(
    ("reason", "closing", "expected"),
    [
        ("54", "EDC", []),  # in the terms, and closed
        ("54", "EMF", []),
        ("", "EDC", ["US void_hold no_reason EE000000005KR EME"]),
        ("58", "EDC", ["US void_hold invalid_reason EE000000005KR EME"]),
        ("54", "", ["US missing hold_closed EE000000005KR EMF EME",
                    "US missing left_inward EE000000005KR EMF EMG",
                    "US void_hold not_closed EE000000005KR EME"]),
    ],
)  # fmt: skip
def test_a_hold_stops_the_clock_only_with_a_valid_reason_and_a_closing_event(
    reason: str, closing: str, expected: list[str]
) -> None:
    gone = {"EDC", "EMF"} - {closing}
    told = "\n".join(
        line for line in WHOLE.splitlines() if not any(f" {code} " in line for code in gone)
    )
    told += f"\nEE000000005KR EME 2026-10-23T21:00Z USJFKA US>KR 2026-10-24T03:30Z {reason}"
    missing = [] if closing != "EDC" else ["US missing left_inward EE000000005KR EMF EMG"]
    assert wrong(judged(ITEM, told)) == sorted(expected + missing)


def test_a_missent_item_counts_only_when_the_post_that_got_it_says_that_it_let_it_go() -> None:
    arrived = "EE000000005KR EMD 2026-10-23T03:00Z JPKWSA JP>KR 2026-10-23T14:30Z"
    gone = "EE000000005KR EMK 2026-10-23T04:00Z JPKWSA JP>KR 2026-10-23T14:30Z"
    told = changed("EMD", "2026-10-23T17:50Z", "2026-10-23T19:50Z")
    assert wrong(judged(ITEM, told + "\n" + arrived)) == ["JP missent_unproven EE000000005KR EMD"]
    assert wrong(judged(ITEM, f"{told}\n{arrived}\n{gone}")) == ["KR missent EE000000005KR"]


def test_what_leaves_the_destination_again_was_returned() -> None:
    told = WHOLE + "EE000000005KR EMC 2026-10-28T18:00Z USJFKA US>KR 2026-10-29T03:30Z"
    assert wrong(judged(ITEM, told)) == ["US returned EE000000005KR"]


def test_an_unknown_code_is_counted_and_not_interpreted() -> None:
    told = WHOLE + "EE000000005KR EMX 2026-10-24T05:00Z USJFKA US>KR 2026-10-25T03:30Z"
    found = judged(ITEM, told)
    assert wrong(found) == ["US unknown_code EE000000005KR EMX"]
    by_us = [(x.of, x.bad) for x in found.lines if x.kind is Kind.UNKNOWN_CODE and x.post == "US"]
    assert by_us == [(8, 1)]


def test_an_arrival_told_by_the_wrong_post_is_not_the_arrival() -> None:
    told = changed("EMD", "US>KR", "KR>US")
    assert "US missing arrived EE000000005KR EMD EMC" in wrong(judged(ITEM, told))


DEFECTIVE = f"""{without("EMF")}
    EE000000005KR EMD 2026-10-23T17:50Z USJFKA US>KR 2026-10-26T03:30Z
    EE000000005KR EME 2026-10-23T21:00Z USJFKA US>KR 2026-10-24T03:30Z
    EE000000005KR EMX 2026-10-24T05:00Z USJFKA US>KR 2026-10-25T03:30Z
    EE000000005KR EMK 2026-10-23T04:00Z JPKWSA JP>KR 2026-10-23T14:30Z
    EE000000014KR EMC 2026-10-22T14:00Z KRSELB KR>US 2026-10-26T14:30Z
    EE000000014KR EMD 2026-10-22T15:00Z USJFKA US>KR 2026-10-24T03:30Z
"""


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_nothing(order: object) -> None:
    items = items_of(f"{ITEM}\nEE000000014KR KR US 2026-10-21T02:00Z -")
    records = records_of(DEFECTIVE, items)
    rows = list(range(len(records)))
    order.shuffle(rows)  # type: ignore[attr-defined]
    here, there = quality_of(items, records), quality_of(items, records.take(rows))
    assert here.lines == there.lines
    assert here.listed.equals(there.listed)
    assert len({row["kind"] for row in here.listed.to_pylist()}) >= 7


def test_known_codes_are_those_of_the_table_in_the_order_of_a_journey() -> None:
    codes = known_codes()
    assert (codes[0], codes[-1], len(codes)) == ("EMA", "EDX", 25)
    assert list(codes).index("EMC") < list(codes).index("EMD") < list(codes).index("EMI")


def test_rules_hold_from_their_day() -> None:
    names = {rule.name for rule in event_rules(parse_date("2005-01-01")).timeliness}
    assert names == {"pay_for_performance"}
    assert event_rules(parse_date("2005-01-01")).screens == ()


def test_a_rule_that_lacks_something_is_named() -> None:
    with pytest.raises(UsageError, match="rule 1 lacks sent_by"):
        read_rules(
            '[[rule]]\nname="a"\ncodes=["EMD"]\nsender="*"\npartner="*"\nsource="test"\n'
            "valid_from=2026-01-01",
            "", "confidence_ppm = 990000", parse_date("2026-10-01"),
        )  # fmt: skip


def test_figures_are_intervals_of_counts() -> None:
    lines = [line for line in judged(ITEM, without("EMC")).lines if line.name == "departed"]
    assert [(line.post, line.partner, line.of, line.bad) for line in lines] == [("KR", "US", 1, 1)]
    assert lines[0].interval().holds(1.0)
    assert np.isclose(lines[0].interval().low, 0.2065, atol=1e-4)  # Wilson, 1 of 1 at 95 %
