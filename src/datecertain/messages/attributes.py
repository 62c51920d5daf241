"""ITEM_ATTRIBUTES: what posts say items are, one row an item of a message (ITMATT, the electronic
CN 22 and CN 23), as stated.

There is no column for senders and addressees, and no reader looks at them (requirement 59). That a
row is there, and when it was transmitted, is itself evidence: whether usable data came before the
item did.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from datecertain.messages.transport import STANDING

_AMOUNT = pa.decimal128(15, 3)

ITEM_ATTRIBUTES = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("nature", pa.string()),  # of the transaction, as received
        pa.field("contents", pa.string()),  # class of an acceptance record; null: not known
        pa.field("destination_country", pa.string()),
        pa.field("postcode", pa.string()),  # of the destination
        pa.field("weight_g", pa.int32()),
        pa.field("declared_value", _AMOUNT),  # units of its currency, not cents
        pa.field("declared_currency", pa.string()),
        pa.field("postage", _AMOUNT),
        pa.field("postage_currency", pa.string()),
        # One for each kind of goods that names one, in the message's order; `pieces` counts them.
        pa.field("hs_codes", pa.list_(pa.string()), nullable=False),
        pa.field("pieces", pa.int16(), nullable=False),
        *STANDING,
    ]
)


@cache
def no_attributes() -> pa.Table:
    """An empty table of schema `ITEM_ATTRIBUTES`."""
    return ITEM_ATTRIBUTES.empty_table()
