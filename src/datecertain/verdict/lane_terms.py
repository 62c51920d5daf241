"""The terms and exclusions of each item, looked up once per lane between two of their changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Mode, Network, Scope
from datecertain.network.exclusions import Evidence
from datecertain.rowwise import distinct

T = TypeVar("T")


@lru_cache(maxsize=256)
def _looked_up(version: str, lanes: bytes) -> dict[Any, Any]:
    """What was looked up for these lanes between two changes, for the next items of the same: a
    network of one version never changes."""
    return {}


class LaneTerms:
    """Terms per item; each lane is looked up once between two changes of the terms."""

    def __init__(self, network: Network, origin: Ints, destination: Ints, day: Ints) -> None:
        self._terms, self._catalogue = network.terms, network.exclusions
        posts = list(network.posts)
        # Days between two changes of the terms are one to them.
        changes = sorted({*network.terms.changes(), *network.exclusions.changes()})
        epoch = np.searchsorted(np.array(changes, dtype=np.int64), day, side="right")
        packed = (origin * len(posts) + destination) * (len(changes) + 1) + epoch
        lanes, first, self._lane_of = distinct(packed)
        self._known = _looked_up(network.version, lanes.tobytes())
        self._lanes = [
            (posts[o], posts[d], on)
            for o, d, on in zip(
                origin[first].tolist(), destination[first].tolist(), day[first].tolist(),
                strict=True,
            )
        ]  # fmt: skip

    def rows(self, index: Ints) -> LaneTerms:
        """The terms of some of the items."""
        some = copy(self)
        some._lane_of = self._lane_of[index]
        return some

    def _once(self, key: tuple[Any, ...], look_up: Callable[[], T]) -> T:
        """What is looked up for the lanes, remembered for the next items of the same."""
        if key not in self._known:
            self._known[key] = look_up()
        found: T = self._known[key]
        return found

    def _spread(self, key: tuple[Any, ...], look_up: Callable[[], list[Any]], kind: type) -> Any:
        """What is looked up for the lanes, item by item."""
        return self._once(key, lambda: np.array(look_up(), dtype=kind))[self._lane_of]

    def _values(self, scope: Scope, term: str) -> list[Any]:
        return self._once(
            (scope, term), lambda: [self._terms.value(scope, term, *one) for one in self._lanes]
        )

    def numbers(self, scope: Scope, term: str) -> Ints:
        def look_up() -> list[int]:
            return [int(value) for value in self._values(scope, term)]

        return np.asarray(self._spread(("number", scope, term), look_up, np.int64), dtype=np.int64)

    def is_value(self, scope: Scope, term: str, *values: object) -> Mask:
        """Where a term has one of the values."""

        def look_up() -> list[bool]:
            return [value in values for value in self._values(scope, term)]

        return np.asarray(self._spread(("is", scope, term, values), look_up, bool), dtype=bool)

    def chosen(self, scope: Scope, term: str, options: tuple[object, ...]) -> Ints:
        """The place of the term's value among the options."""

        def look_up() -> list[int]:
            return [options.index(value) for value in self._values(scope, term)]

        key = ("chosen", scope, term, options)
        return np.asarray(self._spread(key, look_up, np.int64), dtype=np.int64)

    def sides_differ(self, names: tuple[str, ...]) -> Mask:
        """Where any of the terms has another value towards the sender than between the posts."""

        def look_up() -> list[bool]:
            told, agreed = (
                list(zip(*(self._values(scope, name) for name in names), strict=True))
                for scope in (Scope.SENDER, Scope.RELATION)
            )
            return [one != other for one, other in zip(told, agreed, strict=True)]

        return np.asarray(self._spread(("differ", names), look_up, bool), dtype=bool)

    def holds(self, scope: Scope, term: str, texts: Sequence[str], item: Ints, text: Ints) -> Mask:
        """Per row whether a text (an index into `texts`; -1: none) is in the set that the term
        holds for the row's item. A set with `*` in it holds every text, and none too."""

        def look_up() -> Mask:
            sets = self._values(scope, term)
            return np.array(
                [
                    [True] * (len(texts) + 1) if "*" in known
                    else [one in known for one in texts] + [False]
                    for known in sets
                ], dtype=bool,
            ).reshape(len(sets), len(texts) + 1)  # fmt: skip

        within = self._once(("holds", scope, term, tuple(texts)), look_up)
        return np.asarray(within[self._lane_of[item], text], dtype=bool)

    # --- exclusions -----------------------------------------------------------------------

    def _exclusions(self, scope: Scope) -> list[dict[str, tuple[Mode, Evidence]]]:
        return self._once(
            (scope,), lambda: [self._catalogue.of_lane(scope, *lane) for lane in self._lanes]
        )

    def has_evidence(self, scope: Scope, word: str, exclusion: str = "") -> Mask:
        """Where an exclusion (that one, if one is named) works by the evidence of a word."""

        def look_up() -> list[bool]:
            return [
                any(
                    word in evidence.words and exclusion in ("", name)
                    for name, (_, evidence) in lane.items()
                )
                for lane in self._exclusions(scope)
            ]

        key = ("evidence", scope, word, exclusion)
        return np.asarray(self._spread(key, look_up, bool), dtype=bool)

    def named(self, scope: Scope, code: str) -> list[tuple[str, Mode]]:
        """The exclusions, each with a mode, that events of a code prove on any of the lanes."""
        return self._once(
            ("named", scope, code),
            lambda: sorted(
                {
                    (name, mode)
                    for lane in self._exclusions(scope)
                    for name, (mode, evidence) in lane.items()
                    if code in evidence.events
                }
            ),
        )

    def proves(
        self, scope: Scope, exclusion: tuple[str, Mode], code: str, reasons: Sequence[str],
        item: Ints, reason: Ints,
    ) -> Mask:  # fmt: skip
        """Per event of a code whether it proves the exclusion, working in that mode, for its item.
        `reason`: index into `reasons`; -1: none."""

        def look_up() -> Mask:
            within = np.zeros((len(self._lanes), len(reasons) + 1), dtype=bool)
            for place, lane in enumerate(self._exclusions(scope)):
                mode, evidence = lane.get(exclusion[0], (Mode.NO, None))
                if mode != exclusion[1] or evidence is None or code not in evidence.events:
                    continue
                codes = evidence.events[code]
                within[place] = [not codes or one in codes for one in reasons] + [not codes]
            return within

        within = self._once(("proves", scope, exclusion, code, tuple(reasons)), look_up)
        return np.asarray(within[self._lane_of[item], reason], dtype=bool)

    def exclusions_differ(self) -> Mask:
        """Where the catalogue works otherwise towards senders than between the posts."""

        def look_up() -> list[bool]:
            sides = (self._exclusions(Scope.SENDER), self._exclusions(Scope.RELATION))
            return [told != agreed for told, agreed in zip(*sides, strict=True)]

        return np.asarray(self._spread(("catalogue",), look_up, bool), dtype=bool)
