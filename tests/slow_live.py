"""The live staircase again, slow and obvious: what is known of an item by a moment, its last
credible scan, and the due date if the checkpoint after that happened then. Every minute is tried
where the last one that saves a promise is wanted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from slow_replay import ORDER, Item, Scan
from slow_verdict import SlowJudge

MINUTE = dt.timedelta(minutes=1)


def known_by(item: Item, now: dt.datetime) -> Item:
    """The item as the scans up to a moment show it."""

    def then(moment: dt.datetime | None) -> dt.datetime | None:
        return moment if moment is not None and moment <= now else None

    scans = {code: scan for code, scan in item.scans.items() if scan[0] <= now}
    return replace(
        item, scans=scans, delivered=then(item.delivered), pickup=then(item.pickup),
        export_back=then(item.export_back),
        events=tuple(event for event in item.events if event.at <= now),
    )  # fmt: skip


def offices_ahead(judge: SlowJudge, item: Item, last: Scan, code: str) -> list[str]:
    """Where the next checkpoint may be: where the item was scanned last, if it stays there and the
    network knows the way on from it; else every office that can carry it."""
    network = judge.network
    placed = network.due_at(last, item, last.at) is not None
    if code in ("EMG", "stop"):
        return [""]
    if code in ("EMB", "EMC"):
        if placed and last.code == "EMB":
            return [last.office]
        rows = network.rows("area_links.csv", area=item.origin, direction="export")
    else:
        if placed and last.code in ("EMD", "EDB", "EDC"):
            return [last.office]
        rows = network.rows("area_links.csv", area=item.destination, direction="import")
    return [row["office"] for row in rows]


def next_dues(judge: SlowJudge, item: Item, moment: dt.datetime) -> Iterator[dt.date]:
    """The due dates if the checkpoint after the last scan happened at a moment, by office."""
    last = judge.credible(item, None)[-1]
    code = ORDER[ORDER.index(last.code) + 1]
    for office in offices_ahead(judge, item, last, code):
        if code == "stop":
            yield judge.network.date(item.destination, moment)
        else:
            due = judge.network.due_from(code, office, item.destination, moment)
            if due is not None:
                yield due


def due_now(judge: SlowJudge, item: Item, now: dt.datetime) -> dt.date | None:
    """E(now) of an item whose clock has not stopped, from what `known_by` shows."""
    points = judge.checkpoints(item, None)
    following = min(next_dues(judge, item, now), default=None)
    if not points or following is None:
        return following
    return max(points[-1].due, following)
