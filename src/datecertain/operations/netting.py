"""A round of netting over the statements that both posts accepted (req 45)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY
from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_network
from datecertain.operations.statements import Standee, event_rows, silences, statements_here
from datecertain.settlement.life import WHOLE_STATEMENT, Act, Event, standing
from datecertain.settlement.rounds import Round, due_of, round_of
from datecertain.settlement.statements import canonical
from datecertain.store import Workspace, batch_id
from datecertain.store import settlement_records as tables


@dataclass(frozen=True)
class Netted:
    """A round, its number (0: tried only) and hash, and who accepted by silence."""

    number: int
    sha256: str
    round: Round
    silent: tuple[str, ...]  # `2026-10-JP-KR-v1 JP`


def net_round(
    workspace: Workspace, clock: Clock, without: Collection[str] = (), dry: bool = False
) -> Netted:
    """Net everything that is accepted and not netted yet; with `dry` write nothing.

    Raises `NotFound` when nothing is due, `UsageError` for a post that is not of the network,
    `NetworkError` when a rate is missing.
    """
    now, network = clock.now(), current_network(workspace)
    if unknown := sorted(set(without) - set(network.posts)):
        raise UsageError(
            f"{', '.join(unknown)}: not of the network, so it cannot be left out",
            "netting.post",
            posts=", ".join(unknown),
        )
    said: list[tuple[Standee, list[Event]]] = []
    dues = []
    with workspace.reading() as view:
        for one in statements_here(view.connection, wanted=_in_question):
            silent = silences(one, now)
            stands = standing(one.statement, [*one.events, *silent])
            if stands.due_usdr or _never_netted(one, silent):
                dues.append(due_of(one.statement_id, one.statement, stands.due_usdr, one.terms))
                said.append((one, silent))
        number = 1 + (view.connection.execute(_LAST).scalar() or 0)
    if not dues:
        raise NotFound(
            "no statement is accepted by both posts and not netted yet: see `datecertain statement "
            "list`",
            "netting.none",
        )
    found = round_of(network, dues, without, now // DAY)
    content = canonical(found.plain)
    sha256 = hashlib.sha256(content).hexdigest()
    told = tuple(f"{one.statement_id} {event.actor}" for one, silent in said for event in silent)
    if dry:
        return Netted(0, sha256, found, told)
    batch = batch_id("net", sha256, str(number))
    with workspace.commit("net", batch, now=now) as commit:

        def write(connection: Connection) -> None:
            rows = [
                row
                for one, silent in said
                for row in event_rows(one, [*silent, *_netted(one, silent, found, number, now)],
                                      batch)
            ]  # fmt: skip
            connection.execute(insert(tables.statement_events), rows)
            posts = sorted(found.positions)
            connection.execute(
                insert(tables.netting_rounds).values(
                    round_id=f"round-{number}", owner=posts[0] if posts else "*",
                    audience="+".join(posts) or "*", number=number, netted_at=now, sha256=sha256,
                    content=found.plain, batch_id=batch,
                )
            )  # fmt: skip

        commit.records(write)
    return Netted(number, sha256, found, told)


_LAST = select(func.max(tables.netting_rounds.c.number))


def _in_question(said: tuple[Event, ...]) -> bool:
    """Whether a statement may bring something into a round: final, and not netted whole."""
    acts = [event.act for event in said]
    if Act.NETTED not in acts:
        return Act.FINALISED in acts
    lines = [event.act for event in said if event.line != WHOLE_STATEMENT]
    return lines.count(Act.CARRIED) > lines.count(Act.NETTED)


def _never_netted(one: Standee, silent: list[Event]) -> bool:
    """Accepted by both, and in no round yet: it is netted even where it comes to nothing."""
    events = [*one.events, *silent]
    accepted = {event.actor for event in events if event.act is Act.ACCEPTED}
    return accepted >= set(one.pair) and all(event.act is not Act.NETTED for event in events)


def _netted(one: Standee, silent: list[Event], found: Round, number: int, now: int) -> list[Event]:
    """What the round says of a statement: netted, whole or in lines that had been carried; carried,
    for what is contested. Nothing where a post of it was carved out."""
    if one.statement_id in found.left_out:
        return []
    name = f"round {number}"
    stands = standing(one.statement, [*one.events, *silent])
    if _never_netted(one, silent):
        events = [Event(Act.NETTED, "", WHOLE_STATEMENT, "", now, name)]
        return events + [
            Event(Act.CARRIED, "", dispute.line, dispute.item, now, name) for dispute in stands.open
        ]
    carried = {(e.line, e.item) for e in one.events if e.act is Act.CARRIED}
    done = {(e.line, e.item) for e in one.events if e.act is Act.NETTED}
    contested = {(dispute.line, dispute.item) for dispute in stands.open}
    return [
        Event(Act.NETTED, "", line, item, now, name)
        for line, item in sorted(carried - done - contested)
    ]


def list_rounds(workspace: Workspace) -> list[dict[str, Any]]:
    """The rounds as they were frozen, in order, each with its number and hash."""
    table = tables.netting_rounds.c
    with workspace.reading() as view:
        rows = view.connection.execute(
            select(table.number, table.sha256, table.content).order_by(table.number)
        ).all()
    return [{"number": row[0], "sha256": row[1], **row[2]} for row in rows]
