"""The innermost loops over the steps of items, as machine code (decision 0020).

Few items are gone through sooner by the same functions as they stand here than a compiler is
loaded.
"""

from __future__ import annotations

from typing import Any

from datecertain.messages.compiling import compiled
from datecertain.moments import Ints, Mask


@compiled
def climbed(
    promised: Ints, due: Ints, area: Ints, days: Any, start: Ints, grid: Any, near: Ints,
    margin: Ints, step: Ints,
) -> None:  # fmt: skip
    """Margin [n] and steps [n, k] in delivery days of each item's area, from the promised date over
    the due dates [n, k].

    `days` are the delivery days of all areas, from `start` on those of each; `grid` and `near`
    (lowest day, shift and width of its cells) say where in them a day lies (`ranks`). A last date
    after the promised one without delivery counts as the next delivery day.
    """
    last = due.shape[1] - 1
    for n in range(promised.shape[0]):
        place, end, cells = area[n], start[area[n] + 1], area[n] * near[2]
        before, passed, known = promised[n], 0, False
        for k in range(last + 1):
            day, moved = due[n, k], 0
            late = k == last and day > promised[n]
            if day != before or late:
                if not known:
                    cell = min(max((before + 1 - near[0]) >> near[1], 0), near[2] - 1)
                    passed, known = int(grid[cells + cell]), True
                    while passed < end and days[passed] < before + 1:
                        passed += 1
                cell = min(max((day + 1 - near[0]) >> near[1], 0), near[2] - 1)
                here = int(grid[cells + cell])
                while here < end and days[here] < day + 1:
                    here += 1
                moved = here - passed
                # A delivery day before `here` is the last date itself, or it was none.
                if late and (here == start[place] or days[here - 1] != day):
                    moved += 1
                before, passed = day, here
            step[n, k] = moved
        margin[n] = step[n, 0]
        step[n, 0] = 0


@compiled
def netted(
    margin: Ints, step: Ints, leg: Ints, other_leg: Ints, excused: Ints, removed: Mask,
    tolerance: Ints, promise_leg: int, told: Ints, net: Ints,
) -> None:  # fmt: skip
    """What steps [n, k] come to: `told` [3, n] days late, excused and liable, and `net` [n, legs]
    unexcused days by leg, whole ones, as `verdict.staircase.settle` says."""
    for n in range(margin.shape[0]):
        late, excusable = margin[n], tolerance[n]
        for one in range(net.shape[1]):
            net[n, one] = 0
        for k in range(step.shape[1]):
            days, taken = step[n, k], excused[n, k]
            late += days
            excusable += taken
            # A hold may excuse more days than its own step has (`subtract`, `extend`): they count
            # against the delay, and give nobody back other days.
            kept = days - min(taken, max(days, 0))
            if removed[n, k]:
                kept = max(kept, 0)
            # Twice the days, so that a step shared by two parties stays whole.
            if other_leg[n, k] >= 0:
                net[n, leg[n, k]] += kept
                net[n, other_leg[n, k]] += kept
            else:
                net[n, leg[n, k]] += 2 * kept
        for one in range(net.shape[1]):
            doubled = net[n, one]
            net[n, one] = doubled // 2 if doubled >= 0 else -(-doubled // 2)
        net[n, promise_leg] += max(margin[n], 0)
        told[0, n] = late
        told[1, n] = min(excusable, late) if late > 0 else 0
        told[2, n] = max(0, late - excusable)


#: The same functions as they stand above, not compiled.
PLAIN_CLIMBED = climbed.__wrapped__  # type: ignore[attr-defined]
PLAIN_NETTED = netted.__wrapped__  # type: ignore[attr-defined]
