"""Settling a period: from verdicts to payments, one pure function (issue: refund, settle, net).

Nothing is stored here: called for a look ahead, it is the dry run that posts nothing (req 76);
called with another tariff, it is the what-if (req 47).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import coded, numbers, refuse_doubles, texts
from datecertain.claims.refunds import refunds_due
from datecertain.errors import InvariantBroken
from datecertain.findings import Finding
from datecertain.network import Network
from datecertain.settlement.adjustments import Adjustment, adjusting_entries, concerning
from datecertain.settlement.charges import charges_of
from datecertain.settlement.entries import (
    charge_entries,
    interest_entries,
    performance_entries,
    recourse_entries,
    refund_entries,
)
from datecertain.settlement.interest import LateInterest
from datecertain.settlement.journal import check_balanced, posted
from datecertain.settlement.ledger import NOTHING, Granted, with_ledger
from datecertain.settlement.measured import measured
from datecertain.settlement.netting import Netting, net
from datecertain.settlement.performance import Performance, performance_of
from datecertain.settlement.periods import Period
from datecertain.settlement.recourse import EARNED, recourse_of
from datecertain.settlement.statements import Rated, Statement, positions_of, statements_of
from datecertain.settlement.tariffs import Counted, Tariff


@dataclass(frozen=True, slots=True)
class RefundTotal:
    """Refunds in one currency."""

    currency: str
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A period in a few numbers. Micro-SDR unless the name says otherwise."""

    items: int  # items of the period that have a verdict
    refunds: tuple[RefundTotal, ...]
    refunds_usdr: int  # all refunds = charged_usdr + all of borne_usdr
    charged_usdr: int  # refunds charged on to destination posts
    borne_usdr: Mapping[str, int]  # refunds borne by their origins, by part (recourse.PARTS)
    performance_usdr: int
    charges_usdr: int  # charges per item, all of them
    interest_usdr: int  # on what was paid late
    gross_usdr: int  # all that posts owe each other, both ways
    bilateral_usdr: int  # what would be paid if every pair settled its own net
    net_usdr: int  # what is paid after multilateral netting
    payments: int


@dataclass(frozen=True)
class Settlement:
    """A settled period: tables, statements and payments that agree with each other."""

    period: Period
    refunds: pa.Table  # schema REFUNDS
    recourse: pa.Table  # schema RECOURSE
    rated: Rated
    journal: pa.Table  # schema JOURNAL, adjustments of earlier periods included
    statements: tuple[Statement, ...]
    positions: Mapping[str, int]  # post -> micro-SDR owed to it
    netting: Netting
    totals: Totals
    findings: tuple[Finding, ...]

    @property
    def performance(self) -> Performance:
        """What was paid for performance."""
        return self.rated.performance


@dataclass(frozen=True)
class Reckoned:
    """What a period comes to under a tariff, before anything is booked or stated."""

    refunds: pa.Table  # schema REFUNDS
    recourse: pa.Table  # schema RECOURSE
    rated: Rated
    findings: tuple[Finding, ...]


def of_period(verdicts: pa.Table, period: Period) -> pa.Table:
    """The verdicts of a period's items. Raises `InvariantBroken` when an item stands twice."""
    refuse_doubles(texts(verdicts, "item_key"), "verdicts")
    accepted = numbers(verdicts, "accepted_date")
    inside = (accepted >= period.first_day) & (accepted <= period.last_day)
    return verdicts if inside.all() else verdicts.filter(pa.array(inside))


#: Refunds (schema `REFUNDS`) and what was set aside.
Refunded = tuple[pa.Table, list[Finding]]


def refund(
    network: Network, verdicts: pa.Table, items: pa.Table, granted: Granted = NOTHING
) -> Refunded:
    """What senders of a period's items (`of_period`) are owed, and what stands in the ledger of
    refunds besides."""
    refunds, findings = refunds_due(
        network, verdicts, items, granted.keys, checked=texts(verdicts, "item_key")
    )
    refunds, waiting = with_ledger(refunds, granted, verdicts)
    return refunds, [*findings, *waiting]


