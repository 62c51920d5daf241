"""Letters: to the sender of an item about its refund, and to a post that is asked (req 29, 63)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.looks import audit_look
from datecertain.door.opened import Door, door_of
from datecertain.door.papers import Form, form_wanted, paper
from datecertain.door.texts import Body, InPath, Line
from datecertain.door.writing import actor_for
from datecertain.operations.inquiries import Done, inquiry_seen
from datecertain.operations.letters import Letter, post_letter, sender_letter
from datecertain.operations.seeing import item_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.wording.prepared import LETTER_LANGUAGES, letter_words

WAYS = APIRouter(prefix="/v1/letters", tags=["letters"], responses=REFUSALS)

_Writer = Annotated[Viewer, Depends(Needs(Right.LETTERS))]
_Reader = Annotated[Viewer, Depends(Needs(Right.PERSONS))]
_Lang = Annotated[
    str, Query(max_length=16, description=f"Language: {', '.join(LETTER_LANGUAGES)}.")
]
_FORMS = (Form.TEXT, Form.HTML, Form.PDF)
_PAPERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The letter, as `Accept` wants it.",
        "content": {form.media: {"schema": {"type": "string"}} for form in _FORMS},
    }
}


@WAYS.get(
    "/senders/{item}", responses=_PAPERS, response_class=Response, summary="A letter to a sender"
)
def to_sender(request: Request, item: InPath, who: _Writer, lang: _Lang = "en") -> Response:
    """The decision about the refund of an item that the asking post accepted: its reason, the
    amount, where the days went, how to ask for another decision. Nobody's name is in it."""
    door, form = door_of(request), form_wanted(request, _FORMS)
    with open_workspace(door.workspace) as opened:
        seen = item_seen(opened, item, who)
        actor_for(who, seen["origin"])
        letter = sender_letter(opened, seen["item_id"], letter_words(lang), door.how.clock)
    return _written(door, letter, form)


@WAYS.get(
    "/posts/{inquiry}", responses=_PAPERS, response_class=Response, summary="A letter to a post"
)
def to_post(request: Request, inquiry: InPath, who: _Writer, lang: _Lang = "en") -> Response:
    """An inquiry of the asking post as a letter to the post that is asked, without names."""
    door, form = door_of(request), form_wanted(request, _FORMS)
    with open_workspace(door.workspace) as opened:
        seen = inquiry_seen(opened, inquiry, who)
        actor_for(who, seen.asking)
        letter = post_letter(opened, seen.inquiry_id, letter_words(lang), door.how.clock)
    return _written(door, letter, form)


class Why(Body):
    """Why persons are looked at: it is written down, with who did."""

    reason: Line


@WAYS.post(
    "/posts/{inquiry}", responses=_PAPERS, response_class=Response,
    summary="A letter to a post, with names",
)  # fmt: skip
def to_post_with_persons(
    request: Request, inquiry: InPath, why: Why, who: _Reader, lang: _Lang = "en"
) -> Response:
    """The same letter with sender and addressee in it; who wanted them, and why, is written down
    first."""
    door, form = door_of(request), form_wanted(request, _FORMS)
    with open_workspace(door.workspace, write=True) as opened:
        seen = inquiry_seen(opened, inquiry, who)
        actor_for(who, seen.asking)
        audit_look(door, who, "letter.persons", seen.inquiry_id)
        done = Done(who.name, why.reason)
        letter = post_letter(opened, seen.inquiry_id, letter_words(lang), door.how.clock, done)
    return _written(door, letter, form)


def _written(door: Door, letter: Letter, form: Form) -> Response:
    from datecertain.web import letters  # noqa: PLC0415 - the typesetter is large

    language = letter.document.language
    if form is Form.PDF:
        folder = door.workspace / "fonts"
        fonts = (folder.resolve(),) if folder.is_dir() else ()
        made_at = door.how.clock.now()
        content = letters.letter_pdf(letter.document, letter.told, made_at, fonts)
        return paper(content, form, "letter", language)
    written = letters.write(letter.document)
    return paper(written.html if form is Form.HTML else written.text, form, "", language)
