"""What a statement says on paper and in a workbook: its amounts by reason, the terms and rates that
they rest on with their sources, how each came about (req 44, 46, 63).

Nothing is worked out a second time here: the lines, items and measures are those of the frozen
text; what is added to it (names, rates, one item followed to its amount) is given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datecertain.settlement.charges import PENALTIES
from datecertain.settlement.life import Standing, State, contest_ends
from datecertain.settlement.performance import MeasurePaid, PerformanceLine
from datecertain.settlement.reasons import Kind, Reason
from datecertain.settlement.statements import Statement, StatementLine, tariff_digest
from datecertain.settlement.tariffs import ChargeRule, Measure, StatementTerms, Tariff

#: How a source begins whose numbers were made up.
ILLUSTRATIVE = "illustrative"
_MINUTES = 1440
#: Groups of a summary beside the kinds of reasons.
PENALTY, ADJUSTMENT = "penalty", "adjustment"


def group_of(reason: Reason) -> str:
    """Under what a summary counts a line: corrections and penalties apart, else its kind."""
    if reason.settled:
        return ADJUSTMENT
    if reason.kind is Kind.CHARGE and reason.detail.partition(".")[0] in PENALTIES:
        return PENALTY
    return reason.kind.value


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What one post is owed by the other under one group."""

    group: str
    creditor: str
    debtor: str
    lines: int
    items: int
    amount_usdr: int


def summary(statement: Statement) -> tuple[SummaryRow, ...]:
    """A statement by group and direction, in the order of its lines."""
    rows: dict[tuple[str, str, str], SummaryRow] = {}
    for line in statement.lines:
        key = group_of(line.reason), line.creditor, line.debtor
        old = rows.get(key, SummaryRow(*key, 0, 0, 0))
        rows[key] = SummaryRow(
            *key, old.lines + 1, old.items + line.items, old.amount_usdr + line.amount_usdr
        )
    return tuple(rows.values())


@dataclass(frozen=True, slots=True)
class RateUsed:
    """A rate that amounts of a statement may rest on."""

    currency: str
    per_sdr: int  # millionths of a unit of currency per SDR
    on: int
    source: str


@dataclass(frozen=True, slots=True)
class FollowedRefund:
    """One item of a recourse line, from the postage to its amount on the statement. `share_usdr` is
    the leg's part of the refund; the agreement's limits can leave less of it on the statement."""

    item_id: str
    postage_minor: int
    percent: int
    amount_minor: int
    currency: str
    per_sdr: int
    rate_on: int
    refund_usdr: int
    leg: str
    share_ppm: int
    share_usdr: int
    amount_usdr: int
    terms_source: str


@dataclass(frozen=True, slots=True)
class InRound:
    """The round that netted a statement; `due_on`: None where the debtor has nothing to pay."""

    number: int
    netted_on: int
    due_on: int | None


