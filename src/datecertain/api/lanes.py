"""Opening and closing the guarantee of lanes, the rule book of two posts (req 11, 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from datecertain.access import Right, Viewer
from datecertain.api.lanes_told import LaneActTold, LanesTold, ProposalTold
from datecertain.api.writes import IDEMPOTENT, write_alone
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.papers import Form, form_wanted, paper
from datecertain.door.second_look import MAY_WAIT, must_wait
from datecertain.door.texts import (
    Body,
    Code,
    CodeAsked,
    InPath,
    Language,
    Line,
    MomentAsked,
    Reason,
)
from datecertain.errors import NotFound
from datecertain.operations import lane_openings
from datecertain.operations.lane_rows import Proposal
from datecertain.operations.rule_books import as_json, rule_book_of
from datecertain.operations.telling_lanes import act_json, proposal_json
from datecertain.planning.rule_book_paper import rule_book_paper
from datecertain.wording import words
from datecertain.wording.documents import as_text

WAYS = APIRouter(prefix="/v1", tags=["lanes and rules"], responses=REFUSALS)

_See = Annotated[Viewer, Depends(Needs(Right.LANES))]
_Sign = Annotated[Viewer, Depends(Needs(Right.LANES_SIGN))]
_Rules = Annotated[Viewer, Depends(Needs(Right.RULEBOOK))]
_FORMS = (Form.JSON, Form.TEXT, Form.HTML, Form.PDF)
#: A table of rules is wider than a letter.
_PAGE_PX = 920


@WAYS.get("/lanes", response_model=LanesTold, summary="Proposals and closures")
def list_(request: Request, who: _See, lane: CodeAsked = "") -> dict[str, Any]:
    """Of the lanes of the asking post, in order."""
    path = door_of(request).workspace
    known, done = lane_openings.find_proposals(path, lane or None)
    return {
        "proposals": [proposal_json(one) for one in known
                      if who.sees_flow(one.offer.origin, one.offer.destination)],
        "closures": [act_json(one) for one in done
                     if one.number is None and who.sees_flow(one.origin, one.destination)],
    }  # fmt: skip


def _seen(request: Request, who: Viewer, number: int) -> Proposal:
    known, _ = lane_openings.find_proposals(door_of(request).workspace)
    for one in known:
        if one.offer.number == number and who.sees_flow(one.offer.origin, one.offer.destination):
            return one
    raise NotFound(f"there is no proposal {number} here")


@WAYS.get("/lanes/proposals/{number}", response_model=ProposalTold, summary="One proposal")
def show(request: Request, number: int, who: _See) -> dict[str, Any]:
    """What it says, who signed it and when, with the exact text that is signed."""
    return proposal_json(_seen(request, who, number), full=True)


class Proposed(Body):
    """A lane to be opened, or its terms to be changed, from a day on."""

    lane: Code = Field(examples=["KR-US"])
    first: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    standard: Code = Field("network", description="network: the date is computed; D+3: fixed.")
    refunds: Literal["automatic", "claim_driven"] = "automatic"
    product: Code = ""
    reason: Line = ""


@WAYS.post(
    "/lanes/proposals", status_code=201, response_model=ProposalTold, summary="Propose a lane",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def propose(request: Request, made: Proposed, who: _Sign) -> dict[str, Any]:
    """For a post of the lane. Nothing is signed by it; the answer has the digest of the exact
    text, which both posts sign."""
    door = door_of(request)

    def do() -> dict[str, Any]:
        _own(who, made.lane)
        found = lane_openings.propose(
            door.workspace, made.lane, who.post, who.name, made.first, door.how.clock,
            standard=made.standard, refund_mode=made.refunds, product=made.product,
            reason=made.reason,
        )  # fmt: skip
        return proposal_json(found, full=True)

    return write_alone(request, who, made, do)


def _own(who: Viewer, lane: str) -> None:
    """Raises `NotFound` for a lane that is not of the asking post."""
    if not who.sees_flow(*lane_openings.parse_lane(lane)):
        raise NotFound(f"{lane!r} is no lane of yours")


class Signed(Body):
    """What is signed: the digest of the exact text, or 12 or more of its first digits."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
    reason: Line = ""


