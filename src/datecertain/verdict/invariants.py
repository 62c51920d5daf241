"""What must hold of every verdict, checked on every item whenever items are judged.

A breach is a defect of datecertain, never bad data: judging stops, and names the items.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from datecertain.errors import InvariantBroken
from datecertain.moments import Ints, Mask
from datecertain.network import NO_DUE, CompiledNetwork, Scope
from datecertain.rowwise import any_in, sums
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import WHOLE, Outcome
from datecertain.verdict.staircase import Settled

_NAMED = 5
_LIABLE = OUTCOMES.index(Outcome.LATE_LIABLE)


def check_sum(
    compiled: CompiledNetwork, area: Ints, promised: Ints, stopped_on: Ints, margin: Ints,
    step: Ints, scope: Scope, items: pa.StringArray,
) -> None:  # fmt: skip
    """margin + Σ steps = E(n) − P for every item that was promised and whose clock stopped.

    The right side is asked anew of the calendar, not taken from the staircase. Raises
    `InvariantBroken`.
    """
    rows = np.flatnonzero((promised < NO_DUE) & (stopped_on < NO_DUE))
    told = margin[rows] + sums(step[rows])
    late = np.zeros(len(rows), dtype=np.int64)
    apart = np.flatnonzero(stopped_on[rows] != promised[rows])
    if len(apart):
        some = rows[apart]
        days, first, last = compiled.delivery_days, promised[some], stopped_on[some]
        idle = days.between(area[some], last - 1, last) == 0
        late[apart] = days.between(area[some], first, last) + (idle & (last > first))
    _refuse(told != late, rows, items, f"{scope}: margin and steps do not add up to the days late")


def check_shares(settled: Settled, outcome: Ints, scope: Scope, items: pa.StringArray) -> None:
    """The shares of a liable item sum to a million, of any other to nothing; none is negative.
    Raises `InvariantBroken`."""
    whole = np.where(outcome == _LIABLE, WHOLE, 0)
    wrong = (sums(settled.share) != whole) | any_in(settled.share < 0)
    wrong |= (settled.liable > 0) != (outcome == _LIABLE)
    _refuse(wrong, np.arange(len(wrong)), items, f"{scope}: shares are not of the liable days")


def _refuse(wrong: Mask, rows: Ints, items: pa.StringArray, what: str) -> None:
    if not wrong.any():
        return
    bad = rows[np.flatnonzero(wrong)]
    named = ", ".join(str(items[int(row)]) for row in bad[:_NAMED])
    more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    raise InvariantBroken(
        f"{what}, on {named}{more}: nothing was written; report this with the items' messages"
    )
