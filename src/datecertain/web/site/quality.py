"""Quality: a month at a glance, what drags it, and down to the items (req 49-51, 57)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.moments import format_date
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import PAGE_OF_ITEMS, NarrowedTo, SomeItems, as_post
from datecertain.operations.published_cards import Published
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.report_cards import Group, Narrowed
from datecertain.operations.workspaces import open_workspace
from datecertain.quality.cards import Cards
from datecertain.quality.drags import together
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.lane_map import lane_map
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, with_query
from datecertain.web.site.quality_asking import (
    ALL_CUTS,
    CONFIDENCE,
    CUTS,
    PUBLISHED_CUTS,
    Ask,
    group_name,
    into,
    month_name,
    read_ask,
)
from datecertain.web.site.quality_views import (
    FILE_HEADS,
    Cell,
    Row,
    Sentence,
    cell,
    drag_sentence,
    file_rows,
    lanes_of,
    overall,
    standings_told,
    table_rows,
    target_text,
)
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.quality", "/quality", Right.REPORTS),)
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.REPORTS))]
_Looker = Annotated[Viewer, Depends(PageNeeds(Right.ITEMS))]
#: What is asked about in the sentences at the top.
_SENTENCES = (Group.LANE, Group.LEG, Group.GATEWAY, Group.AREA, Group.FLIGHT)
_LATE = frozenset((str(Outcome.LATE_EXCUSED), str(Outcome.LATE_LIABLE)))
#: Rows of a list that a file holds, at most.
_MOST = 100_000


class _Found:
    """What a page found: the cards of groups, of one's own items or of the group's."""

    def __init__(self, request: Request, workspace: Workspace, who: Viewer, ask: Ask) -> None:
        self._request, self._workspace, self._who, self._ask = request, workspace, who, ask
        self._own = dict[tuple[Group, NarrowedTo], Cards | None]()
        self._group = dict[Group, Published | None]()

    def cards(self, by: Group, narrowed: Narrowed) -> Cards | None:
        """The cards of a kind of group; None where there are none to be shown."""
        ask = self._ask
        if ask.own:
            which = by, tuple(sorted(narrowed.items()))
            if which not in self._own:
                self._own[which] = look_at(
                    self._request, self._workspace, desk_looks.month_cards, as_post(self._who),
                    ask.month, by, ask.target_ppm, which[1],
                )  # fmt: skip
            return self._own[which]
        found = self._published(by)
        return None if found is None else found.cards

    def withheld(self, by: Group) -> tuple[int, int]:
        """Of a published kind of group how many are withheld, and the least number of items."""
        found = None if self._ask.own else self._published(by)
        return (0, 0) if found is None else (found.withheld, found.least)

    def _published(self, by: Group) -> Published | None:
        ask = self._ask
        if by not in self._group:
            self._group[by] = look_at(
                self._request, self._workspace, desk_looks.month_published, ask.month, by,
                ask.target_ppm,
            )  # fmt: skip
        return self._group[by]


@PAGES.get("/quality")
@kept_page(by_the_minute=False)
def quality(request: Request, who: _Reader) -> Response:
    """A month at a glance: what drags it, its lanes as a matrix and on a map."""
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        months = looked_months(opened)
        ask = read_ask(request, who, months)
        found = _Found(request, opened, who, ask)
        kept: Narrowed = {by: name for by, name in ask.narrowed.items()
                if by in (Group.CONTENTS, Group.PRODUCT)}  # fmt: skip
        lanes = found.cards(Group.LANE, kept)
        asked_of = _SENTENCES if ask.own else _SENTENCES[:-1]
        said = [] if lanes is None else _sentences(request, found, asked_of, kept, words)
        options = _options(found, ask, words)
        withheld = found.withheld(Group.LANE)
    cells = {} if lanes is None else _cells(request, lanes, ask, words)
    posts = sorted({post for lane in cells for post in lane})
    told = [] if lanes is None else overall(
        together(lanes.cards, CONFIDENCE), (ask.target, ask.floor), words
    )  # fmt: skip
    # Of the whole group only what is below is drawn: all lanes are more than a picture can show.
    drawn = {lane: one for lane, one in cells.items() if ask.own or one.kind == "below"}
    label = words.say("quality.map.label", month=month_name(ask.month, words))
    return page(
        request, "quality.html.j2", who, status=422 if ask.bad else 200, ask=ask, told=told,
        sentences=said, months=[(one, month_name(one, words)) for one in months], options=options,
        crumbs=_crumbs(words, []), cells=cells, posts=posts, own=who.post if ask.own else "",
        month=month_name(ask.month, words), target=target_text(ask.target), withheld=withheld,
        standings=[] if lanes is None else standings_told(lanes_of(lanes)),
        map=lane_map(drawn, label) if drawn else "", map_label=label,
        cuts=[(by, _path(request, by)) for by in (ALL_CUTS if ask.own else PUBLISHED_CUTS)],
    )  # fmt: skip


def _sentences(
    request: Request, found: _Found, kinds: tuple[Group, ...], kept: Narrowed, words: Words
) -> list[Sentence]:
    said = []
    for by in kinds:
        cards = found.cards(by, kept)
        if cards is not None and any(one.name for one in cards.cards):
            said.append(drag_sentence(by, cards, _path(request, by), words))
    return said


def _path(request: Request, by: Group) -> str:
    return with_query(request, f"/quality/by/{by}")


def _cells(request: Request, lanes: Cards, ask: Ask, words: Words) -> dict[tuple[str, str], Cell]:
    """The cells of the matrix, in which every lane between two posts in it has one."""
    cards = lanes_of(lanes)
    found = {}
    for (one, other), card in cards.items():
        name = f"{one} → {other}"
        path = f"#lane-{one}-{other}"
        if ask.own:
            path = into(request, Group.LANE, card.name, "/quality/by/leg")
        found[one, other] = cell(card, name, path, words)
    return found


def _options(found: _Found, ask: Ask, words: Words) -> dict[str, list[tuple[str, str]]]:
    """The contents and products that a page can be narrowed to."""
    options: dict[str, list[tuple[str, str]]] = {}
    for by in (Group.CONTENTS, Group.PRODUCT):
        cards = found.cards(by, {}) if ask.own else None
        names = [] if cards is None else [one.name for one in cards.cards if one.name]
        options[str(by)] = [(name, group_name(by, name, words)) for name in names]
    return options


@PAGES.get("/quality/by/{by}.{kind}")
def file(request: Request, who: _Reader, by: str, kind: FileKind) -> Response:
    """The groups of a kind as a file."""
    if by not in tuple(Group):
        raise NotFound(f"no file {by}.{kind}")
    with open_workspace(door_of(request).workspace) as opened:
        ask = read_ask(request, who, looked_months(opened))
        cards = _Found(request, opened, who, ask).cards(Group(by), ask.narrowed)
    if cards is None:
        raise NotFound("nothing is to be seen here")
    rows = [row[:-2] for row in file_rows(cards)]
    return table_file(request, f"quality-{ask.month}-{by}", kind, FILE_HEADS[:-2], rows)


@PAGES.get("/quality/by/{by}")
@kept_page(by_the_minute=False)
def cut(request: Request, who: _Reader, by: str) -> Response:
    """The items of a month by one kind of group, narrowed to others."""
    if by not in tuple(Group):
        raise NotFound(f"no groups {by!r}")
    group, words = Group(by), page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        ask = read_ask(request, who, looked_months(opened))
        found = _Found(request, opened, who, ask)
        cards = found.cards(group, ask.narrowed)
        withheld = found.withheld(group)
    rows, scale = ([], None) if cards is None else table_rows(group, cards, words)
    told = []
    if cards is not None and group is not Group.LEG:
        told = overall(together(cards.cards, CONFIDENCE), (ask.target, ask.floor), words)
    others = ALL_CUTS if ask.own else PUBLISHED_CUTS
    title = words.say("quality.by", group=words.say(f"quality.group.{group}").lower())
    return page(
        request, "quality_cut.html.j2", who, status=422 if ask.bad else 200, ask=ask, by=group,
        rows=rows, told=told, ranked=cards is None or cards.ranked, scale=scale, title=title,
        sentences=[] if cards is None else [drag_sentence(group, cards, "", words)],
        chips=_chips(request, ask, words), month=month_name(ask.month, words),
        others=[(one, with_query(request, f"/quality/by/{one}")) for one in others],
        opens=_opens(request, who, ask, group, rows), withheld=withheld,
        files=downloads(request, f"/quality/by/{group}"), target=target_text(ask.target),
        crumbs=_crumbs(words, [(words.say("quality.title", month=month_name(ask.month, words)),
                                with_query(request, "/quality", **_none())), (title, "")]),
    )  # fmt: skip


def _opens(
    request: Request, who: Viewer, ask: Ask, group: Group, rows: list[Row]
) -> Mapping[str, tuple[str, str]]:
    """Of each row where its group is looked into, and its late items."""
    if not ask.own:
        return {}
    left = [one for one in CUTS if one is not group and one not in ask.narrowed]
    # From a lane one looks at its legs first, from a leg at its gateways, and so on.
    onward = f"/quality/by/{left[0]}" if left else "/quality/items"
    opens = {}
    for row in rows:
        key = row.key
        if key:
            items = {str(group): key, "outcome": "late"}
            late = with_query(request, "/quality/items", **items)
            opens[key] = (into(request, group, key, onward), late if who.may(Right.ITEMS) else "")
    return opens


def _none() -> dict[str, Any]:
    names = [*(str(one) for one in ALL_CUTS), "outcome"]
    gone: dict[str, Any] = dict.fromkeys(names)
    return gone


def _chips(request: Request, ask: Ask, words: Words) -> list[tuple[str, str]]:
    """What the page is narrowed to, each with the address without it."""
    return [
        (f"{words.say(f'quality.group.{by}')}: {group_name(by, name, words)}",
         with_query(request, "", **{str(by): None}))
        for by, name in ask.narrowed.items()
    ]  # fmt: skip


def _crumbs(words: Words, more: list[tuple[str, str]]) -> tuple[Crumb, ...]:
    home = Crumb(words.say("frame.home"), "/")
    steps = more or [(words.say("nav.quality"), "")]
    return (home, *(Crumb(text, path) for text, path in steps))


@PAGES.get("/quality/items.{kind}")
def items_file(request: Request, who: _Looker, kind: FileKind) -> Response:
    """The items of a look as a file."""
    _, found = _items(request, who, 0, _MOST)
    heads = ("item_id", "origin", "destination", "accepted_on", "outcome", "days_late", "gateway",
             "area")  # fmt: skip
    return table_file(request, "items", kind, heads, [
        (row["item_id"], row["origin"], row["destination"], format_date(int(row["accepted_date"])),
         row["outcome"], row["days_late"], row["inward_office"], row["destination_area"])
        for row in found.rows.to_pylist()
    ])  # fmt: skip


@PAGES.get("/quality/items")
@kept_page(by_the_minute=False)
def items(request: Request, who: _Looker) -> Response:
    """The items behind a figure."""
    words = page_words(language_of(request, STAFF))
    given = asked(request, "after", "outcome")
    begin = int(given["after"][:9]) if re.fullmatch("[0-9]+", given["after"]) else 0
    ask, found = _items(request, who, begin, PAGE_OF_ITEMS)
    begin = min(begin, found.all)
    following = begin + PAGE_OF_ITEMS
    title = words.say("quality.items")
    return page(
        request, "quality_items.html.j2", who, ask=ask, title=title, all=found.all,
        rows=found.rows.to_pylist(), begin=begin, outcome=given["outcome"],
        chips=_chips(request, ask, words), month=month_name(ask.month, words),
        files=downloads(request, "/quality/items"),
        next=with_query(request, after=str(following)) if following < found.all else "",
        outcomes=[(name, with_query(request, outcome=name or None)) for name in
                  ("", "late", *(str(one) for one in Outcome))],
        item_pages=any(one.path == "/items" for one in request.app.state.site.entries),
        contests=who.may(Right.CONTEST),
        crumbs=_crumbs(words, [(words.say("quality.title", month=month_name(ask.month, words)),
                                with_query(request, "/quality", **_none())), (title, "")]),
    )  # fmt: skip


def _items(request: Request, who: Viewer, begin: int, most: int) -> tuple[Ask, SomeItems]:
    """The items that the address asks for. Raises `NotFound`, also for the group's office."""
    outcome = asked(request, "outcome")["outcome"]
    wanted = _LATE if outcome == "late" else frozenset([outcome] if outcome else [])
    with open_workspace(door_of(request).workspace) as opened:
        ask = read_ask(request, who, looked_months(opened))
        if not ask.own:
            raise NotFound("the group's figures tell of no items")
        found = look_at(
            request, opened, desk_looks.month_items, as_post(who), ask.month,
            tuple(sorted(ask.narrowed.items())), wanted, begin, most,
        )  # fmt: skip
    return ask, found
