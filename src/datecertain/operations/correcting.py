"""Closed periods corrected in the next: settled again on paper, the difference booked (req 48)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from datecertain.findings import Finding, Severity
from datecertain.operations.month_inputs import MonthInputs, inputs_digest, month_inputs
from datecertain.operations.statements import Standee, statements_here
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
from datecertain.settlement.concessions import Concession, concession_of, without
from datecertain.settlement.life import Act, Dispute, Event
from datecertain.settlement.statements import tariff_digest
from datecertain.store import Workspace, request_digest
from datecertain.store.records import batches, runs
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
        granted=given.granted, interest=given.interest,
    )  # fmt: skip


def books_of(connection: Connection, period: Period) -> pa.Table:
    """The journal lines booked in a period, or that correct it (schema `JOURNAL`)."""
    columns = [journal.c[name] for name in JOURNAL.names]
    concerns = (journal.c.period == period.name) | journal.c.reason.endswith(
        f"@{period.name}", autoescape=True
    )
    rows = connection.execute(select(*columns).where(concerns).order_by(journal.c.seq)).mappings()
    return pa.Table.from_pylist([dict(row) for row in rows], schema=JOURNAL)


@dataclass(frozen=True, slots=True)
class Agreed:
    """That the books of a period say what its inputs came to (`inputs_digest`), but for what its
    findings told."""

    digest: str
    findings: int = 0


@dataclass(frozen=True)
class Corrections:
    """What a period has to say of closed ones: corrections, findings, and for each closed one on
    what it agrees now."""

    adjustments: list[Adjustment] = field(default_factory=list)
    findings: int = 0
    agreed: dict[str, Agreed] = field(default_factory=dict)
    #: Statements with what was conceded of them and stands corrected now.
    corrected: list[tuple[Standee, list[Event]]] = field(default_factory=list)


def agreed_before(workspace: Workspace) -> dict[str, Agreed]:
    """On what each period was reckoned when its books were last made to agree with it."""
    ran, batch = runs.c, batches.c
    query = (
        select(ran.result)
        .join_from(runs, batches, ran.key == batch.batch_id)
        .where(ran.operation == "settle", ran.state == "finished")
        .order_by(batch.published_seq)
    )
    found: dict[str, Agreed] = {}
    with workspace.reading() as view:
        for result in view.connection.execute(query).scalars():
            for name, (digest, findings) in result.get("agreed", {}).items():
                found[name] = Agreed(digest, findings)
    return found


def corrections_of(
    workspace: Workspace, closed: Sequence[str], into: MonthInputs, tariff: Tariff, now: int
) -> Corrections:
    """What the period that is settled now has to say of closed ones that would come out otherwise:
    what it booked for them before, and what it has to book now.

    Beyond the months that the posts agreed on, a change is told in a finding and not booked; nor is
    anything of a period that was settled under another tariff than the one given. A closed period
    whose inputs are as they were when its books last agreed with them is not reckoned again.
    """
    corrections, known = Corrections(), agreed_before(workspace)
    here = _corrected_in(workspace, into.period)
    findings_in_all = 0
    for name in closed:
        digest = inputs_digest(workspace, into.network, name, tariff)
        conceded = _conceded(workspace, name)
        agreed = known.get(name)
        waiting = any(dispute.state is Act.CONCEDED for _, dispute, _ in conceded)
        known_so = agreed is not None and not agreed.findings and agreed.digest == digest
        if agreed is None or not known_so or waiting or name in here:
            found, findings = _corrections_of_one(
                workspace, name, into, tariff, now, [one for _, _, one in conceded]
            )
            corrections.adjustments.extend(found)
            if not findings:
                corrections.corrected.extend(_corrected(conceded, into.period, now))
            agreed = Agreed(digest, len(findings))
        corrections.agreed[name] = agreed
        findings_in_all += agreed.findings
    return replace(corrections, findings=findings_in_all)


_Conceded = tuple[Standee, Dispute, Concession]


def _conceded(workspace: Workspace, period: str) -> list[_Conceded]:
    """What was conceded of the statements of a period."""
    with workspace.reading() as view:
        stated = statements_here(view.connection, period, wanted=_any_conceded)
    return [
        (one, dispute, concession)
        for one in stated
        for dispute in one.standing.disputes
        if (concession := concession_of(one.statement, dispute)) is not None
    ]


def _any_conceded(said: Sequence[Event]) -> bool:
    return any(event.act is Act.CONCEDED for event in said)


def conceded_digest(workspace: Workspace, periods: Sequence[str]) -> str:
    """All that was ever conceded of some periods; empty: nothing."""
    found = [
        [one.statement_id, dispute.line, dispute.item]
        for period in periods
        for one, dispute, _ in _conceded(workspace, period)
    ]
    return request_digest({"conceded": found}) if found else ""


def _corrected(
    conceded: Sequence[_Conceded], into: Period, now: int
) -> list[tuple[Standee, list[Event]]]:
    """What is said of statements whose concessions stand corrected."""
    said: dict[str, tuple[Standee, list[Event]]] = {}
    for one, dispute, _ in conceded:
        if dispute.state is Act.CONCEDED:
            event = Event(Act.CORRECTED, "", dispute.line, dispute.item, now, into.name)
            said.setdefault(one.statement_id, (one, []))[1].append(event)
    return list(said.values())


def _corrected_in(workspace: Workspace, into: Period) -> set[str]:
    """The closed periods of which a period has corrections in its books."""
    query = select(journal.c.reason).distinct()
    query = query.where(
        journal.c.period == into.name, journal.c.reason.startswith("adjustment.", autoescape=True)
    )
    with workspace.reading() as view:
        return {reason.rpartition("@")[2] for reason in view.connection.execute(query).scalars()}


def _corrections_of_one(
    workspace: Workspace, name: str, into: MonthInputs, tariff: Tariff, now: int,
    conceded: Sequence[Concession],
) -> tuple[list[Adjustment], list[Finding]]:  # fmt: skip
    settled = Period.month(name)
    with workspace.reading() as view:
        stated = statements_here(view.connection, name)
    if any(tariff_digest(one.statement) != tariff.digest for one in stated):
        return [], [_other_tariff(tariff, settled)]
    again = settled_on(month_inputs(workspace, name, tariff.needs_journeys), tariff, now)
    again = replace(again, journal=without(again.journal, conceded))
    with workspace.reading() as view:
        books = books_of(view.connection, settled)
    one = adjust(books, again, into.period, now)
    booked = books.filter(
        pc.and_(
            pc.equal(books["period"], into.period.name), pc.ends_with(books["reason"], f"@{name}")
        )
    )
    findings, one = _within(tariff, one, settled, into.period)
    lines = pa.concat_tables([booked, one.lines])
    return ([Adjustment(settled, lines, one.rated)] if len(lines) else []), findings


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
