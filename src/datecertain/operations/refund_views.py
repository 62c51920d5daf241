"""What is asked about refunds and waiting items without changing anything: what a switch of the
mode costs, what waits, what was refunded."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import func, select

from datecertain.access import Viewer, keeper
from datecertain.claims.entitlements import ENTITLEMENTS
from datecertain.claims.forecasting import LaneCost, cost_of_modes
from datecertain.claims.waiting import WAITING, inquiries_needed, waiting_items
from datecertain.errors import NotFound
from datecertain.moments import format_date
from datecertain.operations.claim_items import month_entitlements
from datecertain.operations.claim_rows import standing_refunds
from datecertain.operations.judging_units import judging_units
from datecertain.operations.networks import current_network
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.store.claim_records import refunds
from datecertain.verdict.outcomes import Outcome

_OPEN = (Outcome.PENDING, Outcome.UNDETERMINED)


def _owed(workspace: Workspace, month: str, as_of: int, outcomes: tuple[Outcome, ...]) -> pa.Table:
    """What is owed of a month's items with some verdicts."""
    if not workspace.facts(VERDICTS_TABLE).files(months=[month]):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    network = current_network(workspace)
    parts = [
        month_entitlements(workspace, network, month, unit, as_of, outcomes)[0]
        for unit in judging_units(workspace, month)
    ]
    return pa.concat_tables(parts).select(ENTITLEMENTS.names)


def forecast(workspace: Workspace, month: str, as_of: int) -> list[LaneCost]:
    """The cost of each lane's refunds in either mode over a past month. Raises `NotFound`."""
    owed = _owed(workspace, month, as_of, (Outcome.LATE_LIABLE, *_OPEN))
    with workspace.reading() as view:
        stood = standing_refunds(view.connection, refunds.c.month == month)
    granted = {
        key: refund.amount_minor
        for key, refund in stood.items()
        if refund.case_id is not None and refund.amount_minor
    }
    return cost_of_modes(owed, granted)


def waiting(workspace: Workspace, month: str, as_of: int, *, due: bool = False) -> pa.Table:
    """The items of a month without a final event (schema `WAITING`); with `due` only those that
    need an inquiry or a decision by now. Raises `NotFound`."""
    owed = _owed(workspace, month, as_of, _OPEN)
    network = current_network(workspace)
    rule = inquiries_needed if due else waiting_items
    return rule(network, owed, as_of).select(WAITING.names)


def told_waiting(
    workspace: Workspace, month: str, as_of: int, *, due: bool = False
) -> list[dict[str, Any]]:
    """`waiting` as plain data, its days as dates."""
    days = ("told_on", "inquiry_on", "tell_by", "claimable_until", "decided_on")
    return [
        row | {name: None if row[name] is None else format_date(row[name]) for name in days}
        for row in waiting(workspace, month, as_of, due=due).to_pylist()
    ]


def refund_totals(
    workspace: Workspace, month: str, viewer: Viewer | None = None
) -> list[dict[str, Any]]:
    """What was refunded of a month's acceptances, by post, mode and ground, as first granted; only
    what a viewer may see is summed."""
    viewer = viewer or keeper()
    columns = (refunds.c.origin, refunds.c.mode, refunds.c.ground, refunds.c.currency)
    with workspace.reading() as view:
        every = view.connection.scalars(
            select(refunds.c.audience).where(refunds.c.month == month).distinct()
        ).all()
    seen = sorted(viewer.seen(every))
    query = (
        select(*columns, func.count().label("refunds"),
               func.sum(refunds.c.amount_minor).label("amount_minor"))
        .where(refunds.c.month == month, refunds.c.audience.in_(seen))
        .group_by(*columns).order_by(*columns)
    )  # fmt: skip
    with workspace.reading() as view:
        rows = view.connection.execute(query).mappings().all()
    return [dict(row) | {"amount_minor": int(row["amount_minor"])} for row in rows]
