"""From an event as a message states it to the canonical event: who sent it, where, and when
(req 14, 16, 17).

Local times are resolved by the place: the office's or area's zone, or the zone of the office's
country when the office is unknown (a finding). What cannot be placed or is impossible is set
aside with its reason; nothing is guessed and nothing is lost. A time with its offset is turned into
the local time of the place. Every door comes through here: EDIFACT, EPCIS, tables, JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.findings import Finding, Severity
from datecertain.moments import DAY, Ints, Mask, Resolution, date_of, zone
from datecertain.network import Network
from datecertain.tracking.events import BUCKETS, EVENTS, OffsetSource, audience

#: An event further ahead of its own transmission than this cannot have happened.
_AHEAD_MIN = DAY


@dataclass(frozen=True, slots=True)
class Canonical:
    """The usable events (schema EVENTS without `batch_id`), findings, and per finding code the row
    numbers of the raw table that were set aside."""

    events: pa.Table
    findings: list[Finding]
    set_aside: dict[str, Ints]


def canonical_events(
    raw: pa.Table, network: Network, received_at: int, known_codes: frozenset[str]
) -> Canonical:
    """The canonical events. `raw` has the columns of RAW_EVENTS and `source`, the file of each; and
    where a door knows more, `prepared_offset` and `position` (DOOR_EVENTS)."""
    sender = _posts(raw["sender"], network)
    recipient = _posts(raw["recipient"], network)
    places = _Places(raw["office"], network, sender)
    known_min = pc.is_valid(raw["event_min"]).to_numpy()
    local_day = raw["event_date"].to_numpy().astype(np.int64)
    local_min = raw["event_min"].fill_null(0).to_numpy().astype(np.int64)
    stated = raw["stated_offset"].fill_null(0).to_numpy().astype(np.int64)
    has_stated = pc.is_valid(raw["stated_offset"]).to_numpy()
    event_at, resolution = _moments(places.zones, places.zone_of, local_day, local_min)
    event_at = np.where(has_stated, local_day * DAY + local_min - stated, event_at)
    doubtful = ~has_stated & (resolution != Resolution.EXACT)
    local_day, local_min, elsewhere = _at_place(
        places, has_stated & known_min, event_at, local_day, local_min
    )
    sent_at = _transmitted(raw, network, sender)

    sent = sent_at != _NO_TIME
    aside = {
        "sender-unknown": sender < 0,
        "recipient-unknown": (sender >= 0) & (recipient < 0),
        "office-unplaced": (sender >= 0) & (places.zone_of < 0) & ~has_stated,
        "time-missing": ~known_min,
        "transmission-missing": (sender >= 0) & ~sent,
        "event-in-future": (sender >= 0) & sent & (event_at > sent_at + _AHEAD_MIN),
        "test-interchange": raw["test"].to_numpy(),
    }
    usable = ~np.logical_or.reduce(list(aside.values()))
    findings = _findings_of_set_aside(raw, aside)
    doubts = {
        "code-unknown": ~pc.is_in(raw["code"], pa.array(sorted(known_codes))).to_numpy(),
        "office-unknown": places.by_country,
        "time-ambiguous": doubtful,
        "offset-not-of-office": elsewhere & (stated != 0),
    }
    for code, rows in doubts.items():
        findings += _each(raw, code, Severity.WARNING, usable & rows, _DOUBT[code])
    offset = np.where(
        has_stated, OffsetSource.STATED,
        np.where(doubtful, OffsetSource.AMBIGUOUS,
                 np.where(places.by_country, OffsetSource.COUNTRY, OffsetSource.OFFICE)),
    )  # fmt: skip
    posts = list(network.posts)
    columns = {
        **{name: raw[name] for name in _KEPT},
        "event_at": event_at,
        "event_date": local_day,
        "event_min": local_min,
        "offset_source": offset.tolist(),
        "sender": pa.array(posts).take(pa.array(np.maximum(sender, 0))),
        "recipient": pa.array(posts).take(pa.array(np.maximum(recipient, 0))),
        "transmitted_at": sent_at,
        "received_at": np.full(len(raw), received_at),
        "owner": pa.array(posts).take(pa.array(np.maximum(sender, 0))),
        "audience": _audiences(posts, sender, recipient),
        "schema_version": np.ones(len(raw), dtype=np.int32),
        "month": months(local_day),
        "bucket": buckets(raw["item_id"]),
    }
    fields = [field for field in EVENTS if field.name != "batch_id"]
    table = pa.table(
        [pa.chunked_array([_flat(columns[field.name], field.type)]) for field in fields],
        schema=pa.schema(fields),
    )
    set_aside = {code: np.flatnonzero(rows) for code, rows in aside.items() if rows.any()}
    return Canonical(table.filter(pa.array(usable)), findings, set_aside)


def _findings_of_set_aside(raw: pa.Table, aside: dict[str, Mask]) -> list[Finding]:
    findings: list[Finding] = []
    for code, rows in aside.items():
        severity = Severity.NOTE if code == "test-interchange" else Severity.ERROR
        findings += _each(raw, code, severity, rows, _DETAIL[code])
    return findings


_NO_TIME = np.int64(-(2**50))
_KEPT = (
    "item_id", "code", "office", "next_office", "reason", "measure", "dispatch",
    "receptacle", "source", "interchange", "message", "segment", "byte_offset", "profile",
)  # fmt: skip
_DOUBT = {
    "code-unknown": "kept, not used",
    "office-unknown": "not an office or area of this network: the zone of its country was taken",
    "time-ambiguous": "clocks change in that hour: the earlier reading was taken",
    "offset-not-of-office": (
        "the stated offset is not that of the office's clock: the moment it gives was taken"
    ),
}
_DETAIL = {
    "sender-unknown": "the sender of the interchange is no post of this network",
    "recipient-unknown": "the recipient of the interchange is no post of this network",
    "office-unplaced": "neither an office, an area nor a country of this network: no time zone",
    "time-missing": "the event has a date but no time",
    "transmission-missing": "neither message nor interchange says when it was prepared",
    "event-in-future": "more than 24 hours after the message that reports it",
    "test-interchange": "the test indicator is set: counted, not used",
}


def _flat(values: object, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, kind)


def _posts(ids: pa.ChunkedArray, network: Network) -> Ints:
    """Index of the post behind each interchange's sender or recipient id; -1 unknown."""
    numbers = {row.post: index for index, row in enumerate(network.data.posts)}
    encoded = ids.combine_chunks().dictionary_encode()
    posts = [network.post_of_party(text) for text in encoded.dictionary.to_pylist()]
    found = [-1 if post is None else numbers[post] for post in posts]
    return _spread(found, encoded)


