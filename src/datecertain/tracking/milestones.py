"""Milestones: the first scan of each kind per item (req 16, 17).

Events attach to an item by its number and the window of its acceptance episode; only the post that
holds the item may scan it; repeats change nothing because a minimum does not count them. Nothing
depends on arrival order. The search for milestones is one compiled loop over columns (decision
0020); what else is asked of episodes is written with Narwhals and runs on either engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import UsageError
from datecertain.moments import DAY, UNKNOWN, Ints, Mask
from datecertain.tracking import scan_kernels
from datecertain.tracking.item_rows import ItemRows
from datecertain.tracking.scan_kernels import PLAIN_ATTACH, PLAIN_LAY_OUT, Indices

#: An episode takes events from a day before its acceptance (clocks differ) up to this long after.
EPISODE_DAYS = 180
#: Place, reason and measure are packed into the low bits beside the moment, so that a minimum
#: carries its place.
PLACE_BITS, REASON_BITS, MEASURE_BITS = 12, 8, 6
MOMENT_SHIFT = PLACE_BITS + REASON_BITS + MEASURE_BITS
PLACE_SHIFT = REASON_BITS + MEASURE_BITS

ORIGIN_CODES = ("EMB", "EMC", "EXB", "EXC", "EXX")
DESTINATION_CODES = (
    "EMD", "EDB", "EME", "EDC", "EMF", "EMG", "EDH", "EMH", "EMI", "EDX",
)  # fmt: skip
#: The codes whose reason decides what the scan is, by the terms of each item.
REASONED_CODES = ("EXB", "EXX", "EME", "EMH", "EDX")
CODES = (*ORIGIN_CODES, *DESTINATION_CODES)
#: Of these every scan is told, for an item may come back from a later hold.
_EVERY = ("EDC", "EMF")


def in_order(texts: Collection[str], bits: int) -> tuple[str, ...]:
    """Texts in the order of their numbers. Raises `UsageError` when the bits do not hold them."""
    if len(texts) >= 1 << bits:
        raise UsageError(
            f"terms and exclusions name {len(texts)} codes, at most {(1 << bits) - 1} are read"
        )
    return tuple(sorted(texts))


#: No scan of a kind, among packed scans.
NO_SCAN = np.int64(2**62)


#: What is asked of an event: of the texts there are few, as numbers into a dictionary (Arrow's
#: dictionary type) they are read fastest.
TEXTS = ("code", "office", "reason", "measure", "sender")
EVENT_COLUMNS = ("item_id", "event_at", "transmitted_at", *TEXTS)
#: Fewer events than this are read sooner than a compiler is loaded.
FEW_EVENTS = 4_000
FEW_ITEMS = 500


@dataclass(frozen=True, slots=True)
class FoundScans:
    """The scans that can be milestones of some items."""

    first: Ints  # [CODES, items] the first packed scan of each kind, NO_SCAN where there is none
    latest: Ints  # [items] the latest moment of any event, UNKNOWN without one
    # Every scan of a kind whose reason decides what it is (`REASONED_CODES`), and every EDC and EMF
    # but the first, in any order.
    row: Ints
    kind: Ints
    packed: Ints


@dataclass(frozen=True, slots=True)
class LaidOut:
    """First scans by checkpoint; moments are UNKNOWN where there is none, offices -1."""

    at: Ints  # [items, 8] acceptance, EMB, EMC, EMD, to customs (EDB or EME), EDC, EMF, EMG
    office: Ints  # [items, 8] index of the office; of acceptance none
    kept: Ints  # [items] EME, if not after EDC
    export_back: Ints  # [items] EXC
    to_call_for: Ints  # [items] EDH
    delivered: Ints  # [items] EMI


def laid_out(first: Ints, accepted: Ints) -> LaidOut:
    """First scans ([CODES, items], packed) of items accepted at those moments, by checkpoint."""
    count = len(accepted)
    at, office = np.empty((count, 8), dtype=np.int64), np.empty((count, 8), dtype=np.int64)
    beside = np.empty((4, count), dtype=np.int64)
    lay_out = scan_kernels.lay_out if count > FEW_ITEMS else PLAIN_LAY_OUT
    lay_out(first, accepted, _LAID_OUT, _SHIFTS, int(UNKNOWN), at, office, beside)
    return LaidOut(at, office, *beside)


@dataclass(frozen=True, slots=True)
class Inquired:
    """When somebody first asked for each item: what was first sent after that is of no kind unless
    it proves something all the same (req 75)."""

    at: Ints  # [items] NEVER: nobody did
    place: Ints  # [items] row of `proves`
    proves: Mask  # [m, CODES]

    @classmethod
    def of_nothing(cls) -> Inquired:
        """Nobody asked for any item."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, np.zeros((0, len(CODES)), dtype=bool))


