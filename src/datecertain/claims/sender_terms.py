"""The sender's terms of many items, each distinct lane and acceptance day looked up once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.claims.columns import codes, numbers, take_texts, texts
from datecertain.moments import Ints, Mask
from datecertain.network import Network, Scope


@dataclass(frozen=True, slots=True)
class _Lane:
    origin: str
    destination: str
    day: int


class SenderTerms:
    """What the origin posts publish, per row of a table with `origin`, `destination` and
    `accepted_date`."""

    def __init__(self, network: Network, rows: pa.Table) -> None:
        self._terms = network.terms
        origins, origin = codes(texts(rows, "origin"))
        destinations, destination = codes(texts(rows, "destination"))
        day = numbers(rows, "accepted_date")
        lane = origin * max(len(destinations), 1) + destination
        # np.unique over pairs packed in one word; days before 1970 do not occur in acceptance.
        packed, self._lane_of = np.unique((lane << 32) | day, return_inverse=True)
        self.origins, self.origin = origins, origin
        self._lanes = [
            _Lane(
                origins[(int(word) >> 32) // len(destinations)],
                destinations[(int(word) >> 32) % len(destinations)],
                int(word) & 0xFFFFFFFF,
            )
            for word in packed
        ]

    def _per_lane(self, term: str) -> list[Any]:
        return [
            self._terms.value(Scope.SENDER, term, lane.origin, lane.destination, lane.day)
            for lane in self._lanes
        ]

    def numbers(self, term: str) -> Ints:
        """A term that is a number."""
        return np.array(self._per_lane(term), dtype=np.int64)[self._lane_of]

    def text(self, term: str) -> pa.StringArray:
        """A term that is a word."""
        return take_texts(tuple(str(value) for value in self._per_lane(term)), self._lane_of)

    def source(self, term: str) -> pa.StringArray:
        """Where the row that decides a term comes from."""
        sources = tuple(
            self._terms.row(Scope.SENDER, term, lane.origin, lane.destination, lane.day).source
            for lane in self._lanes
        )
        return take_texts(sources, self._lane_of)

    def is_value(self, term: str, value: str | bool) -> Mask:
        """Where a term has a value."""
        return np.array([found == value for found in self._per_lane(term)], bool)[self._lane_of]

    def spans(self, term: str) -> tuple[Ints, pa.StringArray]:
        """(numbers, what they count) of a term that is a span of time."""
        found = self._per_lane(term)
        number = np.array([one.number for one in found], dtype=np.int64)[self._lane_of]
        return number, take_texts(tuple(str(one.counts) for one in found), self._lane_of)
