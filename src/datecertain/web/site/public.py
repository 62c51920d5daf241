"""What senders see without coming in: a date beforehand, an item on its way (req 8, 40, 59)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from datecertain.door import door_of
from datecertain.operations.public_tracking import PublicTracking, track_for_anyone
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.addresses import hold_address_to_rate
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.languages import SENDERS, language_of, page_words
from datecertain.web.site.questions import (
    Fault,
    answer_question,
    fields_of,
    read_question,
    shown_fields,
)
from datecertain.web.site.visiting import Looker
from datecertain.wording import LANGUAGES, Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (
    Entry("public.nav.promise", "/promise", None),
    Entry("public.nav.track", "/track", None),
)
_LONGEST_NUMBER = 40


@PAGES.get("/promise")
def promise(request: Request, who: Looker) -> Response:
    """A date for anyone who wants to post something."""
    hold_address_to_rate(request)
    speak = page_words(language_of(request, SENDERS))
    door, answer, fault = door_of(request), None, None
    fields = shown_fields(request.query_params)
    if fields.get("to"):
        try:
            ask = read_question(door, fields_of(request.query_params))
            answer = answer_question(door, ask, speak)
        except Fault as error:
            fault = error
    return page(
        request, "promise.html.j2", who, status=422 if fault else 200, languages=SENDERS,
        fields=fields, answer=answer, fault=fault,
        # A post publishes its conditions in Korean and in English.
        published_in="" if speak.language in LANGUAGES else "en",
        posts=[post.post for post in door.network.now().data.posts],
        crumbs=_crumbs(speak, "public.promise.title"),
    )  # fmt: skip


@PAGES.get("/track")
def find(
    request: Request, who: Looker, item: Annotated[str, Query(max_length=_LONGEST_NUMBER)] = ""
) -> Response:
    """Which item?"""
    number = item.strip().replace(" ", "").upper()
    if number and "/" not in number:
        return go(f"/track/{quote(number, safe='')}")
    return _track(request, who, number, missing=bool(number))


@PAGES.get("/track/{number}")
def track(request: Request, who: Looker, number: str) -> Response:
    """Where an item is, for anyone who has its number."""
    hold_address_to_rate(request)
    door = door_of(request)
    found = None
    if len(number) <= _LONGEST_NUMBER and number.isprintable():
        with open_workspace(door.workspace) as opened:
            found = track_for_anyone(opened, door.network.now(), number, door.how.clock)
    return _track(request, who, number[:_LONGEST_NUMBER], found=found, missing=found is None)


def _track(
    request: Request,
    who: Looker,
    number: str,
    *,
    found: PublicTracking | None = None,
    missing: bool = False,
) -> Response:
    speak = page_words(language_of(request, SENDERS))
    return page(
        request, "track.html.j2", who, status=404 if missing else 200, languages=SENDERS,
        number=number, found=found, missing=missing, crumbs=_crumbs(speak, "public.track.title"),
    )  # fmt: skip


def _crumbs(speak: Words, key: str) -> tuple[Crumb, ...]:
    return Crumb(speak.say("frame.home"), "/"), Crumb(speak.say(key))
