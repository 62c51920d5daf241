"""The innermost loops of the replay, as machine code (decision 0020).

One item after another instead of one step after another: what is asked of an item stays in the
processor's registers, where columns of tens of thousands of items go through memory for each step.
Few items are replayed sooner by the same functions as they stand here than a compiler is loaded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from datecertain.messages.compiling import compiled
from datecertain.moments import Ints, Mask


@compiled
def climb(  # noqa: PLR0912, PLR0915 - one loop, for there is no call in it
    scanned: Ints, scanned_at: Ints, stopped: Ints, stopped_on: Ints, kept: Ints,
    counts_from: Ints, area: Ints, onward: Ints, links: Ints, offices: Ints, class_of: Ints,
    base: Ints, limits: Ints, ready_words: Ints, ready_done: Any, ready_start: Ints,
    due_words: Ints, due_done: Any, due_start: Ints, grid: Any, near: Ints, at: Ints, due: Ints,
    present: Mask, office: Ints, previous: Ints,
) -> None:  # fmt: skip
    """The staircase of each item (`verdict.replay.Replay`: the last five arguments, [n, 9]).

    Items: `scanned` and `scanned_at` [n, 8] moment and office of each first scan, `stopped` and
    `stopped_on` moment and local date on which the clock stopped, `kept` when customs first kept
    it, `counts_from` from when its handover counts (empty: from its own moment), `area` [2, n] of
    origin and destination. Network: `onward` key of the last stages' functions by office and area,
    `links` and `offices` the export links of each area and the office of each, `class_of` and
    `base` where the functions of a class of areas and of a stage begin. The step functions of the
    export and the due functions as words in order, answers and begin of each; `grid` and `near`
    (lowest moment, shift and width of its cells) where those of the latter lie (empty: searched).
    `limits`: no moment, no due date, last moment of a word, bits of a moment in it, classes.
    """
    unknown, no_due, last, bits, classes = limits[0], limits[1], limits[2], limits[3], limits[4]
    ways = links.shape[1]
    for n in range(stopped.shape[0]):
        destination = area[1, n]
        accepted = scanned[n, 0]
        # A later scan outweighs an earlier one, where the clock stopped outweighs all.
        later = np.int64(1) << 60
        for stage in range(8, -1, -1):
            moment = stopped[n] if stage == 8 else scanned[n, stage]
            known = moment != unknown and moment >= accepted
            present[n, stage] = known and moment <= later
            if known:
                later = min(later, moment)
            at[n, stage] = moment
            office[n, stage] = -1 if stage == 8 else scanned_at[n, stage]
            due[n, stage] = no_due
        for question in range(ways + 7):
            if question < ways:  # by each office that can export it: the earliest
                stage, link = 0, links[area[0, n], question]
                if link < 0 or accepted > last:
                    continue
                wanted = (link << bits) + max(accepted, 0)
                low, high = ready_start[link], ready_start[link + 1]
                while low < high:
                    middle = (low + high) >> 1
                    if ready_words[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
                if low >= ready_start[link + 1]:
                    continue
                moment = np.int64(ready_done[low])
                key = base[1] + offices[link] * classes + class_of[destination]
            else:
                stage = question - ways + 1
                if not present[n, stage]:
                    continue
                moment, place = scanned[n, stage], scanned_at[n, stage]
                if stage == 7:
                    key = base[7] + destination
                elif place < 0:
                    continue
                elif stage < 3:
                    key = base[stage] + place * classes + class_of[destination]
                else:
                    key = onward[place, destination]
                    if key < 0:
                        continue
                    held = stage == 4 and moment == kept[n]
                    key += base[8] if held else base[stage]
                    if stage == 3 and counts_from.shape[0] > 0:
                        moment = max(moment, counts_from[n])
            if moment > last:
                continue
            wanted = (key << bits) + max(moment, 0)
            low, end = due_start[key], due_start[key + 1]
            if grid.shape[0] > 0:
                cell = min(max((moment - near[0]) >> near[1], 0), near[2] - 1)
                low = np.int64(grid[key * near[2] + cell])
                while low < end and due_words[low] < wanted:
                    low += 1
            else:
                high = end
                while low < high:
                    middle = (low + high) >> 1
                    if due_words[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
            if low < end:
                due[n, stage] = min(due[n, stage], np.int64(due_done[low]))
        if present[n, 8]:
            due[n, 8] = stopped_on[n]
        before = np.int64(-1)
        for stage in range(9):
            previous[n, stage] = before
            if present[n, stage] and due[n, stage] < no_due:
                before = np.int64(stage)
                continue
            present[n, stage] = False
            at[n, stage] = unknown
            if stage > 0:
                due[n, stage] = due[n, stage - 1]


#: The same function as it stands above, not compiled.
PLAIN_CLIMB = climb.__wrapped__  # type: ignore[attr-defined]
