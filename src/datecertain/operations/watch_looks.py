"""Looking at the items on their way: what is known of them at a moment, part by part.

One reading of the facts serves the watch list, yesterday's failed dispatches, the live line of one
item, and the count of what past items did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import SeesFlow
from datecertain.moments import DAY, Ints, date_of
from datecertain.network import Network
from datecertain.operations.evidence import (
    JUDGED_COLUMNS,
    current_items,
    event_months,
    event_parts,
    item_rows,
    scans,
    to_judge,
)
from datecertain.operations.judging_units import judging_units
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.milestones import EVENT_COLUMNS
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import Judgement, judge
from datecertain.verdict.live import Journeys, Warnings, agreed_warnings
from datecertain.verdict.replay import Milestones

#: Items accepted longer ago are not looked at: after so long an item is lost or undetermined by
#: any terms in use, or lies in a customs hold that the reports show.
REACH_DAYS = 60
#: Items looked at together; more would only want more memory.
PART_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Look:
    """Some items as they were known at a moment; `items` are their acceptance records."""

    network: Network
    items: pa.Table
    journeys: Journeys
    judgement: Judgement

    def warnings(self, rows: Ints) -> Warnings:
        """What the terms say of some of the items."""
        items = self.items.take(pa.array(rows, pa.int64()))
        posts = pa.array(list(self.network.posts), pa.string())
        origin, destination = (
            np.asarray(pc.fill_null(pc.index_in(items[name], posts), -1).to_numpy(), np.int64)
            for name in ("origin", "destination")
        )
        day = np.asarray(items["accepted_date"].to_numpy(), dtype=np.int64)
        return agreed_warnings(self.network, origin, destination, day)


def months_until(now: int, days: int = REACH_DAYS) -> list[str]:
    """The months of acceptance from so many days before a moment on."""
    first, last = now // DAY - days, now // DAY + 1  # a local date can be a day ahead
    return sorted({date_of(day).strftime("%Y-%m") for day in range(first, last + 1)})


def looks(
    workspace: Workspace, now: int, periods: Sequence[str] | None = None, lane: str = "",
    progress: Callable[[int, int], None] | None = None, sees_flow: SeesFlow | None = None,
) -> Iterator[Look]:  # fmt: skip
    """The items accepted by `now`, with the scans that were transmitted by then.

    `lane`: only one (`KR-US`); `sees_flow`: only what may be seen (None: all). Only a part of the
    items is in memory at a time.
    """
    work = [(month, unit) for month in periods or months_until(now)
            for unit in judging_units(workspace, month)]  # fmt: skip
    for done, (month, unit) in enumerate(work):
        items = current_items(
            workspace, unit, columns=JUDGED_COLUMNS, months=_months_that_count(month, now)
        )
        wanted = pc.and_(pc.equal(items["month"], month), pc.less_equal(items["accepted_at"], now))
        if lane:
            origin, _, destination = lane.partition("-")
            for name, post in (("origin", origin), ("destination", destination)):
                wanted = pc.and_(wanted, pc.equal(items[name], post))
        if sees_flow is not None:
            wanted = pc.and_(wanted, rows_seen(items, sees_flow))
        yield from _of_unit(workspace, items.filter(wanted), month, unit, now)
        if progress:
            progress(done + 1, len(work))


def _months_that_count(month: str, now: int) -> list[str]:
    """The months of acceptance that say of the items of one what was known of them at `now`: a
    number accepted again ends the episode before a day ahead, so later ones take no scan away."""
    last = date_of(now // DAY + 2)  # a local date can be a day ahead
    year, number = map(int, month.split("-"))
    count = (last.year - year) * 12 + last.month - number
    following = ((year * 12 + number - 1 + step) for step in range(max(count, 0) + 1))
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in following]


def rows_seen(items: pa.Table, sees_flow: SeesFlow) -> pa.ChunkedArray:
    """Which rows are of a flow that may be seen (columns `origin`, `destination`)."""
    lanes = pc.binary_join_element_wise(items["origin"], items["destination"], " ")
    seen = [lane for lane in pc.unique(lanes).to_pylist() if sees_flow(*lane.split(" "))]
    return pc.is_in(lanes, pa.array(seen, pa.string()))


def _of_unit(
    workspace: Workspace, items: pa.Table, month: str, unit: Sequence[int], now: int
) -> Iterator[Look]:
    events = event_parts(workspace, event_months(month), unit)
    for version in sorted(pc.unique(items["network_version"]).to_pylist()):
        network = network_of_version(workspace, version)
        mine = items.filter(pc.equal(items["network_version"], version))
        asked = to_judge(network, mine)
        found = scans(workspace, network, mine, asked, events, now)
        for first in range(0, len(mine), PART_ROWS):
            rows = slice(first, first + PART_ROWS)
            part = mine.slice(first, PART_ROWS)
            yield look_at(network, part, asked.rows(rows), found.rows(rows), now)


def look_at(
    network: Network, items: pa.Table, asked: ItemsToJudge, found: Milestones, now: int
) -> Look:
    """The items as the verdict towards the sender sees them at a moment. Declared cases excuse
    days and move no due date: they are not asked for."""
    judgement = judge(network, asked, found, [], now)
    journeys = Journeys(
        np.maximum(asked.origin_area, 0), np.maximum(asked.destination_area, 0), found,
        judgement.sender.replay, judgement.sender.promised, judgement.sender.stopped,
    )  # fmt: skip
    return Look(network, items, journeys, judgement)


def look_at_one(workspace: Workspace, item_id: str, now: int) -> Look | None:
    """The latest acceptance of a number by `now`; None where there is none."""
    bucket = buckets(pa.chunked_array([[item_id]], pa.string()))[0].as_py()
    items = current_items(workspace, [bucket], item_id)
    items = items.filter(pc.less_equal(items["accepted_at"], now)).sort_by("accepted_at")
    if not len(items):
        return None
    latest = items.slice(len(items) - 1, 1)
    network = network_of_version(workspace, latest["network_version"][0].as_py())
    months = event_months(latest["month"][0].as_py())
    events = item_rows(workspace, EVENTS_TABLE, item_id, months, EVENT_COLUMNS)
    asked = to_judge(network, latest)
    found = scans(workspace, network, latest, asked, [lambda: events], now)
    return look_at(network, latest, asked, found, now)
