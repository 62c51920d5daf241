"""Milestones: the first scan of each kind per item, as one set operation (req 16, 17).

Written once with Narwhals expressions: DuckDB by default, Spark past one machine. Events attach
to an item by its number and the window of its acceptance episode; only the post that holds the
item may scan it; repeats change nothing because a minimum does not count them. Nothing depends on
arrival order.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw

from datecertain.moments import DAY

#: An episode takes events from a day before its acceptance (clocks differ) up to this long after.
EPISODE_DAYS = 180
#: Places are packed into the low bits beside the moment, so that a minimum carries its place.
PLACE_BITS = 12

ORIGIN_CODES = ("EMB", "EMC", "EXX")
DESTINATION_CODES = ("EMD", "EDB", "EDC", "EMF", "EMG", "EDH", "EMI", "EDX")
#: Columns of the milestones beside the plain codes.
HELD_ANY, HELD_VALID, ATTEMPT = "eme_any", "eme_valid", "emh_counts"
LAST_SCAN = "last_scan"


def milestone_columns() -> list[str]:
    """The packed columns, `moment << PLACE_BITS | place`, null where there is no scan."""
    return [
        *(code.lower() for code in (*ORIGIN_CODES, *DESTINATION_CODES)),
        HELD_ANY, HELD_VALID, ATTEMPT,
    ]  # fmt: skip


def milestones(
    items: nw.LazyFrame[Any],
    events: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    retention_reasons: Collection[str],
    attempt_reasons: Collection[str],
    as_of: int,
) -> nw.LazyFrame[Any]:
    """One row per item with scans.

    `items`: item_row, item_id, origin, destination, accepted_at, next_at (the acceptance of the
    number's next episode, or a moment beyond every event). `events`: columns of EVENTS, what
    happened and was transmitted after `as_of` left out. `places`: office, place (its number).
    """
    joined = episode_events(items, events, as_of).join(places, on="office", how="left")
    packed = nw.col("event_at") * (1 << PLACE_BITS) + nw.col("place").fill_null(0)
    by_origin = nw.col("sender") == nw.col("origin")
    by_destination = nw.col("sender") == nw.col("destination")
    code = nw.col("code")
    columns = [
        *(nw.when(by_origin & (code == c)).then(packed).alias(c.lower()) for c in ORIGIN_CODES),
        *(
            nw.when(by_destination & (code == c)).then(packed).alias(c.lower())
            for c in DESTINATION_CODES
        ),
        nw.when(by_destination & (code == "EME")).then(packed).alias(HELD_ANY),
        nw.when(
            by_destination & (code == "EME") & nw.col("reason").is_in(sorted(retention_reasons))
        )
        .then(packed)
        .alias(HELD_VALID),
        nw.when(by_destination & (code == "EMH") & nw.col("reason").is_in(sorted(attempt_reasons)))
        .then(packed)
        .alias(ATTEMPT),
    ]
    return (
        joined.select(nw.col("item_row"), nw.col("event_at"), *columns)
        .group_by("item_row")
        .agg(
            *(nw.col(name).min() for name in milestone_columns()),
            nw.col("event_at").max().alias(LAST_SCAN),
        )
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
    joined = episode_events(items, events, as_of)
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
