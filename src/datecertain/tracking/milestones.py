"""Milestones: the first scan of each kind per item (req 16, 17).

The set work is written once with Narwhals: DuckDB by default, Spark past one machine. Events attach
to an item by its number and the window of its acceptance episode; only the post that holds the
item may scan it; repeats change nothing because a minimum does not count them. Nothing depends on
arrival order.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw
import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import DAY, UNKNOWN, Ints

#: An episode takes events from a day before its acceptance (clocks differ) up to this long after.
EPISODE_DAYS = 180
#: Place, reason and measure are packed into the low bits beside the moment, so that a minimum
#: carries its place.
PLACE_BITS, REASON_BITS, MEASURE_BITS = 12, 8, 6
MOMENT_SHIFT = PLACE_BITS + REASON_BITS + MEASURE_BITS
PLACE_SHIFT = REASON_BITS + MEASURE_BITS

ORIGIN_CODES = ("EMB", "EMC", "EXB", "EXC", "EXX")
DESTINATION_CODES = (
    "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EDH", "EMH", "EMI", "EDX",
)  # fmt: skip
#: The codes whose reason decides what the scan is, by the terms of each item.
REASONED_CODES = ("EXB", "EXX", "EME", "EMH", "EDX")
CODES = (*ORIGIN_CODES, *DESTINATION_CODES)


def milestones(
    items: nw.LazyFrame[Any],
    events: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    kinds: nw.LazyFrame[Any],
    reasons: nw.LazyFrame[Any],
    measures: nw.LazyFrame[Any],
    as_of: int,
) -> nw.LazyFrame[Any]:
    """The scans that can be milestones: `item_row, kind, packed`, one row an event.

    `kind` is the place of the code in `CODES`, -1 for events of no kind; `packed` the moment and
    place of the scan, and reason and measure for those that terms name. `first_scans` takes the
    first of each kind: measured, that is cheaper outside the engine than a group-by of millions of
    small groups in it.

    `items`: item_row, item_id, origin, destination, accepted_at, next_at (the acceptance of the
    number's next episode, or a moment beyond every event). `events`: columns of EVENTS, what
    happened and was transmitted after `as_of` left out. `places`: office, place (its number).
    `kinds`: the rows of `kind_rows()`. `reasons`: reason, reason_no and `measures`: measure,
    measure_no, numbered from 1 (what is not in them has none).
    """
    joined = (
        episode_events(items, events, as_of)
        .join(places, on="office", how="left")
        .join(kinds, on="code", how="left")
        .join(reasons, on="reason", how="left")
        .join(measures, on="measure", how="left")
    )
    packed = (
        nw.col("event_at") * (1 << MOMENT_SHIFT)
        + nw.col("place").fill_null(0) * (1 << PLACE_SHIFT)
        + nw.col("reason_no").fill_null(0) * (1 << MEASURE_BITS)
        + nw.col("measure_no").fill_null(0)
    )
    return joined.select(nw.col("item_row"), _kinds().alias("kind"), packed.alias("packed"))


def in_order(texts: Collection[str], bits: int) -> tuple[str, ...]:
    """Texts in the order of their numbers. Raises `UsageError` when the bits do not hold them."""
    if len(texts) >= 1 << bits:
        raise UsageError(
            f"terms and exclusions name {len(texts)} codes, at most {(1 << bits) - 1} are read"
        )
    return tuple(sorted(texts))


#: No scan of a kind, among packed scans.
NO_SCAN = np.int64(2**62)


def first_scans(item_row: Ints, kind: Ints, packed: Ints, count: int) -> tuple[Ints, Ints]:
    """([kind, item] the first packed scan or NO_SCAN, [item] the latest moment of any scan or
    UNKNOWN) of `count` items. The order of the rows changes nothing."""
    first = np.full((len(CODES) + 1, count), NO_SCAN, dtype=np.int64)
    np.minimum.at(first.ravel(), (kind + 1) * count + item_row, packed)
    latest = np.full(count, UNKNOWN, dtype=np.int64)
    np.maximum.at(latest, item_row, packed >> MOMENT_SHIFT)
    return first[1:], latest


def kind_rows() -> list[dict[str, int | str]]:
    """Per code, the kind that a scan of it is when the origin or the destination post sent it
    (-1: none). Numbers once per event, instead of comparing texts for every column."""
    return [
        {
            "code": code,
            "of_origin": CODES.index(code) if code in ORIGIN_CODES else -1,
            "of_destination": CODES.index(code) if code in DESTINATION_CODES else -1,
        }
        for code in sorted(CODES)
    ]


def _kinds() -> nw.Expr:
    """The kind of an event as a number; -1 for none."""
    return (
        nw.when(nw.col("sender") == nw.col("destination"))
        .then(nw.col("of_destination"))
        .otherwise(
            nw.when(nw.col("sender") == nw.col("origin"))
            .then(nw.col("of_origin"))
            .otherwise(nw.lit(-1))
        )
        .fill_null(-1)
    )


def episode_events(
    items: nw.LazyFrame[Any], events: nw.LazyFrame[Any], as_of: int
) -> nw.LazyFrame[Any]:
    """Each event beside the item whose acceptance episode it falls into, as known at `as_of`."""
    window = (
        (nw.col("event_at") >= nw.col("accepted_at") - DAY)
        & (nw.col("event_at") < nw.col("next_at") - DAY)
        & (nw.col("event_at") < nw.col("accepted_at") + EPISODE_DAYS * DAY)
    )
    known = (nw.col("event_at") <= as_of) & (nw.col("transmitted_at") <= as_of)
    return items.join(events.filter(known), on="item_id", how="inner").filter(window)


#: Events whose transmission is measured for pay-for-performance, beside EMC which only counts.
TIMED_CODES = ("EMD", "EDH", "EMH", "EMI")


def event_times(
    items: nw.LazyFrame[Any], events: nw.LazyFrame[Any], as_of: int
) -> nw.LazyFrame[Any]:
    """First time of EMC, and of each timed event its first moment (`_at`), local minute
    (`_local`) and earliest transmission (`_sent_at`), per item_row (req 18, 41)."""
    # Before the join: most events are of other codes.
    asked = events.filter(nw.col("code").is_in(["EMC", *TIMED_CODES]))
    joined = episode_events(items, asked, as_of)
    code, by_destination = nw.col("code"), nw.col("sender") == nw.col("destination")
    by_origin = nw.col("sender") == nw.col("origin")
    values = {
        "at": nw.col("event_at"),
        "local": nw.col("event_date").cast(nw.Int64) * DAY + nw.col("event_min"),
        "sent_at": nw.col("transmitted_at"),
    }
    columns = {"emc_at": nw.when(by_origin & (code == "EMC")).then(nw.col("event_at"))}
    for timed in TIMED_CODES:
        for name, value in values.items():
            columns[f"{timed.lower()}_{name}"] = nw.when(by_destination & (code == timed)).then(
                value
            )
    return (
        joined.select(nw.col("item_row"), *(expr.alias(name) for name, expr in columns.items()))
        .group_by("item_row")
        .agg(*(nw.col(name).min() for name in columns))
    )
