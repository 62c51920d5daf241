"""From verdicts to what is to be expected: the history of a workspace (req 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.durable import file_beside
from datecertain.errors import NotFound
from datecertain.moments import Ints
from datecertain.network import NO_DUE, Network
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import Progress, current_verdicts
from datecertain.operations.judging_units import judging_units
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.promise.expected import MINIMUM_ITEMS, History, Shift, history_text
from datecertain.store import Workspace

_VERDICT = ("item_key", "origin", "destination", "destination_area", "accepted_date",
            "delivered_on", "network_version")  # fmt: skip
#: Stands for "not delivered" in a column of shifts.
_NONE = np.int64(10**6)
_KEYS = ["origin", "destination", "to_area", "shift"]


def make_history(
    workspace: Workspace, periods: Sequence[str] | None = None,
    minimum_items: int = MINIMUM_ITEMS, progress: Progress | None = None,
) -> History:  # fmt: skip
    """The shifts of all judged items with a standard date, of some months of acceptance or of all.

    Raises `NotFound` when no such item was judged.
    """
    found = workspace.facts(VERDICTS_TABLE).partitions(months=periods)
    months = sorted({part.month for part in found})
    counted: list[pa.Table] = []
    for done, month in enumerate(months):
        counted += _of_month(workspace, month)
        if progress:
            progress(done + 1, len(months))
    if not counted:
        raise NotFound("no item that was judged has a standard date: judge a month first")
    totals = (
        pa.concat_tables(counted)
        .group_by(_KEYS)
        .aggregate([("items", "sum"), ("first", "min"), ("last", "max")])
    )
    said = f"current verdicts of items accepted {months[0]} to {months[-1]}"
    rows = sorted(totals.to_pylist(), key=lambda row: tuple(row[name] for name in _KEYS))
    return History((_shift(row, said) for row in rows), minimum_items)


def _shift(row: dict[str, Any], source: str) -> Shift:
    days = None if row["shift"] == _NONE else row["shift"]
    return Shift(
        row["origin"], row["destination"], row["to_area"], days, row["items_sum"],
        row["first_min"], row["last_max"], source,
    )  # fmt: skip


def write_history(history: History, to: Path) -> None:
    """Written beside and renamed: a quote reads a whole file or none."""
    with file_beside(to) as beside:
        beside.write_text(history_text(history.shifts, history.minimum_items), encoding="utf-8")


def _of_month(workspace: Workspace, month: str) -> Iterator[pa.Table]:
    """Counts of a month's items per lane, area and shift."""
    for unit in judging_units(workspace, month):
        verdicts = current_verdicts(workspace, [month], unit)
        if not len(verdicts):
            continue
        verdicts = verdicts.select(_VERDICT)
        items = current_items(workspace, unit, columns=_ITEM)
        row = pc.index_in(verdicts["item_key"], items["item_key"].combine_chunks())
        verdicts = verdicts.append_column("standard_on", items["standard_on"].take(row))
        known = pc.and_(pc.is_valid(verdicts["standard_on"]),
                        pc.is_valid(verdicts["destination_area"]))  # fmt: skip
        verdicts = verdicts.filter(known)
        for version in pc.unique(verdicts["network_version"]).to_pylist():
            mine = verdicts.filter(pc.equal(verdicts["network_version"], version))
            yield _counts(network_of_version(workspace, version), mine)


#: `current_items` sorts and compares by these.
_ITEM = ("item_key", "item_id", "accepted_at", "standard_on")


def _counts(network: Network, rows: pa.Table) -> pa.Table:
    areas = pa.array(list(network.areas), pa.string())
    area = pc.index_in(rows["destination_area"].combine_chunks(), areas).to_numpy()
    shift = shifts(
        network, area.astype(np.int64), _days(rows["standard_on"]), _days(rows["delivered_on"])
    )
    table = pa.table(
        {"origin": rows["origin"], "destination": rows["destination"],
         "to_area": rows["destination_area"], "shift": pa.array(shift),
         "accepted": rows["accepted_date"]}
    )  # fmt: skip
    grouped = table.group_by(_KEYS).aggregate(
        [("accepted", "count"), ("accepted", "min"), ("accepted", "max")]
    )
    return grouped.rename_columns(
        {"accepted_count": "items", "accepted_min": "first", "accepted_max": "last"}
    )


def _days(column: pa.ChunkedArray) -> Ints:
    filled = pc.fill_null(column.cast(pa.int64()), int(NO_DUE))
    return np.asarray(filled.to_numpy(), dtype=np.int64)


def shifts(network: Network, area: Ints, standard: Ints, delivered: Ints) -> Ints:
    """Delivery days of each area from the standard to the delivery. A delivery on another day than
    the area's delivery days counts as one on the next of them; none known as _NONE."""
    days = network.compiled.delivery_days
    counted = days.on_or_after(area, delivered, np.zeros_like(delivered))
    there = counted < NO_DUE
    between = days.between(area, standard, np.where(there, counted, standard))
    return np.where(there, between, _NONE)
