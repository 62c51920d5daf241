"""What a superseded verdict does to a claim, by every post's terms, one line a case: newly late it
pays; newly in time it takes back what was only granted, and of what was paid what the terms say;
another reason for the same changes nothing (issue 6)."""

from __future__ import annotations

from functools import cache

import pytest
from claim_cases import item_tables

from datecertain.claims.answering import Facts, filed, happened, next_by_rule
from datecertain.claims.cases import Actor, Event, Happened, State
from datecertain.claims.deciding import Answer, Claim, answer, value
from datecertain.claims.entitlements import UNASKED, entitlements
from datecertain.claims.superseding import since_superseded
from datecertain.moments import DAY, parse_utc
from datecertain.network import Network, bundled_folder, bundled_network, read_texts
from datecertain.network.claim_terms import Claimant

#: lane accepted told | delivered first verdict | claimed, paid since | delivered later verdict
#: -> what happens. The publicly known terms all keep what was paid (illustrative).
CASES = """
KR-JP 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-08T09:00+09:00 | 2026-10-07 late_liable -> reopened superseded, granted guarantee 24001 money
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+09:00 | 2026-10-05 on_time -> reopened superseded, refused on_time
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+09:00 paid | 2026-10-05 on_time -> kept on_time 24001 money
KR-JP 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-08T09:00+09:00 | 2026-10-07 late_excused -> nothing
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+09:00 paid | 2026-10-08 late_liable -> nothing
KR-JP 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-11-02T09:00+09:00 | 2026-10-07 late_liable -> nothing
US-KR 2026-10-01 2026-10-08 | 2026-10-08 on_time | 2026-10-20T12:00Z | 2026-10-12 late_liable -> reopened superseded, confirmation_asked confirmation_asked 24001 money
US-KR 2026-10-01 2026-10-08 | 2026-10-12 late_liable | 2026-10-20T12:00Z | 2026-10-08 on_time -> reopened superseded, refused on_time
US-KR 2026-10-01 2026-10-08 | 2026-10-12 late_liable | 2026-10-20T12:00Z paid | 2026-10-08 on_time -> kept on_time 24001 money
US-KR 2026-10-01 2026-10-08 | 2026-10-12 late_excused | 2026-10-20T12:00Z | 2026-10-08 on_time -> nothing
CN-KR 2026-09-20 2026-09-24 | 2026-09-24 on_time | 2026-09-30T12:00+08:00 | 2026-09-26 late_liable -> reopened superseded, granted guarantee 24001 money
CN-KR 2026-09-20 2026-09-24 | 2026-09-26 late_liable | 2026-09-30T12:00+08:00 | 2026-09-24 on_time -> reopened superseded, refused on_time
CN-KR 2026-09-20 2026-09-24 | 2026-09-26 late_liable | 2026-09-30T12:00+08:00 paid | 2026-09-26 late_excused -> kept excused 24001 money
CN-KR 2026-09-20 2026-09-24 | 2026-09-26 late_excused | 2026-09-30T12:00+08:00 | - lost -> nothing
ES-KR 2026-10-01 2026-10-07 | 2026-10-07 on_time | 2026-10-20T12:00Z | 2026-10-10 late_liable -> reopened superseded, granted guarantee 24001 money
ES-KR 2026-10-01 2026-10-07 | 2026-10-10 late_liable | 2026-10-20T12:00Z | 2026-10-07 on_time -> reopened superseded, refused on_time
ES-KR 2026-10-01 2026-10-07 | 2026-10-10 late_liable | 2026-10-20T12:00Z paid | 2026-10-07 on_time -> kept on_time 24001 money
ES-KR 2026-10-01 2026-10-07 | 2026-10-07 on_time | 2026-10-20T12:00Z | 2026-10-10 late_excused -> nothing
# Its 21 days counted from a delivery that was another: the claim comes too late by the new one.
ES-KR 2026-10-01 2026-10-07 | 2026-10-10 late_liable | 2026-10-31T12:00Z | 2026-10-09 late_liable -> reopened superseded, refused too_late
CA-KR 2026-09-24 2026-10-01 | 2026-10-01 on_time | 2026-10-06T12:00-04:00 | 2026-10-05 late_liable -> reopened superseded, granted guarantee 24001 credit
CA-KR 2026-09-24 2026-10-01 | 2026-10-05 late_liable | 2026-10-06T12:00-04:00 | 2026-10-01 on_time -> reopened superseded, refused on_time
CA-KR 2026-09-24 2026-10-01 | 2026-10-05 late_liable | 2026-10-06T12:00-04:00 paid | 2026-10-05 late_excused -> kept excused 24001 credit
CA-KR 2026-09-24 2026-10-01 | 2026-10-05 late_excused | 2026-10-06T12:00-04:00 | 2026-10-01 on_time -> nothing
JP-KR 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-08T09:00+09:00 | 2026-10-07 late_liable -> reopened superseded, granted guarantee 24001 money
JP-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+09:00 | 2026-10-05 on_time -> reopened superseded, refused on_time
JP-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+09:00 paid | 2026-10-05 on_time -> kept on_time 24001 money
JP-KR 2026-10-01 2026-10-05 | 2026-10-07 late_excused | 2026-10-08T09:00+09:00 | 2026-10-05 on_time -> nothing
HK-KR 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-08T09:00+08:00 | 2026-10-07 late_liable -> reopened superseded, granted guarantee 24001 money
HK-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+08:00 | - lost -> reopened superseded, refused lost
HK-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+08:00 paid | 2026-10-05 on_time -> kept on_time 24001 money
HK-KR 2026-10-01 2026-10-05 | 2026-10-07 late_excused | 2026-10-08T09:00+08:00 | 2026-10-05 on_time -> nothing
TH-KR 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-08T09:00+07:00 | 2026-10-07 late_liable -> reopened superseded, granted guarantee 24001 money
TH-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+07:00 | 2026-10-05 on_time -> reopened superseded, refused on_time
TH-KR 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08T09:00+07:00 paid | 2026-10-05 on_time -> kept on_time 24001 money
TH-KR 2026-10-01 2026-10-05 | 2026-10-07 late_excused | 2026-10-08T09:00+07:00 | 2026-10-05 on_time -> nothing
AU-KR 2026-09-04 2026-09-09 | 2026-09-09 on_time | 2026-09-20T12:00Z | 2026-09-10 late_liable -> reopened superseded, granted guarantee 24001 money
AU-KR 2026-09-04 2026-09-09 | 2026-09-10 late_liable | 2026-09-20T12:00Z | 2026-09-09 on_time -> reopened superseded, refused on_time
AU-KR 2026-09-04 2026-09-09 | 2026-09-10 late_liable | 2026-09-20T12:00Z paid | 2026-09-10 late_excused -> kept excused 24001 money
AU-KR 2026-09-04 2026-09-09 | 2026-09-10 late_excused | 2026-09-20T12:00Z | 2026-09-09 on_time -> nothing
FR-KR 2026-09-25 2026-09-30 | 2026-09-30 on_time | 2026-10-05T12:00Z | 2026-10-02 late_liable -> reopened superseded, granted guarantee 24001 money
FR-KR 2026-09-25 2026-09-30 | 2026-10-02 late_liable | 2026-10-05T12:00Z | 2026-09-30 on_time -> reopened superseded, refused on_time
FR-KR 2026-09-25 2026-09-30 | 2026-10-02 late_liable | 2026-10-05T12:00Z paid | 2026-09-30 on_time -> kept on_time 24001 money
FR-KR 2026-09-25 2026-09-30 | 2026-10-02 late_excused | 2026-10-05T12:00Z | 2026-09-30 on_time -> nothing
"""  # noqa: E501 - one line a case

