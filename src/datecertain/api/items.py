"""Items: everything known of one, its verdict, why, and what became of it (req 14, 16, 17, 23-28,
63). Seen by the two posts that an item goes between, and by nobody else."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from datecertain.access import Right, Viewer
from datecertain.api.fields import Moment, Number
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.conditional import Tagged
from datecertain.door.opened import Door, door_of
from datecertain.door.texts import Language
from datecertain.door.wanting import preferred
from datecertain.moments import parse_date, parse_utc
from datecertain.operations.item_views import seen_explanation, seen_timeline, seen_verdicts
from datecertain.operations.on_the_way import read_on_the_way
from datecertain.operations.telling_items import as_json, in_words, item_as_json
from datecertain.operations.told_items import ItemTold, TimelineTold, VerdictTold
from datecertain.operations.watch_list import live_item
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.explaining_json import as_json as explanation_json
from datecertain.verdict.telling import in_words as explanation_words
from datecertain.verdict.told import ExplanationTold
from datecertain.web.explanation import explanation_html, staircase_svg
from datecertain.wording import words

WAYS = APIRouter(prefix="/v1/items", tags=["items"], responses=REFUSALS, route_class=Tagged)

_Looker = Annotated[Viewer, Depends(Needs(Right.ITEMS))]
_Explainer = Annotated[Viewer, Depends(Needs(Right.EXPLAIN))]
_Towards = Annotated[
    Literal["between", "sender"],
    Query(description="between: the posts' agreement; sender: the terms told to the sender."),
]
_Accepted = Annotated[
    str | None,
    Query(max_length=10, examples=["2026-10-21"],
          description="The acceptance of that day, for a number used again; none: the latest."),
]  # fmt: skip
#: What a page that is answered may do in a browser: show itself.
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; sandbox"
}
_WORDS = ("text/plain", "text/html", "image/svg+xml")


@WAYS.get("/{number}", summary="Everything known of an item")
def item(request: Request, number: Number, who: _Looker, at: Moment = None) -> ItemTold:
    """In order of time: acceptance, promises, scans, doubts, verdict; and how it stands now, or
    stood at a moment."""
    door = door_of(request)
    now = parse_utc(at) if at else door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        told = seen_timeline(opened, number, who)
        live = live_item(opened, number, now, read_on_the_way(door.workspace))
    if live is not None and not who.sees_flow(live["origin"], live["destination"]):
        live = None
    return item_as_json(told, live)


@WAYS.get("/{number}/timeline", summary="An item's timeline", response_model=TimelineTold)
def timeline(
    request: Request, number: Number, who: _Looker, lang: Language = "en"
) -> TimelineTold | Response:
    """What has happened, in order of time; with `Accept: text/plain` in words."""
    with open_workspace(door_of(request).workspace) as opened:
        told = seen_timeline(opened, number, who)
    if preferred(request, ("application/json", "text/plain")) == "text/plain":
        return PlainTextResponse("\n".join([*in_words(told, words(lang)), ""]))
    return as_json(told)


def _explained(
    door: Door, number: str, who: Viewer, towards: str, accepted: str | None, as_of: str | None
) -> Explanation:
    moment = parse_utc(as_of) if as_of else None
    day = parse_date(accepted) if accepted else None
    with open_workspace(door.workspace) as opened:
        return seen_explanation(opened, number, who, moment, door.how.clock, towards, day)


@WAYS.get("/{number}/verdict", summary="An item's verdict")
def verdict(
    request: Request, number: Number, who: _Explainer, towards: _Towards = "between",
    accepted: _Accepted = None, as_of: Moment = None,
) -> ExplanationTold:  # fmt: skip
    """Judged now, on what was known when its verdict was given, or at a moment: the outcome, the
    staircase with its evidence, who is liable, and in whose terms."""
    told = _explained(door_of(request), number, who, towards, accepted, as_of)
    return explanation_json(told)


@WAYS.get(
    "/{number}/explanation", summary="Why", response_class=PlainTextResponse,
    responses={200: {"content": {media: {} for media in _WORDS}}},
)  # fmt: skip
def explanation(
    request: Request, number: Number, who: _Explainer, towards: _Towards = "between",
    accepted: _Accepted = None, as_of: Moment = None, lang: Language = "en",
) -> Response:  # fmt: skip
    """The verdict in words, step by step: by `Accept` as text, as a page, or the picture of the
    staircase alone (SVG)."""
    told, speak = _explained(door_of(request), number, who, towards, accepted, as_of), words(lang)
    media = preferred(request, _WORDS)
    if media == "text/html":
        return HTMLResponse(explanation_html(told, speak), headers=_POLICY)
    if media == "image/svg+xml":
        return Response(staircase_svg(told, speak), media_type=media, headers=_POLICY)
    return PlainTextResponse("\n".join([*explanation_words(told, speak), ""]))


@WAYS.get("/{number}/verdicts", summary="Every verdict that was given")
def verdicts(request: Request, number: Number, who: _Explainer) -> list[VerdictTold]:
    """In the order in which they were given; a verdict is superseded, never changed."""
    with open_workspace(door_of(request).workspace) as opened:
        return seen_verdicts(opened, number, who)
