"""Nobody waits for ever: what items without a final event need, and when (req 80).

By the sender's dated terms, in days after the date told: an inquiry is opened, the sender is told,
the item is decided for the sender. Opening the inquiry itself is another matter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers, take_texts, texts
from datecertain.claims.entitlements import Ground
from datecertain.claims.sender_terms import SenderTerms
from datecertain.claims.windows import NO_DAY, day_at, nullable
from datecertain.network import Network
from datecertain.tracking.events import must


class Need(StrEnum):
    """What an item without a final event needs next, in order of time."""

    NOTHING = "nothing"  # not yet
    INQUIRY = "inquiry"  # the other post is asked, and the sender is told so
    DECISION = "decision"  # past the deadline: it is decided for the sender


WAITING = pa.schema(
    [
        must("item_key", pa.string()),
        must("item_id", pa.string()),
        must("origin", pa.string()),
        must("destination", pa.string()),
        must("told_on", pa.int32()),
        pa.field("inquiry_on", pa.int32()),  # first day of the inquiry; null: never
        pa.field("tell_by", pa.int32()),  # last day to tell the sender before the window closes
        pa.field("claimable_until", pa.int32()),
        pa.field("decided_on", pa.int32()),  # the last day of waiting; null: never
        must("need", pa.string()),
    ]
)


def waiting_items(network: Network, owed: pa.Table, as_of: int) -> pa.Table:
    """The items without a final event (schema `WAITING`, by the day of their inquiry and item).

    `owed`: rows of `ENTITLEMENTS` as of the same moment.
    """
    grounds = pa.array([Ground.UNDECIDED.value, Ground.FOR_SENDER.value])
    rows = owed.filter(
        pc.and_(pc.is_in(owed["ground"], grounds), pc.is_valid(owed["told_on"]))
    )  # fmt: skip
    terms = SenderTerms(network, rows)
    told, decided = numbers(rows, "told_on"), numbers(rows, "decided_on", NO_DAY)
    days = terms.numbers("inquiry_after_days")
    inquiry = np.where(days > 0, told + days + 1, NO_DAY)
    until = numbers(rows, "claimable_until", NO_DAY)
    ahead = terms.numbers("tell_before_close_days")
    today = np.array(
        [day_at(network, post, as_of) for post in terms.origins] or [0], dtype=np.int64
    )[terms.origin]
    need = np.where(
        (decided != NO_DAY) & (today > decided), 2, np.where(
            (inquiry != NO_DAY) & (today >= inquiry), 1, 0),
    )  # fmt: skip
    columns: dict[str, Any] = {
        **{name: texts(rows, name) for name in ("item_key", "item_id", "origin", "destination")},
        "told_on": told,
        "inquiry_on": nullable(inquiry, pa.int32()),
        "tell_by": nullable(
            np.where((until == NO_DAY) | (ahead == 0), NO_DAY, until - ahead), pa.int32()
        ),
        "claimable_until": nullable(until, pa.int32()),
        "decided_on": nullable(decided, pa.int32()),
        "need": take_texts(tuple(Need), need.astype(np.int64)),
    }
    table = pa.table(
        {field.name: pa.array(columns[field.name]).cast(field.type) for field in WAITING},
        schema=WAITING,
    )
    return table.sort_by([("inquiry_on", "ascending"), ("item_key", "ascending")])


def inquiries_needed(network: Network, owed: pa.Table, as_of: int) -> pa.Table:
    """The items for which an inquiry is to be opened by now (schema `WAITING`)."""
    rows = waiting_items(network, owed, as_of)
    return rows.filter(pc.not_equal(rows["need"], Need.NOTHING.value))
