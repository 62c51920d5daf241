"""What posts owe each other for real items that were run again (req 47, 65)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.network import Network
from datecertain.operations.month_inputs import month_inputs
from datecertain.planning.replays import Replayed
from datecertain.settlement import (
    OWED,
    PostChange,
    Tariff,
    changes_per_post,
    of_period,
    owed_by,
    performance_events,
    reckon,
)
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace


def settlement_change(
    workspace: Workspace, months: Sequence[str], as_of: int, replayed: Replayed,
    tariffs: tuple[Tariff, Tariff], after: Network,
) -> tuple[PostChange, ...]:  # fmt: skip
    """What each post is owed less what it owes, before under the first tariff and after under the
    second; claims that were granted stand for items that stay late."""
    owed: list[list[pa.Table]] = [[OWED.empty_table()], [OWED.empty_table()]]
    journeys = any(tariff.needs_journeys for tariff in tariffs)
    for month in months:
        given = month_inputs(workspace, month, journeys, as_of)
        granted = Granted(given.granted.keys)
        for place, verdicts in enumerate((replayed.before, replayed.after)):
            own = of_period(verdicts, given.period)
            network = after if place else given.network
            mine = partial(_of_items, own["item_key"].combine_chunks())
            tariff = tariffs[place]
            reckoned = reckon(
                network, own, mine(given.items),
                performance_events(tariff, given.period, mine(given.sent)), given.period,
                tariff.settling(network, given.period.first_day),
                None if given.journeys is None else mine(given.journeys), granted,
            )  # fmt: skip
            owed[place].append(owed_by(reckoned))
    return changes_per_post(pa.concat_tables(owed[0]), pa.concat_tables(owed[1]))


def _of_items(keys: pa.Array, rows: pa.Table) -> pa.Table:
    return rows.filter(pc.is_in(rows["item_key"], keys))
