"""Reading what was set aside again, after the network, a code table or a layout was put right
(req 16): what is usable now becomes facts by the same rules as in `ingesting`.

Nothing is changed in place: that a part was replayed is a row of its own, written in the commit
that publishes its facts. A part that cannot be used yet waits on, untouched.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound, StoreDamaged
from datecertain.findings import Finding, Severity
from datecertain.messages import (
    RAW_EVENTS,
    InterchangeSummary,
    Profiles,
    code_table,
    read_interchanges,
)
from datecertain.moments import DAY
from datecertain.operations import transport_taking
from datecertain.operations.acceptances import ReadFile, read_acceptances
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_taking import take_inquiries
from datecertain.operations.known_interchanges import (
    interchange_identity,
    known_interchanges,
    with_digests_of_before,
)
from datecertain.operations.layout_profiles import profiles_of
from datecertain.operations.networks import NetworksInForce
from datecertain.operations.notices import read_notices, transitions_of, write_transitions
from datecertain.operations.quarantine import (
    Part,
    aside_row,
    kept_file,
    raw_of,
    sealed_row,
    told_row,
    waiting_parts,
)
from datecertain.operations.sealing_older import seal_older
from datecertain.operations.storable import storable
from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
)
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.store import Commit, Workspace, batch_id
from datecertain.store.archive import Opening, Sealing
from datecertain.store.records import findings as findings_table
from datecertain.store.records import input_files, quarantine, quarantine_events
from datecertain.tracking.canonical import canonical_events
from datecertain.tracking.cases import NOTICE_FILE
from datecertain.tracking.transport_facts import RAW_TRANSPORT

#: Parts are replayed together in one commit up to about this many.
PARTS_PER_COMMIT = 2_000

_BYTE, _LINE = re.compile(r"byte (\d+)"), re.compile(r"line (\d+)")
#: One event told twice is known by these, whichever file told it.
_SAME = ("item_id", "code", "event_at", "office", "sender", "recipient", "interchange", "message",
         "segment")  # fmt: skip
_RAW = pa.schema([*RAW_EVENTS, pa.field("source", pa.string(), nullable=False)])


@dataclass(slots=True)
class ReplayReport:
    """What came of the parts that were read again. `waiting` of them still cannot be used, by
    reason; `not_kept` are among those: their file is not kept, so they cannot be read again."""

    parts: int = 0
    replayed: int = 0
    events: int = 0
    transport: int = 0  # rows about receptacles, items in them, flights, carriers' statuses
    items: int = 0
    notices: int = 0
    inquiry_rows: int = 0  # of files of inquiries
    set_aside: int = 0  # smaller parts of what was replayed, set aside anew
    not_kept: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)


def replay(
    workspace: Workspace, clock: Clock, ids: Collection[str] = (), partner: str = "",
    profiles: Profiles | None = None, parts_per_commit: int = PARTS_PER_COMMIT,
) -> ReplayReport:  # fmt: skip
    """Read waiting parts again: those of these ids, of a partner, or all; messages by the
    workspace's layouts, or by those given.

    Run it as often as you like, also after it was cut off. Raises `NotFound` for an id that no
    waiting part has.
    """
    seal_older(workspace, clock.now())
    with workspace.reading() as view:
        chosen = waiting_parts(view.connection, ids, partner)
        if ids:  # one event may wait for two reasons: it is one event
            places = {(part.batch_id, part.source, part.position) for part in chosen}
            everything = waiting_parts(view.connection)
            chosen = [p for p in everything if (p.batch_id, p.source, p.position) in places]
    report = ReplayReport(parts=len(chosen))
    networks = NetworksInForce(workspace)
    for portion in _portions(chosen, parts_per_commit):
        _Replay(
            workspace,
            networks,
            profiles or profiles_of(workspace),
            clock,
            report,
        ).run(portion)
    return report


def _portions(parts: Iterable[Part], most: int) -> Iterator[list[Part]]:
    """The parts in portions; those of one file and batch stay together."""
    by_file: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        by_file.setdefault((part.batch_id, part.source), []).append(part)
    portion: list[Part] = []
    for one in by_file.values():
        if portion and len(portion) + len(one) > most:
            yield portion
            portion = []
        portion += one
    if portion:
        yield portion


@dataclass(frozen=True, slots=True)
class _Reading:
    """The events that parts of one moment of receipt hold, row for row with the part of each."""

    raw: pa.Table
    owners: list[Part]
    sha256: str = ""  # of the file; empty: the parts are single events, kept as such


class _Replay:
    """One portion of parts on its way into one commit."""

    def __init__(
        self, workspace: Workspace, networks: NetworksInForce, profiles: Profiles, clock: Clock,
        report: ReplayReport,
    ) -> None:  # fmt: skip
        self.workspace, self.networks, self.network = workspace, networks, networks.latest
        self.profiles, self.clock, self.report = profiles, clock, report
        self.now = clock.now()
        self.done: dict[str, Part] = {}
        self.events: list[pa.Table] = []
        self.transport: dict[str, list[pa.Table]] = {name: [] for name in TRANSPORT_TABLES}
        self.rows: dict[str, list[pa.Table]] = {ITEMS_TABLE: [], CASES_TABLE: []}
        self.findings: list[Finding] = []
        self.aside: dict[str, dict[str, Any]] = {}
        self._codes = frozenset(row.code for row in code_table("emsevt_events").rows)

    def run(self, portion: Sequence[Part]) -> None:
        """Read the parts and publish what is usable; the others are counted."""
        with self.workspace.reading() as view:
            raw = raw_of(self.workspace, view.connection, portion)
        for reading in self._readings(portion, raw):
            self._take_events(reading)
        self._take_transport_rows(portion, raw)
        self._take_rows(portion, raw)
        self._take_inquiries(portion)
        for part in portion:
            if part.id not in self.done:
                self.report.waiting[part.reason] = self.report.waiting.get(part.reason, 0) + 1
        if self.done:
            self._publish()

    def _readings(self, portion: Sequence[Part], raw: dict[str, bytes]) -> Iterator[_Reading]:
        single: dict[int, list[tuple[dict[str, Any], Part]]] = {}
        stretches: dict[tuple[str, str], list[Part]] = {}
        for part in portion:
            event = _event(raw[part.id])
            if event is not None:
                single.setdefault(part.created_at, []).append((event, part))
            elif _BYTE.fullmatch(part.position):
                stretches.setdefault((part.batch_id, part.source), []).append(part)
        for rows in single.values():
            table = pa.Table.from_pylist([row for row, _ in rows], schema=_RAW)
            yield _Reading(table, [part for _, part in rows])
        for parts in stretches.values():
            yield from self._stretches(parts, raw)

    def _stretches(self, parts: Sequence[Part], raw: dict[str, bytes]) -> Iterator[_Reading]:
        """The events that stand in the bytes of these parts of one file, now that it is read
        anew; smaller parts that are still unusable are set aside anew."""
        first = parts[0]
        try:
            sha256, data = kept_file(
                self.workspace, first.source, _offset(first), raw[first.id]
            )  # fmt: skip
        except NotFound:
            self.report.not_kept += len(parts)
            return
        read = read_interchanges(
            io.BytesIO(data), first.source, self.profiles, received_on=first.created_at // DAY
        )
        used = self._not_in_conflict(data, read.interchanges)
        told = transport_taking.transport_of(read, read.interchanges, used)
        at = read.events["byte_offset"].to_numpy()
        counts = np.array([n in used for n in read.events["interchange_index"].to_pylist()], bool)
        for part in parts:
            begin, end = _offset(part), _offset(part) + len(raw[part.id])
            rows = np.flatnonzero((at >= begin) & (at < end) & counts)
            if len(rows):
                events = read.events.take(rows)
                source = pa.repeat(pa.scalar(first.source), len(rows))
                yield _Reading(
                    events.append_column("source", source).cast(_RAW), [part] * len(rows), sha256
                )
            self._take_transport(part, sha256, told, begin, end)
            if part.id in self.done:
                for one in read.quarantined:
                    if begin <= one.byte_offset < end:
                        place = f"byte {one.byte_offset}"
                        self._set_aside(part, sha256, place, one.reason, one.raw, one.item)
                self.findings += [one for one in read.findings if _stands_in(one, begin, end)]

    def _take_transport(
        self, part: Part, sha256: str, told: dict[str, pa.Table], begin: int, end: int
    ) -> None:
        """What the bytes of a part say of receptacles, flights and statuses."""
        inside = {}
        for name, table in told.items():
            at = table["byte_offset"]
            rows = table.filter(pc.and_(pc.greater_equal(at, begin), pc.less(at, end)))
            if len(rows):
                inside[name] = rows
        taken = transport_taking.take(inside, self.network, part.created_at)
        if not len(taken.facts):
            return
        self.done[part.id] = part
        self._keep_transport(taken)
        for one in taken.aside:
            self._set_aside(part, sha256, one.position, one.code, one.raw, one.item)

    def _take_transport_rows(self, portion: Sequence[Part], raw: dict[str, bytes]) -> None:
        """Rows that were set aside as such; those that cannot be used yet wait on."""
        found: dict[tuple[int, str], list[tuple[dict[str, Any], Part]]] = {}
        for part in portion:
            told = transport_taking.row_set_aside(raw[part.id])
            if told is not None:
                found.setdefault((part.created_at, told[0]), []).append((told[1], part))
        for (received, name), some in found.items():
            rows = pa.Table.from_pylist([row for row, _ in some], schema=RAW_TRANSPORT[name])
            usable = transport_taking.take({name: rows}, self.network, received).rows[name]
            if usable:
                told_again = {name: rows.take(pa.array(usable, pa.int64()))}
                self._keep_transport(transport_taking.take(told_again, self.network, received))
                self.done |= {some[row][1].id: some[row][1] for row in usable}

    def _keep_transport(self, taken: transport_taking.Taken) -> None:
        for name, table in taken.facts.tables.items():
            self.transport[name].append(table)
        self.findings += taken.facts.findings

    def _not_in_conflict(self, data: bytes, read: Sequence[InterchangeSummary]) -> frozenset[int]:
        """The interchanges whose reference no other one with other bytes has taken."""
        with self.workspace.reading() as view:
            known = known_interchanges(view.connection, read)
            told = with_digests_of_before(
                view.connection, read, known, lambda one: data[one.byte_begin : one.byte_end]
            )
        return frozenset(
            one.index for one in told
            if known.get(interchange_identity(one), one.digest) == one.digest
        )  # fmt: skip

    def _take_events(self, reading: _Reading) -> None:
        """The usable events of a reading; the others of a part that is used are set aside anew."""
        received = reading.owners[0].created_at
        found = canonical_events(reading.raw, self.network, received, self._codes)
        wrong = {int(row): code for code, rows in found.set_aside.items() for row in rows}
        good = [row for row in range(len(reading.raw)) if row not in wrong]
        if not good:
            return
        clean = canonical_events(
            reading.raw.take(pa.array(good)), self.network, received, self._codes
        )
        self.events.append(clean.events)
        self.findings += clean.findings
        self.done |= {reading.owners[row].id: reading.owners[row] for row in good}
        if reading.sha256:
            for row, code in wrong.items():
                event = reading.raw.slice(row, 1).to_pylist()[0]
                text = json.dumps(event, sort_keys=True).encode()
                place = f"byte {event['byte_offset']}"
                part = reading.owners[row]
                self._set_aside(part, reading.sha256, place, code, text, event["item_id"])

    def _set_aside(
        self, part: Part, sha256: str, position: str, code: str, raw: bytes, item: str | None
    ) -> None:
        row = aside_row(
            sha256, part.source, position, code, raw, item, part.partner or None, part.created_at
        )
        self.aside[row["id"]] = row

    def _take_rows(self, portion: Sequence[Part], raw: dict[str, bytes]) -> None:
        """The rows of acceptance files and notices that are usable now."""
        by_file: dict[tuple[str, str], dict[int, Part]] = {}
        for part in portion:
            if match := _LINE.fullmatch(part.position):
                by_file.setdefault((part.batch_id, part.source), {})[int(match[1])] = part
        for (batch, source), parts in by_file.items():
            kind = self._kind(batch, source)
            if kind not in {"items", "notices"}:
                continue
            header = self._header(batch, source, kind)
            read = self._read_rows(
                kind, source, header, {n: raw[part.id] for n, part in parts.items()}
            )
            if not len(read.facts):
                continue
            self.rows[ITEMS_TABLE if kind == "items" else CASES_TABLE].append(read.facts)
            self.done |= {parts[n].id: parts[n] for n in read.facts["line"].to_pylist()}
            self.findings += [one for one in read.findings if one.severity is not Severity.ERROR]

    def _take_inquiries(self, portion: Sequence[Part]) -> None:
        """Rows of files of inquiries: the whole file is read again, and what is known by then is
        passed over."""
        by_file: dict[tuple[str, str], list[Part]] = {}
        for part in portion:
            if _LINE.fullmatch(part.position):
                by_file.setdefault((part.batch_id, part.source), []).append(part)
        for (batch, source), parts in by_file.items():
            if self._kind(batch, source) != "inquiry_rows":
                continue
            data = self._whole(batch, source)
            if data is None:
                self.report.not_kept += len(parts)
                continue
            done, aside = take_inquiries(self.workspace, source, data, self.clock)
            wrong = {one.position for one in aside}
            used = [part for part in parts if part.position not in wrong]
            self.done |= {part.id: part for part in used}
            self.report.inquiry_rows += len(used)
            self.report.events += done.events

    def _whole(self, batch: str, source: str) -> bytes | None:
        """The file, where it is kept."""
        query = select(input_files.c.sha256).where(
            input_files.c.batch_id == batch, input_files.c.path == source
        )
        with self.workspace.reading() as view:
            sha256 = view.connection.execute(query).scalar() or ""
            try:
                return Opening(self.workspace, view.connection).read(sha256)
            except (NotFound, StoreDamaged):
                return None

    def _kind(self, batch: str, source: str) -> str | None:
        query = select(input_files.c.counts).where(
            input_files.c.batch_id == batch, input_files.c.path == source
        )
        with self.workspace.reading() as view:
            counts = view.connection.execute(query).scalar() or {}
        kinds = ("items", "notices", "inquiry_rows")
        return next((kind for kind in kinds if kind in counts), None)

    def _header(self, batch: str, source: str, kind: str) -> bytes:
        """The header row of the file; of one that is not kept, that of all such files then."""
        kept = self._whole(batch, source)
        if kept is not None:
            return kept.split(b"\n", 1)[0].rstrip(b"\r")
        return ",".join(ACCEPTANCE_FILE if kind == "items" else NOTICE_FILE).encode()

    def _read_rows(self, kind: str, source: str, header: bytes, rows: dict[int, bytes]) -> ReadFile:
        """The rows read as a file in which each stands on the line that it had."""
        lines = [b""] * max(rows)
        lines[0] = header
        for number, row in rows.items():
            lines[number - 1] = row
        data = b"\n".join(lines)
        if kind == "items":
            return read_acceptances(source, data, self.networks)
        return read_notices(source, data, self.network)

    def _publish(self) -> None:
        events = self._new_events()
        told = {name: pa.concat_tables(parts) for name, parts in self.transport.items() if parts}
        transport = transport_taking.not_stored(self.workspace, told)
        batch = batch_id("replay", *sorted(self.done))
        with self.workspace.commit("replay", batch, now=self.now) as commit:
            self._append(commit, EVENTS_TABLE, events)
            transport_taking.append(commit, transport)
            for table, parts in self.rows.items():
                for rows in parts:
                    self._append(commit, table, rows)
            commit.records(lambda connection: self._write(connection, batch))
        report = self.report
        report.replayed += len(self.done)
        report.events += len(events)
        report.transport += sum(len(rows) for rows in transport.values())
        report.items += sum(len(rows) for rows in self.rows[ITEMS_TABLE])
        report.notices += sum(len(rows) for rows in self.rows[CASES_TABLE])
        report.set_aside += len(self.aside)
        for one in self.findings:
            report.findings[one.code] = report.findings.get(one.code, 0) + 1

    @staticmethod
    def _append(commit: Commit, table: str, rows: pa.Table) -> None:
        if len(rows):
            batch = pa.repeat(commit.batch_id, len(rows))
            commit.append(table, rows.append_column("batch_id", batch))

    def _new_events(self) -> pa.Table:
        """The events of this portion that are not in the facts yet, each once: another file, or
        the interchange sent again whole, may have told them."""
        if not self.events:
            return pa.table({})
        events = pa.concat_tables(self.events)
        stored = self.workspace.facts(EVENTS_TABLE).arrow(
            list(_SAME), pc.is_in(pc.field("item_id"), pc.unique(events["item_id"])),
            months=set(events["month"].to_pylist()), buckets=set(events["bucket"].to_pylist()),
        )  # fmt: skip
        seen = set(_keys(stored))
        fresh = []
        for row, key in enumerate(_keys(events)):
            if key not in seen:
                seen.add(key)
                fresh.append(row)
        return events.take(pa.array(fresh, pa.int64()))

    def _write(self, connection: Connection, batch: str) -> None:
        known = set(connection.execute(select(quarantine.c.id)).scalars())
        sealing = Sealing(self.workspace, self.now)
        aside = [
            sealed_row(row, sealing) | {"batch_id": batch}
            for row in self.aside.values() if row["id"] not in known
        ]  # fmt: skip
        told = [
            {"batch_id": batch, "seq": seq, "code": one.code, "severity": str(one.severity),
             "source": one.source, "position": one.position, "detail": one.detail,
             "item": one.item}
            for seq, one in enumerate(self.findings)
        ]  # fmt: skip
        happened = [
            {"quarantine_id": part.id, "seq": 0, "owner": part.partner or None, "event": "replayed",
             "at": self.now, "reason": "usable now", "batch_id": batch}
            for part in self.done.values()
        ]  # fmt: skip
        for table, rows in (
            (quarantine, aside), (findings_table, told), (quarantine_events, happened),
        ):  # fmt: skip
            if rows:
                connection.execute(insert(table), [storable(row) for row in rows])
        for facts in self.rows[CASES_TABLE]:
            rows = transitions_of(facts, "replay from quarantine", self.now)
            write_transitions(connection, [storable(row) for row in rows], batch)
        sealing.write(connection)


def _keys(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[name].to_pylist() for name in _SAME), strict=True)


def _event(raw: bytes) -> dict[str, Any] | None:
    """The event that was set aside as such, None for bytes of a message or a row."""
    row = told_row(raw)
    if row is None or not set(_RAW.names) <= set(row):
        return None
    return {name: row[name] for name in _RAW.names}


def _offset(part: Part) -> int:
    match = _BYTE.fullmatch(part.position)
    assert match is not None, part.position
    return int(match[1])


def _stands_in(one: Finding, begin: int, end: int) -> bool:
    """Whether a finding's place is within these bytes of its file."""
    match = re.search(r"byte (\d+)", one.position)
    return match is not None and begin <= int(match[1]) < end
