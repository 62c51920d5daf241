"""Pay for performance: what the origin post pays the destination post for the items it received,
by how well it reported and delivered them (req 41, 42).

Per relation (origin to destination) and period, all items of one lane and month alike:

    each = the sum over the measures of  base x weight x what its value earns,   half even each
    each = at least base x floor, at most base x cap
    amount = items received x each

so that every item behind an amount carries the same part of it and the parts sum to it. An item
is *received* when it has an EMD: the destination is paid for what it reported. The denominators of
the measures are their own (`measures.Measure`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import rows_in, texts
from datecertain.claims.money import divided_whole
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints
from datecertain.settlement.measured import Measured
from datecertain.settlement.measures import deemed_met
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import ALL_PPM, Measure, MeasureRule, PerformanceRule, Tariff
from datecertain.tracking.events import must

#: The items received, each with what it earned its destination post.
PERFORMANCE_ITEMS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("contents", pa.string()),
        must("weight_class_g", pa.int64()),  # upper bound of its class; 0: heavier than all
        must("each_usdr", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class MeasurePaid:
    """One measure of a relation and what it earned per item."""

    measure: Measure
    of: int  # how often it was measured
    met: int  # how often the standard was met
    value_ppm: int | None  # met / of, rounded down; None: nothing was measured
    deemed: bool  # met by rule although not reached
    weight_ppm: int
    paid_ppm: int  # of the weight
    each_usdr: int  # per item, before floor and cap


@dataclass(frozen=True, slots=True)
class PerformanceLine:
    """What a relation's origin post owes its destination post for a period."""

    origin: str
    destination: str
    period: str
    items: int  # received
    base_usdr: int
    measures: tuple[MeasurePaid, ...]
    floor_usdr: int  # per item, never less
    cap_usdr: int  # per item, never more
    each_usdr: int
    amount_usdr: int  # items x each_usdr
    source: str

    @property
    def relation(self) -> str:
        """`KR-US`: origin and destination."""
        return f"{self.origin}-{self.destination}"


@dataclass(frozen=True)
class Performance:
    """The lines of a period and the items behind them, listed when they are asked for."""

    lines: tuple[PerformanceLine, ...]
    findings: tuple[Finding, ...]
    _listed: Callable[[Sequence[PerformanceLine]], pa.Table]
    _described: Callable[[pa.Table], pa.Table]

    @cached_property
    def received(self) -> pa.Table:
        """The items received, each with what it earned (columns of `PERFORMANCE_ITEMS` that no
        acceptance record is asked for), ordered by relation and item key."""
        return self._listed(self.lines)

    @cached_property
    def items(self) -> pa.Table:
        """The items received (schema `PERFORMANCE_ITEMS`), ordered by relation and item key."""
        return self._described(self.received)

    def items_of(self, relation: str) -> pa.Table:
        """Those of `received` on a relation (`KR-US`); none where no line is."""
        return self._listed([line for line in self.lines if line.relation == relation])

    def broken_down(self, by: str) -> pa.Table:
        """Items and amounts by origin, destination and `contents` or `weight_class_g`."""
        grouped = self.items.group_by(["origin", "destination", by]).aggregate(
            [("item_key", "count"), ("each_usdr", "sum")]
        )
        order = [(name, "ascending") for name in ("origin", "destination", by)]
        return grouped.rename_columns(
            ["origin", "destination", by, "items", "amount_usdr"]
        ).sort_by(order)


def performance_of(
    joined: Measured, items: pa.Table, period: Period, tariff: Tariff
) -> Performance:
    """Pay every relation of a period.

    `items`: acceptance records. Relations without a row of the tariff on the first day of the
    period are named in a finding and not paid.
    """
    lines, findings, rows_of = [], [], dict[str, slice]()
    named = {paid.measure for rule in tariff.performance for paid in rule.measures}
    scores = {measure: joined.score(measure) for measure in named}
    for (origin, destination), part in joined.relations():
        rule = tariff.performance_on(origin, destination, period.first_day)
        if rule is None:
            findings.append(_unpaid(origin, destination, period, tariff))
        elif np.any(joined.received[part]):
            line = _line(joined, scores, part, rule, (origin, destination), period)
            lines.append(line)
            rows_of[line.relation] = part

    def listed(some: Sequence[PerformanceLine]) -> pa.Table:
        found, each = [np.empty(0, dtype=np.int64)], []
        for line in some:
            part = rows_of[line.relation]
            found.append(joined.by_key(part.start + np.flatnonzero(joined.received[part])))
            each.append(np.full(line.items, line.each_usdr, dtype=np.int64))
        received = joined.named(np.concatenate(found))
        return received.append_column("each_usdr", pa.array(np.concatenate([found[0], *each])))

    return Performance(
        tuple(lines), tuple(findings), listed, lambda received: _described(received, items, tariff)
    )


