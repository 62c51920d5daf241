"""What a case would come to before it is accepted: a month judged twice, nothing written (req 26).

Both times it is the rule that judges the month itself, over the same facts; only what is published
of cases differs. So a preview is what judging says once the same is entered (tested).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer, keeper
from datecertain.operations.cases import case_facts, show_case, word_row
from datecertain.operations.judging_units import judge_unit, judging_units
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.networks import current_network
from datecertain.operations.seeing import rows_seen
from datecertain.operations.tables import CASES_TABLE
from datecertain.settlement import bundled_tariff, performance_events, reckon
from datecertain.store import Workspace
from datecertain.tracking.cases import GROUP, Action

#: What may be asked of a case that is there.
ACCEPTED, CONTESTED, ABSENT = "accepted", "contested", "absent"
SUPPOSED = (ACCEPTED, CONTESTED, ABSENT)


@dataclass(frozen=True, slots=True)
class PostMoney:
    """What a month's refunds come to for one post, in micro-SDR."""

    post: str
    refunds: int  # of its own senders: how many
    refunds_usdr: int
    borne_usdr: int  # of all refunds, its own and those charged to it


@dataclass(frozen=True, slots=True)
class CasePreview:
    """A month before and after. `changes`: (side, outcome before, outcome after, items), sides
    `between` and `sender`; items whose days or shares alone change stand with equal outcomes."""

    period: str
    as_of: int
    items: int
    changed: int
    changes: tuple[tuple[str, str, str, int], ...]
    before: tuple[PostMoney, ...]
    after: tuple[PostMoney, ...]


def preview_case(
    workspace: Workspace, case_id: str, period: str, as_of: int, supposed: str = ACCEPTED,
    post: str = "", viewer: Viewer | None = None,
) -> CasePreview:  # fmt: skip
    """The month as it stands at a moment, and as if the group had accepted or contested the case,
    or it had not been notified; of the items that a viewer may see. Raises `NotFound`,
    `UsageError`."""
    case = show_case(workspace, case_id, as_of, post)
    rows = workspace.facts(CASES_TABLE).arrow()
    same = pc.and_(pc.equal(rows["case_id"], case_id), pc.equal(rows["post"], case.post))
    if supposed == ABSENT:
        without = rows.filter(pc.invert(same))
        return preview_rows(workspace, period, as_of, rows, without, viewer)
    action = Action.ACCEPT if supposed == ACCEPTED else Action.CONTEST
    word = case_facts(
        [word_row(case, action, GROUP, "supposed")], current_network(workspace), as_of
    )
    # A word of the group ends all before it; in the same minute nothing comes after.
    said = pc.is_in(rows["action"], pa.array([str(Action.ACCEPT), str(Action.CONTEST)]))
    unsaid = rows.filter(pc.invert(pc.and_(same, said)))
    return preview_rows(workspace, period, as_of, rows, _with(unsaid, word), viewer)


def preview_notices(
    workspace: Workspace, notices: pa.Table, period: str, as_of: int
) -> CasePreview:
    """The month as it stands, and as if these notices (facts without `batch_id`) were taken in."""
    rows = workspace.facts(CASES_TABLE).arrow()
    return preview_rows(workspace, period, as_of, rows, _with(rows, notices))


def _with(rows: pa.Table, more: pa.Table) -> pa.Table:
    batch = pa.repeat("preview", len(more))
    more = more.append_column("batch_id", batch).select(rows.column_names).cast(rows.schema)
    return pa.concat_tables([rows, more])


def preview_rows(
    workspace: Workspace, period: str, as_of: int, before: pa.Table, after: pa.Table,
    viewer: Viewer | None = None,
) -> CasePreview:  # fmt: skip
    """A month by what is published of cases before and after, bucket by bucket."""
    units = judging_units(workspace, period)
    first, second = (
        rows_seen(
            pa.concat_tables(
                [judge_unit(workspace, period, unit, as_of, case_rows=rows) for unit in units]
            ).sort_by("item_key"), viewer or keeper(),
        )
        if units else None
        for rows in (before, after)
    )  # fmt: skip
    if first is None or second is None or not len(first):
        return CasePreview(period, as_of, 0, 0, (), (), ())
    changed = _changed(first, second)
    money = _money(workspace, period, as_of)
    return CasePreview(
        period, as_of, len(first), int(changed.sum()), _changes(first, second, changed),
        money(first), money(second),
    )  # fmt: skip


def _changed(first: pa.Table, second: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    differs = np.zeros(len(first), dtype=bool)
    for name in first.column_names:
        one, other = first[name].combine_chunks(), second[name].combine_chunks()
        same = pc.equal(one, other).fill_null(False)
        same = pc.or_(same, pc.and_(pc.is_null(one), pc.is_null(other)))
        differs |= ~same.to_numpy(zero_copy_only=False)
    return differs


def _changes(
    first: pa.Table, second: pa.Table, changed: np.ndarray[Any, np.dtype[np.bool_]]
) -> tuple[tuple[str, str, str, int], ...]:
    found: dict[tuple[str, str, str], int] = {}
    rows = pa.array(changed)
    for side, name in (("between", "outcome"), ("sender", "sender_outcome")):
        pairs = zip(
            first[name].filter(rows).to_pylist(), second[name].filter(rows).to_pylist(), strict=True
        )
        for one, other in pairs:
            found[side, one, other] = found.get((side, one, other), 0) + 1
    return tuple((*key, number) for key, number in sorted(found.items()))


def _money(
    workspace: Workspace, period: str, as_of: int
) -> Callable[[pa.Table], tuple[PostMoney, ...]]:
    """The money of a month's verdicts by post, by the rules that settle it."""
    tariff = bundled_tariff()
    given = month_inputs(workspace, period, tariff.needs_journeys, as_of)
    events = performance_events(tariff, given.period, given.sent)
    settling = tariff.settling(given.network, given.period.first_day)

    def by_post(verdicts: pa.Table) -> tuple[PostMoney, ...]:
        reckoned = reckon(
            given.network, verdicts, given.items, events, given.period, settling, given.journeys,
            given.granted,
        )  # fmt: skip
        return _by_post(reckoned.refunds, reckoned.recourse)

    return by_post


def _by_post(refunds: pa.Table, recourse: pa.Table) -> tuple[PostMoney, ...]:
    paid, borne = _sums(recourse, "origin"), _sums(recourse, "bearer")
    counts = {row["values"]: row["counts"] for row in refunds["origin"].value_counts().to_pylist()}
    posts: Sequence[str] = sorted({*paid, *borne, *counts})
    return tuple(
        PostMoney(post, counts.get(post, 0), paid.get(post, 0), borne.get(post, 0))
        for post in posts
    )


def _sums(recourse: pa.Table, by: str) -> dict[str, int]:
    totals = recourse.group_by(by).aggregate([("amount_usdr", "sum")])
    return {row[by]: int(row["amount_usdr_sum"]) for row in totals.to_pylist()}


def preview_as_json(told: CasePreview) -> dict[str, Any]:
    """A preview as a program reads it."""
    return {
        "period": told.period, "items": told.items, "changed": told.changed,
        "changes": [
            {"side": side, "before": one, "after": other, "items": number}
            for side, one, other, number in told.changes
        ],
        "before": [{name: getattr(m, name) for name in PostMoney.__slots__} for m in told.before],
        "after": [{name: getattr(m, name) for name in PostMoney.__slots__} for m in told.after],
    }  # fmt: skip