def _spread(values: list[int], encoded: pa.DictionaryArray) -> Ints:
    if not values:
        return np.empty(0, dtype=np.int64)
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    return np.asarray(np.array(values, dtype=np.int64)[indices], dtype=np.int64)


class _Places:
    """The zone of each event's place."""

    def __init__(self, offices: pa.ChunkedArray, network: Network, sender: Ints) -> None:
        data = network.data
        zone_of = {row.area: row.zone for row in data.areas}
        zone_of |= {row.office: row.zone for row in data.offices}
        by_country = {row.country: row.zone for row in data.posts}
        self.zones = sorted({*zone_of.values(), *by_country.values()})
        number = {name: index for index, name in enumerate(self.zones)}
        encoded = offices.combine_chunks().dictionary_encode()
        zones, country = [], []
        for text in encoded.dictionary.to_pylist():
            name = zone_of.get(text)
            zones.append(number.get(name or by_country.get(text[:2], ""), -1))
            country.append(int(name is None and text[:2] in by_country))
        self.zone_of = _spread(zones, encoded)
        self.by_country: Mask = _spread(country, encoded) == 1


def _moments(zones: list[str], zone_of: Ints, day: Ints, minute: Ints) -> tuple[Ints, Ints]:
    moments = np.zeros(len(day), dtype=np.int64)
    resolution = np.zeros(len(day), dtype=np.int64)
    for index in np.unique(zone_of[zone_of >= 0]):
        rows = np.flatnonzero(zone_of == index)
        moments[rows], resolution[rows] = zone(zones[int(index)]).to_utc(day[rows], minute[rows])
    return moments, resolution


