"""Tariffs: what posts pay each other for performance and on which basis they charge refunds on.

A tariff is a reviewed text (TOML; format: docs/reference/settlement.md) whose rows are dated, name
their source and hold for one relation (origin to destination) or for all (`*`). The row that is
valid on the first day of a period holds for the whole of it; the most specific one wins
(req 41, 76). No number of it is known to the code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from datecertain.claims.money import divided_whole
from datecertain.network import Network

#: One, in parts per million.
ALL_PPM = 1_000_000


class Measure(StrEnum):
    """What a relation's performance is measured by: a share of items or of events."""

    COMPLETENESS = "completeness"  # of the items dispatched or received: EMD and a final event
    TRANSMISSION = "transmission"  # of the events EMD, EMH and EMI: sent in time
    ON_TIME = "on_time"  # of the items judged: no day lost in the destination's own legs
    RECEIPT_SENT = "receipt_sent"  # of the items with EMC: an EMD sent in time
    FINAL_SENT = "final_sent"  # of the items with EMD: EDH, EMH or EMI, each sent in time


class SentBy(StrEnum):
    """Until when the record of an event counts as sent in time (req 18)."""

    NOON_NEXT_DAY = "noon_next_day"  # noon, local time, of the day after the event
    HOURS_24 = "hours_24"  # within 24 hours of the event


class Counted(StrEnum):
    """Which items of a relation a charge counts; the origin owes, unless it says otherwise."""

    RECEIVED = "received"  # scanned in at the destination: base remuneration
    IMBALANCE = "imbalance"  # received, as many as there are more than on the way back
    RETURNED = "returned"  # sent back by the destination
    TRANSIT = "transit"  # through the hands of a third post, which is owed
    LATE = "late"  # late and liable with days lost by the destination, which owes
    NO_ARRIVAL = "no_arrival"  # sent off, never scanned in; the destination owes
    NO_FINAL = "no_final"  # scanned in, no delivery or attempt told; the destination owes
    ARRIVAL_SENT_LATE = "arrival_sent_late"  # the record of EMD came too late; so it owes
    FINAL_SENT_LATE = "final_sent_late"  # a record of EDH, EMH or EMI came too late; so it owes


class Weight(StrEnum):
    """Which weight of an item: a charge names them in order, the first that is known binds."""

    VERIFIED = "verified"  # by a post's verification note
    RECEPTACLE = "receptacle"  # the item's part of its receptacle's weight
    ITEM = "item"  # as accepted


class DayCount(StrEnum):
    """How interest counts days, and how many it takes a year to have."""

    ACTUAL_365 = "actual_365"  # days of the calendar, of 365
    ACTUAL_360 = "actual_360"  # days of the calendar, of 360
    THIRTY_360 = "thirty_360"  # months of 30 days, of 360; the 31st counts as the 30th

    @property
    def year(self) -> int:
        """Days of a year."""
        return 365 if self is DayCount.ACTUAL_365 else 360


class Basis(StrEnum):
    """What the origin may charge on of a refund."""

    SHARE = "share"  # a percentage of it
    FIXED = "fixed"  # an amount of SDR, never more than the refund


class Between(StrEnum):
    """What is paid between two steps of a measure."""

    SLOPE = "slope"  # in proportion to the way from one step to the next
    STEP = "step"  # what the step reached pays


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """How one measure is paid: a weight of the base, and what share of it each value reaches."""

    measure: Measure
    weight_ppm: int
    between: Between
    steps: tuple[tuple[int, int], ...]  # (value in ppm, paid in ppm), ascending values
    unscored_ppm: int  # paid when nothing could be measured
    source: str

    def paid_ppm(self, value_ppm: int | None) -> int:
        """What share of the weight a value earns: nothing below the first step."""
        if value_ppm is None:
            return self.unscored_ppm
        reached = [step for step in self.steps if step[0] <= value_ppm]
        if not reached:
            return 0
        value, paid = reached[-1]
        if self.between is Between.STEP or len(reached) == len(self.steps):
            return paid
        next_value, next_paid = self.steps[len(reached)]
        return paid + divided_whole((next_paid - paid) * (value_ppm - value), next_value - value)


@dataclass(frozen=True, slots=True)
class TariffRow:
    """What every row of a tariff has: its relation, its validity, its source."""

    origin: str
    destination: str
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class PerformanceRule(TariffRow):
    """What the origin post pays the destination post for each item received."""

    base_usdr: int
    floor_ppm: int  # of the base: never less
    cap_ppm: int  # of the base: never more
    sent_by: SentBy
    together: bool  # one measure that earns nothing leaves all of them with nothing
    measures: tuple[MeasureRule, ...]


@dataclass(frozen=True, slots=True)
class RecourseRule(TariffRow):
    """How much of a refund the origin post may charge on."""

    percent: int  # of the refund, where the basis is its share
    cap_usdr: int | None  # per item; None: no cap
    stop_loss_usdr: int | None  # charged to the destination per relation and period; None: no limit
    basis: Basis
    fixed_usdr: int  # per item, where the basis is fixed
    within_remuneration: bool  # never more than the destination earned with the item
    dry_run: bool  # worked out and shown, not charged


