"""The history of deliveries that a workspace's current verdicts hold (req 64)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.moments import DAY, Ints
from datecertain.operations.history_files import HistoryRead, Progress
from datecertain.operations.judging import standing_columns
from datecertain.operations.judging_units import judging_units
from datecertain.operations.kept_sums import Columns, month_sums, verdicts_of
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.planning.histories import NONE, Deliveries
from datecertain.store import Workspace

#: Columns of verdicts that make a history.
HISTORY = ("origin", "destination", "accepted_date", "delivered_on", "promised_on", "judged_as_of")
_POSTS = ("origin", "destination")


def history_of_workspace(
    workspace: Workspace, periods: Sequence[str] | None, progress: Progress | None = None,
    seen: LanesSeen = EVERY_LANE,
) -> HistoryRead:  # fmt: skip
    """The items judged, of some months of acceptance or of all, of the lanes that count; lane: the
    two posts.

    Dates are local ones, of acceptance at the origin and of delivery at the destination; what was
    promised is the due date. Known up to the latest data-closing. Raises `NotFound` without any.
    """
    found = workspace.facts(VERDICTS_TABLE).partitions(months=periods)
    months = sorted({part.month for part in found})
    parts: list[pa.Table] = []
    for done, month in enumerate(months):
        parts.append(month_history(workspace, month, seen))
        if progress:
            progress(done + 1, len(months))
    if not sum(len(part) for part in parts):
        raise NotFound("no item was judged in these months: judge a month first, or name --history")
    deliveries = deliveries_of(pa.concat_tables(parts))
    return HistoryRead(deliveries, len(deliveries), 0, Counter(), [])


def month_history(
    workspace: Workspace, month: str, seen: LanesSeen = EVERY_LANE
) -> pa.Table:  # fmt: skip
    """The history of a month's standing verdicts, of the lanes that count: columns `HISTORY` (what
    is not known: `NONE`), in order of item keys, since lanes that are pooled are tried part by part
    in it."""
    rests_on = verdicts_of(workspace, month)
    kept = month_sums(workspace, month, "history", rests_on, lambda: _columns(workspace, month))
    table = history_table(kept)
    return table.filter(seen.mask(table)) if len(table) else table


def history_table(kept: Columns) -> pa.Table:
    """Columns of a history as they are kept (`history_columns`) as a table."""
    posts = pa.array(kept["posts"].tolist(), pa.string())
    return pa.table({
        name: posts.take(pa.array(kept[name])) if name in _POSTS else kept[name].astype(np.int64)
        for name in HISTORY if name in kept
    })  # fmt: skip


def _columns(workspace: Workspace, month: str) -> dict[str, Any]:
    """The columns of `month_history`, posts by number."""
    units = judging_units(workspace, month)
    every = pa.concat_tables(
        standing_columns(workspace, month, HISTORY, unit).select(HISTORY) for unit in units
    )
    return history_columns(every)


def history_columns(every: pa.Table) -> dict[str, Any]:
    """The columns of a history, or some of them, as they are kept: posts by number."""
    names = {name: every[name].cast(pa.string()) for name in _POSTS}
    posts = sorted({post for column in names.values() for post in pc.unique(column).to_pylist()})
    place = pa.array(posts, pa.string())
    numbered = {name: pc.index_in(column, place).to_numpy() for name, column in names.items()}
    days = {name: _numbers(every[name]).astype(np.int32)
            for name in HISTORY if name not in _POSTS and name in every.column_names}  # fmt: skip
    return {"posts": np.array(posts, dtype=str), **numbered, **days}


def deliveries_of(table: pa.Table) -> Deliveries:
    """The history of verdicts (`month_history`); lanes as `KR-US`, items by day of acceptance."""
    text = pc.binary_join_element_wise(table["origin"], table["destination"], "-")
    coded = text.combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    accepted = _numbers(table["accepted_date"])
    by_day = np.argsort(accepted, kind="stable")
    delivered, promised = (_numbers(table[name]) for name in ("delivered_on", "promised_on"))
    as_of = int(_numbers(table["judged_as_of"]).max()) // DAY
    lane = place[coded.indices.to_numpy()]
    return Deliveries(
        tuple(names[number] for number in order), lane[by_day], accepted[by_day],
        _from(accepted, delivered)[by_day], _from(accepted, promised)[by_day],
        max(as_of, int(accepted.max()), int(delivered.max())),
    )  # fmt: skip


def _from(accepted: Ints, day: Ints) -> Ints:
    """Days from acceptance; across the date line a delivery may be a day before it."""
    return np.where(day == NONE, NONE, np.maximum(day - accepted, 0))


def _numbers(column: pa.ChunkedArray) -> Ints:
    filled = pc.fill_null(column.cast(pa.int64()), NONE)
    return np.asarray(filled.to_numpy(), dtype=np.int64)