class ItemEpisodes:
    """Items as the loops over their events want them (`ScanSearch` says what `items` are)."""

    def __init__(self, items: pa.Table) -> None:
        origin, destination = (
            encoded(items[side].combine_chunks()) for side in ("origin", "destination")
        )
        #: The number of each post.
        self.posts = {
            post: number
            for number, post in enumerate(sorted({*texts_of(origin), *texts_of(destination)}))
        }
        #: [4, items] number of origin and destination, when accepted and when the number is next.
        self.episode = np.stack([
            *(np.array([self.posts[text] for text in texts_of(side)] or [0], np.int64)[
                indices(side)] for side in (origin, destination)),
            items["accepted_at"].to_numpy().astype(np.int64),
            items["next_at"].to_numpy().astype(np.int64),
        ])  # fmt: skip
        numbers = items["item_id"].combine_chunks()
        #: Whether the next row is the same number, accepted later.
        self.again = np.zeros(len(items), dtype=bool)
        if len(items) > 1:
            same = pc.equal(numbers[1:], numbers[:-1]).to_numpy(zero_copy_only=False)
            self.again[:-1] = same
        self.rows = ItemRows(numbers)


class ScanSearch:
    """Looks for the milestones of items among events, which come in parts of any size, in any
    order and from any thread: the answer is the same (req 17).

    `items`: item_id, origin, destination, accepted_at, next_at (the acceptance of the number's next
    episode, or a moment beyond every event); rows of one number follow each other, in order of
    acceptance. An event belongs to the item whose episode it falls into, and only if it happened
    and was transmitted by `as_of`. Offices, reasons and measures are numbered from 1 in the order
    given; what is not named has number 0.
    """

    def __init__(
        self, items: pa.Table, offices: Iterable[str], reasons: Iterable[str],
        measures: Iterable[str], as_of: int, inquired: Inquired | None = None,
    ) -> None:  # fmt: skip
        count = len(items)
        self._items = ItemEpisodes(items)
        self._named = {
            name: {text: number for number, text in enumerate(texts, first)}
            for name, texts, first in (
                ("code", CODES, 0), ("office", offices, 1), ("reason", reasons, 1),
                ("measure", measures, 1),
            )
        } | {"sender": self._items.posts}  # fmt: skip
        self._as_of = as_of
        self._inquired = inquired or Inquired.of_nothing()
        self._first = np.full((len(CODES) + 1, count), NO_SCAN, dtype=np.int64)
        self._latest = np.full(count, UNKNOWN, dtype=np.int64)
        self._of_kind = [np.empty((3, 0), dtype=np.int64)]
        self._taken = 0
        self._one_at_a_time = Lock()

    def take(self, events: pa.Table, item_row: Ints | None = None) -> None:
        """Look through some events (EVENT_COLUMNS). `item_row`: the one item that each is asked of,
        where that is known; then `item_id` is not looked at."""
        if not len(events) or not self._items.episode.shape[1]:
            return
        first = 0
        for some in events.to_batches():  # as they were stored: putting them together costs more
            rows = None if item_row is None else item_row[first : first + len(some)]
            self._take(some, rows)
            first += len(some)

    def _take(self, events: pa.RecordBatch, item_row: Ints | None) -> None:
        if item_row is None:
            item = encoded(events["item_id"])
            row_of, index, again = (
                self._items.rows.of(item.dictionary),
                indices(item),
                self._items.again,
            )
        else:
            row_of, index = np.arange(self._items.episode.shape[1]), item_row.astype(np.int32)
            again = np.zeros_like(self._items.again)
        text, number_of, begins = self._numbered(events)
        told = np.stack([events[name].to_numpy() for name in ("event_at", "transmitted_at")])
        of_kind, asked = np.empty((3, len(events)), dtype=np.int64), self._inquired
        with self._one_at_a_time:
            self._taken += len(events)
            attach = scan_kernels.attach_scans if self._taken > FEW_EVENTS else PLAIN_ATTACH
            count = attach(
                index, row_of, told, text, number_of, begins, self._items.episode, again, _KIND_OF,
                _LISTED, asked.at, asked.place, asked.proves, self._as_of, DAY, EPISODE_DAYS,
                _SHIFTS, self._first, self._latest, of_kind,
            )  # fmt: skip
            self._of_kind.append(of_kind[:, :count].copy())

    def _numbered(self, events: pa.RecordBatch) -> tuple[Indices, Ints, Ints]:
        """The texts of events as indices into numbers, and where the numbers of each begin; a text
        that is missing has the number of one that nobody names."""
        text = np.empty((len(TEXTS), len(events)), dtype=np.int32)
        numbers, begins = [], [0]
        for place, name in enumerate(TEXTS):
            column, named = encoded(events[name]), self._named[name]
            unnamed = 0 if name in ("office", "reason", "measure") else -1
            known = [named.get(one, unnamed) for one in texts_of(column)]
            text[place] = indices(column, len(known))
            numbers += [*known, unnamed]
            begins.append(len(numbers))
        return text, np.array(numbers, dtype=np.int64), np.array(begins[:-1], dtype=np.int64)

    def found(self) -> FoundScans:
        """What was found so far."""
        return FoundScans(self._first[1:], self._latest, *np.concatenate(self._of_kind, axis=1))