class Why(Body):
    """Why."""

    reason: Line = ""


def _act(
    request: Request, who: Viewer, number: int, made: Body, do: Callable[[], Proposal]
) -> dict[str, Any]:
    def act() -> dict[str, Any]:
        _seen(request, who, number)
        return proposal_json(do(), full=True)

    return write_alone(request, who, made, act)


@WAYS.post(
    "/lanes/proposals/{number}/signature", response_model=ProposalTold, summary="Sign it",
    openapi_extra=IDEMPOTENT, responses=MAY_WAIT,
)  # fmt: skip
def sign(request: Request, number: int, made: Signed, who: _Sign) -> Any:
    """With the second signature the network that follows is put in force."""
    _seen(request, who, number)
    asked = {"number": number, "digest": made.digest}
    if waits := must_wait(request, who, "lane.sign", asked):
        return waits
    door = door_of(request)
    args = (door.workspace, number, made.digest, who.post, who.name, door.how.clock, made.reason)
    return _act(request, who, number, made, lambda: lane_openings.sign(*args))


@WAYS.post(
    "/lanes/proposals/{number}/withdrawal", response_model=ProposalTold, summary="Take it back",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def withdraw(request: Request, number: int, made: Why, who: _Sign) -> dict[str, Any]:
    """Before both posts have signed it."""
    door = door_of(request)
    args = (door.workspace, number, who.post, who.name, door.how.clock, made.reason)
    return _act(request, who, number, made, lambda: lane_openings.withdraw(*args))


class ClosingMade(Body):
    """Why a lane is closed."""

    reason: Reason


@WAYS.post(
    "/lanes/{lane}/closing", response_model=LaneActTold, summary="Close a lane at once",
    openapi_extra=IDEMPOTENT,
)  # fmt: skip
def close(request: Request, lane: InPath, made: ClosingMade, who: _Sign) -> dict[str, Any]:
    """In an emergency: one post alone, without lead time. Promises given before stay."""
    door = door_of(request)

    def do() -> dict[str, Any]:
        _own(who, lane)
        return act_json(lane_openings.close(
            door.workspace, lane, who.post, who.name, made.reason, door.how.clock
        ))  # fmt: skip

    return write_alone(request, who, made, do)


@WAYS.get(
    "/rulebooks/{pair}", summary="The rule book of two posts",
    responses={200: {"content": {one.media: {"schema": {"type": "string"}} for one in _FORMS[1:]},
                     "description": "The rule book, as `Accept` wants it."}},
)  # fmt: skip
def rule_book(
    request: Request, pair: InPath, who: _Rules, on: MomentAsked = None, lang: Language = "en"
) -> Any:
    """Every term in force between the asking post and another as a sentence, with its dates and
    source: JSON, text, HTML or PDF, as `Accept` wants it. What others agreed is not told."""
    door, form, speak = door_of(request), form_wanted(request, _FORMS), words(lang)
    if not who.sees_flow(*lane_openings.parse_lane(pair)):
        raise NotFound(f"there is no rule book {pair} here")
    book = rule_book_of(pair, on, speak, door.how.clock, workspace=door.workspace)
    if form is Form.JSON:
        return as_json(book)
    from datecertain.web import documents  # noqa: PLC0415 - the typesetter is large

    document = rule_book_paper(book, speak)
    if form is Form.TEXT:
        return paper(as_text(document), form, "", lang)
    if form is Form.HTML:
        return paper(documents.html(document, _PAGE_PX), form, "", lang)
    return Response(
        documents.pdf(document, door.how.clock.now()), media_type=form.media,
        headers={"Content-Language": lang, "Vary": "Accept"},
    )  # fmt: skip