@dataclass(frozen=True, slots=True)
class ChargeRule(TariffRow):
    """What each item that counts costs."""

    counted: Counted
    per_item_usdr: int
    per_kg_usdr: int
    weights: tuple[Weight, ...]
    most_usdr: int | None  # per relation and period; None: no limit


@dataclass(frozen=True, slots=True)
class StopLoss:
    """The most that a post is charged for refunds in a period, by all origins together."""

    post: str
    valid_from: int
    valid_to: int
    source: str
    most_usdr: int


@dataclass(frozen=True, slots=True)
class StatementTerms(TariffRow):
    """What two posts agreed on their statements. Days count from the date of writing (UTC)."""

    contest_days: int  # items and lines can be contested before a statement is final
    accept_days: int  # after that: silence accepts a final statement, or leaves it open
    silence_accepts: bool
    payment_days: int  # from a round of netting to its payments
    late_ppm_year: int  # interest on what is paid late, parts per million a year
    adjust_months: int  # how long after its month a settled period is still corrected
    day_count: DayCount = DayCount.ACTUAL_365  # of that interest


@dataclass(frozen=True, slots=True)
class MonthEndRule(TariffRow):
    """What a month's end books of what is open, and how what is unsettled is aged."""

    expected_ppm: int  # between the low and the high bound: what is accrued
    ageing_days: tuple[int, ...]  # upper bounds of the buckets, ascending


Row = TypeVar("Row", bound=TariffRow)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff as read; `digest` is the SHA-256 of its text."""

    name: str
    source: str
    weight_classes_g: tuple[int, ...]  # upper bounds, inclusive, ascending
    performance: tuple[PerformanceRule, ...]
    recourse: tuple[RecourseRule, ...]
    digest: str
    charges: tuple[ChargeRule, ...] = ()
    stop_losses: tuple[StopLoss, ...] = ()
    statements: tuple[StatementTerms, ...] = ()
    month_ends: tuple[MonthEndRule, ...] = ()
    apart: frozenset[frozenset[str]] = frozenset()  # pairs of posts that do not settle

    def settling(self, network: Network, day: int) -> Tariff:
        """The tariff as it works between the posts of a network that settle on a day (req 12)."""
        posts = list(network.posts)
        apart = {
            frozenset((one, other))
            for one in posts
            for other in posts
            if one < other and not network.settles(one, other, day)
        }
        return replace(self, apart=frozenset(apart))

    def performance_on(self, origin: str, destination: str, day: int) -> PerformanceRule | None:
        """The performance row of a relation on a day; None: nothing was agreed."""
        return self._row(self.performance, origin, destination, day)

    def recourse_on(self, origin: str, destination: str, day: int) -> RecourseRule | None:
        """The recourse row of a relation on a day; None: nothing may be charged."""
        return self._row(self.recourse, origin, destination, day)

    def charges_on(self, origin: str, destination: str, day: int) -> tuple[ChargeRule, ...]:
        """The charge of a relation on a day for each kind of items that counts."""
        found = (
            self._row((row for row in self.charges if row.counted is counted),
                      origin, destination, day)
            for counted in Counted
        )  # fmt: skip
        return tuple(rule for rule in found if rule is not None)

    def stop_loss_on(self, post: str, day: int) -> int | None:
        """The most that a post is charged for refunds in a period; None: no limit."""
        rows = [r for r in self.stop_losses if r.post in (post, "*")
                and r.valid_from <= day <= r.valid_to]  # fmt: skip
        rows.sort(key=lambda row: (row.post != "*", row.valid_from))
        return rows[-1].most_usdr if rows else None

    def statement_terms_on(self, one: str, other: str, day: int) -> StatementTerms | None:
        """What two posts agreed on their statements on a day; None: nothing."""
        return _most_specific(self.statements, one, other, day)

    def month_end_on(self, one: str, other: str, day: int) -> MonthEndRule | None:
        """What holds at a month's end for a relation or a pair on a day; None: nothing is said."""
        return _most_specific(self.month_ends, one, other, day)

    @property
    def needs_journeys(self) -> bool:
        """Whether a charge asks for more than acceptance records and scans."""
        more = (Counted.TRANSIT, Counted.RETURNED)
        return any(
            rule.counted in more or (rule.per_kg_usdr and rule.weights != (Weight.ITEM,))
            for rule in self.charges
        )

    def _row(self, rows: Iterable[Row], origin: str, destination: str, day: int) -> Row | None:
        if frozenset((origin, destination)) in self.apart:
            return None
        return _most_specific(rows, origin, destination, day)


def _most_specific(rows: Iterable[Row], origin: str, destination: str, day: int) -> Row | None:
    fitting = [
        (row.origin != "*", row.destination != "*", row.valid_from, number, row)
        for number, row in enumerate(rows)
        if row.origin in (origin, "*")
        and row.destination in (destination, "*")
        and row.valid_from <= day <= row.valid_to
    ]
    # Of equally specific rows the one that begins later, then the one that stands later.
    return max(fitting, key=lambda entry: entry[:4])[-1] if fitting else None
