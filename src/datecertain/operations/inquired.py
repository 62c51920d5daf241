"""When somebody first asked for an item: the earliest inquiry or claim about it (req 75)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw
import pyarrow as pa
from sqlalchemy import func, select

from datecertain.moments import UNKNOWN
from datecertain.operations.frames import collected
from datecertain.store import Workspace
from datecertain.store.case_records import inquiries
from datecertain.store.claim_records import claim_cases

#: When each was opened, as the asking post or the claimant did it.
_OPENED = ((inquiries, inquiries.c.opened_at), (claim_cases, claim_cases.c.asked_at))
#: So many numbers are asked for by name; of more, all inquiries are read.
_BY_NAME = 500


def asked_for(workspace: Workspace, numbers: Collection[str] | None = None) -> pa.Table:
    """`item_id, opened_at` of the inquiries and claims about some item numbers, or about any."""
    found: list[tuple[str, int]] = []
    with workspace.reading() as view:
        for table, opened_at in _OPENED:
            query = select(table.c.item_id, opened_at)
            if numbers is not None and len(numbers) <= _BY_NAME:
                query = query.where(table.c.item_id.in_(numbers))
            found += [(row[0], row[1]) for row in view.connection.execute(query)]
    return pa.table(
        {
            "item_id": pa.array([number for number, _ in found], pa.string()),
            "opened_at": pa.array([at for _, at in found], pa.int64()),
        }
    )


def first_asked(workspace: Workspace, item: pa.Table) -> int | None:
    """When somebody first asked for one acceptance (columns as for `with_inquiries`)."""
    asked = asked_for(workspace, item["item_id"].to_pylist())
    if not len(asked):
        return None
    frame = with_inquiries(nw.from_native(item).lazy(), nw.from_native(asked).lazy())
    at = int(collected(frame)["inquired_at"][0].as_py())
    return None if at == UNKNOWN else at


def inquiries_pinned(workspace: Workspace) -> list[str]:
    """How many inquiries and claims there are, where there are any: rows are only ever added."""
    with workspace.reading() as view:
        counts = [
            view.connection.execute(select(func.count()).select_from(table)).scalar()
            for table, _ in _OPENED
        ]
    return [f"inquiries:{counts[0]}", f"claims:{counts[1]}"] if any(counts) else []


def with_inquiries(
    items: nw.LazyFrame[Any], asked: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:  # fmt: skip
    """The items with `inquired_at`: when somebody first asked for this acceptance; UNKNOWN where
    nobody did. `items`: item_row, item_id, accepted_at, next_at and others; `asked`: the rows of
    `asked_for`."""
    first = (
        items.select("item_row", "item_id", "accepted_at", "next_at")
        .join(asked, on="item_id", how="inner")
        .filter(
            (nw.col("opened_at") >= nw.col("accepted_at"))
            & (nw.col("opened_at") < nw.col("next_at"))
        )
        .group_by("item_row")
        .agg(nw.col("opened_at").min().alias("inquired_at"))
    )
    joined = items.join(first, on="item_row", how="left")
    return joined.with_columns(nw.col("inquired_at").fill_null(int(UNKNOWN)))
