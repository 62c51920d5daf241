"""What a month's books say of what is still open at its end: accruals, reversed on the next day.

Two things are open. An item whose verdict towards the sender is pending or undetermined may cost
its origin post the refund: at least nothing, at most what its terms give back. An amount that is
contested may be lost by the post that is owed it: at least what of it was conceded, for that is
corrected; at most all of it. What is booked lies between the two bounds where the tariff's row for
the month's end says (`expected_ppm`); without a row it is the high bound, with a finding. No gain
is accrued.

Accruals are entries of their own kind and no part of any statement; with each stands its reversal,
of value on the first day of the next month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import texts
from datecertain.claims.money import divided_whole
from datecertain.claims.refunds import refunds_due
from datecertain.findings import Finding, Severity
from datecertain.moments import date_of
from datecertain.network import Network
from datecertain.settlement.entries import SENDERS, Entries, Lines
from datecertain.settlement.journal import posted
from datecertain.settlement.life import Act, Dispute, Standing
from datecertain.settlement.money import SDR
from datecertain.settlement.periods import Period
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.statements import Statement
from datecertain.settlement.tariffs import ALL_PPM, Tariff
from datecertain.tracking.events import audience
from datecertain.verdict.outcomes import Outcome

#: Verdicts towards the sender that leave an item open.
OPEN_OUTCOMES = (Outcome.PENDING, Outcome.UNDETERMINED)
_REVERSED = "reversed."


@dataclass(frozen=True, slots=True)
class Accrual:
    """What is open for one reason in the books of one post, with its bounds and what is booked."""

    detail: str  # `refund.pending.KR-US`, `contested.2026-10.KR-US.3`
    owner: str
    counterparty: str
    audience: str
    currency: str
    items: int
    low: int
    high: int
    booked: int

    @property
    def reason(self) -> str:
        return Reason(Kind.ACCRUAL, self.detail).text


def open_refunds(
    network: Network, verdicts: pa.Table, items: pa.Table, period: Period, tariff: Tariff
) -> tuple[list[Accrual], list[Finding]]:
    """What open items may cost their origins. `verdicts`: current ones, of any months up to the
    period; `items`: their acceptance records."""
    found, findings = list[Accrual](), list[Finding]()
    for outcome in OPEN_OUTCOMES:
        rows = verdicts.filter(pc.equal(verdicts["sender_outcome"], outcome.value))
        # The most that they can cost: as if all were late, and all were claimed.
        place = rows.column_names.index("sender_outcome")
        as_late = rows.set_column(
            place, "sender_outcome", pa.repeat(Outcome.LATE_LIABLE.value, len(rows))
        )
        keys = texts(rows, "item_key").to_pylist()
        refunds, aside = refunds_due(network, as_late, items, keys)
        findings += aside
        names = ["origin", "destination", "currency"]
        sums = refunds.group_by(names).aggregate([("amount_minor", "sum"), ("item_key", "count")])
        for row in sums.sort_by([(name, "ascending") for name in names]).to_pylist():
            lane = row["origin"], row["destination"]
            high = row["amount_minor_sum"]
            booked, missing = _booked(tariff, lane, period, high)
            findings += missing
            found.append(
                Accrual(f"refund.{outcome.value}.{lane[0]}-{lane[1]}", lane[0], SENDERS, lane[0],
                        row["currency"], row["item_key_count"], 0, high, booked)
            )  # fmt: skip
    return found, findings


def contested(
    stated: Sequence[tuple[Statement, Standing]], period: Period, tariff: Tariff
) -> tuple[list[Accrual], list[Finding]]:
    """What creditors may lose of what is contested on statements (of any periods)."""
    found, findings = list[Accrual](), list[Finding]()
    for statement, standing in stated:
        by_line: dict[int, list[Dispute]] = {}
        for dispute in standing.open:
            by_line.setdefault(dispute.line, []).append(dispute)
        for number, disputes in sorted(by_line.items()):
            line = statement.lines[number - 1]
            whole = any(not one.item for one in disputes)
            high = sum(one.amount_usdr for one in disputes)
            low = sum(one.amount_usdr for one in disputes if one.state is Act.CONCEDED)
            booked, missing = low, list[Finding]()
            if high != low:
                lane = statement.one, statement.other
                expected, missing = _booked(tariff, lane, period, high - low)
                booked += expected
            findings += missing
            found.append(
                Accrual(
                    f"contested.{statement.period}.{statement.one}-{statement.other}.{number}",
                    line.creditor, line.debtor, audience(statement.one, statement.other), SDR,
                    line.items if whole else len(disputes), low, high, booked,
                )
            )  # fmt: skip
    return found, findings


def _booked(
    tariff: Tariff, lane: tuple[str, str], period: Period, high: int
) -> tuple[int, list[Finding]]:
    rule = tariff.month_end_on(*lane, period.first_day)
    if rule is not None:
        return divided_whole(high * rule.expected_ppm, ALL_PPM), []
    told = Finding(
        "month-end-not-agreed", Severity.NOTE, f"tariff {tariff.name}", period.name,
        f"no row of month_end for {lane[0]}-{lane[1]}: the high bound is booked",
    )  # fmt: skip
    return high, [told]


def next_period(period: Period) -> Period:
    """The month after."""
    return Period.month(date_of(period.last_day + 1).strftime("%Y-%m"))


def accrual_lines(
    wanted: Sequence[Accrual], books: pa.Table, period: Period, booked_at: int
) -> pa.Table:
    """Journal lines that make the books accrue what is wanted at the period's end, and their
    reversals (schema `JOURNAL`); none where they do. `books`: the lines of kind accrual that the
    period has so far."""
    there, count = _in_books(books)
    changes = []
    target = {one.reason: one for one in wanted}
    for reason in sorted({*target, *there}):
        head, amount = there.get(reason, (None, 0))
        one = target.get(reason)
        change = (one.booked if one else 0) - amount
        if change:
            about = (one.owner, one.counterparty, one.audience, one.currency) if one else head
            assert about is not None
            changes.append((reason, about, change, str(count.get(reason, 0))))
    following = next_period(period)
    tables = [
        posted([_entries(changes, 1, period.last_day, "")], period, booked_at),
        posted([_entries(changes, -1, following.first_day, _REVERSED)], following, booked_at),
    ]
    return pa.concat_tables(tables)


_About = tuple[str, str, str, str]


def _in_books(
    books: pa.Table,
) -> tuple[Mapping[str, tuple[_About, int]], Mapping[str, int]]:
    """For each reason what is accrued, with whose and with whom, and how many entries it has."""
    there: dict[str, tuple[_About, int]] = {}
    count: dict[str, int] = {}
    for row in books.to_pylist():
        reason = row["reason"]
        if row["line"] == 1 and not reason.startswith(f"{Kind.ACCRUAL.value}.{_REVERSED}"):
            about = (row["owner"], row["counterparty"], row["audience"], row["currency"])
            there[reason] = (about, there.get(reason, (about, 0))[1] + row["amount"])
            count[reason] = count.get(reason, 0) + 1
    return there, count


def _entries(
    changes: Sequence[tuple[str, _About, int, str]], sign: int, value_on: int, prefix: str
) -> Entries:
    def column(values: Sequence[str]) -> pa.StringArray:
        return pa.array(values, pa.string())

    kind = f"{Kind.ACCRUAL.value}."
    abouts = [about for _, about, _, _ in changes]
    owner, counterparty, seen_by, currency = (
        column([about[i] for about in abouts]) for i in range(4)
    )
    amount = np.array([sign * change for _, _, change, _ in changes], dtype=np.int64)
    of_senders = [about[1] == SENDERS for about in abouts]
    expense = column(["refunds.expense" if one else "contested.expense" for one in of_senders])
    kept = column(["senders.accrued" if one else "contested.provision" for one in of_senders])
    none = pa.nulls(len(changes), pa.string())
    return Entries(
        column([kind + prefix + reason.removeprefix(kind) for reason, *_ in changes]),
        seen_by, np.full(len(changes), value_on, dtype=np.int64), none, none,
        (
            Lines(owner, counterparty, expense, currency, amount),
            Lines(owner, counterparty, kept, currency, -amount),
        ),
        column([after for *_, after in changes]),
    )  # fmt: skip
