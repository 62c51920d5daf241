"""The acceptance facts that a verdict starts from, as columns of one length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.verdict.case_rules import Asked


@dataclass(frozen=True, slots=True)
class ItemsToJudge:
    """Acceptance facts as columns of one length; texts are Arrow string arrays."""

    item_key: pa.StringArray
    item_id: pa.StringArray
    origin: pa.StringArray
    destination: pa.StringArray
    origin_area: Ints  # index in the network's areas; -1 unknown
    destination_area: Ints
    accepted_at: Ints
    accepted_date: Ints
    told_on: Ints  # the date told to the sender; NO_DUE: none
    standard_on: Ints  # the date that the network gives, buffer included; NO_DUE: none
    quote_status: pa.StringArray
    quote_reason: pa.StringArray
    asked: Asked | None = None  # what a declared case may be limited to

    def rows(self, rows: slice) -> ItemsToJudge:
        """A stretch of the items; nothing is copied."""
        columns: Iterator[Any] = (getattr(self, name) for name in self.__slots__)
        stretch: Iterator[Any] = (None if one is None else one[rows] for one in columns)
        return ItemsToJudge(*stretch)

    def some(self, index: Ints) -> ItemsToJudge:
        """Some of the items, in this order."""
        chosen = pa.array(index)

        def part(column: Any) -> Any:
            if isinstance(column, pa.Array):
                return column.take(chosen)
            if isinstance(column, Asked):
                return column.rows(index)
            return None if column is None else column[index]

        return ItemsToJudge(*(part(getattr(self, name)) for name in self.__slots__))

    def beside(self, others: ItemsToJudge) -> ItemsToJudge:
        """These items and then the others."""

        def both(one: Any, other: Any) -> Any:
            if isinstance(one, pa.Array):
                return pa.concat_arrays([one, other])
            if isinstance(one, Asked):
                return Asked(*(both(getattr(one, name), getattr(other, name))
                               for name in one.__slots__))  # fmt: skip
            return None if one is None else np.concatenate([one, other])

        return ItemsToJudge(
            *(both(getattr(self, name), getattr(others, name)) for name in self.__slots__)
        )

    def lane_posts(self, posts: Sequence[str]) -> tuple[Ints, Ints]:
        """Origin and destination as indices into a list of posts; -1 for one that is not there."""
        known = pa.array(posts, pa.string())

        def index(column: pa.StringArray) -> Ints:
            found = pc.index_in(column, known).fill_null(-1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)

        return index(self.origin), index(self.destination)