@dataclass(frozen=True)
class Stated:
    """A statement with all that its paper says."""

    statement_id: str
    statement: Statement
    version: int
    written_at: int
    standing: Standing
    terms: StatementTerms | None
    names: Mapping[str, str]  # post -> its name, in the language of the paper
    before: Statement | None = None  # the version before this one
    before_version: int = 0
    rates: tuple[RateUsed, ...] = ()
    tariff: Tariff | None = None  # where its text is at hand
    followed: Mapping[int, FollowedRefund] | None = None  # by number of the line
    weights_g: Mapping[int, int] | None = None  # of the first item of a line, as accepted
    netted: InRound | None = None
    synthetic: bool = False

    @property
    def content(self) -> Mapping[str, Any]:
        """The frozen text, with the first of the items behind each line."""
        return self.statement.told

    @cached_property
    def _lines(self) -> Sequence[Mapping[str, Any]]:
        """The lines with all the items behind them."""
        lines: Sequence[Mapping[str, Any]] = json.loads(self.statement.content)["lines"]
        return lines

    @property
    def final(self) -> bool:
        """Whether no other version of it comes."""
        return self.standing.state is not State.PROVISIONAL

    @property
    def answer_by(self) -> int | None:
        """The last moment to contest it (provisional) or to accept or contest it (final); None:
        none was agreed, or it was answered."""
        if self.terms is None:
            return None
        if self.standing.state is State.PROVISIONAL:
            return contest_ends(self.written_at, self.terms)
        if self.standing.state is State.FINAL and self.standing.final_at is not None:
            return self.standing.final_at + self.terms.accept_days * _MINUTES
        return None

    @property
    def items(self) -> int:
        """How many amounts of items stand behind it."""
        return sum(line.items for line in self.statement.lines)

    @property
    def illustrative(self) -> bool:
        """Whether a term or rate that it rests on is made up."""
        return any(is_illustrative(one) for one in self.sources)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of every term and rate, each once."""
        found = [row["source"] for row in self.content["performance"]]
        found += [row["source"] for row in self.content.get("charges", ())]
        found += [self.terms.source] if self.terms else []
        found += [rate.source for rate in self.rates]
        found += [self.tariff.source] if self.tariff else []
        return tuple(dict.fromkeys(found))

    def items_of(self, line: StatementLine) -> tuple[Sequence[str], Sequence[str], Sequence[Any]]:
        """Numbers, keys and amounts (None: rated anew as a whole) of the items behind a line."""
        return _items(self._lines[line.number - 1])

    def first_of(self, line: StatementLine) -> tuple[str, str, Any] | None:
        """The same of the first of them; None: there is none."""
        return next(zip(*_items(self.content["lines"][line.number - 1]), strict=True), None)

    def performance(self, relation: str) -> PerformanceLine | None:
        """How the amount per item of a relation came about."""
        for row in self.content["performance"]:
            if row["relation"] == relation:
                return _performance(row, self.statement.period)
        return None

    def charge_rule(self, line: StatementLine) -> ChargeRule | None:
        """What each item of a charge costs, where the text of the tariff is at hand."""
        if self.tariff is None or line.reason.kind is not Kind.CHARGE:
            return None
        counted, _, relation = line.reason.detail.partition(".")
        origin, _, destination = relation.partition("-")
        rules = self.tariff.charges_on(origin, destination, self.content["period"]["first"])
        return next((one for one in rules if one.counted == counted), None)

    def charge(self, line: StatementLine) -> Mapping[str, Any] | None:
        """What the frozen text says of a charge: its amount in full, and its source."""
        charges: Sequence[Mapping[str, Any]] = self.content.get("charges", ())
        key = line.reason.text, line.creditor
        return next((row for row in charges if (row["reason"], row["creditor"]) == key), None)


def _items(row: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str], Sequence[Any]]:
    amounts = row["item_amounts"] or [row["each"]] * len(row["item_ids"])
    return row["item_ids"], row["item_keys"], amounts


def is_illustrative(source: str) -> bool:
    """Whether a source says that its numbers were made up."""
    return source.startswith(ILLUSTRATIVE)


def _performance(row: Mapping[str, Any], period: str) -> PerformanceLine:
    origin, _, destination = row["relation"].partition("-")
    measures = tuple(
        MeasurePaid(
            Measure(one["measure"]), one["of"], one["met"], one["value_ppm"], one["deemed"],
            one["weight_ppm"], one["paid_ppm"], one["each"],
        )
        for one in row["measures"]
    )  # fmt: skip
    return PerformanceLine(
        origin, destination, period, row["items"], row["base"], measures, row["floor"], row["cap"],
        row["each"], row["items"] * row["each"], row["source"],
    )  # fmt: skip


def tariff_in(tariffs: Sequence[Tariff], statement: Statement) -> Tariff | None:
    """The tariff among these that a statement rests on, by the digest of its text."""
    digest = tariff_digest(statement)
    return next((one for one in tariffs if one.digest == digest), None)
