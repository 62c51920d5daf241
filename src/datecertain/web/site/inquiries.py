"""Inquiries between posts: those to be answered and those that were made, with their clocks; one
with what is known, what happened and the forms ready to paste; persons only with a reason (req 37,
38, 40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.claims.inquiries import REPLIES, Act, Resolution, State
from datecertain.door import door_of
from datecertain.door.looks import audit_look
from datecertain.errors import NotFound, UsageError
from datecertain.operations.inquiries import (
    Done,
    Shown,
    act_on,
    ask_again,
    close_inquiry,
    inquiry_seen,
    list_inquiries,
    see_persons,
    show_inquiry,
)
from datecertain.operations.inquiry_answers import ToldEvent, answer_inquiry
from datecertain.operations.inquiry_forms import FormSystem, form_fields, pasted, without_money
from datecertain.operations.inquiry_rows import Inquiry
from datecertain.operations.letters import post_letter
from datecertain.operations.telling_inquiries import act_text, known_lines, reply_text
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import OWN_NAMES, STAFF, language_of, page_words
from datecertain.web.site.listing import asked, line_of, local_time, named, with_query, words_of
from datecertain.web.site.papers import blocks_of, letter_language, pdf_of
from datecertain.web.site.questions import Fault
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.prepared import LETTER_LANGUAGES, letter_words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.inquiries", "/inquiries", Right.INQUIRIES_SEE),)
SHOWN = ("to_answer", "asked", "all")
_ROWS = 100
_COLUMNS = ("inquiry", "item", "from_to", "kind", "state", "limit", "by")

_See = Annotated[Viewer, Depends(PageNeeds(Right.INQUIRIES_SEE))]
_Act = Annotated[Viewer, Depends(PageNeeds(Right.INQUIRIES))]
_Persons = Annotated[Viewer, Depends(PageNeeds(Right.PERSONS))]
_Write = Annotated[Viewer, Depends(PageNeeds(Right.LETTERS))]


def _rows(request: Request, who: Viewer, show: str) -> list[dict[str, Any]]:
    """Inquiries of the own post, what is overdue in front, then what is due first."""
    door = door_of(request)
    now = door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        found = list_inquiries(opened, still_open=show != "all")
    rows = []
    for shown in found:
        one = shown.inquiry
        mine, to_me = who.acts_for(one.asking), who.acts_for(one.asked)
        if not who.sees_flow(one.asking, one.asked):
            continue
        if (show == "to_answer" and not _waits_for(shown, who)) or (show == "asked" and not mine):
            continue
        limits = [due for due in shown.due if due.by is not None]
        own = [due for due in limits if who.acts_for(due.post)]
        due = next(iter(own if show == "to_answer" and own else limits), None)
        by = None if due is None else due.by
        rows.append({
            "one": one, "state": str(one.standing.state), "by": by, "to_me": to_me,
            "limit": "" if due is None else str(due.limit), "overdue": by is not None and by < now,
            "whose": "" if due is None else due.post,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["by"] is None, row["by"] or 0, row["one"].inquiry_id))


def _waits_for(shown: Shown, who: Viewer) -> bool:
    """Whether the viewer's post has to do something: answer, or open an answer and end it."""
    one = shown.inquiry
    if one.standing.state in (State.SENT, State.READ):
        return who.acts_for(one.asked)
    return one.standing.state.open and who.acts_for(one.asking)


@PAGES.get("/inquiries")
@kept_page()
def inquiries(request: Request, who: _See) -> Response:
    """The inquiries that wait, with their clocks."""
    given = asked(request, "show", "after")
    show = given["show"] if given["show"] in SHOWN else SHOWN[0]
    after = given["after"]
    first = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    rows = _rows(request, who, show)
    on = str(first + _ROWS) if len(rows) > first + _ROWS else ""
    words = page_words(language_of(request, STAFF))
    return page(
        request, "inquiries.html.j2", who, show=show, shown=SHOWN, rows=rows[first : first + _ROWS],
        next=with_query(request, after=on) if on else "", crumbs=_crumbs(words),
        files=downloads(request, "/inquiries"), local=local_time(request, who, words),
        tab=lambda one: with_query(request, show=one),
    )  # fmt: skip


