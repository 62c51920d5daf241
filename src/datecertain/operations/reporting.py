"""The report of a month: figures from the current verdicts, money from its settlement, and what
both rest on (req 49, 50, 53)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, select

from datecertain.access import EVERYTHING, Viewer, keeper
from datecertain.errors import NotFound
from datecertain.operations.astray import astray_items
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import current_verdicts
from datecertain.operations.month_money import stored_money
from datecertain.operations.networks import current_network
from datecertain.operations.seeing import rows_seen
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.quality import (
    Basis,
    MoneyFigures,
    MonthFigures,
    Passage,
    PostName,
    month_figures,
)
from datecertain.settlement import Period
from datecertain.store import Workspace
from datecertain.store import records as tables
from datecertain.verdict.outcomes import RULES_VERSION


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Everything a report of a month says."""

    figures: MonthFigures
    money: MoneyFigures
    basis: Basis


def month_report(
    workspace: Workspace, month: str, clock: Clock, viewer: Viewer | None = None
) -> MonthReport:
    """The figures of a month as last judged and settled (unsettled: without money). For a post they
    are those of its own items, without money and counts that others are in.

    Raises `NotFound` when nothing of that month was judged, or nothing of it may be seen.
    """
    period, viewer = Period.month(month), viewer or keeper()
    verdicts = rows_seen(current_verdicts(workspace, [month]), viewer)
    if not len(verdicts):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    items = current_items(workspace, None)
    items = rows_seen(items.filter(pc.equal(items["month"], month)), viewer)
    whole = viewer.post == EVERYTHING
    network = current_network(workspace)
    posts = tuple(
        PostName(row.post, row.name_en, row.name_ko)
        for row in network.data.posts
        if row.member_on(period.last_day)
    )
    closing = int(pc.max(verdicts["judged_as_of"]).as_py())
    figures = month_figures(
        verdicts, items, first_day=period.first_day, last_day=period.last_day, posts=posts,
        findings=_findings(workspace, None if whole else items["item_id"]),
        carriage=network.carriage,
        astray=astray_items(workspace, network, month, items, closing),
    )  # fmt: skip
    money = MoneyFigures()
    if whole:
        with suppress(NotFound):
            money = stored_money(workspace, month)
    tables_of = network.data.tables()
    basis = Basis(
        network_title=network.data.title, network_version=network.version,
        rules_version=RULES_VERSION, closing_at=closing, produced_at=clock.now(),
        run_id=_run(workspace), synthetic=_synthetic(items),
        illustrative=sum(row.illustrative for rows in tables_of.values() for row in rows),
        passages=_passages(workspace, items, verdicts) if whole else (),
        pinned=tuple(sorted((name, str(v)) for name, v in workspace.published.items())),
    )  # fmt: skip
    return MonthReport(figures, money, basis)


#: Channel that generated acceptance records carry, so that no report can be taken for real.
SYNTHETIC = "synthetic"


def _synthetic(items: pa.Table) -> bool:
    return bool(pc.any(pc.starts_with(items["channel"], SYNTHETIC)).as_py())


def _findings(workspace: Workspace, of: pa.ChunkedArray | None) -> pa.Table:
    """All findings, or those of some items."""
    columns = ("code", "severity", "source", "position", "detail", "item")
    with workspace.reading() as view:
        rows = view.connection.execute(select(*(tables.findings.c[name] for name in columns))).all()
    table = pa.table(
        {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(columns)}
    )
    return table if of is None else table.filter(pc.is_in(table["item"], of.cast(pa.string())))


def _run(workspace: Workspace) -> str:
    with workspace.reading() as view:
        last = view.connection.execute(
            select(tables.batches.c.batch_id)
            .where(tables.batches.c.state == "published")
            .order_by(tables.batches.c.published_seq.desc())
            .limit(1)
        ).scalar()
    return last or ""


def _passages(workspace: Workspace, items: pa.Table, verdicts: pa.Table) -> tuple[Passage, ...]:
    """Counts in = counts out, stage by stage."""
    with workspace.reading() as view:
        interchanges = view.connection.execute(
            select(func.count()).select_from(tables.interchanges)
        ).scalar()
        counts = view.connection.execute(select(tables.input_files.c.counts)).scalars().all()
        aside = view.connection.execute(
            select(func.count()).select_from(tables.quarantine)
        ).scalar()
    read = np.array([row.get("events", 0) for row in counts]).sum()
    received = sum(row.get("interchanges", 0) for row in counts)
    used = int(interchanges or 0)
    return (
        Passage("interchanges", received, used, repeated=received - used),
        Passage("events", int(read) + int(aside or 0), workspace.facts(EVENTS_TABLE).rows,
                set_aside=int(aside or 0)),
        Passage("acceptances", len(items), len(items)),
        Passage("verdicts", len(items), len(verdicts)),
    )  # fmt: skip
