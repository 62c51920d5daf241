"""The month's money as reports show it: taken from a settlement, kept with its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.errors import NotFound
from datecertain.moments import format_date, parse_date
from datecertain.quality import (
    ChargeTotal,
    MoneyFigures,
    NetPosition,
    Payment,
    RefundTotal,
    StatementTotal,
)
from datecertain.settlement import Settlement
from datecertain.store import Workspace
from datecertain.store import records as tables


def money_figures(settled: Settlement) -> MoneyFigures:
    """The month's money in the form that reports show."""
    by_origin = settled.refunds.group_by(["origin", "currency"]).aggregate(
        [("item_key", "count"), ("amount_minor", "sum")]
    )
    valued = settled.recourse.group_by("origin").aggregate([("amount_usdr", "sum")])
    value_of = {row["origin"]: row["amount_usdr_sum"] for row in valued.to_pylist()}
    owed: dict[str, int] = {}
    owes: dict[str, int] = {}
    charges: dict[str, list[int]] = {}
    statements = []
    for one in settled.statements:
        # gross_usdr is what each is owed: what `one` owes is what `other` is owed.
        statements.append(
            StatementTotal(
                f"{settled.period.name}-{one.one}-{one.other}", one.one, one.other,
                one.gross_usdr[one.other], one.gross_usdr[one.one],
                sum(line.items for line in one.lines), one.sha256,
            )
        )  # fmt: skip
        for creditor, debtor in ((one.one, one.other), (one.other, one.one)):
            owed[creditor] = owed.get(creditor, 0) + one.gross_usdr[creditor]
            owes[debtor] = owes.get(debtor, 0) + one.gross_usdr[creditor]
        for line in one.lines:
            charges.setdefault(str(line.reason.kind), []).append(line.amount_usdr)
    rates = settled.recourse["rate_on"]
    return MoneyFigures(
        refunds=tuple(
            RefundTotal(row["origin"], row["currency"], row["item_key_count"],
                        row["amount_minor_sum"], value_of.get(row["origin"], 0))
            for row in by_origin.sort_by("origin").to_pylist()
        ),
        charges=tuple(
            ChargeTotal(kind, len(amounts), sum(amounts))
            for kind, amounts in sorted(charges.items())
        ),
        statements=tuple(statements),
        positions=tuple(
            NetPosition(post, owes.get(post, 0), owed.get(post, 0))
            for post in sorted({*owed, *owes})
        ),
        payments=tuple(
            Payment(one.payer, one.payee, one.amount_usdr) for one in settled.netting.payments
        ),
        rates_on=pc.max(rates).as_py() if len(rates) else None,
    )  # fmt: skip


_PARTS: Mapping[str, Any] = {
    "refunds": RefundTotal, "charges": ChargeTotal, "statements": StatementTotal,
    "positions": NetPosition, "payments": Payment,
}  # fmt: skip


def plain_money(money: MoneyFigures) -> dict[str, Any]:
    plain: dict[str, Any] = {
        name: [[getattr(row, field) for field in kind.__slots__] for row in getattr(money, name)]
        for name, kind in _PARTS.items()
    }
    on = money.rates_on
    return plain | {"rates_on": None if on is None else format_date(on)}


def stored_money(workspace: Workspace, month: str) -> MoneyFigures:
    """The money of a month as it was last settled. Raises `NotFound` when it was not."""
    with workspace.reading() as view:
        results = view.connection.execute(
            select(tables.runs.c.result).where(
                tables.runs.c.operation == "settle", tables.runs.c.state == "finished"
            )
        ).scalars()
        found = [result for result in results if result["period"] == month]
    if not found:
        raise NotFound(f"{month} was not settled here: run `datecertain settle` first")
    money = max(found, key=lambda result: int(result["version"]))["money"]
    parts: dict[str, Any] = {
        name: tuple(kind(*row) for row in money[name]) for name, kind in _PARTS.items()
    }
    on = money["rates_on"]
    return MoneyFigures(**parts, rates_on=parse_date(on) if on else None)
