"""What judgings tell: items that are late now, and verdicts that came out otherwise (req 22, 53).

A judging is looked at as a whole, column by column. Where it made more items of a pair late than
the limit, one row tells how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, select

from datecertain.moments import DAY, format_date
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happening_limits import limits_on
from datecertain.operations.judging import with_places
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.store.happening_book import Found
from datecertain.store.records import batches, judgings
from datecertain.verdict.outcomes import Outcome

#: The mark of judgings: the place of the last batch that was looked at.
MARK = "judgings"
LATE = (Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)
_COLUMNS = [
    "item_key", "item_id", "owner", "audience", "origin", "destination", "accepted_date",
    "outcome", "outcome_reason", "sender_outcome", "promised_on", "stopped_on", "days_late",
    "days_liable", "batch_id",
]  # fmt: skip
#: Where these differ, a decided item was judged otherwise.
_DECISIVE = ("outcome", "sender_outcome", "days_liable")
_DAYS = ("accepted_date", "promised_on", "stopped_on")


def verdicts_found(
    connection: Connection, marks: Mapping[str, int], workspace: Workspace, now: int
) -> Found:
    """What the first judging after the mark tells; judgings from before the first look are not
    told: what they found stands in the reports."""
    if MARK not in marks:
        last = connection.execute(select(func.max(batches.c.published_seq)).join(judgings)).scalar()
        return Found((), {MARK: last or 0})
    query = (
        select(judgings, batches.c.published_seq, batches.c.created_at)
        .join(batches, batches.c.batch_id == judgings.c.batch_id)
        .where(batches.c.published_seq > marks[MARK])
        .order_by(batches.c.published_seq, judgings.c.period)
    )
    rows = connection.execute(query).all()
    first = [row for row in rows if row.published_seq == rows[0].published_seq]
    told = [row for one in first for row in _of_judging(workspace, one, now)]
    return Found(told, {MARK: first[0].published_seq} if first else {})


def _of_judging(workspace: Workspace, judging: Any, now: int) -> Iterator[dict[str, Any]]:
    mine = pc.field("batch_id") == judging.batch_id
    if not judging.superseding:  # the first time: what is on time tells nothing
        mine &= pc.field("outcome").isin([str(one) for one in LATE])
    facts = workspace.facts(VERDICTS_TABLE)
    new = facts.arrow(_COLUMNS, mine, months=[judging.period]).combine_chunks()
    if not len(new):
        return
    before = _before(workspace, new, judging) if judging.superseding else new.slice(0, 0)
    index = pc.index_in(new["item_key"], before["item_key"].combine_chunks())
    late = _is_late(new["outcome"]) & ~_is_late(before["outcome"].take(index))
    decided = index.is_valid().to_numpy(zero_copy_only=False) & ~_is(
        before["outcome"].take(index), [Outcome.PENDING]
    )
    differs = np.zeros(len(new), dtype=bool)
    for name in _DECISIVE:
        was = pc.fill_null(before[name].take(index), "" if name != "days_liable" else -1)
        is_now = pc.fill_null(new[name], "" if name != "days_liable" else -1)
        differs |= pc.not_equal(was, is_now).to_numpy(zero_copy_only=False)
    new = new.append_column("was", before["outcome"].take(index))
    new = new.append_column("days_liable_was", before["days_liable"].take(index))
    yield from _told(new.filter(pa.array(late)), Kind.LATE, judging, now)
    yield from _told(new.filter(pa.array(decided & differs)), Kind.VERDICT_CHANGED, judging, now)


def _before(workspace: Workspace, new: pa.Table, judging: Any) -> pa.Table:
    """The verdicts that stood before a judging of the items that it judged anew, one each."""
    wanted = pc.is_in(pc.field("item_key"), new["item_key"].combine_chunks())
    rows = workspace.facts(VERDICTS_TABLE).arrow(_COLUMNS, wanted, months=[judging.period])
    rows = with_places(workspace, rows.combine_chunks())
    rows = rows.filter(pc.less(rows["seq"], judging.published_seq))
    rows = rows.sort_by([("item_key", "ascending"), ("seq", "descending")])
    keys = rows["item_key"].combine_chunks()
    first = np.ones(len(rows), dtype=bool)
    if len(rows):
        first[1:] = pc.not_equal(keys[1:], keys[:-1]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(first))


def _is_late(outcomes: pa.ChunkedArray) -> Any:
    return _is(outcomes, LATE)


def _is(outcomes: pa.ChunkedArray, wanted: Any) -> Any:
    found = pc.is_in(outcomes, pa.array([str(one) for one in wanted]))
    return found.to_numpy(zero_copy_only=False)


def _told(rows: pa.Table, kind: Kind, judging: Any, now: int) -> Iterator[dict[str, Any]]:
    most = limits_on(judging.created_at // DAY).of_a_run
    for audience in sorted(pc.unique(rows["audience"]).to_pylist()):
        mine = rows.filter(pc.equal(rows["audience"], audience))
        row = {
            "audience": audience, "kind": str(kind), "version": judging.batch_id,
            "at": judging.created_at, "told_at": now,
        }  # fmt: skip
        if len(mine) > most:
            body = {"period": judging.period, "audience": audience, "items": len(mine)}
            owner = mine["owner"][0].as_py()
            subject = f"{audience} {judging.period}"
            yield row | {"owner": owner, "subject": subject, "body": body}
            continue
        for one in mine.to_pylist():
            yield row | {"owner": one["owner"], "subject": one["item_key"], "body": _body(one)}


def _body(one: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: None if one[name] is None else format_date(one[name]) for name in _DAYS}
    return {
        "item": one["item_id"], "origin": one["origin"], "destination": one["destination"],
        **days, "state": one["outcome"], "was": one["was"], "sender_state": one["sender_outcome"],
        "days_late": one["days_late"], "days_liable": one["days_liable"],
        "days_liable_was": one["days_liable_was"],
    }  # fmt: skip
