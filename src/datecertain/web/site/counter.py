"""The counter: a date in two fields, its slip and label, a wrong quote voided (req 1, 8-10, 72)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound, PromiseRefused, UsageError
from datecertain.moments import parse_date
from datecertain.operations.promise_views import show_promise
from datecertain.operations.promising import record_promise, void_promise
from datecertain.operations.told_promises import PromiseShown
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.recordings import Recording
from datecertain.web.site.frame import Crumb, Entry, go, keep_cookie, page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.places import shown_place
from datecertain.web.site.postage import minor_units
from datecertain.web.site.questions import (
    CHANNELS,
    CONTENTS,
    Answer,
    Fault,
    answer_question,
    fields_of,
    read_question,
    shown_fields,
)
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.counter", "/counter", Right.QUOTE),)
#: Where an account quotes from, kept in its browser.
FROM_COOKIE = "dc_from"
_YEAR_S = 365 * 24 * 3600

_Asker = Annotated[Viewer, Depends(PageNeeds(Right.QUOTE))]
_Recorder = Annotated[Viewer, Depends(PageNeeds(Right.PROMISES))]


@PAGES.get("/counter")
def counter(request: Request, who: _Asker) -> Response:
    """Ask for a date, and its answer."""
    given = dict(request.query_params)
    if not given.get("from"):
        given["from"] = request.cookies.get(FROM_COOKIE, "") or who.post.strip("*")
    return _counter(request, who, given)


def _counter(
    request: Request, who: Viewer, given: Mapping[str, str], fault: Fault | None = None
) -> Response:
    words, answer = page_words(language_of(request, STAFF)), None
    fields = shown_fields(given)
    if fault is None and given.get("to"):
        try:
            ask = read_question(door_of(request), fields_of(given))
            answer = answer_question(door_of(request), ask, words)
        except Fault as error:
            fault = error
    origin = answer.ask.route.origin if answer else ""
    shown = page(
        request, "counter.html.j2", who, status=422 if fault else 200, fields=fields, fault=fault,
        answer=answer, contents=CONTENTS, channels=CHANNELS, posts=_posts(request, words),
        crumbs=_crumbs(words), records=_records(answer) and who.may(Right.PROMISES)
        and who.acts_for(origin), currency=_currency(request, origin), key=secrets.token_hex(12),
    )  # fmt: skip
    if answer is not None:
        keep_cookie(request, shown, FROM_COOKIE, fields["from"], _YEAR_S)
    return shown


def _records(answer: Answer | None) -> bool:
    return answer is not None and answer.due_day is not None


@PAGES.post("/counter/promises")
def record(request: Request, who: _Recorder, form: Form) -> Response:
    """Record the promise that was quoted; its slip."""
    door = door_of(request)
    try:
        ask = read_question(door, fields_of(form))
        origin = ask.route.origin
        if not who.acts_for(origin):
            raise Fault("from", "fault.not_yours")
        currency = _currency(request, origin)
        recording = Recording(
            ask, who.name, form.get("item", "").strip() or None,
            office=form.get("office", "").strip()[:40],
            postage_minor=minor_units(form.get("postage", ""), currency), currency=currency,
            key=f"{who.name}/{form.get('key', '')[:60] or secrets.token_hex(12)}",
        )  # fmt: skip
        with open_workspace(door.workspace, write=True) as opened:
            promise = record_promise(opened, recording, door.how.clock)
    except Fault as error:
        return _counter(request, who, form, error)
    except PromiseRefused:
        return _counter(request, who, form, Fault("item", "fault.promised_already"))
    except NotFound:
        raise
    except UsageError:
        return _counter(request, who, form, Fault("item", "fault.item"))
    return go(f"/counter/promises/{quote(promise.promise_id)}", "said.recorded")


@PAGES.get("/counter/promises/{name}")
def slip(request: Request, who: _Recorder, name: str) -> Response:
    """A recorded promise: the slip for the sender, the box for the label."""
    return _slip(request, who, _promise(request, who, name))


@PAGES.post("/counter/promises/{name}/void")
def void(request: Request, who: _Recorder, name: str, form: Form) -> Response:
    """Void a wrong quote before the item has left."""
    door, reason = door_of(request), form.get("reason", "").strip()[:200]
    promise = _promise(request, who, name)
    if not reason:
        return _slip(request, who, promise, Fault("reason", "fault.reason"))
    try:
        with open_workspace(door.workspace, write=True) as opened:
            void_promise(
                opened, promise["promise_id"], actor=who.name, reason=reason, clock=door.how.clock
            )
    except PromiseRefused:
        return _slip(request, who, promise, Fault("reason", "fault.binds"), status=409)
    return go(f"/counter/promises/{quote(promise['promise_id'])}", "said.voided")


def _promise(request: Request, who: Viewer, name: str) -> PromiseShown:
    """A promise of the viewer's own post. Raises `NotFound`, for one of others as well."""
    with open_workspace(door_of(request).workspace) as opened:
        promise = show_promise(opened, name)
    if not who.acts_for(promise["origin"]):
        raise NotFound(f"{name} has no promise here")
    return promise


def _slip(
    request: Request, who: Viewer, promise: PromiseShown, fault: Fault | None = None,
    status: int = 0,
) -> Response:  # fmt: skip
    words = page_words(language_of(request, STAFF))
    name = promise["item_id"] or promise["promise_id"]
    told = promise["quote"][words.language]
    binding = promise["binding_on"]
    return page(
        request, "slip.html.j2", who, status=status or (422 if fault else 200), promise=promise,
        name=name, told=told, fault=fault, crumbs=(*_crumbs(words)[:1], Crumb(
            words.say("counter.title"), "/counter"), Crumb(words.say("slip.crumb", name=name))),
        due_day=parse_date(binding) if binding else None,
        origin=shown_place(promise["origin"], promise["origin_postcode"]),
        destination=shown_place(promise["destination"], promise["destination_postcode"]),
    )  # fmt: skip


def _crumbs(words: Words) -> tuple[Crumb, ...]:
    return Crumb(words.say("frame.home"), "/"), Crumb(words.say("counter.title"))


def _posts(request: Request, words: Words) -> list[tuple[str, str]]:
    posts = door_of(request).network.now().data.posts
    name = "name_ko" if words.language == "ko" else "name_en"
    return [(post.post, getattr(post, name)) for post in posts]


def _currency(request: Request, post: str) -> str:
    return door_of(request).network.now().post(post).currency if post else ""
