"""The part of its receptacle's weight that an item carries.

A receptacle weighs what its receipt states, else what its advice does, else its label; of several
messages of a kind the last holds. Its weight is parted among the items of its advice in proportion
to their weights as accepted, or alike where one of those is not known: whole grams that sum to it,
in order of the item numbers.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, rows_in, texts
from datecertain.moments import Ints

WEIGHED = pa.schema([pa.field("item_id", pa.string()), pa.field("receptacle_g", pa.int64())])

_UNKNOWN = -1


def receptacle_weights(receptacles: pa.Table) -> pa.Table:
    """`receptacle` and its grams (`weight_g`), of those that any message or label weighs.

    `receptacles`: columns `receptacle`, `kind`, `weight_hg`, `label_weight_hg` and `said_at`, the
    moment at which the message was made.
    """
    kind = texts(receptacles, "kind")
    received = pc.fill_null(pc.equal(kind, "received"), False).to_numpy(zero_copy_only=False)
    stated = numbers(receptacles, "weight_hg", _UNKNOWN)
    label = numbers(receptacles, "label_weight_hg", 0)
    rank = np.where(stated > 0, np.where(received, 2, 1), np.where(label > 0, 0, _UNKNOWN))
    grams = 100 * np.where(stated > 0, stated, label)
    names, code = codes(texts(receptacles, "receptacle"))
    order = np.lexsort((grams, numbers(receptacles, "said_at", _UNKNOWN), rank, code))
    last = np.append(code[order][1:] != code[order][:-1], True) if len(order) else order > 0
    kept = order[last]
    kept = kept[rank[kept] != _UNKNOWN]
    named = pa.array(names, pa.string()).take(pa.array(code[kept], pa.int64()))
    return pa.table({"receptacle": named, "weight_g": grams[kept]})


def weighed_by_receptacle(inside: pa.Table, weights: pa.Table, accepted: pa.Table) -> pa.Table:
    """What each item carries of its receptacle (schema `WEIGHED`, in order of receptacle and item).

    `inside`: `item_id` once, `receptacle`; `weights`: `receptacle_weights`; `accepted`: `item_id`
    once, `weight_g` as accepted.
    """
    inside = inside.sort_by([("receptacle", "ascending"), ("item_id", "ascending")])
    row = _rows(texts(inside, "receptacle"), texts(weights, "receptacle"))
    inside, row = inside.filter(pa.array(row >= 0)), row[row >= 0]
    if not len(inside):
        return WEIGHED.empty_table()
    record = _rows(texts(inside, "item_id"), texts(accepted, "item_id"))
    known = numbers(accepted, "weight_g", 0)
    grams = np.where(record < 0, 0, known[np.maximum(record, 0)]) if len(known) else record * 0
    first = np.append(True, row[1:] != row[:-1])
    group, starts = np.cumsum(first) - 1, np.flatnonzero(first)
    alike = np.minimum.reduceat(grams, starts) <= 0
    grams = np.where(alike[group], 1, grams)
    whole = np.add.reduceat(grams, starts)[group]
    before = np.cumsum(grams) - grams
    before -= before[starts][group]
    weight = numbers(weights, "weight_g")[row]
    part = weight * (before + grams) // whole - weight * before // whole
    return pa.table([texts(inside, "item_id"), pa.array(part)], schema=WEIGHED)


def _rows(keys: pa.StringArray, among: pa.StringArray) -> Ints:
    """The row of each key among others, of which none stands twice; -1: not there."""
    if len(pc.unique(keys)) == len(keys):
        return rows_in(keys, among)
    found = pc.fill_null(pc.index_in(keys, value_set=among), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
