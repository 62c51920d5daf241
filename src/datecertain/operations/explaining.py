"""Explaining one item by running the bulk rule on its row."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.identifiers import Defect, ItemNumber
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items, to_judge
from datecertain.operations.judging import current_verdicts, judge_one
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation, explain


def explain_item(
    workspace: Workspace, number: str, as_of: int | None, clock: Clock, towards: str = "between"
) -> Explanation:
    """The verdict of an item's latest acceptance episode, told.

    `as_of` None: the moment of its stored verdict, or now if it was not judged yet.
    Raises `NotFound` for a number that is malformed or was never accepted here.
    """
    parsed = ItemNumber.parse(number)
    if isinstance(parsed, Defect):
        raise NotFound(f"{number!r} is no item number: {parsed.detail}")
    item_id = str(parsed)
    items = current_items(workspace, None, item_id)
    if not len(items):
        raise NotFound(
            f"{item_id} has no acceptance record here: without one there is no guarantee (ask the "
            "origin post, or ingest its acceptance file)"
        )
    latest = items.slice(len(items) - 1, 1)
    moment = as_of if as_of is not None else _judged_as_of(workspace, latest) or clock.now()
    network, judgement = judge_one(workspace, latest, moment)
    return explain(network, to_judge(network, latest), judgement, 0, towards)


def _judged_as_of(workspace: Workspace, item: pa.Table) -> int | None:
    row = item.to_pylist()[0]
    verdicts = current_verdicts(workspace, [row["month"]], [row["bucket"]])
    mine = verdicts.filter(pc.equal(verdicts["item_key"], row["item_key"]))
    return int(mine["judged_as_of"][0].as_py()) if len(mine) else None
