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
class KnownItems:
    """Items promised by one network version: their acceptance records, the same as the rule wants
    them, and the scans that were known at a moment; rows of one length."""

    network: Network
    items: pa.Table
    asked: ItemsToJudge
    scans: Milestones

    def stretch(self, rows: slice) -> KnownItems:
        """A stretch of them; nothing is copied."""
        items = self.items.slice(rows.start, rows.stop - rows.start)
        return KnownItems(self.network, items, self.asked.rows(rows), self.scans.rows(rows))

    def some(self, index: Ints) -> KnownItems:
        """Some of them, in this order."""
        items = self.items.take(pa.array(index, pa.int64()))
        return KnownItems(self.network, items, self.asked.some(index), self.scans.rows(index))

    def look(self, now: int) -> Look:
        """How they stand at a moment up to which all is known of them."""
        return look_at(self.network, self.items, self.asked, self.scans, now)


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
    workspace: Workspace, now: int, periods: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None, sees_flow: SeesFlow | None = None,
) -> Iterator[Look]:  # fmt: skip
    """The items accepted by `now`, with the scans that were transmitted by then.

    `sees_flow`: only what may be seen (None: all). Only a part of the items is in memory at a time.
    """
    work = [(month, unit) for month in periods or months_until(now)
            for unit in judging_units(workspace, month)]  # fmt: skip
    for done, (month, unit) in enumerate(work):
        items = accepted_by(workspace, month, unit, now)
        seen = items if sees_flow is None else items.filter(rows_seen(items, sees_flow))
        for known in known_items(workspace, seen, month, unit, now):
            for first in range(0, len(known.items), PART_ROWS):
                yield known.stretch(slice(first, first + PART_ROWS)).look(now)
        if progress:
            progress(done + 1, len(work))


def accepted_by(
    workspace: Workspace, month: str, unit: Sequence[int], now: int,
    numbers: pa.Array | None = None,
) -> pa.Table:  # fmt: skip
    """The acceptance records (JUDGED_COLUMNS, `next_at`) of a month and some buckets by a moment;
    of some numbers only, if given."""
    items = current_items(
        workspace, unit, columns=JUDGED_COLUMNS, months=months_that_count(month, now),
        numbers=numbers,
    )  # fmt: skip
    mine = pc.and_(pc.equal(items["month"], month), pc.less_equal(items["accepted_at"], now))
    return items.filter(mine)


def months_that_count(month: str, now: int) -> list[str]:
    """The months of acceptance that say of the items of one what was known of them at `now`: a
    number accepted again ends the episode before a day ahead, so later ones take no scan away."""
    last = date_of(now // DAY + 2)  # a local date can be a day ahead
    year, number = map(int, month.split("-"))
    count = (last.year - year) * 12 + last.month - number
    following = ((year * 12 + number - 1 + step) for step in range(max(count, 0) + 1))
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in following]


def of_lane(lane: str, sees_flow: SeesFlow | None) -> SeesFlow | None:
    """What may be seen, of one lane (`KR-US`) alone where one is named; None: everything."""
    if not lane:
        return sees_flow
    wanted = lane.split("-")

    def sees(origin: str, destination: str) -> bool:
        return [origin, destination] == wanted and (
            sees_flow is None or sees_flow(origin, destination)
        )

    return sees


def rows_seen(items: pa.Table, sees_flow: SeesFlow) -> pa.ChunkedArray:
    """Which rows are of a flow that may be seen (columns `origin`, `destination`)."""
    lanes = pc.binary_join_element_wise(items["origin"], items["destination"], " ")
    seen = [lane for lane in pc.unique(lanes).to_pylist() if sees_flow(*lane.split(" "))]
    return pc.is_in(lanes, pa.array(seen, pa.string()))


def known_items(
    workspace: Workspace, items: pa.Table, month: str, unit: Sequence[int], now: int,
    numbers: pa.Array | None = None,
) -> Iterator[KnownItems]:  # fmt: skip
    """What was known of items (`accepted_by`) at a moment, one network version after the other."""
    events = event_parts(workspace, event_months(month), unit, numbers=numbers)
    for version in sorted(pc.unique(items["network_version"]).to_pylist()):
        network = network_of_version(workspace, version)
        mine = items.filter(pc.equal(items["network_version"], version))
        asked = to_judge(network, mine)
        found = scans(workspace, network, mine, asked, events, now)
        yield KnownItems(network, mine, asked, found)


def look_at(
    network: Network, items: pa.Table, asked: ItemsToJudge, found: Milestones, now: int
) -> Look:
    """The items as the verdict towards the sender sees them at a moment. Declared cases excuse
    days and move no due date: they are not asked for."""
    judgement = judge(network, asked, found, [], now)
    journeys = Journeys(
        *judgement.clocks, found, judgement.sender.replay, judgement.sender.promised,
        judgement.sender.stopped,
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
