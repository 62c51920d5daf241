"""RAW_EVENTS: item events exactly as a message states them, one row an event, before any zone is
resolved, any code interpreted or any repeat dropped.

Times are local at the office of the event, as sent (requirement: a time without zone is resolved
by the office's place, later and elsewhere). Nothing here is inferred: what the message does not
say is null. Names of signatories and free text never reach these columns (requirement 59).
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa


def _must(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


RAW_EVENTS = pa.schema(
    [
        # What happened. `item_id` is normalised and its check digit is right; `code` is the
        # three-letter event code as received, known or not.
        _must("item_id", pa.string()),
        _must("code", pa.string()),
        _must("event_date", pa.int32()),  # local date, days since 1970-01-01
        pa.field("event_min", pa.int16()),  # local minute of day; null: only the date was stated
        pa.field("stated_offset", pa.int16()),  # minutes east of UTC if the message states them
        _must("office", pa.string()),  # as sent, upper case; not yet looked up
        pa.field("next_office", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("measure", pa.string()),
        pa.field("dispatch", pa.string()),  # S8, 20 characters when the sender writes it whole
        pa.field("receptacle", pa.string()),  # S9, 29 characters when the sender writes it whole
        # Who said so, and when: UNB sender and recipient ids as text.
        _must("sender", pa.string()),
        _must("recipient", pa.string()),
        # Preparation time on the sender's clock: the message's own if it has one, else the UNB's.
        pa.field("prepared_date", pa.int32()),
        pa.field("prepared_min", pa.int16()),
        # Where it stands: control reference of the interchange, ordinal of the message in it
        # (from 1), number of the event's first segment in the message (UNH is 1), byte offset of
        # that segment in the source; `interchange_index` is the position of the interchange in
        # `ReadResult.interchanges`, which holds source name, hash and byte range.
        _must("interchange", pa.string()),
        _must("interchange_index", pa.int32()),
        _must("message", pa.int32()),
        _must("segment", pa.int32()),
        _must("byte_offset", pa.int64()),
        _must("profile", pa.string()),  # name of the layout profile that read it
        _must("test", pa.bool_()),  # UNB test indicator: never settle on it
    ]
)


@cache
def no_events() -> pa.Table:
    """An empty table of schema `RAW_EVENTS`."""
    return RAW_EVENTS.empty_table()
