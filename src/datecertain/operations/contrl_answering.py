"""Answering partners with CONTRL (req 16): which answers are due, and writing them out.

A reference is given in the transaction that keeps the bytes it stands for; the file is written
afterwards, and that it is written is a row of its own. Cut off between the two, the next run writes
the same bytes again: no reference is lost, and none stands for anything else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from datecertain.messages import Envelope, write_contrl
from datecertain.moments import zone
from datecertain.network import Network
from datecertain.operations.agreements import Answering, read_answering
from datecertain.operations.clock import Clock
from datecertain.operations.contrl_records import answer_of
from datecertain.operations.networks import current_network
from datecertain.store import Workspace, batch_id, write_durably
from datecertain.store.records import (
    answers_due,
    answers_given,
    answers_received,
    sent_files,
    sent_interchanges,
)
from datecertain.tracking.events import audience

#: Where answers are written unless a folder is given, in the workspace folder.
OUTBOX = "outbox"
#: Answers asked for in one query: databases limit how many values it may hold.
_AT_ONCE = 500
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class SentFile:
    """An interchange of answers that was written: from and to whom, its reference, its file, and
    how many interchanges it answers."""

    sender: str
    recipient: str
    control_ref: str
    path: str
    answers: int


@dataclass(slots=True)
class AnswerReport:
    """What a run wrote. `unwanted` are interchanges whose sender asked, or which are refused, and
    whom no agreement lets answer."""

    files: list[SentFile] = field(default_factory=list)
    answers: int = 0
    accepted: int = 0
    refused: int = 0  # the whole interchange, or some of it
    unwanted: int = 0


def answer_interchanges(
    workspace: Workspace, clock: Clock, folder: Path | None = None
) -> AnswerReport:
    """Write the answers that are due to partners that want them: one interchange, and one file, a
    pair of sender and recipient.

    Run it as often as you like. Raises `UsageError` when `partners.toml` cannot be used, and
    `StoreError` for a full disk.
    """
    network = current_network(workspace)
    wanted = read_answering(workspace.path, network)
    report = AnswerReport()
    with workspace.reading() as view:
        rows = waiting_answers(view.connection)
    by_pair: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        if wants(network, wanted, row):
            by_pair.setdefault((row.recipient, row.sender), []).append(row)
        else:
            report.unwanted += row.asked
    for (sender, recipient), some in sorted(by_pair.items()):
        _compose(workspace, network, clock, sender, recipient, some, report)
    _write_files(workspace, clock, folder or workspace.path / OUTBOX, report)
    return report


def waiting_answers(connection: Connection) -> list[Row[Any]]:
    """The answers not given yet, without what they say, in order of receipt and reference."""
    due = answers_due.c
    query = (
        select(due.digest, due.owner, due.sender, due.recipient, due.control_ref, due.asked,
               due.received_at)
        .outerjoin(answers_given, answers_given.c.digest == answers_due.c.digest)
        .where(answers_given.c.digest.is_(None))
        .order_by(due.received_at, due.control_ref, due.digest)
    )  # fmt: skip
    return list(connection.execute(query))


def wants(network: Network, wanted: Iterable[Answering], row: Row[Any]) -> bool:
    """Whether an agreement in force when the interchange was received wants its answer, and it came
    to a post: who it is from and to, the network of today says."""
    post = network.post_of_party(row.sender)
    if post is None or network.post_of_party(row.recipient) is None:
        return False
    day = int(zone(network.post(post).zone).to_local(row.received_at)[0])
    return any(
        one.post == post and one.holds_on(day) and (row.asked or one.answers == "all")
        for one in wanted
    )


def received_from(connection: Connection) -> list[Row[Any]]:
    """What partners answered, in order of receipt, with the number that the interchange answered
    has among those sent from here (`number`; none: another system sent it)."""
    sent = sent_interchanges.c
    query = (
        select(answers_received, sent.number)
        .outerjoin(
            sent_interchanges,
            (sent.sender == answers_received.c.sender)
            & (sent.recipient == answers_received.c.recipient)
            & (sent.control_ref == answers_received.c.control_ref),
        )
        .order_by(answers_received.c.received_at, answers_received.c.answer_id)
    )
    return list(connection.execute(query))


def _compose(
    workspace: Workspace, network: Network, clock: Clock, sender: str, recipient: str,
    rows: list[Row[Any]], report: AnswerReport,
) -> None:  # fmt: skip
    """Give a reference to an interchange of answers, and keep it whole; all in one commit."""
    now = clock.now()
    owner = network.post_of_party(sender) or rows[0].owner
    day, minute = zone(network.post(owner).zone).to_local(now)
    sent = sent_interchanges.c
    with workspace.reading() as view:
        highest = view.connection.execute(
            select(func.max(sent.number)).where(sent.sender == sender, sent.recipient == recipient)
        ).scalar()
        answers = _answers(view.connection, [row.digest for row in rows])
    number = (highest or 0) + 1
    told = [answer_of(answers[row.digest]) for row in rows]
    envelope = Envelope(sender, recipient, f"{number:010d}", int(day), int(minute))
    data = write_contrl(told, envelope).data
    pair = {"owner": owner, "audience": audience(owner, network.post_of_party(recipient) or owner)}
    batch = batch_id("answer", sender, recipient, *sorted(row.digest for row in rows))
    interchange = {
        "sender": sender, "recipient": recipient, "number": number, **pair,
        "control_ref": envelope.control_ref, "application": "CONTRL",
        "sha256": hashlib.sha256(data).hexdigest(), "content": data, "made_at": now,
        "batch_id": batch,
    }  # fmt: skip
    given = [
        {"digest": row.digest, "sender": sender, "recipient": recipient, "number": number, **pair,
         "batch_id": batch}
        for row in rows
    ]  # fmt: skip

    def write(connection: Connection) -> None:
        connection.execute(insert(sent_interchanges), [interchange])
        connection.execute(insert(answers_given), given)

    with workspace.commit("answer", batch, now=now) as commit:
        commit.records(write)
    report.answers += len(told)
    report.accepted += sum(one.accepted for one in told)
    report.refused += sum(not one.accepted for one in told)


def _answers(connection: Connection, hashes: list[str]) -> dict[str, Any]:
    """What the answers to these interchanges say."""
    found: dict[str, Any] = {}
    due = answers_due.c
    for first in range(0, len(hashes), _AT_ONCE):
        some = hashes[first : first + _AT_ONCE]
        rows = connection.execute(select(due.digest, due.answer).where(due.digest.in_(some)))
        found |= {row.digest: row.answer for row in rows}
    return found


def _write_files(workspace: Workspace, clock: Clock, folder: Path, report: AnswerReport) -> None:
    """Write out every interchange that no file is known of yet."""
    sent, done, given = sent_interchanges.c, sent_files.c, answers_given.c
    same = (done.sender == sent.sender) & (done.recipient == sent.recipient)
    query = (
        select(sent_interchanges)
        .outerjoin(sent_files, same & (done.number == sent.number))
        .where(done.number.is_(None))
        .order_by(sent.sender, sent.recipient, sent.number)
    )
    with workspace.reading() as view:
        waiting = list(view.connection.execute(query))
        counts = {
            tuple(row[:3]): row[3]
            for row in view.connection.execute(
                select(given.sender, given.recipient, given.number, func.count())
                .group_by(given.sender, given.recipient, given.number)
            )
        }  # fmt: skip
    rows = []
    for row in waiting:
        path = _path(folder, row)
        write_durably(path, bytes(row.content))
        answers = counts.get((row.sender, row.recipient, row.number), 0)
        report.files.append(
            SentFile(row.sender, row.recipient, row.control_ref, str(path), answers)
        )
        rows.append(
            {"sender": row.sender, "recipient": row.recipient, "number": row.number,
             "owner": row.owner, "audience": row.audience, "path": str(path), "at": clock.now()}
        )  # fmt: skip
    if rows:
        names = [f"{row['sender']}|{row['recipient']}|{row['number']}" for row in rows]
        batch = batch_id("sent", *names)
        told = [row | {"batch_id": batch} for row in rows]
        with workspace.commit("sent", batch, now=clock.now()) as commit:
            commit.records(lambda connection: connection.execute(insert(sent_files), told))


def _path(folder: Path, row: Row[Any]) -> Path:
    """The file of an interchange; a file of that name with other contents is left alone."""
    name = _UNSAFE.sub("-", f"{row.sender}-{row.recipient}-{row.control_ref}")
    path = folder / f"{name}.edi"
    if path.exists() and path.read_bytes() != bytes(row.content):
        return folder / f"{name}-{row.sha256[:12]}.edi"
    return path
