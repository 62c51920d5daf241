"""Settled months that would now come out otherwise: corrected later, never edited."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from settling_cases import BOOKED_AT, LATE, month, network, tariff

from datecertain.settlement import (
    Adjustment,
    Period,
    Settlement,
    adjust,
    entries_of,
    items_behind,
    settle_period,
)

NOVEMBER, DECEMBER = Period.month("2026-11"), Period.month("2026-12")

LATE_ITEM = f"A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI"
EXCUSED = f"A KR-US 2026-11-02 38500 | {LATE} late_excused | | CDI"
ON_TIME = "A KR-US 2026-11-02 38500 | on_time on_time | | CDI"
OTHER = f"B KR-US 2026-11-09 38500 | {LATE} {LATE} | delivery 100 | CDI"
IN_DECEMBER = "Y US-KR 2026-12-01 6745 | on_time on_time | | CDI"


def settled(cases: str, period: Period = NOVEMBER, *adjustments: Adjustment) -> Settlement:
    return settle_period(
        network(), *month(cases), period, tariff(), booked_at=BOOKED_AT, adjustments=adjustments
    )


def balances(journal: pa.Table) -> dict[tuple[str, str, str, str], int]:
    """What stands on each post's accounts."""
    found: dict[tuple[str, str, str, str], int] = {}
    for row in journal.to_pylist():
        key = (row["owner"], row["counterparty"], row["account"], row["currency"])
        found[key] = found.get(key, 0) + row["amount"]
    return {key: amount for key, amount in found.items() if amount}


def corrections(adjustment: Adjustment) -> set[tuple[str, str | None, str, str, int]]:
    return {
        (entry.reason.text, entry.item_id, line.owner, line.account, line.amount)
        for entry in entries_of(adjustment.lines)
        for line in entry.lines
    }


def test_a_delay_that_is_excused_later_takes_the_charge_back_and_leaves_the_refund() -> None:
    books = settled(LATE_ITEM).journal
    found = adjust(books, settled(EXCUSED), DECEMBER, BOOKED_AT)
    what = "adjustment.recourse.delivery@2026-11"
    now = {line for line in corrections(found) if line[0] == what}
    assert now == {
        (what, "A", "KR", "posts.receivable", -11965812),
        (what, "A", "KR", "recourse.recovered", 11965812),
        (what, "A", "US", "recourse.borne", -11965812),
        (what, "A", "US", "posts.payable", 11965812),
    }
    assert set(found.lines["period"].to_pylist()) == {"2026-12"}
    assert {line[0] for line in corrections(found)} == {
        what, "adjustment.performance.KR-US@2026-11",  # the destination lost no day after all
    }  # fmt: skip


def test_an_item_that_was_on_time_after_all_takes_the_refund_back_too() -> None:
    found = corrections(adjust(settled(LATE_ITEM).journal, settled(ON_TIME), DECEMBER, BOOKED_AT))
    what = "adjustment.refund.money@2026-11"
    assert {line for line in found if line[0] == what} == {
        (what, "A", "KR", "refunds.expense", -38500),
        (what, "A", "KR", "senders.payable.money", 38500),
    }


def test_an_item_found_late_is_booked_in_the_current_period() -> None:
    found = adjust(settled(LATE_ITEM).journal, settled(f"{LATE_ITEM}\n{OTHER}"), DECEMBER,
                   BOOKED_AT)  # fmt: skip
    assert {line[1] for line in corrections(found)} == {"B", None}  # None: its performance pay


def test_nothing_changed_nothing_booked() -> None:
    settlement = settled(f"{LATE_ITEM}\n{OTHER}")
    assert len(adjust(settlement.journal, settlement, DECEMBER, BOOKED_AT).lines) == 0


def test_the_next_statement_shows_the_correction_and_its_items() -> None:
    adjustment = adjust(settled(LATE_ITEM).journal, settled(EXCUSED), DECEMBER, BOOKED_AT)
    december = settled(IN_DECEMBER, DECEMBER, adjustment)
    (statement,) = december.statements
    told = [
        (line.reason.text, line.creditor, line.amount_usdr, items_behind(statement, line.number))
        for line in statement.lines
    ]
    assert [row[:3] for row in told] == [
        ("performance.US-KR", "KR", 4_000_000),
        ("adjustment.recourse.delivery@2026-11", "US", 11965812),
        ("adjustment.performance.KR-US@2026-11", "US", 2_000_000),
    ]
    assert told[1][3].to_pylist() == [
        {"item_key": "key-A", "item_id": "A", "amount_usdr": 11965812}
    ]
    # The whole list was rated anew: who stands behind it is said, not a part of the amount.
    assert told[2][3]["amount_usdr"].to_pylist() == [None]
    assert december.positions == {"KR": -9965812, "US": 9965812}


def test_a_correction_its_reversal_and_the_same_correction_again_are_three_entries() -> None:
    books = settled(LATE_ITEM).journal
    seen: set[str] = set()
    for now in (EXCUSED, LATE_ITEM, EXCUSED):
        found = adjust(books, settled(now), DECEMBER, BOOKED_AT).lines
        ids = set(found["entry_id"].to_pylist())
        assert ids
        assert not ids & seen
        seen |= ids
        books = pa.concat_tables([books, found])
    assert balances(books) == balances(settled(EXCUSED).journal)


VERSIONS = st.sampled_from([LATE_ITEM, EXCUSED, ON_TIME, f"{LATE_ITEM}\n{OTHER}", OTHER])


@settings(deadline=None, max_examples=30)
@given(st.lists(VERSIONS, min_size=1, max_size=4), st.sampled_from([NOVEMBER, DECEMBER]))
def test_after_any_corrections_the_books_are_what_they_should_be(
    versions: list[str], into: Period
) -> None:
    books = settled(versions[0]).journal
    for now in versions[1:]:
        target = settled(now)
        found = adjust(books, target, into, BOOKED_AT)
        books = pa.concat_tables([books, found.lines])
        assert balances(books) == balances(target.journal)
        assert len(adjust(books, target, into, BOOKED_AT).lines) == 0
    assert len(set(zip(books["entry_id"].to_pylist(), books["line"].to_pylist(), strict=True))) == (
        len(books)
    )


def test_a_correction_concerns_its_own_period_only() -> None:
    december = settled(IN_DECEMBER, DECEMBER)
    books = pa.concat_tables([settled(LATE_ITEM).journal, december.journal])
    found = adjust(books, settled(ON_TIME), DECEMBER, BOOKED_AT)
    assert all(line[0].endswith("@2026-11") for line in corrections(found))
