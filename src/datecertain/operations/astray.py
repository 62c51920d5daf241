"""Which items of a month went astray, and which of them the score leaves out (req 20;
rules: `verdict.journey_facts`, `quality.astray`)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.network import Network
from datecertain.operations.erasing_facts import events_erased_by
from datecertain.operations.evidence import event_months
from datecertain.operations.judging_units import judging_units
from datecertain.operations.movements import way_scans
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.quality.astray import ASTRAY, astray_rows
from datecertain.store import Workspace
from datecertain.verdict.journey_facts import journey_facts, left_out_by


def astray_items(
    workspace: Workspace, network: Network, period: str, items: pa.Table, as_of: int
) -> pa.Table | None:
    """What became of the items accepted in a month (schema ASTRAY; `items`: their rows of
    `current_items`) by what had been told at a moment; None where events were erased that may have
    told it."""
    months = event_months(period)
    if events_erased_by(workspace, months):
        return None
    tables = [ASTRAY.empty_table()]
    held = set(pc.unique(items["bucket"]).to_pylist())
    for some in judging_units(workspace, period):
        unit = [bucket for bucket in some if bucket in held]
        if not unit:
            continue
        mine = items.filter(pc.is_in(items["bucket"], pa.array(unit, pa.int32()))).combine_chunks()
        events = workspace.scan(EVENTS_TABLE, months=months, buckets=unit)
        told = way_scans(workspace, network, mine, events, as_of)
        posts = tuple(network.posts)
        origin, destination = (_posts(mine[name], posts) for name in ("origin", "destination"))
        facts = journey_facts(origin, destination, told)
        day = np.asarray(mine["accepted_date"].to_numpy(), dtype=np.int64)
        out = left_out_by(
            network, facts, told, mine["origin"].combine_chunks(),
            mine["destination"].combine_chunks(), day,
        )  # fmt: skip
        keys = mine["item_key"].combine_chunks()
        tables.append(astray_rows(keys, destination, facts, out, posts))
    return pa.concat_tables(tables)


def _posts(column: pa.ChunkedArray, posts: tuple[str, ...]) -> Ints:
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(posts, pa.string())), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
