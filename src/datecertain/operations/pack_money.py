"""The page of money of the meeting pack: refunds in either mode, what posts owe each other (req 34,
45)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from datecertain.claims.forecasting import LaneCost
from datecertain.operations.month_money import plain_money
from datecertain.operations.pack_queries import JUDGED_TABLES, Questions
from datecertain.planning.meeting import Cell, Column, Figure, Page, Sheet, Subject, Unit
from datecertain.quality import MoneyFigures
from datecertain.quality.disclosure import least_amounts, sum_may_be_told
from datecertain.settlement import Period
from datecertain.store import request_digest


def money_page(
    ask: Questions, months: Mapping[str, MoneyFigures], costs: Sequence[LaneCost], closing_at: int
) -> Page:
    """Refunds in either mode, what posts owe each other, and what moves after netting."""
    owed = ask.ask(
        "refunds_forecast", f"datecertain refunds forecast --month {ask.months[-1]} --json",
        {"months": list(ask.months), "as_of": closing_at}, JUDGED_TABLES,
    )  # fmt: skip
    settled = ask.ask(
        "stored_money", f"datecertain report --period {ask.months[-1]} --json",
        {"months": list(ask.months)},
        more={"settlements": {month: request_digest(plain_money(money))
                              for month, money in months.items() if money.settled}},
    )  # fmt: skip
    known = [money for money in months.values() if money.settled]
    positions = _positions(known)
    return Page(
        Subject.MONEY,
        (
            Figure("refunds_usdr", settled, sum(one.refunds_usdr for one in known) if known
                   else None, Unit.USDR),
            Figure("refund_items", owed, sum(one.owed for one in costs), Unit.COUNT),
            Figure("gross_usdr", settled, sum(one.gross_usdr for one in known) if known else None,
                   Unit.USDR),
            Figure("net_usdr", settled, sum(one.net_usdr for one in known) if known else None,
                   Unit.USDR),
        ),
        (
            _refunds(owed, costs),
            Sheet("positions", settled,
                  _columns(("post", Unit.POST), ("owed_usdr", Unit.USDR), ("owes_usdr", Unit.USDR),
                           ("position_usdr", Unit.USDR)), positions),
        ),
        {"settled": len(known), "months": len(months),
         "payments": sum(len(one.payments) for one in known),
         "claimed": sum(one.claimed for one in costs),
         "owed": sum(one.owed for one in costs)},
    )  # fmt: skip


def published_money_page(
    ask: Questions, months: Mapping[str, MoneyFigures], costs: Sequence[LaneCost], closing_at: int
) -> Page:
    """The same for all posts to read: counts by post, no post's money, and sums of money only where
    they tell no reader what two others owe each other."""
    page = money_page(ask, months, costs, closing_at)
    owes = refunds = True
    for month, money in months.items():
        least = least_amounts(Period.month(month).last_day)
        owes &= sum_may_be_told(
            [(one.one, one.other) for one in money.statements
             if one.one_owes_usdr or one.other_owes_usdr], least,
        )  # fmt: skip
        refunds &= sum_may_be_told({(one.origin,) for one in money.refunds if one.usdr}, least)
    told = {"refunds_usdr": refunds, "gross_usdr": owes, "net_usdr": owes}
    counts = Counter[str](), Counter[str]()
    for cost in costs:
        counts[0][cost.origin] += cost.owed
        counts[1][cost.origin] += cost.claimed
    query = page.figure("refund_items").query
    sheet = Sheet(
        "refunds_counted", query,
        _columns(("post", Unit.POST), ("owed_items", Unit.COUNT), ("claimed", Unit.COUNT)),
        tuple((post, *(one[post] for one in counts)) for post in sorted(counts[0])),
    )  # fmt: skip
    return replace(
        page, sheets=(sheet,), facts=dict(page.facts) | {"withheld": int(not owes)},
        figures=tuple(one if told.get(one.key, True) else replace(one, value=None)
                      for one in page.figures),
    )  # fmt: skip


def _positions(known: Sequence[MoneyFigures]) -> tuple[tuple[Cell, ...], ...]:
    owed, owes = Counter[str](), Counter[str]()
    for money in known:
        for row in money.positions:
            owed[row.post] += row.owed_usdr
            owes[row.post] += row.owes_usdr
    posts = sorted({*owed, *owes}, key=lambda post: (owes[post] - owed[post], post))
    return tuple((post, owed[post], owes[post], owed[post] - owes[post]) for post in posts)


def _refunds(query: str, costs: Sequence[LaneCost]) -> Sheet:
    """By origin and currency: what refunding all unasked pays, and what claims were granted."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in costs:
        row = sums.setdefault((one.origin, one.currency), [0, 0, 0, 0])
        for at, value in enumerate((one.owed, one.automatic_minor, one.claimed, one.claimed_minor)):
            row[at] += value
    return Sheet(
        "refunds", query,
        _columns(("post", Unit.POST), ("owed_items", Unit.COUNT), ("currency", Unit.TEXT),
                 ("if_automatic", Unit.MINOR), ("claimed", Unit.COUNT),
                 ("granted", Unit.MINOR)),
        tuple((post, row[0], currency, *row[1:]) for (post, currency), row in sorted(sums.items())),
    )  # fmt: skip


def _columns(*pairs: tuple[str, Unit]) -> tuple[Column, ...]:
    return tuple(Column(name, unit) for name, unit in pairs)
