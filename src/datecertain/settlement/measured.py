"""What events and verdicts say of a period's items, joined once and put together by relation.

Pay for performance and charges per item are both read from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, refuse_doubles, rows_in, texts
from datecertain.moments import Ints, Mask
from datecertain.settlement.measures import Scans
from datecertain.settlement.tariffs import Measure
from datecertain.verdict.outcomes import Outcome

#: Outcomes between the posts on which on-time delivery can be measured.
DECIDED = (Outcome.ON_TIME, Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)


@dataclass(frozen=True, slots=True)
class Measured:
    """Items with their scans and scores, those of a relation together."""

    table: pa.Table  # item_key, item_id, origin, destination and the events
    scans: Scans
    scores: Mapping[Measure, tuple[Ints, Ints]]  # (of, met) per item
    late: Mask  # late and liable between the posts, with days lost in the destination's own legs

    @property
    def received(self) -> Mask:
        """The items that the destination scanned in (EMD)."""
        return self.scans.received

    @property
    def dispatched(self) -> Mask:
        """The items that the origin sent off (EMC)."""
        return self.scans.dispatched

    def by_key(self, rows: Ints) -> Ints:
        """Rows of items in order of their keys."""
        keys = texts(self.table, "item_key").take(pa.array(rows, pa.int64()))
        return np.asarray(rows[pc.array_sort_indices(keys).to_numpy()], dtype=np.int64)

    def in_order(self, rows: Ints) -> Ints:
        """Rows of items by relation and item key."""
        # Keys first, then lanes by a stable sort of small numbers: fast for a million texts.
        sorted_rows = self.by_key(rows)
        origin, destination = (
            codes(texts(self.table, name))[1] for name in ("origin", "destination")
        )
        lane = _lanes(origin, destination)[sorted_rows]
        return np.asarray(sorted_rows[np.argsort(lane, kind="stable")], dtype=np.int64)

    def relations(self) -> Iterator[tuple[tuple[str, str], slice]]:
        """Each relation's posts and rows, in order."""
        origins, origin = codes(texts(self.table, "origin"))
        destinations, destination = codes(texts(self.table, "destination"))
        lane = origin * max(len(destinations), 1) + destination
        distinct, first = np.unique(lane, return_index=True)
        ends = [*first[1:].tolist(), len(lane)]
        for code, start, end in zip(distinct.tolist(), first.tolist(), ends, strict=False):
            names = origins[code // len(destinations)], destinations[code % len(destinations)]
            yield names, slice(start, end)


def _lanes(origin: Ints, destination: Ints) -> Ints:
    """A small number for each lane, in order of its posts."""
    lane = origin * (int(destination.max(initial=0)) + 1) + destination
    return lane.astype(np.int16) if lane.max(initial=0) < 2**15 else lane


def measured(verdicts: pa.Table, events: pa.Table) -> Measured:
    """Join the events of a period's items to their verdicts.

    `verdicts`: the current verdict of each item of the period; `events`: schema
    `PERFORMANCE_EVENTS`. Rows of `events` whose item has no verdict here belong to another period
    and are left out. Raises `InvariantBroken` when an item stands twice in `events`; `of_period`
    has looked at the verdicts.
    """
    keys, judged_keys = texts(events, "item_key"), texts(verdicts, "item_key")
    refuse_doubles(keys, "performance events", checked=judged_keys)
    row = rows_in(keys, judged_keys)
    inside = np.flatnonzero(row >= 0)
    own = events if len(inside) == len(events) else events.take(pa.array(inside, pa.int64()))
    judged = verdicts.select(
        ["item_id", "origin", "destination", "outcome", "days_import", "days_delivery"]
    )
    if not np.array_equal(row, np.arange(len(judged))):  # not the same items in the same order
        judged = judged.take(pa.array(row[inside], pa.int64()))
    # The lane is the verdict's: what the events say of it is a copy.
    table = own.drop_columns(["origin", "destination"])
    for name in judged.column_names:
        table = table.append_column(name, judged[name])
    origin, destination = (codes(texts(table, name))[1] for name in ("origin", "destination"))
    # Lanes only: keys are put in order where items are listed.
    order = np.argsort(_lanes(origin, destination), kind="stable")
    table = table.take(pa.array(order))
    outcomes, outcome = codes(texts(table, "outcome"))
    decided = np.array([name in DECIDED for name in outcomes], bool)[outcome]
    liable = np.array([name == Outcome.LATE_LIABLE for name in outcomes], bool)[outcome]
    lost = numbers(table, "days_import") + numbers(table, "days_delivery")
    scans = Scans(table)
    scores = {measure: scans.score(measure, decided, lost <= 0) for measure in Measure}
    return Measured(table, scans, scores, liable & (lost > 0))
