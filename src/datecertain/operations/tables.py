"""The facts tables of a workspace, declared once."""

from __future__ import annotations

import pyarrow as pa

from datecertain.promise.acceptance import ITEMS
from datecertain.store import FactTable
from datecertain.tracking.events import EVENTS, OWNERSHIP, PARTITION, must
from datecertain.tracking.transport_facts import TRANSPORT_FACTS
from datecertain.verdict.outcomes import VERDICTS

#: Force majeure notices as published, and what posts said of them; a later notice of the same case
#: and scope replaces it.
CASES = pa.schema(
    [
        must("case_id", pa.string()),
        must("post", pa.string()),
        must("office", pa.string()),
        must("leg", pa.string()),
        must("from_at", pa.int64()),
        must("to_at", pa.int64()),
        must("published_at", pa.int64()),
        must("text_en", pa.string()),
        must("text_ko", pa.string()),
        must("reference", pa.string()),
        must("source", pa.string()),
        must("line", pa.int32()),
        *OWNERSHIP,
        *PARTITION,
        # What it is limited to besides; null: not limited. Codes with blanks between them.
        pa.field("kind", pa.string()),
        pa.field("area", pa.string()),
        pa.field("product", pa.string()),
        pa.field("standard", pa.string()),
        pa.field("contents", pa.string()),
        pa.field("value_from_usdr", pa.int64()),
        pa.field("value_to_usdr", pa.int64()),
        pa.field("accepted_from", pa.int64()),
        pa.field("accepted_to", pa.int64()),
        # Null: a notice. Else close, accept or contest, by which post, and why.
        pa.field("action", pa.string()),
        pa.field("by_post", pa.string()),
        pa.field("reason", pa.string()),
    ]
)

EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE, CASES_TABLE = "events", "items", "verdicts", "cases"
#: What transport messages and ITMATT say, each table with what is asked for by: an item, else a
#: receptacle or consignment.
TRANSPORT_TABLES = {
    "receptacles": ("receptacle",),
    "contained": ("item_id",),
    "legs": ("consignment",),
    "carrier_events": ("receptacle",),
    "item_attributes": ("item_id",),
}
#: The tables that movements are read from, and the moments from which on a row of them counts.
TRANSPORT_MOMENTS = {
    "receptacles": ("transmitted_at", "checked_at"),
    "contained": ("transmitted_at",),
    "legs": ("transmitted_at",),
    "carrier_events": ("transmitted_at", "event_at"),
}
#: Of items and verdicts there is one row an item, or little more.
_OF_ITEM = ("item_key", "item_id")
TABLES = (
    FactTable(EVENTS_TABLE, EVENTS, order=("item_id", "event_at")),
    FactTable(ITEMS_TABLE, ITEMS, order=("item_id", "accepted_at"), distinct=_OF_ITEM),
    FactTable(VERDICTS_TABLE, VERDICTS, order=("item_id", "item_key"), distinct=_OF_ITEM),
    FactTable(CASES_TABLE, CASES),
    *(
        FactTable(name, TRANSPORT_FACTS[name], order=order)
        for name, order in TRANSPORT_TABLES.items()
    ),
)
#: 2: acceptance records may hold office, product, address, declared value, tariff, payer.
SCHEMA_VERSION = 2
