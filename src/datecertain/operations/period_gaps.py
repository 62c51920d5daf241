"""The gaps of a settled period: found, accepted by name (req 43)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, insert, select

from datecertain.errors import NotFound, UsageError
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import event_months
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.networks import current_version
from datecertain.operations.statements import Standee, list_statements
from datecertain.quality.dispatches import ADVISED as ADVISED_KIND
from datecertain.quality.dispatches import CAME
from datecertain.settlement import items_behind
from datecertain.settlement.reasons import Kind
from datecertain.settlement.reconciling import ADVISED, Gap, gaps_of
from datecertain.store import Workspace, batch_id
from datecertain.store.settlement_records import accepted_gaps, statements

#: Characters of a receptacle's identifier (S9) that name its dispatch (S8).
_DISPATCH = 20


def period_gaps(workspace: Workspace, period: str) -> tuple[Gap, ...]:
    """Every gap between the dispatches, the items and the latest statements of a period.

    Raises `NotFound` when it was not settled.
    """
    found = list_statements(workspace, period)
    given = month_inputs(workspace, period, journeys=False)
    day = given.period.first_day
    place = pc.index_in(given.sent["item_key"], given.items["item_key"].combine_chunks())
    item_ids = given.items["item_id"].take(place).combine_chunks()
    return gaps_of(
        given.sent, item_ids.cast(pa.string()), _advised(workspace, period),
        _billed(found), lambda one, other: given.network.settles(one, other, day),
    )  # fmt: skip


#: Gaps of so many periods are kept, by what they were worked out from.
_KEPT = 12
_kept: OrderedDict[tuple[object, ...], tuple[Gap, ...]] = OrderedDict()


def kept_gaps(workspace: Workspace, period: str) -> tuple[Gap, ...]:
    """`period_gaps`, worked out once in this process for the facts and statements there are."""
    table = statements.c
    written = select(func.max(table.version), func.count()).where(table.period == period)
    with workspace.reading() as view:
        counts = tuple(view.connection.execute(written).one())
    facts = tuple(sorted(workspace.published.items()))
    key = (workspace.path.resolve(), period, facts, counts, current_version(workspace))
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = period_gaps(workspace, period)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def _billed(found: Sequence[Standee]) -> pa.StringArray:
    """The items on statements for their arrival: paid for performance, or remunerated."""
    keys = [pa.array([], pa.string())]
    for one in found:
        for line in one.statement.lines:
            reason = line.reason
            arrival = reason.kind is Kind.PERFORMANCE or reason.detail.startswith("received.")
            if arrival and not reason.settled:
                rows = items_behind(one.statement, line.number)
                keys.append(rows["item_key"].combine_chunks())
    return pc.unique(pa.concat_arrays(keys))


def _advised(workspace: Workspace, period: str) -> pa.Table:
    """ADVISED of the dispatches told about the month."""
    months = event_months(period)
    if not workspace.facts("contained").months:
        return ADVISED.empty_table()
    contained = workspace.facts("contained").arrow(["item_id", "receptacle", "kind"], months=months)
    told = workspace.facts("receptacles").arrow(["receptacle", "kind"], months=months)
    came = told.filter(pc.is_in(told["kind"], value_set=pa.array(CAME)))
    there = pc.unique(pc.utf8_slice_codeunits(came["receptacle"].cast(pa.string()), 0, _DISPATCH))
    rows = contained.filter(pc.equal(contained["kind"], ADVISED_KIND))
    dispatch = pc.utf8_slice_codeunits(rows["receptacle"].cast(pa.string()), 0, _DISPATCH)
    return pa.table(
        [rows["item_id"].cast(pa.string()), dispatch, pc.is_in(dispatch, value_set=there)],
        schema=ADVISED,
    )


def accepted_names(workspace: Workspace, period: str) -> dict[str, str]:
    """The gaps of a period that were accepted, by name, each with who did and why."""
    table = accepted_gaps.c
    query = select(table.gap, table.actor, table.reason).where(table.period == period)
    with workspace.reading() as view:
        rows = view.connection.execute(query.order_by(table.gap)).all()
    return {row.gap: f"{row.actor}: {row.reason}" for row in rows}


def accept_gaps(
    workspace: Workspace, period: str, names: Sequence[str], actor: str, reason: str, clock: Clock
) -> None:
    """Accept gaps by their names. Raises `NotFound` for a name that no gap has, `UsageError`
    without a post and a reason."""
    if not actor or not reason:
        raise UsageError("a gap is accepted by a post (--by) for a reason (--reason)")
    gaps = {gap.name: gap for gap in period_gaps(workspace, period)}
    before = accepted_names(workspace, period)
    if unknown := sorted(set(names) - set(gaps)):
        raise NotFound(f"{period} has no gap {', '.join(unknown)}")
    batch = batch_id("gaps", period, *sorted(names))
    rows = [
        {"period": period, "gap": name, "owner": gaps[name].origin,
         "audience": "+".join(sorted({gaps[name].origin, gaps[name].destination})),
         "actor": actor, "reason": reason, "at": clock.now(), "batch_id": batch}
        for name in sorted(set(names) - set(before))
    ]  # fmt: skip
    with workspace.commit("gaps", batch, now=clock.now()) as commit:
        if rows:
            commit.records(lambda connection: connection.execute(insert(accepted_gaps), rows))


def open_gaps(workspace: Workspace, period: str) -> tuple[Gap, ...]:
    """The gaps that keep a period open: of money, and not accepted by name."""
    accepted = accepted_names(workspace, period)
    gaps = period_gaps(workspace, period)
    return tuple(gap for gap in gaps if gap.money and gap.name not in accepted)
