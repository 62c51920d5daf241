"""What posts told, written as text: one line a record, over the small world."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from datecertain.moments import DAY, NEVER, parse_date, parse_utc, zone
from datecertain.network import Network
from datecertain.quality import (
    DataQuality,
    ToldEvents,
    TrackedItems,
    data_quality,
    event_rules,
    told_events,
    tracked_items,
)
from datecertain.quality.told_events import known_codes
from datecertain.simulate import Simulation
from datecertain.simulate.scans import CODES
from worlds import small_network

MONTH = "2026-10"
RULES = event_rules(parse_date("2026-10-01"))
#: Long after everything: every deadline has passed.
LATER = parse_utc("2027-06-01T00:00Z")


@cache
def world() -> Network:
    return small_network()


def items_of(text: str) -> TrackedItems:
    """Lines `number origin destination accepted(UTC) promised(date or -)`."""
    rows = [line.split() for line in text.strip().splitlines()]
    table = pa.table(
        {
            "item_id": [row[0] for row in rows],
            "origin": [row[1] for row in rows],
            "destination": [row[2] for row in rows],
            "accepted_at": [parse_utc(row[3]) for row in rows],
            "accepted_date": [parse_utc(row[3]) // DAY for row in rows],
            "promised_on": pa.array(
                [None if row[4] == "-" else parse_date(row[4]) for row in rows], pa.int32()
            ),
        }
    )
    return tracked_items(table, tuple(world().posts))


def records_of(text: str, items: TrackedItems) -> pa.Table:
    """Lines `number code happened(UTC) place sender>recipient sent(UTC) [reason]`."""
    zones = {office.office: office.zone for office in world().data.offices}
    zones |= {area.area: area.zone for area in world().data.areas}
    numbers = items.item_id.to_pylist()
    rows = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        number, code, at, place, sides, sent, *reason = line.split()
        day, minute = zone(zones[place]).to_local(np.array([parse_utc(at)]))
        sender, recipient = sides.split(">")
        rows.append(
            {
                "item_row": numbers.index(number), "code": code, "event_at": parse_utc(at),
                "event_date": int(day[0]), "event_min": int(minute[0]), "office": place,
                "reason": reason[0] if reason else None, "sender": sender, "recipient": recipient,
                "transmitted_at": parse_utc(sent),
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


_SCHEMA = pa.schema(
    [
        ("item_row", pa.int64()), ("code", pa.string()), ("event_at", pa.int64()),
        ("event_date", pa.int32()), ("event_min", pa.int32()), ("office", pa.string()),
        ("reason", pa.string()), ("sender", pa.string()), ("recipient", pa.string()),
        ("transmitted_at", pa.int64()),
    ]
)  # fmt: skip


def quality_of(items: TrackedItems, records: pa.Table, as_of: int = LATER) -> DataQuality:
    return data_quality(world(), items, told_events(records, items.posts), RULES, MONTH, as_of)


def judged(items: str, records: str, as_of: int = LATER) -> DataQuality:
    """The data quality of a small case in text."""
    known = items_of(items)
    return quality_of(known, records_of(records, known), as_of)


def wrong(found: DataQuality) -> list[str]:
    """What is listed, a line each: `post kind name number event other`."""
    names = ("post", "kind", "name", "item_id", "event", "other_event")
    rows = found.listed.to_pylist()
    return sorted(" ".join(str(row[name]) for name in names if row[name]) for row in rows)


def simulated(month: Simulation) -> tuple[TrackedItems, ToldEvents]:
    """What the posts of a simulated month told, without the truth."""
    truth, scans = month.truth, month.scans
    items = tracked_items(truth, month.posts)
    known = known_codes()
    index = np.array([known.index(code) for code in CODES], dtype=np.int64)
    events = ToldEvents(
        scans.item.astype(np.int64), index[scans.code], scans.scanned_at,
        scans.date.astype(np.int64) * DAY + scans.minute, scans.place.astype(np.int64),
        scans.reason.astype(np.int64), scans.sender.astype(np.int64),
        scans.recipient.astype(np.int64), scans.sent_at, np.ones(len(scans), dtype=np.int64),
        known, scans.places, scans.reasons,
    )  # fmt: skip
    return items, events


def of_month(month: Simulation, events: ToldEvents | None = None) -> DataQuality:
    items, told = simulated(month)
    return data_quality(world(), items, events or told, RULES, MONTH, LATER)


__all__ = [
    "LATER", "NEVER", "RULES", "items_of", "judged", "of_month", "quality_of", "records_of",
    "simulated", "world", "wrong",
]  # fmt: skip
