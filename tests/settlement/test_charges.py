"""Charges per item and the bases of recourse: each case worked by hand, in micro-SDR."""

import pyarrow as pa
import pytest
from settling_cases import BOOKED_AT, LATE, TARIFF, month, network, tariff

from datecertain.errors import UsageError
from datecertain.settlement import Period, Settlement, items_behind, settle_period
from datecertain.settlement.charges import JOURNEYS
from datecertain.settlement.tariff_files import read_tariff

NOVEMBER = Period.month("2026-11")

#: Three items from Korea to the United States, one back; each weighs 400 g.
#: A is late by the delivery's days; B is told too late; C never told; D comes back.
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | delivery 100 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | Cdi
C KR-US 2026-11-04 38500 | on_time on_time | | CD
D US-KR 2026-11-05 6745 | on_time on_time | | CDI
E KR-US 2026-11-06 38500 | on_time on_time | | C
"""


def row(counted: str, more: str, posts: str = "* *") -> str:
    origin, destination = posts.split()
    return (
        f'\n[[charge]]\norigin = "{origin}"\ndestination = "{destination}"\n'
        f'counted = "{counted}"\n{more}\nsource = "test"\n'
    )


def settled(text: str, journeys: pa.Table | None = None, cases: str = MONTH) -> Settlement:
    return settle_period(
        network(), *month(cases), NOVEMBER, tariff(text), booked_at=BOOKED_AT, journeys=journeys
    )


def journeys(*rows: tuple[str, bool, str | None, int | None, int | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(JOURNEYS.names, (f"key-{r[0]}", *r[1:]), strict=True)) for r in rows],
        schema=JOURNEYS,
    )


# what is charged -> who owes whom how much for which items
CASES = """
received | per_item_usdr = 2_000_000 | KR-US: KR owes US 6000000 for A B C; US-KR: US owes KR 2000000 for D
received | per_kg_usdr = 5_000_001 | KR-US: KR owes US 6000000 for A B C; US-KR: US owes KR 2000000 for D
received | per_item_usdr = 1_000_000|per_kg_usdr = 2_500_000 | KR-US: KR owes US 6000000 for A B C; US-KR: US owes KR 2000000 for D
received | per_item_usdr = 2_000_000|most_usdr = 5_000_000 | KR-US: KR owes US 5000000 for A B C; US-KR: US owes KR 2000000 for D
imbalance | per_item_usdr = 900_000 | KR-US: KR owes US 1800000 for A B C
late | per_item_usdr = 3_000_000 | KR-US: US owes KR 3000000 for A
no_arrival | per_item_usdr = 500_000 | KR-US: US owes KR 500000 for E
no_final | per_item_usdr = 400_000 | KR-US: US owes KR 400000 for C
arrival_sent_late | per_item_usdr = 300_000 | KR-US: US owes KR 300000 for B
final_sent_late | per_item_usdr = 200_000 | KR-US: US owes KR 200000 for B
"""  # noqa: E501


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    counted, *terms, expected = (part.strip() for part in case.split("|"))
    found = settled(TARIFF + row(counted, "\n".join(terms)))
    told = "; ".join(
        f"{one.relation}: {one.debtor} owes {one.creditor} {one.amount_usdr} for "
        + " ".join(one.items["item_id"].to_pylist())
        for one in found.rated.charges
    )
    assert told == expected
    for one in found.rated.charges:
        assert sum(one.items["amount_usdr"].to_pylist()) == one.amount_usdr


def test_a_charge_is_a_line_of_the_statement_with_its_items() -> None:
    found = settled(TARIFF + row("late", "per_item_usdr = 3_000_000"))
    (statement,) = found.statements
    line = next(line for line in statement.lines if line.reason.text == "charge.late.KR-US")
    assert (line.creditor, line.debtor, line.items, line.amount_usdr) == ("KR", "US", 1, 3_000_000)
    assert items_behind(statement, line.number)["amount_usdr"].to_pylist() == [3_000_000]
    assert found.totals.charges_usdr == 3_000_000


def test_the_first_weight_that_is_known_binds() -> None:
    text = TARIFF + row(
        "received", 'per_kg_usdr = 1_000_000\nweights = ["verified", "receptacle", "item"]', "KR US"
    )
    known = journeys(("A", False, None, 500, 600), ("B", False, None, 450, None))
    (charge,) = settled(text, known).rated.charges
    weighed = dict(zip(charge.items["item_id"].to_pylist(), charge.items["amount_usdr"].to_pylist(),
                       strict=True))  # fmt: skip
    assert weighed == {"A": 600_000, "B": 450_000, "C": 400_000}


def test_an_item_without_the_weight_that_was_agreed_is_told() -> None:
    text = TARIFF + row("received", 'per_kg_usdr = 1_000_000\nweights = ["verified"]', "KR US")
    found = settled(text, journeys(("A", False, None, None, 600)))
    (finding,) = [one for one in found.findings if one.code == "charge-no-weight"]
    assert "2 items" in finding.detail
    assert found.rated.charges[0].amount_usdr == 600_000


def test_transit_is_owed_to_the_post_that_carried_and_returns_to_the_destination() -> None:
    text = TARIFF + row("transit", "per_item_usdr = 700_000")
    text += row("returned", "per_item_usdr = 800_000")
    known = journeys(("A", False, "JP", None, None), ("D", True, None, None, None))
    found = settled(text, known)
    told = {(one.detail, one.debtor, one.creditor, one.amount_usdr) for one in found.rated.charges}
    assert told == {
        ("transit.KR-US", "KR", "JP", 700_000), ("returned.US-KR", "US", "KR", 800_000),
    }  # fmt: skip
    assert {(one.one, one.other) for one in found.statements} == {("JP", "KR"), ("KR", "US")}
    with pytest.raises(UsageError, match="table of journeys"):
        settled(text)


#: A's refund is 38,500 KRW at 1,930.5 = 19.943020 SDR, all of it the delivery's; the United States
#: earned 1.0 SDR with it (4 SDR by half for complete scans missed, floor of 25 %).
RECOURSE = """
percent = 50 | delivery 9971510; beyond.percent 9971510
basis = "fixed"|fixed_usdr = 8_000_000 | delivery 8000000; beyond.fixed 11943020
basis = "fixed"|fixed_usdr = 30_000_000 | delivery 19943020
within_remuneration = true | delivery 1000000; beyond.remuneration 18943020
cap_usdr = 7_000_000|dry_run = true | beyond.cap 12943020; dry_run 7000000
"""


@pytest.mark.parametrize("case", RECOURSE.strip().splitlines())
def test_the_bases_of_recourse(case: str) -> None:
    *terms, expected = (part.strip() for part in case.split("|"))
    text = TARIFF.replace("percent = 100", "\n".join(terms))
    found = settled(text)
    told = [f"{r['part']} {r['amount_usdr']}" for r in found.recourse.to_pylist()]
    assert "; ".join(told) == expected
    charged = sum(line.amount_usdr for one in found.statements for line in one.lines
                  if line.reason.kind == "recourse")  # fmt: skip
    assert charged == found.totals.charged_usdr
    assert ("dry_run" in case) == (charged == 0)


def test_base_remuneration_counts_as_earned() -> None:
    text = TARIFF.replace("percent = 100", "within_remuneration = true")
    text += row("received", "per_item_usdr = 2_000_000")
    assert settled(text).totals.charged_usdr == 3_000_000


def test_a_stop_loss_per_post_holds_for_all_origins_together() -> None:
    cases = MONTH + f"F JP-US 2026-11-03 1410 | {LATE} {LATE} | delivery 100 | CDI\n"
    text = TARIFF + '\n[[stop_loss]]\npost = "US"\nmost_usdr = 5_000_000\nsource = "test"\n'
    found = settled(text, cases=cases)
    assert found.totals.charged_usdr == 5_000_000
    # 19,943,020 and 6,706,302 in proportion: 3741749.97… and 1258250.02…
    amounts = {r["item_id"]: r["amount_usdr"] for r in found.recourse.to_pylist()
               if r["part"] == "delivery"}  # fmt: skip
    assert amounts == {"A": 3_741_750, "F": 1_258_250}
    free = settled(text.replace('post = "US"', 'post = "KR"'), cases=cases)
    assert free.totals.charged_usdr == 19_943_020 + 6_706_302


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (row("everything", "per_item_usdr = 1"), "counted = 'everything'"),
        (row("received", 'weights = ["item", "item"]'), "each once"),
        ('\n[[stop_loss]]\npost = "US"\nsource = "test"\n', "most_usdr is missing"),
        (TARIFF[TARIFF.index("[[recourse]]"):].replace("percent = 100", "fixed_usdr = 5"), "fixed"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(more: str, message: str) -> None:
    found, findings = read_tariff(TARIFF + more, "test.toml")
    assert found is None
    assert any(message in finding.detail for finding in findings)