def _at_place(
    places: _Places, stated: Mask, event_at: Ints, day: Ints, minute: Ints
) -> tuple[Ints, Ints, Mask]:
    """Local day and minute on the clock of the place, where the message states the offset of some
    clock; and where that was another clock than the place's."""
    elsewhere = np.zeros(len(day), dtype=bool)
    if not stated.any():
        return day, minute, elsewhere
    day, minute = day.copy(), minute.copy()
    rows_of = np.where(stated, places.zone_of, -1)
    for index in np.unique(rows_of[rows_of >= 0]):
        rows = np.flatnonzero(rows_of == index)
        there = zone(places.zones[int(index)]).to_local(event_at[rows])
        elsewhere[rows] = (there[0] != day[rows]) | (there[1] != minute[rows])
        day[rows], minute[rows] = there
    return day, minute, elsewhere


def _transmitted(raw: pa.Table, network: Network, sender: Ints) -> Ints:
    """When the message was prepared, on the clock of the sending post unless it states an offset;
    _NO_TIME when not said."""
    day = raw["prepared_date"].fill_null(0).to_numpy().astype(np.int64)
    minute = raw["prepared_min"].fill_null(0).to_numpy().astype(np.int64)
    said = pc.and_(pc.is_valid(raw["prepared_date"]), pc.is_valid(raw["prepared_min"])).to_numpy()
    zones = [row.zone for row in network.data.posts]
    moments, _ = _moments(zones, sender, day, minute)
    if "prepared_offset" in raw.column_names:
        offset = raw["prepared_offset"].fill_null(0).to_numpy().astype(np.int64)
        stated = pc.is_valid(raw["prepared_offset"]).to_numpy()
        moments = np.where(stated, day * DAY + minute - offset, moments)
    return np.where(said, moments, _NO_TIME)


def _audiences(posts: list[str], sender: Ints, recipient: Ints) -> pa.Array:
    pairs = [audience(one, other) for one in posts for other in posts]
    index = np.maximum(sender, 0) * len(posts) + np.maximum(recipient, 0)
    return pa.array(pairs).take(pa.array(index))


def months(local_day: Ints) -> pa.Array:
    """`YYYY-MM` of each local date."""
    encoded = pa.array(local_day).dictionary_encode()
    texts = [date_of(day).strftime("%Y-%m") for day in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)


def buckets(item_ids: pa.ChunkedArray) -> pa.Array:
    """The bucket of each item: its serial number modulo the number of buckets, so that any post
    computes it alike. Item numbers have passed the check of S10."""
    serial = pc.cast(pc.utf8_slice_codeunits(item_ids, 2, 10), pa.int64()).to_numpy()
    return pa.array(np.mod(serial, BUCKETS).astype(np.int32))


def _each(raw: pa.Table, code: str, severity: Severity, rows: Mask, detail: str) -> list[Finding]:
    names = (
        "item_id", "code", "office", "sender", "source", "interchange", "message", "segment",
        "byte_offset", *(name for name in ("position",) if name in raw.column_names),
    )  # fmt: skip
    chosen = raw.select(names).take(np.flatnonzero(rows))
    return [
        Finding(
            code, severity, row["source"], _position(row),
            f"{row['code']} at {row['office']} from {row['sender']}: {detail}", row["item_id"],
        )
        for row in chosen.to_pylist()
    ]  # fmt: skip


def _position(row: dict[str, Any]) -> str:
    if row.get("position") is not None:
        return str(row["position"])
    return (
        f"interchange {row['interchange']} message {row['message']} segment {row['segment']} "
        f"byte {row['byte_offset']}"
    )
