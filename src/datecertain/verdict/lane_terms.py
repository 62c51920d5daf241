"""The terms and exclusions of each item, looked up once per lane between two of their changes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import lru_cache
from typing import Any

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Mode, Network, Scope
from datecertain.network.exclusions import Evidence
from datecertain.network.terms import TERMS

#: The terms that decide a verdict: those that have a meaning in either scope.
_COMPARED = tuple(name for name, term in TERMS.items() if len(term.scopes) == len(Scope))


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
        packed = ((origin * len(posts) + destination) << 32) | epoch
        lanes, first, self._lane_of = np.unique(packed, return_index=True, return_inverse=True)
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

    def _spread(self, values: list[Any], kind: type) -> Any:
        return np.array(values, dtype=kind)[self._lane_of]

    def _values(self, scope: Scope, term: str) -> list[Any]:
        if (scope, term) not in self._known:
            self._known[scope, term] = [self._terms.value(scope, term, *one) for one in self._lanes]
        values: list[Any] = self._known[scope, term]
        return values

    def numbers(self, scope: Scope, term: str) -> Ints:
        values = [int(value) for value in self._values(scope, term)]
        return np.asarray(self._spread(values, np.int64), dtype=np.int64)

    def is_value(self, scope: Scope, term: str, *values: object) -> Mask:
        """Where a term has one of the values."""
        found = [value in values for value in self._values(scope, term)]
        return np.asarray(self._spread(found, bool), dtype=bool)

    def chosen(self, scope: Scope, term: str, options: Sequence[object]) -> Ints:
        """The place of the term's value among the options."""
        places = [options.index(value) for value in self._values(scope, term)]
        return np.asarray(self._spread(places, np.int64), dtype=np.int64)

    def sides_differ(self, names: Sequence[str]) -> Mask:
        """Where any of the terms has another value towards the sender than between the posts."""
        sides = [
            zip(self._values(Scope.SENDER, name), self._values(Scope.RELATION, name), strict=True)
            for name in names
        ]
        found = [any(told != agreed for told, agreed in lane) for lane in zip(*sides, strict=True)]
        return np.asarray(self._spread(found, bool), dtype=bool)

    def holds(self, scope: Scope, term: str, texts: Sequence[str], item: Ints, text: Ints) -> Mask:
        """Per row whether a text (an index into `texts`; -1: none) is in the set that the term
        holds for the row's item. A set with `*` in it holds every text, and none too."""
        sets = self._values(scope, term)
        within = np.array(
            [
                [True] * (len(texts) + 1) if "*" in known
                else [one in known for one in texts] + [False]
                for known in sets
            ], dtype=bool,
        ).reshape(len(sets), len(texts) + 1)  # fmt: skip
        return np.asarray(within[self._lane_of[item], text], dtype=bool)

    # --- exclusions -----------------------------------------------------------------------

    def _exclusions(self, scope: Scope) -> list[dict[str, tuple[Mode, Evidence]]]:
        if scope not in self._known:
            self._known[scope] = [self._catalogue.of_lane(scope, *lane) for lane in self._lanes]
        found: list[dict[str, tuple[Mode, Evidence]]] = self._known[scope]
        return found

    def has_evidence(self, scope: Scope, word: str, exclusion: str = "") -> Mask:
        """Where an exclusion (that one, if one is named) works by the evidence of a word."""
        found = [
            any(
                word in evidence.words and exclusion in ("", name)
                for name, (_, evidence) in lane.items()
            )
            for lane in self._exclusions(scope)
        ]
        return np.asarray(self._spread(found, bool), dtype=bool)

    def named(self, scope: Scope, code: str) -> list[tuple[str, Mode]]:
        """The exclusions, each with a mode, that events of a code prove on any of the lanes."""
        found = {
            (name, mode)
            for lane in self._exclusions(scope)
            for name, (mode, evidence) in lane.items()
            if code in evidence.events
        }
        return sorted(found)

    def proves(
        self, scope: Scope, exclusion: tuple[str, Mode], code: str, reasons: Sequence[str],
        item: Ints, reason: Ints,
    ) -> Mask:  # fmt: skip
        """Per event of a code whether it proves the exclusion, working in that mode, for its item.
        `reason`: index into `reasons`; -1: none."""
        within = np.zeros((len(self._lanes), len(reasons) + 1), dtype=bool)
        for place, lane in enumerate(self._exclusions(scope)):
            mode, evidence = lane.get(exclusion[0], (Mode.NO, None))
            if mode != exclusion[1] or evidence is None or code not in evidence.events:
                continue
            codes = evidence.events[code]
            within[place] = [not codes or one in codes for one in reasons] + [not codes]
        return np.asarray(within[self._lane_of[item], reason], dtype=bool)

    def exclusions_differ(self) -> Mask:
        """Where the catalogue works otherwise towards senders than between the posts."""
        pairs = zip(self._exclusions(Scope.SENDER), self._exclusions(Scope.RELATION), strict=True)
        return np.asarray(self._spread([a != b for a, b in pairs], bool), dtype=bool)
