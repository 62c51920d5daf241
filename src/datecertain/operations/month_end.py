"""The end of a month: what is open is accrued, and that reversed; what is unsettled is aged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from datecertain.errors import NotFound
from datecertain.moments import DAY
from datecertain.operations.claim_items import RECORD_COLUMNS, VERDICT_COLUMNS
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items, in_threads
from datecertain.operations.judging import standing_columns
from datecertain.operations.judging_units import judging_units
from datecertain.operations.late_payments import payables
from datecertain.operations.networks import current_network
from datecertain.operations.statements import Standee, statements_here
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.settlement import JOURNAL, Period, Tariff, bundled_tariff
from datecertain.settlement.accruals import (
    OPEN_OUTCOMES,
    Accrual,
    accrual_lines,
    contested,
    open_refunds,
)
from datecertain.settlement.ageing import Unsettled, unpaid, unsettled
from datecertain.store import Workspace, append_journal, batch_id, request_digest
from datecertain.store.settlement_records import journal


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What was accrued at the end of a month. `lines`: journal lines booked for it now."""

    period: str
    accruals: tuple[Accrual, ...]
    lines: int
    findings: tuple[str, ...]


def accrue_month(
    workspace: Workspace, month: str, clock: Clock, tariff: Tariff | None = None, dry: bool = False
) -> MonthEnd:
    """Accrue what is open at a month's end: items accepted until then, statements of months until
    then. Again on the same facts it books nothing; on others, the difference. With `dry` nothing.

    Raises `NotFound` when nothing was judged until then.
    """
    tariff, period, now = tariff or bundled_tariff(), Period.month(month), clock.now()
    network = current_network(workspace)
    verdicts = _open_verdicts(workspace, month)
    numbers = pc.unique(verdicts["item_id"])
    items = current_items(workspace, None, columns=RECORD_COLUMNS, numbers=numbers)
    accruals, findings = open_refunds(network, verdicts, items, period, tariff)
    with workspace.reading() as view:
        stated = [one for one in statements_here(view.connection, wanted=_contested_ever)
                  if one.statement.period <= month]  # fmt: skip
        books = _accrued(view.connection, period)
    disputed, more = contested([(one.statement, one.standing) for one in stated], period, tariff)
    accruals = sorted([*accruals, *disputed], key=lambda one: one.reason)
    lines = accrual_lines(accruals, books, period, now)
    told = tuple(str(finding) for finding in [*findings, *more])
    if len(lines) and not dry:
        ids = request_digest({"entries": sorted(set(lines["entry_id"].to_pylist()))})
        batch = batch_id("accrue", month, ids)
        with workspace.commit("accrue", batch, now=now) as commit:
            commit.records(lambda link: append_journal(link, lines, batch))
    return MonthEnd(month, tuple(accruals), len(lines), told)


def _open_verdicts(workspace: Workspace, month: str) -> pa.Table:
    """The open items of all months until one, in order of item key: months are read unit by unit,
    and of each only what is open is kept."""
    months = [one for one in workspace.facts(VERDICTS_TABLE).months if one <= month]
    if not months:
        raise NotFound(f"no item until {month} was judged here: run `datecertain judge` first")
    units = [(one, unit) for one in months for unit in judging_units(workspace, one)]
    found = in_threads(lambda which: _open_of(workspace, *which), units)
    return pa.concat_tables(list(found)).sort_by("item_key")


def _open_of(workspace: Workspace, month: str, unit: Sequence[int]) -> pa.Table:
    rows = standing_columns(workspace, month, VERDICT_COLUMNS, unit)
    wanted = pa.array([one.value for one in OPEN_OUTCOMES])
    return rows.filter(pc.is_in(rows["sender_outcome"], wanted))


def _contested_ever(said: Sequence[object]) -> bool:
    return any(getattr(event, "line", 0) for event in said)


def _accrued(connection: Connection, period: Period) -> pa.Table:
    columns = [journal.c[name] for name in JOURNAL.names]
    query = select(*columns).where(
        journal.c.period == period.name, journal.c.reason.startswith("accrual.", autoescape=True)
    )
    rows = connection.execute(query.order_by(journal.c.seq)).mappings()
    return pa.Table.from_pylist([dict(row) for row in rows], schema=JOURNAL)


def ageing(workspace: Workspace, on: int, tariff: Tariff | None = None) -> tuple[Unsettled, ...]:
    """What is not settled on a day, by what is known now: payments of rounds, then statements."""
    tariff = tariff or bundled_tariff()
    with workspace.reading() as view:
        owed = payables(view.connection)
        stated: Sequence[Standee] = statements_here(view.connection)
    found = [unpaid(one.owed, one.open_usdr, tariff, on) for one in owed if one.open_usdr]
    for one in stated:
        if one.written_at // DAY <= on:
            found += unsettled(one.statement, one.standing, one.written_at, tariff, on)
    return tuple(found)
