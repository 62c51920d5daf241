"""Items whose handover may be proven otherwise since: by what came in, or became known, of the
receptacles they travelled in (req 53, 74).

A row touches the receptacle that it names, or every receptacle of the consignment that it names;
and what is touched touches the items in it. Rarely an item too many, never one too few.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.operations.evidence import event_months
from datecertain.operations.tables import TRANSPORT_MOMENTS
from datecertain.store import Workspace


def items_in_touched_receptacles(
    workspace: Workspace, period: str, since: int, as_of: int, fresh: Collection[str]
) -> pa.Array:
    """The numbers of items, of any month, about whose receptacles something came in with the
    batches `fresh`, or became known after the moment `since`."""
    items: list[pa.Array] = []
    receptacles: set[str] = set()
    consignments: set[str] = set()
    for name in TRANSPORT_MOMENTS:
        rows = _new_rows(workspace, name, period, since, as_of, fresh)
        if name == "contained":
            items.append(pc.unique(rows["item_id"]))
            continue
        named = rows["receptacle"]
        receptacles.update(pc.unique(pc.drop_null(named)).to_pylist())
        if name != "receptacles":
            whole = rows["consignment"].filter(pc.is_null(named))
            consignments.update(pc.unique(pc.drop_null(whole)).to_pylist())
    receptacles |= _consigned(workspace, consignments)
    if receptacles:
        inside = workspace.facts("contained").arrow(
            ["item_id"], pc.field("receptacle").isin(sorted(receptacles)),
            months=event_months(period),
        )  # fmt: skip
        items.append(pc.unique(inside["item_id"]))
    return pc.unique(pa.concat_arrays([_whole(one) for one in items]))


def _new_rows(
    workspace: Workspace, name: str, period: str, since: int, as_of: int,
    fresh: Collection[str],
) -> pa.Table:  # fmt: skip
    facts = workspace.facts(name)
    wanted = ["item_id", "receptacle"] if name == "contained" else ["receptacle", "consignment"]
    found = [facts.of_batches(fresh, wanted)]
    if since < as_of:
        later = pc.scalar(False)
        for moment in TRANSPORT_MOMENTS[name]:
            later = later | (pc.field(moment) > since)
        begin = event_months(period)[0]  # a message may come long after the journey
        months = [one for one in facts.months if one >= begin]
        found.append(facts.arrow(wanted, later, months=months))
    return pa.concat_tables(found)


def _consigned(workspace: Workspace, consignments: Collection[str]) -> set[str]:
    """The receptacles that were ever said to be of these consignments."""
    if not consignments:
        return set()
    rows = workspace.facts("receptacles").arrow(
        ["receptacle"], pc.field("consignment").isin(sorted(consignments))
    )
    return set(pc.unique(rows["receptacle"]).to_pylist())


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
