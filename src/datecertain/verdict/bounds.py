"""What the scans cannot decide, with its best and its worst case (req 27, 80)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import NO_DUE, CompiledNetwork
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.replay import Replay, local_days

#: No bound: the scans decide, or nothing is known.
NO_BOUND = np.int64(-1)
_UNDETERMINED = OUTCOMES.index(Outcome.UNDETERMINED)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds per item; NO_BOUND where there are none."""

    late_low: Ints  # delivery days late at least
    late_high: Ints  # … and at most, as far as is known today
    origin_low: Ints  # the origin's part of the liable days at least, parts per million
    origin_high: Ints  # … and at most; the destination's is the rest
    gap_days: Ints  # days lost over a gap, 0 without one

    @classmethod
    def unknown(cls, count: int) -> Bounds:
        """No bounds."""
        low, high, origin_low, origin_high = np.full((4, count), NO_BOUND, dtype=np.int64)
        return cls(low, high, origin_low, origin_high, np.zeros(count, dtype=np.int64))


def late_bounds(
    bounds: Bounds, outcome: Ints, compiled: CompiledNetwork, area: Ints, promised: Ints,
    replayed: Replay, as_of: int,
) -> None:  # fmt: skip
    """Put in how late an item without a final scan may be: delivered right after the last credible
    scan at best, and today at worst."""
    rows = np.flatnonzero((outcome == _UNDETERMINED) & (promised < NO_DUE))
    if not len(rows):
        return
    last = local_days(compiled, area[rows], replayed.at[rows].max(axis=1))
    today = local_days(compiled, area[rows], np.full(len(rows), as_of, dtype=np.int64))
    for column, day in ((bounds.late_low, last), (bounds.late_high, np.maximum(last, today))):
        days = compiled.delivery_days
        late = days.between(area[rows], promised[rows], day)
        idle = days.between(area[rows], day - 1, day) == 0
        column[rows] = np.maximum(0, late + (idle & (day > promised[rows])))


def gap_shares(
    bounds: Bounds, rows: Ints, shares: Sequence[Ints], of_destination: Mask, gap_days: Ints
) -> None:
    """Put in the origin's share under each reading of a gap: all of it the party's that was
    scanned last, all of it the one's that was scanned next. `of_destination`: [rows, legs] for
    which the destination answers, the carriage among them where it contracted it (req 27, 44)."""
    origin = [np.where(of_destination, 0, share).sum(axis=1) for share in shares]
    bounds.origin_low[rows] = np.minimum.reduce(origin)
    bounds.origin_high[rows] = np.maximum.reduce(origin)
    bounds.gap_days[rows] = gap_days
