"""Claims: what waits for an answer, one with all that happened to it, decided and appealed (req
29-35); its letter (req 63). Nobody's name is in a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.claims.cases import OPEN_STATES, TRANSITIONS, Actor, Event, State
from datecertain.door import door_of
from datecertain.door.second_look import asked_of_another
from datecertain.errors import NotFound, UsageError
from datecertain.moments import format_utc
from datecertain.operations.claim_rows import StoredCase
from datecertain.operations.claim_views import (
    CaseFilter,
    actor_text,
    case_seen,
    list_cases,
    show_case,
)
from datecertain.operations.claiming import Move, decide, move
from datecertain.operations.letters import Letter, sender_letter
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import OWN_NAMES, STAFF, language_of, page_words
from datecertain.web.site.listing import asked, line_of, local_time, named, with_query
from datecertain.web.site.papers import blocks_of, letter_language, pdf_of
from datecertain.web.site.questions import Fault
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.prepared import LETTER_LANGUAGES, letter_words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.claims", "/claims", Right.CLAIMS_SEE),)
FILTERS = ("show", "state", "from", "to")
SHOWN = ("open", "overdue", "all")
_ROWS = 100
_COLUMNS = ("case", "item", "lane", "received", "state", "answer_by", "amount")

_See = Annotated[Viewer, Depends(PageNeeds(Right.CLAIMS_SEE))]
_File = Annotated[Viewer, Depends(PageNeeds(Right.CLAIMS))]
_Decide = Annotated[Viewer, Depends(PageNeeds(Right.CLAIMS_DECIDE))]
_Write = Annotated[Viewer, Depends(PageNeeds(Right.LETTERS))]

#: What an officer does, in the name of which side, and whether a reason is needed.
DECISIONS: Mapping[str, tuple[Event, Actor, bool]] = {
    "grant": (Event.GRANTED, Actor.ORIGIN, True), "refuse": (Event.REFUSED, Actor.ORIGIN, True),
    "uphold": (Event.UPHELD, Actor.ORIGIN, True), "paid": (Event.PAID, Actor.ORIGIN, False),
    "confirm": (Event.CONFIRMED, Actor.DESTINATION, False),
    "deny": (Event.DENIED, Actor.DESTINATION, True),
    "appeal": (Event.APPEALED, Actor.CLAIMANT, True),
    "withdraw": (Event.WITHDRAWN, Actor.CLAIMANT, False),
}  # fmt: skip
#: What is done for the claimant needs another right.
_FOR_CLAIMANT = ("appeal", "withdraw")


def _rows(request: Request, who: Viewer, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The claims that filters ask for: what is overdue in front, then what is due first."""
    door = door_of(request)
    now = door.how.clock.now()
    state = given["state"] if given["state"] in list(State) else ""
    wanted = CaseFilter(
        state, given["from"].upper()[:2], given["to"].upper()[:2],
        now if given["show"] == "overdue" else None,
    )  # fmt: skip
    with open_workspace(door.workspace) as opened:
        found = list(list_cases(opened, wanted, who))
    if given["show"] not in ("all", "overdue") and not state:
        found = [row for row in found if row["state"] in OPEN_STATES]
    at = format_utc(now)
    for row in found:
        row["overdue"] = row["until"] is not None and row["until"] <= at
    return sorted(found, key=lambda row: (row["until"] is None, row["until"] or "", row["case"]))


@PAGES.get("/claims")
@kept_page()
def claims(request: Request, who: _See) -> Response:
    """The claims that wait, with their clocks."""
    given = asked(request, *FILTERS)
    after = asked(request, "after")["after"]
    first = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    rows = _rows(request, who, given)
    part = rows[first : first + _ROWS]
    on = str(first + _ROWS) if len(rows) > first + _ROWS else ""
    words = page_words(language_of(request, STAFF))
    return page(
        request, "claims.html.j2", who, given=given, rows=part, shown=SHOWN,
        states=list(State), next=with_query(request, after=on) if on else "",
        files=downloads(request, "/claims"), crumbs=_crumbs(words),
        tab=lambda one: with_query(request, show=one, state=None),
        local=local_time(request, who, words),
        posts=[post.post for post in door_of(request).network.now().data.posts],
    )  # fmt: skip


@PAGES.get("/claims.{kind}")
def claims_file(request: Request, who: _See, kind: FileKind) -> Response:
    """The same claims as a file."""
    words = page_words(language_of(request, STAFF))
    heads = [words.say(f"care.column.{name}") for name in _COLUMNS]
    rows = [
        [row["case"], row["item_id"], f"{row['origin']}-{row['destination']}", row["received"],
         words.say(f"claim.state.{row['state']}"), row["until"],
         words.money(row["amount_minor"], row["currency"]) if who.acts_for(row["origin"]) else None]
        for row in _rows(request, who, asked(request, *FILTERS))
    ]  # fmt: skip
    return table_file(request, "claims", kind, heads, rows)


@PAGES.get("/claims/{name}")
@kept_page()
def claim(request: Request, who: _See, name: str) -> Response:
    """One claim."""
    return _claim(request, who, name)


