"""ITEM_ATTRIBUTES: what posts say items are, one row an item of a message (ITMATT, the electronic
CN 22 and CN 23), as stated.

There is no column for senders and addressees, and no reader looks at them (requirement 59). That a
row is there, and when it was transmitted, is itself evidence: whether usable data came before the
item did.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

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

#: Amounts as stores keep them: whole thousandths of the currency's unit.
_THOUSANDTHS = {"declared_value": "declared_thousandths", "postage": "postage_thousandths"}
ATTRIBUTES_IN_INTEGERS = pa.schema(
    [
        pa.field(_THOUSANDTHS[one.name], pa.int64()) if one.name in _THOUSANDTHS else one
        for one in ITEM_ATTRIBUTES
    ]
)


def in_integers(attributes: pa.Table) -> pa.Table:
    """ITEM_ATTRIBUTES with amounts in thousandths."""
    columns = {
        _THOUSANDTHS.get(name, name): pc.multiply(attributes[name], Decimal(1000)).cast(pa.int64())
        if name in _THOUSANDTHS
        else attributes[name]
        for name in attributes.column_names
    }
    return pa.table(columns, schema=ATTRIBUTES_IN_INTEGERS)


@cache
def no_attributes() -> pa.Table:
    """An empty table of schema `ITEM_ATTRIBUTES`."""
    return ITEM_ATTRIBUTES.empty_table()
