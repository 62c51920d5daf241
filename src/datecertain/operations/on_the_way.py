"""What past items did from each scan on, counted for the chance of those on their way (req 8, 22).

Kept as the files of a history each, one per checkpoint, in a folder of the workspace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from datecertain.errors import NotFound
from datecertain.moments import UNKNOWN
from datecertain.network import NO_DUE
from datecertain.operations.expecting import shifts, write_history
from datecertain.operations.watch_looks import Look, looks
from datecertain.promise.expected import MINIMUM_ITEMS, History, Shift, read_history
from datecertain.store import Workspace
from datecertain.verdict.live_chance import Histories
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import local_days

#: The folder of the histories in a workspace.
FOLDER = "on-the-way"
_BY_SCAN: list[Checkpoint] = [one for one in Checkpoint if one is not Checkpoint.STOPPED]


def count_on_the_way(
    workspace: Workspace, periods: Sequence[str], as_of: int, minimum_items: int = MINIMUM_ITEMS,
    progress: Callable[[int, int], None] | None = None,
) -> Histories:  # fmt: skip
    """Count the promised items of some months of acceptance by every credible scan that they had:
    delivery days from the date due at that scan to the day on which the clock stopped.

    Raises `NotFound` when there are no such items.
    """
    rows: dict[Checkpoint, Counter[tuple[str, str, str, int | None]]] = {
        one: Counter() for one in _BY_SCAN
    }
    dates: list[int] = []
    for look in looks(workspace, as_of, periods, progress=progress):
        dates += [_day(look, min), _day(look, max)]
        _count(look, rows)
    if not dates or not any(rows.values()):
        raise NotFound(f"no promised item was accepted in {', '.join(periods)}: nothing to count")
    said = f"items accepted {periods[0]} to {periods[-1]}, by scan"
    histories: dict[Checkpoint, History] = {
        one: History(
            [
                Shift(origin, to, area, days, items, min(dates), max(dates), said)
                for (origin, to, area, days), items in sorted(
                    counted.items(), key=lambda row: (row[0][:3], row[0][3] is None, row[0][3] or 0)
                )
            ],
            minimum_items,
        )
        for one, counted in rows.items()
    }  # fmt: skip
    return histories


def _day(look: Look, which: Callable[[list[int]], int]) -> int:
    return which(look.items["accepted_date"].to_pylist())


def _count(look: Look, rows: dict[Checkpoint, Counter[tuple[str, str, str, int | None]]]) -> None:
    journeys, network = look.journeys, look.network
    replayed, stopped = journeys.replayed, journeys.stopped
    area, there = journeys.destination, stopped != UNKNOWN
    day = np.where(
        there, local_days(network.compiled, area, np.where(there, stopped, 0)), NO_DUE
    )  # fmt: skip
    areas = network.data.areas
    for checkpoint, counted in rows.items():
        due = replayed.due[:, checkpoint]
        mine = np.flatnonzero(
            replayed.present[:, checkpoint] & (due < NO_DUE) & (journeys.promised < NO_DUE)
        )
        days = shifts(network, area[mine], due[mine], day[mine])
        key = np.stack([journeys.origin[mine], area[mine], days, there[mine]], axis=1)
        different, count = np.unique(key, axis=0, return_counts=True)
        for (origin, to, shift, came), items in zip(
            different.tolist(), count.tolist(), strict=True
        ):
            name = (areas[origin].post, areas[to].post, areas[to].area, shift if came else None)
            counted[name] += items


def write_on_the_way(histories: Histories, workspace: Path) -> Path:
    """Write the histories into the workspace's folder."""
    folder = workspace / FOLDER
    folder.mkdir(exist_ok=True)
    for checkpoint, history in histories.items():
        write_history(history, folder / f"{checkpoint.name.lower()}.csv")
    return folder


def read_on_the_way(workspace: Path) -> Histories:
    """The histories of a workspace, none where nothing was counted. Raises `UsageError` for a file
    that cannot be read."""
    found = {}
    for checkpoint in _BY_SCAN:
        path = workspace / FOLDER / f"{checkpoint.name.lower()}.csv"
        if path.is_file():
            found[checkpoint] = read_history(path.read_text(encoding="utf-8"), str(path))
    return found