def reckon(
    network: Network, verdicts: pa.Table, items: pa.Table, performance_events: pa.Table,
    period: Period, tariff: Tariff, journeys: pa.Table | None = None,
    granted: Granted = NOTHING, refunded: Refunded | None = None,
) -> Reckoned:  # fmt: skip
    """Refund, charge on and rate the items of a period (`of_period`) under a tariff that is
    `settling` between the network's posts; the rest as for `settle_period`. `refunded`: what
    `refund` found for the same items, where several tariffs are reckoned: none decides a refund."""
    refunds, findings = refunded or refund(network, verdicts, items, granted)
    joined = measured(verdicts, performance_events)
    performance = performance_of(joined, items, period, tariff)
    charges, unweighed = charges_of(joined, items, journeys, period, tariff)
    rated = Rated(performance, charges)
    asked = any(rule.within_remuneration for rule in tariff.recourse)
    earned = earned_by(rated) if asked else EARNED.empty_table()
    recourse = recourse_of(network, refunds, verdicts, period, tariff, earned)
    findings = [*findings, *performance.findings, *unweighed]
    return Reckoned(refunds, recourse, rated, tuple(findings))


def earned_by(rated: Rated) -> pa.Table:
    """What each item earned its destination (schema `EARNED`): for performance, and as base
    remuneration."""
    lists = [rated.performance.received.select(["item_key", "each_usdr"])]
    for charge in rated.charges:
        if charge.counted is Counted.RECEIVED:
            lists.append(charge.items.select(["item_key", "amount_usdr"]))
    return pa.concat_tables([each.rename_columns(EARNED.names).cast(EARNED) for each in lists])


def settle_period(
    network: Network, verdicts: pa.Table, items: pa.Table, performance_events: pa.Table,
    period: Period, tariff: Tariff, *, booked_at: int, adjustments: Sequence[Adjustment] = (),
    journeys: pa.Table | None = None, pairs: Sequence[tuple[str, str]] = (),
    granted: Granted = NOTHING, interest: Sequence[LateInterest] = (),
    refunded: Refunded | None = None,
) -> Settlement:  # fmt: skip
    """Refund, charge on, pay for performance, state and net one period.

    `verdicts`: the current verdict of each item (columns of `VERDICTS`); those accepted outside
    the period are left out. `items`: acceptance records (columns of `ITEMS`).
    `performance_events`: schema `PERFORMANCE_EVENTS`. `network`: gives terms and rates by date.
    `booked_at`: the moment of booking, which decides nothing. `adjustments`: corrections of
    earlier periods that this one books (`adjust`). `journeys`: schema `JOURNEYS`, where the tariff
    asks for them (`needs_journeys`). `pairs`: posts that get a statement even with nothing on it.
    `granted`: what stands in the ledger of refunds beside what verdicts alone give. `interest`: of
    the period, on what was paid late (`interest_in`). `refunded`: what `refund` found for these
    verdicts, which are then of the period (`of_period`).

    The order of rows changes nothing, and the same input gives the same entry ids and digests.
    Raises `InvariantBroken` when an item stands twice or the result contradicts itself,
    `NetworkError` when terms or rates are missing.
    """
    own = of_period(verdicts, period) if refunded is None else verdicts
    tariff = tariff.settling(network, period.first_day)
    reckoned = reckon(
        network, own, items, performance_events, period, tariff, journeys, granted, refunded
    )
    rated, refunds, recourse = reckoned.rated, reckoned.refunds, reckoned.recourse
    entries = (
        refund_entries(refunds),
        recourse_entries(recourse),
        performance_entries(rated.performance.lines, period),
        charge_entries(rated.charges, period),
        interest_entries(interest, period),
    )
    journal = pa.concat_tables(
        [posted(entries, period, booked_at), *(each.lines for each in adjustments)]
    )
    statements = statements_of(
        journal, rated, period, _basis(network, own, tariff), tariff,
        {each.settled.name: each.rated for each in adjustments}, pairs, interest,
    )  # fmt: skip
    positions = positions_of(statements)
    netting = net(positions)
    totals = _totals(own, refunds, recourse, rated, statements, netting, interest)
    settlement = Settlement(
        period, refunds, recourse, rated, journal, statements, positions, netting, totals,
        reckoned.findings,
    )  # fmt: skip
    check_settlement(settlement)
    return settlement


