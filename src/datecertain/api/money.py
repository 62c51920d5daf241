"""Gaps of a settled month, a post's own books, rounds of netting, the tariff between two posts
(req 41-48). What two posts agreed and owe each other is told to these two alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.api.statements_told import (
    BalancesTold,
    GapsTold,
    OwnRound,
    RoundTold,
    TariffTold,
)
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.texts import Body, Code, CodeAsked, MomentAsked, MonthInPath, Reason
from datecertain.errors import NotAllowed, NotFound
from datecertain.moments import DAY, format_date, parse_date, parse_utc
from datecertain.operations.books import book_balances
from datecertain.operations.netting import Netted, list_rounds, net_round
from datecertain.operations.period_gaps import accept_gaps, accepted_names, period_gaps
from datecertain.operations.seeing import own_round, round_for_the_group
from datecertain.operations.statements import statement_names
from datecertain.operations.tariff_rules import rules_between
from datecertain.operations.telling_statements import gap_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import bundled_tariff
from datecertain.settlement.reconciling import Gap
from datecertain.store import Workspace

WAYS = APIRouter(prefix="/v1", tags=["money"], responses=REFUSALS)

_Statements = Annotated[Viewer, Depends(Needs(Right.STATEMENTS))]
_Act = Annotated[Viewer, Depends(Needs(Right.STATEMENTS_ACT))]
_Money = Annotated[Viewer, Depends(Needs(Right.MONEY))]
_Office = Annotated[Viewer, Depends(Needs(Right.NETTING))]


def _gaps(opened: Workspace, period: str, who: Viewer) -> list[Gap]:
    if not statement_names(opened, who, period):
        raise NotFound(f"no statement of {period} was written here: run `datecertain settle` first")
    return [
        gap for gap in period_gaps(opened, period) if who.sees_flow(gap.origin, gap.destination)
    ]


def _told_gaps(opened: Workspace, period: str, gaps: Sequence[Gap]) -> dict[str, Any]:
    accepted = accepted_names(opened, period)
    return {"period": period, "gaps": [gap_as_json(gap, accepted) for gap in gaps]}


@WAYS.get("/reconciliation/{period}", response_model=GapsTold, summary="Gaps of a settled month")
def gaps(request: Request, period: MonthInPath, who: _Statements) -> dict[str, Any]:
    """What does not agree between what was dispatched, received and billed, of the asking post's
    own items."""
    with open_workspace(door_of(request).workspace) as opened:
        return _told_gaps(opened, period, _gaps(opened, period, who))


class GapsAccepted(Body):
    """Gaps by their names, and why they are accepted."""

    names: list[Code] = Field(min_length=1, max_length=100)
    reason: Reason


@WAYS.post(
    "/reconciliation/{period}/acceptance", response_model=GapsTold, summary="Accept gaps",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def accept(request: Request, period: MonthInPath, made: GapsAccepted, who: _Act) -> dict[str, Any]:
    """Gaps of money keep a month open until each is accepted by its name, by one of its posts."""

    def do(opened: Workspace) -> dict[str, Any]:
        mine = _gaps(opened, period, who)
        if unknown := sorted(set(made.names) - {gap.name for gap in mine}):
            raise NotFound(f"{period} has no gap {', '.join(unknown)}")
        accept_gaps(opened, period, made.names, who.post, made.reason, door_of(request).how.clock)
        return _told_gaps(opened, period, mine)

    return write(request, who, made, do)


@WAYS.get("/balances", response_model=BalancesTold, summary="A post's own books")
def balances(
    request: Request, who: _Money, partner: CodeAsked = "", at: MomentAsked = None,
    value_on: MomentAsked = None,
) -> dict[str, Any]:  # fmt: skip
    """What stood on the accounts of the asking post at a moment: all of them, or those with one
    partner."""
    moment = None if at is None else parse_utc(at)
    day = None if value_on is None else parse_date(value_on)
    with open_workspace(door_of(request).workspace) as opened:
        found = book_balances(opened, moment, day, who.post)
    rows = [asdict(row) for row in found.rows if partner in ("", row.counterparty)]
    return {"post": who.post, "digest": found.digest, "rows": rows}


@WAYS.get("/netting/rounds", response_model=Page[RoundTold], summary="Rounds of netting")
def rounds(request: Request, who: _Office, page: Paging) -> Page[dict[str, Any]]:
    """For the central office: positions and payments of each round, not what a pair brought in."""
    with open_workspace(door_of(request).workspace) as opened:
        found = [round_for_the_group(one) for one in list_rounds(opened)]
    return paged(found, lambda one: (one["number"],), page)


class RoundWanted(Body):
    """A round of netting."""

    dry_run: bool = Field(False, description="Work it out, write nothing.")
    without: list[Code] = Field([], max_length=50, description="Posts that are carved out.")


@WAYS.post(
    "/netting/rounds", response_model=RoundTold, summary="Net what is accepted",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def net(request: Request, wanted: RoundWanted, who: _Office) -> dict[str, Any]:
    """The fewest payments over all statements that both posts accepted and that are not netted;
    what is contested is carried. `number` 0: it was not written."""
    door = door_of(request)
    if not who.acts_for(""):
        raise NotAllowed("a round is run by the central office")

    def told(done: Netted) -> dict[str, Any]:
        plain = {"number": done.number, "sha256": done.sha256, **done.round.plain}
        return round_for_the_group(plain)

    clock, without = door.how.clock, tuple(wanted.without)
    if wanted.dry_run:
        with open_workspace(door.workspace) as opened:
            return told(net_round(opened, clock, without, True))
    return write(request, who, wanted, lambda opened: told(net_round(opened, clock, without)))


@WAYS.get("/netting/own", response_model=Page[OwnRound], summary="A post's part in netting")
def own(request: Request, who: _Money, page: Paging) -> Page[dict[str, Any]]:
    """What the asking post brought into each round, its position, and its payments."""
    with open_workspace(door_of(request).workspace) as opened:
        found = [one for row in list_rounds(opened) if (one := own_round(row, who)) is not None]
    return paged(found, lambda one: (one["number"],), page)


@WAYS.get("/tariffs", response_model=TariffTold, summary="The tariff between two posts")
def tariffs(
    request: Request, who: _Money, partner: CodeAsked = "", on: MomentAsked = None
) -> dict[str, Any]:
    """The rows of the tariff by which months are settled that hold between the asking post and
    others on a day (none given: today), each with its source. Another pair's are not told."""
    door, tariff = door_of(request), bundled_tariff()
    day = door.how.clock.now() // DAY if on is None else parse_date(on)
    rules = rules_between(door.network.now(), tariff, day, who, partner)
    return {"name": tariff.name, "digest": tariff.digest, "on": format_date(day), "rules": rules}
