"""Data quality of a month of acceptances: the figures of every post, the lists to be sent to it,
and the integrity screens (req 17-20, 50, 75). Nothing is written to the workspace."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from datecertain.access import SeesFlow
from datecertain.errors import NotFound
from datecertain.moments import NEVER, Ints, date_of
from datecertain.network import Network
from datecertain.operations.dispatch_lists import month_dispatches, write_dispatch_lists
from datecertain.operations.evidence import current_items, event_months, numbered
from datecertain.operations.finding_words import finding_words
from datecertain.operations.judging_units import judging_units
from datecertain.operations.kept_sums import Columns, month_sums, scored_of
from datecertain.operations.lists_by_post import write_by_post
from datecertain.operations.networks import current_network
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.quality import (
    TOLD,
    DataQuality,
    DispatchQuality,
    Kind,
    QualityLine,
    QualityPart,
    Score,
    ToldEvents,
    Trend,
    event_rules,
    quality_part,
    quality_together,
    scores,
    told_events,
    tracked_items,
    trends,
)
from datecertain.settlement import Period
from datecertain.store import Workspace
from datecertain.tracking.milestones import episode_events
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class QualityReport:
    """A month's data quality, its scores, and how each stands to the month before."""

    quality: DataQuality
    dispatches: DispatchQuality | None  # None: no transport message is known
    scores: tuple[Score, ...]
    trends: tuple[Trend, ...]


def quality_report(
    workspace: Workspace, month: str, as_of: int, claims: Mapping[str, int] | None = None,
    sees_flow: SeesFlow | None = None,
) -> QualityReport:  # fmt: skip
    """The data quality of the items accepted in a month (`YYYY-MM`), on what was known at `as_of`;
    of what a post told another where that may be seen (`sees_flow` None: all), and the scores of
    that alone.

    `claims`: item number → moment at which a claim was opened. Raises `NotFound` when nothing was
    accepted in that month.
    """
    network = current_network(workspace)
    quality = month_quality(workspace, network, month, as_of, claims)
    if quality is None:
        raise NotFound(f"no item of {month} is known here: run `datecertain ingest` first")
    earlier = _month_before(month)
    before = month_quality(workspace, network, earlier, as_of, claims)
    dispatches = month_dispatches(workspace, network, month, as_of)
    dispatches_before = month_dispatches(workspace, network, earlier, as_of)
    if sees_flow is not None:
        quality = _seen(quality, network, sees_flow)
        before = None if before is None else _seen(before, network, sees_flow)
        dispatches, dispatches_before = (
            None if one is None else replace(one, lines=_lines_seen(one.lines, sees_flow))
            for one in (dispatches, dispatches_before)
        )
    scored, scored_before = _scored(quality, dispatches), _scored(before, dispatches_before)
    return QualityReport(quality, dispatches, scored, trends(scored_before, scored))


def _seen(quality: DataQuality, network: Network, sees_flow: SeesFlow) -> DataQuality:
    """What of the figures may be seen: of an office's screens those of one's own post, since they
    count the scans of all its flows."""

    def own(office: str) -> bool:
        known = network.office(office)
        return known is not None and sees_flow(known.post, known.post)

    return replace(
        quality, lines=_lines_seen(quality.lines, sees_flow),
        hold_costs=tuple(one for one in quality.hold_costs if sees_flow(one.post, one.partner)),
        screens=tuple(one for one in quality.screens if own(one.office)),
    )  # fmt: skip


def _lines_seen(lines: Iterable[QualityLine], sees_flow: SeesFlow) -> tuple[QualityLine, ...]:
    return tuple(line for line in lines if sees_flow(line.post, line.partner))


def _scored(quality: DataQuality | None, dispatches: DispatchQuality | None) -> tuple[Score, ...]:
    lines = () if quality is None else quality.lines
    return scores(lines if dispatches is None else (*lines, *dispatches.lines))


def _month_before(month: str) -> str:
    return date_of(Period.month(month).first_day - 1).strftime("%Y-%m")


#: Columns of an acceptance record that the checks need.
_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "accepted_at", "accepted_date", "promised_on",
    "month",
)  # fmt: skip


def month_quality(
    workspace: Workspace, network: Network, month: str, as_of: int,
    claims: Mapping[str, int] | None,
) -> DataQuality | None:  # fmt: skip
    """The data quality of a month's items alone; None when nothing was accepted in it."""
    if not workspace.facts(ITEMS_TABLE).partitions(months=[month]):
        return None
    rules = event_rules(Period.month(month).first_day)
    parts, counting = list[QualityPart](), deque[Future[QualityPart]]()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for unit in judging_units(workspace, month):  # a month of events need not be held at once
            items, told = _told(workspace, network, month, unit, as_of)
            counting.append(pool.submit(
                quality_part, network, tracked_items(items, tuple(network.posts)), told, rules,
                month, as_of, _claimed_at(items, claims),
            ))  # fmt: skip
            if len(counting) == _AT_ONCE:
                parts.append(counting.popleft().result())
        parts += [one.result() for one in counting]
    return quality_together(network, parts, rules, month, as_of)


