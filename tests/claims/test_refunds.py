"""Refunds due: named cases worked by hand from the terms below."""

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pytest

from datecertain.claims import REFUNDS, refunds_due
from datecertain.errors import InvariantBroken, NetworkError
from datecertain.moments import format_date, parse_date
from datecertain.network import Network
from worlds import with_rows

# The small world: 100 % in money, 30 days from posting; and these two posts otherwise.
TERMS = """
sender,JP,*,refund_percent,25,,,published by JP
sender,JP,*,claim_window_days,21,,,published by JP
sender,JP,*,claim_window_from,delivery,,,published by JP
sender,US,*,refund_remedy,credit,,,published by US
sender,US,*,claim_window_days,5,,,published by US
sender,US,*,claim_window_from,due,,,published by US
sender,US,*,claim_window_counts,business_days,,,published by US
""".strip().splitlines()

# item lane accepted told delivered postage currency sender's outcome
#   -> amount remedy due from, claim until
CASES = """
A KR-US 2026-11-02 2026-11-05 2026-11-07 38500 KRW late_liable -> 38500 money 2026-11-07 2026-12-02
B KR-JP 2026-11-02 2026-11-04 2026-11-05 0 KRW late_liable -> 0 money 2026-11-05 2026-12-02
C JP-KR 2026-11-02 2026-11-06 2026-11-10 1410 JPY late_liable -> 352 money 2026-11-10 2026-12-01
D JP-KR 2026-11-02 2026-11-06 2026-11-10 1430 JPY late_liable -> 358 money 2026-11-10 2026-12-01
E JP-US 2026-11-02 2026-11-06 - 1430 JPY late_liable -> 358 money 2026-11-07 -
F US-JP 2026-11-16 2026-11-20 2026-11-21 6745 USD late_liable -> 6745 credit 2026-11-21 2026-11-30
G US-KR 2026-11-16 2026-11-22 2026-11-23 6745 USD late_liable -> 6745 credit 2026-11-23 2026-11-30
H US-KR 2026-11-30 2026-12-11 2026-12-13 6745 USD late_liable -> 6745 credit 2026-12-13 -
I KR-US 2026-11-02 2026-11-05 2026-11-05 38500 KRW on_time -> -
J KR-US 2026-11-02 2026-11-05 2026-11-09 38500 KRW late_excused -> -
K KR-US 2026-11-02 2026-11-05 - 38500 KRW lost -> -
L KR-US 2026-11-02 2026-11-05 - 38500 KRW undetermined -> -
M KR-US 2026-11-02 2026-11-05 - 38500 KRW pending -> -
N KR-US 2026-11-02 - 2026-11-09 38500 KRW not_guaranteed -> -
"""


@lru_cache(maxsize=1)
def network() -> Network:
    return Network.from_texts(with_rows("terms.csv", *TERMS))


def _day(text: str) -> int | None:
    return None if text == "-" else parse_date(text)


def tables(cases: str) -> tuple[pa.Table, pa.Table]:
    """Verdicts and acceptance records of the cases."""
    rows = [line.split("->")[0].split() for line in cases.strip().splitlines()]
    item, lane, accepted, told, delivered, postage, currency, outcome = zip(*rows, strict=True)
    days = pa.int32()
    verdicts = {
        "item_key": [f"key-{name}" for name in item],
        "item_id": list(item),
        "origin": [text[:2] for text in lane],
        "destination": [text[3:] for text in lane],
        "accepted_date": pa.array([_day(text) for text in accepted], days),
        "stopped_on": pa.array([_day(text) for text in delivered], days),
        "delivered_on": pa.array([_day(text) for text in delivered], days),
        "sender_outcome": list(outcome),
    }
    items = {
        "item_key": verdicts["item_key"],
        "postage_minor": pa.array([int(text) for text in postage], pa.int64()),
        "currency": list(currency),
        "promised_on": pa.array([_day(text) for text in told], days),
    }
    return pa.table(verdicts), pa.table(items)


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    refunds, findings = refunds_due(network(), *tables(case))
    assert findings == []
    found = ["-"]
    for row in refunds.to_pylist():
        until = row["claimable_until"]
        found = [
            str(row["amount_minor"]), row["remedy"], format_date(row["due_from"]),
            "-" if until is None else format_date(until),
        ]  # fmt: skip
    assert found == case.split("->")[1].split()