@PAGES.get("/inquiries.{kind}")
def inquiries_file(request: Request, who: _See, kind: FileKind) -> Response:
    """The same inquiries as a file."""
    words = page_words(language_of(request, STAFF))
    show = asked(request, "show")["show"]
    local = local_time(request, who, words)
    heads = [words.say(f"care.column.{name}") for name in _COLUMNS]
    rows = [
        [row["one"].inquiry_id, row["one"].item_id, f"{row['one'].asking} → {row['one'].asked}",
         words.say(f"inquiry.kind.{row['one'].kind}"), words.say(f"inquiry.state.{row['state']}"),
         words.say(f"inquiry.limit.{row['limit']}") if row["limit"] else None, local(row["by"])]
        for row in _rows(request, who, show if show in SHOWN else SHOWN[0])
    ]  # fmt: skip
    return table_file(request, "inquiries", kind, heads, rows)


@PAGES.get("/inquiries/{name}")
@kept_page()
def inquiry(request: Request, who: _See, name: str) -> Response:
    """One inquiry."""
    return _inquiry(request, who, name)


def _inquiry(
    request: Request, who: Viewer, name: str, fault: Fault | None = None, status: int = 0,
    persons: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    door = door_of(request)
    now = door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        seen = inquiry_seen(opened, named(name), who)
        shown = show_inquiry(opened, seen.inquiry_id)
    words, one = page_words(language_of(request, STAFF)), shown.inquiry
    own = who.acts_for(str(one.facts.get("origin") or one.asking))
    return page(
        request, "inquiry.html.j2", who, status=status or (422 if fault else 200), one=one,
        shown=shown, fault=fault, now=now, local=local_time(request, who, words),
        known=list(known_lines(_own_facts(one, own), words)), persons=persons,
        events=[(event, act_text(event, words), reply_text(event, words)) for event in one.events],
        answers=_may_answer(who, one), replies=REPLIES[one.kind], ends=_ends(who, one),
        resolutions=(Resolution.SOLVED, Resolution.UNSOLVED), forms=_forms(shown, own=own),
        may_look=who.may(Right.PERSONS) and bool(shown.kept), state=str(one.standing.state),
        letter=who.may(Right.LETTERS) and who.acts_for(one.asking),
        codes=[row for row in _EVENTS if words.label(f"scan.{row}", "")],
        crumbs=(*_crumbs(words)[:1], Crumb(words.say("nav.inquiries"), "/inquiries"),
                Crumb(one.inquiry_id)),
    )  # fmt: skip


#: Events that an answer tells most.
_EVENTS = ("EMI", "EMH", "EMD", "EME", "EDC", "EMF", "EMG", "EDH", "EDG", "EDX")


def _own_facts(one: Inquiry, own: bool) -> Mapping[str, Any]:
    """What is known; what the sender paid only for its own post."""
    return one.facts if own else {**one.facts, "postage_minor": None, "indemnity_usdr": None}


def _forms(shown: Shown, *, own: bool) -> list[tuple[str, str]]:
    forms = []
    for system in FormSystem:
        fields = form_fields(shown, system)
        forms.append((str(system), pasted(fields if own else without_money(fields))))
    return forms


def _may_answer(who: Viewer, one: Inquiry) -> bool:
    waits = one.standing.state in (State.SENT, State.READ)
    return waits and who.may(Right.INQUIRIES) and who.acts_for(one.asked)


def _ends(who: Viewer, one: Inquiry) -> list[str]:
    """What the post that asked may do now."""
    if not (who.may(Right.INQUIRIES) and who.acts_for(one.asking)):
        return []
    if one.standing.state in (State.SENT, State.READ):
        return ["withdraw"]
    return ["close", "again"] if one.standing.state.open else []


@PAGES.post("/inquiries/{name}/answer")
def answer(request: Request, who: _Act, name: str, form: Form) -> Response:
    """Answer for the post that is asked, with an event if there is one."""
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        one = inquiry_seen(opened, named(name), who)
    if not _may_answer(who, one):
        return _inquiry(request, who, name, Fault("act", "fault.inquiry"), 409)
    reply, code = form.get("reply", ""), form.get("code", "").strip()
    if reply not in list(REPLIES[one.kind]):
        return _inquiry(request, who, name, Fault("reply", "fault.choice"))
    told = None
    if code:
        local, office = line_of(form, "local", 40), line_of(form, "office", 20)
        if code not in _EVENTS or not local or not office:
            return _inquiry(request, who, name, Fault("local", "fault.event"))
        told = ToldEvent(code, local, office.upper())
    done = Done(who.name, "", words_of(form, "note"))
    try:
        with open_workspace(door.workspace, write=True) as opened:
            answer_inquiry(opened, one.inquiry_id, reply, done, door.how.clock, told)
    except NotFound:
        raise
    except UsageError:
        return _inquiry(request, who, name, Fault("act", "fault.inquiry"), 409)
    return go(f"/inquiries/{quote(one.inquiry_id)}", "said.answered")


@PAGES.post("/inquiries/{name}/acts")
def act(request: Request, who: _Act, name: str, form: Form) -> Response:
    """For the post that asked: close it, ask again, withdraw it."""
    door, what = door_of(request), form.get("act", "")
    with open_workspace(door.workspace) as opened:
        one = inquiry_seen(opened, named(name), who)
    if what not in _ends(who, one):
        return _inquiry(request, who, name, Fault("act", "fault.inquiry"), 409)
    note = words_of(form, "note")
    try:
        with open_workspace(door.workspace, write=True) as opened:
            if what == "close":
                done = Done(who.name, form.get("resolution", ""), note)
                close_inquiry(opened, one.inquiry_id, done, door.how.clock)
            elif what == "again":
                ask_again(opened, one.inquiry_id, Done(who.name, "", note), door.how.clock)
            else:
                done = Done(who.name, "", note)
                act_on(opened, one.inquiry_id, [Act.WITHDRAWN], done, door.how.clock)
    except NotFound:
        raise
    except UsageError:
        return _inquiry(request, who, name, Fault("act", "fault.inquiry"), 409)
    return go(f"/inquiries/{quote(one.inquiry_id)}", f"said.inquiry.{what}")


@PAGES.post("/inquiries/{name}/persons")
def persons(request: Request, who: _Persons, name: str, form: Form) -> Response:
    """Names, addresses and free words; who looks, and why, is written down first. Shown once, on
    the answer to this form alone."""
    door, reason = door_of(request), line_of(form, "reason")
    if not reason:
        return _inquiry(request, who, name, Fault("reason", "fault.reason"))
    with open_workspace(door.workspace, write=True) as opened:
        one = inquiry_seen(opened, named(name), who)
        audit_look(door, who, "inquiry.persons", one.inquiry_id)
        post = who.post if who.post in (one.asking, one.asked) else one.asking
        found = see_persons(opened, one.inquiry_id, post, Done(who.name, reason), door.how.clock)
    shown = {
        "sender": found.sender.lines, "addressee": found.addressee.lines,
        "contacts": [(found.sender.phone, found.sender.email),
                     (found.addressee.phone, found.addressee.email)],
        "notes": [text for _, text in sorted(found.notes.items()) if text],
        "erased": found.erased,
    }  # fmt: skip
    return _inquiry(request, who, one.inquiry_id, persons=shown)


@PAGES.get("/inquiries/{name}/letter")
@kept_page()
def letter(request: Request, who: _Write, name: str) -> Response:
    """The inquiry as a letter to the post that is asked, without names."""
    words = page_words(language_of(request, STAFF))
    one, found, language = _letter(request, who, name)
    here = f"/inquiries/{one.inquiry_id}"
    return page(
        request, "letter.html.j2", who, document=found.document, blocks=blocks_of(found.document),
        inside=language, offered=[(code, OWN_NAMES[code]) for code in LETTER_LANGUAGES],
        pdf=with_query(request, f"{here}/letter.pdf"), again=f"{here}/letter",
        crumbs=(*_crumbs(words)[:1], Crumb(words.say("nav.inquiries"), "/inquiries"),
                Crumb(one.inquiry_id, here), Crumb(words.say("care.inquiry.letter"))),
    )  # fmt: skip


@PAGES.get("/inquiries/{name}/letter.pdf")
def letter_file(request: Request, who: _Write, name: str) -> Response:
    """The same as PDF."""
    one, found, _ = _letter(request, who, name)
    return pdf_of(request, found, f"inquiry-{one.inquiry_id}")


def _letter(request: Request, who: Viewer, name: str) -> tuple[Inquiry, Any, str]:
    door = door_of(request)
    language = letter_language(request, language_of(request, STAFF))
    with open_workspace(door.workspace) as opened:
        one = inquiry_seen(opened, named(name), who)
        if not who.acts_for(one.asking):
            raise NotFound(f"{one.inquiry_id} has no letter here")
        found = post_letter(opened, one.inquiry_id, letter_words(language), door.how.clock)
    return one, found, language


def _crumbs(words: Words) -> tuple[Crumb, ...]:
    return Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.inquiries"))
