"""Event measures: which scans an item has, and whether their records were sent in time (req 18).

    times → sent_by_rules → performance_events(tariff, period, sent) → PERFORMANCE_EVENTS → reckon

`EVENT_TIMES` holds the first credible scan of each kind as the store pivots them; whether a
record was sent in time is decided here by every rule that there is (`SENT`), from the times that
the message itself states, and then by that of the relation's tariff. Local receipt times never
enter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.claims.columns import coded, numbers
from datecertain.moments import DAY, UNKNOWN, Ints, Mask
from datecertain.settlement.periods import Period
from datecertain.settlement.tariffs import Measure, SentBy, Tariff
from datecertain.tracking.events import must

#: Events whose transmission can be measured; EMC only counts.
TIMED = ("emd", "edh", "emh", "emi")

EVENT_TIMES = pa.schema(
    [
        must("item_key", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        pa.field("emc_at", pa.int64()),  # moment; null: no such scan
        *(
            pa.field(f"{event}_{what}", pa.int64())
            for event in TIMED
            # moment of the event; its local minutes since 1970-01-01T00:00 (date * 1440 + minute);
            # moment of transmission that the message states
            for what in ("at", "local", "sent_at")
        ),
    ]
)

#: The same items by what every rule says of them: no tariff decides it.
SENT = pa.schema(
    [
        must("item_key", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("has_emc", pa.bool_()),
        *(must(f"has_{event}", pa.bool_()) for event in TIMED),
        *(must(f"{event}_{rule.value}", pa.bool_()) for event in TIMED for rule in SentBy),
    ]
)

PERFORMANCE_EVENTS = pa.schema(
    [
        must("item_key", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("has_emc", pa.bool_()),
        *(must(f"has_{event}", pa.bool_()) for event in TIMED),
        # False where there is no such event.
        *(must(f"{event}_in_time", pa.bool_()) for event in TIMED),
    ]
)


def sent_in_time(rule: SentBy, at: Ints, local: Ints, sent_at: Ints) -> Mask:
    """Whether records of events were sent in time.

    `at`: moments of the events, `local`: their local minutes since 1970-01-01T00:00, `sent_at`:
    moments of transmission. Noon is read with the local offset of the event: where clocks change
    on the day between, it is off by the change.
    """
    if rule is SentBy.HOURS_24:
        return np.asarray(sent_at <= at + DAY, dtype=bool)
    noon = (np.floor_divide(local, DAY) + 1) * DAY + DAY // 2
    return np.asarray(sent_at + (local - at) <= noon, dtype=bool)


def sent_by_rules(times: pa.Table) -> pa.Table:
    """`SENT` of `EVENT_TIMES`, row for row; texts that come as codes stay so."""
    columns: dict[str, Any] = {name: times[name] for name in ("item_key", "origin", "destination")}
    columns["has_emc"] = numbers(times, "emc_at", int(UNKNOWN)) != UNKNOWN
    for event in TIMED:
        at, local, sent_at = (
            numbers(times, f"{event}_{what}", int(UNKNOWN)) for what in ("at", "local", "sent_at")
        )
        present = at != UNKNOWN
        columns[f"has_{event}"] = present
        for rule in SentBy:
            in_time = present & (sent_at != UNKNOWN) & sent_in_time(rule, at, local, sent_at)
            columns[f"{event}_{rule.value}"] = in_time
    return _table(SENT, columns)


def performance_events(tariff: Tariff, period: Period, sent: pa.Table) -> pa.Table:
    """`PERFORMANCE_EVENTS` of `SENT`, each relation by its own rule of the tariff.

    Events of a relation without a performance row are never in time: nothing is paid there.
    """
    origins, origin = coded(sent, "origin")
    destinations, destination = coded(sent, "destination")
    rules = [
        tariff.performance_on(one, other, period.first_day)
        for one in origins
        for other in destinations
    ]
    relation = origin * len(destinations) + destination
    by = {rule: np.array([r is not None and r.sent_by is rule for r in rules], bool)[relation]
          for rule in SentBy}  # fmt: skip

    def column(name: str) -> Mask:
        return np.asarray(sent[name].to_numpy(), dtype=bool)

    columns: dict[str, Any] = {name: sent[name] for name in sent.column_names}
    for event in TIMED:
        columns[f"{event}_in_time"] = np.logical_or.reduce(
            [mask & column(f"{event}_{rule.value}") for rule, mask in by.items()]
        )
    return _table(PERFORMANCE_EVENTS, columns)


def _table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """The columns of a schema, in which texts may stand as codes."""
    fields = [
        field.with_type(columns[field.name].type) if pa.types.is_string(field.type) else field
        for field in schema
    ]
    return pa.table([columns[field.name] for field in fields], schema=pa.schema(fields))


class Scans:
    """The performance events as columns of yes and no, in an order of their rows."""

    def __init__(self, events: pa.Table, order: Ints | None = None) -> None:
        def column(name: str) -> Mask:
            rows = np.asarray(events[name].to_numpy(), dtype=bool)
            return rows if order is None else rows[order]

        self.dispatched = column("has_emc")
        self.received = column("has_emd")
        self._has = {event: column(f"has_{event}") for event in TIMED}
        self._in_time = {event: column(f"{event}_in_time") for event in TIMED}
        self.final = self._has["edh"] | self._has["emh"] | self._has["emi"]

    def sent_late(self, event: str) -> Mask:
        """The items that have this event and whose record was sent too late, or says not when."""
        return self._has[event] & ~self._in_time[event]

    def score(self, measure: Measure, decided: Mask, no_day_lost: Mask) -> tuple[Ints, Ints]:
        """(of, met) per item: how often it was measured and how often the standard was met.

        `decided`: the verdict between the posts is on time or late; `no_day_lost`: the
        destination's own legs, import and delivery, netted, cost the item no day.
        """
        of: Mask | Ints
        met: Mask | Ints
        if measure is Measure.COMPLETENESS:
            of, met = self.dispatched | self.received, self.received & self.final
        elif measure is Measure.TRANSMISSION:
            kinds = ("emd", "emh", "emi")
            of = np.sum([self._has[event] for event in kinds], axis=0)
            met = np.sum([self._in_time[event] for event in kinds], axis=0)
        elif measure is Measure.ON_TIME:
            of, met = decided, decided & no_day_lost
        elif measure is Measure.RECEIPT_SENT:
            of, met = self.dispatched, self.dispatched & self._in_time["emd"]
        else:
            late = np.logical_or.reduce(
                [self._has[event] & ~self._in_time[event] for event in ("edh", "emh", "emi")]
            )
            of, met = self.received, self.received & self.final & ~late
        return np.asarray(of, dtype=np.int64), np.asarray(met, dtype=np.int64)


def deemed_met(measure: Measure, received: int, dispatched: int) -> bool:
    """Whether a measure is met without being reached: more items received than dispatched
    (UPU Regulations, supplementary remuneration)."""
    return measure is Measure.RECEIPT_SENT and received > dispatched
