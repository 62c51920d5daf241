"""Taking a mailbox in: interchanges, events of other forms, acceptance files and notices become
facts (req 16, 17, 72), rows of inquiries what they tell (req 39).

A file is known by its content, an interchange by sender, recipient, reference and preparation
time: what was taken in before is not taken in again, whatever it is called now. Many small files
make one commit; a run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound
from datecertain.findings import Finding, Severity
from datecertain.messages import (
    InterchangeSummary,
    ReadResult,
    code_table,
    read_parts,
)
from datecertain.messages.doors import Door, Doors
from datecertain.moments import DAY
from datecertain.operations import transport_taking
from datecertain.operations.acceptances import csv_kind, header_trouble, read_acceptances
from datecertain.operations.clock import Clock
from datecertain.operations.contrl_records import (
    ContrlReceived,
    contrl_in,
    due_rows,
    received_rows,
)
from datecertain.operations.event_doors import doors_of
from datecertain.operations.ingest_reports import IngestReport
from datecertain.operations.inquiry_files import is_inquiries
from datecertain.operations.known_interchanges import (
    Identity,
    interchange_identity,
    known_interchanges,
    with_digests_of_before,
)
from datecertain.operations.layout_profiles import profiles_of
from datecertain.operations.networks import NetworksInForce
from datecertain.operations.notices import read_notices, transitions_of, write_transitions
from datecertain.operations.quarantine import aside_row, sealed_row
from datecertain.operations.sealing_older import seal_older
from datecertain.operations.storable import storable
from datecertain.operations.tables import CASES_TABLE, EVENTS_TABLE, ITEMS_TABLE
from datecertain.store import Commit, Workspace, batch_id
from datecertain.store.archive import NOBODY, Kept, Sealing
from datecertain.store.records import (
    answers_due,
    answers_received,
    input_files,
    interchanges,
    quarantine,
)
from datecertain.store.records import findings as findings_table
from datecertain.tracking.canonical import canonical_events

#: Files are taken together into one commit up to about this many bytes.
CHUNK_BYTES = 24 << 20

#: By so many bytes of its beginning it is told what a file is; a table's header may be long.
HEAD_BYTES = 1 << 16

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Input:
    path: Path
    name: str
    size: int
    sha256: str


def ingest(
    workspace: Workspace, path: Path, clock: Clock, progress: Progress | None = None,
    chunk_bytes: int = CHUNK_BYTES, mappings: Sequence[Path] = (),
) -> IngestReport:  # fmt: skip
    """Take in a file or all files below a folder. Raises `NotFound` when there is none, and
    `LayoutError` for a mapping that cannot be used; `mappings` are asked before the workspace's.

    Progress is told in bytes, after each commit of about `chunk_bytes`: (done, all).
    """
    inputs = _inputs(path)
    seal_older(workspace, clock.now())
    doors = doors_of(workspace, mappings)
    networks = NetworksInForce(workspace)
    report = IngestReport()
    total, done = sum(entry.size for entry in inputs), 0
    for chunk in _chunks(_unknown(workspace, inputs, report), chunk_bytes):
        _Taking(workspace, networks, clock, report, doors).take(chunk)
        done += sum(entry.size for entry in chunk)
        if progress:
            progress(done, total)
    return report


def _inputs(path: Path) -> list[_Input]:
    if not path.exists():
        raise NotFound(f"{path} is not there: give a file or a mailbox folder")
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    root = path if path.is_dir() else path.parent
    found = []
    for file in files:
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        # A name need not be UTF-8 (a Korean one may be EUC-KR): what is not is shown escaped.
        name = os.fsencode(file.relative_to(root)).decode("utf-8", "backslashreplace")
        found.append(_Input(file, name, file.stat().st_size, digest.hexdigest()))
    return found


def _unknown(workspace: Workspace, inputs: Sequence[_Input], report: IngestReport) -> list[_Input]:
    with workspace.reading() as view:
        known = set(view.connection.execute(select(input_files.c.sha256)).scalars())
    fresh = []
    for entry in inputs:
        if entry.sha256 in known:
            report.files_known += 1
        else:
            known.add(entry.sha256)
            fresh.append(entry)
    return fresh


def _chunks(inputs: Sequence[_Input], most: int) -> Iterator[list[_Input]]:
    chunk: list[_Input] = []
    size = 0
    for entry in inputs:
        if chunk and size + entry.size > most:
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += entry.size
    if chunk:
        yield chunk


class _Taking:
    """One chunk of files on its way into one commit."""

    def __init__(
        self, workspace: Workspace, networks: NetworksInForce, clock: Clock, report: IngestReport,
        doors: Doors,
    ) -> None:  # fmt: skip
        self.workspace = workspace
        self.networks, self.network = networks, networks.latest
        self.clock, self.now = clock, clock.now()
        self.report = report
        self.doors = doors
        self.findings: list[Finding] = []
        self.quarantine: list[dict[str, Any]] = []
        self.interchanges: list[dict[str, Any]] = []
        self.due: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.transitions: list[dict[str, Any]] = []
        self.counts: dict[str, dict[str, int]] = {}
        self.sealing = Sealing(workspace, self.now)
        self._inquiries: set[str] = set()  # names of files of inquiries
        self._senders: dict[str, set[str]] = {}  # the posts that speak in a file, by its name
        self._codes = frozenset(row.code for row in code_table("emsevt_events").rows)

    def take(self, chunk: Sequence[_Input]) -> None:
        batch = batch_id("ingest", *sorted(entry.sha256 for entry in chunk))
        self.counts = {entry.name: {} for entry in chunk}
        heads = {entry.name: _head(entry) for entry in chunk}
        for entry in chunk:
            if is_inquiries(heads[entry.name]):
                self._take_inquiries(entry)
        with self.workspace.commit("ingest", batch, now=self.now) as commit:
            if commit.already_published:
                return
            messages: list[_Input] = []
            for entry in chunk:
                head = heads[entry.name]
                if entry.name in self._inquiries:
                    continue
                if kind := csv_kind(head):
                    self._take_csv(commit, entry, kind)
                elif door := self.doors.door(head):
                    self._take_door(commit, entry, door)
                elif trouble := header_trouble(head):
                    self._refuse_header(entry, trouble)
                else:
                    messages.append(entry)
            self._take_messages(commit, messages)
            self.sealing.keep(batch, [self._kept(entry) for entry in chunk])
            commit.records(lambda connection: self._write(connection, commit.batch_id, chunk))
        self._count(chunk)

    def _kept(self, entry: _Input) -> Kept:
        """The file as it is kept, under the key of the one post that speaks in it."""
        posts = self._senders.get(entry.name, set())
        owner = next(iter(posts)) if len(posts) == 1 else NOBODY
        return Kept(entry.sha256, entry.path, owner)

    def _take_csv(self, commit: Commit, entry: _Input, kind: str) -> None:
        data = entry.path.read_bytes()
        if kind == "acceptance":
            read, table = read_acceptances(entry.name, data, self.networks), ITEMS_TABLE
        else:
            read, table = read_notices(entry.name, data, self.network), CASES_TABLE
            self.transitions += transitions_of(read.facts, f"file {entry.name}", self.now)
        count = read.facts.num_rows
        batch = pa.repeat(commit.batch_id, count)
        commit.append(table, read.facts.append_column("batch_id", batch))
        self.findings += read.findings
        self._senders[entry.name] = set(pc.unique(read.facts["owner"]).to_pylist())
        for line, code, _, item, raw in read.rejected.rows:
            self._set_aside(entry, f"line {line}", code, raw, item)
        self.counts[entry.name] = {"items" if kind == "acceptance" else "notices": count}

    def _refuse_header(self, entry: _Input, trouble: str) -> None:
        """A file whose header is nearly one that is known: set aside whole."""
        code, where = "header-unknown", "byte 0"
        self.findings.append(Finding(code, Severity.ERROR, entry.name, where, trouble))
        self._set_aside(entry, where, code, entry.path.read_bytes(), None)

    def _take_inquiries(self, entry: _Input) -> None:
        """Before the commit: each inquiry is a transaction of its own, and the event of an answer
        comes in by this very door. Cut off in between, the rows are known when they come again."""
        from datecertain.operations.inquiry_taking import take_inquiries  # noqa: PLC0415

        data = entry.path.read_bytes()
        done, aside = take_inquiries(self.workspace, entry.name, data, self.clock)
        self._inquiries.add(entry.name)
        self.counts[entry.name] = {
            "inquiry_rows": done.rows, "inquiries": done.opened, "events": done.events,
        }  # fmt: skip
        self.findings += done.findings
        self._senders[entry.name] = done.posts
        for one in aside:
            self._set_aside(entry, one.position, one.code, one.raw, one.item)

    def _take_door(self, commit: Commit, entry: _Input, door: Door) -> None:
        read = self.doors.read(door, entry.name, entry.path.read_bytes(), self.now // DAY)
        self.counts[entry.name] = {"records": read.records}
        self.findings += read.findings
        for aside in read.set_aside:
            self._set_aside(entry, aside.position, aside.reason, aside.raw, aside.item)
        parties = pc.unique(read.events["sender"]).to_pylist()
        self._senders[entry.name] = {self._post(party or "") for party in parties}
        names = pa.repeat(pa.scalar(entry.name), read.events.num_rows)
        self._take_raw(commit, read.events.append_column("source", names), {entry.name: entry})

    def _take_messages(self, commit: Commit, chunk: Sequence[_Input]) -> None:
        by_name = {entry.name: entry for entry in chunk}
        parts = list(
            read_parts(
                ((entry.name, io.BytesIO(entry.path.read_bytes())) for entry in chunk),
                profiles_of(self.workspace), received_on=self.now // DAY,
            )
        )  # fmt: skip
        summaries, known = self._summaries(parts, by_name)
        contrl = contrl_in(parts, summaries)
        used, refused_as = self._used(summaries, known, by_name, contrl)
        self._take_answers(parts, summaries, contrl, used, refused_as)
        senders = {one.index: one.sender for one in summaries}
        for part in parts:
            self.findings += [one for one in part.findings if not contrl.reported(one)]
            for aside in part.quarantined:
                if (aside.source, aside.byte_offset) in contrl.read:
                    continue
                sender = senders.get(-1 if (n := aside.interchange_index) is None else n)
                self._set_aside(
                    by_name[aside.source], f"byte {aside.byte_offset}", aside.reason, aside.raw,
                    aside.item, sender,
                )  # fmt: skip
            self._take_events(commit, part.events, summaries, used, by_name)
            self._take_transport(commit, part, summaries, used, by_name)

    def _summaries(
        self, parts: Sequence[ReadResult], by_name: dict[str, _Input]
    ) -> tuple[list[InterchangeSummary], dict[Identity, str]]:
        """The interchanges that were read, and the digests of those known before."""

        def bytes_of(one: InterchangeSummary) -> bytes:
            with by_name[one.source].path.open("rb") as stream:
                stream.seek(one.byte_begin)
                return stream.read(one.byte_end - one.byte_begin)

        summaries = [one for part in parts for one in part.interchanges]
        with self.workspace.reading() as view:
            known = known_interchanges(view.connection, summaries)
            told = with_digests_of_before(view.connection, summaries, known, bytes_of)
        return told, known

    def _take_answers(
        self, parts: Sequence[ReadResult], summaries: Sequence[InterchangeSummary],
        contrl: ContrlReceived, used: frozenset[int], refused_as: dict[int, str],
    ) -> None:  # fmt: skip
        """What partners answered to ours, and what each of theirs is due."""
        self.findings += contrl.findings
        for row in received_rows(contrl, summaries, used, self.network, self.now):
            self.answers.append(row)
        fresh = [one for one in summaries if one.index in used or one.index in refused_as]
        aside = [one for part in parts for one in part.quarantined]
        self.due += due_rows(fresh, aside, refused_as, self.network, self.now, self.now // DAY)

    def _used(
        self, summaries: Sequence[InterchangeSummary], known: dict[Identity, str],
        by_name: dict[str, _Input], contrl: ContrlReceived,
    ) -> tuple[frozenset[int], dict[int, str]]:  # fmt: skip
        """The interchanges that count, and those refused whole: not delivered before, and in
        conflict."""
        used, refused_as = set(), {}
        for one in summaries:
            identity = interchange_identity(one)
            self._senders.setdefault(one.source, set()).add(self._post(one.sender))
            counts = self.counts[one.source]
            counts["interchanges"] = counts.get("interchanges", 0) + 1
            read = one.messages_read + contrl.messages(one.index)
            counts["messages"] = counts.get("messages", 0) + read
            if known.get(identity, one.digest) != one.digest:
                refused_as[one.index] = "interchange-conflict"
                raw = by_name[one.source].path.read_bytes()[one.byte_begin : one.byte_end]
                where = f"byte {one.byte_begin}, interchange {one.control_ref}"
                self.findings.append(
                    Finding(
                        "interchange-conflict", Severity.ERROR, one.source, where,
                        "another interchange with this reference was taken in: set aside whole",
                    )
                )  # fmt: skip
                self._set_aside(
                    by_name[one.source], where, "interchange-conflict", raw, None, one.sender
                )
            elif identity in known:
                self.report.interchanges_repeated += 1
            else:
                used.add(one.index)
                if answers := contrl.messages(one.index):
                    counts["answers"] = counts.get("answers", 0) + answers
                # A broken one may come again whole: it is not known by its reference.
                # A test is not read at all, and known by its reference all the same.
                if one.complete and (one.test or one.messages == read):
                    known[identity] = one.digest
                    self.interchanges.append(self._interchange_row(one))
        return frozenset(used), refused_as

    def _interchange_row(self, one: InterchangeSummary) -> dict[str, Any]:
        sender, recipient, control_ref, prepared = interchange_identity(one)
        return {
            "sender": sender, "recipient": recipient, "control_ref": control_ref,
            "prepared_on": prepared, "owner": self._post(one.sender),
            "audience": f"{self._post(one.sender)}+{self._post(one.recipient)}",
            "digest": one.digest, "file": one.source, "messages": one.messages,
            "events": one.events, "state": "test" if one.test else "read",
            "application": one.application,
        }  # fmt: skip

    def _post(self, party: str) -> str:
        return self.network.post_of_party(party) or "?"

    def _take_events(
        self, commit: Commit, events: pa.Table, summaries: Sequence[InterchangeSummary],
        used: frozenset[int], by_name: dict[str, _Input],
    ) -> None:  # fmt: skip
        wanted = pc.is_in(events["interchange_index"], pa.array(sorted(used), pa.int32()))
        events = events.filter(wanted)
        sources = [one.source for one in summaries]
        numbers = pa.array([one.index for one in summaries], pa.int32())
        owner = pc.index_in(events["interchange_index"], numbers)
        raw = events.append_column("source", pa.array(sources, pa.string()).take(owner))
        self._take_raw(commit, raw, by_name)

    def _take_transport(
        self, commit: Commit, read: ReadResult, summaries: Sequence[InterchangeSummary],
        used: frozenset[int], by_name: dict[str, _Input],
    ) -> None:  # fmt: skip
        rows = transport_taking.transport_of(read, summaries, used)
        taken = transport_taking.take(rows, self.network, self.now)
        transport_taking.append(commit, taken.facts.tables)
        self.findings += taken.facts.findings
        for one in taken.aside:
            self._set_aside(
                by_name[one.file], one.position, one.code, one.raw, one.item, one.sender
            )
        for name, table in taken.facts.tables.items():
            for entry in table["file"].value_counts().to_pylist():
                counts = self.counts[entry["values"]]
                counts[name] = counts.get(name, 0) + entry["counts"]

    def _take_raw(self, commit: Commit, raw: pa.Table, by_name: dict[str, _Input]) -> None:
        """Raw events of any door become facts, or are set aside."""
        found = canonical_events(raw, self.network, self.now, self._codes)
        batch = pa.repeat(commit.batch_id, found.events.num_rows)
        commit.append(EVENTS_TABLE, found.events.append_column("batch_id", batch))
        for entry in found.events["source"].value_counts().to_pylist():
            counts = self.counts[entry["values"]]
            counts["events"] = counts.get("events", 0) + entry["counts"]
        self.findings += found.findings
        for code, rows in found.set_aside.items():
            for row in raw.take(pa.array(rows)).to_pylist():
                self._set_aside(
                    by_name[row["source"]],
                    row.get("position") or f"byte {row['byte_offset']}", code,
                    json.dumps(row, sort_keys=True).encode(), row["item_id"], row["sender"],
                )  # fmt: skip

    def _set_aside(
        self, entry: _Input, position: str, code: str, raw: bytes, item: str | None,
        sender: str | None = None,
    ) -> None:  # fmt: skip
        owner = None if sender is None else self.network.post_of_party(sender)
        self.quarantine.append(
            aside_row(entry.sha256, entry.name, position, code, raw, item, owner, self.now)
        )

    def _write(self, connection: Connection, batch: str, chunk: Sequence[_Input]) -> None:
        files = [
            {"sha256": entry.sha256, "path": entry.name, "size": entry.size, "state": "read",
             "batch_id": batch, "counts": self.counts[entry.name]}
            for entry in chunk
        ]  # fmt: skip
        aside = {
            row["id"]: sealed_row(row, self.sealing) | {"batch_id": batch}
            for row in self.quarantine
        }
        told = [
            {"batch_id": batch, "seq": seq, "code": one.code, "severity": str(one.severity),
             "source": one.source, "position": one.position, "detail": one.detail,
             "item": one.item}
            for seq, one in enumerate(self.findings)
        ]  # fmt: skip
        received = [row | {"batch_id": batch} for row in self.interchanges]
        # What broke off may come twice, the same bytes: it is answered once.
        answered = set(connection.execute(select(answers_due.c.digest)).scalars())
        due = {row["digest"]: row for row in self.due if row["digest"] not in answered}
        for table, rows in (
            (input_files, files), (interchanges, received), (quarantine, list(aside.values())),
            (findings_table, told),
            (answers_due, [row | {"batch_id": batch} for row in due.values()]),
            (answers_received, [row | {"batch_id": batch} for row in self.answers]),
        ):  # fmt: skip
            if rows:
                connection.execute(insert(table), [storable(row) for row in rows])
        write_transitions(connection, [storable(row) for row in self.transitions], batch)
        self.sealing.write(connection)

    def _count(self, chunk: Sequence[_Input]) -> None:
        report = self.report
        report.files += len(chunk)
        report.bytes += sum(entry.size for entry in chunk)
        for counts in self.counts.values():
            for name, number in counts.items():
                setattr(report, name, getattr(report, name) + number)
        report.quarantined += len({row["id"] for row in self.quarantine})
        for one in self.findings:
            report.findings[one.code] = report.findings.get(one.code, 0) + 1
            report.errors += one.severity is Severity.ERROR


def _head(entry: _Input) -> bytes:
    with entry.path.open("rb") as stream:
        return stream.read(HEAD_BYTES)
