"""One check of data quality over many rows: what was looked at, and what of it is wrong.

Every check is a pure function to `Checked` columns; `lines_of` counts them per post and partner,
`wrong_rows` and `listed` give the items to be sent to the post.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from datecertain.claims.columns import take_texts
from datecertain.moments import NEVER, Ints, Mask
from datecertain.quality.intervals import CONFIDENCE, Interval, wilson
from datecertain.quality.told_events import ToldEvents, TrackedItems
from datecertain.tracking.events import must


class Kind(StrEnum):
    """What can be wrong with what a post told."""

    MISSING = "missing"  # an expected event is not there after its deadline
    LATE = "late"  # the record of an event was sent too late
    SEQUENCE = "sequence"  # an event is stamped after one that comes later in a journey
    SPEED = "speed"  # two scans lie further apart than a plane flies in the time between
    DUPLICATE = "duplicate"  # the very same record was told more than once
    VOID_HOLD = "void_hold"  # a customs hold that stops no clock
    MISSENT = "missent"  # told to have left a post that is neither origin nor destination
    MISSENT_UNPROVEN = "missent_unproven"  # such a post had it, but did not say that it sent it on
    RETURNED = "returned"  # left the destination again, or came back to the origin
    UNKNOWN_CODE = "unknown_code"  # the event code is in no table
    UNKNOWN_REASON = "unknown_reason"  # the retention reason is in no table, or not on that day
    RECEPTACLE_UNADVISED = "receptacle_unadvised"  # came, and no pre-advice names it
    DISPATCH_NOT_RECEIVED = "dispatch_not_received"  # advised, and nothing of it came
    RECEPTACLE_NOT_RECEIVED = "receptacle_not_received"  # others of its dispatch came
    MISSENT_DISPATCHED = "missent_dispatched"  # advised in a dispatch to a third post
    RETURNED_DISPATCHED = "returned_dispatched"  # advised in a dispatch back to the origin


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows that were looked at. Posts, items, codes and places are numbers; -1: not stated."""

    kind: Kind
    name: str  # the rule, or why
    code: str  # the event code that the figure is about; empty: all together
    post: Ints  # who told it, or should have
    partner: Ints  # to whom
    bad: Mask
    item: Ints
    event: Ints  # code of the event, for the list
    at: Ints  # moment of the event, or from which it was expected
    place: Ints
    other: Ints  # code of the other event concerned
    sent_at: Ints | None = None


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One figure: so many wrong of so many, of what a post told a partner."""

    kind: Kind
    name: str
    code: str
    post: str
    partner: str
    month: str  # of acceptance
    of: int
    bad: int

    @property
    def share(self) -> float:
        """Wrong of all; not a number when there was nothing to look at."""
        return self.bad / self.of if self.of else float("nan")

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Wilson's interval of the share."""
        return wilson(self.bad, self.of, confidence)


#: The items behind the figures, to be sent to the post that told them.
LISTED = pa.schema(
    [
        must("kind", pa.string()),
        must("name", pa.string()),
        must("post", pa.string()),  # who told it, or should have
        must("partner", pa.string()),
        must("item_id", pa.string()),
        must("event", pa.string()),
        must("other_event", pa.string()),  # empty: none is concerned
        pa.field("at", pa.int64()),  # moment; null: none
        must("office", pa.string()),
        pa.field("sent_at", pa.int64()),
    ]
)


def checked(
    kind: Kind, name: str, code: str, sides: tuple[Ints, Ints], bad: Mask, item: Ints, *,
    event: Ints | int = -1, at: Ints | None = None, place: Ints | None = None,
    other: Ints | int = -1, sent_at: Ints | None = None,
) -> Checked:  # fmt: skip
    """A check with what it does not say filled in; `sides`: (post, partner) per row."""
    none = np.full(len(item), -1, dtype=np.int64)
    return Checked(
        kind, name, code, *sides, np.asarray(bad, dtype=bool), item,
        none + 1 + event if isinstance(event, int) else event,
        np.full(len(item), NEVER) if at is None else at, none if place is None else place,
        none + 1 + other if isinstance(other, int) else other, sent_at,
    )  # fmt: skip


def lines_of(one: Checked, posts: Sequence[str], month: str) -> list[QualityLine]:
    """The figures of a check per post and partner, in that order."""
    size = len(posts)
    key = one.post * size + one.partner
    of = np.bincount(key, minlength=size * size)
    bad = np.bincount(key[one.bad], minlength=size * size)
    return [
        QualityLine(
            one.kind, one.name, one.code, posts[pair // size], posts[pair % size], month,
            int(of[pair]), int(bad[pair]),
        )
        for pair in np.flatnonzero(of).tolist()
    ]  # fmt: skip


def listed(parts: Iterable[pa.Table]) -> pa.Table:
    """The wrong rows of all checks (schema `LISTED`) in order of post, kind, name, item, event."""
    order = ("post", "kind", "name", "item_id", "event", "other_event", "at", "partner", "office")
    rows = pa.concat_tables([LISTED.empty_table(), *parts])
    return rows.sort_by([(name, "ascending") for name in (*order, "sent_at")])


def wrong_rows(one: Checked, items: TrackedItems, events: ToldEvents) -> pa.Table:
    """The rows of a check that are wrong (schema `LISTED`)."""
    rows = np.flatnonzero(one.bad)
    codes, places = (*events.codes, ""), (*events.places, "")
    at = one.at[rows]
    sent = np.full(len(rows), NEVER) if one.sent_at is None else one.sent_at[rows]
    columns = {
        "kind": pa.repeat(one.kind.value, len(rows)),
        "name": pa.repeat(one.name, len(rows)),
        "post": take_texts(items.posts, one.post[rows]),
        "partner": take_texts(items.posts, one.partner[rows]),
        "item_id": items.item_id.take(pa.array(one.item[rows])),
        "event": take_texts(codes, one.event[rows] % len(codes)),
        "other_event": take_texts(codes, one.other[rows] % len(codes)),
        "at": pa.array(at, pa.int64(), mask=at >= NEVER),
        "office": take_texts(places, one.place[rows] % len(places)),
        "sent_at": pa.array(sent, pa.int64(), mask=sent >= NEVER),
    }
    return pa.table(columns, schema=LISTED)
