"""Everything that is known of one item, in order of time (req 14, 16, 17).

A number is used again after a year: what belongs together is an *episode*, one acceptance and what
followed it. Scans that fit no acceptance make an episode of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.errors import NotFound
from datecertain.identifiers import Defect, ItemNumber
from datecertain.identifiers.s10 import normalised
from datecertain.messages import Transport, code_table
from datecertain.moments import DAY
from datecertain.network import Network
from datecertain.operations.carriage import Carriage, carriage_of, told_at, transport_about
from datecertain.operations.evidence import (
    current_items,
    episode_of,
    item_rows,
)
from datecertain.operations.judging import standing_verdicts
from datecertain.operations.networks import current_network, current_version, network_of_version
from datecertain.operations.promise_rows import promises_of_item
from datecertain.operations.promise_views import promise_row
from datecertain.operations.tables import EVENTS_TABLE, VERDICTS_TABLE
from datecertain.operations.told_promises import PromiseTold
from datecertain.store import View, Workspace
from datecertain.store.records import findings, quarantine, quarantine_events
from datecertain.tracking.canonical import buckets

#: Scans that every item gets on its way, in order; acceptance itself is in the record.
EXPECTED = ("EMB", "EMC", "EMD", "EMF", "EMG", "EMI")
#: A hold, and the scan that ends it.
_ENDED_BY = {"EME": "EDC", "EXB": "EXC"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan was made: the code, and its names where this network knows it."""

    code: str
    name_en: str
    name_ko: str


@dataclass(frozen=True, slots=True)
class Telling:
    """One message that told a scan; moments are UTC minutes."""

    sender: str
    recipient: str
    source: str
    interchange: str
    message: int
    segment: int
    byte_offset: int
    transmitted_at: int
    received_at: int


@dataclass(frozen=True, slots=True)
class ItemScan:
    """One scan, by whom first told; `again` are further messages that told the same; `audiences`
    the pairs to whom it was told.

    `event_day` and `event_min` are the local date and minute of the day, `offset_source` says how
    the zone was known.
    """

    code: str
    known_code: bool
    event_at: int
    event_day: int
    event_min: int
    offset_source: str
    place: Place
    next_office: str | None
    reason: str | None
    measure: str | None
    dispatch: str | None
    receptacle: str | None
    told: Telling
    again: tuple[Telling, ...]
    audiences: frozenset[str]

    @property
    def delay_min(self) -> int:
        """Minutes from the scan to its transmission."""
        return self.told.transmitted_at - self.event_at


