"""Settling a month: refunds, recourse, pay-for-performance, statements, payments (req 41-48).

All of it in one records transaction. Settled again on the same verdicts it does nothing; on other
verdicts it books the differences and writes the next version of the statements: nothing is edited.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection, func, insert, select

from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.month_money import money_figures, plain_money, stored_money
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.quality import MoneyFigures
from datecertain.settlement import (
    JOURNAL,
    Period,
    Settlement,
    Tariff,
    adjust,
    bundled_tariff,
    performance_events,
    settle_period,
)
from datecertain.store import (
    Workspace,
    append_journal,
    batch_id,
    finish_run,
    request_digest,
    start_run,
)
from datecertain.store import settlement_records as tables
from datecertain.tracking.events import audience
from datecertain.verdict.outcomes import RULES_VERSION


@dataclass(frozen=True, slots=True)
class SettleReport:
    """What a run of settling did."""

    period: str
    batch_id: str
    already_done: bool
    version: int
    journal_lines: int
    money: MoneyFigures
    findings: int


def settle_month(
    workspace: Workspace, month: str, clock: Clock, tariff: Tariff | None = None
) -> SettleReport:
    """Settle a month of acceptances on its current verdicts.

    Raises `NotFound` when nothing of that month was judged, `StoreError` when the workspace is
    not open for writing.
    """
    tariff = tariff or bundled_tariff()
    given = month_inputs(workspace, month, tariff.needs_journeys)
    period, network = given.period, given.network
    pins = [f"{name}:{workspace.contents.get(name)}" for name in _INPUTS]
    batch = batch_id("settle", month, tariff.digest, network.version, RULES_VERSION, *pins)
    now = clock.now()
    version = lines = 0
    with workspace.commit("settle", batch, now=now) as commit:
        if not commit.already_published:
            settled = settle_period(
                network, given.verdicts, given.items,
                performance_events(tariff, period, given.times), period, tariff, booked_at=now,
                journeys=given.journeys,
            )  # fmt: skip
            version, journal = _to_book(workspace, settled, period, now)
            lines = len(journal)
            money = money_figures(settled)

            def write(connection: Connection) -> None:
                _write(connection, settled, journal, commit.batch_id, version, now)
                result = {"period": month, "version": version, "money": plain_money(money)}
                _log_run(connection, commit.batch_id, network, result, lines, now)

            commit.records(write)
            findings = len(settled.findings)
    if commit.already_published:
        money, findings = stored_money(workspace, month), 0
    return SettleReport(month, batch, commit.already_published, version, lines, money, findings)


_INPUTS = (EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE)


def _to_book(
    workspace: Workspace, settled: Settlement, period: Period, now: int
) -> tuple[int, pa.Table]:
    """(version of the statements, journal lines to append): all of them the first time, the
    differences when the period was settled before."""
    with workspace.reading() as view:
        last = view.connection.execute(
            select(func.max(tables.statements.c.version)).where(
                tables.statements.c.period == period.name
            )
        ).scalar()
        names = [tables.journal.c[name] for name in JOURNAL.names]
        concerns = (tables.journal.c.period == period.name) | tables.journal.c.reason.endswith(
            f"@{period.name}", autoescape=True
        )
        rows = view.connection.execute(
            select(*names).where(concerns).order_by(tables.journal.c.seq)
        ).mappings()
        books = pa.Table.from_pylist([dict(row) for row in rows], schema=JOURNAL)
    if last is None:
        return 1, settled.journal
    return last + 1, adjust(books, settled, period, now).lines


def _write(
    connection: Connection, settled: Settlement, journal: pa.Table, batch: str, version: int,
    now: int,
) -> None:  # fmt: skip
    append_journal(connection, journal, batch)
    name = settled.period.name
    statements = [
        {
            "statement_id": f"{name}-{one.one}-{one.other}-v{version}",
            "post_a": one.one, "post_b": one.other, "owner": one.one,
            "audience": audience(one.one, one.other), "period": name, "version": version,
            "state": "provisional", "sha256": one.sha256, "content": one.content,
            "batch_id": batch, "created_at": now,
        }
        for one in settled.statements
    ]  # fmt: skip
    payments = [
        {
            "period": name, "version": version, "payer": one.payer, "payee": one.payee,
            "owner": one.payer, "audience": audience(one.payer, one.payee),
            "amount_usdr": one.amount_usdr, "batch_id": batch,
        }
        for one in settled.netting.payments
    ]  # fmt: skip
    for table, rows in ((tables.statements, statements), (tables.payments, payments)):
        if rows:
            connection.execute(insert(table), rows)


def _log_run(
    connection: Connection, batch: str, network: Network, result: dict[str, object], lines: int,
    now: int,
) -> None:  # fmt: skip
    run = start_run(
        connection, "settle", batch, request_digest({"batch": batch}), now=now,
        rules_version=RULES_VERSION, network_version=network.version,
    )  # fmt: skip
    finish_run(connection, run.run_id, now=now, counts={"journal_lines": lines}, result=result)
