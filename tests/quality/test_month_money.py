"""The month's money must agree with itself before it is shown."""

from __future__ import annotations

import dataclasses

import pytest

from datecertain.errors import InvariantBroken
from datecertain.quality import MoneyFigures, NetPosition, Passage, Payment, StatementTotal
from quality.sample_month import sample_month

# Korea owes Japan 50, Japan owes Korea 20 and the US 40, the US owes Korea 10.
STATEMENTS = (
    StatementTotal("s1", "KR", "JP", 50, 20, 3, "d1"),
    StatementTotal("s2", "JP", "US", 40, 0, 2, "d2"),
    StatementTotal("s3", "KR", "US", 0, 10, 1, "d3"),
)
POSITIONS = (NetPosition("KR", 50, 30), NetPosition("JP", 60, 50), NetPosition("US", 10, 40))
PAYMENTS = (Payment("KR", "US", 20), Payment("JP", "US", 10))


def test_gross_pairwise_and_net_of_three_posts() -> None:
    money = MoneyFigures(statements=STATEMENTS, positions=POSITIONS, payments=PAYMENTS)
    assert (money.gross_usdr, money.balances_usdr, money.net_usdr) == (120, 80, 30)
    assert money.open_balances == 3
    assert [row.net_usdr for row in money.positions] == [-20, -10, 30]


def test_a_position_that_its_statements_do_not_give_is_refused() -> None:
    wrong = (NetPosition("KR", 51, 30), *POSITIONS[1:])
    with pytest.raises(InvariantBroken, match="KR stands at"):
        MoneyFigures(statements=STATEMENTS, positions=wrong, payments=PAYMENTS)


def test_payments_that_leave_something_open_are_refused() -> None:
    with pytest.raises(InvariantBroken, match="is left with"):
        MoneyFigures(statements=STATEMENTS, positions=POSITIONS, payments=PAYMENTS[:1])


def test_a_negative_debt_is_refused() -> None:
    wrong = dataclasses.replace(STATEMENTS[1], other_owes_usdr=-1)
    with pytest.raises(InvariantBroken, match="negative"):
        MoneyFigures(statements=(wrong,), positions=(), payments=())


def test_a_month_without_money_agrees_with_itself() -> None:
    money = MoneyFigures()
    assert (money.gross_usdr, money.net_usdr, money.refund_items) == (0, 0, 0)


def test_the_sample_month_nets_to_fewer_payments_than_pairs() -> None:
    money = sample_month().money
    assert len(money.payments) < len(money.positions) < money.open_balances
    assert 0 < money.net_usdr < money.balances_usdr < money.gross_usdr


def test_counts_in_are_counts_out() -> None:
    assert Passage("events", 10, 7, repeated=2, set_aside=1).adds_up
    assert not Passage("events", 10, 7, repeated=2).adds_up
