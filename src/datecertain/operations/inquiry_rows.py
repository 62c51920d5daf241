"""Inquiries in the records store: rows to values and back. Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from datecertain.claims.inquiries import Act, Happened, Kind, Standing, stand
from datecertain.errors import NotFound, UsageError
from datecertain.store.case_records import inquiries, inquiry_events
from datecertain.store.records import audience_of

_AT_ONCE = 500


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
    connection: Connection, *, item_id: str = "", post: str = "", inquiry_id: str = ""
) -> list[Inquiry]:
    """The inquiries of an item, to or from a post, of an id (or how it begins), or all, in the
    order of their opening."""
    wanted: list[ColumnElement[bool]] = []
    if item_id:
        wanted.append(inquiries.c.item_id == item_id)
    if post:
        wanted.append((inquiries.c.asking == post) | (inquiries.c.asked == post))
    if inquiry_id:
        wanted.append(inquiries.c.inquiry_id.startswith(inquiry_id, autoescape=True))
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
