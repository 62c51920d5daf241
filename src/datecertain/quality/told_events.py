"""What was told of a month's items, as columns: the input of every data-quality check.

    items, events → TrackedItems, ToldEvents → told_month → ToldMonth

One row of `ToldEvents` is one record as one post told it to one partner. Texts are numbers into the
lists beside them. Nothing depends on the order of the rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers, texts
from datecertain.errors import UsageError
from datecertain.messages.code_tables import code_table
from datecertain.moments import DAY, NEVER, Ints, Mask

#: Columns of the Arrow table that `told_events` reads, beside `item_row`.
TOLD = (
    "item_row", "code", "event_at", "event_date", "event_min", "office", "reason", "sender",
    "recipient", "transmitted_at",
)  # fmt: skip
#: Who may tell an event: the side that the code table names.
ORIGIN, DESTINATION, TRANSIT = "origin", "destination", "transit"


def known_codes() -> tuple[str, ...]:
    """The known event codes in the order of a normal journey."""
    rows = code_table("emsevt_events").rows
    return tuple(row.code for row in sorted(rows, key=lambda row: int(row.more["order"])))


def side_of(code: str) -> str:
    """`origin`, `destination` or `transit`: whose event a known code is."""
    return _MORE[code]["side"]


def state_of(code: str) -> str:
    """What the code table says of the item's state after a known event."""
    return _MORE[code]["state"]


_MORE = {row.code: row.more for row in code_table("emsevt_events").rows}


@dataclass(frozen=True, slots=True)
class TrackedItems:
    """Acceptance records; posts are indices into `posts`."""

    posts: tuple[str, ...]
    item_id: pa.StringArray
    origin: Ints
    destination: Ints
    accepted_at: Ints
    accepted_date: Ints
    promised_on: Ints  # local date; NEVER without a promise

    def __len__(self) -> int:
        return len(self.item_id)


