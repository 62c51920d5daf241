"""From what messages say of receptacles, flights, carriers' statuses and the nature of items to
facts: who sent it, whose it is, and the moments behind local times (req 14, 16).

The columns are those of `messages.transport`, as stated; beside them stand the moments: a time is
resolved by its place (an office, area or airport of the network; of an office that it does not
know, by its country's post). Where the place has no zone here the moment is null, with a finding.
What cannot be anybody's (sender or recipient unknown) or cannot have happened is set aside.

A carrier is no post of the network: its messages belong to the post on the other side, which alone
may see them, and what it says of its own clock stays without a moment.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.findings import Finding, Severity
from datecertain.messages.attributes import ATTRIBUTES_IN_INTEGERS
from datecertain.messages.transport import SCHEMAS, Transport
from datecertain.moments import DAY, Ints, Resolution, zone
from datecertain.network import Network
from datecertain.tracking.canonical import buckets, months
from datecertain.tracking.events import (
    BUCKETS,
    OWNERSHIP,
    PARTITION,
    OffsetSource,
    audience,
    must,
)

#: What a reading needs and a fact does not: of a test nothing is kept.
_READING_ONLY = ("test", "interchange_index")
#: A status, or a check at the inward office, further ahead of its telling than this cannot be.
_AHEAD_MIN = DAY
#: A carrier's clock is not known: it may be so far behind UTC.
_FURTHEST_MIN = 14 * 60

#: The tables as read: those of transport, and what items are (ITMATT).
_READ: Mapping[str, pa.Schema] = {**SCHEMAS, "item_attributes": ATTRIBUTES_IN_INTEGERS}

#: The times of each table: their name, where their place stands, and whether they are a plan.
_TIMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "receptacles": (("checked", "destination"),),
    "contained": (),
    "item_attributes": (),
    "legs": (("planned_departure", "from_place"), ("planned_arrival", "to_place")),
    "carrier_events": (("event", "place"),),
}
#: The time that cannot lie behind its telling; plans may.
_HAPPENED = {"receptacles": "checked", "carrier_events": "event"}
#: What a row is called where it is set aside.
_CALLED: Mapping[str, str] = {
    "receptacles": "receptacle {receptacle}",
    "contained": "item {item_id} in {receptacle}",
    "item_attributes": "item {item_id}",
    "legs": "leg {leg} {flight} of {receptacle} {consignment}",
    "carrier_events": "status {code} of {receptacle} {consignment}",
}


def _of_time(name: str) -> tuple[pa.Field, pa.Field]:
    return pa.field(f"{name}_at", pa.int64()), pa.field(f"{name}_offset_source", pa.string())


#: Each table as facts. `sender` and `recipient` are posts, or a carrier as it names itself;
#: `transmitted_at` is the moment of preparation, null of a carrier's; `file` the file it came in.
TRANSPORT_FACTS: Mapping[str, pa.Schema] = {
    name: pa.schema(
        [
            *(column for column in schema if column.name not in _READING_ONLY),
            *(column for time, _ in _TIMES[name] for column in _of_time(time)),
            pa.field("transmitted_at", pa.int64()),
            must("received_at", pa.int64()),  # shown, never used by a rule
            must("file", pa.string()),
            *OWNERSHIP,
            *PARTITION,
        ]
    )
    for name, schema in _READ.items()
}
#: The columns of a table as read, and the file.
RAW_TRANSPORT: Mapping[str, pa.Schema] = {
    name: pa.schema([*schema, must("file", pa.string())]) for name, schema in _READ.items()
}


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A row that cannot be used: of which table, its number in it, and the finding's code."""

    table: str
    row: int
    code: str


@dataclass(frozen=True, slots=True)
class TransportFacts:
    """The usable rows by table (TRANSPORT_FACTS without `batch_id`), and what is not usable."""

    tables: Mapping[str, pa.Table]
    findings: list[Finding] = field(default_factory=list)
    set_aside: list[AsideRow] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(table) for table in self.tables.values())


