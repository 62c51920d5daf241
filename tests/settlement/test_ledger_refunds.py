"""Refunds of the ledger in a settlement: worked by hand, booked once, reversed, kept (req 44, 73,
80). 38,500 KRW at 1,930.5 KRW per SDR is 19.943020 SDR, half of it 9.971510."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from settling_cases import BOOKED_AT, TARIFF, month, network, tariff

from datecertain.claims import REFUNDS
from datecertain.moments import parse_date
from datecertain.settlement import Period, Settlement, adjust, settle_period
from datecertain.settlement.explaining import explain_item, reason_label
from datecertain.settlement.ledger import NOTHING, Granted
from datecertain.settlement.reasons import Kind, Reason
from datecertain.wording import LANGUAGES, words

NOVEMBER, DECEMBER = Period.month("2026-11"), Period.month("2026-12")
DAY = parse_date("2026-11-02")
#: Half of what is charged on, at most 8 SDR an item.
HALF = TARIFF.replace("percent = 100", "percent = 50\ncap_usdr = 8_000_000")


def ledger(ground: str, bearer: str, amount: int, item: str = "A") -> Granted:
    """One refund of an item from Korea to the United States that stands in the ledger."""
    row = {
        "item_key": f"key-{item}", "item_id": item, "origin": "KR", "destination": "US",
        "accepted_date": DAY, "ground": ground, "told_on": DAY + 4, "postage_minor": 38500,
        "percent": 100, "amount_minor": amount, "currency": "KRW", "remedy": "money",
        "mode": "claim_driven", "due_from": DAY + 30, "claimable_until": None,
        "bearer": bearer or None, "terms_source": "test",
    }  # fmt: skip
    return Granted((), pa.Table.from_pylist([row], schema=REFUNDS))


def settled(outcomes: str, shares: str, granted: Granted, text: str = TARIFF) -> Settlement:
    verdicts, items, events = month(f"A KR-US 2026-11-02 38500 | {outcomes} | {shares} |")
    return settle_period(
        network(), verdicts, items, events, NOVEMBER, tariff(text), booked_at=BOOKED_AT,
        granted=granted,
    )  # fmt: skip


def told(settlement: Settlement) -> str:
    """What the sender is paid, and who bears it."""
    journal = settlement.journal
    paid = [
        f"{row['reason']} {row['amount']}" for row in journal.to_pylist()
        if row["account"] == "refunds.expense"
    ]  # fmt: skip
    borne = [f"{row['bearer']} {row['part']} {row['amount_usdr']}"
             for row in settlement.recourse.to_pylist()]  # fmt: skip
    return ", ".join(paid) + " / " + ", ".join(borne)


#: ground, bearer by rule, amount | towards the sender, between | shares | booked / borne
CASES = """
for_sender US 38500 | undetermined undetermined | | for_sender.money 38500 / US by_rule 19943020
for_sender KR 38500 | pending pending | | for_sender.money 38500 / KR by_rule 19943020
fallback - 19250 | not_guaranteed not_guaranteed | | fallback.money 19250 / KR fallback 9971510
goodwill - 38500 | on_time on_time | | goodwill.money 38500 / KR goodwill 19943020
guarantee - 38500 | on_time on_time | | refund.money 38500 / KR between.on_time 19943020
guarantee - 38500 | late_excused late_liable | export 40 delivery 60 | refund.money 38500 / KR export 7977208, US delivery 11965812
for_sender US 38500 | late_liable late_liable | delivery 100 | refund.money 38500 / US delivery 19943020
"""  # noqa: E501


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_hand_worked(case: str) -> None:
    given, outcomes, shares, expected = (part.strip() for part in case.split("|"))
    ground, bearer, amount = given.split()
    granted = ledger(ground, bearer.strip("-"), int(amount))
    assert told(settled(outcomes, shares, granted)) == expected


def test_what_is_borne_by_rule_is_charged_as_the_posts_agreed() -> None:
    # Half of 19.943020 is 9.971510, of which 8 at most: the rest stays with the origin.
    one = settled("pending pending", "", ledger("for_sender", "US", 38500), HALF)
    assert told(one) == (
        "for_sender.money 38500 / US by_rule 8000000, KR beyond.percent 9971510, "
        "KR beyond.cap 1971510"
    )  # fmt: skip
    (payment,) = one.netting.payments
    # Nothing was received, so nothing is paid for performance: only this is owed.
    assert (payment.payer, payment.payee, payment.amount_usdr) == ("US", "KR", 8_000_000)


def accounts(journal: pa.Table) -> dict[tuple[str, str], int]:
    sums = journal.group_by(["owner", "account"]).aggregate([("amount", "sum")])
    return {(row["owner"], row["account"]): row["amount_sum"]
            for row in sums.to_pylist() if row["amount_sum"]}  # fmt: skip


def after(first: Settlement, then: Settlement) -> pa.Table:
    """The books after a month was settled, and its correction booked in the next, once."""
    lines = adjust(first.journal, then, DECEMBER, BOOKED_AT + 1).lines
    books = pa.concat_tables([first.journal, lines])
    assert len(adjust(books, then, DECEMBER, BOOKED_AT + 2).lines) == 0
    return books


def test_a_reversed_refund_leaves_nothing_in_the_books() -> None:
    first = settled("pending pending", "", ledger("for_sender", "US", 38500))
    assert accounts(first.journal) == {
        ("KR", "refunds.expense"): 38500, ("KR", "senders.payable.money"): -38500,
        ("KR", "posts.receivable"): 19943020, ("KR", "recourse.recovered"): -19943020,
        ("US", "recourse.borne"): 19943020, ("US", "posts.payable"): -19943020,
    }  # fmt: skip
    books = after(first, settled("on_time on_time", "", NOTHING))
    assert accounts(books) == {}
    assert pc.all(pc.ends_with(books["reason"][6:], "@2026-11")).as_py()


def test_what_is_kept_stays_paid_and_only_the_recourse_follows_the_new_verdict() -> None:
    """A claim was granted and paid on a late verdict that charged the destination; the new verdict
    says in time, and the terms let the sender keep what was paid."""
    first = settled("late_liable late_liable", "delivery 100", ledger("guarantee", "", 38500))
    kept = settled("on_time on_time", "", ledger("guarantee", "", 38500))
    books = after(first, kept)
    assert accounts(books) == {
        ("KR", "refunds.expense"): 38500, ("KR", "senders.payable.money"): -38500,
    }  # fmt: skip
    # Recovered instead, nothing is left.
    assert accounts(after(first, settled("on_time on_time", "", NOTHING))) == {}


def test_the_same_ledger_books_the_same_entries_and_an_item_once() -> None:
    granted = ledger("for_sender", "US", 38500)
    one, two = (settled("pending pending", "", granted) for _ in range(2))
    assert one.journal.equals(two.journal)
    assert granted.digest == ledger("for_sender", "US", 38500).digest
    assert granted.digest != ledger("for_sender", "KR", 38500).digest
    assert NOTHING.digest == ""
    both = settled("late_liable late_liable", "delivery 100", granted)
    assert len(both.refunds) == 1


def test_a_claim_that_chose_its_remedy_is_booked_so() -> None:
    chosen = ledger("guarantee", "", 38500)
    rows = chosen.rows.set_column(
        chosen.rows.schema.get_field_index("remedy"), REFUNDS.field("remedy"),
        pa.array(["replacement"]),
    )  # fmt: skip
    one = settled("late_liable late_liable", "delivery 100", Granted((), rows))
    assert told(one) == "refund.replacement 38500 / US delivery 19943020"


def test_an_item_that_was_never_judged_waits() -> None:
    one = settled("on_time on_time", "", ledger("goodwill", "", 38500, item="B"))
    assert told(one) == " / "
    assert [finding.code for finding in one.findings if finding.code.startswith("refund")] == [
        "refund-not-judged"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_can_be_told(language: str) -> None:
    one = settled("pending pending", "", ledger("for_sender", "US", 38500))
    told_in = explain_item(one, "key-A", words(language))
    assert len(told_in) == 3
    for kind in (Kind.REFUND, Kind.FOR_SENDER, Kind.FALLBACK, Kind.GOODWILL):
        for remedy in ("money", "credit", "replacement"):
            assert reason_label(Reason(kind, remedy), words(language))
    assert reason_label(Reason(Kind.RECOURSE, "by_rule"), words(language))
