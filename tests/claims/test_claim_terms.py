"""Every post's published terms of claims: cases worked by hand from the published text, one line
each, a day and an hour inside and outside of the window, around holidays and changes of the clock.
"""

from __future__ import annotations

import pytest
from claim_cases import answered, item_tables

from datecertain.claims.entitlements import entitlements
from datecertain.moments import parse_date, parse_utc
from datecertain.network import Network, bundled_network
from worlds import with_rows

# lane accepted told delivered outcome | who when [remedy] -> step reason [amount remedy]
CASES = """
# Korea: 30 days from acceptance (1 October + 30 = 31 October), Seoul; sender or addressee.
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-30T12:00+09:00 -> grant guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T23:00+09:00 -> grant guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T14:59Z -> grant guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T15:00Z -> refuse too_late
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-11-01T01:00+09:00 -> refuse too_late
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-11-02T12:00+09:00 -> refuse too_late
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-05T23:00+09:00 -> not_taken too_early
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-06T00:00+09:00 -> grant guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | addressee 2026-10-08T09:00+09:00 -> grant guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-08T09:00+09:00 credit -> not_taken remedy_not_offered
KR-JP 2026-10-01 2026-10-05 2026-10-07 late_excused | sender 2026-10-08T09:00+09:00 -> refuse excused
KR-JP 2026-10-01 2026-10-05 2026-10-05 on_time | addressee 2026-10-08T09:00+09:00 -> refuse on_time
KR-JP 2026-10-01 2026-10-05 - pending | addressee 2026-10-08T09:00+09:00 -> not_taken wrong_claimant
KR-JP 2026-10-01 2026-10-05 - pending | addressee+waiver 2026-10-08T09:00+09:00 -> wait undecided
KR-JP 2026-10-01 2026-10-05 - undetermined | sender 2026-10-26T23:59+09:00 -> wait undecided
KR-JP 2026-10-01 2026-10-05 - undetermined | sender 2026-10-27T00:00+09:00 -> grant for_sender 24001 money
KR-JP 2026-10-01 2026-10-05 - undetermined | sender 2026-11-01T00:00+09:00 -> refuse too_late
KR-JP 2026-10-01 2026-10-05 - lost | sender 2026-10-30T12:00+09:00 -> refuse lost
# The United States: 30 days from mailing, New York (clocks go back on 1 November); the destination
# confirms first; not before delivery; the sender alone.
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | sender 2026-11-01T03:00Z -> confirm confirmation_asked 24001 money
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | sender 2026-11-01T03:59Z -> confirm confirmation_asked 24001 money
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | sender 2026-11-01T04:00Z -> refuse too_late
US-KR 2026-10-02 2026-10-08 2026-10-12 late_liable | sender 2026-11-02T04:59Z -> confirm confirmation_asked 24001 money
US-KR 2026-10-02 2026-10-08 2026-10-12 late_liable | sender 2026-11-02T05:00Z -> refuse too_late
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | sender 2026-10-12T03:59Z -> not_taken too_early
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | sender 2026-10-12T04:00Z -> confirm confirmation_asked 24001 money
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | addressee 2026-10-20T12:00Z -> not_taken wrong_claimant
US-KR 2026-10-01 2026-10-08 2026-10-12 late_liable | addressee+waiver 2026-10-20T12:00Z -> not_taken wrong_claimant
US-KR 2026-10-01 2026-10-08 - pending | sender 2026-10-10T12:00Z -> wait undecided
US-KR 2026-10-01 2026-10-08 - undetermined | sender 2026-10-30T12:00Z -> grant for_sender 24001 money
US-KR 2026-10-01 - 2026-10-12 not_guaranteed | sender 2026-10-20T12:00Z -> refuse no_guarantee
# China: 30 days from posting, Beijing time.
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_liable | sender 2026-10-20T23:59+08:00 -> grant guarantee 24001 money
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_liable | sender 2026-10-21T00:00+08:00 -> refuse too_late
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_liable | sender 2026-10-21T01:00+09:00 -> refuse too_late
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_liable | sender 2026-10-21T00:59+09:00 -> grant guarantee 24001 money
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_liable | addressee 2026-09-30T12:00+08:00 -> not_taken wrong_claimant
CN-KR 2026-09-20 2026-09-24 2026-09-26 late_excused | sender 2026-09-30T12:00+08:00 -> refuse excused
CN-KR 2026-09-20 2026-09-24 - undetermined | sender 2026-10-15T23:00+08:00 -> wait undecided
CN-KR 2026-09-20 2026-09-24 - undetermined | sender 2026-10-16T00:00+08:00 -> grant for_sender 24001 money
# Spain: 7 to 21 days from delivery (10 October: 17 to 31), Madrid (clocks go back on 25 October).
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | sender 2026-10-16T21:59Z -> not_taken too_early
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | sender 2026-10-16T22:00Z -> grant guarantee 24001 money
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | sender 2026-10-31T22:59Z -> grant guarantee 24001 money
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | sender 2026-10-31T23:00Z -> refuse too_late
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | sender 2026-11-02T12:00Z -> refuse too_late
ES-KR 2026-10-01 2026-10-07 2026-10-10 late_liable | addressee 2026-10-20T12:00Z -> not_taken wrong_claimant
ES-KR 2026-10-01 2026-10-07 2026-10-07 on_time | sender 2026-10-20T12:00Z -> refuse on_time
ES-KR 2026-10-01 2026-10-07 - pending | sender 2026-10-20T12:00Z -> wait undecided
ES-KR 2026-10-01 2026-10-07 - undetermined | sender 2026-12-20T12:00Z -> grant for_sender 24001 money
# Canada: 30 business days from the due date, Toronto. From Thursday 1 October, without Thanksgiving
# (12 October) and Remembrance Day (11 November): Monday 16 November. The sender alone; a credit or
# a replacement.
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-11-16T12:00-05:00 -> grant guarantee 24001 credit
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-11-16T23:59-05:00 replacement -> grant guarantee 24001 replacement
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-11-17T00:00-05:00 -> refuse too_late
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-11-17T01:00-05:00 -> refuse too_late
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-10-06T12:00-04:00 money -> not_taken remedy_not_offered
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | addressee 2026-10-06T12:00-04:00 -> not_taken wrong_claimant
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-10-02T03:59Z -> not_taken too_early
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_liable | sender 2026-10-02T04:00Z -> grant guarantee 24001 credit
CA-KR 2026-09-24 2026-10-01 2026-10-05 late_excused | sender 2026-10-06T12:00-04:00 -> refuse excused
# The five that publish nothing of their own: as the last resort says, in their own zones.
JP-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T14:59Z -> grant guarantee 24001 money
JP-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T15:00Z -> refuse too_late
JP-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | addressee 2026-10-08T09:00+09:00 -> not_taken wrong_claimant
JP-KR 2026-10-01 - 2026-10-30 not_guaranteed | sender 2026-10-31T00:00Z -> refuse no_guarantee
HK-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T15:59Z -> grant guarantee 24001 money
HK-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T16:00Z -> refuse too_late
HK-KR 2026-10-01 2026-10-05 - lost | sender 2026-10-31T12:00Z -> refuse lost
TH-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T16:59Z -> grant guarantee 24001 money
TH-KR 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-31T17:00Z -> refuse too_late
TH-KR 2026-10-01 2026-10-05 - undetermined | sender 2026-10-20T12:00Z -> wait undecided
# Sydney's clocks go forward on 4 October: that day ends at 13:00 UTC.
AU-KR 2026-09-04 2026-09-09 2026-09-10 late_liable | sender 2026-10-04T12:59Z -> grant guarantee 24001 money
AU-KR 2026-09-04 2026-09-09 2026-09-10 late_liable | sender 2026-10-04T13:00Z -> refuse too_late
AU-KR 2026-09-04 2026-09-09 2026-09-10 late_excused | sender 2026-09-20T12:00Z -> refuse excused
# Paris's go back on 25 October: that day ends at 23:00 UTC, the day before at 22:00.
FR-KR 2026-09-25 2026-09-30 2026-10-02 late_liable | sender 2026-10-25T22:59Z -> grant guarantee 24001 money
FR-KR 2026-09-25 2026-09-30 2026-10-02 late_liable | sender 2026-10-25T23:00Z -> refuse too_late
FR-KR 2026-09-24 2026-09-30 2026-10-02 late_liable | sender 2026-10-24T22:00Z -> refuse too_late
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize(
    "case", [line for line in CASES.strip().splitlines() if not line.startswith("#")]
)
def test_every_posts_terms(case: str) -> None:
    line, expected = case.split("->")
    found = answered(bundled_network(), line)
    told = [found.step, found.reason]
    if found.amount_minor:
        told += [str(found.amount_minor), found.remedy]
    assert told == expected.split()


# lane delivered (accepted 2026-10-31, the network's date 2026-11-05, none told) | claim -> answer
ORDINARY = """
KR-JP 2026-11-07 | sender 2026-11-10T12:00+09:00 -> grant fallback 24001
KR-JP 2026-11-06 | sender 2026-11-10T12:00+09:00 -> refuse no_delay 0
KR-JP 2026-11-07 | sender 2027-02-28T23:59+09:00 -> grant fallback 24001
KR-JP 2026-11-07 | sender 2027-03-01T00:00+09:00 -> refuse too_late 0
CN-KR 2026-11-06 | sender 2026-11-10T12:00+08:00 -> grant fallback 12000
CN-KR 2026-11-05 | sender 2026-11-10T12:00+08:00 -> refuse no_delay 0
CN-KR 2026-11-06 | sender 2026-11-30T23:59+08:00 -> grant fallback 12000
CN-KR 2026-11-06 | sender 2026-12-01T00:00+08:00 -> refuse too_late 0
AU-KR 2026-11-20 | sender 2026-11-21T12:00+10:00 -> refuse no_guarantee 0
"""


@pytest.mark.parametrize("case", ORDINARY.strip().splitlines())
def test_without_a_guarantee_the_ordinary_remedy_for_delay(case: str) -> None:
    line, expected = case.split("->")
    item, claim = line.split("|")
    lane, delivered = item.split()
    found = answered(
        bundled_network(), f"{lane} 2026-10-31 - {delivered} not_guaranteed |{claim}",
        standard="2026-11-05",
    )  # fmt: skip
    assert [found.step, found.reason, str(found.amount_minor)] == expected.split()


ITEM = "KR-JP 2026-11-02 2026-11-05 2026-11-07 late_liable"
# Terms of the small world changed | claim of ITEM -> answer. The last day is 2 December; on the
# holiday of 5 November nobody counts a business day.
CHANGED = """
claim_closes_hour,17:00 | sender 2026-12-02T16:59+09:00 -> grant guarantee 38500
claim_closes_hour,17:00 | sender 2026-12-02T17:00+09:00 -> refuse too_late 0
claim_closes_hour,17:00 | sender 2026-12-02T18:00+09:00 -> refuse too_late 0
claim_window_days,2;claim_window_counts,business_days | sender 2026-11-04T23:59+09:00 -> not_taken too_early 0
claim_window_days,3;claim_window_counts,business_days | sender 2026-11-06T23:59+09:00 -> grant guarantee 38500
claim_window_days,3;claim_window_counts,business_days | sender 2026-11-07T00:00+09:00 -> refuse too_late 0
claim_window_days,1;claim_window_counts,months | sender 2026-12-02T23:59+09:00 -> grant guarantee 38500
claim_window_days,1;claim_window_counts,months | sender 2026-12-03T00:00+09:00 -> refuse too_late 0
refund_percent,25 | sender 2026-11-10T12:00+09:00 -> grant guarantee 9625
confirmation,beside;confirmation_days,5 | sender 2026-11-10T12:00+09:00 -> grant guarantee 38500
confirmation,before;confirmation_days,5 | sender 2026-11-10T12:00+09:00 -> confirm confirmation_asked 38500
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("case", CHANGED.strip().splitlines())
def test_terms_as_other_posts_may_publish_them(case: str) -> None:
    line, expected = case.split("->")
    terms, claim = line.split("|")
    rows = [f"sender,KR,*,{term},,,published by KR" for term in terms.strip().split(";")]
    network = Network.from_texts(with_rows("terms.csv", *rows))
    found = answered(network, f"{ITEM} | {claim}", postage=38500)
    assert [found.step, found.reason, str(found.amount_minor)] == expected.split()


