"""The statements of `hand_worked_statements.md`, line by line, to the last unit."""

import re
from pathlib import Path

import pytest
from settling_cases import BOOKED_AT, TARIFF, month, network, tariff

from datecertain.settlement import Period, Settlement, Statement, settle_period

PAGE = Path(__file__).with_name("hand_worked_statements.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(\w+(?: \S+)?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CHARGE = """
[[charge]]
origin = "*"
destination = "*"
counted = "received"
per_item_usdr = 500_000
per_kg_usdr = 1_000_000
source = "test"
"""


def settled() -> Settlement:
    return settle_period(
        network(), *month(BLOCKS["month"]), Period.month("2026-11"), tariff(TARIFF + CHARGE),
        booked_at=BOOKED_AT,
    )  # fmt: skip


def written(usdr: int) -> str:
    return f"{usdr // 10**6}.{usdr % 10**6:06d}"


def as_on_the_page(statement: Statement) -> str:
    lines = [
        f"{line.number} {line.reason.text} {line.debtor} owes {line.creditor} {line.items} "
        f"{written(line.amount_usdr)}"
        for line in statement.lines
    ]
    debtor, creditor = statement.other, statement.one
    if statement.net_usdr < 0:
        debtor, creditor = creditor, debtor
    lines.append(f"net {debtor} owes {creditor} {written(abs(statement.net_usdr))}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("pair", ["KR-US", "JP-KR", "JP-US"])
def test_a_statement_is_the_one_worked_by_hand(pair: str) -> None:
    statement = next(one for one in settled().statements if f"{one.one}-{one.other}" == pair)
    assert as_on_the_page(statement) == BLOCKS[f"statement {pair}"]


def test_the_payments_are_those_worked_by_hand() -> None:
    told = "".join(
        f"{one.payer} pays {one.payee} {written(one.amount_usdr)}\n"
        for one in settled().netting.payments
    )
    assert told == BLOCKS["payments"]
    assert len(BLOCKS) == 5
