"""What posts owe each other for real items that were run again (req 47, 65)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import rows_in, texts
from datecertain.network import Network
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.planning.replays import Replayed
from datecertain.settlement import Tariff, of_period, owed_by, performance_events, reckon
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace


def judged_at_once(workspace: Workspace, month: str, as_of: int) -> bool:
    """Whether all verdicts of a month were given at one data-closing, and at that one."""
    parts = workspace.facts(VERDICTS_TABLE).parts(["judged_as_of"], months=[month])
    spans = [pc.min_max(part()["judged_as_of"]).as_py() for part in parts]
    return all(span["min"] == as_of == span["max"] for span in spans if span["min"] is not None)


def owed_in_month(
    workspace: Workspace, month: str, as_of: int, replayed: Replayed,
    tariffs: tuple[Tariff, Tariff], after: Network, counts: Callable[[str], bool] | None = None,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """What posts owe each other for a month (schema OWED), before under the first tariff and after
    under the second; claims that were granted stand for items that stay late. `replayed`: the
    items that were judged again, beside whom all verdicts stand as they were given; `counts`:
    whether a lane counts, None: all."""
    journeys = any(tariff.needs_journeys for tariff in tariffs)
    given = month_inputs(workspace, month, journeys, as_of)
    granted = Granted(given.granted.keys)
    stored = of_period(given.verdicts, given.period)
    if counts is not None:
        lane = pc.binary_join_element_wise(stored["origin"], stored["destination"], "-")
        shown = [name for name in pc.unique(lane).to_pylist() if counts(name)]
        stored = stored.filter(pc.is_in(lane, pa.array(shown, pa.string())))
    mine = partial(_of_items, None if counts is None else texts(stored, "item_key"))
    owed = []
    for place, verdicts in enumerate((replayed.before, replayed.after)):
        own = _instead(stored, verdicts)
        network, tariff = after if place else given.network, tariffs[place]
        reckoned = reckon(
            network, own, mine(given.items),
            performance_events(tariff, given.period, mine(given.sent)), given.period,
            tariff.settling(network, given.period.first_day),
            None if given.journeys is None else mine(given.journeys), granted,
        )  # fmt: skip
        owed.append(owed_by(reckoned))
    return owed[0], owed[1]


def _of_items(keys: Any, rows: pa.Table) -> pa.Table:
    return rows if keys is None else rows.filter(pc.is_in(rows["item_key"], keys))


def _instead(stored: pa.Table, some: pa.Table) -> pa.Table:
    """The stored verdicts, some of them replaced."""
    if not len(some):
        return stored
    place = rows_in(texts(some, "item_key"), texts(stored, "item_key"))
    order = np.arange(len(stored))
    order[place[place >= 0]] = len(stored) + np.flatnonzero(place >= 0)
    columns = [name for name in stored.column_names if name in some.column_names]
    both = pa.concat_tables([stored.select(columns), some.select(columns)])
    return both.combine_chunks().take(pa.array(order))