_Scores = Mapping[Measure, tuple[Ints, Ints]]


def _line(
    joined: Measured,
    scores: _Scores,
    part: slice,
    rule: PerformanceRule,
    relation: tuple[str, str],
    period: Period,
) -> PerformanceLine:
    items = int(joined.received[part].sum())
    dispatched = int(joined.dispatched[part].sum())
    scored = []
    for measure_rule in rule.measures:
        of, met = scores[measure_rule.measure]
        counts = int(of[part].sum()), int(met[part].sum())
        deemed = deemed_met(measure_rule.measure, items, dispatched)
        scored.append(_paid(measure_rule, counts, deemed, rule.base_usdr))
    if rule.together and any(paid.paid_ppm == 0 for paid in scored):
        scored = [_nothing(paid) for paid in scored]
    floor = divided_whole(rule.base_usdr * rule.floor_ppm, ALL_PPM)
    cap = divided_whole(rule.base_usdr * rule.cap_ppm, ALL_PPM)
    each = min(max(sum(paid.each_usdr for paid in scored), floor), cap)
    return PerformanceLine(
        *relation, period.name, items, rule.base_usdr, tuple(scored), floor, cap, each,
        items * each, rule.source,
    )  # fmt: skip


def _paid(rule: MeasureRule, counts: tuple[int, int], deemed: bool, base: int) -> MeasurePaid:
    of, met = counts
    # Rounded down: a value never reaches a step that the counts do not.
    value = met * ALL_PPM // of if of else None
    paid_ppm = max(rule.paid_ppm(value), rule.paid_ppm(ALL_PPM) if deemed else 0)
    each = divided_whole(base * rule.weight_ppm * paid_ppm, ALL_PPM * ALL_PPM)
    return MeasurePaid(rule.measure, of, met, value, deemed, rule.weight_ppm, paid_ppm, each)


def _nothing(paid: MeasurePaid) -> MeasurePaid:
    return MeasurePaid(
        paid.measure, paid.of, paid.met, paid.value_ppm, paid.deemed, paid.weight_ppm, 0, 0
    )


def _unpaid(origin: str, destination: str, period: Period, tariff: Tariff) -> Finding:
    if frozenset((origin, destination)) in tariff.apart:
        return Finding(
            "relation-not-settling", Severity.NOTE, "relations.csv", period.name,
            f"{origin} and {destination} do not settle: nothing is paid or charged between them",
        )  # fmt: skip
    return Finding(
        "performance-not-agreed", Severity.NOTE, f"tariff {tariff.name}", period.name,
        f"no performance row for {origin}-{destination}: nothing is paid for its items",
    )  # fmt: skip


def _described(received: pa.Table, items: pa.Table, tariff: Tariff) -> pa.Table:
    """The received items with contents and weight class from their acceptance records.

    An item without a record (it came without a guarantee) has contents `` and weight class 0.
    """
    row = rows_in(texts(received, "item_key"), texts(items, "item_key"))
    record = pa.array(np.where(row < 0, 0, row), pa.int64(), mask=row < 0)
    contents = pc.fill_null(texts(items, "contents").take(record), "")
    weight = pc.fill_null(items["weight_g"].cast(pa.int64()).take(record), -1).to_numpy()
    classes = np.append(np.array(tariff.weight_classes_g, dtype=np.int64), 0)
    column = np.searchsorted(classes[:-1], weight, side="left")
    columns: dict[str, Any] = {
        "item_key": texts(received, "item_key"),
        "item_id": texts(received, "item_id"),
        "origin": texts(received, "origin"),
        "destination": texts(received, "destination"),
        "contents": contents,
        "weight_class_g": np.where(weight < 0, 0, classes[column]),
        "each_usdr": received["each_usdr"],
    }
    return pa.table(columns, schema=PERFORMANCE_ITEMS)
