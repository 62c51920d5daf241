"""The digest's tree: a hand-worked example, and what always holds of random ones."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.verdict.digest import (
    EMPTY,
    SHARED,
    ItemHash,
    PrefixTree,
    canonical_texts,
    fields_of,
    item_hashes,
    place_of,
    root_of_buckets,
)
from datecertain.verdict.digest_files import as_json, compare, digest_of, from_json
from datecertain.verdict.judging import JUDGED


def hash_of(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def text_of(key: str, outcome: str = "on_time") -> str:
    return f"item_key={key}\noutcome={outcome}\n"


def item(key: str, outcome: str = "on_time") -> ItemHash:
    return ItemHash(place_of(key), sha256(text_of(key, outcome).encode()).hexdigest())


def tree_of(verdicts: dict[str, str]) -> tuple[PrefixTree, dict[str, str]]:
    tree = PrefixTree.of(item(key, outcome) for key, outcome in verdicts.items())
    return tree, {place_of(key): text_of(key, outcome) for key, outcome in verdicts.items()}


VERDICTS = st.dictionaries(
    st.integers(0, 10_000).map(lambda number: f"key-{number}"),
    st.sampled_from(["on_time", "late_liable", "lost"]), max_size=60,
)  # fmt: skip


def test_a_tree_of_three_items_by_hand() -> None:
    """Two items whose places begin with 3, one with b: the root has two nodes that are not zeros,
    and the one below 3 parts again at the next digit (docs/reference/digest.md)."""
    places = ["30" + "0" * 62, "3f" + "0" * 62, "b7" + "0" * 62]
    verdict = "11" * 32
    leaf = [hash_of(b"\0", bytes.fromhex(p), bytes.fromhex(verdict)) for p in places]
    below_3 = hash_of(b"\1", leaf[0], EMPTY * 14, leaf[1])
    root = hash_of(b"\1", EMPTY * 3, below_3, EMPTY * 7, leaf[2], EMPTY * 4)
    tree = PrefixTree.of(ItemHash(place, verdict) for place in reversed(places))
    assert tree.root == root.hex()
    found = tree.buckets(1)
    assert {prefix: (one.items, one.hash) for prefix, one in found.items()} == {
        "3": (2, below_3.hex()),
        "b": (1, leaf[2].hex()),
    }
    assert PrefixTree.of([]).root == EMPTY.hex()
    page = (Path(__file__).parents[2] / "docs/reference/digest.md").read_text(encoding="utf-8")
    assert all(node.hex() in page for node in (*leaf, below_3, root))
    assert ", ".join(f"`{name}`" for name in SHARED) in page.replace("\n", " ")


def test_a_verdict_in_canonical_text() -> None:
    row = dict.fromkeys(SHARED, 0) | {
        "item_key": "0f" * 16, "item_id": "EE000000005KR", "origin": "KR", "destination": "US",
        "accepted_date": 20747, "origin_area": "KR-SEL", "destination_area": None,
        "inward_office": None, "outcome": "on_time", "outcome_reason": "", "promised_on": 20752,
        "stopped_on": None, "delivered_on": None, "stopped_by": None, "exclusions": None,
        "rules_version": "1",
    }  # fmt: skip
    fields = [JUDGED.field(name) for name in SHARED]
    (text,) = canonical_texts(pa.Table.from_pylist([row], pa.schema(fields))).to_pylist()
    lines = text.split("\n")
    assert lines[:6] == [
        "item_key=" + "0f" * 16, "item_id=EE000000005KR", "origin=KR", "destination=US",
        "accepted_date=2026-10-21", "origin_area=KR-SEL",
    ]  # fmt: skip
    assert lines[6:8] == ["destination_area=", "inward_office="]
    assert lines[10:12] == ["promised_on=2026-10-26", "stopped_on="]
    assert lines[-2:] == ["rules_version=1", ""]
    assert list(fields_of(text)) == list(SHARED)
    table = pa.Table.from_pylist([row], pa.schema(fields))
    assert item_hashes(table) == [ItemHash(place_of("0f" * 16), sha256(text.encode()).hexdigest())]


@given(VERDICTS, st.randoms(use_true_random=False))
def test_the_root_does_not_depend_on_order(verdicts: dict[str, str], chance: Random) -> None:
    items = [item(key, outcome) for key, outcome in verdicts.items()]
    root = PrefixTree.of(items).root
    chance.shuffle(items)
    assert PrefixTree.of(items).root == root


@given(VERDICTS, st.integers(0, 4))
def test_buckets_of_any_depth_hash_to_the_same_root(verdicts: dict[str, str], depth: int) -> None:
    tree, _ = tree_of(verdicts)
    assert root_of_buckets(tree.buckets(depth), depth) == tree.root


@given(VERDICTS, VERDICTS, st.booleans())
def test_two_files_find_exactly_the_items_that_differ(
    mine: dict[str, str], theirs: dict[str, str], tell: bool
) -> None:
    """The second workspace holds most of what the first does, and changes of its own."""
    theirs = mine | theirs
    tree, texts = tree_of(mine)
    other_tree, other_texts = tree_of(theirs)
    first = digest_of(other_tree, "CN-ES", "2026-10", "2026-11-23T00:00Z", depth=1)
    found = compare(tree, texts, from_json(json.loads(json.dumps(as_json(first))), "first"))
    assert found.equal == (mine == theirs) == (tree.root == other_tree.root)
    answer = digest_of(
        other_tree, "CN-ES", "2026-10", "2026-11-23T00:00Z", depth=1, opened=found.buckets,
        texts=other_texts if tell else None,
    )  # fmt: skip
    found = compare(tree, texts, from_json(json.loads(json.dumps(as_json(answer))), "answer"))
    assert found.closed == ()
    expected = {key for key in theirs if mine.get(key) != theirs[key]}
    assert {one.place for one in found.items} == {place_of(key) for key in expected}
    for one in found.items:
        assert (one.here is None) == (one.place not in texts)
        assert one.there == (other_texts[one.place] if tell else "")
        if tell and one.here:
            assert set(one.differing()) == {"outcome"}


def test_one_difference_among_many_opens_one_bucket() -> None:
    verdicts = {f"key-{number}": "on_time" for number in range(5_000)}
    tree, texts = tree_of(verdicts)
    other, _ = tree_of(verdicts | {"key-77": "lost"})
    first = digest_of(other, "CN-ES", "2026-10", "x")
    assert first.depth == 3
    found = compare(tree, texts, first)
    assert found.buckets == found.closed == (place_of("key-77")[:3],)
    answer = digest_of(other, "CN-ES", "2026-10", "x", opened=found.buckets)
    assert sum(len(items) for items in answer.opened.values()) < 10
    assert [one.place for one in compare(tree, texts, answer).items] == [place_of("key-77")]


def test_a_file_that_contradicts_itself_is_refused() -> None:
    tree, texts = tree_of({f"key-{number}": "on_time" for number in range(40)})
    prefix = tree.items[0].place[:1]
    whole = as_json(digest_of(tree, "CN-ES", "2026-10", "x", opened=[prefix], texts=texts))
    assert from_json(whole, "whole").root == tree.root

    def refused(change: object, why: str) -> None:
        document = copy.deepcopy(whole)
        change(document)  # type: ignore[operator]
        with pytest.raises(UsageError, match=why):
            from_json(document, "theirs.json")

    refused(lambda d: d["buckets"][prefix].update(hash="0" * 64), "do not hash to the root")
    refused(lambda d: d["buckets"][prefix].update(items=99), "as many items as it says")
    refused(lambda d: d["opened"][prefix].pop(), "do not hash to it")
    refused(lambda d: d["opened"][prefix].clear(), "without its items")
    refused(lambda d: d["opened"][prefix][0].update(verdict="0" * 64), "do not hash to it")
    refused(
        lambda d: d["opened"][prefix][0]["fields"].update(outcome="lost"), "hash to its verdict"
    )
    refused(lambda d: d.update(format="digest/9"), "no digest file")
    refused(lambda d: d.pop("root"), "no digest file")