@dataclass(frozen=True, slots=True)
class Episode:
    """One acceptance and its scans. `record` is the acceptance record, None where there is none;
    `verdict` the stored one that stands; `missing` the scans that should have come before the
    latest one that did, and the ends of holds; `carriage` how it was carried, None where no message
    puts it into a receptacle; `stated` what was told of its contents (ITMATT), the latest first."""

    record: Mapping[str, Any] | None
    origin: Place | None
    destination: Place | None
    scans: tuple[ItemScan, ...]
    missing: tuple[str, ...]
    verdict: Mapping[str, Any] | None
    carriage: Carriage | None = None
    stated: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of one number; episodes in order of time. `set_aside` are parts in quarantine with the
    state of each; `doubts` what is odd about the number itself."""

    item_id: str
    episodes: tuple[Episode, ...]
    promises: tuple[PromiseTold, ...]
    findings: tuple[Mapping[str, Any], ...]
    set_aside: tuple[Mapping[str, Any], ...]
    doubts: tuple[str, ...]


def item_timeline(workspace: Workspace, number: str) -> Timeline:
    """What this workspace knows of an item number. Only the item's own part of the facts is read.

    Raises `NotFound` for a number that is malformed or that nothing is known of.
    """
    parsed = ItemNumber.parse(number)
    if isinstance(parsed, Defect):
        raise NotFound(f"{number!r} is no item number: {parsed.detail}{_hint(number, parsed)}")
    item_id = str(parsed)
    bucket = buckets(pa.chunked_array([[item_id]]))[0].as_py()
    version = current_version(workspace)
    network = network_of_version(workspace, version) if version else current_network(workspace)
    scans = _scans(workspace, network, item_id)
    records = sorted(
        current_items(workspace, [bucket], item_id).to_pylist(), key=lambda row: row["accepted_at"]
    )
    transport = transport_about(workspace, [item_id])
    with workspace.reading() as view:
        promises = tuple(promise_row(one) for one in promises_of_item(view.connection, item_id))
        told, aside = _findings(view, item_id), _set_aside(view, item_id)
    stated = sorted(
        workspace.facts("item_attributes").lookup(item_id, buckets=[bucket]).to_pylist(),
        key=told_at, reverse=True,
    )  # fmt: skip
    if not (
        scans or records or promises or told or aside or stated or len(transport.contained)
    ):  # fmt: skip
        raise unknown(item_id)
    episodes = _episodes(workspace, network, records, scans, item_id, transport, stated)
    doubts = tuple(doubt.detail for doubt in parsed.doubts())
    return Timeline(item_id, episodes, promises, told, aside, doubts)


def unknown(item_id: str) -> NotFound:
    """What is said of a number that nothing is known of, or nothing that may be seen."""
    return NotFound(
        f"nothing is known of {item_id} here: no acceptance record, no promise, no scan (is "
        "it another workspace, or did its file not come yet?)"
    )


def _hint(number: str, defect: Defect) -> str:
    """What the number would be if only its check digit is wrong."""
    if defect.code != "item-check-digit":
        return ""
    plain = normalised(number)
    right = ItemNumber.compose(plain[:2], int(plain[2:10]), plain[11:])
    return (
        f" ({right} if the other digits are right; what came under a wrong number is listed by "
        "`datecertain inbox quarantine`)"
    )


def _scans(workspace: Workspace, network: Network, item_id: str) -> list[ItemScan]:
    rows = item_rows(workspace, EVENTS_TABLE, item_id).to_pylist()
    known = frozenset(code_table("emsevt_events").codes())
    same: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        same.setdefault((row["event_at"], row["code"], row["office"], row["sender"]), []).append(
            row
        )
    found = [_scan(network, copies, known) for copies in same.values()]
    order = {code: place for place, code in enumerate(code_table("emsevt_events").codes())}
    return sorted(
        found, key=lambda scan: (scan.event_at, order.get(scan.code, -1), scan.told.transmitted_at)
    )


def _scan(network: Network, copies: list[dict[str, Any]], known: frozenset[str]) -> ItemScan:
    copies.sort(key=lambda row: (row["transmitted_at"], row["received_at"], row["source"],
                                 row["byte_offset"]))  # fmt: skip
    row = copies[0]
    tellings = [Telling(**{name: one[name] for name in Telling.__slots__}) for one in copies]
    same = ("code", "event_at", "event_min", "offset_source", "next_office", "reason", "measure",
            "dispatch", "receptacle")  # fmt: skip
    return ItemScan(
        known_code=row["code"] in known, event_day=row["event_date"],
        place=place_of(network, row["office"]), told=tellings[0], again=tuple(tellings[1:]),
        audiences=frozenset(one["audience"] for one in copies),
        **{name: row[name] for name in same},
    )  # fmt: skip


def place_of(network: Network, code: str) -> Place:
    """An office or area of the network with its names; any other code as it is."""
    office = network.office(code)
    if office is not None:
        return Place(code, office.name, office.name)
    if code in network.areas:
        area = network.area(code)
        return Place(code, area.name_en, area.name_ko)
    return Place(code, "", "")


def _episodes(
    workspace: Workspace, network: Network, records: Sequence[dict[str, Any]],
    scans: Sequence[ItemScan], item_id: str, transport: Transport,
    stated: Sequence[Mapping[str, Any]],
) -> tuple[Episode, ...]:  # fmt: skip
    """The acceptances with the scans of each, by the rule by which they are judged; and how the
    item was carried then, and what was said to be in it, by when that was told."""
    mine: dict[int, list[ItemScan]] = {}
    for scan in scans:
        mine.setdefault(episode_of(scan.event_at, records), []).append(scan)
    put: dict[int, list[int]] = {}
    told = [told_at(row) for row in transport.contained.to_pylist()]
    for number, at in enumerate(told):
        put.setdefault(episode_of(at, records), []).append(number)
    said: dict[int, list[Mapping[str, Any]]] = {}
    for row in stated:
        said.setdefault(_accepted_after(told_at(row), records), []).append(row)

    def carriage(place: int, scanned: Sequence[ItemScan]) -> Carriage | None:
        rows = transport.contained.take(pa.array(put.get(place, []), pa.int64()))
        return carriage_of(item_id, transport, rows, [scan.code for scan in scanned])

    found = []
    if -1 in mine or -1 in put or -1 in said:
        alone, contents = tuple(mine.get(-1, ())), tuple(said.get(-1, ()))
        begin = (
            alone[0].event_at if alone
            else told[put[-1][0]] if -1 in put else told_at(contents[-1])
        )  # fmt: skip
        carried = carriage(-1, alone)
        found.append(
            (begin, Episode(None, None, None, alone, missing(alone), None, carried, contents))
        )
    for place, record in enumerate(records):
        scanned = tuple(mine.get(place, ()))
        episode = Episode(
            record, _place_of_record(network, record, "origin"),
            _place_of_record(network, record, "destination"), scanned, missing(scanned),
            _verdict(workspace, record), carriage(place, scanned), tuple(said.get(place, ())),
        )  # fmt: skip
        found.append((record["accepted_at"], episode))
    return tuple(episode for _, episode in sorted(found, key=lambda one: one[0]))


#: Contents are told to customs before the item is accepted; not longer ahead than this.
_TOLD_AHEAD = 30 * DAY


def _accepted_after(at: int, records: Sequence[Mapping[str, Any]]) -> int:
    """The acceptance that something told at that moment belongs to: the one whose episode it falls
    into, else the next one; -1: none."""
    place = episode_of(at, records)
    if place >= 0:
        return place
    ahead = (
        place for place, record in enumerate(records)
        if at < record["accepted_at"] <= at + _TOLD_AHEAD
    )  # fmt: skip
    return next(ahead, -1)


def _place_of_record(network: Network, record: Mapping[str, Any], side: str) -> Place:
    area = record[f"{side}_area"]
    return Place(record[side], "", "") if area is None else place_of(network, area)


def missing(scans: Iterable[ItemScan]) -> tuple[str, ...]:
    """Scans that should have come before the latest that did, and the ends of holds that no scan
    tells although the item went on."""
    codes = [scan.code for scan in scans]
    there = set(codes)
    last = max((EXPECTED.index(code) for code in there & set(EXPECTED)), default=-1)
    found = [code for code in EXPECTED[: last + 1] if code not in there]
    for hold, end in _ENDED_BY.items():
        if hold in there and end not in there and codes[-1] != hold:
            found.append(end)
    return tuple(found)


def _verdict(workspace: Workspace, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    rows = item_rows(workspace, VERDICTS_TABLE, record["item_id"], [record["month"]])
    mine = rows.filter(pc.equal(rows["item_key"], record["item_key"]))
    standing: list[dict[str, Any]] = standing_verdicts(workspace, mine).to_pylist()
    return standing[0] if standing else None


def _findings(view: View, item_id: str) -> tuple[Mapping[str, Any], ...]:
    columns = [findings.c[name] for name in ("severity", "code", "source", "position", "detail")]
    rows = view.connection.execute(
        select(*columns).where(findings.c.item == item_id)
        .order_by(findings.c.batch_id, findings.c.seq)
    )  # fmt: skip
    return tuple(dict(row) for row in rows.mappings())


def _set_aside(view: View, item_id: str) -> tuple[Mapping[str, Any], ...]:
    rows = view.connection.execute(
        select(
            quarantine.c.id, quarantine.c.source, quarantine.c.position,
            quarantine.c.reason_code.label("reason"), quarantine_events.c.event,
        ).outerjoin(quarantine_events, quarantine_events.c.quarantine_id == quarantine.c.id)
        .where(quarantine.c.item == item_id)
        .order_by(quarantine.c.created_at, quarantine.c.source, quarantine.c.position)
    )  # fmt: skip
    found = []
    for row in rows.mappings():
        part = dict(row)
        found.append(part | {"state": part.pop("event") or "waiting"})
    return tuple(found)