def test_all_at_once_are_the_single_ones_in_order_of_lane() -> None:
    refunds, _ = refunds_due(network(), *tables(CASES))
    assert refunds.schema == REFUNDS
    assert refunds["item_id"].to_pylist() == ["C", "D", "E", "B", "A", "F", "G", "H"]
    one_by_one = [refunds_due(network(), *tables(case))[0] for case in CASES.strip().splitlines()]
    order = [("origin", "ascending"), ("destination", "ascending"), ("item_key", "ascending")]
    assert refunds.equals(pa.concat_tables(one_by_one).sort_by(order))


def test_every_refund_says_where_its_terms_are_published() -> None:
    refunds, _ = refunds_due(network(), *tables(CASES))
    sources = dict(zip(refunds["item_id"].to_pylist(), refunds["terms_source"].to_pylist(),
                       strict=True))  # fmt: skip
    assert sources["C"] == "published by JP"
    assert sources["A"] == "test"
    assert set(refunds["mode"].to_pylist()) == {"automatic"}


def test_a_claim_driven_lane_refunds_what_claims_were_granted() -> None:
    row = "sender,KR,*,refund_mode,claim_driven,2026-11-01,,decided by KR"
    world = Network.from_texts(with_rows("terms.csv", *TERMS, row))
    verdicts, items = tables(CASES)
    unasked, _ = refunds_due(world, verdicts, items)
    assert unasked["item_id"].to_pylist() == ["C", "D", "E", "F", "G", "H"]
    refunds, _ = refunds_due(world, verdicts, items, granted=["key-B", "key-K"])
    assert refunds["item_id"].to_pylist() == ["C", "D", "E", "B", "F", "G", "H"]
    assert refunds["mode"].to_pylist()[3] == "claim_driven"


def test_what_cannot_be_refunded_is_set_aside_and_said() -> None:
    late = """
    A KR-US 2026-11-02 2026-11-05 2026-11-07 38500 KRW late_liable
    B KR-US 2026-11-02 2026-11-05 2026-11-07 38500 USD late_liable
    C KR-US 2026-11-02 2026-11-05 2026-11-07 -1 KRW late_liable
    D KR-US 2026-11-02 - 2026-11-07 38500 KRW late_liable
    E KR-US 2026-11-02 2026-11-05 2026-11-07 38500 KRW late_liable
    """
    verdicts, items = tables(late)
    refunds, findings = refunds_due(network(), verdicts, items.slice(0, 4))
    assert refunds["item_id"].to_pylist() == ["A"]
    assert {(finding.code, finding.item) for finding in findings} == {
        ("refund-currency", "B"), ("refund-postage", "C"), ("refund-no-date", "D"),
        ("refund-no-acceptance", "E"),
    }  # fmt: skip
    none, findings = refunds_due(network(), verdicts, items.slice(0, 0))
    assert (len(none), len(findings)) == (0, 5)


def test_an_item_is_refunded_once() -> None:
    verdicts, items = tables(CASES)
    twice = pa.concat_tables([verdicts, verdicts.slice(0, 1)])
    with pytest.raises(InvariantBroken, match="key-A"):
        refunds_due(network(), twice, items)
    with pytest.raises(InvariantBroken, match="acceptance"):
        refunds_due(network(), verdicts, pa.concat_tables([items, items.slice(2, 1)]))


def test_business_days_need_a_calendar_of_that_post() -> None:
    rows = [line.replace("sender,US", "sender,JP") for line in TERMS if "business" in line]
    world = Network.from_texts(with_rows("terms.csv", *rows))
    with pytest.raises(NetworkError, match="'JP'"):
        refunds_due(world, *tables(CASES.strip().splitlines()[2]))


def test_the_order_of_rows_changes_nothing() -> None:
    verdicts, items = tables(CASES)
    shuffled = np.random.default_rng(7).permutation(len(verdicts))
    expected, _ = refunds_due(network(), verdicts, items)
    found, _ = refunds_due(
        network(), verdicts.take(pa.array(shuffled)), items.take(pa.array(shuffled[::-1]))
    )
    assert found.equals(expected)
