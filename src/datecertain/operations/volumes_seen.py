"""The volumes that whoever asks may see: a post those of its own lanes, the central office those
of lanes that may be published, in no total less than that (req 56, 57)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer
from datecertain.errors import NotFound
from datecertain.operations.published_cards import withheld_lanes
from datecertain.operations.seeing import rows_seen
from datecertain.operations.volume_sources import accepted_volumes, imported_volumes
from datecertain.quality.disclosure import least_judged
from datecertain.settlement import Period
from datecertain.store import Workspace


def volumes_seen(workspace: Workspace, viewer: Viewer, *, facts: bool = False) -> pa.Table:
    """Rows of `VOLUMES`: what was imported, or with `facts` counted from acceptance records. For
    the central office without money, and without every lane that has a month of too few items.

    Raises `NotFound` when there is nothing to be seen.
    """
    rows = accepted_volumes(workspace) if facts else imported_volumes(workspace)
    rows = _published(workspace, rows) if viewer.group else rows_seen(rows, viewer)
    if not rows.num_rows:
        raise NotFound("no volume is to be seen here: import one, or ingest acceptance records")
    return rows


def _published(workspace: Workspace, rows: pa.Table) -> pa.Table:
    sums = rows.group_by(["month", "origin", "destination"]).aggregate([("items", "sum")])
    months: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
    for row in sums.to_pylist():
        lane = (row["origin"], row["destination"])
        months.setdefault(row["month"], {})[lane] = (row["items_sum"], row["items_sum"])
    hidden: set[tuple[str, str]] = set()
    for month, lanes in months.items():
        least = least_judged(Period.month(month).last_day)
        hidden |= withheld_lanes(workspace, month, lanes, least)
    names = pc.binary_join_element_wise(rows["origin"], rows["destination"], ">")
    gone = pa.array([f"{one}>{other}" for one, other in sorted(hidden)], pa.string())
    rows = rows.filter(pc.invert(pc.is_in(names, gone)))
    for name in ("revenue", "refunds"):
        place = rows.schema.get_field_index(name)
        empty = pa.nulls(rows.num_rows, pa.int64())
        rows = rows.set_column(place, rows.schema.field(name), empty)
    return rows
