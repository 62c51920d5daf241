"""The facts tables of a workspace, declared once."""

from __future__ import annotations

import pyarrow as pa

from datecertain.promise.acceptance import ITEMS
from datecertain.store import FactTable
from datecertain.tracking.events import EVENTS, OWNERSHIP, PARTITION, must
from datecertain.verdict.outcomes import VERDICTS

#: Force majeure notices as published; a later notice of the same case and scope replaces it.
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
    ]
)

EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE, CASES_TABLE = "events", "items", "verdicts", "cases"
TABLES = (
    FactTable(EVENTS_TABLE, EVENTS),
    FactTable(ITEMS_TABLE, ITEMS),
    FactTable(VERDICTS_TABLE, VERDICTS),
    FactTable(CASES_TABLE, CASES),
)
#: 2: acceptance records may hold office, product, address, declared value, tariff, payer.
SCHEMA_VERSION = 2
