"""What does not agree between dispatches, items and bills, and keeps a month open (req 43)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.operations.period_gaps import accept_gaps, accepted_names, kept_gaps
from datecertain.operations.statements import statement_names
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.reconciling import Gap
from datecertain.store import Workspace
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, Head, file_asked, grid, heads
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.refusals import Refused
from datecertain.web.site.settlement import crumbs
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
#: How the field of a gap's tick begins.
_TICK = "gap."
#: Items of a gap that its page names; the file names all.
SHOWN = 200

_See = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS))]
_Act = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS_ACT))]


@PAGES.get("/reconciliation")
@kept_page()
def gaps(request: Request, who: _See) -> Response:
    """The gaps of a month between the post and others, those that keep it open first."""
    return _gaps(request, who, asked(request, "month", "gap"))


def _gaps(
    request: Request, who: Viewer, given: Mapping[str, str], refused: Refused | None = None
) -> Response:
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        months = sorted({name[0] for name in statement_names(opened, who)}, reverse=True)
        month = given["month"] if given["month"] in months else (months[0] if months else "")
        found = _seen(opened, who, month) if month else ()
        accepted = accepted_names(opened, month) if month else {}
    one = next((gap for gap in found if gap.name == given["gap"]), None)
    if given["gap"] and one is None:
        raise NotFound("there is no such gap here")
    tables = [_grid(request, words, month, found, accepted)]
    items = None if one is None else _items(request, words, one)
    if answer := file_asked(request, [*tables, *filter(None, (items,))], f"gaps.{month}."):
        return answer
    waiting = [gap for gap in found if gap.money and gap.name not in accepted]
    return page(
        request, "gaps.html.j2", who, status=422 if refused else 200, month=month, months=months,
        grid=tables[0], waiting=waiting, one=one, items=items, accepted=accepted, refused=refused,
        found=found, crumbs=crumbs(words, Crumb(words.say("settle.link.gaps"))),
        may_accept=who.may(Right.STATEMENTS_ACT) and bool(waiting),
        gap_path=lambda gap: _path(month, gap),
    )  # fmt: skip


def _seen(opened: Workspace, who: Viewer, month: str) -> tuple[Gap, ...]:
    own = (gap for gap in kept_gaps(opened, month) if who.sees_flow(gap.origin, gap.destination))
    return tuple(sorted(own, key=lambda gap: (not gap.money, gap.kind, gap.about)))


def _path(month: str, gap: Gap) -> str:
    return f"/reconciliation?month={month}&gap={quote(gap.name, safe='')}#items-of-gap"


def _grid(
    request: Request, words: Words, month: str, found: Sequence[Gap], accepted: Mapping[str, str]
) -> Grid:
    rows = []
    for gap in found:
        kept = words.say("gaps.money") if gap.money else words.say("gaps.no_money")
        state, mark = (kept, "bad") if gap.money else (kept, "")
        if gap.name in accepted:
            state, mark = words.say("gaps.accepted"), "good"
        rows.append(
            (
                Cell(words.say(f"settlement.gap.{gap.kind}"), path=_path(month, gap)), gap.about,
                Cell(words.count(len(gap.items)), len(gap.items), path=_path(month, gap)),
                Cell(state, mark=mark, note=accepted.get(gap.name, "")),
            )
        )  # fmt: skip
    names = heads(
        words, "gaps.col.kind", "gaps.col.about", "settle.col.items:num", "settle.col.state"
    )
    return grid(request, "gaps", words.say("gaps.caption", month=month), names, rows)


def _items(request: Request, words: Words, gap: Gap) -> Grid:
    shown = gap.items if "file" in request.query_params else gap.items[:SHOWN]
    rows = [(Cell(item, path=f"/items/{quote(item)}"),) for item in shown]
    what = words.say(f"settlement.gap.{gap.kind}")
    note = "" if len(gap.items) <= SHOWN else words.say("gaps.more", count=words.count(SHOWN))
    return grid(
        request, "items", f"{what}, {gap.about}", [Head(words.say("settle.col.item"), "mono")],
        rows, note=note,
    )  # fmt: skip


@PAGES.post("/reconciliation")
def accept(request: Request, who: _Act, form: Form) -> Response:
    """Gaps are accepted by name, with a reason; they keep the month open no longer."""
    door, month = door_of(request), form.get("month", "")[:7]
    names = [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)]
    reason = form.get("reason", "").strip()[:300]
    given = {"month": month, "gap": ""}
    if not names or not reason:
        return _gaps(request, who, given, Refused("gaps.fault"))
    with open_workspace(door.workspace, write=True) as opened:
        if not statement_names(opened, who, month):
            raise NotFound("there is no such month here")
        mine = {gap.name for gap in _seen(opened, who, month)}
        if not set(names) <= mine:
            raise NotFound("there is no such gap here")
        accept_gaps(opened, month, names, who.post, reason, door.how.clock)
    return go(f"/reconciliation?month={month}", "said.gaps")
