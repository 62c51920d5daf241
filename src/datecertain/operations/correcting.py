"""Closed periods corrected in the next: settled again on paper, the difference booked (req 48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from datecertain.settlement.unnamed import Reckonable
from datecertain.store import Workspace, request_digest
from datecertain.store.records import batches, runs
from datecertain.store.settlement_records import journal


def settled_on(
    given: MonthInputs, tariff: Tariff, now: int, adjustments: Sequence[Adjustment] = (),
    pairs: Sequence[tuple[str, str]] = (), read: Reckonable | None = None,
) -> Settlement:  # fmt: skip
    """A month settled on what it was read with; `read`: the same, refunded already."""
    verdicts, refunded = (read.verdicts, read.refunded) if read else (given.verdicts, None)
    return settle_period(
        given.network, verdicts, given.items,
        performance_events(tariff, given.period, given.sent), given.period, tariff,
        booked_at=now, adjustments=adjustments, journeys=given.journeys, pairs=pairs,
        granted=given.granted, interest=given.interest, refunded=refunded,
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
    #: What was conceded and stands corrected now.
    corrected: list[Conceded] = field(default_factory=list)


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
    here, conceded_of = _corrected_in(workspace, into.period), _by_period(workspace, closed)
    findings_in_all = 0
    for name in closed:
        digest = inputs_digest(workspace, into.network, name, tariff)
        conceded = conceded_of.get(name, [])
        agreed = known.get(name)
        waiting = any(not one.concession.corrected for one in conceded)
        known_so = agreed is not None and not agreed.findings and agreed.digest == digest
        if agreed is None or not known_so or waiting or name in here:
            found = _corrections_of_one(
                workspace, name, into, tariff, now, [one.concession for one in conceded]
            )
            if len(found.adjustment.lines):
                corrections.adjustments.append(found.adjustment)
            corrections.corrected.extend(
                one for one in conceded
                if not one.concession.corrected and found.booked(one.concession.audience)
            )  # fmt: skip
            agreed = Agreed(digest, len(found.findings))
        corrections.agreed[name] = agreed
        findings_in_all += agreed.findings
    return replace(corrections, findings=findings_in_all)


@dataclass(frozen=True)
class Conceded:
    """What was conceded of a statement."""

    stated: Standee
    dispute: Dispute
    concession: Concession


def _conceded(workspace: Workspace, periods: Sequence[str]) -> list[Conceded]:
    """What was conceded of the statements of some periods."""
    found = []
    with workspace.reading() as view:
        for period in periods:
            for one in statements_here(view.connection, period, wanted=_any_conceded):
                for dispute in one.standing.disputes:
                    concession = concession_of(one.statement, dispute)
                    if concession is not None:
                        found.append(Conceded(one, dispute, concession))
    return found


def _by_period(workspace: Workspace, closed: Sequence[str]) -> dict[str, list[Conceded]]:
    """What was conceded of closed periods, by the period that comes out otherwise by it: of a line
    that corrects an earlier one, that."""
    found: dict[str, list[Conceded]] = {}
    for one in _conceded(workspace, closed):
        found.setdefault(one.concession.of, []).append(one)
    return found


def _any_conceded(said: Sequence[Event]) -> bool:
    return any(event.act is Act.CONCEDED for event in said)


def conceded_digest(workspace: Workspace, periods: Sequence[str]) -> str:
    """All that was ever conceded of some periods; empty: nothing."""
    found = [
        [one.stated.statement_id, one.dispute.line, one.dispute.item]
        for one in _conceded(workspace, periods)
    ]
    return request_digest({"conceded": found}) if found else ""


def said_corrected(
    conceded: Sequence[Conceded], into: Period, now: int
) -> list[tuple[Standee, list[Event]]]:
    """What is said of statements whose concessions stand corrected."""
    said: dict[str, tuple[Standee, list[Event]]] = {}
    for one in conceded:
        event = Event(Act.CORRECTED, "", one.dispute.line, one.dispute.item, now, into.name)
        said.setdefault(one.stated.statement_id, (one.stated, []))[1].append(event)
    return list(said.values())


def _corrected_in(workspace: Workspace, into: Period) -> set[str]:
    """The closed periods of which a period has corrections in its books."""
    query = select(journal.c.reason).distinct()
    query = query.where(
        journal.c.period == into.name, journal.c.reason.startswith("adjustment.", autoescape=True)
    )
    with workspace.reading() as view:
        return {reason.rpartition("@")[2] for reason in view.connection.execute(query).scalars()}


@dataclass(frozen=True)
class _Correction:
    """What is to be booked of a closed period. `late`: pairs that may no longer be corrected; None:
    none may."""

    adjustment: Adjustment
    findings: list[Finding]
    late: frozenset[str] | None

    def booked(self, pair: str) -> bool:
        """Whether the books of a pair say now what the period comes to."""
        return self.late is not None and pair not in self.late


def _corrections_of_one(
    workspace: Workspace, name: str, into: MonthInputs, tariff: Tariff, now: int,
    conceded: Sequence[Concession],
) -> _Correction:  # fmt: skip
    settled = Period.month(name)
    with workspace.reading() as view:
        stated = statements_here(view.connection, name)
        books = books_of(view.connection, settled)
    again = settled_on(month_inputs(workspace, name, tariff.needs_journeys), tariff, now)
    if any(tariff_digest(one.statement) != tariff.digest for one in stated):
        nothing = Adjustment(settled, JOURNAL.empty_table(), again.rated)
        return _Correction(nothing, [_other_tariff(tariff, settled)], None)
    known, since = _differing(books, again, conceded, into.period, now)
    booked = books.filter(
        pc.and_(
            pc.equal(books["period"], into.period.name), pc.ends_with(books["reason"], f"@{name}")
        )
    )
    findings, _, known = _within(tariff, known, settled, into.period, {})
    stated_in = {one.audience: one.stated_in for one in conceded if not one.corrected}
    more, late, since = _within(tariff, since, settled, into.period, stated_in)
    together = pa.concat_tables([booked, known, since])
    return _Correction(Adjustment(settled, together, again.rated), [*findings, *more], late)


def _differing(
    books: pa.Table, again: Settlement, conceded: Sequence[Concession], into: Period, now: int
) -> tuple[pa.Table, pa.Table]:
    """What a period would come to otherwise: by what is known now and was conceded before, and
    beyond that by what was conceded since, in entries that say so."""
    before = [one for one in conceded if one.corrected]
    known = adjust(books, without(again, before, books), into, now).lines
    if len(before) == len(conceded):
        return known, JOURNAL.empty_table()
    together = pa.concat_tables([books, known])
    target = without(again, conceded, books)
    return known, adjust(together, target, into, now, conceded=True).lines


def _other_tariff(tariff: Tariff, settled: Period) -> Finding:
    return Finding(
        "adjustment-other-tariff", Severity.WARNING, f"tariff {tariff.name}", settled.name,
        "was settled under another tariff: settle with that file to correct it",
    )  # fmt: skip


def _within(
    tariff: Tariff, lines: pa.Table, settled: Period, into: Period, stated_in: Mapping[str, str]
) -> tuple[list[Finding], frozenset[str], pa.Table]:
    """The lines of pairs that may still be corrected; a finding for each pair that may not. The
    months count from the period, or from that in which the pair's line was `stated_in`."""
    late = {}
    for pair in pc.unique(lines["audience"]).to_pylist():
        posts = pair.split("+")
        months = _months(into) - _months(Period.month(stated_in.get(pair, settled.name)))
        terms = tariff.statement_terms_on(posts[0], posts[-1], settled.first_day)
        if terms is not None and months > terms.adjust_months:
            late[pair] = months
    kept = pc.invert(pc.is_in(lines["audience"], pa.array(list(late), pa.string())))
    findings = [
        Finding(
            "adjustment-too-late", Severity.WARNING, pair, settled.name,
            f"would come out otherwise now, {months} months later: the posts agreed on fewer",
        )
        for pair, months in late.items()
    ]  # fmt: skip
    return findings, frozenset(late), lines.filter(kept)


def _months(period: Period) -> int:
    return int(period.name[:4]) * 12 + int(period.name[5:])


def new_lines(one: Adjustment, books: pa.Table) -> pa.Table:
    """The lines of an adjustment that stand in no books yet."""
    return one.lines.filter(
        pc.invert(pc.is_in(one.lines["entry_id"], pc.unique(books["entry_id"])))
    )
