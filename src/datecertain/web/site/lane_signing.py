"""Opening the guarantee of a lane by two signatures, closing it by one (req 11, 78)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import (
    BadMoment,
    DatecertainError,
    NetworkError,
    NotFound,
    UsageError,
)
from datecertain.moments import format_date, format_utc
from datecertain.operations import lane_openings
from datecertain.operations.lane_rows import Act, Proposal, State
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import why
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.LANES))]
_Signer = Annotated[Viewer, Depends(PageNeeds(Right.LANES_SIGN))]
_SAID = {"sign": "said.lane_signed", "withdraw": "said.lane_withdrawn"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal: the two signatures, and what the viewer can do."""

    made: Proposal
    first_day: str
    signatures: tuple[tuple[str, str, str], ...]  # post, who, when; who empty: not yet
    signs: bool
    withdraws: bool


@PAGES.get("/resume/signatures")
@kept_page()
def signatures(request: Request, who: _Reader) -> Response:
    """The proposals of a viewer's lanes, and what was done with them."""
    return _page(request, who)


def _page(
    request: Request, who: Viewer, refused: DatecertainError | None = None, status: int = 200
) -> Response:
    words = page_words(language_of(request, STAFF))
    fault = "" if refused is None else _why(refused, words)
    made, done = lane_openings.find_proposals(door_of(request).workspace)
    # The central office sees what came in force: the network says that to everyone.
    made = [one for one in made if _sees(who, one)]
    closed = [one for one in done if one.number is None
              and (who.group or who.sees_flow(one.origin, one.destination))]  # fmt: skip
    return page(
        request, "signatures.html.j2", who, status=status, fault=fault,
        rows=[_shown(one, who) for one in reversed(made)], closed=[_closing(one) for one in closed],
        signs=who.may(Right.LANES_SIGN),
        partners=[post for post in door_of(request).network.now().posts if post != who.post],
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("resume.title"), "/resume"),
                Crumb(words.say("signing.title"))),
    )  # fmt: skip


def _why(refused: DatecertainError, words: Words) -> str:
    """Why something cannot be done, in the reader's language."""
    if text := why(refused, words):
        return text
    if isinstance(refused, BadMoment):
        return words.say("refused.lane.date")
    if isinstance(refused, NetworkError):
        return words.say("refused.lane.network")
    return words.say("refused.lane.place")


def _sees(who: Viewer, made: Proposal) -> bool:
    if who.group:
        return made.state is State.AGREED
    return who.sees_flow(made.offer.origin, made.offer.destination)


def _shown(made: Proposal, who: Viewer) -> Shown:
    by = {one.post: one for one in made.acts if one.act == "signed"}
    lane = (made.offer.origin, made.offer.destination)
    waiting = made.state in (State.OPEN, State.SIGNED_BY_ONE) and who.may(Right.LANES_SIGN)
    return Shown(
        made, format_date(made.offer.from_on),
        tuple(
            (post, "" if who.group else by[post].actor, format_utc(by[post].at))
            if post in by else (post, "", "")
            for post in lane
        ),
        waiting and who.post in lane and who.post not in made.signed_by,
        waiting and who.post in lane,
    )  # fmt: skip


def _closing(act: Act) -> tuple[str, str, str, str]:
    return f"{act.origin} → {act.destination}", act.post, format_utc(act.at), act.reason


@PAGES.post("/resume/signatures/propose")
def propose(request: Request, who: _Signer, form: Form) -> Response:
    """Propose to open a lane from a day on."""
    door = door_of(request)
    try:
        lane_openings.propose(
            door.workspace, _lane(who, form), who.post, who.name, form.get("from", "")[:10],
            door.how.clock, standard=form.get("standard", "")[:10] or "network",
            refund_mode=form.get("mode", "")[:20] or "automatic",
            reason=form.get("reason", "").strip()[:300],
        )  # fmt: skip
    except (UsageError, NetworkError) as error:
        return _page(request, who, error, 422)
    return go("/resume/signatures", "said.lane_proposed")


def _lane(who: Viewer, form: Form) -> str:
    """The lane of a form: between the viewer's post and another."""
    partner = form.get("partner", "")[:2].upper()
    out = form.get("direction", "") != "in"
    return f"{who.post}-{partner}" if out else f"{partner}-{who.post}"


@PAGES.post("/resume/signatures/{number}/{act}")
def act(request: Request, who: _Signer, number: int, act: str, form: Form) -> Response:
    """Sign the exact text of a proposal, or take it back."""
    door, reason = door_of(request), form.get("reason", "").strip()[:300]
    known, _ = lane_openings.find_proposals(door.workspace)
    made = next((one for one in known if one.offer.number == number), None)
    if (
        made is None
        or act not in _SAID
        or not who.sees_flow(made.offer.origin, made.offer.destination)
    ):
        raise NotFound(f"no proposal {number} here")
    try:
        if act == "sign":
            digest = form.get("digest", "")[:64]
            lane_openings.sign(
                door.workspace, number, digest, who.post, who.name, door.how.clock, reason
            )
        else:
            lane_openings.withdraw(
                door.workspace, number, who.post, who.name, door.how.clock, reason
            )
    except UsageError as error:
        return _page(request, who, error, 422)
    return go("/resume/signatures", _SAID[act])


@PAGES.post("/resume/signatures/close")
def close(request: Request, who: _Signer, form: Form) -> Response:
    """Close a lane at once, by one post alone."""
    door = door_of(request)
    try:
        lane_openings.close(
            door.workspace, _lane(who, form), who.post, who.name,
            form.get("reason", "").strip()[:300], door.how.clock,
        )  # fmt: skip
    except (UsageError, NetworkError) as error:
        return _page(request, who, error, 422)
    return go("/resume/signatures", "said.lane_closed")
