"""Explaining one item by running the bulk rule on its row.

Nothing is read but the rows of that item number, by its bucket and its place in the files, so that
the answer takes as long in a workspace of one month as in one of ten years.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import format_date
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import (
    JUDGED_COLUMNS,
    current_items,
    episode_of,
    event_months,
    inquired_by,
    item_rows,
    known_cases,
    numbered,
    scanned,
    to_judge,
)
from datecertain.operations.inquired import first_asked
from datecertain.operations.judging import standing_verdicts
from datecertain.operations.movements import carried_told, handover_of
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import EVENTS_TABLE, VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.after_inquiry import in_force
from datecertain.verdict.basis import (
    AcceptanceFact,
    Basis,
    MilestoneScan,
    cases_that_excuse,
    in_order,
)
from datecertain.verdict.explaining import Explanation, explain
from datecertain.verdict.handover import with_handover
from datecertain.verdict.judging import Judgement, judge


def explain_item(
    workspace: Workspace, number: str, as_of: int | None, clock: Clock, towards: str = "between",
    accepted_on: int | None = None, items: pa.Table | None = None,
) -> Explanation:  # fmt: skip
    """The verdict of one acceptance of an item number, told: the latest, or the one of a local
    date at the origin.

    `as_of` None: the moment of its stored verdict, or now if it was not judged yet. `items`: the
    number's `acceptances`, where somebody has read them.
    Raises `NotFound` for a number that is malformed or was never accepted here, or not on that day.
    """
    (told,) = explain_sides(workspace, number, as_of, clock, (towards,), accepted_on, items)
    return told


def explain_sides(
    workspace: Workspace, number: str, as_of: int | None, clock: Clock, sides: Sequence[str],
    accepted_on: int | None = None, items: pa.Table | None = None,
) -> list[Explanation]:  # fmt: skip
    """`explain_item` towards each of some sides, judged once."""
    items = acceptances(workspace, number) if items is None else items
    place = _place(items, accepted_on)
    item, records = items.slice(place, 1), items.to_pylist()
    row = records[place]
    moment = as_of if as_of is not None else _judged_as_of(workspace, row) or clock.now()
    network = network_of_version(workspace, row["network_version"])
    months = event_months(row["month"])
    events = item_rows(workspace, EVENTS_TABLE, row["item_id"], months, _EVENT)
    judged = to_judge(network, item)
    asked_at = first_asked(workspace, numbered(item)) if in_force(network) else None
    inquired = None if asked_at is None else inquired_by(network, judged, np.array([asked_at]))
    own = scanned(network, item, judged, [lambda: events], moment, inquired)
    handed = handover_of(workspace, network, item, judged, own, moment)
    found = own if handed is None else with_handover(own, handed[0])
    cases = known_cases(workspace, network, moment)

    def judge_with(some: Sequence[ForceMajeureCase]) -> Judgement:
        return judge(network, judged, found, some, moment)

    judgement = judge_with(cases)
    near = [case for case in cases if _touches(case, row, moment)]
    credible = tuple(in_order(list(_scans(events, records, place, moment))))
    others = tuple(
        record["accepted_date"] for number, record in enumerate(records) if number != place
    )
    told = []
    for towards in sides:
        basis = Basis(
            as_of=moment, accepted=AcceptanceFact.of(row), scans=credible,
            cases=tuple(cases_that_excuse(near, judge_with, towards)),
            other_acceptances=others, inquired_at=asked_at,
        )  # fmt: skip
        side = judgement.sender if towards == "sender" else judgement.between
        carried = carried_told(
            workspace, network, item, judged, handed, side.replay, judgement.clocks[1], events,
            moment,
        )  # fmt: skip
        told.append(explain(network, judged, found, judgement, 0, basis, towards, carried))
    return told


#: What the explanation shows of an acceptance beside what judging needs.
_RECORD = (*JUDGED_COLUMNS, "accepted_min", "source", "line")
#: What milestones need of an event, and what proves it.
_EVENT = ("item_id", *(field.name for field in fields(MilestoneScan)))


def acceptances(workspace: Workspace, number: str, more: Sequence[str] = ()) -> pa.Table:
    """All acceptances of a number, in order of time, with some columns beside those that an
    explanation needs. Raises `NotFound`."""
    parsed = ItemNumber.parse(number)
    if isinstance(parsed, Defect):
        raise NotFound(f"{number!r} is no item number: {parsed.detail}")
    columns = tuple(dict.fromkeys((*_RECORD, *more)))
    items = current_items(workspace, None, str(parsed), columns=columns)
    if not len(items):
        raise without_record(str(parsed))
    return items.sort_by("accepted_at")


def without_record(number: str) -> NotFound:
    """What is said of a number without an acceptance record, or without one that may be seen."""
    return NotFound(
        f"{number} has no acceptance record here: without one there is no guarantee (ask the "
        "origin post, or ingest its acceptance file)"
    )


def _place(items: pa.Table, accepted_on: int | None) -> int:
    """The row of the acceptance of a day; of the latest where none is asked for."""
    days = items["accepted_date"].to_pylist()
    if accepted_on is None:
        return len(days) - 1
    if accepted_on not in days:
        raise NotFound(
            f"{items['item_id'][0]} was not accepted on {format_date(accepted_on)}; acceptances "
            f"here: {', '.join(format_date(day) for day in days)}"
        )
    return int(days.index(accepted_on))


def _judged_as_of(workspace: Workspace, row: Mapping[str, Any]) -> int | None:
    verdicts = item_rows(
        workspace, VERDICTS_TABLE, row["item_id"], [row["month"]],
        ("item_key", "batch_id", "judged_as_of"),
    )  # fmt: skip
    mine = verdicts.filter(pc.equal(verdicts["item_key"], row["item_key"]))
    if len(mine) > 1:
        mine = standing_verdicts(workspace, mine)
    return int(mine["judged_as_of"][0].as_py()) if len(mine) else None


def _scans(
    events: pa.Table, records: Sequence[Mapping[str, Any]], place: int, as_of: int
) -> Iterator[MilestoneScan]:  # fmt: skip
    """The events of one of a number's acceptances, as known at a moment."""
    for row in events.drop_columns(["item_id"]).to_pylist():
        known = row["event_at"] <= as_of and row["transmitted_at"] <= as_of
        if known and episode_of(row["event_at"], records) == place:
            yield MilestoneScan(**row)


def _touches(case: ForceMajeureCase, row: Mapping[str, Any], as_of: int) -> bool:
    """Whether a case can have anything to do with an item: its posts, and its time."""
    posts = (row["origin"], row["destination"])
    return case.post in posts and case.to_at > row["accepted_at"] and case.from_at < as_of
