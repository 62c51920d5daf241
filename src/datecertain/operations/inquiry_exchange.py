"""Giving inquiries to another post's system and taking its own in, as files (req 39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datecertain.claims.inquiries import Act, Happened, after
from datecertain.errors import UsageError
from datecertain.findings import Finding
from datecertain.operations.case_persons import CasePersons, persons_of
from datecertain.operations.clock import Clock
from datecertain.operations.inquiries import Done, act_on, keep_words
from datecertain.operations.inquiry_answers import ToldEvent, take_event
from datecertain.operations.inquiry_files import Row, write_rows
from datecertain.operations.inquiry_reading import finding, read_rows
from datecertain.operations.inquiry_rows import (
    Inquiry,
    add_events,
    add_inquiry,
    find_inquiries,
)
from datecertain.operations.networks import current_network
from datecertain.store import Workspace
from datecertain.store.archive import Sealing


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file: each is new, known before, or not used (a finding)."""

    rows: int = 0
    new: int = 0
    known: int = 0
    opened: int = 0  # inquiries
    events: int = 0  # events of answers, taken in
    posts: set[str] = field(default_factory=set)  # that speak in the rows that can be used
    findings: list[Finding] = field(default_factory=list)


def export_inquiries(
    workspace: Workspace, post: str, clock: Clock, since: int | None = None,
    persons: Done | None = None,
) -> tuple[bytes, int, int]:  # fmt: skip
    """The inquiries to and from a post as a file: (bytes, rows, inquiries). `since`: only those to
    which something happened from that moment on. `persons`: who wants names and words in it, and
    why; that is written down with each inquiry first.

    Raises `UsageError` for persons without a reason.
    """
    if persons is not None and not persons.reason.strip():
        raise UsageError("say why persons are exported: it is written down")
    network = current_network(workspace)
    network.post(post)
    with workspace.reading() as view:
        found = find_inquiries(view.connection, post=post)
    if since is not None:
        found = [one for one in found if any(event.at >= since for event in one.events)]
    if persons is not None:
        for one in found:
            act_on(workspace, one.inquiry_id, [Act.PERSONS_SEEN], persons, clock, one.asking)
    told: list[tuple[Inquiry, CasePersons | None]] = []
    with workspace.reading() as view:
        for one in found:
            who = persons_of(workspace, view.connection, one.inquiry_id) if persons else None
            told.append((one, who))
    data, rows = write_rows(told)
    return data, rows, len(found)


def import_inquiries(
    workspace: Workspace, source: str, data: bytes, clock: Clock, actor: str
) -> Imported:
    """Take in a file of inquiries: good rows are done, bad rows are listed. What was taken in
    before is known again. Raises `UsageError` for a file that is not one."""
    network = current_network(workspace)
    rows, findings = read_rows(source, data, network, clock.now())
    report = Imported(len(rows) + len(findings), findings=findings)
    by_inquiry: dict[str, list[Row]] = {}
    for row in rows:
        report.posts.add(row.happened.post)
        by_inquiry.setdefault(row.inquiry_id, []).append(row)
    for mine in by_inquiry.values():
        mine.sort(key=lambda row: row.happened.at)  # stable: rows of a minute in their order
        _take(workspace, source, mine, clock, actor, report, network.version)
    report.findings.sort(key=lambda one: int(one.position.removeprefix("line ")))
    return report


def _take(
    workspace: Workspace, source: str, rows: Sequence[Row], clock: Clock, actor: str,
    report: Imported, version: str,
) -> None:  # fmt: skip
    """The rows of one inquiry, in one transaction; events of answers are taken in before it, so
    that a run that is cut off between the two finds them known."""
    with workspace.reading() as view:
        stands = find_inquiries(view.connection, inquiry_id=rows[0].inquiry_id)
    inquiry = stands[0] if stands else None
    first_new = len(inquiry.events) if inquiry else 0
    standing = inquiry.standing if inquiry else None
    made: list[tuple[Row, Happened]] = []
    for row in rows:
        if problem := _contradicts(inquiry, row):
            report.findings.append(finding(source, row.line, *problem, row.item_id))
            continue
        if inquiry is not None and row.happened.identity in {e.identity for e in inquiry.events}:
            report.known += 1
            continue
        event = replace(row.happened, actor=actor, post=_whose(standing, row))
        try:
            standing = after(row.asking, row.asked, standing, event)
        except UsageError as error:
            report.findings.append(
                finding(source, row.line, "inquiry-order", str(error), row.item_id)
            )
            continue
        if inquiry is None:
            inquiry = Inquiry(
                row.inquiry_id, row.item_id, row.kind, row.asking, row.asked, event.at,
                dict(row.facts) | {"origin": row.asking}, version, (),
            )  # fmt: skip
        event = _with_event(workspace, inquiry, event, clock, report)
        inquiry = replace(inquiry, events=(*inquiry.events, event))
        made.append((row, event))
    if inquiry is not None and made:
        _write(workspace, inquiry, made, first_new, clock)
        report.new += len(made)
        report.opened += first_new == 0


def _contradicts(inquiry: Inquiry | None, row: Row) -> tuple[str, str] | None:
    if inquiry is None:
        if row.happened.act is Act.OPENED:
            return None
        return "inquiry-unknown", "an inquiry that was opened here, or by an earlier row"
    same = (row.item_id, row.kind, row.asking, row.asked) == (
        inquiry.item_id, inquiry.kind, inquiry.asking, inquiry.asked,
    )  # fmt: skip
    if same:
        return None
    return "inquiry-contradicts", "item, type and posts as when the inquiry was opened"


def _whose(standing: Any, row: Row) -> str:
    """Reminders of an answer are the other post's; every other row says by its kind whose it is."""
    waits = standing is not None and standing.answered_at is not None
    if row.happened.act is Act.REMINDED and waits:
        return row.asked
    return row.happened.post


def _with_event(
    workspace: Workspace, inquiry: Inquiry, event: Happened, clock: Clock, report: Imported
) -> Happened:
    told = event.details.get("event")
    if event.act is not Act.ANSWERED or not told:
        return replace(event, details={})
    state, _ = take_event(workspace, inquiry, ToldEvent(**told), event.at, clock)
    report.events += state == "taken"
    return replace(event, details={"event": told, "event_was": state})


def _write(
    workspace: Workspace, inquiry: Inquiry, made: Sequence[tuple[Row, Happened]], first: int,
    clock: Clock,
) -> None:  # fmt: skip
    sealing = Sealing(workspace, clock.now())
    with workspace.writing() as connection:
        if first == 0:
            add_inquiry(connection, inquiry)
        else:
            add_events(connection, inquiry, [event for _, event in made], first)
        opening = made[0][0]
        notes = {first + number: row.note for number, (row, _) in enumerate(made)}
        keep_words(connection, sealing, inquiry, (opening.sender, opening.addressee), notes)
