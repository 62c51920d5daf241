"""Which post answers for a leg: one rule for all who name it (req 27, 44).

The origin answers for the promise and for its own legs, the destination for its own. For the
transport leg answers who contracted the carriage: the origin, unless the two posts agreed otherwise
(`carriage.csv`, the row that is valid on the acceptance day).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints, Mask
from datecertain.network import CarriageAgreements, Party
from datecertain.verdict.outcomes import Leg

#: Nothing is agreed: the origin contracts all carriage.
NO_AGREEMENTS = CarriageAgreements(())


def liable_posts(
    carriage: CarriageAgreements, origin: str, destination: str, day: int
) -> tuple[str, ...]:
    """The post that answers for each leg, by `Leg`, for items accepted on a day (local date at the
    origin)."""
    answers = _destination_legs(carriage.on(origin, destination, day).transport)
    return tuple(destination if one else origin for one in answers)


def destination_liable(
    carriage: CarriageAgreements, origin: pa.ChunkedArray, destination: pa.ChunkedArray, day: Ints
) -> Mask:
    """[n, legs] whether the destination post of each item answers for the leg; else the origin
    does. `origin`, `destination`: codes of posts (arrays, chunked or not); `day`: of acceptance."""
    posts = sorted({*pc.unique(origin).to_pylist(), *pc.unique(destination).to_pylist()})

    def number(column: pa.ChunkedArray) -> Ints:
        index = pc.index_in(column, value_set=pa.array(posts, pa.string()))
        return np.asarray(index.to_numpy(zero_copy_only=False), dtype=np.int64)

    return legs_of_destination(carriage, number(origin), number(destination), day, posts)


def legs_of_destination(
    carriage: CarriageAgreements, origin: Ints, destination: Ints, day: Ints, posts: Sequence[str]
) -> Mask:
    """The same; posts as indices in `posts`, -1 for one that is not there."""
    found, place = carriage.of_items(origin, destination, day, posts)
    legs = [_destination_legs(one.transport) for one in found]
    return np.array(legs, dtype=bool).reshape(-1, len(Leg))[place]


def _destination_legs(transport: Party) -> tuple[bool, ...]:
    by_destination = {
        Leg.TRANSPORT: transport is Party.DESTINATION, Leg.IMPORT: True, Leg.DELIVERY: True,
    }  # fmt: skip
    return tuple(by_destination.get(leg, False) for leg in Leg)
