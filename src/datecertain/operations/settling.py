"""Settling a month: refunds, recourse, pay-for-performance, statements, payments (req 41-48).

All of it in one records transaction. Settled again on the same verdicts it does nothing; on other
verdicts it books the differences and writes the next version of the statements: nothing is edited.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, insert, select

from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items, event_months, numbered
from datecertain.operations.judging import current_verdicts
from datecertain.operations.month_money import money_figures, plain_money, stored_money
from datecertain.operations.networks import current_network
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.quality import MoneyFigures
from datecertain.settlement import (
    EVENT_TIMES,
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
from datecertain.tracking.events import BUCKETS, audience
from datecertain.tracking.milestones import event_times
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
    period = Period.month(month)
    tariff = tariff or bundled_tariff()
    network = current_network(workspace)
    verdicts = current_verdicts(workspace, [month])
    if not len(verdicts):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    as_of = int(pc.max(verdicts["judged_as_of"]).as_py())
    pins = [f"{name}:{workspace.contents.get(name)}" for name in _INPUTS]
    batch = batch_id("settle", month, tariff.digest, network.version, RULES_VERSION, *pins)
    now = clock.now()
    version = lines = 0
    with workspace.commit("settle", batch, now=now) as commit:
        if not commit.already_published:
            settled = _settled(workspace, network, verdicts, period, tariff, as_of, now)
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


def _settled(
    workspace: Workspace, network: Network, verdicts: pa.Table, period: Period, tariff: Tariff,
    as_of: int, now: int,
) -> Settlement:  # fmt: skip
    items, times = [], []
    for bucket in range(BUCKETS):
        rows = current_items(workspace, [bucket])
        rows = rows.filter(pc.equal(rows["month"], period.name))
        if len(rows):
            items.append(rows.drop_columns(["next_at"]))
            times.append(_times(workspace, rows, period, bucket, as_of))
    measured = performance_events(tariff, period, pa.concat_tables(times))
    return settle_period(
        network, verdicts, pa.concat_tables(items), measured, period, tariff, booked_at=now
    )


def _times(
    workspace: Workspace, items: pa.Table, period: Period, bucket: int, as_of: int
) -> pa.Table:
    """EVENT_TIMES of some items, row for row; without scans all times are null."""
    events = workspace.scan(EVENTS_TABLE, months=event_months(period.name), buckets=[bucket])
    rows = numbered(items)
    frame = event_times(nw.from_native(workspace.engine.from_arrow(rows)), events, as_of)
    found = nw.to_native(frame).to_arrow_table()
    place = pc.index_in(rows["item_row"], found["item_row"].combine_chunks())
    columns = {name: items[name] for name in ("item_key", "origin", "destination")}
    columns |= {
        name: found[name].cast(pa.int64()).take(place)
        for name in EVENT_TIMES.names
        if name not in columns
    }
    return pa.table([columns[name] for name in EVENT_TIMES.names], schema=EVENT_TIMES)


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
