"""What is on record of the opening of lanes: proposals and what was done with them (req 78)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select

from datecertain.network.agreed_terms import canonical
from datecertain.network.opening import Offer
from datecertain.store import Workspace
from datecertain.store.lane_records import lane_acts, lane_proposals
from datecertain.tracking.events import audience


class Done(StrEnum):
    """What can be done with a proposal, or with a lane."""

    SIGNED = "signed"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"  # signed by both: the network that follows was put in force
    CLOSED = "closed"  # a lane, by one post alone, at once


class State(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"  # nobody has signed
    SIGNED_BY_ONE = "signed_by_one"
    SIGNED = "signed"  # by both, and the network that follows is not in force yet
    AGREED = "agreed"  # in force, or from its first day on
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Act:
    """Something done: by whom, when (UTC minutes), why; `sha256` is what was signed."""

    seq: int
    number: int | None
    act: Done
    post: str
    origin: str
    destination: str
    sha256: str
    network_version: str
    actor: str
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with its exact text and all that was done with it."""

    offer: Offer
    post: str
    sha256: str
    terms_sha256: str
    content: dict[str, Any]
    actor: str
    at: int
    reason: str
    acts: tuple[Act, ...]

    @property
    def signed_by(self) -> tuple[str, ...]:
        """The posts that signed, in order."""
        return tuple(one.post for one in self.acts if one.act is Done.SIGNED)

    @property
    def published(self) -> Act | None:
        """The act by which it came in force; None: it has not."""
        return next((one for one in self.acts if one.act is Done.PUBLISHED), None)

    @property
    def state(self) -> State:
        """Where it stands."""
        if any(one.act is Done.WITHDRAWN for one in self.acts):
            return State.WITHDRAWN
        if self.published:
            return State.AGREED
        return (State.OPEN, State.SIGNED_BY_ONE, State.SIGNED)[len(self.signed_by)]


def proposals(connection: Connection) -> list[Proposal]:
    """Every proposal in order."""
    done = acts(connection)
    found = []
    for row in connection.execute(select(lane_proposals).order_by(lane_proposals.c.number)):
        offer = Offer(
            row.number, row.origin, row.destination, row.product, row.standard, row.refund_mode,
            row.from_on,
        )  # fmt: skip
        mine = tuple(one for one in done if one.number == row.number)
        found.append(
            Proposal(
                offer, row.owner, row.sha256, row.terms_sha256, json.loads(row.content),
                row.actor, row.at, row.reason, mine,
            )
        )  # fmt: skip
    return found


def acts(connection: Connection) -> list[Act]:
    """Everything that was done, in order."""
    return [
        Act(
            row.seq, row.number, Done(row.act), row.owner, row.origin, row.destination, row.sha256,
            row.network_version, row.actor, row.at, row.reason,
        )
        for row in connection.execute(select(lane_acts).order_by(lane_acts.c.seq))
    ]  # fmt: skip


def signed_texts(workspace: Workspace, day: int) -> dict[tuple[str, str], dict[str, Any]]:
    """What both posts of each lane signed last of those texts that have begun by a day."""
    with workspace.reading() as view:
        known = proposals(view.connection)
    return {
        (one.offer.origin, one.offer.destination): one.content
        for one in known
        if one.state is State.AGREED and one.offer.from_on <= day
    }


def next_number(connection: Connection) -> int:
    """The number of the next proposal."""
    return (connection.execute(select(func.max(lane_proposals.c.number))).scalar() or 0) + 1


def add_proposal(connection: Connection, one: Proposal) -> None:
    """Write a proposal down."""
    offer = one.offer
    connection.execute(
        insert(lane_proposals).values(
            number=offer.number, owner=one.post,
            audience=audience(offer.origin, offer.destination), origin=offer.origin,
            destination=offer.destination, product=offer.product, standard=offer.standard,
            refund_mode=offer.refund_mode, from_on=offer.from_on, sha256=one.sha256,
            terms_sha256=one.terms_sha256, content=canonical(one.content), actor=one.actor,
            at=one.at, reason=one.reason,
        )
    )  # fmt: skip


def add_acts(connection: Connection, done: Sequence[Act]) -> None:
    """Write down what was done, after all that stands there; `seq` is given here."""
    last = connection.execute(select(func.max(lane_acts.c.seq))).scalar() or 0
    for seq, one in enumerate(done, start=last + 1):
        connection.execute(
            insert(lane_acts).values(
                seq=seq, number=one.number, act=str(one.act), owner=one.post,
                audience=audience(one.origin, one.destination), origin=one.origin,
                destination=one.destination, sha256=one.sha256,
                network_version=one.network_version, actor=one.actor, at=one.at,
                reason=one.reason,
            )
        )  # fmt: skip
