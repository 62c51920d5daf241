"""What a month is settled on: current verdicts, acceptance records, scans, and journeys where a
tariff asks for them."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.evidence import current_items, event_months, numbered
from datecertain.operations.judging import current_verdicts
from datecertain.operations.ledger_refunds import granted_refunds
from datecertain.operations.movements import way_scans
from datecertain.operations.networks import current_network
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.settlement import EVENT_TIMES, JOURNEYS, Period
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace
from datecertain.tracking.events import BUCKETS
from datecertain.tracking.milestones import event_times
from datecertain.verdict.journey_facts import journey_facts


@dataclass(frozen=True)
class MonthInputs:
    """The tables of one month. `times`: schema `EVENT_TIMES`; `journeys`: `JOURNEYS`, or None where
    they were not asked for; `granted`: what stands in the ledger of refunds."""

    period: Period
    network: Network
    verdicts: pa.Table
    items: pa.Table
    times: pa.Table
    journeys: pa.Table | None
    as_of: int
    granted: Granted


def month_inputs(
    workspace: Workspace, month: str, journeys: bool, as_of: int | None = None
) -> MonthInputs:
    """Read a month of acceptances, by what was known when it was judged, or `as_of` a moment (then
    it need not be judged). Raises `NotFound` when nothing of it was judged."""
    period, network = Period.month(month), current_network(workspace)
    verdicts = current_verdicts(workspace, [month])
    if as_of is None:
        if not len(verdicts):
            raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
        as_of = int(pc.max(verdicts["judged_as_of"]).as_py())
    items, times, went = [], [], []
    for bucket in range(BUCKETS):
        rows = current_items(workspace, [bucket])
        rows = rows.filter(pc.equal(rows["month"], period.name))
        if len(rows):
            items.append(rows.drop_columns(["next_at"]))
            times.append(_times(workspace, rows, period, bucket, as_of))
            if journeys:
                went.append(_journeys(workspace, network, rows, period, bucket, as_of))
    records = pa.concat_tables(items)
    return MonthInputs(
        period, network, verdicts, records, pa.concat_tables(times),
        pa.concat_tables(went) if journeys else None, as_of,
        granted_refunds(workspace, network, month, records),
    )  # fmt: skip


def _times(
    workspace: Workspace, items: pa.Table, period: Period, bucket: int, as_of: int
) -> pa.Table:
    """EVENT_TIMES of some items, row for row; without scans all times are null."""
    events = workspace.scan(EVENTS_TABLE, months=event_months(period.name), buckets=[bucket])
    rows = numbered(items)
    frame = event_times(nw.from_native(workspace.engine.from_arrow(rows)), events, as_of)
    found = nw.to_native(frame).to_arrow_table()
    place = pc.index_in(rows["item_row"], found["item_row"].combine_chunks())
    columns = {name: items[name] for name in ("item_key", "origin", "destination")}
    columns |= {
        name: found[name].cast(pa.int64()).take(place)
        for name in EVENT_TIMES.names
        if name not in columns
    }
    return pa.table([columns[name] for name in EVENT_TIMES.names], schema=EVENT_TIMES)


def _journeys(
    workspace: Workspace, network: Network, items: pa.Table, period: Period, bucket: int, as_of: int
) -> pa.Table:
    """JOURNEYS of some items, row for row. Weights of receptacles and verification notes are not
    read from facts yet: they are null."""
    events = workspace.scan(EVENTS_TABLE, months=event_months(period.name), buckets=[bucket])
    posts = list(network.posts)
    origin, destination = (
        np.asarray(pc.index_in(items[name], pa.array(posts)).to_numpy(), dtype=np.int64)
        for name in ("origin", "destination")
    )
    facts = journey_facts(
        origin, destination, way_scans(workspace, network, items, events, as_of)
    )  # fmt: skip
    through = [posts[post] if transit else None
               for post, transit in zip(facts.got_by.tolist(), facts.transit.tolist(),
                                        strict=True)]  # fmt: skip
    unknown = pa.nulls(len(items), pa.int64())
    return pa.table(
        [items["item_key"], pa.array(facts.returned), pa.array(through, pa.string()), unknown,
         unknown], schema=JOURNEYS,
    )  # fmt: skip
