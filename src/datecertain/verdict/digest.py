"""The digest of a pair's period: one root over the verdicts that two posts share (req 67).

A prefix tree over SHA-256, keyed by the hash of each item's key, so that nothing depends on order.
It covers what both posts can know alike: no local numbers, moments of receipt, batches or
superseded rows, and not the verdict towards the sender, which is the origin's own affair. The
format is told, with an example by hand, in docs/reference/digest.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS

#: What a shared verdict says, in the order in which it is written and hashed.
SHARED = (
    "item_key", "item_id", "origin", "destination", "accepted_date", "origin_area",
    "destination_area", "inward_office", "outcome", "outcome_reason", "promised_on", "stopped_on",
    "delivered_on", "days_late", "days_excused", "days_liable", *DAYS_COLUMNS, *SHARE_COLUMNS,
    "clock_stops", "clock_stops_void", "stopped_by", "exclusions", "gap_days", "days_late_low",
    "days_late_high", "origin_share_low", "origin_share_high", "rules_version",
)  # fmt: skip
#: What a post keeps to itself.
PRIVATE = (
    "item_key", "sender_outcome", "sender_days_liable", "network_version",
    "sender_outcome_reason", "sender_promised_on", "sender_stopped_on", "sender_days_excused",
)  # fmt: skip
DATES = (
    "accepted_date", "promised_on", "stopped_on", "delivered_on", "sender_promised_on",
    "sender_stopped_on",
)  # fmt: skip

EMPTY = bytes(32)
_LEAF, _NODE = b"\x00", b"\x01"
_DIGITS = "0123456789abcdef"
#: Items that a bucket should hold, about; and how deep buckets go at most.
BUCKET_ITEMS, MOST_DEPTH = 16, 4


@dataclass(frozen=True, slots=True, order=True)
class ItemHash:
    """An item in the tree: `place` is the SHA-256 of its key, `verdict` that of its canonical
    verdict, both in hexadecimal."""

    place: str
    verdict: str

    @property
    def leaf(self) -> bytes:
        """The item's node."""
        return sha256(_LEAF + bytes.fromhex(self.place) + bytes.fromhex(self.verdict)).digest()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The node of one prefix and how many items lie below it."""

    items: int
    hash: str


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """Items in order of their places; no place twice."""

    items: tuple[ItemHash, ...]

    @staticmethod
    def of(items: Iterable[ItemHash]) -> PrefixTree:
        """The tree of these items, in whatever order they come."""
        return PrefixTree(tuple(sorted(items)))

    @property
    def root(self) -> str:
        """The root, in hexadecimal."""
        return _node(self.items, 0).hex()

    def below(self, prefix: str) -> tuple[ItemHash, ...]:
        """The items whose place begins with these hexadecimal digits."""
        places = ItemHash(prefix, ""), ItemHash(prefix + "g", "")  # "g" follows every digit
        first, last = (bisect_left(self.items, place) for place in places)
        return self.items[first:last]

    def buckets(self, depth: int) -> dict[str, Bucket]:
        """The nodes that are so many digits deep, without the empty ones, in order."""
        found: dict[str, list[ItemHash]] = {}
        for item in self.items:
            found.setdefault(item.place[:depth], []).append(item)
        return {
            prefix: Bucket(len(items), _node(items, depth).hex()) for prefix, items in found.items()
        }

    @property
    def depth(self) -> int:
        """How deep buckets of about BUCKET_ITEMS items lie."""
        depth = 0
        while len(self.items) > BUCKET_ITEMS * 16**depth and depth < MOST_DEPTH:
            depth += 1
        return depth


def _node(items: Sequence[ItemHash], depth: int) -> bytes:
    """The node of items that agree in the first `depth` digits: zeros for none, the leaf of one,
    else the hash of the sixteen nodes below."""
    if not items:
        return EMPTY
    if len(items) == 1:
        return items[0].leaf
    below: dict[str, list[ItemHash]] = {digit: [] for digit in _DIGITS}
    for item in items:
        below[item.place[depth]].append(item)
    return sha256(_NODE + b"".join(_node(part, depth + 1) for part in below.values())).digest()


def node_of_items(items: Iterable[ItemHash], depth: int) -> str:
    """The node of the items of one bucket, in hexadecimal."""
    return _node(sorted(items), depth).hex()


def root_of_buckets(buckets: Mapping[str, Bucket], depth: int) -> str:
    """The root above the buckets of one depth, as their hashes and counts give it."""
    level = dict(buckets)
    for deep in range(depth, 0, -1):
        above: dict[str, dict[str, Bucket]] = {}
        for prefix, bucket in level.items():
            above.setdefault(prefix[: deep - 1], {})[prefix[deep - 1]] = bucket
        level = {prefix: _above(below) for prefix, below in above.items()}
    return level[""].hash if level else EMPTY.hex()


def _above(below: Mapping[str, Bucket]) -> Bucket:
    count = sum(bucket.items for bucket in below.values())
    if count == 1:
        return next(iter(below.values()))
    parts = [bytes.fromhex(below[d].hash) if d in below else EMPTY for d in _DIGITS]
    return Bucket(count, sha256(_NODE + b"".join(parts)).hexdigest())


def item_hashes(verdicts: pa.Table, names: Sequence[str] = SHARED) -> list[ItemHash]:
    """The items of current verdicts, row for row."""
    keys = verdicts["item_key"].to_pylist()
    texts = canonical_texts(verdicts, names).to_pylist()
    return [
        ItemHash(place_of(key), sha256(text.encode()).hexdigest())
        for key, text in zip(keys, texts, strict=True)
    ]


def place_of(item_key: str) -> str:
    """The place of an item: the SHA-256 of its key."""
    return sha256(item_key.encode()).hexdigest()


def canonical_texts(verdicts: pa.Table, names: Sequence[str] = SHARED) -> pa.Array:
    """Each verdict as text: a line `name=value` for each name, dates as YYYY-MM-DD, whole numbers
    in decimal, nothing after the sign where there is no value."""
    lines = []
    for name in names:
        column = verdicts[name].combine_chunks()
        if name in DATES:
            column = column.cast(pa.int32()).cast(pa.date32())
        text = pc.fill_null(column.cast(pa.string()), "")
        lines.append(pc.binary_join_element_wise(f"{name}=", text, "\n", ""))
    return pc.binary_join_element_wise(*lines, "")


def fields_of(text: str) -> dict[str, str]:
    """The fields of a canonical verdict."""
    return dict(line.split("=", 1) for line in text.splitlines())
