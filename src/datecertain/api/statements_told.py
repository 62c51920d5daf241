"""What the ways of statements, the journal and netting answer, as programs read it. Money is in
micro-SDR (`…_usdr`) or in minor units of a currency (`…_minor`)."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class LineTold(TypedDict):
    """A line of a statement."""

    line: int
    reason: str
    creditor: str
    debtor: str
    items: int
    amount_usdr: int


class DisputeTold(TypedDict):
    """A line, or an item of it, that a post contested."""

    line: int
    item: str
    by: str
    since: str
    state: str
    amount_usdr: int
    reasons: list[str]


class SaidTold(TypedDict):
    """What was said of a statement; `line` 0: of the whole. `account`: whose hand it was, told to
    the post that spoke alone."""

    act: str
    by: str
    line: int
    item: str
    at: str
    reason: str
    account: str | None


class StatementTold(TypedDict):
    """A statement between two posts: its lines, how it stands, what was said of it. `sha256`: of
    its frozen text."""

    statement: str
    period: str
    pair: list[str]
    version: int
    state: str
    accepted_by: list[str]
    gross_usdr: dict[str, int]
    net_usdr: int
    netted_usdr: int
    due_usdr: int
    sha256: str
    lines: list[LineTold]
    disputes: list[DisputeTold]
    said: list[SaidTold]


class ItemBehind(TypedDict):
    """An item behind an amount; null where only the whole was rated anew."""

    item_key: str
    item_id: str
    amount_usdr: int | None


class GapTold(TypedDict):
    """What does not agree between dispatches, items and bills of a period. `money`: it keeps the
    period open until it is accepted by its name."""

    kind: str
    about: str
    origin: str
    destination: str
    items: list[str]
    name: str
    money: bool
    accepted: str | None


class GapsTold(TypedDict):
    """The gaps of a period between the asking post and others."""

    period: str
    gaps: list[GapTold]


class BalanceTold(TypedDict):
    """What stands on an account: debit positive, credit negative."""

    owner: str
    account: str
    counterparty: str
    currency: str
    amount: int


class BalancesTold(TypedDict):
    """The accounts of a post's own books, with the digest of the chain that proves them."""

    post: str
    digest: str
    rows: list[BalanceTold]


class PaymentTold(TypedDict):
    """A payment of a round, in SDR and in the payee's currency; days of the year 1970."""

    payer: str
    payee: str
    amount_usdr: int
    currency: str
    amount_minor: int
    per_sdr: int
    rate_on: int
    due_on: int
    late_ppm_year: int
    day_count: str


class RoundTold(TypedDict):
    """A round of netting as the central office sees it: what each post is owed by all the others
    together, and who pays whom. What each pair brought in stays between the two."""

    number: int
    sha256: str
    netted_on: int
    without: list[str]
    statements: int
    left_out: int
    positions: dict[str, int]
    method: str
    payments: list[PaymentTold]


class DueTold(TypedDict):
    """What a statement brought into a round: what its first post is owed by the other."""

    statement_id: str
    sha256: str
    one: str
    other: str
    amount_usdr: int
    payment_days: int
    late_ppm_year: int
    day_count: str


class OwnRound(TypedDict):
    """A round as a post sees it: its own statements, its position, its payments."""

    number: int
    sha256: str
    netted_on: int
    position_usdr: int
    dues: list[DueTold]
    payments: list[PaymentTold]


class RuleTold(TypedDict):
    """A row of the tariff that holds for a relation, with its source."""

    kind: str
    origin: str
    destination: str
    row: dict[str, Any]


class TariffTold(TypedDict):
    """The rows of a tariff that hold between the asking post and others on a day."""

    name: str
    digest: str
    on: str
    rules: list[RuleTold]
