"""The refunds of a month: what was refunded, what a run would do, and the run itself (req 34)."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.door import door_of
from datecertain.door.second_look import asked_of_another
from datecertain.errors import NotFound
from datecertain.moments import format_date
from datecertain.operations.item_search import latest_month
from datecertain.operations.refund_runs import RefundReport, run_refunds
from datecertain.operations.refund_views import refund_totals
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Period
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.refunds", "/refunds", Right.REFUNDS_SEE),)
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")
_COLUMNS = ("post", "mode", "ground", "refunds", "amount")

_See = Annotated[Viewer, Depends(PageNeeds(Right.REFUNDS_SEE))]
_Run = Annotated[Viewer, Depends(PageNeeds(Right.REFUNDS))]


def month_asked(request: Request) -> str:
    """The month of an address; the latest one that is known where there is none, or no month."""
    month = asked(request, "month")["month"]
    if _MONTH.fullmatch(month):
        return month
    with open_workspace(door_of(request).workspace) as opened:
        return latest_month(opened)


@PAGES.get("/refunds")
@kept_page()
def refunds(request: Request, who: _See) -> Response:
    """What was refunded of a month."""
    return _refunds(request, who, month_asked(request))


def _refunds(
    request: Request, who: Viewer, month: str, trial: RefundReport | None = None
) -> Response:
    with open_workspace(door_of(request).workspace) as opened:
        rows = refund_totals(opened, month, who) if month else []
    words = page_words(language_of(request, STAFF))
    return page(
        request, "refunds.html.j2", who, month=month, rows=rows, trial=trial,
        runs=who.may(Right.REFUNDS) and bool(month), files=downloads(request, "/refunds"),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.refunds"))),
        mode_of=lambda one: words.label(f"care.mode.{one}", one),
        ground_of=lambda one: words.label(f"claim.reason.{one}", one), days=_days(month),
    )  # fmt: skip


def _days(month: str) -> tuple[str, str]:
    """The first and the last day of a month."""
    if not month:
        return "", ""
    period = Period.month(month)
    return format_date(period.first_day), format_date(period.last_day)


@PAGES.get("/refunds.{kind}")
def refunds_file(request: Request, who: _See, kind: FileKind) -> Response:
    """The same sums as a file."""
    words, month = page_words(language_of(request, STAFF)), month_asked(request)
    with open_workspace(door_of(request).workspace) as opened:
        rows = refund_totals(opened, month, who)
    heads = [words.say(f"care.column.{name}") for name in _COLUMNS]
    return table_file(request, f"refunds-{month}", kind, heads, [_line(one, words) for one in rows])


def _line(row: dict[str, object], words: Words) -> list[str | int | None]:
    mode, ground = str(row["mode"]), str(row["ground"])
    return [
        str(row["origin"]), words.label(f"care.mode.{mode}", mode),
        words.label(f"claim.reason.{ground}", ground), int(str(row["refunds"])),
        words.money(int(str(row["amount_minor"])), str(row["currency"])),
    ]  # fmt: skip


@PAGES.post("/refunds/{month}/runs")
def run(request: Request, who: _Run, month: str, form: Form) -> Response:
    """Run the refunds of the items that the own post accepted; or only say what that would do."""
    if not _MONTH.fullmatch(month):
        raise NotFound(f"{month[:20]!r} is no month")
    door, origin = door_of(request), "" if who.post == EVERYTHING else who.post
    if form.get("trial"):
        with open_workspace(door.workspace) as opened:
            trial = run_refunds(opened, month, door.how.clock, None, origin, dry=True)
        return _refunds(request, who, month, trial)
    asked_for = {"month": month}
    if asked_of_another(door, who, "refunds.run", asked_for):
        return go(f"/refunds?month={quote(month)}", "said.waits")
    with open_workspace(door.workspace, write=True) as opened:
        done = run_refunds(opened, month, door.how.clock, None, origin)
    said = "said.refunds.already" if done.already_done else "said.refunds.run"
    return go(f"/refunds?month={quote(month)}", said)