def month_lines(
    workspace: Workspace, network: Network, month: str, as_of: int
) -> tuple[QualityLine, ...]:
    """The figures alone of `month_quality`, without claims, kept ready; empty when nothing was
    accepted."""
    if not workspace.facts(ITEMS_TABLE).partitions(months=[month]):
        return ()
    rests_on = scored_of(workspace, network, month, as_of)

    def made() -> Columns:
        quality = month_quality(workspace, network, month, as_of, None)
        lines = () if quality is None else quality.lines
        return {name: np.array([getattr(one, name) for one in lines], kind)
                for name, kind in _LINE.items()}  # fmt: skip

    kept = month_sums(workspace, month, "events", rests_on, made)
    rows = zip(*(kept[name].tolist() for name in _LINE), strict=True)
    return tuple(QualityLine(Kind(kind), *rest) for kind, *rest in rows)


#: Columns of a figure as it is kept: texts and numbers.
_LINE = {"kind": str, "name": str, "code": str, "post": str, "partner": str, "month": str,
         "of": np.int64, "bad": np.int64}  # fmt: skip
#: Parts that are in memory at a time, beside the one that is read.
_AT_ONCE = 2


def _told(
    workspace: Workspace, network: Network, month: str, unit: Sequence[int], as_of: int
) -> tuple[pa.Table, ToldEvents]:
    """A month's items in some buckets, and what was told of them."""
    near = event_months(month)
    items = current_items(workspace, unit, columns=_COLUMNS, months=near)
    items = items.filter(pc.equal(items["month"], month))
    events = workspace.scan(EVENTS_TABLE, months=near, buckets=unit)
    asked = nw.from_native(workspace.engine.from_arrow(numbered(items)))
    frame = episode_events(asked, events, as_of)
    found = nw.to_native(frame.select(*TOLD)).to_arrow_table()
    return items, told_events(found, tuple(network.posts))


def _claimed_at(items: pa.Table, claims: Mapping[str, int] | None) -> Ints | None:
    if claims is None:
        return None
    index = pc.index_in(items["item_id"], pa.array(list(claims), pa.string()))
    at = np.array([*claims.values(), NEVER], dtype=np.int64)
    return np.asarray(at[pc.fill_null(index, -1).to_numpy()], dtype=np.int64)


def write_lists(report: QualityReport, folder: Path, speak: Words, post: str = "") -> list[Path]:
    """The items to be sent to each post, one CSV a post and kind, and `screens.csv`; the paths.

    `says` tells in the language what is wrong. With `post` only that post's lists.
    """
    quality = report.quality
    written = write_by_post(
        quality.listed, quality.month, folder, lambda rows: _for_people(rows, speak), post
    )
    if not post:
        path = folder / f"{report.quality.month}.screens.csv"
        csv.write_csv(_screens(report), path)
        written.append(path)
    if report.dispatches is not None:
        written += write_dispatch_lists(report.dispatches, folder, speak, post)
    return written


def list_for(
    report: QualityReport, post: str, speak: Words, sees_flow: SeesFlow
) -> list[dict[str, Any]]:
    """The rows of wrong events to be sent to one post, of what may be seen, as people read them:
    moments as text, and `says` tells in the language what is wrong."""
    rows = report.quality.listed
    rows = rows.filter(pc.equal(rows["post"], post))
    partners = [one for one in pc.unique(rows["partner"]).to_pylist() if sees_flow(post, one)]
    rows = rows.filter(pc.is_in(rows["partner"], pa.array(partners, pa.string())))
    found: list[dict[str, Any]] = _for_people(rows, speak).to_pylist() if len(rows) else []
    return found


def _for_people(rows: pa.Table, speak: Words) -> pa.Table:
    """The rows with moments as text, and a sentence."""
    reasons = rows.select(["kind", "name"]).group_by(["kind", "name"]).aggregate([])
    told = [
        (row["kind"], row["name"], finding_words(row["kind"], row["name"], speak))
        for row in reasons.to_pylist()
    ]
    key = pc.binary_join_element_wise(rows["kind"], rows["name"], "|")
    index = pc.index_in(key, pa.array([f"{kind}|{name}" for kind, name, _ in told]))
    says = pa.array([text for *_, text in told]).take(index.combine_chunks())
    columns = {name: rows[name] for name in rows.column_names}
    columns |= {name: _utc(rows[name]) for name in ("at", "sent_at")}
    return pa.table(columns | {"says": says})


def _utc(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    seconds = pc.multiply(moments, 60).cast(pa.timestamp("s"))
    return pc.strftime(seconds, format="%Y-%m-%dT%H:%MZ")


def _screens(report: QualityReport) -> pa.Table:
    names = ("code", "office", "hits", "scans", "peer_hits", "peer_scans")
    found = report.quality.screens
    columns = {name: [getattr(one, name) for one in found] for name in names}
    columns |= {
        "low": [round(one.interval.low, 6) for one in found],
        "high": [round(one.interval.high, 6) for one in found],
        "bound": [round(one.bound, 6) for one in found],
        "flagged": ["yes" if one.flagged else "no" for one in found],
        "downgrade": [one.downgrade for one in found],
    }
    return pa.table(columns)
