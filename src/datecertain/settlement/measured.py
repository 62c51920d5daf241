"""What events and verdicts say of a period's items, joined once and put together by relation.

Pay for performance and charges per item are both read from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from datecertain.claims.columns import KeyOrder, coded, numbers, refuse_doubles, rows_in, texts
from datecertain.moments import Ints, Mask
from datecertain.settlement.measures import Scans
from datecertain.settlement.tariffs import Measure
from datecertain.verdict.outcomes import Outcome

#: Outcomes between the posts on which on-time delivery can be measured.
DECIDED = (Outcome.ON_TIME, Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)
#: What lists of items name of each.
_NAMED = ("item_key", "item_id", "origin", "destination")
_OF_VERDICTS = (*_NAMED, "outcome", "days_import", "days_delivery")
#: Numbers of lanes below this are sorted by their digits.
_SMALL = 2**15


@dataclass(frozen=True)
class Measured:
    """Items with their scans and scores, those of a relation together."""

    scans: Scans
    late: Mask  # late and liable between the posts, with days lost in the destination's own legs
    lanes: tuple[tuple[tuple[str, str], slice], ...]
    _decided: Mask
    _no_day_lost: Mask
    _named: pa.Table  # the items as their verdicts stand
    _order: Ints  # which of those stands where

    def named(self, rows: Ints) -> pa.Table:
        """`item_key`, `item_id`, `origin`, `destination` of some items."""
        return self._named.take(pa.array(self._order[rows]))

    def rows_in(self, table: pa.Table) -> Ints:
        """The row of each item in a table with `item_key`; -1 where it is not there."""
        return rows_in(texts(self._named, "item_key"), texts(table, "item_key"))[self._order]

    def __len__(self) -> int:
        return len(self.late)

    def score(self, measure: Measure) -> tuple[Ints, Ints]:
        """(of, met) per item by a measure."""
        return self.scans.score(measure, self._decided, self._no_day_lost)

    @property
    def received(self) -> Mask:
        """The items that the destination scanned in (EMD)."""
        return self.scans.received

    @property
    def dispatched(self) -> Mask:
        """The items that the origin sent off (EMC)."""
        return self.scans.dispatched

    @cached_property
    def _by_key(self) -> KeyOrder:
        return KeyOrder(texts(self._named, "item_key"))

    def by_key(self, rows: Ints) -> Ints:
        """Some items in order of their keys."""
        return rows[self._by_key.of(self._order[rows])]

    def relations(self) -> Iterator[tuple[tuple[str, str], slice]]:
        """Each relation's posts and rows, in order."""
        yield from self.lanes


def _lanes(origin: Ints, destination: Ints) -> Ints:
    """A small number for each lane, in order of its posts."""
    lane = origin * (int(destination.max(initial=0)) + 1) + destination
    return lane.astype(np.int16) if lane.max(initial=0) < _SMALL else lane


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
    verdicts = verdicts.select(_OF_VERDICTS)
    if not np.array_equal(row, np.arange(len(verdicts))):  # else the same items in the same order
        verdicts = verdicts.take(pa.array(row[inside], pa.int64()))
    # The lane is the verdict's: what the events say of it is a copy.
    origins, origin = coded(verdicts, "origin")
    destinations, destination = coded(verdicts, "destination")
    lane = _lanes(origin, destination)
    # Lanes only: keys are put in order where items are listed.
    order = np.argsort(lane, kind="stable")
    outcomes, outcome = coded(verdicts, "outcome")
    outcome = outcome[order]
    decided = np.array([name in DECIDED for name in outcomes], bool)[outcome]
    liable = np.array([name == Outcome.LATE_LIABLE for name in outcomes], bool)[outcome]
    lost = numbers(verdicts, "days_import") + numbers(verdicts, "days_delivery")
    lost = lost[order]
    return Measured(
        Scans(own, order), liable & (lost > 0), _spans(origins, destinations, lane[order]), decided,
        lost <= 0, verdicts.select(_NAMED).combine_chunks(), order,
    )  # fmt: skip


def _spans(
    origins: Sequence[str], destinations: Sequence[str], lane: Ints
) -> tuple[tuple[tuple[str, str], slice], ...]:
    """Each relation's posts and rows in sorted lanes."""
    distinct, first = np.unique(lane, return_index=True)
    ends = [*first[1:].tolist(), len(lane)]
    count = max(len(destinations), 1)
    return tuple(
        ((origins[code // count], destinations[code % count]), slice(start, end))
        for code, start, end in zip(distinct.tolist(), first.tolist(), ends, strict=False)
    )