def encoded(column: pa.Array) -> pa.DictionaryArray:
    """A column of texts as indices into its dictionary."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def texts_of(column: pa.DictionaryArray) -> list[str]:
    texts: list[str] = column.dictionary.to_pylist()
    return texts


def indices(column: pa.DictionaryArray, missing: int = 0) -> Indices:
    """The places in the dictionary; `missing` where there is no text."""
    places = column.indices
    if places.null_count:
        places = places.fill_null(missing)
    return np.asarray(places.to_numpy(), dtype=np.int32)


_KIND_OF = np.array(
    [[CODES.index(code) if code in side else -1 for code in CODES]
     for side in (ORIGIN_CODES, DESTINATION_CODES)], dtype=np.int64
)  # fmt: skip
_LAID_OUT = np.array(
    [*(CODES.index(code) for code in ("EMB", "EMC", "EMD", "EDB", "EDC", "EMF", "EMG",
                                      "EME", "EXC", "EDH", "EMI")), PLACE_BITS], dtype=np.int64
)  # fmt: skip
#: 1: every scan is told; 2: every one but the first.
_LISTED = np.array([(code in REASONED_CODES) + 2 * (code in _EVERY) for code in CODES])
#: Where moment, place and reason stand in a packed scan; and what is none.
_SHIFTS = np.array([MOMENT_SHIFT, PLACE_SHIFT, MEASURE_BITS, NO_SCAN], dtype=np.int64)


def episode_events(
    items: nw.LazyFrame[Any], events: nw.LazyFrame[Any], as_of: int
) -> nw.LazyFrame[Any]:
    """Each event beside the item whose acceptance episode it falls into, as known at `as_of`."""
    window = (
        (nw.col("event_at") >= nw.col("accepted_at") - DAY)
        & (nw.col("event_at") < nw.col("next_at") - DAY)
        & (nw.col("event_at") < nw.col("accepted_at") + EPISODE_DAYS * DAY)
    )
    known = (nw.col("event_at") <= as_of) & (nw.col("transmitted_at") <= as_of)
    return items.join(events.filter(known), on="item_id", how="inner").filter(window)
