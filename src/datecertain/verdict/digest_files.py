"""Digest files: what two posts send each other to find the items in which they differ (req 67).

The first file holds the root and the hashes of buckets; the answer opens those buckets that differ.
A file is checked against itself before it is used: buckets that do not hash to its root, or items
that do not hash to their bucket, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from datecertain.errors import UsageError
from datecertain.verdict.digest import (
    MOST_DEPTH,
    Bucket,
    ItemHash,
    PrefixTree,
    fields_of,
    node_of_items,
    place_of,
    root_of_buckets,
)

FORMAT = "datecertain-digest/1"
_HASH, _PREFIX = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest as it is sent. `opened` holds the items of some buckets, `texts` the canonical
    verdicts of items by their place, where the sender gave them."""

    pair: str
    period: str
    as_of: str
    root: str
    items: int
    depth: int
    buckets: Mapping[str, Bucket]
    opened: Mapping[str, tuple[ItemHash, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def digest_of(
    tree: PrefixTree, pair: str, period: str, as_of: str, *, depth: int | None = None,
    opened: Collection[str] = (), texts: Mapping[str, str] | None = None,
) -> Digest:  # fmt: skip
    """The digest of a tree; `opened` are prefixes, `texts` the verdicts to be given with them."""
    deep = tree.depth if depth is None else depth
    items = {prefix: tree.below(prefix) for prefix in sorted(opened)}
    given = {
        one.place: texts[one.place] for below in items.values() for one in below if texts
    }  # fmt: skip
    return Digest(
        pair, period, as_of, tree.root, len(tree.items), deep, tree.buckets(deep), items, given
    )


def as_json(digest: Digest) -> dict[str, Any]:
    """The digest as the JSON document that is sent."""
    return {
        "format": FORMAT,
        "pair": digest.pair,
        "period": digest.period,
        "as_of": digest.as_of,
        "items": digest.items,
        "root": digest.root,
        "depth": digest.depth,
        "buckets": {
            prefix: {"items": bucket.items, "hash": bucket.hash}
            for prefix, bucket in digest.buckets.items()
        },
        "opened": {
            prefix: [_item_json(one, digest.texts) for one in items]
            for prefix, items in digest.opened.items()
        },
    }


def _item_json(item: ItemHash, texts: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"place": item.place, "verdict": item.verdict}
    return told | ({"fields": fields_of(texts[item.place])} if item.place in texts else {})


def from_json(document: Any, name: str) -> Digest:
    """A digest that was received. Raises `UsageError` when it is none, or is not whole."""
    try:
        digest = _read(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{name} is no digest file of the form {FORMAT}: {error}; make one with "
            "`datecertain digest -o FILE`"
        ) from error
    wrong = _wrong(digest)
    if wrong:
        raise UsageError(f"{name} contradicts itself: {wrong}; ask for it again")
    return digest


def _read(document: Any) -> Digest:
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']!r}")
    opened: dict[str, tuple[ItemHash, ...]] = {}
    texts: dict[str, str] = {}
    for prefix, rows in document.get("opened", {}).items():
        opened[_prefix(prefix)] = tuple(
            sorted(ItemHash(_hash(row["place"]), _hash(row["verdict"])) for row in rows)
        )
        texts |= {row["place"]: _text(row["fields"]) for row in rows if "fields" in row}
    depth = int(document["depth"])
    if not 0 <= depth <= MOST_DEPTH:
        raise ValueError(f"depth {depth}")
    return Digest(
        str(document["pair"]), str(document["period"]), str(document["as_of"]),
        _hash(document["root"]), int(document["items"]), depth,
        {
            _prefix(prefix): Bucket(int(row["items"]), _hash(row["hash"]))
            for prefix, row in sorted(document["buckets"].items())
        },
        opened, texts,
    )  # fmt: skip


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256 in hexadecimal")
    return text


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(f"{text!r} is no prefix of hexadecimal digits")
    return text


def _text(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def _wrong(digest: Digest) -> str:
    """What in a digest contradicts itself; empty when nothing does."""
    buckets = digest.buckets
    if any(len(prefix) != digest.depth or bucket.items < 1 for prefix, bucket in buckets.items()):
        return "a bucket is not as deep as it says, or empty"
    if sum(bucket.items for bucket in buckets.values()) != digest.items:
        return "the buckets do not hold as many items as it says"
    if root_of_buckets(buckets, digest.depth) != digest.root:
        return "the buckets do not hash to the root"
    return _wrong_when_opened(digest)


def _wrong_when_opened(digest: Digest) -> str:
    """What in the opened buckets of a digest contradicts the others; empty when nothing does."""
    buckets = digest.buckets
    for prefix, items in digest.opened.items():
        expected = buckets.get(prefix)
        if any(not item.place.startswith(prefix) for item in items):
            return f"bucket {prefix!r} holds an item of another"
        if items and (
            expected is None or node_of_items(items, digest.depth) != expected.hash
        ):  # fmt: skip
            return f"the items of bucket {prefix!r} do not hash to it"
        if not items and expected is not None:
            return f"bucket {prefix!r} is opened, but without its items"
    hashes = {one.place: one.verdict for items in digest.opened.values() for one in items}
    for place, text in digest.texts.items():
        key = fields_of(text).get("item_key", "")
        if sha256(text.encode()).hexdigest() != hashes[place] or place_of(key) != place:
            return f"the fields of item {place[:12]}… do not hash to its verdict"
    return ""


@dataclass(frozen=True, slots=True)
class ItemDifference:
    """An item in which two workspaces differ. `here` and `there` are the canonical verdicts; None
    where there is none, "" where it is not told."""

    place: str
    here: str | None
    there: str | None

    def differing(self) -> dict[str, tuple[str, str]]:
        """The fields that differ, here and there, where both verdicts are known."""
        if not self.here or not self.there:
            return {}
        mine, theirs = fields_of(self.here), fields_of(self.there)
        return {
            name: (mine.get(name, ""), theirs.get(name, ""))
            for name in mine | theirs
            if mine.get(name) != theirs.get(name)
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two digests of the same pair and period beside each other. `buckets` differ; of those in
    `closed` the other has not sent the items yet; `items` are the differences in the others."""

    equal: bool
    buckets: tuple[str, ...]
    closed: tuple[str, ...]
    items: tuple[ItemDifference, ...]


def compare(tree: PrefixTree, texts: Mapping[str, str], other: Digest) -> Comparison:
    """Compare this workspace's tree, and its canonical verdicts by place, with a digest that was
    received: at the depth of that digest."""
    mine = tree.buckets(other.depth)
    differing = sorted(
        prefix
        for prefix in mine.keys() | other.buckets.keys()
        if mine.get(prefix) != other.buckets.get(prefix)
    )
    closed = [prefix for prefix in differing if not _is_open(prefix, other)]
    found: list[ItemDifference] = []
    for prefix in differing:
        if prefix in closed:
            continue
        here = {one.place: one.verdict for one in tree.below(prefix)}
        there = {one.place: one.verdict for one in other.opened.get(prefix, ())}
        for place in sorted(here.keys() | there.keys()):
            if here.get(place) != there.get(place):
                found.append(
                    ItemDifference(
                        place, texts.get(place, "") if place in here else None,
                        other.texts.get(place, "") if place in there else None,
                    )
                )  # fmt: skip
    return Comparison(not differing, tuple(differing), tuple(closed), tuple(found))


def _is_open(prefix: str, other: Digest) -> bool:
    """Whether the other told the items of a bucket: it opened it, or holds nothing there."""
    return prefix in other.opened or prefix not in other.buckets
