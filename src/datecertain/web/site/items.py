"""Items: found among all, and one of them with everything that is known of it (req 14, 16, 37, 63);
a claim or an inquiry is two clicks away."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.claims.inquiries import Kind
from datecertain.door import door_of
from datecertain.errors import ClaimRefused, NotFound, UsageError
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import format_date
from datecertain.operations.case_persons import Person
from datecertain.operations.claiming import Filing, file_claim
from datecertain.operations.inquiries import Question, open_inquiry
from datecertain.operations.item_care import ItemCare, item_care
from datecertain.operations.item_search import (
    Open,
    Wanted,
    every_item,
    search_items,
)
from datecertain.operations.letters import Letter, sender_letter
from datecertain.operations.on_the_way import read_on_the_way, stand_of_on_the_way
from datecertain.operations.seeing import item_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.telling import sections, sentences
from datecertain.web.journey_map import lines, route_map, stops_of, title_of, worth_drawing
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.item_answers import answers
from datecertain.web.site.item_story import facts_of_record, story
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import OWN_NAMES, STAFF, language_of, page_words
from datecertain.web.site.listing import asked, day_asked, line_of, with_query, words_of
from datecertain.web.site.papers import blocks_of, letter_language, pdf_of
from datecertain.web.site.questions import Fault
from datecertain.web.site.table_files import MOST_ROWS, FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.web.staircase import picture
from datecertain.wording import Words
from datecertain.wording.prepared import LETTER_LANGUAGES, letter_words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.items", "/items", Right.ITEMS),)
FILTERS = ("number", "from", "to", "office", "first", "last", "outcome", "state")
_ROWS = 50
_COLUMNS = ("item", "lane", "accepted", "promised", "delivered", "outcome", "days")
#: Kinds that a desk asks most, in front.
KINDS = tuple(Kind)

_Looker = Annotated[Viewer, Depends(PageNeeds(Right.ITEMS))]
_Claimer = Annotated[Viewer, Depends(PageNeeds(Right.CLAIMS))]
_Writer = Annotated[Viewer, Depends(PageNeeds(Right.LETTERS))]
_Asker = Annotated[Viewer, Depends(PageNeeds(Right.INQUIRIES))]


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The search that filters ask for. What cannot be read is left out."""
    return Wanted(
        number=given["number"].replace(" ", "").upper(), origin=given["from"].upper()[:2],
        destination=given["to"].upper()[:2], office=given["office"].upper(),
        first=day_asked(given["first"]), last=day_asked(given["last"]),
        outcome=given["outcome"] if given["outcome"] in list(Outcome) else "",
        state=given["state"] if given["state"] in list(Open) else "",
    )  # fmt: skip


@PAGES.get("/items")
@kept_page(by_the_minute=False)
def items(request: Request, who: _Looker) -> Response:
    """Items that fit some filters; the one itself where its whole number is given."""
    given, door = asked(request, *FILTERS), door_of(request)
    wanted = wanted_of(given)
    if wanted.number and not isinstance(ItemNumber.parse(wanted.number), Defect):
        return go(f"/items/{quote(wanted.number)}")
    after = asked(request, "after", most=120)["after"]
    with open_workspace(door.workspace) as opened:
        try:
            found = search_items(opened, wanted, who, after, _ROWS)
        except UsageError:
            found = search_items(opened, wanted, who, "", _ROWS)
    words = page_words(language_of(request, STAFF))
    return page(
        request, "items.html.j2", who, given=given, rows=found.rows, found=found,
        next=with_query(request, after=found.next) if found.next else "",
        files=downloads(request, "/items"), crumbs=_crumbs(words),
        posts=[post.post for post in door.network.now().data.posts],
        outcomes=list(Outcome), states=list(Open), narrowed=any(given.values()),
    )  # fmt: skip


@PAGES.get("/items.{kind}")
def items_file(request: Request, who: _Looker, kind: FileKind) -> Response:
    """The same items as a file, up to a limit."""
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        rows = list(every_item(opened, wanted_of(asked(request, *FILTERS)), who, MOST_ROWS))
    heads = [words.say(f"care.column.{name}") for name in _COLUMNS]
    return table_file(request, "items", kind, heads, [_line(row, words) for row in rows])


