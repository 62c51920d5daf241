"""What a post owes its partners and is owed, month by month, and how that stands (req 44-46)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.moments import DAY
from datecertain.operations.statements import (
    Standee,
    former_version,
    statement_names,
    statements_here,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.differences import difference
from datecertain.settlement.life import State, contest_ends
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.grids import Cell, Grid, Head, Row, file_asked, grid
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.settlement", "/settlement", Right.STATEMENTS),)
SDR = "SDR"
_See = Annotated[Viewer, Depends(PageNeeds(Right.STATEMENTS))]


@PAGES.get("/settlement")
@kept_page(by_the_minute=False)
def settlement(request: Request, who: _See) -> Response:
    """What do we owe, why, which items; what changed since the draft?"""
    words = page_words(language_of(request, STAFF))
    given = asked(request, "month", "partner")
    with open_workspace(door_of(request).workspace) as opened:
        names = statement_names(opened, who)
        months = sorted({name[0] for name in names}, reverse=True)
        month = given["month"] if given["month"] in months else (months[0] if months else "")
        of_month = [name for name in names if name[0] == month]
        partners = sorted({post for name in of_month for post in name[1:]} - {who.post})
        wanted = [name for name in of_month
                  if given["partner"] not in partners or given["partner"] in name]  # fmt: skip
        with opened.reading() as view:
            pairs = {name[1:] for name in wanted}
            found = statements_here(view.connection, month, pairs=pairs)
        before = [former_version(opened, one) for one in found]
    table = _balances(request, words, who, month, list(zip(found, before, strict=True)))
    if answer := file_asked(request, [table], f"settlement.{month}."):
        return answer
    nets = [one.statement.net_of(who.post) for one in found]
    return page(
        request, "settlement.html.j2", who, crumbs=crumbs(words), month=month, months=months,
        partners=partners, partner=given["partner"], grid=table, found=bool(names),
        owed=sum(net for net in nets if net > 0), owes=-sum(net for net in nets if net < 0),
        owed_by=sum(net > 0 for net in nets), owes_to=sum(net < 0 for net in nets),
        contested=sum(len(one.standing.open) for one in found), links=links(words, who, month),
        drafts=sum(one.standing.state is State.PROVISIONAL for one in found),
    )  # fmt: skip


def crumbs(words: Words, *more: Crumb) -> tuple[Crumb, ...]:
    """The way to a page of the settlement."""
    last = Crumb(words.say("settle.title"), "/settlement")
    return Crumb(words.say("frame.home"), "/"), last, *more


def links(words: Words, who: Viewer, month: str = "") -> list[tuple[str, str]]:
    """The pages beside the overview: (what they show, address)."""
    query = f"?month={month}" if month else ""
    found = [(words.say("settle.link.gaps"), f"/reconciliation{query}")]
    if who.may(Right.MONEY):
        found += [
            (words.say("settle.link.ageing"), "/ageing"),
            (words.say("settle.link.accruals"), f"/accruals{query}"),
            (words.say("settle.link.payments"), "/payments"),
            (words.say("settle.link.tariffs"), "/tariffs"),
            (words.say("settle.link.netting"), "/netting"),
        ]
    return found


def statement_path(found: Standee) -> str:
    """The page of a statement in its latest version."""
    return f"/statements/{found.statement.period}-{'-'.join(found.pair)}"


def answer_by(found: Standee) -> int | None:
    """The day by which a statement is to be contested, or answered; None: no more, or none."""
    terms, stands = found.terms, found.standing
    if terms is None:
        return None
    if stands.state is State.PROVISIONAL:
        return contest_ends(found.written_at, terms) // DAY
    if stands.state is State.FINAL and stands.final_at is not None:
        return stands.final_at // DAY + terms.accept_days
    return None


def _balances(
    request: Request, words: Words, who: Viewer, month: str,
    found: Sequence[tuple[Standee, Standee | None]],
) -> Grid:  # fmt: skip
    rows = list[Sequence[Cell]]()
    for one, before in found:
        post = who.post
        other = next(name for name in one.pair if name != post)
        stands, path = one.standing, statement_path(one)
        net, day = one.statement.net_of(post), answer_by(one)
        rows.append(
            (
                Cell(other, path=path),
                Cell(words.money(net, SDR), net),
                Cell(words.money(one.statement.gross_usdr[post], SDR),
                     one.statement.gross_usdr[post], path=f"{path}#lines"),
                Cell(words.money(one.statement.gross_usdr[other], SDR),
                     one.statement.gross_usdr[other], path=f"{path}#lines"),
                Cell(words.say(f"settle.state.{stands.state}"), mark=str(stands.state)),
                Cell(words.count(len(stands.open)), len(stands.open),
                     path=f"{path}#disputes" if stands.open else ""),
                _changed(words, one, before, path),
                Cell("" if day is None else words.date(day)),
            )
        )  # fmt: skip
    feet = list[Row]()
    if len(rows) > 1:
        sums = [sum(int(row[place].value or 0) for row in rows) for place in (1, 2, 3)]
        cells = [Cell(words.money(one, SDR), one) for one in sums]
        feet = [(Cell(words.say("settle.total")), *cells, "", "", "", "")]
    heads = [Head(words.say(f"settle.col.{name}"), kind) for name, kind in (
        ("partner", ""), ("net", "num"), ("owed", "num"), ("owes", "num"), ("state", ""),
        ("contested", "num"), ("changed", ""), ("answer_by", "day"),
    )]  # fmt: skip
    caption = words.say("settle.balances", month=month)
    return grid(request, "balances", caption, heads, rows, feet, words.say("settle.balances.note"))


def _changed(words: Words, one: Standee, before: Standee | None, path: str) -> Cell:
    if before is None:
        return Cell(words.say("settle.first_version"), one.version)
    count = len(difference(before.statement, one.statement))
    return Cell(
        words.say("settle.changed", lines=words.count(count), version=before.version), count,
        path=f"{path}#differences",
    )  # fmt: skip
