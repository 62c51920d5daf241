"""The canonical event: what every source of tracking becomes before a rule sees it (req 16, 17).

One row an event, never edited: event time, transmission time, receipt time and the source message
with its segment stay with it. Local time is kept beside the moment.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa


class OffsetSource(StrEnum):
    """Where the offset of a local time came from."""

    STATED = "stated"  # the message said it
    OFFICE = "office"  # the zone of the office or area where it happened
    COUNTRY = "country"  # the office is unknown; the zone of its country's post
    AMBIGUOUS = "ambiguous"  # the hour that occurs twice when clocks go back: earlier one taken


def must(name: str, kind: pa.DataType) -> pa.Field:
    """A column without nulls."""
    return pa.field(name, kind, nullable=False)


#: Partition columns of every facts table: the month of the row's own date, the bucket of its item.
PARTITION = (must("month", pa.string()), must("bucket", pa.int32()))
#: What every facts row carries: who owns it, which pair may see it, and where it was committed.
OWNERSHIP = (
    must("owner", pa.string()),  # post whose data it is
    must("audience", pa.string()),  # the pair that may see it, in order of the alphabet: `JP+KR`
    must("batch_id", pa.string()),
    must("schema_version", pa.int32()),
)
BUCKETS = 16

EVENTS = pa.schema(
    [
        must("item_id", pa.string()),
        must("code", pa.string()),  # event code as received; unknown ones are kept
        must("event_at", pa.int64()),  # moment
        must("event_date", pa.int32()),  # local date
        must("event_min", pa.int32()),  # local minute of the day
        must("offset_source", pa.string()),
        must("office", pa.string()),  # office of exchange or area
        pa.field("next_office", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("measure", pa.string()),
        pa.field("dispatch", pa.string()),
        pa.field("receptacle", pa.string()),
        must("sender", pa.string()),  # post that sent the message
        must("recipient", pa.string()),  # post that it was sent to
        must("transmitted_at", pa.int64()),  # moment stated in the message
        must("received_at", pa.int64()),  # moment of our receipt: shown, never used by a rule
        must("source", pa.string()),  # file it came in
        must("interchange", pa.string()),
        must("message", pa.int32()),
        must("segment", pa.int32()),
        must("byte_offset", pa.int64()),
        must("profile", pa.string()),
        *OWNERSHIP,
        *PARTITION,
    ]
)


def audience(one: str, other: str) -> str:
    """The pair of posts that may see a fact, whichever way it is named."""
    return "+".join(sorted({one, other}))