def adjust(
    books: pa.Table, target: Settlement, into: Period, booked_at: int, conceded: bool = False
) -> Adjustment:
    """What `into` has to book so that a settled period comes out as it would now (req 48).

    `books`: the journal so far (schema `JOURNAL`); `target`: the settled period, settled again
    from today's verdicts without adjustments of its own. `conceded`: what differs was conceded.
    """
    now = concerning(target.journal, target.period)
    lines = adjusting_entries(books, now, target.period, into, booked_at, conceded)
    return Adjustment(target.period, lines, target.rated)


def _basis(network: Network, verdicts: pa.Table, tariff: Tariff) -> dict[str, str]:
    """The versions that the amounts rest on."""

    def versions(name: str) -> str:
        return " ".join(coded(verdicts, name)[0])

    return {
        "tariff": tariff.name,
        "tariff_digest": tariff.digest,
        "settling_network": network.version,
        "verdict_networks": versions("network_version"),
        "verdict_rules": versions("rules_version"),
    }


def _totals(
    verdicts: pa.Table, refunds: pa.Table, recourse: pa.Table, rated: Rated,
    statements: Sequence[Statement], netting: Netting, interest: Sequence[LateInterest],
) -> Totals:  # fmt: skip
    by_currency = refunds.group_by("currency").aggregate(
        [("item_key", "count"), ("amount_minor", "sum")]
    )
    own = pc.equal(recourse["bearer"], recourse["origin"])
    borne = recourse.filter(own).group_by("part").aggregate([("amount_usdr", "sum")])
    charged = numbers(recourse.filter(pc.invert(own)), "amount_usdr")
    return Totals(
        items=len(verdicts),
        refunds=tuple(
            RefundTotal(row["currency"], row["item_key_count"], row["amount_minor_sum"])
            for row in by_currency.sort_by("currency").to_pylist()
        ),
        refunds_usdr=int(numbers(recourse, "amount_usdr").sum()),
        charged_usdr=int(charged.sum()),
        borne_usdr={
            row["part"]: row["amount_usdr_sum"] for row in borne.sort_by("part").to_pylist()
        },
        performance_usdr=sum(line.amount_usdr for line in rated.performance.lines),
        charges_usdr=sum(charge.amount_usdr for charge in rated.charges),
        interest_usdr=sum(one.amount_usdr for one in interest),
        gross_usdr=sum(sum(statement.gross_usdr.values()) for statement in statements),
        bilateral_usdr=sum(abs(statement.net_usdr) for statement in statements),
        net_usdr=sum(payment.amount_usdr for payment in netting.payments),
        payments=len(netting.payments),
    )


def check_settlement(settlement: Settlement) -> None:
    """What must hold whatever the data. Raises `InvariantBroken`."""
    check_balanced(settlement.journal)
    totals = settlement.totals
    if totals.refunds_usdr != totals.charged_usdr + sum(totals.borne_usdr.values()):
        raise InvariantBroken("settlement: refunds are not what was charged on and borne")
    left = dict(settlement.positions)
    for payment in settlement.netting.payments:
        left[payment.payer] += payment.amount_usdr
        left[payment.payee] -= payment.amount_usdr
    if any(left.values()):
        raise InvariantBroken(f"settlement: payments leave positions open: {left}")
    for post, owed in settlement.positions.items():
        if owed != _in_the_books(settlement.journal, post):
            raise InvariantBroken(f"settlement: statements and books of {post} disagree")


def _in_the_books(journal: pa.Table, post: str) -> int:
    """A post's receivables less its payables."""
    between = pc.and_(
        pc.equal(journal["owner"], post), pc.starts_with(journal["account"], "posts.")
    )
    return int(numbers(journal.filter(between), "amount").sum())
