"""Settling a month: refunds, recourse, pay-for-performance, statements, payments (req 41-48).

All of it in one records transaction. Settled again on the same verdicts it does nothing; on other
verdicts it books the differences and writes the next version of the statements: nothing is edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, select

from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.correcting import (
    Agreed,
    books_of,
    conceded_digest,
    corrections_of,
    new_lines,
    said_corrected,
    settled_on,
)
from datecertain.operations.kept_months import in_full, place_of, write_month
from datecertain.operations.month_inputs import inputs_digest, month_inputs, verified_digest
from datecertain.operations.month_money import money_figures, plain_money, stored_money
from datecertain.operations.statements import closed_periods, event_rows, statements_here
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.quality import MoneyFigures
from datecertain.settlement import (
    JOURNAL,
    Adjustment,
    Settlement,
    Tariff,
    adjust,
    bundled_tariff,
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
from datecertain.store.records import runs
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
    #: The period's statements are final: what changed since is booked in the next one settled.
    closed: bool = False
    #: Closed periods whose corrections were booked in this one.
    corrected: tuple[str, ...] = ()
    #: Statements that got a new version: what says the same stays as it was.
    statements: int = 0


def settle_month(
    workspace: Workspace, month: str, clock: Clock, tariff: Tariff | None = None
) -> SettleReport:
    """Settle a month of acceptances on its current verdicts, and correct in it earlier ones that
    are closed.

    Raises `NotFound` when nothing of that month was judged, `StoreError` when the workspace is
    not open for writing.
    """
    tariff = tariff or bundled_tariff()
    with workspace.reading() as view:
        closed = closed_periods(view.connection)
    if month in closed:
        return SettleReport(month, "", True, 0, 0, stored_money(workspace, month), 0, closed=True)
    given = month_inputs(workspace, month, tariff.needs_journeys)
    earlier = [name for name in closed if name < month]
    pins = [f"{name}:{workspace.contents.get(name)}" for name in _INPUTS]
    # Beside what verdicts give, what stands in the ledger of refunds by now; interest is on what
    # was paid late by what is known now.
    granted = given.granted.digest
    late = [one.plain for one in given.interest]
    interest = request_digest({"interest": late}) if late else ""
    batch = batch_id(
        "settle", month, tariff.digest, given.network.version, RULES_VERSION, *pins, *earlier,
        *filter(None, [granted, interest, verified_digest(workspace, tariff),
                       conceded_digest(workspace, earlier)]),
    )  # fmt: skip
    now = clock.now()
    version = lines = stated = 0
    corrected: tuple[str, ...] = ()
    with (
        ThreadPoolExecutor(1) as beside,
        workspace.commit("settle", batch, now=now) as commit,
    ):
        if not commit.already_published:
            corrections = corrections_of(workspace, earlier, given, tariff, now)
            adjustments = corrections.adjustments
            read = in_full(given)
            kept = beside.submit(write_month, place_of(workspace, given), read)
            pairs = _pairs(workspace, month)
            settled = settled_on(given, tariff, now, adjustments, pairs, read)
            version, journal = _to_book(workspace, settled, adjustments, now)
            lines = len(journal)
            corrected = tuple(one.settled.name for one in adjustments)
            money = money_figures(settled)
            own = Agreed(inputs_digest(workspace, given.network, month, tariff))
            agreed = corrections.agreed | {month: own}

            def write(connection: Connection) -> None:
                nonlocal stated
                stated = _write(connection, settled, journal, commit.batch_id, version, now)
                for one, said in said_corrected(corrections.corrected, given.period, now):
                    rows = event_rows(one, said, commit.batch_id)
                    connection.execute(insert(tables.statement_events), rows)
                result = {
                    "period": month, "version": version, "money": plain_money(money),
                    "agreed": {name: [one.digest, one.findings] for name, one in agreed.items()},
                }  # fmt: skip
                _log_run(connection, commit.batch_id, given.network, result, lines, now)

            commit.records(write)
            count = len(settled.findings) + corrections.findings
    if commit.already_published:
        money, count = stored_money(workspace, month), 0
    else:
        kept.result()
    return SettleReport(
        month, batch, commit.already_published, version, lines, money, count, corrected=corrected,
        statements=stated,
    )  # fmt: skip


_INPUTS = (EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE)


def _pairs(workspace: Workspace, month: str) -> list[tuple[str, str]]:
    """The pairs that have a statement of the month: they get a new version even when nothing is
    left on it."""
    with workspace.reading() as view:
        return [one.pair for one in statements_here(view.connection, month)]


def _to_book(
    workspace: Workspace, settled: Settlement, adjustments: Sequence[Adjustment], now: int
) -> tuple[int, pa.Table]:
    """(version of the settlement, journal lines to append): all of them the first time, the
    differences when the period was settled before."""
    period = settled.period
    with workspace.reading() as view:
        last = _last_version(view.connection, period.name)
        books = books_of(view.connection, period)
    corrections = pa.concat_tables(
        [JOURNAL.empty_table(), *(new_lines(one, books) for one in adjustments)]
    )
    if last == 0:
        own = pc.invert(pc.starts_with(settled.journal["reason"], "adjustment."))
        return 1, pa.concat_tables([settled.journal.filter(own), corrections])
    again = adjust(books, settled, period, now).lines
    return last + 1, pa.concat_tables([again, corrections])


def _last_version(connection: Connection, period: str) -> int:
    """The version of the last settlement of a period, 0 where there was none: as its run told it,
    for one that changes no statement writes none, and one may have neither statement nor payment.
    """
    results = connection.execute(
        select(runs.c.result).where(runs.c.operation == "settle", runs.c.state == "finished")
    ).scalars()
    return max((int(one["version"]) for one in results if one["period"] == period), default=0)


def _write(
    connection: Connection, settled: Settlement, journal: pa.Table, batch: str, version: int,
    now: int,
) -> int:  # fmt: skip
    """Write a settled month down; how many statements got a new version."""
    append_journal(connection, journal, batch)
    name = settled.period.name
    before = {one.pair: one for one in statements_here(connection, name)}
    statements = [
        {
            "statement_id": f"{name}-{one.one}-{one.other}-v{version}",
            "post_a": one.one, "post_b": one.other, "owner": one.one,
            "audience": audience(one.one, one.other), "period": name, "version": version,
            "state": "provisional", "sha256": one.sha256, "content": one.content,
            "batch_id": batch, "created_at": now,
        }
        for one in settled.statements
        # What says the same stays as it is, with what was said of it.
        if (one.one, one.other) not in before
        or before[one.one, one.other].statement.sha256 != one.sha256
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
    return len(statements)


def _log_run(
    connection: Connection, batch: str, network: Network, result: dict[str, object], lines: int,
    now: int,
) -> None:  # fmt: skip
    run = start_run(
        connection, "settle", batch, request_digest({"batch": batch}), now=now,
        rules_version=RULES_VERSION, network_version=network.version,
    )  # fmt: skip
    finish_run(connection, run.run_id, now=now, counts={"journal_lines": lines}, result=result)
