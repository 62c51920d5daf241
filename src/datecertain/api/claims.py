"""Claims: filed for senders, shown, decided, appealed, many at once from a file (req 29-35)."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer
from datecertain.api.claims_told import ClaimCase, ClaimRow, FileTold, WaitingItem
from datecertain.api.writes import IDEMPOTENT, write
from datecertain.claims.cases import Actor, Event, State
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import Door, door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.door.problems import Problem
from datecertain.door.second_look import MAY_WAIT, must_wait
from datecertain.door.texts import Body, Code, CodeAsked, InPath, Line, Moment, MonthAsked
from datecertain.door.writing import actor_for
from datecertain.errors import ClaimRefused, NotFound
from datecertain.moments import parse_date, parse_utc
from datecertain.network.claim_terms import Claimant, Heading, Remedy
from datecertain.operations.claim_views import CaseFilter, case_seen, list_cases, show_case
from datecertain.operations.claiming import Filing, Move, decide, file_claim, move
from datecertain.operations.refund_views import told_waiting
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

WAYS = APIRouter(prefix="/v1/claims", tags=["claims"], responses=REFUSALS)

_See = Annotated[Viewer, Depends(Needs(Right.CLAIMS_SEE))]
_File = Annotated[Viewer, Depends(Needs(Right.CLAIMS))]
_Decide = Annotated[Viewer, Depends(Needs(Right.CLAIMS_DECIDE))]
#: The largest file of claims.
_MOST_BYTES = 16 << 20


class ClaimMade(Body):
    """A claim as its sender or addressee makes it. Nobody's name: what is written here is never
    deleted."""

    item_id: Code = Field(examples=["EE000000005KR"])
    claimant: Claimant = Claimant.SENDER
    received: Moment | None = Field(
        None, description="When it reached the post, with its offset; None: now."
    )
    remedy: Remedy | None = None
    currency: Code = ""
    asks: list[Heading] = Field([Heading.POSTAGE], min_length=1, max_length=len(Heading))
    waived: bool = Field(False, description="The one who may claim waived it for this claimant.")
    reference: Line = Field("", description="The claimant's own number.")
    accepted_on: Moment | None = Field(None, description="Which acceptance of a number used again.")

    def filing(self, actor: str) -> Filing:
        """As the operation takes it. Raises `BadMoment`."""
        return Filing(
            self.item_id, self.claimant, actor,
            None if self.received is None else parse_utc(self.received), self.remedy,
            self.currency, frozenset(self.asks), self.waived, self.reference,
            None if self.accepted_on is None else parse_date(self.accepted_on),
        )  # fmt: skip


@WAYS.post(
    "", status_code=201, response_model=ClaimCase, summary="File a claim", openapi_extra=IDEMPOTENT
)
def file(request: Request, made: ClaimMade, who: _File) -> dict[str, Any]:
    """File a claim on an item that the asking post accepted; it is answered at once by the terms.
    The same claim again gives its case back. 409 when it cannot be filed."""

    def do(opened: Workspace) -> dict[str, Any]:
        clock = door_of(request).how.clock
        try:
            case = file_claim(opened, made.filing(who.name), clock, who.acts_for)
        except ClaimRefused as refused:
            if refused.reason == "unknown_item":
                raise NotFound(str(refused)) from refused
            raise
        return show_case(opened, case.case_id)

    return write(request, who, made, do)


@WAYS.get("", response_model=Page[ClaimRow], summary="List claims")
def list_(
    request: Request, who: _See, page: Paging, state: State | None = None,
    origin: CodeAsked = "", destination: CodeAsked = "", overdue: bool = False,
) -> Page[dict[str, Any]]:  # fmt: skip
    """The claims on items of the asking post, in the order of their filing."""
    door = door_of(request)
    now = door.how.clock.now() if overdue else None
    wanted = CaseFilter(str(state or ""), origin, destination, now)
    with open_workspace(door.workspace) as opened:
        rows = list_cases(opened, wanted, who)
    return paged(rows, lambda row: (row["filed"], row["case"]), page)


@WAYS.get("/waiting", response_model=Page[WaitingItem], summary="Items without a final event")
def waiting(
    request: Request, who: _See, page: Paging, period: MonthAsked, due: bool = False
) -> Page[dict[str, Any]]:
    """Items of a month of acceptance of which nobody can say yet what became of them: when an
    inquiry is due, until when the sender is told, when it is decided for the sender."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        rows = told_waiting(opened, period, door.how.clock.now(), due=due)
    mine = [row for row in rows if who.sees_flow(row["origin"], row["destination"])]
    return paged(mine, lambda row: (row["item_id"], row["item_key"]), page)


