"""The terms of each item, looked up once per lane between two changes of the terms."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Network, Scope


class LaneTerms:
    """Terms per item; each lane is looked up once between two changes of the terms."""

    def __init__(self, network: Network, origin: Ints, destination: Ints, day: Ints) -> None:
        self._terms = network.terms
        posts = list(network.posts)
        # Days between two changes of the terms are one to them.
        epoch = np.searchsorted(np.array(network.terms.changes()), day, side="right")
        packed = ((origin * len(posts) + destination) << 32) | epoch
        _, first, self._lane_of = np.unique(packed, return_index=True, return_inverse=True)
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

    def _spread(self, values: list[Any], kind: type) -> Any:
        return np.array(values, dtype=kind)[self._lane_of]

    def numbers(self, scope: Scope, term: str) -> Ints:
        values = [int(self._terms.value(scope, term, *lane)) for lane in self._lanes]
        return np.asarray(self._spread(values, np.int64), dtype=np.int64)

    def is_value(self, scope: Scope, term: str, value: object) -> Mask:
        values = [self._terms.value(scope, term, *lane) == value for lane in self._lanes]
        return np.asarray(self._spread(values, bool), dtype=bool)

    def sides_differ(self, names: Sequence[str]) -> Mask:
        """Where any of the terms has another value towards the sender than between the posts."""
        found = [
            any(
                self._terms.value(Scope.SENDER, name, *lane)
                != self._terms.value(Scope.RELATION, name, *lane)
                for name in names
            )
            for lane in self._lanes
        ]
        return np.asarray(self._spread(found, bool), dtype=bool)

    def holds(self, scope: Scope, term: str, texts: Sequence[str], item: Ints, text: Ints) -> Mask:
        """Per row whether a text (an index into `texts`; -1: none) is in the set that the term
        holds for the row's item."""
        sets = [self._terms.value(scope, term, *lane) for lane in self._lanes]
        within = np.array([[one in known for one in texts] + [False] for known in sets], dtype=bool)
        return np.asarray(within[self._lane_of[item], text], dtype=bool)
