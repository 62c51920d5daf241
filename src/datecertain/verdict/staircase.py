"""The staircase: steps of due dates that add up, exactly, to the delay (design.md; req 62).

    margin + sum of steps = days late, always.

Nothing here knows posts, scans or networks: items are rows, steps are columns, whole days in one
unit. What is excused is taken out; what remains is shared over the positive nets, one net per
uninterrupted custody, and within a custody over its legs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.verdict import staircase_kernels
from datecertain.verdict.sharing import shares
from datecertain.verdict.staircase_kernels import PLAIN_NETTED

#: Fewer items than this are gone through sooner than a compiler is loaded.
FEW_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Steps:
    """The staircases of n items with up to k steps each (days; 0 where there is no step).

    `custody` and `leg` say whose each step is: columns of the nets and of the shares. A step that
    two parties answer for together, because each owes a scan, names the second in `other_custody`
    and `other_leg` (-1: nobody) and is halved between them.
    """

    margin: Ints  # [n] days by which the promise is tighter than the network (negative: slack)
    step: Ints  # [n, k]
    custody: Ints  # [n, k]
    leg: Ints  # [n, k]
    other_custody: Ints  # [n, k]
    other_leg: Ints  # [n, k]
    excused: Ints  # [n, k] days that the terms excuse in the step; never negative
    removed: Mask  # [n, k] the step is an excused hold: it counts in nobody's net

    def rows(self, index: Ints) -> Steps:
        """The steps of some items."""
        return Steps(*(getattr(self, name)[index] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Settled:
    """What the steps come to, per item."""

    late: Ints  # [n] margin + sum of steps
    excused: Ints  # [n] days excused, tolerance included, never more than the days late
    liable: Ints  # [n] max(0, late - excused)
    net: Ints  # [n, legs] net unexcused days by leg
    share: Ints  # [n, legs] parts per million of the liable days, summing to WHOLE or to 0


def settle(
    steps: Steps, tolerance: Ints, custodies: int, legs: int, promise_leg: int,
    policy: Ints | None = None,
) -> Settled:  # fmt: skip
    """Take out what is excused and share what remains.

    `tolerance`: days per item that the terms let pass on claims. `custodies` and `legs` are the
    numbers of columns; a positive margin is a custody of its own and belongs to `promise_leg`.
    `policy`: how each item's days are shared, an index into POLICIES (None: proportional).
    """
    found = netted(
        steps.margin, steps.step, steps.leg, steps.other_leg, steps.excused, steps.removed,
        tolerance, legs, promise_leg,
    )  # fmt: skip
    rows = np.flatnonzero(found.liable > 0)
    if len(rows):
        some = None if policy is None else policy[rows]
        found.share[rows] = shared(steps.rows(rows), custodies, legs, promise_leg, some)
    return found


def netted(
    margin: Ints, step: Ints, leg: Ints, other_leg: Ints, excused: Ints, removed: Mask,
    tolerance: Ints, legs: int, promise_leg: int,
) -> Settled:  # fmt: skip
    """What is left of the steps (columns of `Steps`) once what is excused is taken out; not shared
    yet."""
    count = len(margin)
    told, net = np.empty((3, count), dtype=np.int64), np.empty((count, legs), dtype=np.int64)
    work = staircase_kernels.netted if count > FEW_ITEMS else PLAIN_NETTED
    work(margin, step, leg, other_leg, excused, removed, tolerance, promise_leg, told, net)
    late, days, liable = told
    return Settled(late, days, liable, net, np.zeros((count, legs), dtype=np.int64))


def shared(
    steps: Steps, custodies: int, legs: int, promise_leg: int, policy: Ints | None = None
) -> Ints:
    """[n, legs] the shares of items that all have liable days."""
    count, width = steps.step.shape
    kept = steps.step - np.minimum(steps.excused, np.maximum(steps.step, 0))
    kept = np.where(steps.removed, np.maximum(kept, 0), kept)
    by_custody = np.zeros((count, custodies + 1, legs), dtype=np.int64)
    item = np.broadcast_to(np.arange(count)[:, None], (count, width))
    both = steps.other_custody >= 0
    other = item, np.maximum(steps.other_custody, 0), np.maximum(steps.other_leg, 0)
    np.add.at(by_custody, (item, steps.custody, steps.leg), np.where(both, kept, 2 * kept))
    np.add.at(by_custody, other, np.where(both, kept, 0))
    by_custody[:, custodies, promise_leg] = 2 * np.maximum(steps.margin, 0)
    return shares(by_custody, policy)