LINES = [line for line in CASES.strip().splitlines() if not line.startswith("#")]


def after_both(network: Network, line: str) -> str:
    """What the later verdict of a line brings to its claim; `nothing` where it changes nothing."""
    item, first, asked, later = (part.split() for part in line.split("|"))
    at = parse_utc(asked[0])
    claim = Claim(Claimant.SENDER, at)
    facts = _facts(network, item, first, "first", at)
    events = filed(network, facts, claim, "sender")
    if events[-1].state is State.CONFIRMING:
        events.append(
            happened(network, facts, events[-1], Event.CONFIRMED, role=Actor.DESTINATION,
                     given=_given(network, facts, claim))
        )  # fmt: skip
    if "paid" in asked:
        events.append(happened(network, facts, events[-1], Event.PAID, role=Actor.ORIGIN))
    confirmed = any(one.event is Event.CONFIRMED for one in events)
    changed = _facts(network, item, later, "later", at + DAY)
    more = next_by_rule(network, changed, events[-1], claim, confirmed=False)
    if more and confirmed and "paid" in asked:  # confirmed once, it stays so
        assert more == next_by_rule(network, changed, events[-1], claim, confirmed=True)
    return ", ".join(_told(one) for one in more) or "nothing"


def _facts(network: Network, item: list[str], verdict: list[str], batch: str, at: int) -> Facts:
    lane, accepted, told = item
    delivered, outcome = verdict
    tables = item_tables(network, lane, accepted, told, delivered, outcome)
    (row,) = entitlements(network, *tables, at)[0].to_pylist()
    return Facts(row, batch, refunded=False, at=at)