def transport_facts(
    told: Mapping[str, pa.Table], network: Network, received_at: int
) -> TransportFacts:
    """The facts in tables as read (RAW_TRANSPORT), by name; tables may be left out."""
    found = TransportFacts({})
    tables = {}
    for name, rows in told.items():
        tables[name] = _Table(name, rows, network, received_at, found).facts()
    return TransportFacts(tables, found.findings, found.set_aside)


def stored_transport(tables: Mapping[str, pa.Table]) -> Transport:
    """Facts as `tracking.nesting` takes them."""
    return Transport(**tables)


def called(table: str, row: Mapping[str, Any]) -> str:
    """What a row is called where it is set aside: with its byte it is like no other."""
    shown = {name: "–" if value is None else value for name, value in row.items()}
    return _CALLED[table].format_map(shown)


def receptacle_bucket(receptacle: str) -> int:
    """The bucket of a receptacle, that of its dispatch: the dispatch's serial number modulo the
    number of buckets (S8: four digits from the 17th on)."""
    return int(receptacle[16:20]) % BUCKETS


def consignment_bucket(consignment: str) -> int:
    """The bucket of what is told of a consignment: CRC-32 of its number modulo their number."""
    return zlib.crc32(consignment.encode()) % BUCKETS


class _Table:
    """One table on its way to facts."""

    def __init__(
        self, name: str, rows: pa.Table, network: Network, received_at: int, found: TransportFacts
    ) -> None:
        self.name, self.rows, self.network, self.found = name, rows, network, found
        self.received_at = received_at
        self.zones = _zones_of_places(network)
        self.sender = self._posts("sender")
        self.recipient = self._posts("recipient")

    def _posts(self, column: str) -> list[str | None]:
        encoded = _encoded(self.rows[column])
        posts = [self.network.post_of_party(text) for text in encoded.dictionary.to_pylist()]
        return [posts[index] for index in encoded.indices.to_pylist()]

    def facts(self) -> pa.Table:
        count = len(self.rows)
        transmitted = self._transmitted()
        columns: dict[str, Any] = {one: self.rows[one] for one in self.rows.column_names}
        aside = self._strangers()
        for time, place in _TIMES[self.name]:
            at, sources = self._resolved(time, place)
            columns[f"{time}_at"], columns[f"{time}_offset_source"] = at, sources
            if _HAPPENED.get(self.name) == time:
                for row in np.flatnonzero(self._ahead(at, transmitted)).tolist():
                    aside.setdefault(row, "event-in-future")
        for row, code in sorted(aside.items()):
            self.found.set_aside.append(AsideRow(self.name, row, code))
        self._tell(aside)
        pairs = [
            (one or other or "?", other or one or "?")
            for one, other in zip(self.sender, self.recipient, strict=True)
        ]
        columns |= {
            "sender": [one or text for one, text in self._parties("sender", self.sender)],
            "recipient": [one or text for one, text in self._parties("recipient", self.recipient)],
            "transmitted_at": transmitted,
            "received_at": np.full(count, self.received_at),
            "owner": [one for one, _ in pairs],
            "audience": [
                audience(one or other or "?", other or one or "?") for one, other in pairs
            ],
            "schema_version": np.ones(count, dtype=np.int32),
            "month": months(self._days()),
            "bucket": self._buckets(),
        }
        fields = [one for one in TRANSPORT_FACTS[self.name] if one.name != "batch_id"]
        table = pa.table(
            [_column(columns[one.name], one.type) for one in fields], schema=pa.schema(fields)
        )
        usable = np.ones(count, dtype=bool)
        usable[list(aside)] = False
        return table.filter(pa.array(usable))

    def _parties(self, column: str, posts: list[str | None]) -> Iterator[tuple[str | None, str]]:
        return zip(posts, self.rows[column].to_pylist(), strict=True)

    def _strangers(self) -> dict[int, str]:
        """Rows whose sender or recipient is nobody who may tell such a thing: between posts both
        are posts, between a post and a carrier one of them is."""
        aside = {}
        with_carrier = self._with_carrier()
        for row, (one, other) in enumerate(zip(self.sender, self.recipient, strict=True)):
            if one is None and (other is None or not with_carrier[row]):
                aside[row] = "sender-unknown"
            elif other is None and not with_carrier[row]:
                aside[row] = "recipient-unknown"
        return aside

    def _with_carrier(self) -> list[bool]:
        if self.name == "receptacles":
            return [kind == "consigned" for kind in self.rows["kind"].to_pylist()]
        return [self.name not in ("contained", "item_attributes")] * len(self.rows)

    def _transmitted(self) -> pa.Array:
        """The moment of preparation, on the clock of the sending post."""
        posts = self.network.post
        zones = [None if one is None else posts(one).zone for one in self.sender]
        return self._moments("prepared", zones)[0]

    def _resolved(self, time: str, place: str) -> tuple[pa.Array, pa.Array]:
        """Moments of a time at a place, and how the zone was known; places without a zone told."""
        zones, countries, nowhere = [], [], []
        told = pc.is_valid(self.rows[f"{time}_date"]).to_pylist()
        for row, text in enumerate(self.rows[place].to_pylist()):
            name, by_country = self.zones.zone_of(text)
            zones.append(name)
            countries.append(by_country)
            if name is None and text is not None and told[row]:
                nowhere.append(row)
        at, resolution = self._moments(time, zones)
        offsets = self.rows[f"{_stated(time)}_offset"].to_pylist()
        sources: list[str | None] = []
        for row, moment in enumerate(at.to_pylist()):
            if moment is None:
                sources.append(None)
            elif offsets[row] is not None:
                sources.append(OffsetSource.STATED)
            elif resolution[row] != Resolution.EXACT:
                sources.append(OffsetSource.AMBIGUOUS)
            else:
                sources.append(OffsetSource.COUNTRY if countries[row] else OffsetSource.OFFICE)
        self._doubt("place-unknown", nowhere, place, "no office, area or airport of this network: "
                    "the time stays as stated")  # fmt: skip
        ambiguous = [row for row, one in enumerate(sources) if one == OffsetSource.AMBIGUOUS]
        self._doubt("time-ambiguous", ambiguous, place,
                    "clocks change in that hour: the earlier reading was taken")  # fmt: skip
        return at, pa.array(sources, pa.string())

    def _moments(self, time: str, zones: list[str | None]) -> tuple[pa.Array, Ints]:
        """The moments of a time in these zones; null where time, clock or zone is missing."""
        day, minute = self.rows[f"{time}_date"], self.rows[f"{time}_min"]
        days = day.fill_null(0).to_numpy().astype(np.int64)
        minutes = minute.fill_null(0).to_numpy().astype(np.int64)
        said = pc.and_(pc.is_valid(day), pc.is_valid(minute)).to_numpy()
        moments = np.zeros(len(days), dtype=np.int64)
        resolution = np.full(len(days), int(Resolution.EXACT), dtype=np.int64)
        names = np.array(["" if one is None else one for one in zones], dtype=object)
        for name in sorted({one for one in zones if one is not None}):
            rows = np.flatnonzero(names == name)
            moments[rows], resolution[rows] = zone(name).to_utc(days[rows], minutes[rows])
        known = names != ""
        stated = f"{_stated(time)}_offset"
        if stated in self.rows.column_names:
            offset = self.rows[stated].fill_null(0).to_numpy().astype(np.int64)
            has_offset = pc.is_valid(self.rows[stated]).to_numpy()
            moments = np.where(has_offset, days * DAY + minutes - offset, moments)
            known = known | has_offset
        return pa.array(moments, pa.int64(), mask=~(said & known)), resolution

    def _ahead(self, at: pa.Array, transmitted: pa.Array) -> Ints:
        """Where something happened too far after its telling; of a carrier, whose clock is not
        known, after the latest moment that its header can mean."""
        day, minute = self.rows["prepared_date"], self.rows["prepared_min"]
        midnight = pc.multiply(day.cast(pa.int64()), DAY)
        latest = pc.add(pc.add(midnight, pc.fill_null(minute, DAY).cast(pa.int64())), _FURTHEST_MIN)
        told = pc.coalesce(pa.chunked_array([transmitted]), latest)
        ahead = pc.greater(pa.chunked_array([at]), pc.add(told, _AHEAD_MIN))
        return np.asarray(pc.fill_null(ahead, False).to_numpy(), dtype=bool)

    def _days(self) -> Ints:
        """The local date by which a row is filed: of a status its own, else the message's."""
        known = [
            self.rows[one] for one in ("event_date", "prepared_date", "transmitted_date")
            if one in self.rows.column_names
        ]  # fmt: skip
        day = pc.fill_null(pc.coalesce(*known), self.received_at // DAY)
        return np.asarray(day.to_numpy(), dtype=np.int64)

    def _buckets(self) -> Any:
        if self.name in ("contained", "item_attributes"):
            return buckets(self.rows["item_id"])
        consigned = self.rows["consignment"].to_pylist()
        return [
            consignment_bucket(consignment or "") if one is None else receptacle_bucket(one)
            for one, consignment in zip(self.rows["receptacle"].to_pylist(), consigned, strict=True)
        ]

    def _tell(self, aside: Mapping[int, str]) -> None:
        for code in sorted(set(aside.values())):
            rows = [row for row, why in aside.items() if why == code]
            self._find(code, Severity.ERROR, rows, lambda row: row["sender"], _ASIDE[code])

    def _doubt(self, code: str, rows: list[int], place: str, detail: str) -> None:
        self._find(code, Severity.WARNING, rows, lambda row: row[place], detail)

    def _find(
        self, code: str, severity: Severity, rows: list[int], about: Any, detail: str
    ) -> None:
        """One finding an interchange, message type and subject, at the first row, with how many."""
        like: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in self.rows.take(pa.array(rows, pa.int64())).to_pylist():
            key = row["file"], row["sender"], row["interchange"], row["message"], about(row)
            like.setdefault(key, []).append(row)
        for (*_, subject), same in like.items():
            first = same[0]
            where = (
                f"interchange {first['interchange']} message {first['message']} segment "
                f"{first['segment']} byte {first['byte_offset']}"
            )
            self.found.findings.append(
                Finding(
                    code, severity, first["file"], where,
                    f"{subject}: {detail}; {len(same)} row(s) of {self.name}",
                    first.get("item_id") if len(same) == 1 else None,
                )
            )  # fmt: skip


_ASIDE = {
    "sender-unknown": "the sender of the interchange is no post of this network",
    "recipient-unknown": "the recipient of the interchange is no post of this network",
    "event-in-future": "more than 24 hours after the message that reports it",
}


@dataclass(frozen=True, slots=True)
class _Zones:
    exact: Mapping[str, str]
    of_country: Mapping[str, str]

    def zone_of(self, place: str | None) -> tuple[str | None, bool]:
        """The zone of a place, and whether only its country is known. Six characters are an
        office's; three an airport's, whose first two are no country."""
        if place is None:
            return None, False
        if place in self.exact:
            return self.exact[place], False
        if len(place) == 6 and place[:2] in self.of_country:
            return self.of_country[place[:2]], True
        return None, False


def _zones_of_places(network: Network) -> _Zones:
    data = network.data
    exact = {row.area: row.zone for row in data.areas}
    exact |= {row.airport: row.zone for row in data.airports}
    exact |= {row.office: row.zone for row in data.offices}
    return _Zones(exact, {row.country: row.zone for row in data.posts})


def _stated(time: str) -> str:
    return "stated" if time == "event" else time


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.combine_chunks().dictionary_encode()


def _column(values: Any, kind: pa.DataType) -> pa.ChunkedArray:
    if isinstance(values, pa.ChunkedArray):
        return values.cast(kind)
    if isinstance(values, pa.Array):
        return pa.chunked_array([values.cast(kind)])
    return pa.chunked_array([pa.array(values, kind)])
