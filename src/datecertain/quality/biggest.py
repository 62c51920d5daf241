"""The items that lost the most delivery days on one leg at one post's hands (req 50)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.network import CarriageAgreements
from datecertain.quality.report_card import liable_ppm, outcome_codes
from datecertain.verdict.liable import destination_liable
from datecertain.verdict.outcomes import Leg


@dataclass(frozen=True, slots=True)
class LostItem:
    """An item with millionths of a delivery day attributable to a leg at a post's hands."""

    item_id: str
    origin: str
    destination: str
    accepted_on: int
    post: str
    leg: Leg
    ppm: int


def biggest_items(
    verdicts: pa.Table, carriage: CarriageAgreements, causes: list[tuple[str, Leg]], most: int = 3
) -> list[LostItem]:
    """Of each cause (post, leg) the items with the most attributable days, at most so many, the
    most first; of equal ones the number decides. `verdicts`: schema `VERDICTS`."""
    accepted = np.asarray(verdicts["accepted_date"].cast(pa.int64()).to_numpy(), dtype=np.int64)
    by_destination = destination_liable(
        carriage, verdicts["origin"], verdicts["destination"], accepted
    )
    shares = liable_ppm(verdicts, outcome_codes(verdicts["outcome"]))
    found = list[LostItem]()
    for post, leg in causes:
        mine = np.where(
            by_destination[:, leg],
            _is(verdicts["destination"], post), _is(verdicts["origin"], post),
        ).astype(bool)  # fmt: skip
        ppm = np.where(mine, shares[leg], 0)
        rows = np.flatnonzero(ppm)
        some = verdicts.take(pa.array(rows)).select(("item_id", "origin", "destination"))
        some = some.append_column("ppm", pa.array(ppm[rows]))
        some = some.append_column("accepted_on", pa.array(accepted[rows]))
        some = some.sort_by([("ppm", "descending"), ("item_id", "ascending")]).slice(0, most)
        found += [
            LostItem(row["item_id"], row["origin"], row["destination"], row["accepted_on"], post,
                     leg, row["ppm"])
            for row in some.to_pylist()
        ]  # fmt: skip
    return found


def _is(column: pa.ChunkedArray, post: str) -> Ints:
    return np.asarray(pc.equal(column, post).cast(pa.int64()).to_numpy(), dtype=np.int64)
