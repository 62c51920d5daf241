"""Closed periods corrected in the next: settled again on paper, the difference booked (req 48)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from datecertain.findings import Finding, Severity
from datecertain.operations.month_inputs import MonthInputs, month_inputs
from datecertain.operations.statements import statements_here
from datecertain.settlement import (
    JOURNAL,
    Adjustment,
    Period,
    Settlement,
    Tariff,
    adjust,
    performance_events,
    settle_period,
)
from datecertain.settlement.statements import tariff_digest
from datecertain.store import Workspace
from datecertain.store.settlement_records import journal


def settled_on(
    given: MonthInputs, tariff: Tariff, now: int, adjustments: Sequence[Adjustment] = (),
    pairs: Sequence[tuple[str, str]] = (),
) -> Settlement:  # fmt: skip
    """A month settled on what it was read with."""
    return settle_period(
        given.network, given.verdicts, given.items,
        performance_events(tariff, given.period, given.times), given.period, tariff,
        booked_at=now, adjustments=adjustments, journeys=given.journeys, pairs=pairs,
        granted=given.granted,
    )  # fmt: skip


def books_of(connection: Connection, period: Period) -> pa.Table:
    """The journal lines booked in a period, or that correct it (schema `JOURNAL`)."""
    columns = [journal.c[name] for name in JOURNAL.names]
    concerns = (journal.c.period == period.name) | journal.c.reason.endswith(
        f"@{period.name}", autoescape=True
    )
    rows = connection.execute(select(*columns).where(concerns).order_by(journal.c.seq)).mappings()
    return pa.Table.from_pylist([dict(row) for row in rows], schema=JOURNAL)


def adjustments_of(
    workspace: Workspace, closed: Sequence[str], into: MonthInputs, tariff: Tariff, now: int
) -> tuple[list[Adjustment], list[Finding]]:
    """What the period that is settled now has to say of closed ones that would come out otherwise:
    what it booked for them before, and what it has to book now.

    Beyond the months that the posts agreed on, a change is told in a finding and not booked; nor is
    anything of a period that was settled under another tariff than the one given.
    """
    found, findings = list[Adjustment](), list[Finding]()
    for name in closed:
        settled = Period.month(name)
        with workspace.reading() as view:
            stated = statements_here(view.connection, name)
        if any(tariff_digest(one.statement) != tariff.digest for one in stated):
            findings.append(_other_tariff(tariff, settled))
            continue
        given = month_inputs(workspace, name, tariff.needs_journeys)
        again = settled_on(given, tariff, now)
        with workspace.reading() as view:
            books = books_of(view.connection, settled)
        one = adjust(books, again, into.period, now)
        booked = books.filter(
            pc.and_(pc.equal(books["period"], into.period.name),
                    pc.ends_with(books["reason"], f"@{name}"))
        )  # fmt: skip
        late, one = _within(tariff, one, settled, into.period)
        findings += late
        lines = pa.concat_tables([booked, one.lines])
        if len(lines):
            found.append(Adjustment(settled, lines, one.rated))
    return found, findings


def _other_tariff(tariff: Tariff, settled: Period) -> Finding:
    return Finding(
        "adjustment-other-tariff", Severity.WARNING, f"tariff {tariff.name}", settled.name,
        "was settled under another tariff: settle with that file to correct it",
    )  # fmt: skip


def _within(
    tariff: Tariff, one: Adjustment, settled: Period, into: Period
) -> tuple[list[Finding], Adjustment]:
    """The lines of pairs that may still be corrected; a finding for each pair that may not."""
    months = _months(into) - _months(settled)
    late = []
    for pair in pc.unique(one.lines["audience"]).to_pylist():
        posts = pair.split("+")
        terms = tariff.statement_terms_on(posts[0], posts[-1], settled.first_day)
        if terms is not None and months > terms.adjust_months:
            late.append(pair)
    kept = pc.invert(pc.is_in(one.lines["audience"], pa.array(late, pa.string())))
    findings = [
        Finding(
            "adjustment-too-late", Severity.WARNING, pair, settled.name,
            f"would come out otherwise now, {months} months later: the posts agreed on fewer",
        )
        for pair in late
    ]  # fmt: skip
    return findings, Adjustment(one.settled, one.lines.filter(kept), one.rated)


def _months(period: Period) -> int:
    return int(period.name[:4]) * 12 + int(period.name[5:])


def new_lines(one: Adjustment, books: pa.Table) -> pa.Table:
    """The lines of an adjustment that stand in no books yet."""
    return one.lines.filter(
        pc.invert(pc.is_in(one.lines["entry_id"], pc.unique(books["entry_id"])))
    )
