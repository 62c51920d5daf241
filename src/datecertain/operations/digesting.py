"""Digests of a month per pair of posts, and the comparison with a partner's (req 67)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound, UsageError
from datecertain.moments import format_utc
from datecertain.operations.judging import current_verdicts
from datecertain.operations.judging_log import last_judging
from datecertain.operations.judging_units import judge_unit, judging_units
from datecertain.operations.networks import current_network, demand_posts
from datecertain.store import Workspace
from datecertain.tracking.events import audience
from datecertain.verdict.digest import (
    PRIVATE,
    ItemHash,
    PrefixTree,
    canonical_texts,
    item_hashes,
)
from datecertain.verdict.digest_files import Comparison, Digest, compare, digest_of


@dataclass(frozen=True, slots=True)
class PairRoot:
    """The root of one pair: `pair` is `CN-ES`, in order of the alphabet."""

    pair: str
    items: int
    root: str


@dataclass(frozen=True, slots=True)
class PeriodRoots:
    """The roots of a month, pair by pair, and the private one over everything besides."""

    period: str
    as_of: str
    pairs: tuple[PairRoot, ...]
    private: PairRoot


def demand_pair(text: str) -> str:
    """A pair as it is written here. Raises `UsageError` for anything but two different posts."""
    posts = text.upper().replace("+", "-").split("-")
    if len(posts) != 2 or posts[0] == posts[1] or not all(posts):
        raise UsageError(f"{text!r} is no pair of posts: write two of them, such as CN-ES")
    return audience(*posts).replace("+", "-")


def period_roots(workspace: Workspace, period: str, as_of: int | None = None) -> PeriodRoots:
    """The root of every pair that shares items of a month, as of the moment of its last judging or
    of another one (then judged anew, and not written).

    Raises `NotFound` when the month was never judged.
    """
    moment = _as_of(workspace, period, as_of)
    shared: dict[str, list[ItemHash]] = {}
    private: list[ItemHash] = []
    for verdicts in _verdicts(workspace, period, moment):
        for pair, item in zip(_pairs(verdicts).to_pylist(), item_hashes(verdicts), strict=True):
            shared.setdefault(pair, []).append(item)
        private += item_hashes(verdicts, PRIVATE)
    roots = [
        PairRoot(pair, len(items), PrefixTree.of(items).root)
        for pair, items in sorted(shared.items())
        if len(set(pair.split("-"))) == 2
    ]
    own = PairRoot("", len(private), PrefixTree.of(private).root)
    return PeriodRoots(period, format_utc(moment), tuple(roots), own)


@dataclass(frozen=True, slots=True)
class PairVerdicts:
    """A pair's shared verdicts of a month: the tree, and the canonical text of each item by its
    place in it."""

    pair: str
    period: str
    as_of: str
    tree: PrefixTree
    texts: Mapping[str, str]

    def digest(self) -> Digest:
        """The file to send first."""
        return digest_of(self.tree, self.pair, self.period, self.as_of)

    def answer(self, other: Digest, *, fields: bool) -> Digest:
        """The file to send back: the buckets in which `other` differs, opened; with the fields of
        the verdicts if they are to be told."""
        differing = compare(self.tree, self.texts, other).buckets
        return digest_of(
            self.tree, self.pair, self.period, self.as_of, depth=other.depth, opened=differing,
            texts=self.texts if fields else None,
        )  # fmt: skip

    def compared_with(self, other: Digest) -> Comparison:
        """Where the two differ. Raises `UsageError` for a digest of another pair or month."""
        if (other.pair, other.period) != (self.pair, self.period):
            raise UsageError(
                f"the file is of {other.pair} in {other.period}, not of {self.pair} in "
                f"{self.period}"
            )
        return compare(self.tree, self.texts, other)


def pair_verdicts(
    workspace: Workspace, period: str, pair: str, as_of: int | None = None
) -> PairVerdicts:
    """The shared verdicts of a pair in a month; see `period_roots` for `as_of` and what is raised,
    besides `NotFound` for a post that neither has verdicts nor is known."""
    moment = _as_of(workspace, period, as_of)
    items: list[ItemHash] = []
    texts: dict[str, str] = {}
    for verdicts in _verdicts(workspace, period, moment):
        mine = verdicts.filter(pc.equal(_pairs(verdicts), pair))
        hashes = item_hashes(mine)
        items += hashes
        told = canonical_texts(mine).to_pylist()
        texts |= {one.place: text for one, text in zip(hashes, told, strict=True)}
    if not items:
        demand_posts(current_network(workspace), *pair.split("-"))
    return PairVerdicts(pair, period, format_utc(moment), PrefixTree.of(items), texts)


def _as_of(workspace: Workspace, period: str, as_of: int | None) -> int:
    last = last_judging(workspace, period)
    if last is None:
        raise NotFound(
            f"{period} was not judged yet: run `datecertain judge --period {period}` first"
        )
    return last.as_of if as_of is None else as_of


def _verdicts(workspace: Workspace, period: str, as_of: int) -> Iterator[pa.Table]:
    """The verdicts of a month as of a moment, unit by unit: those that stand, if they are."""
    last = last_judging(workspace, period)
    stand = last is not None and last.as_of == as_of
    for unit in judging_units(workspace, period):
        if stand:
            yield current_verdicts(workspace, [period], unit)
        else:
            yield judge_unit(workspace, period, unit, as_of)


def _pairs(verdicts: pa.Table) -> pa.ChunkedArray:
    """The pair of each verdict's lane, in order of the alphabet."""
    one, other = verdicts["origin"], verdicts["destination"]
    swapped = pc.greater(one, other)
    first, second = pc.if_else(swapped, other, one), pc.if_else(swapped, one, other)
    return pc.binary_join_element_wise(first, second, "-")