def _line(row: Mapping[str, Any], words: Words) -> list[str | int | None]:
    def day(name: str) -> str | None:
        return None if row[name] is None else format_date(row[name])

    outcome = row["sender_outcome"] or Outcome.PENDING
    return [
        row["item_id"], f"{row['origin']}-{row['destination']}", day("accepted_date"),
        day("promised_on"), day("delivered_on"), words.say(f"outcome.{outcome}"),
        row["sender_days_liable"],
    ]  # fmt: skip


def _histories(request: Request) -> Hashable:
    return stand_of_on_the_way(door_of(request).workspace)


@PAGES.get("/items/{number}")
@kept_page(beside=_histories)
def item(request: Request, who: _Looker, number: str) -> Response:
    """Everything about one item."""
    return _item(request, who, _care(request, who, number))


def _care(request: Request, who: Viewer, number: str) -> ItemCare:
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        return item_care(
            opened, number[:40].replace(" ", "").upper(), who, door.how.clock,
            read_on_the_way(door.workspace),
        )  # fmt: skip


def _item(
    request: Request, who: Viewer, care: ItemCare, fault: Fault | None = None, detail: str = "",
    status: int = 0,
) -> Response:  # fmt: skip
    words = page_words(language_of(request, STAFF))
    record, name = care.record, care.timeline.item_id
    told, stops = care.sender, stops_of(care.episode, words)
    drawn = worth_drawing(stops)
    return page(
        request, "item.html.j2", who, status=status or (422 if fault else 200), care=care,
        name=name, fault=fault, detail=detail, answers=answers(care, who, words),
        story=story(care, words), record=record,
        facts=[] if record is None else facts_of_record(record, words),
        steps=sections(told, words) if told is not None else (),
        towards_sender=sentences(care.sender, words) if care.sender else (),
        between=sentences(care.between, words) if care.between else (),
        stairs=None if told is None else picture(told, words).svg(styled=False),
        route=route_map(stops, words) if drawn else None,
        route_title=title_of(stops, words), route_lines=lines(stops, words) if drawn else (),
        missing=[(code, words.label(f"scan.{code}", code)) for code in care.episode.missing],
        claims=_may_claim(who, care), asks=_other_post(who, care), kinds=KINDS,
        letter=record is not None and who.may(Right.LETTERS) and who.acts_for(record["origin"]),
        person_fields=PERSON, doubts=care.timeline.doubts, aside=care.timeline.set_aside,
        crumbs=(*_crumbs(words)[:1], Crumb(
            words.say("nav.items"), "/items"), Crumb(name)),
    )  # fmt: skip


def _may_claim(who: Viewer, care: ItemCare) -> bool:
    record = care.record
    return record is not None and who.may(Right.CLAIMS) and who.acts_for(record["origin"])


def _other_post(who: Viewer, care: ItemCare) -> str:
    """The post that would be asked; empty: whoever looks cannot ask."""
    record = care.record
    if record is None or not who.may(Right.INQUIRIES):
        return ""
    posts = [record["origin"], record["destination"]]
    others = [post for post in posts if not who.acts_for(post)] or posts[1:]
    return str(others[0])


@PAGES.post("/items/{number}/claims")
def claim(request: Request, who: _Claimer, number: str, form: Form) -> Response:
    """File a claim for the sender of an item that the own post accepted."""
    care, door = _care(request, who, number), door_of(request)
    if not _may_claim(who, care) or care.record is None:
        raise NotFound(f"{care.timeline.item_id} cannot be claimed here")
    filing = Filing(
        care.timeline.item_id, actor=who.name, reference=line_of(form, "reference", 40),
        accepted_on=care.record["accepted_date"],
    )  # fmt: skip
    try:
        with open_workspace(door.workspace, write=True) as opened:
            case = file_claim(opened, filing, door.how.clock)
    except ClaimRefused as refused:
        return _item(request, who, care, Fault("claim", _refusal(refused.reason)), status=409)
    return go(f"/claims/{quote(case.case_id)}", "said.claimed")


