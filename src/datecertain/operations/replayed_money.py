"""What posts owe each other for real items that were run again (req 47, 65)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import rows_in, spelt_out, texts
from datecertain.moments import Ints
from datecertain.network import Network
from datecertain.operations.kept_traffic import KeptMonth, remembered
from datecertain.operations.ledger_refunds import granted_refunds
from datecertain.operations.month_inputs import inputs_digest, month_inputs
from datecertain.operations.networks import current_network
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.trying import read_once
from datecertain.planning.replays import Replayed, differs
from datecertain.settlement import (
    Period,
    Tariff,
    of_period,
    owed_by,
    performance_events,
    reckon,
    refund,
)
from datecertain.settlement.ledger import Granted
from datecertain.settlement.unnamed import Reckonable, called
from datecertain.store import Workspace
from datecertain.verdict.outcomes import SHARE_COLUMNS


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
    stored = spelt_out(of_period(given.verdicts, given.period))
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


# --- from what is kept of a month ------------------------------------------------------------

#: What settling asks of a verdict: another of it is another amount, perhaps.
_SETTLED = ("outcome", "days_import", "days_delivery", *SHARE_COLUMNS)
_TOLD = ("sender_outcome", "stopped_on", "delivered_on", "sender_days_liable")


def owed_from_kept(
    workspace: Workspace, kept: KeptMonth, replayed: Replayed, records: pa.Table,
    tariffs: tuple[Tariff, Tariff],
) -> tuple[pa.Table, pa.Table] | None:  # fmt: skip
    """The same of a whole month whose refunds go by the same terms after the change, from what is
    kept of it; `records`: acceptance records of the items that were late towards their senders.
    What was owed before is reckoned once. None where that cannot be told: claims were granted, or
    an item is not found again."""
    network = current_network(workspace)
    if granted_refunds(workspace, network, kept.month).digest:
        return None
    journeys = any(tariff.needs_journeys for tariff in tariffs)
    period = Period.month(kept.month)

    def reckoned(month: Reckonable, tariff: Tariff) -> pa.Table:
        return owed_by(reckon(
            network, month.verdicts, month.items,
            performance_events(tariff, period, month.sent), period,
            tariff.settling(network, period.first_day), month.journeys, refunded=month.refunded,
        ))  # fmt: skip

    def unchanged(tariff: Tariff) -> pa.Table:
        name = f"owed-{inputs_digest(workspace, network, kept.month, tariff)}"
        return remembered(
            kept,
            name,
            lambda: reckoned(read_once(workspace, network, kept.month, journeys), tariff),
        )

    was, now = replayed.before, replayed.after
    other = np.flatnonzero(np.logical_or.reduce(
        [differs(was[name], now[name]) for name in (*_SETTLED, *_TOLD)]
    ))  # fmt: skip
    if not len(other):
        return unchanged(tariffs[0]), unchanged(tariffs[1])
    changed = now.take(pa.array(other))
    month = read_once(workspace, network, kept.month, journeys)
    place = kept.places(changed["item_key"])
    if place is None or sum(one.count for one in kept.batches) != len(month.verdicts):
        return None
    row = _rows(month, changed, place)
    if np.any(row < 0):
        return None
    moved = _moved(network, month, changed, row, records)
    return unchanged(tariffs[0]), reckoned(moved, tariffs[1])


def _rows(month: Reckonable, some: pa.Table, place: Ints) -> Ints:
    """The rows of some items in a month, which calls them by their keys as it was read, and by
    their places as it was kept; -1 where there is none."""
    keys = texts(month.verdicts, "item_key")
    found = rows_in(texts(some, "item_key"), keys)
    return found if np.all(found >= 0) else rows_in(called(place), keys)


def _moved(
    network: Network, month: Reckonable, changed: pa.Table, row: Ints, records: pa.Table
) -> Reckonable:
    """The month with other verdicts of some items, which stand in these of its rows."""
    names = month.verdicts["item_key"].combine_chunks().take(pa.array(row))
    verdicts = month.verdicts
    for name in _SETTLED:
        column = verdicts[name].combine_chunks()
        order = np.arange(len(column))
        order[row] = len(column) + np.arange(len(row))
        some = changed[name].combine_chunks().cast(column.type)
        put = pa.concat_arrays([column, some]).take(pa.array(order))
        verdicts = verdicts.set_column(verdicts.schema.get_field_index(name), name, put)
    refunds, findings = month.refunded
    stay = refunds.filter(pc.invert(pc.is_in(refunds["item_key"], names)))
    mine = records.filter(pc.is_in(records["item_key"], changed["item_key"].combine_chunks()))
    more, wrong = refund(network, changed, mine)
    at = rows_in(texts(more, "item_key"), texts(changed, "item_key"))
    told = names.take(pa.array(at))
    for name in ("item_key", "item_id"):
        more = more.set_column(more.schema.get_field_index(name), more.schema.field(name), told)
    by = [(name, "ascending") for name in ("origin", "destination", "item_key")]
    every = pa.concat_tables([stay, more]).sort_by(by)
    return replace(month, verdicts=verdicts, refunded=(every, [*findings, *wrong]))


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
