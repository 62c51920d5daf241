"""Promises made offline are recorded later, each beside the central answer (req 15).

What the sender was told binds: a conflict is a finding, never a correction. Running it again with
the same journal, or with one that grew, changes nothing of what stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from datecertain.errors import DatecertainError
from datecertain.findings import Finding, Severity
from datecertain.moments import format_date, format_utc, parse_utc
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.networks import network_of_version, version_in_force
from datecertain.operations.offline_journal import Line, LineState, read_journal
from datecertain.operations.promise_rows import (
    StoredPromise,
    add_event,
    add_promise,
    find_promise,
    promises_of_item,
)
from datecertain.operations.promising import RECORD, network_now
from datecertain.promise.asking import answer
from datecertain.promise.quoting import Quote
from datecertain.promise.recordings import Recording, recording_of
from datecertain.promise.records import Given, Happened, PromiseEvent
from datecertain.store import Workspace, finish_run, request_digest, run_id, start_run
from datecertain.store.records import network_versions

#: Findings about lines of the journal: state of the line → code, severity, what it means.
_OF_LINE = {
    LineState.TORN: (
        "journal-line-torn", Severity.ERROR,
        "the last line was cut off while it was written: it was never acknowledged",
    ),
    LineState.UNREADABLE: (
        "journal-line-unreadable", Severity.ERROR,
        "not what the journal writes, or changed since: ask the office for its paper",
    ),
    LineState.AFTER_GAP: (
        "journal-chain-broken", Severity.WARNING,
        "a line before it is missing or unreadable; this one was used",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a journal came to: lines in it, promises recorded now and known before, conflicts."""

    journal: str
    lines: int
    recorded: int
    known: int
    conflicts: tuple[Finding, ...]


def reconcile(workspace: Workspace, journal: Path, clock: Clock, *, actor: str) -> Reconciliation:
    """Record the promises of a journal in the workspace, in one transaction; all conflicts of the
    journal, those of promises recorded before included. Raises `NotFound`."""
    lines = read_journal(journal)
    name, conflicts, recorded, known = journal.name, list[Finding](), 0, 0
    with workspace.noting() as connection:
        for line in lines:
            if line.state in _OF_LINE:
                code, severity, detail = _OF_LINE[line.state]
                conflicts.append(Finding(code, severity, name, f"line {line.number}", detail))
            if not line.entry:
                continue
            try:
                with connection.begin_nested():  # a line is recorded whole or not at all
                    found, new = _one(workspace, connection, line, name, clock, actor)
            except (DatecertainError, ValueError, TypeError, KeyError) as error:
                where = f"line {line.number}"
                conflicts.append(
                    Finding("offline-not-recorded", Severity.ERROR, name, where, str(error))
                )
                continue
            recorded, known = recorded + new, known + (not new)
            conflicts += found
    return Reconciliation(name, len(lines), recorded, known, tuple(conflicts))


def by_code(found: Reconciliation) -> dict[str, int]:
    """How many conflicts there are of each code."""
    return dict(sorted(Counter(one.code for one in found.conflicts).items()))


def _one(
    workspace: Workspace, connection: Connection, line: Line, journal: str, clock: Clock,
    actor: str,
) -> tuple[list[Finding], bool]:  # fmt: skip
    """(the conflicts of one promise, whether it was recorded now)."""
    entry = line.entry
    recording, given = recording_of(entry["recording"]), Given(**entry["given"])
    key, made_at = str(entry["key"]), int(entry["made_at"])
    run = start_run(
        connection, RECORD, key, request_digest(entry["recording"]), now=clock.now(),
        network_version=given.network_version,
    )  # fmt: skip
    if run.finished:
        assert run.result is not None
        promise = find_promise(connection, run.result["promise_id"])
        return _kept(promise, journal), False
    promise_id = run_id(RECORD, key)
    found = [
        Finding(code, Severity.WARNING, journal, f"line {line.number}", detail, recording.item_id)
        for code, detail in _conflicts(workspace, connection, recording, given, entry)
    ]
    add_promise(
        connection, promise_id, recording, given, made_at=made_at, recorded_at=clock.now(),
        expires_at=entry["expires_at"], table_id=entry["table"]["table_id"],
    )  # fmt: skip
    happened = Happened(PromiseEvent.RECONCILED, clock.now(), actor)
    promise = find_promise(connection, promise_id)
    told = {"journal": journal, "line": line.number, "table": entry["table"],
            "conflicts": [asdict(one) for one in found]}  # fmt: skip
    add_event(connection, promise, happened, clock.now(), told)
    result = {"promise_id": promise_id}
    finish_run(connection, run.run_id, now=clock.now(), counts={"promises": 1}, result=result)
    return found, True


