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
from datecertain.rowwise import sums
from datecertain.verdict.sharing import shares


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


@dataclass(frozen=True, slots=True)
class Settled:
    """What the steps come to, per item."""

    late: Ints  # [n] margin + sum of steps
    excused: Ints  # [n] days excused, tolerance included, never more than the days late
    liable: Ints  # [n] max(0, late - excused)
    net: Ints  # [n, legs] net unexcused days by leg
    share: Ints  # [n, legs] parts per million of the liable days, summing to WHOLE or to 0

    @classmethod
    def nothing(cls, count: int, legs: int) -> Settled:
        """Items without a step."""

        def zeros(*shape: int) -> Ints:
            return np.zeros(shape, dtype=np.int64)

        return cls(zeros(count), zeros(count), zeros(count), zeros(count, legs), zeros(count, legs))

    def put(self, rows: Ints, some: Settled) -> None:
        """Write what some rows came to into these columns."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(some, name)


def settle(
    steps: Steps, tolerance: Ints, custodies: int, legs: int, promise_leg: int,
    policy: Ints | None = None,
) -> Settled:  # fmt: skip
    """Take out what is excused and share what remains.

    `tolerance`: days per item that the terms let pass on claims. `custodies` and `legs` are the
    numbers of columns; a positive margin is a custody of its own and belongs to `promise_leg`.
    `policy`: how each item's days are shared, an index into POLICIES (None: proportional).
    """
    late = steps.margin + sums(steps.step)
    excusable = sums(steps.excused) + tolerance
    liable = np.maximum(0, late - excusable)
    excused = np.where(late > 0, np.minimum(excusable, late), 0)
    # Twice the days, so that a step shared by two parties stays whole.
    # A hold may excuse more days than its own step has (`subtract`, `extend`): they count against
    # the delay, and give nobody back other days.
    kept = steps.step - np.minimum(steps.excused, np.maximum(steps.step, 0))
    kept = np.where(steps.removed, np.maximum(kept, 0), kept)
    twice = np.where(steps.other_custody >= 0, kept, 2 * kept)
    twice_other = np.where(steps.other_custody >= 0, kept, 0)
    net = np.empty((len(late), legs), dtype=np.int64)
    for leg in range(legs):
        doubled = sums(np.where(steps.leg == leg, twice, 0))
        doubled += sums(np.where(steps.other_leg == leg, twice_other, 0))
        net[:, leg] = np.sign(doubled) * (np.abs(doubled) // 2)
    net[:, promise_leg] += np.maximum(steps.margin, 0)
    share = np.zeros((len(late), legs), dtype=np.int64)
    rows = np.flatnonzero(liable > 0)
    if len(rows):
        by_custody = np.zeros((len(rows), custodies + 1, legs), dtype=np.int64)
        item = np.broadcast_to(np.arange(len(rows))[:, None], (len(rows), kept.shape[1]))
        own = (item, steps.custody[rows], steps.leg[rows])
        other = (
            item, np.maximum(steps.other_custody[rows], 0), np.maximum(steps.other_leg[rows], 0)
        )  # fmt: skip
        np.add.at(by_custody, own, twice[rows])
        np.add.at(by_custody, other, twice_other[rows])
        by_custody[:, custodies, promise_leg] = 2 * np.maximum(steps.margin[rows], 0)
        share[rows] = shares(by_custody, None if policy is None else policy[rows])
    return Settled(late, excused, liable, net, share)
