"""What past items did, counted for the chance of those on their way (req 8, 22).

The past months are looked at again every LOOK_HOURS, as they were known then: what the watch list
would have shown is counted with what came of it. An item that lay long is seen often, in the count
as on the list; counting each item once would make long waits look harmless.
Kept as the files of a history each, one per last scan, in a folder of the workspace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from os import stat_result
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.kept import Kept
from datecertain.moments import DAY
from datecertain.network import NO_DUE
from datecertain.operations.expecting import shifts, write_history
from datecertain.operations.open_items import is_open
from datecertain.operations.watch_looks import Look, looks, months_until
from datecertain.promise.expected import MINIMUM_ITEMS, History, Shift, read_history
from datecertain.store import Workspace
from datecertain.verdict.live import STATES, State, live
from datecertain.verdict.live_chance import Histories
from datecertain.verdict.outcomes import Checkpoint

#: Hours between two looks at the past: no divisor of a day, so that all hours are seen.
LOOK_HOURS = 37
#: So many days after the last acceptance the months are still looked at.
SEEN_DAYS = 14
_Counted = Counter[tuple[str, str, str, int | None]]
#: Histories that were read, by their files as they stood.
_READ: Kept[Histories] = Kept(4)
#: The folder of the histories in a workspace.
FOLDER = "on-the-way"
_BY_SCAN: list[Checkpoint] = [one for one in Checkpoint if one is not Checkpoint.STOPPED]


def count_on_the_way(
    workspace: Workspace, periods: Sequence[str], as_of: int, minimum_items: int = MINIMUM_ITEMS,
    progress: Callable[[int, int], None] | None = None,
) -> Histories:  # fmt: skip
    """Count the open promised items of some months of acceptance by their last scan, each time
    they are seen: delivery days from the date due at that scan to the day on which the clock
    stopped, as known at `as_of`.

    Raises `NotFound` when there are no such items.
    """
    months = sorted(set(periods))
    counts: dict[Checkpoint, _Counted] = {one: Counter() for one in _BY_SCAN}
    ends, (first, last) = _ends(workspace, months, as_of)
    moments = range(first * DAY, min((last + SEEN_DAYS) * DAY, as_of), LOOK_HOURS * 60)
    for done, moment in enumerate(moments):
        near = [month for month in months if month in months_until(moment, SEEN_DAYS)]
        for look in looks(workspace, moment, near) if near else ():
            _count(look, moment, ends, counts)
        if progress:
            progress(done + 1, len(moments))
    said = f"items accepted {months[0]} to {months[-1]}, seen every {LOOK_HOURS} hours"
    return {
        one: History(
            [
                Shift(origin, to, area, days, items, first, last, said)
                for (origin, to, area, days), items in sorted(counted.items(), key=_order)
            ],
            minimum_items,
        )
        for one, counted in counts.items()
    }  # fmt: skip


def _order(row: tuple[tuple[str, str, str, int | None], int]) -> tuple[object, ...]:
    (*lane, days), _ = row
    return (*lane, days is None, days or 0)


def _ends(
    workspace: Workspace, months: Sequence[str], as_of: int
) -> tuple[pa.Table, tuple[int, int]]:
    """(item_key and the day on which its clock stopped, first and last day of acceptance)."""
    parts, dates = [], []
    for look in looks(workspace, as_of, months):
        parts.append(
            pa.table({"key": look.items["item_key"], "day": look.judgement.sender.stopped_on})
        )
        accepted = pc.min_max(look.items["accepted_date"]).as_py()
        dates += [accepted["min"], accepted["max"]]
    if not parts:
        raise NotFound(f"no item was accepted in {', '.join(months)}: nothing to count")
    return pa.concat_tables(parts).combine_chunks(), (min(dates), max(dates))


def _count(look: Look, moment: int, ends: pa.Table, counts: Mapping[Checkpoint, _Counted]) -> None:
    rows = np.flatnonzero(is_open(look))
    journeys, network = look.journeys.rows(rows), look.network
    found = live(network, journeys, moment, look.warnings(rows))
    # Of an item that is late already nobody asks a chance: it would darken those that are not.
    ahead = found.state != STATES.index(State.LATE_ALREADY)
    due = journeys.replayed.due[:, Checkpoint.DELIVERY_OFFICE]
    place = pc.index_in(look.items["item_key"].take(pa.array(rows)), ends["key"].combine_chunks())
    day = np.asarray(ends["day"].take(place).to_numpy(), dtype=np.int64)
    areas = network.data.areas
    for checkpoint, counted in counts.items():
        mine = np.flatnonzero(ahead & (found.last == checkpoint) & (due < NO_DUE))
        area, came = journeys.destination[mine], day[mine] < NO_DUE
        days = shifts(network, area, due[mine], day[mine])
        key = np.stack([journeys.origin[mine], area, days, came], axis=1)
        different, number = np.unique(key, axis=0, return_counts=True)
        for (origin, to, shift, there), items in zip(
            different.tolist(), number.tolist(), strict=True
        ):
            lane = (areas[origin].post, areas[to].post, areas[to].area)
            counted[(*lane, shift if there else None)] += items


def write_on_the_way(histories: Histories, workspace: Path) -> Path:
    """Write the histories into the workspace's folder."""
    folder = workspace / FOLDER
    folder.mkdir(exist_ok=True)
    for checkpoint, history in histories.items():
        write_history(history, _path(workspace, checkpoint))
    return folder


def stand_of_on_the_way(workspace: Path) -> Hashable:
    """What changes with the files of a workspace's histories."""
    return tuple((str(one), found.st_mtime_ns, found.st_size, found.st_ino)
                 for one, found in _files(workspace).items())  # fmt: skip


def read_on_the_way(workspace: Path) -> Histories:
    """The histories of a workspace, none where nothing was counted; read again when their files are
    others. Raises `UsageError` for a file that cannot be read."""
    return _READ.get(stand_of_on_the_way(workspace), lambda: _read(workspace))


def _read(workspace: Path) -> Histories:
    files = _files(workspace)
    return {
        one: read_history(path.read_text(encoding="utf-8"), str(path))
        for one in _BY_SCAN
        if (path := _path(workspace, one)) in files
    }


def _files(workspace: Path) -> dict[Path, stat_result]:
    found = {}
    for one in _BY_SCAN:
        path = _path(workspace, one)
        with suppress(OSError):
            found[path] = path.stat()
    return found


def _path(workspace: Path, one: Checkpoint) -> Path:
    return workspace / FOLDER / f"{one.name.lower()}.csv"
