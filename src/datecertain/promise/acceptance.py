"""The acceptance record: what was told at the counter, without which there is no guarantee
(req 9, 72).

An item is (S10 number, acceptance episode): S10 numbers are reused after a year. `item_key` is a
hash of the number and the local acceptance date, so any partner computes it alike.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa

from datecertain.moments import format_date
from datecertain.tracking.events import OWNERSHIP, PARTITION, must

#: The columns of an acceptance file (CSV with header) as a post's counter system writes it.
#: Local date-time at the accepting office; `date_told` empty: no guaranteed date was told.
ACCEPTANCE_FILE = (
    "item_id", "origin", "origin_postcode", "accepted_local", "channel", "destination",
    "destination_postcode", "contents", "weight_g", "postage_minor", "currency", "date_told",
)  # fmt: skip

#: Columns that it may have besides, in any order. `office`: where it was accepted; `declared_minor`
#: and `declared_currency`: the value that the sender declared; `tariff_minor`: the postage before
#: discounts and surcharges; `payer_ref`: the post's own reference to who paid, never a name.
ACCEPTANCE_MORE = (
    "office", "product", "address", "declared_minor", "declared_currency", "tariff_minor",
    "payer_ref",
)  # fmt: skip
#: What a partner needs for a verdict: no names, no payer, no postage.
FOR_PARTNERS = (
    "item_id", "origin", "accepted_local", "office", "destination", "destination_postcode",
    "product", "contents", "weight_g", "date_told",
)  # fmt: skip

ITEMS = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("origin_postcode", pa.string()),
        must("destination_postcode", pa.string()),
        pa.field("origin_area", pa.string()),
        pa.field("destination_area", pa.string()),
        must("accepted_at", pa.int64()),
        must("accepted_date", pa.int32()),
        must("accepted_min", pa.int32()),
        must("channel", pa.string()),
        must("contents", pa.string()),
        must("weight_g", pa.int64()),
        must("postage_minor", pa.int64()),  # postage actually paid, minor units of `currency`
        must("currency", pa.string()),
        pa.field("promised_on", pa.int32()),  # the date told: it binds (local, destination)
        pa.field("standard_on", pa.int32()),  # what the network version gives for this acceptance
        must("quote_status", pa.string()),
        must("quote_reason", pa.string()),
        must("network_version", pa.string()),
        must("source", pa.string()),
        must("line", pa.int32()),
        # Since schema 2; null where the file did not say.
        pa.field("office", pa.string()),
        pa.field("product", pa.string()),
        pa.field("address", pa.string()),
        pa.field("declared_minor", pa.int64()),  # minor units of `declared_currency`
        pa.field("declared_currency", pa.string()),
        pa.field("tariff_minor", pa.int64()),  # before discounts and surcharges
        pa.field("payer_ref", pa.string()),
        *OWNERSHIP,
        *PARTITION,
    ]
)


def item_key(item_id: str, accepted_day: int) -> str:
    """32 hex digits of SHA-256 over number and local acceptance date."""
    return hashlib.sha256(f"{item_id}|{format_date(accepted_day)}".encode()).hexdigest()[:32]
