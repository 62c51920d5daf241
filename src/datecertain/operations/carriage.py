"""How items were carried, from the facts: receptacle, dispatch, consignment and flights, and the
movements that they take over (req 14, 16; rules: `tracking.nesting`).

What is taken over is marked as inherited and is shown; a verdict uses it as proof of the handover
(`operations.movements`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages import Transport
from datecertain.moments import DAY
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.nesting import carried, inherited_movements
from datecertain.tracking.transport_facts import (
    consignment_bucket,
    receptacle_bucket,
    stored_transport,
)

#: What a reader of an item wants of how it was carried.
_CARRIED = ("receptacle", "dispatch", "consignment", "flight_known", "flights")


@dataclass(frozen=True, slots=True)
class Carriage:
    """How an item was carried: a row of CARRIED, and its rows of INHERITED in order of time (those
    whose moment is not known last, by their local dates)."""

    carried: Mapping[str, Any]
    movements: tuple[Mapping[str, Any], ...]


def transport_about(
    workspace: Workspace, items: Collection[str], months: Collection[str] | None = None
) -> Transport:
    """All that is stored of these items' receptacles, and of the consignments and flights of those.

    `months` are those in which a message put an item into a receptacle; None: any.
    """
    wanted = pa.array(sorted(set(items)), pa.string())
    of_items = set(buckets(pa.chunked_array([wanted])).to_pylist()) if len(wanted) else set()
    contained = workspace.facts("contained").arrow(
        filter=pc.is_in(pc.field("item_id"), wanted), buckets=of_items, months=months
    )
    named = pc.unique(contained["receptacle"])
    of_bags = {receptacle_bucket(one) for one in named.to_pylist()}
    receptacles = workspace.facts("receptacles").arrow(
        filter=pc.is_in(pc.field("receptacle"), named), buckets=of_bags
    )
    consigned = pc.drop_null(pc.unique(receptacles["consignment"]))
    of_bags |= {consignment_bucket(one) for one in consigned.to_pylist()}
    about = pc.is_in(pc.field("receptacle"), named) | (
        pc.field("receptacle").is_null() & pc.is_in(pc.field("consignment"), consigned)
    )
    return stored_transport(
        {
            "receptacles": receptacles,
            "contained": contained,
            "legs": workspace.facts("legs").arrow(filter=about, buckets=of_bags),
            "carrier_events": workspace.facts("carrier_events").arrow(
                filter=about, buckets=of_bags
            ),
        }
    )


def told_at(row: Mapping[str, Any]) -> int:
    """About when a message told a row: the moment of its preparation, or midnight of the date that
    it states, or the moment of receipt."""
    if row["transmitted_at"] is not None:
        return int(row["transmitted_at"])
    day = row["prepared_date"] if row["prepared_date"] is not None else row["transmitted_date"]
    return int(row["received_at"] if day is None else day * DAY)


def carriage_of(
    item: str, told: Transport, contained: pa.Table, own_codes: Iterable[str]
) -> Carriage | None:
    """How one item was carried, by these of the rows that put it into receptacles; None where
    none does."""
    mine = Transport(told.receptacles, contained, told.legs, told.carrier_events)
    (row,) = carried([item], mine).to_pylist()
    if row["receptacle"] is None:
        return None
    movements = inherited_movements(mine, [(item, code) for code in own_codes]).to_pylist()
    movements.sort(key=lambda one: (one["event_at"] is None, one["event_at"] or 0))
    return Carriage({name: row[name] for name in _CARRIED}, tuple(movements))
