"""Charges per item that a tariff agrees beside pay for performance: base remuneration by item and
weight, penalties, imbalance, transit, returned items (req 41, 47).

Every charge is one rule: which items of a relation count, what each of them costs, and who owes
whom. The amount of an item is

    per item + per kilogram x the weight that binds,    half even

and the amounts of a relation are cut in proportion to what it may come to at most. The items stand
behind the charge, each with its amount; a charge is one journal entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers, texts
from datecertain.claims.money import divided, split
from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask
from datecertain.settlement.measured import Measured
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import ChargeRule, Counted, Tariff, Weight
from datecertain.tracking.events import must

#: What is known of items besides acceptance and scans. A post's verification note gives the
#: verified weight; a receptacle's weight is parted among its items.
JOURNEYS = pa.schema(
    [
        must("item_key", pa.string()),
        must("returned", pa.bool_()),
        pa.field("transit_post", pa.string()),  # the post through whose hands it went
        pa.field("receptacle_g", pa.int64()),
        pa.field("verified_g", pa.int64()),
    ]
)
#: Which party owes the charge: the destination for what it did not do, else the origin.
PENALTIES = (
    Counted.LATE, Counted.NO_ARRIVAL, Counted.NO_FINAL, Counted.ARRIVAL_SENT_LATE,
    Counted.FINAL_SENT_LATE,
)  # fmt: skip


@dataclass(frozen=True)
class Charge:
    """What one post owes another for items of a relation. `items`: `item_key`, `item_id`,
    `amount_usdr`, ordered by key; their amounts sum to `amount_usdr`."""

    counted: Counted
    relation: str
    creditor: str
    debtor: str
    amount_usdr: int
    full_usdr: int  # before the most that it may come to
    items: pa.Table
    source: str

    @property
    def detail(self) -> str:
        """What the reason of its entry says: `received.KR-US`."""
        return f"{self.counted.value}.{self.relation}"


def charges_of(
    joined: Measured, items: pa.Table, journeys: pa.Table | None, period: Period, tariff: Tariff
) -> tuple[tuple[Charge, ...], tuple[Finding, ...]]:
    """Every charge of a period, in order of relation and what is counted.

    `items`: acceptance records (weights). `journeys`: schema `JOURNEYS`, of any of the items; None
    where the tariff needs none. Raises `UsageError` when a rule needs what is not given.
    """
    if not tariff.charges:
        return (), ()
    if journeys is None and tariff.needs_journeys:
        raise UsageError(f"tariff {tariff.name} counts journeys: give the table of journeys")
    known = _Known(joined, items, journeys)
    found, findings = list[Charge](), list[Finding]()
    parts = list(joined.relations())
    counts = {names: int(joined.received[part].sum()) for names, part in parts}
    for names, part in parts:
        for rule in tariff.charges_on(*names, period.first_day):
            for creditor, unordered, least in _owed(rule, names, part, known, counts):
                rows = joined.by_key(unordered)
                weight, unknown = known.weight(rule.weights, rows)
                amounts = rule.per_item_usdr + divided(rule.per_kg_usdr * weight, 1000)
                if rule.per_kg_usdr and unknown:
                    findings.append(_unweighed(rule, names, period, unknown))
                charge = _charge(rule, names, creditor, known.named(rows), amounts, least)
                if charge.amount_usdr:
                    found.append(charge)
    return tuple(found), tuple(findings)


class _Known:
    """The items of a period with what is known of them, row for row with `Measured`."""

    def __init__(self, joined: Measured, items: pa.Table, journeys: pa.Table | None) -> None:
        self.joined = joined
        self._weights: dict[Weight, Ints] = {}
        self._take(Weight.ITEM, items, joined.rows_in(items), "weight_g")
        self.returned = np.zeros(len(joined), dtype=bool)
        self.transit = pa.nulls(len(joined), pa.string())
        if journeys is not None:
            row = joined.rows_in(journeys)
            self._take(Weight.RECEPTACLE, journeys, row, "receptacle_g")
            self._take(Weight.VERIFIED, journeys, row, "verified_g")
            there = pa.array(np.where(row < 0, 0, row), pa.int64(), mask=row < 0)
            self.transit = texts(journeys, "transit_post").take(there)
            back = pc.fill_null(journeys["returned"].combine_chunks().take(there), False)
            self.returned = np.asarray(back.to_numpy(zero_copy_only=False), dtype=bool)

    def _take(self, weight: Weight, table: pa.Table, row: Ints, name: str) -> None:
        values = numbers(table, name, -1)
        grams = values[np.maximum(row, 0)] if len(values) else np.full(len(row), -1)
        self._weights[weight] = np.where(row < 0, -1, grams)

    def weight(self, order: Sequence[Weight], rows: Ints) -> tuple[Ints, int]:
        """Grams of items by the first weight of the order that is known, and of how many none is
        (they weigh nothing)."""
        grams = np.full(len(rows), -1, dtype=np.int64)
        for weight in order:
            given = self._weights.get(weight, np.full(len(self.returned), -1))[rows]
            grams = np.where(grams < 0, given, grams)
        return np.maximum(grams, 0), int((grams < 0).sum())

    def named(self, rows: Ints) -> pa.Table:
        return self.joined.named(rows).select(["item_key", "item_id"])


#: (creditor, rows of the items that count, what of the sum of their amounts is owed: (part, whole))
_Owed = tuple[str, Ints, tuple[int, int]]


def _owed(
    rule: ChargeRule, names: tuple[str, str], part: slice, known: _Known,
    counts: Mapping[tuple[str, str], int],
) -> Iterator[_Owed]:  # fmt: skip
    origin, destination = names
    received = part.start + np.flatnonzero(known.joined.received[part])
    if rule.counted is Counted.IMBALANCE:
        more = len(received) - counts.get((destination, origin), 0)
        if more > 0:
            yield destination, received, (more, len(received))
    elif rule.counted is Counted.TRANSIT:
        through = known.transit.slice(part.start, part.stop - part.start)
        for post in sorted(set(pc.unique(through).to_pylist()) - {None, *names}):
            there = pc.fill_null(pc.equal(through, post), False).to_numpy(zero_copy_only=False)
            yield post, part.start + np.flatnonzero(there), (1, 1)
    else:
        rows = part.start + np.flatnonzero(_counts(rule.counted, known, part))
        yield origin if rule.counted in PENALTIES else destination, rows, (1, 1)


def _counts(counted: Counted, known: _Known, part: slice) -> Mask:
    scans, joined = known.joined.scans, known.joined
    masks: dict[Counted, Callable[[], Mask]] = {
        Counted.RECEIVED: lambda: scans.received,
        Counted.RETURNED: lambda: known.returned,
        Counted.LATE: lambda: joined.late,
        Counted.NO_ARRIVAL: lambda: scans.dispatched & ~scans.received,
        Counted.NO_FINAL: lambda: scans.received & ~scans.final,
        Counted.ARRIVAL_SENT_LATE: lambda: scans.sent_late("emd"),
        Counted.FINAL_SENT_LATE: lambda: np.logical_or.reduce(
            [scans.sent_late(event) for event in ("edh", "emh", "emi")]
        ),
    }
    return masks[counted]()[part]


def _charge(
    rule: ChargeRule, names: tuple[str, str], creditor: str, items: pa.Table, amounts: Ints,
    least: tuple[int, int],
) -> Charge:  # fmt: skip
    origin, destination = names
    full = int(amounts.sum()) * least[0] // least[1]
    owed = full if rule.most_usdr is None else min(full, rule.most_usdr)
    if owed != int(amounts.sum()):
        # In proportion, not first come first served: no order of items decides.
        amounts = np.array(split(owed, amounts.tolist()) if owed else amounts * 0, dtype=np.int64)
    debtor = destination if rule.counted in PENALTIES else origin
    behind = items.append_column("amount_usdr", pa.array(amounts, pa.int64()))
    return Charge(
        rule.counted, f"{origin}-{destination}", creditor, debtor, owed, full, behind, rule.source
    )


def _unweighed(
    rule: ChargeRule, names: tuple[str, str], period: Period, unknown: int
) -> Finding:  # fmt: skip
    order = ", ".join(weight.value for weight in rule.weights)
    return Finding(
        "charge-no-weight", Severity.WARNING, f"{names[0]}-{names[1]}", period.name,
        f"{unknown} items counted as {rule.counted.value} have no weight ({order}): they are "
        "charged per item only",
    )  # fmt: skip
