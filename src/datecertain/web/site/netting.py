"""Rounds of netting: before and after, the fewest payments; what a pair brought in stays between
the two (req 45, 57)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import Problem, door_of
from datecertain.errors import NotAllowed, NotFound, UsageError
from datecertain.operations.netting import list_rounds, net_round
from datecertain.operations.seeing import own_round, round_for_the_group
from datecertain.operations.workspaces import open_workspace
from datecertain.web.netting_picture import netting_picture
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, Head, file_asked, grid
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.settlement import SDR, crumbs
from datecertain.web.site.visiting import Form, Looker, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
#: Posts come to it from their settlement.
ENTRIES = (Entry("nav.netting", "/netting", Right.NETTING),)
_Office = Annotated[Viewer, Depends(PageNeeds(Right.NETTING))]
_Round = Annotated[int, Query(alias="round", ge=0, le=10**6)]


def _either(who: Looker) -> Viewer:
    """Whoever runs the rounds, or has a part in them. Raises `Problem` 401, `NotAllowed`."""
    if not who.name:
        raise Problem(401, "login", "Come in first")
    if not (who.may(Right.NETTING) or who.may(Right.MONEY)):
        who.demand(Right.MONEY)
    return who


_See = Annotated[Viewer, Depends(_either)]


@PAGES.get("/netting")
@kept_page()
def netting(request: Request, who: _See, number: _Round = 0) -> Response:
    """A round of netting: as the central office sees it, or a post's own part in it."""
    return _netting(request, who, number)


def _netting(
    request: Request, who: Viewer, number: int, refused: Refused | None = None,
    tried: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        rounds = list_rounds(opened)
    office = who.may(Right.NETTING)
    one: Mapping[str, Any] | None
    if office:
        seen: list[dict[str, Any]] = [round_for_the_group(one) for one in rounds]
    else:
        seen = [one for row in rounds if (one := own_round(row, who)) is not None]
    one = tried or next((row for row in seen if row["number"] == number), None)
    if number and one is None:
        raise NotFound(f"there is no round {number} here")
    one = one or (seen[-1] if seen else None)
    tables = [] if one is None else _tables(request, words, who, one, office)
    if answer := file_asked(request, tables, f"round-{one['number'] if one else 0}."):
        return answer
    trail = crumbs(words, Crumb(words.say("settle.link.netting")))
    if office:
        trail = Crumb(words.say("frame.home"), "/"), Crumb(words.say("settle.link.netting"))
    picture = None
    if one is not None and office and any(one["positions"].values()):
        picture = netting_picture(one["positions"], one["payments"], words, "round-picture")
    return page(
        request, "netting.html.j2", who, status=422 if refused else 200, one=one, grids=tables,
        numbers=[row["number"] for row in seen], office=office, picture=picture, tried=tried,
        may_net=office and who.acts_for(""), refused=refused, crumbs=trail,
    )  # fmt: skip


def _tables(
    request: Request, words: Words, who: Viewer, one: Mapping[str, Any], office: bool
) -> list[Grid]:
    before = _positions(request, words, one) if office else _dues(request, words, who, one)
    return [before, _payments(request, words, one["payments"])]


def _positions(request: Request, words: Words, one: Mapping[str, Any]) -> Grid:
    rows = [
        (post, Cell(words.money(amount, SDR), amount),
         words.say("net.receives" if amount > 0 else "net.gives" if amount else "net.even"))
        for post, amount in sorted(one["positions"].items(), key=lambda row: (-row[1], row[0]))
    ]  # fmt: skip
    heads = [Head(words.say("net.col.post")), Head(words.say("net.col.position"), "num"),
             Head(words.say("net.col.then"))]  # fmt: skip
    return grid(request, "positions", words.say("net.before"), heads, rows,
                note=words.say("net.before.note"))  # fmt: skip


def _dues(request: Request, words: Words, who: Viewer, one: Mapping[str, Any]) -> Grid:
    rows = []
    for due in one["dues"]:
        mine = due["amount_usdr"] if due["one"] == who.post else -due["amount_usdr"]
        other = due["other"] if due["one"] == who.post else due["one"]
        path = f"/statements/{due['statement_id']}"
        rows.append(
            (other, Cell(due["statement_id"], path=path), Cell(words.money(mine, SDR), mine))
        )
    foot = [(Cell(words.say("settle.total")), "", Cell(
        words.money(one["position_usdr"], SDR), one["position_usdr"]))]  # fmt: skip
    heads = [Head(words.say("settle.col.partner")), Head(words.say("net.col.statement")),
             Head(words.say("settle.col.net"), "num")]  # fmt: skip
    return grid(request, "dues", words.say("net.brought"), heads, rows, foot)


def _payments(request: Request, words: Words, payments: Sequence[Mapping[str, Any]]) -> Grid:
    rows = [
        (
            pay["payer"], pay["payee"],
            Cell(words.money(pay["amount_usdr"], SDR), pay["amount_usdr"]),
            Cell(words.money(pay["amount_minor"], pay["currency"]), pay["amount_minor"]),
            pay["currency"], Cell(words.date(pay["due_on"])),
        )
        for pay in payments
    ]  # fmt: skip
    heads = [Head(words.say(f"net.col.{name}"), kind) for name, kind in (
        ("payer", ""), ("payee", ""), ("amount", "num"), ("paid", "num"), ("currency", ""),
        ("due", "day"),
    )]  # fmt: skip
    return grid(request, "payments", words.say("net.after"), heads, rows)


@PAGES.post("/netting")
def net(request: Request, who: _Office, form: Form) -> Response:
    """The central office tries a round, or nets."""
    if not who.acts_for(""):
        raise NotAllowed("a round is run by the central office")
    door, dry = door_of(request), form.get("do", "") != "net"
    without = tuple(form.get("without", "").upper().replace(",", " ").split())[:50]
    try:
        with open_workspace(door.workspace, write=not dry) as opened:
            done = net_round(opened, door.how.clock, without, dry)
    except UsageError as error:
        return _netting(request, who, 0, refused(request, "net.fault", error))
    if dry:
        told = {"number": done.number, "sha256": done.sha256, **done.round.plain}
        return _netting(request, who, 0, tried=round_for_the_group(told))
    return go(f"/netting?round={done.number}", "said.net")
