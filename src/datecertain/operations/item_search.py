"""Finding items among all that were accepted (req 14, 57): by a part of the number, lane, office,
date, outcome or what is open about them; the latest acceptance first, a page at a time.

Months are looked through backwards, and a page ends after MONTHS of them at the latest, so that an
answer takes as long in a workspace of ten years as in one of a quarter. What is searched of a month
is kept in memory while its facts are the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.access import Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.claims.columns import KeyOrder, rows_in, texts
from datecertain.errors import UsageError
from datecertain.moments import Ints, date_of, parse_date
from datecertain.operations.evidence import in_threads
from datecertain.operations.inquiry_rows import find_inquiries
from datecertain.operations.judging import standing_columns
from datecertain.operations.tables import ITEMS_TABLE, VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.store.claim_records import claim_cases
from datecertain.verdict.outcomes import Outcome

#: So many months of acceptance are looked through for a page, at most.
MONTHS = 3
_ITEM = ("item_key", "item_id", "origin", "destination", "accepted_at", "accepted_date",
         "promised_on", "origin_area", "destination_area", "office", "month")  # fmt: skip
_VERDICT = ("outcome", "sender_outcome", "sender_days_liable", "delivered_on", "inward_office")
#: Places of a verdict or record that a search for an office may mean.
_PLACES = ("origin_area", "destination_area", "office", "inward_office")


class Open(StrEnum):
    """What may be open about an item, or not."""

    ON_THE_WAY = "on_the_way"  # its clock has not stopped
    DELIVERED = "delivered"
    CLAIMED = "claimed"
    ASKED = "asked"  # an inquiry was made


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty: everything. `number` any part of a number; `first` and `last`
    local dates of acceptance; `outcome` towards the sender; `state` one of `Open`."""

    number: str = ""
    origin: str = ""
    destination: str = ""
    office: str = ""
    first: int | None = None
    last: int | None = None
    outcome: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of items, the latest acceptance first. `next` asks for the one after it, None: there
    is none; `from_month` is the earliest month that was looked through, empty: nothing was."""

    rows: tuple[dict[str, Any], ...]
    next: str | None
    from_month: str


def search_items(
    workspace: Workspace, wanted: Wanted, viewer: Viewer, after: str = "", limit: int = 50
) -> Found:
    """A page of the items that are looked for, of those that the viewer may see. Raises
    `UsageError` for an `after` that no page gave."""
    begin = _place(after)
    months = _months(workspace, wanted, begin)
    numbers = _numbers(workspace, wanted, viewer)
    found: list[dict[str, Any]] = []
    for month in months[:MONTHS]:
        searched = _searched(workspace, month)
        place = begin[1:] if begin is not None and month == begin[0] else None
        places = _places(searched, wanted, viewer, numbers, place)[: limit + 1 - len(found)]
        found += searched.take(places).to_pylist()
        if len(found) > limit:
            last = found[limit - 1]
            onward = f"{last['month']}_{last['accepted_at']}_{last['item_key']}"
            return Found(tuple(found[:limit]), onward, month)
    more = f"{months[MONTHS]}__" if len(months) > MONTHS else None
    return Found(tuple(found), more, months[:MONTHS][-1] if months else "")


def every_item(
    workspace: Workspace, wanted: Wanted, viewer: Viewer, most: int
) -> Iterator[dict[str, Any]]:
    """All items that are looked for, up to so many."""
    after: str | None = ""
    while after is not None and most > 0:
        page = search_items(workspace, wanted, viewer, after, min(most, 5_000))
        yield from page.rows
        most, after = most - len(page.rows), page.next


def latest_month(workspace: Workspace) -> str:
    """The latest month of acceptance of which items are known; empty: there are none."""
    return max(workspace.facts(ITEMS_TABLE).months, default="")


def _place(after: str) -> tuple[str, int | None, str] | None:
    if not after:
        return None
    month, *rest = after.split("_")
    try:
        parse_date(f"{month}-01")
        at, key = rest
        return month, int(at) if at else None, key
    except (UsageError, ValueError):
        raise UsageError(f"{after[:40]!r} is no place in a list: give `next` of a page") from None


def _months(
    workspace: Workspace, wanted: Wanted, begin: tuple[str, int | None, str] | None
) -> list[str]:
    first = "" if wanted.first is None else _month_of(wanted.first)
    last = "9999-12" if wanted.last is None else _month_of(wanted.last)
    last = last if begin is None else min(last, begin[0])
    known = workspace.facts(ITEMS_TABLE).months
    return sorted((month for month in known if first <= month <= last), reverse=True)


def _month_of(day: int) -> str:
    return date_of(day).strftime("%Y-%m")


#: What is searched of the months of late, by workspace, month and contents of the facts: a page is
#: asked for often, and the facts change seldom.
_KEPT: OrderedDict[tuple[str, str, str], pa.Table] = OrderedDict()
_LOCK = Lock()
#: Items that are kept, at most.
_MOST_KEPT = 1_500_000


def _searched(workspace: Workspace, month: str) -> pa.Table:
    """The columns that are searched of a month, the latest acceptance first."""
    pins = ":".join(str(workspace.contents.get(name)) for name in (ITEMS_TABLE, VERDICTS_TABLE))
    key = str(workspace.path), month, pins
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
        rows = _read(workspace, month)
        for other in [one for one in _KEPT if one[:2] == key[:2]]:
            del _KEPT[other]
        while _KEPT and len(rows) + sum(map(len, _KEPT.values())) > _MOST_KEPT:
            _KEPT.popitem(last=False)
        _KEPT[key] = rows
    return rows


def _read(workspace: Workspace, month: str) -> pa.Table:
    facts = workspace.facts(ITEMS_TABLE)
    parts = facts.parts(_ITEM, months=[month])
    schema = facts.as_read(_ITEM)
    found = [schema.empty_table(), *in_threads(lambda part: part().cast(schema), parts)]
    rows = pa.concat_tables(found).unify_dictionaries().combine_chunks()
    rows = _each_once(_taken(rows, KeyOrder(texts(rows, "item_key")).of(np.arange(len(rows)))))
    verdicts = _verdicts(workspace, month)
    place = rows_in(texts(rows, "item_key"), texts(verdicts, "item_key"))
    judged = pa.array(place, mask=place < 0)
    for name in _VERDICT:
        column = verdicts[name].combine_chunks()
        column = column.dictionary_encode() if pa.types.is_string(column.type) else column
        rows = rows.append_column(name, column.take(judged))
    latest = np.argsort(-rows["accepted_at"].to_numpy(), kind="stable")
    return _taken(rows, latest)


def _taken(rows: pa.Table, order: Ints) -> pa.Table:
    return rows.take(pa.array(order)).combine_chunks()


def _places(
    rows: pa.Table, wanted: Wanted, viewer: Viewer, numbers: Sequence[str] | None,
    after: tuple[int | None, str] | None,
) -> pa.Array:  # fmt: skip
    """The places of the items of a month that are looked for, the latest acceptance first."""
    conditions = [*_conditions(rows, wanted, viewer, numbers), *_judged(rows, wanted)]
    if after is not None and after[0] is not None:
        conditions.append(_after(rows, after[0], after[1]))
    if not conditions:
        return pa.array(np.arange(len(rows)))
    return pc.indices_nonzero(reduce(pc.and_, conditions))


def _conditions(
    rows: pa.Table, wanted: Wanted, viewer: Viewer, numbers: Sequence[str] | None
) -> Iterator[pa.ChunkedArray]:
    if viewer.post != EVERYTHING:
        yield pc.or_(*(_is(rows[name], viewer.post) for name in ("origin", "destination")))
    if wanted.number:
        yield pc.match_substring(rows["item_id"], wanted.number)
    for name in ("origin", "destination"):
        if value := getattr(wanted, name):
            yield _is(rows[name], value)
    if wanted.first is not None:
        yield pc.greater_equal(rows["accepted_date"], wanted.first)
    if wanted.last is not None:
        yield pc.less_equal(rows["accepted_date"], wanted.last)
    if numbers is not None:
        yield pc.is_in(rows["item_id"], pa.array(numbers, pa.string()))


def _is(column: pa.ChunkedArray, value: str) -> pa.ChunkedArray:
    """Where a text is that; a text that is not known is none. Of texts in a dictionary only their
    numbers are compared."""

    def of(part: pa.Array) -> pa.Array:
        if not pa.types.is_dictionary(part.type):
            return pc.equal(part, value)
        number = part.dictionary.index(value).as_py()
        return pc.equal(part.indices, pa.scalar(number if number >= 0 else None, part.indices.type))

    return pa.chunked_array([pc.fill_null(of(part), False) for part in column.chunks], pa.bool_())


def _verdicts(workspace: Workspace, month: str) -> pa.Table:
    if not workspace.facts(VERDICTS_TABLE).partitions(months=[month]):
        names = ("item_key", *_VERDICT)
        kinds = {"sender_days_liable": pa.int32(), "delivered_on": pa.int32()}
        return pa.table({name: pa.array([], kinds.get(name, pa.string())) for name in names})
    return standing_columns(workspace, month, _VERDICT)


def _judged(rows: pa.Table, wanted: Wanted) -> Iterator[pa.ChunkedArray]:
    """Whether items have the outcome, the state and the office that are looked for; the outcome is
    the one towards the sender, what was not judged yet is pending."""
    if wanted.outcome:
        chosen = _is(rows["sender_outcome"], wanted.outcome)
        if wanted.outcome == Outcome.PENDING:
            chosen = pc.or_(chosen, pc.is_null(rows["sender_outcome"]))
        yield chosen
    if wanted.state in (Open.ON_THE_WAY, Open.DELIVERED):
        there = pc.is_valid(rows["delivered_on"])
        yield there if wanted.state == Open.DELIVERED else pc.invert(there)
    if wanted.office:
        yield reduce(pc.or_, [_is(rows[name], wanted.office) for name in _PLACES])


def _each_once(rows: pa.Table) -> pa.Table:
    """Rows in order of their keys, of each key one."""
    keys = texts(rows, "item_key")
    again = pc.equal(keys[1:], keys[:-1]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(np.append(True, ~again)[: len(rows)])) if again.any() else rows


def _after(rows: pa.Table, at: int, key: str) -> pa.ChunkedArray:
    later = pc.less(rows["accepted_at"], at)
    same = pc.and_(pc.equal(rows["accepted_at"], at), pc.greater(rows["item_key"], key))
    return pc.or_(later, same)


def _numbers(workspace: Workspace, wanted: Wanted, viewer: Viewer) -> list[str] | None:
    """The numbers of items that have a claim or an inquiry; None: that is not asked."""
    if wanted.state == Open.CLAIMED:
        with workspace.reading() as view:
            cases = view.connection.execute(
                select(claim_cases.c.item_id, claim_cases.c.audience).distinct()
            ).all()
        return sorted({row.item_id for row in cases if viewer.sees(row.audience)})
    if wanted.state == Open.ASKED:
        with workspace.reading() as view:
            asked = find_inquiries(view.connection)
        return sorted({one.item_id for one in asked if viewer.sees_flow(one.asking, one.asked)})
    return None