_REFUSALS = ("claimed_already", "unusable_reference", "no_record", "wrong_claimant", "too_early",
             "remedy_not_offered", "nothing_payable")  # fmt: skip


def _refusal(reason: str) -> str:
    return f"fault.claim.{reason if reason in _REFUSALS else 'other'}"


#: The fields of a person, in the order of a form.
PERSON = tuple(one.name for one in fields(Person))


def person_of(form: Mapping[str, str], part: str) -> Person:
    """A person as a form gives it. Raises `UsageError`, which tells no value."""
    return Person(**{name: form.get(f"{part}_{name}", "").strip() for name in PERSON})


@PAGES.get("/items/{number}/letter")
@kept_page()
def letter(request: Request, who: _Writer, number: str) -> Response:
    """The letter to the sender about the refund of an item; nobody's name is in it."""
    words = page_words(language_of(request, STAFF))
    name, found, language = _letter(request, who, number)
    here = f"/items/{name}"
    return page(
        request, "letter.html.j2", who, document=None if found is None else found.document,
        blocks=() if found is None else blocks_of(found.document), inside=language,
        offered=[(one, OWN_NAMES[one]) for one in LETTER_LANGUAGES], again=f"{here}/letter",
        pdf=with_query(request, f"{here}/letter.pdf"),
        crumbs=(*_crumbs(words)[:1], Crumb(words.say("nav.items"), "/items"), Crumb(name, here),
                Crumb(words.say("care.letter"))),
    )  # fmt: skip


@PAGES.get("/items/{number}/letter.pdf")
def letter_file(request: Request, who: _Writer, number: str) -> Response:
    """The letter as PDF."""
    name, found, _ = _letter(request, who, number)
    if found is None:
        raise NotFound(f"{name} has no letter yet")
    return pdf_of(request, found, f"letter-{name}")


def _letter(request: Request, who: Viewer, number: str) -> tuple[str, Letter | None, str]:
    """The number of an item of the own post, its letter (None: not yet), in which language."""
    door = door_of(request)
    language = letter_language(request, language_of(request, STAFF))
    with open_workspace(door.workspace) as opened:
        seen = item_seen(opened, number[:40].replace(" ", "").upper(), who)
        if not who.acts_for(seen["origin"]):
            raise NotFound(f"{seen['item_id']} has no letter here")
        try:
            found = sender_letter(opened, seen["item_id"], letter_words(language), door.how.clock)
        except UsageError:
            return seen["item_id"], None, language
    return seen["item_id"], found, language


@PAGES.post("/items/{number}/inquiries")
def ask(request: Request, who: _Asker, number: str, form: Form) -> Response:
    """Ask the other post about an item."""
    care, door = _care(request, who, number), door_of(request)
    other = _other_post(who, care)
    if not other or care.record is None:
        raise NotFound(f"{care.timeline.item_id} cannot be asked about here")
    if form.get("kind", "") not in list(Kind):
        return _item(request, who, care, Fault("kind", "fault.choice"))
    asking = who.post if who.post in (care.record["origin"], care.record["destination"]) else ""
    try:
        sender, addressee = (person_of(form, part) for part in ("sender", "addressee"))
    except UsageError:
        return _item(request, who, care, Fault("kind", "fault.person"))
    question = Question(
        care.timeline.item_id, Kind(form["kind"]), who.name, asking, other,
        words_of(form, "note"), sender, addressee,
    )  # fmt: skip
    try:
        with open_workspace(door.workspace, write=True) as opened:
            shown, new = open_inquiry(opened, question, door.how.clock)
    except NotFound:
        raise
    except UsageError:
        return _item(request, who, care, Fault("kind", "fault.ask"), status=409)
    path = f"/inquiries/{quote(shown.inquiry.inquiry_id)}"
    return go(path, "said.asked" if new else "said.asked_already")


def _crumbs(words: Words) -> tuple[Crumb, ...]:
    return Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.items"))
