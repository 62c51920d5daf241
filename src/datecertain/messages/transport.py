"""What messages say of containment and movement, as columns: which item is in which receptacle,
which receptacle on which flight, and what carriers and inward offices saw of it.

Everything is as stated: times are local at the place, without a zone resolved; codes are kept,
known or not; what a message does not say is null. **A planned time is never evidence of a fact**:
it stands in columns that say so, and rows of a fact leave those null.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc


def _must(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def _time(name: str) -> tuple[pa.Field, ...]:
    """A local time: day number, minute of day (null: only a date), offset if one was stated."""
    return (
        pa.field(f"{name}_date", pa.int32()),
        pa.field(f"{name}_min", pa.int16()),
        pa.field(f"{name}_offset", pa.int16()),
    )


#: Who said it, when (on the sender's clock: by the message, and by the interchange's header), and
#: where it stands: ordinals from 1, UNH is segment 1, bytes from the source's begin.
STANDING = (
    _must("sender", pa.string()),
    _must("recipient", pa.string()),
    pa.field("prepared_date", pa.int32()),
    pa.field("prepared_min", pa.int16()),
    pa.field("transmitted_date", pa.int32()),
    pa.field("transmitted_min", pa.int16()),
    _must("interchange", pa.string()),
    _must("interchange_index", pa.int32()),
    _must("message", pa.int32()),
    _must("segment", pa.int32()),
    _must("byte_offset", pa.int64()),
    _must("profile", pa.string()),
    _must("test", pa.bool_()),
)

#: One row for each time a message names a receptacle. `kind`: `advised` by the outward office,
#: `consigned` to a carrier, `received`, `missing` or `excess` at the inward office; null where the
#: check code is none that is known. What the label says (S9) stands beside what the message says.
RECEPTACLES = pa.schema(
    [
        _must("receptacle", pa.string()),  # S9, 29 characters
        pa.field("kind", pa.string()),
        pa.field("check", pa.string()),  # as received
        _must("dispatch", pa.string()),  # S8, the first 20 characters
        _must("origin", pa.string()),
        _must("destination", pa.string()),
        _must("category", pa.string()),
        _must("subclass", pa.string()),
        _must("dispatch_serial", pa.int32()),
        _must("receptacle_serial", pa.int32()),
        pa.field("highest", pa.bool_()),  # the highest-numbered of its dispatch, by its label
        pa.field("registered", pa.bool_()),  # holds registered or insured items, by its label
        _must("label_weight_hg", pa.int32()),  # hundreds of grams; 0: not weighed
        pa.field("weight_hg", pa.int32()),  # as the message states it
        pa.field("consignment", pa.string()),
        *_time("checked"),
        *STANDING,
    ]
)

#: Which item is in which receptacle, by which message. `kind` as above.
CONTAINED = pa.schema(
    [
        _must("item_id", pa.string()),
        _must("receptacle", pa.string()),
        _must("dispatch", pa.string()),
        pa.field("kind", pa.string()),
        _must("source", pa.string()),  # message type: PREDES, RESDES
        *STANDING,
    ]
)

#: Flights of a consignment. `basis` `plan`: as the consignment was booked; `fact`: a carrier's
#: status that names the flight (its time is in CARRIER_EVENTS; here times are plans, always).
LEGS = pa.schema(
    [
        pa.field("consignment", pa.string()),
        pa.field("receptacle", pa.string()),  # null: all of the consignment
        _must("basis", pa.string()),
        pa.field("leg", pa.int16()),  # ordinal in its message, of a plan
        pa.field("stage", pa.string()),
        pa.field("carrier", pa.string()),  # two characters; null where the flight does not show it
        _must("flight", pa.string()),
        pa.field("from_place", pa.string()),
        pa.field("to_place", pa.string()),
        pa.field("handover_place", pa.string()),
        *_time("planned_departure"),
        *_time("planned_arrival"),
        *STANDING,
    ]
)

#: What a carrier says happened to a receptacle. Codes are those of RESDIT; never look one up in
#: UN/ECE Recommendation 24 (`tables/resdit_status_codes.csv` says why).
CARRIER_EVENTS = pa.schema(
    [
        _must("code", pa.string()),
        pa.field("receptacle", pa.string()),  # null: the whole consignment
        pa.field("dispatch", pa.string()),
        pa.field("consignment", pa.string()),
        _must("place", pa.string()),
        pa.field("carrier", pa.string()),
        pa.field("flight", pa.string()),
        _must("event_date", pa.int32()),
        pa.field("event_min", pa.int16()),
        pa.field("stated_offset", pa.int16()),
        *STANDING,
    ]
)


@dataclass(frozen=True, slots=True)
class Transport:
    """What one reading says of containment and movement."""

    receptacles: pa.Table
    contained: pa.Table
    legs: pa.Table
    carrier_events: pa.Table

    def __len__(self) -> int:
        return sum(len(getattr(self, one.name)) for one in fields(self))

    def without(self, interchanges: pa.Array) -> Transport:
        """Without the rows of some interchanges, by their index."""
        if not len(interchanges) or not len(self):
            return self
        return Transport(
            *(
                table.filter(pc.invert(pc.is_in(table["interchange_index"], interchanges)))
                for table in (getattr(self, one.name) for one in fields(self))
            )
        )


SCHEMAS = {
    "receptacles": RECEPTACLES,
    "contained": CONTAINED,
    "legs": LEGS,
    "carrier_events": CARRIER_EVENTS,
}


@cache
def no_transport() -> Transport:
    """Nothing said."""
    return Transport(**{name: schema.empty_table() for name, schema in SCHEMAS.items()})


def joined_transport(parts: Iterable[Transport]) -> Transport:
    """Several readings as one, in their order."""
    whole = [one for one in parts if one is not no_transport()]
    if not whole:
        return no_transport()
    return Transport(
        **{name: pa.concat_tables([getattr(one, name) for one in whole]) for name in SCHEMAS}
    )
