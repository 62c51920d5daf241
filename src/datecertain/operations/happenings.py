"""What happened, told: found by looking at what the stores published, whatever wrote it (issue:
webhooks and live boards).

No operation must remember to tell. A look and how far it looked are written in one transaction, and
a happening has a name of its own: what is cut off is found again, and nothing is told twice. Body
and subject name items and cases, never a person, and no amount of money.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row
from typing_extensions import TypedDict

from datecertain.access import Viewer
from datecertain.moments import format_utc
from datecertain.operations.happening_kinds import Kind, kinds_seen
from datecertain.operations.happening_sources import records_found
from datecertain.operations.happening_verdicts import MARK, verdicts_found
from datecertain.operations.happening_warnings import still_new, warnings_found
from datecertain.operations.on_the_way import read_on_the_way
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.happening_book import Found, HappeningBook


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened. `at` and `told_at` are UTC minutes."""

    seq: int
    audience: str
    kind: Kind
    subject: str
    at: int
    told_at: int
    body: dict[str, Any]


def tell(book: HappeningBook, now: int) -> int:
    """Look at what the records and the judgings published since the last look, and write down what
    happened; how many happenings. It needs no writer's lock: a month may be judged meanwhile."""
    told = 0
    while count := book.tell(lambda link, marks: records_found(link, marks, now)):
        told += count
    while _judged_since(book):
        with open_workspace(book.folder) as opened:
            told += book.tell(_Judgings(opened, now))
    return told


@dataclass(slots=True)
class _Judgings:
    """A look at the judgings after a mark, which is not taken again when only something else was
    told meanwhile: what a judging found never changes."""

    workspace: Workspace
    now: int
    _found: dict[int | None, Found] = field(default_factory=dict)

    def __call__(self, connection: Connection, marks: Mapping[str, int]) -> Found:
        mark = marks.get(MARK)
        if mark not in self._found:
            self._found[mark] = verdicts_found(connection, marks, self.workspace, self.now)
        return self._found[mark]


def _judged_since(book: HappeningBook) -> bool:
    """Whether a month was judged since the last look."""
    last, mark = book.last_judging(MARK)
    return mark is None or last > mark


def tell_warnings(workspace: Path, now: int) -> int:
    """Look at the watch list and write down what is new on it; how many happenings.

    This looks at every item on its way: once in some minutes, not in every loop.
    """
    histories = read_on_the_way(workspace)
    with HappeningBook(workspace) as book, open_workspace(workspace) as opened:
        rows = warnings_found(book, opened, now, histories)
        return book.tell(lambda link, marks: still_new(link, rows, now))


def happenings_after(
    book: HappeningBook, viewer: Viewer, after: int, limit: int, kinds: Collection[Kind] = ()
) -> Sequence[Happening]:
    """Happenings after a number that a viewer sees, in order; `kinds` empty: all."""
    wanted = [str(kind) for kind in kinds_seen(viewer, kinds)]
    rows, _ = book.page(after, limit, viewer.seen, wanted)
    return [happening(row) for row in rows]


def happening(row: Row[Any]) -> Happening:
    """A row of the book."""
    return Happening(
        row.seq, row.audience, Kind(row.kind), row.subject, row.at, row.told_at, row.body
    )


class HappeningTold(TypedDict):
    """Something that happened. `seq` is its number: what happened later has a higher one. `about`
    depends on the kind (docs/reference/happenings.md)."""

    seq: int
    kind: str
    at: str
    told_at: str
    subject: str
    about: dict[str, Any]


def as_json(one: Happening) -> HappeningTold:
    """A happening as programs read it."""
    return {
        "seq": one.seq, "kind": str(one.kind), "at": format_utc(one.at),
        "told_at": format_utc(one.told_at), "subject": one.subject, "about": one.body,
    }  # fmt: skip
