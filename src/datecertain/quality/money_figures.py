"""The month's money as a report shows it: filled from the settlement, decided nowhere here.

All amounts between posts are whole micro-SDR (SDR·10⁻⁶); refunds are whole minor units of the
origin post's currency with their value in micro-SDR beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datecertain.errors import InvariantBroken


@dataclass(frozen=True, slots=True)
class RefundTotal:
    """What one origin post owes its senders."""

    origin: str
    currency: str
    items: int
    minor: int
    usdr: int


@dataclass(frozen=True, slots=True)
class ChargeTotal:
    """What the statements charge under one heading: `recourse` (late items, by share) or
    `performance` (pay-for-performance)."""

    kind: str
    lines: int
    usdr: int


@dataclass(frozen=True, slots=True)
class StatementTotal:
    """One statement between two posts: what each owes the other, and how many items it lists."""

    statement_id: str
    one: str
    other: str
    one_owes_usdr: int
    other_owes_usdr: int
    items: int
    digest: str

    @property
    def balance_usdr(self) -> int:
        """What `one` owes `other` on balance; negative: `other` owes `one`."""
        return self.one_owes_usdr - self.other_owes_usdr


@dataclass(frozen=True, slots=True)
class NetPosition:
    """All that one post owes, and is owed, over all its statements."""

    post: str
    owes_usdr: int
    owed_usdr: int

    @property
    def net_usdr(self) -> int:
        """Positive: the post receives on balance."""
        return self.owed_usdr - self.owes_usdr


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment that clears net positions."""

    payer: str
    payee: str
    usdr: int


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Refunds, statements, positions and payments of one period.

    Raises `InvariantBroken` when they contradict each other: positions must follow from the
    statements, and the payments must clear every position to the last micro-SDR.
    `rates_on`: the day number of the exchange rates, None when nothing was converted.
    """

    refunds: tuple[RefundTotal, ...] = ()
    charges: tuple[ChargeTotal, ...] = ()
    statements: tuple[StatementTotal, ...] = ()
    positions: tuple[NetPosition, ...] = ()
    payments: tuple[Payment, ...] = ()
    rates_on: int | None = None

    def __post_init__(self) -> None:
        for problem in _contradictions(self):
            raise InvariantBroken(f"the month's money does not agree with itself: {problem}")

    @property
    def settled(self) -> bool:
        """Whether there is a settlement at all; without one, no amount may be read as nil."""
        return bool(self.refunds or self.charges or self.statements)

    @property
    def refund_items(self) -> int:
        """Items whose postage is due back."""
        return sum(row.items for row in self.refunds)

    @property
    def refunds_usdr(self) -> int:
        """Value of all refunds."""
        return sum(row.usdr for row in self.refunds)

    @property
    def gross_usdr(self) -> int:
        """All that posts owe each other before anything is set off."""
        return sum(row.one_owes_usdr + row.other_owes_usdr for row in self.statements)

    @property
    def balances_usdr(self) -> int:
        """What would move if each pair paid its own balance."""
        return sum(abs(row.balance_usdr) for row in self.statements)

    @property
    def net_usdr(self) -> int:
        """What moves after netting all posts together."""
        return sum(row.usdr for row in self.payments)

    @property
    def open_balances(self) -> int:
        """Statements whose balance is not nil: the payments that netting saves."""
        return sum(1 for row in self.statements if row.balance_usdr)


def _contradictions(money: MoneyFigures) -> Iterator[str]:
    owes: dict[str, int] = {}
    owed: dict[str, int] = {}
    for row in money.statements:
        for debtor, creditor, usdr in (
            (row.one, row.other, row.one_owes_usdr),
            (row.other, row.one, row.other_owes_usdr),
        ):
            if usdr < 0:
                yield f"statement {row.statement_id} owes a negative amount"
            owes[debtor] = owes.get(debtor, 0) + usdr
            owed[creditor] = owed.get(creditor, 0) + usdr
    stated = {row.post: (row.owes_usdr, row.owed_usdr) for row in money.positions}
    for post in owes.keys() | owed.keys() | stated.keys():
        due = (owes.get(post, 0), owed.get(post, 0))
        if stated.get(post, (0, 0)) != due:
            yield f"{post} stands at {stated.get(post)}, its statements say {due}"
    left = {row.post: row.net_usdr for row in money.positions}
    for payment in money.payments:
        left[payment.payer] = left.get(payment.payer, 0) + payment.usdr
        left[payment.payee] = left.get(payment.payee, 0) - payment.usdr
    for post, usdr in left.items():
        if usdr:
            yield f"after all payments {post} is left with {usdr} micro-SDR"
