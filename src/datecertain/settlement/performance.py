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

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, refuse_doubles, rows_in, texts
from datecertain.claims.money import divided_whole
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask
from datecertain.settlement.measures import Scans, deemed_met
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import ALL_PPM, Measure, MeasureRule, PerformanceRule, Tariff
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import Outcome

#: Outcomes between the posts on which on-time delivery can be measured.
DECIDED = (Outcome.ON_TIME, Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)

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
    """The lines of a period and the items behind them (schema `PERFORMANCE_ITEMS`, ordered by
    relation and item key)."""

    lines: tuple[PerformanceLine, ...]
    items: pa.Table
    findings: tuple[Finding, ...]

    @cached_property
    def _spans(self) -> Mapping[str, tuple[int, int]]:
        spans, start = {}, 0
        for line in self.lines:
            spans[line.relation] = (start, line.items)
            start += line.items
        return spans

    def items_of(self, relation: str) -> pa.Table:
        """The items received on a relation (`KR-US`); none where no line is."""
        return self.items.slice(*self._spans.get(relation, (0, 0)))

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
    verdicts: pa.Table, items: pa.Table, events: pa.Table, period: Period, tariff: Tariff
) -> Performance:
    """Measure and pay every relation of a period.

    `verdicts`: the current verdict of each item of the period; `items`: their acceptance records;
    `events`: schema `PERFORMANCE_EVENTS`. Rows of `events` whose item has no verdict here belong
    to another period and are left out. Relations without a row of the tariff on the first day of
    the period are named in a finding and not paid.
    """
    keys = texts(events, "item_key")
    refuse_doubles(keys, "performance events")
    row = rows_in(keys, texts(verdicts, "item_key"))
    inside = np.flatnonzero(row >= 0)
    joined = _joined(events, verdicts, inside, row[inside])
    start, names = _relations(joined)
    lines, findings, kept = [], [], np.zeros(len(joined.table), dtype=bool)
    each = np.zeros(len(joined.table), dtype=np.int64)
    for number, (origin, destination) in enumerate(names):
        rule = tariff.performance_on(origin, destination, period.first_day)
        part = slice(int(start[number]), int(start[number + 1]))
        if rule is None:
            findings.append(_unpaid(origin, destination, period, tariff))
        elif np.any(joined.received[part]):
            line = _line(joined, part, rule, (origin, destination), period)
            lines.append(line)
            kept[part] = joined.received[part]
            each[part] = line.each_usdr
    behind = _items_behind(joined.table.filter(pa.array(kept)), each[kept], items, tariff)
    return Performance(tuple(lines), behind, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Joined:
    """Events with what the verdicts say, ordered by relation and item key."""

    table: pa.Table
    received: Mask
    dispatched: Mask
    scores: Mapping[Measure, tuple[Ints, Ints]]  # (of, met) per item


def _joined(events: pa.Table, verdicts: pa.Table, inside: Ints, row: Ints) -> _Joined:
    own = events.take(pa.array(inside, pa.int64()))
    judged = verdicts.select(
        ["item_id", "origin", "destination", "outcome", "days_import", "days_delivery"]
    ).take(pa.array(row, pa.int64()))
    # The lane is the verdict's: what the events say of it is a copy.
    table = own.drop_columns(["origin", "destination"])
    for name in judged.column_names:
        table = table.append_column(name, judged[name])
    origin, destination = (codes(texts(table, name))[1] for name in ("origin", "destination"))
    # Keys first, then lanes by a stable sort of small numbers: fast for a million texts.
    by_key = pc.array_sort_indices(texts(table, "item_key")).to_numpy()
    lane = (origin * 1000 + destination).astype(np.int32)
    order = by_key[np.argsort(lane[by_key], kind="stable")]
    table = table.take(pa.array(order))
    decided = pc.is_in(texts(table, "outcome"), value_set=pa.array([o.value for o in DECIDED]))
    decided = np.asarray(decided.to_numpy(zero_copy_only=False), dtype=bool)
    lost = numbers(table, "days_import") + numbers(table, "days_delivery")
    scans = Scans(table)
    scores = {measure: scans.score(measure, decided, lost <= 0) for measure in Measure}
    return _Joined(table, scans.received, scans.dispatched, scores)


def _relations(joined: _Joined) -> tuple[Ints, list[tuple[str, str]]]:
    """Where each relation's rows begin (and the last ends), and its posts."""
    origins, origin = codes(texts(joined.table, "origin"))
    destinations, destination = codes(texts(joined.table, "destination"))
    lane = origin * max(len(destinations), 1) + destination
    distinct, start = np.unique(lane, return_index=True)
    names = [
        (origins[code // len(destinations)], destinations[code % len(destinations)])
        for code in distinct
    ]
    return np.append(start, len(lane)).astype(np.int64), names


def _line(
    joined: _Joined, part: slice, rule: PerformanceRule, relation: tuple[str, str], period: Period
) -> PerformanceLine:
    items = int(joined.received[part].sum())
    dispatched = int(joined.dispatched[part].sum())
    scored = []
    for measure_rule in rule.measures:
        of, met = joined.scores[measure_rule.measure]
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


def _items_behind(received: pa.Table, each: Ints, items: pa.Table, tariff: Tariff) -> pa.Table:
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
        "each_usdr": each,
    }
    return pa.table(columns, schema=PERFORMANCE_ITEMS)
