"""What whoever asks may see of items: of what it may not, nothing is told at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer
from datecertain.errors import NotFound
from datecertain.operations.explaining import acceptances
from datecertain.store import Workspace

_FLOW = ("origin", "destination")


def rows_seen(rows: pa.Table, viewer: Viewer) -> pa.Table:
    """The rows, with the columns origin and destination, that whoever asks may see."""
    flows = pc.binary_join_element_wise(
        rows["origin"].cast(pa.string()), rows["destination"].cast(pa.string()), "+"
    )
    seen = pa.array(sorted(viewer.seen(pc.unique(flows).to_pylist())), pa.string())
    return rows.filter(pc.is_in(flows, seen))


def item_seen(workspace: Workspace, number: str, viewer: Viewer) -> dict[str, Any]:
    """The item number, origin and destination of the last acceptance of a number. Raises
    `NotFound`, the same for one that is not there and one that may not be seen."""
    known = acceptances(workspace, number, _FLOW)
    row: dict[str, Any] = known.select(["item_id", *_FLOW]).slice(len(known) - 1, 1).to_pylist()[0]
    if not viewer.sees_flow(row["origin"], row["destination"]):
        raise NotFound(
            f"{row['item_id']} has no acceptance record here: without one there is no guarantee "
            "(ask the origin post, or ingest its acceptance file)"
        )
    return row


def round_for_the_group(one: dict[str, Any]) -> dict[str, Any]:
    """A round of netting without what each pair brought into it: positions and payments."""
    names = ("number", "sha256", "netted_on", "without", "positions", "method", "payments")
    counts = {"statements": len(one["dues"]), "left_out": len(one["left_out"])}
    return {name: one[name] for name in names} | counts


def own_round(one: dict[str, Any], viewer: Viewer) -> dict[str, Any] | None:
    """A round of netting as a post sees it; None where it brought nothing in."""
    dues = [due for due in one["dues"] if viewer.sees_flow(due["one"], due["other"])]
    if not dues:
        return None
    payments = [pay for pay in one["payments"] if viewer.sees_flow(pay["payer"], pay["payee"])]
    return {
        "number": one["number"], "sha256": one["sha256"], "netted_on": one["netted_on"],
        "position_usdr": one["positions"].get(viewer.post, 0), "dues": dues, "payments": payments,
    }  # fmt: skip