@WAYS.post(
    "/bulk", response_model=FileTold, summary="File the claims of a CSV file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "Columns: item_id and any of claimant, received, remedy, currency, "
            "asks, waiver, reference, accepted_on.",
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def bulk(request: Request, who: _File) -> dict[str, Any]:
    """A claim in each row: good rows are done, bad rows are listed. The same file again files
    nothing twice."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > _MOST_BYTES:
            raise Problem(413, "too-large", "The file is too large", f"At most {_MOST_BYTES}.")
    return await run_in_threadpool(_file, door_of(request), bytes(data), who)


def _file(door: Door, data: bytes, who: Viewer) -> dict[str, Any]:
    from datecertain.operations.claim_files import file_claims  # noqa: PLC0415 - is large

    with tempfile.TemporaryDirectory(prefix="claims-") as folder:
        path = Path(folder) / "claims.csv"
        path.write_bytes(data)
        with open_workspace(door.workspace, write=True) as opened:
            report = file_claims(opened, path, door.how.clock, who.name, takes=who.acts_for)
    return asdict(report)


@WAYS.get("/{case}", response_model=ClaimCase, summary="One claim")
def show(request: Request, case: InPath, who: _See) -> dict[str, Any]:
    """A claim by its id, or the last one of an item's number, with all that happened to it. There
    is nobody's name in it."""
    with open_workspace(door_of(request).workspace) as opened:
        return show_case(opened, case_seen(opened, case, who).case_id)


class DecisionMade(Body):
    """A decision: the origin grants, refuses, has paid; the destination confirms or denies that
    the date was missed; `by_terms` lets the published terms answer again."""

    decision: Literal["grant", "refuse", "paid", "confirm", "deny", "by_terms"]
    reason: Line = ""


_DECISIONS = {
    "grant": (Event.GRANTED, Actor.ORIGIN), "refuse": (Event.REFUSED, Actor.ORIGIN),
    "paid": (Event.PAID, Actor.ORIGIN), "confirm": (Event.CONFIRMED, Actor.DESTINATION),
    "deny": (Event.DENIED, Actor.DESTINATION),
}  # fmt: skip


@WAYS.post(
    "/{case}/decision", response_model=ClaimCase, summary="Decide a claim",
    openapi_extra=IDEMPOTENT, responses=MAY_WAIT,
)  # fmt: skip
def decision(request: Request, case: InPath, made: DecisionMade, who: _Decide) -> Any:
    """An officer's decision, or that of the terms."""
    if made.decision == "grant":
        with open_workspace(door_of(request).workspace) as opened:
            seen = case_seen(opened, case, who)
        actor_for(who, seen.origin)
        asked = {"claim": seen.case_id, "reason": made.reason}
        if waits := must_wait(request, who, "claims.goodwill", asked):
            return waits

    def do(opened: Workspace) -> dict[str, Any]:
        seen, clock = case_seen(opened, case, who), door_of(request).how.clock
        if made.decision == "by_terms":
            actor_for(who, seen.origin)
            return show_case(opened, decide(opened, seen.case_id, clock).case_id)
        event, role = _DECISIONS[made.decision]
        actor_for(who, seen.origin if role is Actor.ORIGIN else seen.destination)
        done = Move(event, who.name, role, made.reason)
        return show_case(opened, move(opened, seen.case_id, done, clock).case_id)

    return write(request, who, made, do)


class Said(Body):
    """Why, in words."""

    reason: Line = ""


def _by_claimant(
    request: Request, case: str, said: Said, who: Viewer, event: Event
) -> dict[str, Any]:
    def do(opened: Workspace) -> dict[str, Any]:
        seen = case_seen(opened, case, who)
        actor_for(who, seen.origin)
        done = Move(event, who.name, Actor.CLAIMANT, said.reason)
        clock = door_of(request).how.clock
        return show_case(opened, move(opened, seen.case_id, done, clock).case_id)

    return write(request, who, said, do)


@WAYS.post(
    "/{case}/appeal", response_model=ClaimCase, summary="Appeal a refusal", openapi_extra=IDEMPOTENT
)
def appeal(request: Request, case: InPath, said: Said, who: _File) -> dict[str, Any]:
    """For the claimant, within the time that the terms give; it needs a reason."""
    return _by_claimant(request, case, said, who, Event.APPEALED)


@WAYS.post(
    "/{case}/withdrawal", response_model=ClaimCase, summary="Withdraw a claim",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def withdraw(request: Request, case: InPath, said: Said, who: _File) -> dict[str, Any]:
    """For the claimant, while it is not granted; the item may be claimed again."""
    return _by_claimant(request, case, said, who, Event.WITHDRAWN)
