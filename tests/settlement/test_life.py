"""The life of a statement, one line a case: what was said, and how it stands then."""

import json

import pytest
from settling_cases import BOOKED_AT, LATE, TARIFF, month, network, tariff

from datecertain.errors import UsageError
from datecertain.settlement import Period, Statement, settle_period
from datecertain.settlement.life import (
    ALLOWED,
    FOLLOWS,
    Act,
    Event,
    State,
    contest_ends,
    demand,
    silent,
    standing,
)
from datecertain.settlement.statements import canonical, statement_of, terms_in

NOVEMBER = Period.month("2026-11")
#: Line 1: US owes KR 11,965,812 for A. Line 2: KR owes US 4,000,000 for A and B, 2,000,000 each.
#: Line 3: US owes KR 4,000,000 for E. Korea is owed 11,965,812.
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | CDI
E US-KR 2026-11-05 6745 | {LATE} late_excused | | CDI
"""
TERMS = """
[[statements]]
origin = "*"
destination = "*"
contest_days = 20
accept_days = 30
silence_accepts = true
payment_days = 30
adjust_months = 12
source = "test"
"""
DAY = 1440


def statement(text: str = TARIFF + TERMS) -> Statement:
    return settle_period(
        network(), *month(MONTH), NOVEMBER, tariff(text), booked_at=BOOKED_AT
    ).statements[0]


STATEMENT = statement()

SHORT = {
    "final": Act.FINALISED, "accept": Act.ACCEPTED, "dispute": Act.DISPUTED,
    "maintain": Act.MAINTAINED, "concede": Act.CONCEDED, "withdraw": Act.WITHDRAWN,
    "correct": Act.CORRECTED,     "net": Act.NETTED, "carry": Act.CARRIED,
}  # fmt: skip


def said(text: str) -> list[Event]:
    """`dispute US 2 A; final; …`: act, post, line, item, as far as they matter; `.` for nobody."""
    events = []
    for number, one in enumerate(filter(None, map(str.strip, text.split(";")))):
        act, actor, line, item = [*one.split(), *[".", "0", ""][len(one.split()) - 1 :]]
        actor = "" if actor == "." else actor
        events.append(Event(SHORT[act], actor, int(line), item, BOOKED_AT + number, "because"))
    return events


# said | state, netted, due for Korea, contested
CASES = """
 | provisional 0 0
final | final 0 0
final; accept KR | final 0 0
final; accept KR; accept US | accepted 0 11965812
dispute US 1; final | final 0 0 1:disputed
dispute US 1; withdraw US 1; final; accept KR; accept US | accepted 0 11965812
dispute US 1; maintain KR 1; final; accept KR; accept US | accepted_in_part 0 0 1:maintained
dispute KR 2 A; final; accept KR; accept US | accepted_in_part 0 13965812 2A:disputed
dispute KR 2 A; concede US 2 A; final; accept KR; accept US | accepted_in_part 0 13965812 2A:conceded
dispute KR 2 A; concede US 2 A; final; accept KR; accept US; correct . 2 A | accepted 0 11965812
dispute US 1; final; accept KR; accept US; withdraw US 1 | accepted 0 11965812
final; accept KR; accept US; net | settled 11965812 0
dispute US 1; final; accept KR; accept US; net; carry . 1 | settled 0 0 1:disputed
dispute US 1; final; accept KR; accept US; net; carry . 1; withdraw US 1 | settled 0 11965812
dispute US 1; final; accept KR; accept US; net; carry . 1; withdraw US 1; net . 1 | settled 11965812 0
"""  # noqa: E501


@pytest.mark.parametrize("case", CASES.strip("\n").splitlines())
def test_named_cases(case: str) -> None:
    given, expected = case.split("|")
    events: list[Event] = []
    for event in said(given):
        demand(STATEMENT, events, event)
        events.append(event)
    stands = standing(STATEMENT, events)
    told = [stands.state.value, str(stands.netted_usdr), str(stands.due_usdr)]
    told += [f"{one.line}{one.item}:{one.state.value}" for one in stands.open]
    assert " ".join(told) == expected.strip()


# said before | what cannot be said then | why not
REFUSED = """
 | accept KR | it can be accepted when final
 | dispute JP 1 | neither of its posts
 | dispute US 4 | has no line 4
 | dispute US 2 Z | no item Z
 | withdraw US 1 | not contested
 | maintain KR 1 | not contested
