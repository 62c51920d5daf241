"""Items that went astray: how many, with whom, and which of them the score leaves out (req 20).

Missent, misrouted and returned items, and those that travelled in open transit, are judged like any
other: their days go to whoever caused them, and money follows the verdict. Only whether their dates
count in the on-time share is a dated rule of the network (`journey_rules.csv`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints, Mask
from datecertain.network import Astray
from datecertain.verdict.journey_facts import JourneyFacts

#: What is no mishap, but shown beside them: the item went through the hands of a third post.
TRANSIT = "transit"
KINDS = (*Astray, TRANSIT)

#: One row an item and what became of it.
ASTRAY = pa.schema(
    [
        pa.field("item_key", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # one of KINDS
        pa.field("post", pa.string(), nullable=False),  # in whose hands it was when that came out
        pa.field("left_out", pa.bool_(), nullable=False),  # of the score, by the rule about it
    ]
)


@dataclass(frozen=True, slots=True)
class AstrayCount:
    """How many items went astray in one way and turned up with one post, and how many of them are
    left out of the score for it. An item can be in several counts."""

    kind: str
    post: str
    items: int
    left_out: int


def astray_rows(
    keys: pa.StringArray, destination: Ints, facts: JourneyFacts,
    left_out: Mapping[Astray, Mask], posts: tuple[str, ...],
) -> pa.Table:  # fmt: skip
    """What became of items (schema ASTRAY). `destination`: index in `posts`; `left_out`: what the
    rule about each fact leaves out (`verdict.journey_facts.left_out_by`).

    A missent item, or one in transit, was with the third post that first got it; a misrouted or a
    returned one with the destination, where it was sent round or sent back from.
    """
    tables = [ASTRAY.empty_table()]
    for kind in KINDS:
        rows = np.flatnonzero(facts.transit if kind == TRANSIT else facts.of(Astray(kind)))
        third = kind in (TRANSIT, Astray.MISSENT)
        holder = (facts.got_by if third else destination)[rows]
        out = np.zeros(len(rows), bool) if kind == TRANSIT else left_out[Astray(kind)][rows]
        columns = [
            keys.take(pa.array(rows, pa.int64())), pa.repeat(str(kind), len(rows)),
            pa.array(posts, pa.string()).take(pa.array(holder, pa.int64())), pa.array(out),
        ]  # fmt: skip
        tables.append(pa.table(columns, schema=ASTRAY))
    return pa.concat_tables(tables)


def astray_counts(rows: pa.Table) -> tuple[AstrayCount, ...]:
    """The counts of rows of ASTRAY, in the order of KINDS, then by post."""
    grouped = rows.group_by(["kind", "post"]).aggregate(
        [("item_key", "count"), ("left_out", "sum")]
    )
    found = [
        AstrayCount(row["kind"], row["post"], row["item_key_count"], row["left_out_sum"])
        for row in grouped.to_pylist()
    ]
    return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.post)))


def left_out(keys: pa.ChunkedArray, rows: pa.Table) -> Mask:
    """Which items, by their keys, some rule leaves out of the score."""
    out = pc.unique(rows["item_key"].filter(rows["left_out"]))
    found = pc.is_in(keys, value_set=out)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
