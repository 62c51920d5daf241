"""A month without the names of its items: all that a tariff is reckoned on, and no more.

What posts owe each other depends on no item's number or key, only on which of two stands first. So
the items are called by their places in the order of their keys: a tariff comes to the same, to
the last unit, and nothing that is kept names an item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.claims.columns import KeyOrder, numbers, rows_in, texts
from datecertain.claims.refunds import REFUNDS
from datecertain.moments import Ints
from datecertain.settlement.charges import JOURNEYS
from datecertain.settlement.measures import SENT
from datecertain.settlement.settling import Refunded
from datecertain.verdict.outcomes import SHARE_COLUMNS

_KEY = "item_key"
_OF_VERDICTS = ("origin", "destination", "outcome", "days_import", "days_delivery", *SHARE_COLUMNS)
_OF_SENT = tuple(name for name in SENT.names if name not in (_KEY, "origin", "destination"))
_OF_JOURNEYS = tuple(name for name in JOURNEYS.names if name != _KEY)
_OF_REFUNDS = tuple(name for name in REFUNDS.names if name not in (_KEY, "item_id"))
#: Where an item stands among the others in order of their keys.
_PLACE = "place"
#: Names of places have one length: they sort as the places do.
_FIRST = 10**9


@dataclass(frozen=True)
class Reckonable:
    """What `reckon` asks of a month, of the items that have a verdict and a record."""

    verdicts: pa.Table
    items: pa.Table
    sent: pa.Table
    journeys: pa.Table | None
    refunded: Refunded


@dataclass(frozen=True)
class Unnamed:
    """The same as two tables without a name of an item: `items`, a row each, and `refunds`."""

    items: pa.Table
    refunds: pa.Table


def unnamed(month: Reckonable) -> Unnamed | None:
    """The month without names; None where that would lose something: refunds that were set aside
    are told by their items' numbers."""
    refunds, findings = month.refunded
    keys, judged = texts(month.sent, _KEY), texts(month.verdicts, _KEY)
    row = rows_in(keys, judged)
    inside = np.flatnonzero(row >= 0)
    if len(inside) < len(keys):
        keys = keys.take(pa.array(inside))
    refunded = rows_in(texts(refunds, _KEY), keys)
    if findings or np.any(refunded < 0):
        return None
    every = np.arange(len(keys))
    place = np.empty(len(keys), dtype=np.int64)
    place[KeyOrder(keys).of(every)] = every
    columns = {_PLACE: pa.chunked_array([pa.array(place)])}
    columns |= _taken(month.verdicts, _OF_VERDICTS, row[inside])
    columns |= _taken(month.sent, _OF_SENT, inside)
    columns |= _taken(month.items, ("weight_g",), rows_in(keys, texts(month.items, _KEY)))
    if month.journeys is not None:
        row = rows_in(keys, texts(month.journeys, _KEY))
        columns |= _taken(month.journeys, _OF_JOURNEYS, row)
    return Unnamed(
        pa.table(columns),
        refunds.select(_OF_REFUNDS).append_column(_PLACE, pa.array(place[refunded])),
    )


def _taken(table: pa.Table, names: tuple[str, ...], rows: Ints) -> dict[str, pa.ChunkedArray]:
    """Some columns of some rows; null where there is none (-1)."""
    if np.array_equal(rows, np.arange(len(table))):  # every row as it stands: nearly always
        return {name: table[name] for name in names}
    at = pa.array(rows, pa.int64(), mask=rows < 0)
    return {name: table[name].combine_chunks().take(at) for name in names}


def called(place: Ints) -> pa.StringArray:
    """What items are called that stand at places in the order of their keys."""
    return pa.array(_FIRST + place).cast(pa.string())


def reckonable(month: Unnamed) -> Reckonable:
    """What a tariff is reckoned on, the items called by their places."""
    items = month.items
    names = called(numbers(items, _PLACE))
    named: dict[str, Any] = {_KEY: names, "item_id": names}

    def of(*columns: str) -> dict[str, Any]:
        return {name: items[name] for name in columns}

    verdicts = pa.table(named | of(*_OF_VERDICTS))
    sent = pa.table({_KEY: names} | of("origin", "destination", *_OF_SENT)).select(SENT.names)
    journeys = None
    if set(_OF_JOURNEYS) <= set(items.column_names):
        journeys = pa.table({_KEY: names} | of(*_OF_JOURNEYS)).select(JOURNEYS.names)
    refunded = called(numbers(month.refunds, _PLACE))
    refunds = {_KEY: refunded, "item_id": refunded} | {
        name: month.refunds[name] for name in _OF_REFUNDS
    }
    return Reckonable(
        verdicts, pa.table(named | of("weight_g")), sent, journeys,
        (pa.table({name: refunds[name] for name in REFUNDS.names}).cast(REFUNDS), []),
    )  # fmt: skip