dispute US 1 | dispute KR 1 | contested already
dispute US 2 A | dispute US 2 | contested already
dispute US 1 | withdraw KR 1 | only the post that contested
dispute US 1 | maintain US 1 | only the other post
dispute US 1; concede KR 1 | withdraw US 1 | is conceded
final | final | it can be finalised when provisional
final; accept US | accept US | accepted by US before
final; accept US | dispute US 1 | can no longer contest
final; accept US; accept KR | dispute KR 1 | it can be disputed when provisional, final
final | net | it can be netted when accepted
"""


@pytest.mark.parametrize("case", REFUSED.strip("\n").splitlines())
def test_what_cannot_be_said(case: str) -> None:
    before, then, why = (part.strip() for part in case.split("|"))
    (event,) = said(then)
    with pytest.raises(UsageError, match=why):
        demand(STATEMENT, said(before), event)


def test_the_tables_know_every_act_and_state() -> None:
    assert set(ALLOWED) == set(Act)
    assert set(FOLLOWS) == {Act.DISPUTED, Act.MAINTAINED, Act.CONCEDED, Act.CORRECTED,
                            Act.WITHDRAWN}  # fmt: skip
    assert set().union(*ALLOWED.values()) == set(State)


def test_the_contest_window_and_silence_are_terms_frozen_with_the_statement() -> None:
    terms = terms_in(STATEMENT)
    assert terms is not None
    assert contest_ends(BOOKED_AT, terms) == BOOKED_AT + 20 * DAY
    events = said("final; accept KR")
    final_at = events[0].at
    assert silent(STATEMENT, events, terms, final_at + 30 * DAY - 1) == ()
    assert silent(STATEMENT, events, terms, final_at + 30 * DAY) == ("US",)
    assert silent(STATEMENT, [], terms, final_at + 99 * DAY) == ()


def test_where_nothing_was_agreed_there_is_no_window_and_silence_says_nothing() -> None:
    bare = statement(TARIFF)
    assert terms_in(bare) is None
    assert contest_ends(BOOKED_AT, None) == BOOKED_AT
    assert silent(bare, said("final"), None, BOOKED_AT + 999 * DAY) == ()


def test_a_statement_reads_back_from_its_content() -> None:
    assert statement_of(STATEMENT.content) == STATEMENT


def test_a_statement_of_the_first_format_is_still_read() -> None:
    document = json.loads(STATEMENT.content) | {"format": 1}
    for name in ("charges", "terms"):
        del document[name]
    old = statement_of(canonical(document))
    assert (old.lines, terms_in(old)) == (STATEMENT.lines, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((b'"amount":11965812', b'"amount":11965813'), "its items come to 11965812"),
        ((b'"gross":{"KR":15965812', b'"gross":{"KR":15965813'), "not the sums of its lines"),
        ((b'"format":4', b'"format":9'), "format 9"),
        ((b'"reason":"recourse.delivery"', b'"reason":"gift.delivery"'), "not the file"),
        ((b'"pair":["KR","US"]', b'"pair":["JP","US"]'), "not between JP and US"),
        ((b'{"basis"', b' {"basis"'), "canonical"),
        ((b"{", b"["), "not the file of a statement"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    change: tuple[bytes, bytes], message: str
) -> None:
    content = STATEMENT.content.replace(*change, 1)
    assert content != STATEMENT.content
    with pytest.raises(UsageError, match=message):
        statement_of(content)
