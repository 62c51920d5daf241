"""Inquiries in the records store: rows to values and back. Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select

from datecertain.claims.inquiries import ENDS, Act, Happened, Kind, Standing, stand
from datecertain.errors import NotFound, UsageError
from datecertain.store.case_records import inquiries, inquiry_events, inquiry_grounds
from datecertain.store.records import audience_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Because:
    """Why a rule asks: `waiting`, an item (its key) without a final event; `claim`, a case whose
    event `seq` asks the other post to confirm."""

    ground: str
    subject: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An inquiry as it was opened, and what happened to it since."""

    inquiry_id: str
    item_id: str
    kind: Kind
    asking: str
    asked: str
    opened_at: int
    facts: Mapping[str, Any]
    network_version: str
    events: tuple[Happened, ...]

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        return stand(self.asking, self.asked, self.events)

    @property
    def owner(self) -> dict[str, str]:
        """Whose its rows are, and who may see them."""
        return {"owner": self.asking, "audience": audience_of([self.asking, self.asked])}


def add_inquiry(connection: Connection, inquiry: Inquiry) -> None:
    """Write an inquiry with the events that it has."""
    connection.execute(
        insert(inquiries).values(
            inquiry_id=inquiry.inquiry_id, **inquiry.owner, item_id=inquiry.item_id,
            kind=str(inquiry.kind), asking=inquiry.asking, asked=inquiry.asked,
            opened_at=inquiry.opened_at, facts=dict(inquiry.facts),
            network_version=inquiry.network_version,
        )
    )  # fmt: skip
    add_events(connection, inquiry, inquiry.events, 0)


def add_events(
    connection: Connection, inquiry: Inquiry, events: Sequence[Happened], first: int
) -> None:
    """Write events of an inquiry, numbered from `first` on."""
    if events:
        connection.execute(insert(inquiry_events), [
            {
                "inquiry_id": inquiry.inquiry_id, "seq": first + number, **inquiry.owner,
                "act": str(event.act), "at": event.at, "recorded_at": event.recorded_at,
                "actor": event.actor, "post": event.post, "reason": event.reason,
                "details": dict(event.details),
            }
            for number, event in enumerate(events)
        ])  # fmt: skip


def find_inquiries(
    connection: Connection, *, item_id: str = "", post: str = "", inquiry_id: str = "",
    still_open: bool = False, opened: tuple[int, int] | None = None,
) -> list[Inquiry]:  # fmt: skip
    """The inquiries of an item, to or from a post, of an id (or how it begins), or all, in the
    order of their opening. `still_open`: only those without an end; `opened`: only those opened
    between two moments, the second exclusive."""
    wanted: list[ColumnElement[bool]] = []
    if still_open:
        wanted.append(~_ended())
    if opened is not None:
        wanted.append(inquiries.c.opened_at.between(opened[0], opened[1] - 1))
    if item_id:
        wanted.append(inquiries.c.item_id == item_id)
    if post:
        wanted.append((inquiries.c.asking == post) | (inquiries.c.asked == post))
    if inquiry_id:
        wanted.append(inquiries.c.inquiry_id.startswith(inquiry_id, autoescape=True))
    return _inquiries(connection, *wanted)


def _ended() -> ColumnElement[bool]:
    """Whether an inquiry of the outer query has come to its end: nothing is read of it."""
    events = inquiry_events.c
    return exists().where(
        (events.inquiry_id == inquiries.c.inquiry_id) & events.act.in_([str(act) for act in ENDS])
    )


def _inquiries(connection: Connection, *wanted: ColumnElement[bool]) -> list[Inquiry]:
    rows = connection.execute(
        select(inquiries).where(*wanted).order_by(inquiries.c.opened_at, inquiries.c.inquiry_id)
    ).all()
    happened = _events(connection, [row.inquiry_id for row in rows])
    return [
        Inquiry(
            row.inquiry_id, row.item_id, Kind(row.kind), row.asking, row.asked, row.opened_at,
            row.facts, row.network_version, tuple(happened.get(row.inquiry_id, ())),
        )
        for row in rows
    ]  # fmt: skip


