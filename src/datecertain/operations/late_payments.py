"""What was paid of the rounds of netting, as posts tell it, and the interest on what was late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound, UsageError, Usdr
from datecertain.moments import DAY, format_date
from datecertain.operations.clock import Clock
from datecertain.settlement import Period
from datecertain.settlement.interest import (
    LateInterest,
    Owed,
    Paid,
    interest_in,
    late_interest,
)
from datecertain.settlement.tariffs import DayCount
from datecertain.store import Workspace, batch_id
from datecertain.store import settlement_records as tables
from datecertain.tracking.events import audience


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told of a payment; `replaced` says that it was corrected since."""

    seq: int
    paid_on: int
    amount_usdr: int
    replaces: int | None
    actor: str
    reason: str
    at: int
    replaced: bool


@dataclass(frozen=True, slots=True)
class Payable:
    """A payment of a round with what was told of it."""

    owed: Owed
    told: tuple[Told, ...]

    @property
    def paid(self) -> tuple[Paid, ...]:
        """What counts as paid."""
        return tuple(
            Paid(one.paid_on, one.amount_usdr)
            for one in self.told
            if not one.replaced and one.amount_usdr
        )

    @property
    def open_usdr(self) -> int:
        """What is not paid."""
        return self.owed.amount_usdr - sum(one.amount_usdr for one in self.paid)

    def interest(self, until: int) -> LateInterest:
        """What has accrued up to and with a day."""
        return late_interest(self.owed, self.paid, self.owed.due_on, until)


def payables(connection: Connection, round_: int | None = None) -> tuple[Payable, ...]:
    """The payments of a round, or of all, in order."""
    rounds = tables.netting_rounds.c
    query = select(rounds.number, rounds.content).order_by(rounds.number)
    if round_ is not None:
        query = query.where(rounds.number == round_)
    told = _told(connection)
    found = []
    for number, content in connection.execute(query).all():
        for one in content["payments"]:
            owed = Owed(
                number, one["payer"], one["payee"], one["amount_usdr"], one["due_on"],
                one["late_ppm_year"], DayCount(one.get("day_count", DayCount.ACTUAL_365)),
            )  # fmt: skip
            found.append(Payable(owed, told.get((number, owed.payer, owed.payee), ())))
    return tuple(found)


def _told(connection: Connection) -> dict[tuple[int, str, str], tuple[Told, ...]]:
    table = tables.payments_made.c
    rows = connection.execute(
        select(table.round, table.payer, table.payee, table.seq, table.paid_on, table.amount_usdr,
               table.replaces, table.actor, table.reason, table.at)
        .order_by(table.round, table.payer, table.payee, table.seq)
    ).all()  # fmt: skip
    by_payment: dict[tuple[int, str, str], list[Any]] = {}
    for row in rows:
        by_payment.setdefault((row.round, row.payer, row.payee), []).append(row)
    found = {}
    for key, of_it in by_payment.items():
        wrong = {row.replaces for row in of_it}
        found[key] = tuple(
            Told(
                row.seq, row.paid_on, row.amount_usdr, row.replaces, row.actor, row.reason, row.at,
                replaced=row.seq in wrong,
            )
            for row in of_it
        )  # fmt: skip
    return found


def interest_of_month(workspace: Workspace, month: str) -> tuple[LateInterest, ...]:
    """The interest that a month carries by what was told of payments until now."""
    with workspace.reading() as view:
        found = payables(view.connection)
    return interest_in(Period.month(month), [(one.owed, one.paid) for one in found])


def list_payables(workspace: Workspace, round_: int | None = None) -> tuple[Payable, ...]:
    """The payments of a round, or of all. Raises `NotFound` without one."""
    with workspace.reading() as view:
        found = payables(view.connection, round_)
    if not found:
        raise NotFound(
            "no round of netting has a payment here: run `datecertain net` first", "payment.none"
        )
    return found


def tell_payment(
    workspace: Workspace, round_: int, posts: tuple[str, str], paid_on: int,
    amount_usdr: int | None, replaces: int | None, actor: str, reason: str, clock: Clock,
) -> Payable:  # fmt: skip
    """Write down what was paid of a payment (payer, payee), or what was told wrongly; how it stands
    then. Without an amount: all that is open.

    Raises `NotFound` without the payment, `UsageError` for more than is open, a day to come, a post
    that is neither of the two, or a correction of what was not told or corrected before.
    """
    one = _find(workspace, round_, posts)
    standing = [told for told in one.told if not told.replaced]
    wrong = next((told for told in standing if told.seq == replaces), None)
    if replaces is not None and wrong is None:
        numbers = ", ".join(str(told.seq) for told in standing) or "nothing"
        raise UsageError(
            f"number {replaces} cannot be corrected: what stands is {numbers}",
            "payment.correct",
            number=replaces,
        )
    left = one.open_usdr + (wrong.amount_usdr if wrong else 0)
    amount = left if amount_usdr is None else amount_usdr
    if not 0 <= amount <= left or (amount == 0 and replaces is None):
        raise UsageError(
            f"{amount} micro-SDR cannot have been paid: {left} are open",
            "payment.amount",
            amount=Usdr(amount),
            open=Usdr(left),
        )
    if paid_on > clock.now() // DAY:
        raise UsageError(
            f"{format_date(paid_on)} is still to come", "payment.future", day=format_date(paid_on)
        )
    if actor not in posts:
        raise UsageError(
            f"{actor} is neither {posts[0]} nor {posts[1]}", "payment.actor", post=actor
        )
    row = {
        "round": round_, "payer": posts[0], "payee": posts[1], "seq": len(one.told),
        "owner": actor, "audience": audience(*posts), "paid_on": paid_on, "amount_usdr": amount,
        "replaces": replaces, "actor": actor, "reason": reason, "at": clock.now(),
    }  # fmt: skip
    batch = batch_id("payment", *(str(value) for name, value in row.items() if name != "at"))
    with workspace.commit("payment", batch, now=clock.now()) as commit:
        commit.records(
            lambda link: link.execute(insert(tables.payments_made), [row | {"batch_id": batch}])
        )
    return _find(workspace, round_, posts)


def _find(workspace: Workspace, round_: int, posts: Sequence[str]) -> Payable:
    for one in list_payables(workspace, round_):
        if (one.owed.payer, one.owed.payee) == tuple(posts):
            return one
    raise NotFound(
        f"round {round_} has no payment from {posts[0]} to {posts[1]}",
        "payment.unknown",
        payer=posts[0],
        payee=posts[1],
    )
