"""How old what is not settled is: payments that are not made, statements that are not accepted, not
netted, or contested, in buckets of days that the tariff's row for the month's end states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datecertain.moments import DAY
from datecertain.settlement.interest import Owed
from datecertain.settlement.life import Standing, State
from datecertain.settlement.statements import Statement
from datecertain.settlement.tariffs import Tariff

#: Where no row states buckets.
USUAL_DAYS = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One thing that is not settled. `gross_usdr`: what the debtor owes on it before what it is
    owed in turn; `net_usdr` after; `age`: days since `since`, negative where it is to come."""

    what: str  # `payment`, `accepted`, `final`, `provisional`, `contested`
    name: str
    creditor: str
    debtor: str
    gross_usdr: int
    net_usdr: int
    since: int
    age: int
    bucket: str


def bucket_of(age: int, bounds: Sequence[int]) -> str:
    """`not due`, `0-30`, `31-60` …, `over 90`."""
    if age < 0:
        return "not due"
    first = 0
    for bound in bounds:
        if age <= bound:
            return f"{first}-{bound}"
        first = bound + 1
    return f"over {bounds[-1]}" if bounds else "any"


def _bounds(tariff: Tariff, posts: tuple[str, str], on: int) -> Sequence[int]:
    rule = tariff.month_end_on(min(posts), max(posts), on)
    return USUAL_DAYS if rule is None else rule.ageing_days


def unpaid(owed: Owed, open_usdr: int, tariff: Tariff, on: int) -> Unsettled:
    """What is open of a payment of a round, by its deadline."""
    age = on - owed.due_on
    bucket = bucket_of(age, _bounds(tariff, (owed.payee, owed.payer), on))
    return Unsettled(
        "payment", f"round {owed.round}", owed.payee, owed.payer, open_usdr, open_usdr,
        owed.due_on, age, bucket,
    )  # fmt: skip


def unsettled(
    statement: Statement, standing: Standing, written_at: int, tariff: Tariff, on: int
) -> list[Unsettled]:
    """What of a statement is in no round yet: the whole by how far it came, what is contested by
    line or item."""
    bounds = _bounds(tariff, (statement.one, statement.other), on)
    name, found = f"{statement.period} {statement.one}-{statement.other}", []

    def row(what: str, text: str, net: int, gross: int, since: int) -> Unsettled:
        posts = (statement.one, statement.other)
        creditor, debtor = posts if net >= 0 else posts[::-1]
        age = on - since
        return Unsettled(
            what, text, creditor, debtor, gross, abs(net), since, age, bucket_of(age, bounds)
        )

    contested = 0
    for one in standing.open:
        line = statement.lines[one.line - 1]
        signed = one.amount_usdr if line.creditor == statement.one else -one.amount_usdr
        contested += signed
        text = f"{name} line {one.line}" + (f" {one.item}" if one.item else "")
        found.append(row("contested", text, signed, one.amount_usdr, one.since // DAY))
    left = statement.net_usdr - contested - standing.netted_usdr
    if standing.state is not State.SETTLED and left:
        since = written_at if standing.final_at is None else standing.final_at
        creditor = statement.one if left > 0 else statement.other
        found.insert(
            0, row(_STAGE[standing.state], name, left, statement.gross_usdr[creditor], since // DAY)
        )
    return found


_STAGE = {
    State.PROVISIONAL: "provisional", State.FINAL: "final", State.ACCEPTED: "accepted",
    State.ACCEPTED_IN_PART: "accepted",
}  # fmt: skip