def _given(network: Network, facts: Facts, claim: Claim) -> Answer:
    return answer(network, facts.row, claim, confirmed=True)


def _told(event: Happened) -> str:
    text = f"{event.event} {event.reason}"
    return f"{text} {event.amount_minor} {event.remedy}" if event.amount_minor else text


@pytest.mark.parametrize("case", LINES)
def test_every_posts_terms(case: str) -> None:
    given, expected = case.split("->")
    assert after_both(bundled_network(), given) == expected.strip()


@cache
def recovering() -> Network:
    """The bundled network, where every post recovers what was paid on a verdict that falls."""
    given = read_texts(bundled_folder())
    before, after = (f"sender,*,*,paid_refund_superseded,{rule}," for rule in ("kept", "recovered"))
    assert before in given["terms.csv"]
    return Network.from_texts(given | {"terms.csv": given["terms.csv"].replace(before, after)})


PAID = [line for line in LINES if " paid " in line and "kept" in line]


@pytest.mark.parametrize("case", PAID)
def test_what_was_paid_is_recovered_where_the_terms_say_so(case: str) -> None:
    given, expected = case.split("->")
    assert after_both(recovering(), given) == expected.strip().replace("kept", "reversed")


#: The same on automatic lanes, where nobody claims: delivered, verdict | each later one -> what
#: becomes of the refund; `recovered` stands for terms that take back what was paid.
UNASKED_CASES = """
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-05 on_time -> kept
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-05 on_time | 2026-10-07 late_liable -> kept, nothing
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-05 on_time | 2026-10-05 on_time -> kept, nothing
KR-JP 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-08 late_liable -> nothing
KR-JP 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-07 late_liable -> granted
KR-JP 2026-10-01 2026-10-05 | 2026-10-05 on_time | 2026-10-07 late_liable | 2026-10-05 late_excused -> granted, kept
KR-JP recovered 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-05 on_time -> reversed
KR-JP recovered 2026-10-01 2026-10-05 | 2026-10-07 late_liable | 2026-10-05 on_time | 2026-10-07 late_liable -> reversed, restored
CA-KR 2026-09-24 2026-10-01 | 2026-10-05 late_liable | 2026-10-05 late_excused -> kept
CA-KR recovered 2026-09-24 2026-10-01 | 2026-10-05 late_liable | - lost -> reversed
ES-KR 2026-10-01 2026-10-07 | 2026-10-10 late_liable | 2026-10-07 on_time -> kept
"""  # noqa: E501 - one line a case


@pytest.mark.parametrize("case", UNASKED_CASES.strip().splitlines())
def test_what_was_paid_unasked_is_kept_or_reversed_by_the_same_term(case: str) -> None:
    given, expected = case.split("->")
    item, *verdicts = (part.split() for part in given.split("|"))
    network = recovering() if "recovered" in item else bundled_network()
    item = [one for one in item if one != "recovered"]
    stands, last, told = None, "", []
    for number, verdict in enumerate(verdicts):
        row = _facts(network, item, verdict, str(number), parse_utc("2026-11-10T00:00Z")).row
        owed = row["amount_minor"] if row["ground"] in UNASKED else 0
        if stands is None:  # no refund yet
            stands = owed or None
            told.append("granted" if owed else "nothing")
            continue
        keeps = value(network, row, "paid_refund_superseded") == "kept"
        since = since_superseded(stands, owed, last, keeps=keeps)
        told.append(since or "nothing")
        last = since or last
        stands = stands if last == "kept" else owed
    assert ", ".join(told[1:]) == expected.strip()
