"""The rule book of two posts: every term in force on a day, from the rows that decide, with its
source; searched, and held against another day (req 78)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.door.papers import Form
from datecertain.door.papers import paper as paper_answer
from datecertain.errors import BadMoment, NotFound, UsageError
from datecertain.moments import DAY, format_date, format_utc
from datecertain.operations.rule_books import rule_book_of
from datecertain.planning.rule_book import SECTIONS, Rule, RuleBook
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, with_query
from datecertain.web.site.table_files import FILE
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.rules", "/rules", Right.RULEBOOK),)
#: The whole rule book as a file.
PAPER = "rulebook.pdf"
_See = Annotated[Viewer, Depends(PageNeeds(Right.RULEBOOK))]


@PAGES.get("/rules")
@kept_page()
def rules(request: Request, who: _See) -> Response:
    """The rules between the viewer's post and another on a day, and what differs on another."""
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    given = asked(request, "partner", "on", "against", "search", "section")
    posts = sorted(door.network.now().posts)
    partners = [post for post in posts if post != who.post and who.sees_flow(who.post, post)]
    partner = given["partner"] or (partners[0] if partners else "")
    if partner and partner not in partners:
        raise NotFound(f"there is no rule book with {partner} here")
    book, other, fault = None, None, ""
    if partner:
        book, fault = _book(request, who, partner, given["on"], words)
        if given["against"] and not fault:
            other, wrong = _book(request, who, partner, given["against"], words)
            fault = "against" if wrong else ""
    if book is not None and request.query_params.get(FILE) == PAPER:
        return _paper(request, book, words)
    shown = [] if book is None else _found(book.rules, given)
    tables = [_rules(request, words, shown)]
    if book is not None and other is not None:
        tables.append(_changes(request, words, book, other))
    if answer := file_asked(request, tables, f"{who.post}-{partner}."):
        return answer
    today = door.how.clock.now() // DAY
    return page(
        request, "rules.html.j2", who, status=422 if fault else 200, book=book, other=other,
        fault=fault, given=given, partners=partners, partner=partner, grid=tables[0],
        changes=tables[1] if len(tables) > 1 else None, sections=SECTIONS,
        counts=[] if book is None else _counts(request, words, book),
        on=format_date(book.day) if book else given["on"] or format_date(today),
        paper=with_query(request, partner=partner, **{FILE: PAPER}),
        signed=[] if book is None else [
            (lane.lane, one.post, one.actor, format_utc(one.at)[:10], one.differing, one.rates)
            for lane in book.lanes for one in lane.signatures],
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("rules.title"))),
    )  # fmt: skip


def _paper(request: Request, book: RuleBook, words: Words) -> Response:
    """The rule book on paper."""
    from datecertain.planning.rule_book_paper import rule_book_paper  # noqa: PLC0415
    from datecertain.web.documents import pdf  # noqa: PLC0415 - the typesetter is large

    content = pdf(rule_book_paper(book, words), door_of(request).how.clock.now())
    name = f"rulebook.{book.one}-{book.other}.{format_date(book.day)}.pdf"
    return paper_answer(content, Form.PDF, name.removesuffix(".pdf"), words.language)


def _book(
    request: Request, who: Viewer, partner: str, on: str, words: Words
) -> tuple[RuleBook | None, str]:
    """The rule book of a day; or None, and which field cannot be used."""
    door = door_of(request)
    pair = f"{min(who.post, partner)}-{max(who.post, partner)}"
    try:
        found = rule_book_of(pair, on or None, words, door.how.clock, workspace=door.workspace)
    except (BadMoment, UsageError):
        return None, "on"
    return found, ""


def _counts(request: Request, words: Words, book: RuleBook) -> list[tuple[str, str]]:
    """The sections that have rules: (name and how many, address)."""
    counts = {name: sum(rule.section == name for rule in book.rules) for name in SECTIONS}
    return [
        (f"{words.say(f'rulebook.part.{name}')} ({count})", with_query(request, section=name))
        for name, count in counts.items() if count
    ]  # fmt: skip


def _found(rules: Iterable[Rule], given: dict[str, str]) -> list[Rule]:
    wanted = given["search"].casefold().split()
    return [
        rule for rule in rules
        if given["section"] in ("", rule.section) and all(
            word in f"{rule.text} {rule.source} {rule.name} {' '.join(rule.lanes)}".casefold()
            for word in wanted)
    ]  # fmt: skip


def _rules(request: Request, words: Words, shown: Iterable[Rule]) -> Grid:
    rows = [
        (words.say(f"rulebook.part.{rule.section}"), Cell(rule.text), ", ".join(rule.lanes),
         _valid(words, rule), rule.source)
        for rule in shown
    ]  # fmt: skip
    names = heads(
        words, "rules.col.section", "rulebook.head.rule", "rulebook.head.lane:day",
        "rulebook.head.valid", "rulebook.head.source",
    )  # fmt: skip
    return grid(request, "rules", words.say("rules.caption"), names, rows)


def _valid(words: Words, rule: Rule) -> str:
    if not (rule.valid_from or rule.valid_to):
        return words.say("tariff.always")
    return f"{rule.valid_from} – {rule.valid_to}".strip()


def _changes(request: Request, words: Words, one: RuleBook, other: RuleBook) -> Grid:
    """What reads otherwise on the other day: the rules of one name and lane side by side."""
    sides = [_by_name(book.rules) for book in (one, other)]
    rows = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        texts = [side.get(key, "") for side in sides]
        if texts[0] != texts[1]:
            rows.append((words.say(f"rulebook.part.{key[0]}"), key[3], *texts))
    names = heads(words, "rules.col.section", "rulebook.head.lane", "", "")
    days = [words.date(book.day) for book in (one, other)]
    names = [*names[:2], *(type(names[0])(day) for day in days)]
    caption = words.say("rules.changes", one=days[0], other=days[1])
    return grid(request, "changes", caption, names, rows)


def _by_name(rules: Iterable[Rule]) -> dict[tuple[str, str, str, str], str]:
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for rule in rules:
        for lane in rule.lanes or ("",):
            found.setdefault((rule.section, rule.name, rule.scope, lane), []).append(rule.text)
    return {key: " / ".join(sorted(texts)) for key, texts in found.items()}