def _kept(promise: StoredPromise, journal: str) -> list[Finding]:
    """The conflicts that were found when the promise was recorded."""
    return [
        Finding(
            row["code"], Severity(row["severity"]), journal, row["position"], row["detail"],
            row["item"],
        )
        for event in promise.events
        for row in event.details.get("conflicts", ())
    ]  # fmt: skip


def _conflicts(
    workspace: Workspace, connection: Connection, recording: Recording, given: Given,
    entry: Any,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """(code, what differs and why) of one promise made offline."""
    made_at, table = int(entry["made_at"]), entry["table"]
    if made_at >= parse_utc(table["expires_at"]):
        by = f"made at {format_utc(made_at)} by table {table['table_id']}"
        yield "offline-table-expired", f"{by}, which expired at {table['expires_at']}"
    if given.misquoted:
        told, standard = _day(given.told_on), _day(given.standard_on)
        yield "date-misquoted", f"told {told}, the table gives {standard}; what was told binds"
    network, published_at = _central(workspace, connection, made_at)
    known = connection.execute(
        select(network_versions.c.version).where(
            network_versions.c.version == given.network_version
        )
    ).scalar()
    if known is None:
        of = f"the table is of network {given.network_version}"
        yield "offline-version-unknown", f"{of}, which was never in force here"
    yield from _against(network, published_at, recording, given)
    for other in promises_of_item(connection, recording.item_id) if recording.item_id else ():
        if other.stands_beside(given.accepted_at):
            told = f"told {_day(other.standing.given.told_on)} ({other.made})"
            another = f"{recording.item_id} has the promise {other.promise_id} too"
            yield "offline-item-twice", f"{another}, {told}"


def _central(workspace: Workspace, connection: Connection, at: int) -> tuple[Network, int | None]:
    """The network that was in force here at a moment, and since when; the present one if none
    was."""
    found = version_in_force(connection, at)
    if found is None:
        return network_now(workspace), None
    return network_of_version(workspace, found.version), found.at


def _against(
    network: Network, published_at: int | None, recording: Recording, given: Given
) -> Iterator[tuple[str, str]]:
    """Whether the central answer differs, and why."""
    try:
        quote = answer(network, recording.ask)
    except DatecertainError as error:
        yield "offline-guarantee-differs", f"the central network cannot answer: {error}"
        return
    central = quote.due_day if quote.due_day >= 0 else None
    if central == given.standard_on and str(quote.status) == given.status:
        return
    same = str(quote.status) == given.status
    code = "offline-date-differs" if same else "offline-guarantee-differs"
    cause = _cause(network, published_at, given)
    yield code, f"told {_said(given)}; central: {_answered(quote, central)}, {cause}"


def _cause(network: Network, published_at: int | None, given: Given) -> str:
    if network.version == given.network_version:
        return f"though by the same network {network.version}: compare the two installations"
    if published_at is None:
        return f"by network {network.version}, the first one in force here"
    return (
        f"by network {network.version}, in force since {format_utc(published_at)}; the table is "
        f"of {given.network_version}"
    )


def _said(given: Given) -> str:
    return f"{_day(given.told_on or given.standard_on)} ({given.status})"


def _answered(quote: Quote, day: int | None) -> str:
    because = f", {quote.reason}" if quote.reason else ""
    return f"{_day(day)} ({quote.status}{because})"


def _day(day: int | None) -> str:
    return "no date" if day is None else format_date(day)