def inquiry_of(connection: Connection, inquiry_id: str) -> Inquiry:
    """The one inquiry of that id, or whose id begins so. Raises `NotFound`, `UsageError`."""
    found = find_inquiries(connection, inquiry_id=inquiry_id) if inquiry_id else []
    if not found:
        raise NotFound(f"no inquiry has the id {inquiry_id!r}: see `inquiry list`")
    if len(found) > 1:
        raise UsageError(f"{len(found)} inquiries begin with {inquiry_id!r}: give more of the id")
    return found[0]


def asked_because(connection: Connection, because: Because) -> Inquiry | None:
    """The inquiry that a rule opened, or found standing, for that reason."""
    table = inquiry_grounds.c
    same = (table.ground == because.ground) & (table.subject == because.subject)
    found = connection.execute(
        select(table.inquiry_id).where(same & (table.seq == because.seq))
    ).scalar()
    return None if found is None else inquiry_of(connection, found)


def write_ground(connection: Connection, inquiry: Inquiry, because: Because, at: int) -> None:
    """Write why a rule asks. The database refuses a second inquiry for the same reason."""
    connection.execute(
        insert(inquiry_grounds).values(
            ground=because.ground, subject=because.subject, seq=because.seq, **inquiry.owner,
            inquiry_id=inquiry.inquiry_id, at=at,
        )
    )  # fmt: skip


def grounds_of(connection: Connection, inquiry_id: str) -> tuple[Because, ...]:
    """Why rules asked by an inquiry; nothing where people alone did."""
    table = inquiry_grounds.c
    rows = connection.execute(
        select(table.ground, table.subject, table.seq).where(table.inquiry_id == inquiry_id)
        .order_by(table.at, table.ground, table.subject, table.seq)
    )  # fmt: skip
    return tuple(Because(row.ground, row.subject, row.seq) for row in rows)


def subjects_asked(connection: Connection, ground: str) -> set[str]:
    """What rules asked about for a reason."""
    table = inquiry_grounds.c
    return set(connection.execute(select(table.subject).where(table.ground == ground)).scalars())


def inquiries_of_cases(
    connection: Connection, cases: Sequence[str]
) -> dict[str, tuple[int, Inquiry]]:
    """Case → (its event that asked, the inquiry that carries the question), the last of each."""
    asked: dict[str, tuple[int, str]] = {}
    table = inquiry_grounds.c
    for first in range(0, len(cases), _AT_ONCE):
        some = cases[first : first + _AT_ONCE]
        rows = connection.execute(
            select(table.subject, table.seq, table.inquiry_id)
            .where((table.ground == "claim") & table.subject.in_(some))
            .order_by(table.subject, table.seq)
        )
        asked |= {row.subject: (row.seq, row.inquiry_id) for row in rows}
    ids = sorted({name for _, name in asked.values()})
    found: dict[str, Inquiry] = {}
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        chosen = _inquiries(connection, inquiries.c.inquiry_id.in_(some))
        found |= {one.inquiry_id: one for one in chosen}
    return {case: (seq, found[name]) for case, (seq, name) in asked.items()}


def _events(connection: Connection, ids: Sequence[str]) -> dict[str, list[Happened]]:
    found: dict[str, list[Happened]] = {}
    for first in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(
            select(inquiry_events)
            .where(inquiry_events.c.inquiry_id.in_(ids[first : first + _AT_ONCE]))
            .order_by(inquiry_events.c.inquiry_id, inquiry_events.c.seq)
        )
        for row in rows:
            found.setdefault(row.inquiry_id, []).append(
                Happened(Act(row.act), row.at, row.recorded_at, row.actor, row.post, row.reason,
                         row.details)
            )  # fmt: skip
    return found