def test_what_is_never_paid_is_said_and_left_out() -> None:
    asks = "asks=postage,insurance,lost_profit"
    found = answered(
        bundled_network(),
        f"KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-08T09:00Z {asks}",
    )
    assert (found.amount_minor, found.not_paid) == (24001, ("insurance", "lost_profit"))
    none = answered(
        bundled_network(),
        "KR-JP 2026-10-01 2026-10-05 2026-10-07 late_liable | sender 2026-10-08T09:00Z "
        "asks=lost_profit",
    )
    assert (none.step, none.reason) == ("not_taken", "nothing_payable")


@pytest.mark.parametrize(("inward", "bearer"), [("JPKWSA", "JP"), (None, "KR")])
def test_who_owed_the_missing_scan_bears_what_is_decided_for_the_sender(
    inward: str | None, bearer: str
) -> None:
    network = bundled_network()
    verdicts, items = item_tables(
        network, "KR-JP", "2026-10-01", "2026-10-05", "-", "undetermined", inward=inward
    )
    rows, _ = entitlements(network, verdicts, items, parse_utc("2026-10-27T00:00+09:00"))
    (row,) = rows.to_pylist()
    assert (row["ground"], row["bearer"]) == ("for_sender", bearer)
    assert row["due_from"] == parse_date("2026-10-27")


def test_terms_that_cannot_be_followed_together_are_refused() -> None:
    for rows, why in (
        (["claim_opens_from,posting", "claim_opens_days,31"], "nobody could ever claim"),
        (["fallback_delay_hours,48"], "give both, or neither"),
        (["confirmation,before"], "needs confirmation_days"),
        (["decided_for_sender_after_days,5"], "may still be on its way"),
        (["decided_for_sender_after_days,15", "inquiry_after_days,16"], "about what is decided"),
        (["refund_choice,credit"], "without a choice"),
        (["claimants_before_delivery,none", "claimants_after_delivery,none"], "nobody could"),
    ):
        texts = with_rows("terms.csv", *(f"sender,KR,*,{row},,,test" for row in rows))
        with pytest.raises(Exception, match=why):
            Network.from_texts(texts)
