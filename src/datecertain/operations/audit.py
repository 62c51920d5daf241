"""The audit trail: who changed what, and who looked at personal data (req 58, 59).

A change is written down before it is made (`intend`) and its outcome after it (`done`, `failed`);
an intent without an outcome was cut off: the records tell how far it came. In it stand logins,
names of ways and numbers of items and cases; no personal data of senders, no secrets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from datecertain.access import EVERYTHING, Viewer
from datecertain.store.access_book import AccessBook
from datecertain.store.audit_log import (
    Entry,
    WholeTrail,
    append_entry,
    read_entries,
    verify_entries,
)

Details = Mapping[str, str | int | bool | None]


class Phase(StrEnum):
    """What an entry tells."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    LOOKED = "looked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it is shown. `at` is UTC seconds; `of` the entry that it is the outcome of."""

    seq: int
    at: int
    phase: Phase
    who: str
    post: str
    kind: str
    action: str
    subject: str
    of: int | None
    details: Mapping[str, Any]
    sha256: str


class EntryBody(TypedDict):
    """An entry: `intent` before a change, `done` or `failed` after it (`of`: the intent's number),
    `looked` at personal data, `refused`."""

    seq: int
    at: str
    phase: str
    who: str
    post: str | None
    kind: str
    action: str
    subject: str
    of: int | None
    details: dict[str, Any]
    sha256: str


def entry_of(
    viewer: Viewer, phase: Phase, action: str, subject: str, at: int,
    details: Details | None = None, of: int | None = None,
) -> Entry:  # fmt: skip
    """What is to be written of a viewer; for a change that appends it in its own transaction."""
    plain = json.dumps(dict(details or {}), sort_keys=True, separators=(",", ":"))
    return Entry(
        at, str(phase), viewer.name, viewer.post, str(viewer.kind), action, subject, of, plain
    )


def intend(
    book: AccessBook, viewer: Viewer, action: str, subject: str, at: int,
    details: Details | None = None,
) -> int:  # fmt: skip
    """Write down that somebody is about to change something; the number of the entry."""
    return _write(book, entry_of(viewer, Phase.INTENT, action, subject, at, details))


def done(
    book: AccessBook, viewer: Viewer, action: str, subject: str, at: int,
    details: Details | None = None, of: int | None = None,
) -> int:  # fmt: skip
    """Write down that something was done; `of` is the entry that announced it."""
    return _write(book, entry_of(viewer, Phase.DONE, action, subject, at, details, of))


def failed(
    book: AccessBook, viewer: Viewer, action: str, subject: str, at: int,
    details: Details | None = None, of: int | None = None,
) -> int:  # fmt: skip
    """Write down that something was not done, though it was let in."""
    return _write(book, entry_of(viewer, Phase.FAILED, action, subject, at, details, of))


def refused(
    book: AccessBook, viewer: Viewer, action: str, subject: str, at: int,
    details: Details | None = None,
) -> int:  # fmt: skip
    """Write down that somebody was not let in."""
    return _write(book, entry_of(viewer, Phase.REFUSED, action, subject, at, details))


def looked(book: AccessBook, viewer: Viewer, what: str, subject: str, at: int) -> int:
    """Write down a look at personal data: `what` was looked at (`claim persons`) of which case."""
    return _write(book, entry_of(viewer, Phase.LOOKED, what, subject, at))


def _write(book: AccessBook, entry: Entry) -> int:
    with book.writing() as connection:
        return append_entry(connection, entry)


def trail(book: AccessBook, viewer: Viewer, after: int = 0, limit: int = 100) -> Sequence[Told]:
    """Entries after a number, in order: those of the viewer's own post's accounts."""
    post = None if viewer.post == EVERYTHING else viewer.post
    with book.reading() as connection:
        rows = read_entries(connection, post=post, after=after, limit=limit)
    return [
        Told(
            row.seq, row.at, Phase(row.phase), row.who, row.post, row.kind, row.action,
            row.subject, row.of, json.loads(row.details), row.sha256,
        )
        for row in rows
    ]  # fmt: skip


def told_entry(one: Told) -> EntryBody:
    """An entry as programs read it."""
    return {
        "seq": one.seq, "at": f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "phase": str(one.phase), "who": one.who, "post": one.post or None, "kind": one.kind,
        "action": one.action, "subject": one.subject, "of": one.of, "details": dict(one.details),
        "sha256": one.sha256,
    }  # fmt: skip


def verify(workspace: Path, kept: str | None = None) -> WholeTrail:
    """Prove the trail of a workspace: see `store.audit_log.verify_entries`."""
    with AccessBook(workspace) as book, book.reading() as connection:
        return verify_entries(connection, kept)
