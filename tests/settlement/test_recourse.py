"""Who bears a refund: named cases worked by hand, and what must always hold."""

import pytest
from settling_cases import LATE, TARIFF, month, network, tariff

from datecertain.claims import refunds_due
from datecertain.errors import InvariantBroken
from datecertain.network import Network
from datecertain.settlement.periods import Period
from datecertain.settlement.recourse import EARNED, PARTS, recourse_of
from datecertain.wording import words
from worlds import texts

NOVEMBER = Period.month("2026-11")

# 38,500 KRW at 1,930.5 = 19.943020 SDR; 1,410 JPY at 210.25 = 6.706302;
# 67.45 USD at 1.36 = 49.595588
CASES = """
A KR-US 2026-11-02 38500 | late_liable late_liable | export 40 delivery 60 | -> KR export 7977208; US delivery 11965812
B KR-US 2026-11-02 38500 | late_liable late_liable | export 333334 import 333333 delivery 333333 | -> KR export 6647686; US import 6647667; US delivery 6647667
C JP-KR 2026-11-02 1410 | late_liable late_liable | transport 50 import 50 | -> JP transport 3353151; KR import 3353151
D JP-KR 2026-11-02 1410 | late_liable late_liable | promise 100 | -> JP promise 6706302
E JP-KR 2026-11-02 1410 | late_liable late_liable | import 100 | -> KR import 6706302
F KR-US 2026-11-02 38500 | late_liable late_excused | | -> KR between.late_excused 19943020
G KR-US 2026-11-02 38500 | late_liable on_time | | -> KR between.on_time 19943020
H KR-US 2026-11-02 38500 | late_liable undetermined | | -> KR between.undetermined 19943020
I KR-US 2026-11-02 38500 | late_liable not_guaranteed | | -> KR between.not_guaranteed 19943020
J US-JP 2026-11-02 6745 | late_liable late_liable | export 25 delivery 75 | -> US export 12398897; JP delivery 37196691
K KR-US 2026-11-02 38500 | on_time late_liable | delivery 100 | ->
L KR-US 2026-11-02 0 | late_liable late_liable | delivery 100 | ->
"""  # noqa: E501


def parts_of(case: str, rules: str = TARIFF) -> list[str]:
    verdicts, items, _ = month(case)
    refunds, _ = refunds_due(network(), verdicts, items)
    recourse = recourse_of(
        network(), refunds, verdicts, NOVEMBER, tariff(rules), EARNED.empty_table()
    )
    return [f"{row['bearer']} {row['part']} {row['amount_usdr']}" for row in recourse.to_pylist()]


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    given, expected = case.split("->")
    assert "; ".join(parts_of(given)) == expected.strip()


CASE = "A KR-US 2026-11-02 38500 | late_liable late_liable | export 40 delivery 60 |"


CARRIAGE = """origin,destination,transport,transit,handover,valid_from,valid_to,source
*,*,origin,origin,received,,,test
JP,KR,destination,origin,received,2026-11-02,,test
"""


def test_the_transport_leg_is_charged_to_the_post_that_contracted_the_carriage() -> None:
    """Korea contracts the carriage from Japan from the second of November on."""
    agreed = Network.from_texts(texts({"carriage.csv": CARRIAGE}), "the small world")
    for day, bearer in (("2026-11-01", "JP"), ("2026-11-02", "KR")):
        verdicts, items, _ = month(f"C JP-KR {day} 1410 | {LATE} {LATE} | transport 50 import 50 |")
        refunds, _ = refunds_due(agreed, verdicts, items)
        rows = recourse_of(
            agreed, refunds, verdicts, NOVEMBER, tariff(TARIFF), EARNED.empty_table()
        ).to_pylist()
        assert [(row["bearer"], row["part"], row["amount_usdr"]) for row in rows] == [
            (bearer, "transport", 3353151), ("KR", "import", 3353151),
        ]  # fmt: skip


def rules(**limits: int) -> str:
    head, _, _ = TARIFF.partition("[[recourse]]")
    lines = "\n".join(f"{name} = {value}" for name, value in {"percent": 100, **limits}.items())
    return f'{head}[[recourse]]\norigin = "*"\ndestination = "*"\nsource = "test"\n{lines}\n'


def test_a_percentage_leaves_the_rest_with_the_origin() -> None:
    assert parts_of(CASE, rules(percent=50)) == [
        "KR export 3988604", "US delivery 5982906", "KR beyond.percent 9971510",
    ]  # fmt: skip


def test_a_cap_an_item_leaves_the_rest_with_the_origin() -> None:
    assert parts_of(CASE, rules(cap_usdr=10_000_000)) == [
        "KR export 4000000", "US delivery 6000000", "KR beyond.cap 9943020",
    ]  # fmt: skip


def test_the_stop_loss_cuts_what_the_destination_is_charged() -> None:
    assert parts_of(CASE, rules(stop_loss_usdr=5_000_000)) == [
        "KR export 7977208", "US delivery 5000000", "KR beyond.stop_loss 6965812",
    ]  # fmt: skip


def test_the_stop_loss_is_of_the_relation_and_cuts_all_its_items_alike() -> None:
    two = "\n".join(
        f"{name} KR-US 2026-11-02 38500 | {LATE} {LATE} | delivery 100 |" for name in "AB"
    )
    other = f"C KR-JP 2026-11-02 38500 | {LATE} {LATE} | delivery 100 |"
    assert parts_of(f"{two}\n{other}", rules(stop_loss_usdr=20_000_000)) == [
        "JP delivery 19943020",
        "US delivery 10000000", "KR beyond.stop_loss 9943020",
        "US delivery 10000000", "KR beyond.stop_loss 9943020",
    ]  # fmt: skip


def test_without_an_agreement_the_origin_bears_all_that_could_be_charged() -> None:
    none = TARIFF.partition("[[recourse]]")[0]
    assert parts_of(CASE, none) == ["KR no_agreement 19943020"]


def test_an_agreement_of_one_relation_goes_before_that_of_all() -> None:
    own = rules() + '[[recourse]]\norigin = "KR"\ndestination = "US"\npercent = 0\nsource = "t"\n'
    assert parts_of(CASE, own) == ["KR beyond.percent 19943020"]
    later = own.replace("percent = 0", "percent = 0\nvalid_from = 2026-11-02")
    assert parts_of(CASE, later) == parts_of(CASE)  # it was not in force on the first of the month


def test_shares_that_do_not_sum_to_one_are_our_defect() -> None:
    with pytest.raises(InvariantBroken, match="key-A"):
        parts_of("A KR-US 2026-11-02 38500 | late_liable late_liable | delivery 99 |")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_part_has_words(language: str) -> None:
    from datecertain.settlement.explaining import part_label

    labels = [part_label(part, 500_000, words(language)) for part in PARTS]
    assert len(set(labels)) == len(PARTS)
