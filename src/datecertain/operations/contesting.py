"""An attribution contested item by item, before it is billed: which lines charge an item, what was
said of them, and what is contested of a post's statements (req 77)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datecertain.access import EVERYTHING, Viewer
from datecertain.errors import NotFound
from datecertain.operations.clock import Clock
from datecertain.operations.seeing import item_seen
from datecertain.operations.statements import (
    Standee,
    find_statement,
    say_of_statement,
    statements_here,
)
from datecertain.settlement import items_behind
from datecertain.settlement.life import ALLOWED, Act, Dispute, Event, contest_ends
from datecertain.settlement.statements import StatementLine
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A line of a statement in which an item stands. `amount_usdr` None: the line was rated anew as
    a whole; `until`: the moment from which the statement may be made final; `open`: whether the
    item can be contested in it now."""

    statement: Standee
    line: StatementLine
    amount_usdr: int | None
    until: int
    dispute: Dispute | None
    open: bool


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute of a statement. `mine`: whether the viewer's post contested."""

    statement: Standee
    line: StatementLine
    dispute: Dispute
    mine: bool

    @property
    def to_answer(self) -> bool:
        """Whether the other post has not answered yet."""
        return self.dispute.state is Act.DISPUTED

    @property
    def item_number(self) -> str:
        """The item, empty where the whole line is contested."""
        return self.dispute.item


def lines_of_item(
    workspace: Workspace, viewer: Viewer, number: str
) -> tuple[dict[str, Any], list[ItemLine]]:
    """An item, and the lines of its posts' statements in which it stands, the latest period first.
    Raises `NotFound` for one that may not be seen."""
    item = item_seen(workspace, number, viewer)
    pair = min(item["origin"], item["destination"]), max(item["origin"], item["destination"])
    with workspace.reading() as view:
        stated = statements_here(view.connection, pair=pair)
    found = [line for one in reversed(stated) for line in _lines(one, item["item_id"], viewer)]
    return item, found


def _lines(one: Standee, item: str, viewer: Viewer) -> Iterator[ItemLine]:
    stands = one.standing
    for line in one.statement.lines:
        rows = [row for row in items_behind(one.statement, line.number).to_pylist()
                if row["item_id"] == item]  # fmt: skip
        if not rows:
            continue
        amounts = [row["amount_usdr"] for row in rows]
        known = None if None in amounts else sum(amounts)
        mine = [two for two in stands.disputes
                if two.line == line.number and two.item in ("", item)]  # fmt: skip
        dispute = max(mine, key=lambda two: two.since, default=None)
        can = (
            stands.state in ALLOWED[Act.DISPUTED] and known is not None
            and viewer.post not in stands.accepted_by
            and (dispute is None or (not dispute.open and dispute.state is Act.WITHDRAWN))
        )  # fmt: skip
        yield ItemLine(one, line, known, contest_ends(one.written_at, one.terms), dispute, can)


def contest_item(
    workspace: Workspace, viewer: Viewer, number: str, period: str, line: int, reason: str,
    clock: Clock,
) -> Standee:  # fmt: skip
    """Contest an item in a line of its posts' statement, for the viewer's post. Raises `NotFound`,
    `UsageError` when that cannot be said now."""
    item = item_seen(workspace, number, viewer)
    pair = min(item["origin"], item["destination"]), max(item["origin"], item["destination"])
    return say_of_statement(
        workspace, period, pair, Act.DISPUTED, viewer.post, reason, clock, (line,), item["item_id"],
        viewer.name,
    )  # fmt: skip


def say_of_contested(
    workspace: Workspace, viewer: Viewer, where: tuple[str, str, int, str], act: Act, reason: str,
    clock: Clock,
) -> Standee:  # fmt: skip
    """Answer what is contested, or contest it no longer. `where`: period, pair as `KR-US`, line,
    item. Raises `NotFound`, `UsageError`."""
    period, pair, line, item = where
    one, _, other = pair.partition("-")
    if not viewer.sees_flow(one, other):
        raise NotFound(
            f"there is no statement {pair} of {period} here",
            "statement.unknown",
            pair=pair,
            period=period,
        )
    find_statement(workspace, period, (one, other))
    return say_of_statement(
        workspace, period, (one, other), act, viewer.post, reason, clock, (line,), item,
        viewer.name,
    )  # fmt: skip


def contested(workspace: Workspace, viewer: Viewer) -> list[Contested]:
    """What was ever contested of the statements that a viewer may see: what its post has to answer
    first, then what is open, the oldest first."""
    with workspace.reading() as view:
        stated = statements_here(view.connection, wanted=_ever)
    found = [
        Contested(one, one.statement.lines[dispute.line - 1], dispute, dispute.by == viewer.post)
        for one in stated
        if viewer.post == EVERYTHING or viewer.sees_flow(*one.pair)
        for dispute in one.standing.disputes
    ]
    return sorted(
        found,
        key=lambda one: (one.mine or not one.to_answer, not one.dispute.open, one.dispute.since),
    )


def _ever(said: tuple[Event, ...]) -> bool:
    return any(event.act is Act.DISPUTED for event in said)