def tracked_items(items: pa.Table, posts: Sequence[str]) -> TrackedItems:
    """The records of a table with the columns of `ITEMS`, row for row.

    Raises `UsageError` for a record of a post that is not among `posts`.
    """
    known = pa.array(posts, pa.string())
    ends = {}
    for name in ("origin", "destination"):
        index = pc.index_in(texts(items, name), known)
        if index.null_count:
            raise UsageError(f"items name an {name} that is not among {', '.join(posts)}")
        ends[name] = np.asarray(index.to_numpy(zero_copy_only=False), dtype=np.int64)
    return TrackedItems(
        tuple(posts), texts(items, "item_id"), ends["origin"], ends["destination"],
        numbers(items, "accepted_at"), numbers(items, "accepted_date"),
        numbers(items, "promised_on", int(NEVER)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldEvents:
    """Records of events; -1 where a reason is not stated."""

    item: Ints  # row of the items
    code: Ints  # index into `codes`
    at: Ints  # moment
    local: Ints  # local minutes since 1970-01-01T00:00
    place: Ints  # index into `places`
    reason: Ints  # index into `reasons`
    sender: Ints  # post
    recipient: Ints  # post
    sent_at: Ints  # moment of transmission
    copies: Ints  # how often this very record was told
    codes: tuple[str, ...]  # the known ones first
    places: tuple[str, ...]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: Ints, copies: Ints) -> ToldEvents:
        """Some of the records, each told so many times."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return dataclasses.replace(self, copies=copies, **columns)


COLUMNS = (
    "item", "code", "at", "local", "place", "reason", "sender", "recipient", "sent_at",
)  # fmt: skip


def told_events(found: pa.Table, posts: Sequence[str]) -> ToldEvents:
    """The records of a table with the columns `TOLD`, repeats included; senders and recipients
    are posts of `posts`."""
    known = known_codes()
    codes, code = _encoded(found, "code", known)
    places, place = _encoded(found, "office", ())
    reasons, reason = _encoded(found, "reason", ())
    _, sender = _encoded(found, "sender", tuple(posts))
    _, recipient = _encoded(found, "recipient", tuple(posts))
    return ToldEvents(
        numbers(found, "item_row"), code, numbers(found, "event_at"),
        numbers(found, "event_date") * DAY + numbers(found, "event_min"), place, reason, sender,
        recipient, numbers(found, "transmitted_at"), np.ones(len(found), dtype=np.int64),
        codes, places, reasons,
    )  # fmt: skip


def _encoded(table: pa.Table, name: str, first: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    """(`first` and then the other values in order of the alphabet, the index of each row's)."""
    encoded = texts(table, name).dictionary_encode()
    found = encoded.dictionary.to_pylist()
    values = (*first, *sorted(set(found) - set(first)))
    place = {value: number for number, value in enumerate(values)}
    spread = np.array([place[value] for value in found], dtype=np.int64)
    index = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return values, np.where(index >= 0, spread[index] if len(found) else -1, -1)


def distinct(events: ToldEvents) -> ToldEvents:
    """Each record once, in order of item, time and journey, with how often it was told and when
    first."""
    if not len(events):
        return events
    wide = events.at - events.at.min()
    if int(wide.max()) >= 1 << 23 or int(events.item.max()) >= 1 << 28:
        raise UsageError("events of one month of items lie more than 15 years apart")
    key = (events.item << 35) | (wide << 12) | events.code
    rest = (events.place * (len(events.reasons) + 1) + events.reason + 1) * 4096
    rest += events.sender * 64 + events.recipient
    order = np.argsort(key, kind="stable")
    key = key[order]
    tied = np.zeros(len(key), dtype=bool)
    tied[1:] = key[1:] == key[:-1]
    tied[:-1] |= tied[1:]
    rows = np.flatnonzero(tied)
    mine = order[rows]
    order[rows] = mine[np.lexsort((events.sent_at[mine], rest[mine], key[rows]))]
    rest = rest[order]
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = (key[1:] != key[:-1]) | (rest[1:] != rest[:-1])
    first = np.flatnonzero(fresh)
    copies = np.add.reduceat(events.copies[order], first)
    return events.take(order[first], copies)


@dataclass(frozen=True, slots=True)
class FirstScans:
    """[code, item] the first moment of each known event as told by the post whose event it is
    (transit: by any post); NEVER where there is none."""

    at: Ints
    codes: tuple[str, ...]

    def of(self, *codes: str) -> Ints:
        """The earliest of these events, per item."""
        rows = [self.codes.index(code) for code in codes]
        return np.asarray(self.at[rows].min(axis=0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ToldMonth:
    """What every check looks at: the items, and each record of them once."""

    items: TrackedItems
    events: ToldEvents  # distinct, in order of item, time and journey
    right: Mask  # a known event told by the post whose event it is
    first: FirstScans
    by_code: tuple[Ints, ...]  # the records of each code, in their order

    def rows(self, *codes: str) -> Ints:
        """The records of some known events as told by the post whose event each is."""
        found = [self.by_code[self.events.codes.index(code)] for code in codes]
        rows = found[0] if len(found) == 1 else np.sort(np.concatenate(found))
        return np.asarray(rows[self.right[rows]], dtype=np.int64)


def told_month(items: TrackedItems, told: ToldEvents) -> ToldMonth:
    """The records of the items, repeats taken together."""
    events = distinct(told)
    right = _rightful(items, events)
    order = np.argsort(events.code.astype(np.int16), kind="stable")
    ends = np.searchsorted(events.code[order], np.arange(1, len(events.codes)))
    return ToldMonth(
        items, events, right, _first_told(items, events, right), tuple(np.split(order, ends))
    )


def _rightful(items: TrackedItems, events: ToldEvents) -> Mask:
    whose = np.array([_SIDES.index(side_of(code)) for code in known_codes()], dtype=np.int64)
    known = events.code < len(whose)
    side = np.where(known, whose[np.minimum(events.code, len(whose) - 1)], -1)
    by_origin = events.sender == items.origin[events.item]
    by_destination = events.sender == items.destination[events.item]
    right = ((side == 0) & by_origin) | ((side == 1) & by_destination) | (side == 2)
    return np.asarray(right, dtype=bool)


_SIDES = (ORIGIN, DESTINATION, TRANSIT)


def _first_told(items: TrackedItems, events: ToldEvents, right: Mask) -> FirstScans:
    codes = known_codes()
    at = np.full((len(codes), len(items)), NEVER, dtype=np.int64)
    cell = events.code[right] * len(items) + events.item[right]
    np.minimum.at(at.ravel(), cell, events.at[right])
    return FirstScans(at, codes)
