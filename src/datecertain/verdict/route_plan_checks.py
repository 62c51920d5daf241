"""What must hold within one process of a route map before it can be judged.

Rows come in order of process, leg and stage. Each check marks processes and says why; one that
could not be read at all is not checked again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from datecertain.findings import Finding, Severity
from datecertain.moments import Ints

Marks = npt.NDArray[np.bool_]

#: Actual minutes of one process, nearly two years: past it the exact shares would not fit a word.
MOST_MINUTES = 1_000_000


def check_processes(
    processes: Sequence[str], process: Ints, leg: Ints, order: Ints, actual: Ints,
    unread: Marks, source: str,
) -> tuple[Marks, list[Finding]]:  # fmt: skip
    """(processes that cannot be judged, why).

    `process`, `leg` (0 … 8 inbound, 9 outbound), `order` (place within the leg; DLV the largest
    number) and `actual` (minutes, negative where not done) are columns, one row per stage.
    """
    wrong = np.zeros(len(processes), dtype=bool)
    findings: list[Finding] = []

    def refuse(marks: Marks, code: str, detail: str) -> None:
        for index in np.flatnonzero(marks & ~unread & ~wrong).tolist():
            findings.append(
                Finding(code, Severity.ERROR, source, f"process {processes[index]}", detail)
            )
        wrong[:] |= marks & ~unread

    if len(process) == 0:
        return wrong, findings
    start = np.flatnonzero(np.diff(process, prepend=-1) | np.diff(leg, prepend=-1))
    size = np.diff(start, append=len(process))
    leg_process, leg_number = process[start], leg[start]

    refuse(
        _legs_missing(len(processes), leg_process, leg_number), "leg-missing",
        "a process has inbound legs numbered from 1 without a gap, then one outbound leg",
    )  # fmt: skip
    refuse(
        _any_of(len(processes), leg_process, ~_legs_whole(order, start, size)), "leg-incomplete",
        "a leg has RCS, then DEP and RCF once for each hop from 1 on, then DLV, and nothing twice",
    )  # fmt: skip
    refuse(
        _stage_skipped(len(processes), process, leg, actual),
        "stage-missing",
        "a stage has an actual time although one before it has none",
    )
    refuse(
        np.bincount(process, np.maximum(actual, 0), len(processes)) > MOST_MINUTES,
        "duration-implausible", f"more than {MOST_MINUTES:,} actual minutes in one process",
    )  # fmt: skip
    return wrong, findings


def _any_of(count: int, process: Ints, bad: Marks) -> Marks:
    found = np.zeros(count, dtype=bool)
    found[process[bad]] = True
    return found


def _legs_missing(count: int, leg_process: Ints, leg_number: Ints) -> Marks:
    """No outbound leg, or inbound legs that are not 1, 2, … k with k at least 1."""
    outbound = leg_number == 9
    inbound = np.bincount(leg_process[~outbound], minlength=count)
    highest = np.full(count, -1, dtype=np.int64)
    np.maximum.at(highest, leg_process[~outbound], leg_number[~outbound])
    has_outbound = np.bincount(leg_process[outbound], minlength=count) > 0
    return np.asarray(~has_outbound | (inbound == 0) | (highest != inbound - 1))


def _legs_whole(order: Ints, start: Ints, size: Ints) -> Marks:
    """Per leg: its rows are 0, 1, … and then the delivery, an even number and at least four."""
    position = np.arange(len(order)) - np.repeat(start, size)
    last = position == np.repeat(size, size) - 1
    delivery = np.iinfo(np.int64).max
    fits = np.where(last, order == delivery, order == position)
    whole = np.logical_and.reduceat(fits, start)
    return np.asarray(whole & (size >= 4) & (size % 2 == 0))


def _stage_skipped(count: int, process: Ints, leg: Ints, actual: Ints) -> Marks:
    """A later stage is done although an earlier one of its leg, or an inbound leg, is not."""
    done = actual >= 0
    same_leg = (np.diff(process, prepend=-1) == 0) & (np.diff(leg, prepend=-1) == 0)
    skipped = same_leg & done & ~np.roll(done, 1)
    outbound = leg == 9
    waiting = _any_of(count, process, ~outbound & ~done)
    return _any_of(count, process, skipped | (outbound & done & waiting[process]))