def _claim(
    request: Request, who: Viewer, name: str, fault: Fault | None = None, status: int = 0
) -> Response:
    with open_workspace(door_of(request).workspace) as opened:
        case = case_seen(opened, named(name), who)
        told = show_case(opened, case.case_id)
    words = page_words(language_of(request, STAFF))
    now = format_utc(door_of(request).how.clock.now())
    return page(
        request, "claim.html.j2", who, status=status or (422 if fault else 200), case=told,
        own=who.acts_for(case.origin), acts=_acts(who, case), fault=fault,
        local=local_time(request, who, words),
        overdue=told["until"] is not None and told["until"] <= now, state=str(case.state),
        by_terms=who.may(Right.CLAIMS_DECIDE) and who.acts_for(case.origin),
        letter=who.may(Right.LETTERS) and who.acts_for(case.origin),
        actor=actor_text,
        reasons={event["reason"]: _reason(event["reason"], words) for event in told["events"]},
        crumbs=(*_crumbs(words)[:1], Crumb(words.say("nav.claims"), "/claims"),
                Crumb(case.case_id)),
    )  # fmt: skip


def _reason(code: str, words: Words) -> str:
    return words.label(f"claim.reason.{code}", code)


def _acts(who: Viewer, case: StoredCase) -> list[tuple[str, bool]]:
    """What the viewer may do to a case as it stands, and whether that needs a reason."""
    found = []
    for name, (event, role, needs) in DECISIONS.items():
        right = Right.CLAIMS if name in _FOR_CLAIMANT else Right.CLAIMS_DECIDE
        post = case.destination if role is Actor.DESTINATION else case.origin
        _, actors = TRANSITIONS.get((case.state, event), (None, ()))
        if role in actors and who.may(right) and who.acts_for(post):
            found.append((name, needs))
    return found


@PAGES.post("/claims/{name}/decision")
def decision(request: Request, who: _Decide, name: str, form: Form) -> Response:
    """An officer's decision, or that of the terms."""
    return _done(request, who, name, form)


@PAGES.post("/claims/{name}/request")
def for_claimant(request: Request, who: _File, name: str, form: Form) -> Response:
    """What the claimant does: appeals, withdraws."""
    return _done(request, who, name, form, _FOR_CLAIMANT)


def _done(
    request: Request, who: Viewer, name: str, form: Form, only: tuple[str, ...] = ()
) -> Response:
    door, act = door_of(request), form.get("act", "")
    with open_workspace(door.workspace) as opened:
        case = case_seen(opened, named(name), who)
    reason = line_of(form, "reason")
    possible = dict(_acts(who, case))
    if act == "by_terms" and not only and who.acts_for(case.origin):
        with open_workspace(door.workspace, write=True) as opened:
            decide(opened, case.case_id, door.how.clock)
        return go(f"/claims/{quote(case.case_id)}", "said.by_terms")
    if act not in possible or (act in _FOR_CLAIMANT) != bool(only):
        return _claim(request, who, case.case_id, Fault("act", "fault.not_now"), 409)
    if possible[act] and not reason:
        return _claim(request, who, case.case_id, Fault(act, "fault.reason"))
    event, role, _ = DECISIONS[act]
    asked_for = {"claim": case.case_id, "reason": reason}
    if act == "grant" and asked_of_another(door, who, "claims.goodwill", asked_for):
        return go(f"/claims/{quote(case.case_id)}", "said.waits")
    try:
        with open_workspace(door.workspace, write=True) as opened:
            move(opened, case.case_id, Move(event, who.name, role, reason), door.how.clock)
    except NotFound:
        raise
    except UsageError:
        return _claim(request, who, case.case_id, Fault("act", "fault.not_now"), 409)
    return go(f"/claims/{quote(case.case_id)}", f"said.claim.{act}")


@PAGES.get("/claims/{name}/letter")
@kept_page()
def letter(request: Request, who: _Write, name: str) -> Response:
    """The letter to the sender, to be read; nobody's name is in it."""
    words = page_words(language_of(request, STAFF))
    case, found, language = _letter(request, who, name)
    return page(
        request, "letter.html.j2", who, document=None if found is None else found.document,
        blocks=() if found is None else blocks_of(found.document), inside=language,
        offered=[(one, OWN_NAMES[one]) for one in LETTER_LANGUAGES],
        pdf=with_query(request, f"/claims/{case.case_id}/letter.pdf"),
        again=f"/claims/{case.case_id}/letter",
        crumbs=(*_crumbs(words)[:1], Crumb(words.say("nav.claims"), "/claims"),
                Crumb(case.case_id, f"/claims/{case.case_id}"), Crumb(words.say("care.letter"))),
    )  # fmt: skip


@PAGES.get("/claims/{name}/letter.pdf")
def letter_file(request: Request, who: _Write, name: str) -> Response:
    """The letter as PDF."""
    case, found, _ = _letter(request, who, name)
    if found is None:
        raise NotFound(f"{case.case_id} is not decided yet")
    return pdf_of(request, found, f"letter-{case.case_id}")


def _letter(request: Request, who: Viewer, name: str) -> tuple[StoredCase, Letter | None, str]:
    """A claim of the own post, its letter (None: it is not decided yet), and in which language."""
    door = door_of(request)
    language = letter_language(request, language_of(request, STAFF))
    with open_workspace(door.workspace) as opened:
        case = case_seen(opened, named(name), who)
        if not who.acts_for(case.origin):
            raise NotFound(f"{case.case_id} has no letter here")
        try:
            found = sender_letter(opened, case.item_id, letter_words(language), door.how.clock)
        except UsageError:
            return case, None, language
    return case, found, language


def _crumbs(words: Words) -> tuple[Crumb, ...]:
    return Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.claims"))
