"""Gaps and repeats of a partner's control references. Synthetic references throughout."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages.sequences import Sent, SequenceReport, check_sequences


def sent(reference: str, on: str = "2026-11-16T09:30", content: str = "", **party: str) -> Sent:
    who = {"sender": "J1CKRA", "recipient": "J1CJPA:ZZ"} | party
    return Sent(who["sender"], who["recipient"], reference, on, content or f"{reference} of {on}")


def daily(*references: str, since: str = "2026-11-01") -> list[Sent]:
    """References in the order they were prepared, one a day."""
    first = dt.date.fromisoformat(since)
    days = (first + dt.timedelta(days=number) for number in range(len(references)))
    return [sent(one, f"{day}T08:00") for one, day in zip(references, days, strict=True)]


def missing(report: SequenceReport) -> list[tuple[str, str, int]]:
    return [(gap.first_missing, gap.last_missing, gap.missing) for gap in report.gaps]


def test_a_count_without_gap_says_nothing() -> None:
    for references in (("8", "9", "10", "11"), ("KRJP0008", "KRJP0009", "KRJP0010"), ("A9", "A10")):
        assert check_sequences(daily(*references)) == SequenceReport((), (), ())


def test_what_is_missing_is_named_from_first_to_last() -> None:
    report = check_sequences(daily("KRJP0000000124", "KRJP0000000125", "KRJP0000000131"))
    assert missing(report) == [("KRJP0000000126", "KRJP0000000130", 5)]
    [finding] = report.findings()
    assert finding.code == "interchange-sequence-gap"
    assert finding.source == "J1CKRA to J1CJPA:ZZ"
    assert finding.detail == (
        "not received: KRJP0000000126 to KRJP0000000130 (5 interchanges), "
        "between KRJP0000000125 of 2026-11-02T08:00 and KRJP0000000131 of 2026-11-03T08:00"
    )


def test_plain_numbers_grow_longer_and_padded_ones_fill_up() -> None:
    assert missing(check_sequences(daily("9", "12"))) == [("10", "11", 2)]
    assert missing(check_sequences(daily("098", "101"))) == [("099", "100", 2)]
    assert check_sequences(daily("099", "100", "101")).gaps == ()


def test_partners_are_counted_apart() -> None:
    ours = daily("1", "2", "3")
    theirs = [sent("7", recipient="J1CCNA"), sent("9", recipient="J1CCNA"), sent("5", sender="X")]
    qualified = [sent("20", recipient="J1CJPA:14"), sent("21", recipient="J1CJPA:14")]
    report = check_sequences([*ours, *theirs, *qualified])
    assert [(gap.recipient, gap.first_missing) for gap in report.gaps] == [("J1CCNA", "8")]


def test_a_count_may_begin_anew_with_the_year() -> None:
    old = daily("998", "999", "1000", since="2026-12-29")
    new = daily("1", "2", "4", since="2027-01-02")
    report = check_sequences([*old, *new])
    assert missing(report) == [("3", "3", 1)]
    assert report.repeats == ()
    # The same numbers once more, a year later: another count, no repeat.
    again = daily("1", "2", "3", "4", "5", since="2027-01-02")
    before = daily("1", "2", "3", "4", "5", since="2026-01-02")
    assert check_sequences([*before, *again]) == SequenceReport((), (), ())


def test_what_comes_late_or_in_another_order_is_no_gap() -> None:
    in_order = daily("5", "6", "7", "8")
    assert check_sequences(in_order[::-1]) == SequenceReport((), (), ())
    # Prepared late, within the same count: 7 was put right and sent again after 8.
    late = [*daily("5", "6", "8"), sent("7", "2026-11-20T08:00")]
    assert check_sequences(late).gaps == ()
    late = [*daily("1", "3", "4", "5", "6"), sent("2", "2026-11-20T08:00")]
    assert check_sequences(late).gaps == ()


def test_a_reference_used_twice_is_told_with_what_it_held() -> None:
    twice = [*daily("5", "6", "7"), sent("6", "2026-11-02T10:00")]
    [repeat] = check_sequences(twice).repeats
    assert (repeat.control_ref, repeat.contents) == ("6", 2)
    assert repeat.prepared == ("2026-11-02T08:00", "2026-11-02T10:00")
    [finding] = check_sequences(twice).findings()
    assert finding.code == "interchange-sequence-repeat"
    assert "2 different contents" in finding.detail


def test_references_without_number_are_told_as_such() -> None:
    report = check_sequences([sent("ALPHA"), sent("BETA"), sent("GAMMA-1"), sent("GAMMA-2")])
    assert [(one.references, report.gaps) for one in report.uncounted] == [(2, ())]
    assert [one.code for one in report.findings()] == ["interchange-sequence-uncounted"]


def test_a_preparation_time_that_is_not_known_is_no_restart() -> None:
    assert missing(check_sequences([sent("5", ""), sent("7", "")])) == [("6", "6", 1)]


# What always holds.

NUMBERS = st.sets(st.integers(1, 400), min_size=1, max_size=60)


@given(NUMBERS, st.sampled_from(["", "KRJP", "A-"]), st.booleans(), st.randoms())
@settings(deadline=None)
def test_gaps_are_exactly_the_numbers_between_that_never_came(
    numbers: set[int], letters: str, padded: bool, order
) -> None:
    width = 6 if padded else 1
    one_day = [sent(f"{letters}{number:0{width}d}") for number in numbers]
    order.shuffle(one_day)
    report = check_sequences(one_day)
    told = [
        number
        for first, last, _ in missing(report)
        for number in range(int(first[len(letters) :]), int(last[len(letters) :]) + 1)
    ]
    assert told == [n for n in range(min(numbers), max(numbers)) if n not in numbers]
    assert sum(gap.missing for gap in report.gaps) == len(told)
    assert report.repeats == ()


@given(
    st.lists(
        st.builds(
            sent,
            st.sampled_from(["1", "2", "3", "9", "10", "A01", "A02", "A10", "X", "", "9" * 20]),
            st.sampled_from(["", "2026-01-01T00:00", "2026-06-01T09:00", "2027-01-02T09:00"]),
            st.sampled_from(["", "same"]),
            sender=st.sampled_from(["J1CKRA", "J1CKRA:ZZ"]),
        ),
        max_size=30,
    ),
    st.randoms(),
)
@settings(deadline=None)
def test_order_and_second_deliveries_change_nothing(interchanges: list[Sent], order) -> None:
    report = check_sequences(interchanges)
    shuffled = interchanges + interchanges[:5]
    order.shuffle(shuffled)
    assert check_sequences(shuffled) == report
