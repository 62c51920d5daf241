"""Report cards and the month's report: a post's own flows, or what the group may publish (req
49-52, 57)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from datecertain.access import Right, Viewer
from datecertain.api.reports_told import CardsTold, MonthTold
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.papers import Form, form_wanted, paper
from datecertain.door.problems import Problem
from datecertain.door.texts import InPath, Language, MonthInPath
from datecertain.operations.month_documents import documents_as_ways
from datecertain.operations.published_cards import published_cards
from datecertain.operations.report_cards import Group, day_range, report_cards
from datecertain.operations.reporting import MonthReport, month_report
from datecertain.operations.telling_reports import cards_as_json, lanes_csv, lanes_plain
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import summary_lines
from datecertain.quality.cards import Asked
from datecertain.wording import words

WAYS = APIRouter(prefix="/v1/reports", tags=["reports"], responses=REFUSALS)

_Reader = Annotated[Viewer, Depends(Needs(Right.REPORTS))]
_Day = Query(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$", examples=["2026-10"])
_SHARE = Query(gt=0, lt=1)
_FORMS = (Form.JSON, Form.HTML, Form.CSV)
#: The longest period of cards, in days.
_MOST_DAYS = 5 * 366


@WAYS.get("/cards", response_model=CardsTold, summary="Report cards")
def cards(
    request: Request, who: _Reader, first: Annotated[str, _Day],
    last: Annotated[str | None, _Day] = None, by: Group = Group.LANE,
    scope: Literal["own", "group"] | None = None, target: Annotated[float, _SHARE] = 0.96,
    confidence: Annotated[float, Query(ge=0.5, le=0.999)] = 0.95,
    accuracy: Annotated[float, _SHARE] = 0.02,
) -> dict[str, Any]:  # fmt: skip
    """On-time shares of the items accepted from one day, or month, to another, by lane, gateway,
    area, leg, flight, weekday, contents. A post sees its own items (`scope=own`); the whole group's
    are of whole months, and groups of few items are withheld, with what would tell them."""
    days = day_range(first, last or first)
    if days[1] - days[0] > _MOST_DAYS:
        raise Problem(422, "period", "The period is too long", f"At most {_MOST_DAYS} days.")
    asked = Asked(*days, round(target * 1_000_000), confidence, accuracy)
    wanted = scope or ("group" if who.group else "own")
    with open_workspace(door_of(request).workspace) as opened:
        if wanted == "group":
            found = published_cards(opened, by, asked)
            more = {"withheld": found.withheld, "least": found.least}
            return cards_as_json(found.cards, by) | {"scope": wanted} | more
        own = cards_as_json(report_cards(opened, by, asked, viewer=who), by)
    return own | {"scope": wanted, "withheld": None, "least": None}


@WAYS.get(
    "/months/{month}", response_model=MonthTold, summary="The report of a month",
    responses={200: {"content": {one.media: {"schema": {"type": "string"}} for one in _FORMS[1:]},
                     "description": "The report, as `Accept` wants it."}},
)  # fmt: skip
def month(request: Request, month: MonthInPath, who: _Reader, lang: Language = "en") -> Any:
    """The month of the asking post's items: JSON, a page, or its lanes as CSV, as `Accept` wants
    it. The central office has the group's report cards instead."""
    return _month(request, month, who, lang, form_wanted(request, _FORMS))


@WAYS.get(
    "/months/{month}/report.{ending}", response_class=Response, summary="The same as a file",
    responses={200: {"content": {one.media: {"schema": {"type": "string"}} for one in _FORMS},
                     "description": "The report in the form of its ending."}},
)  # fmt: skip
def as_file(
    request: Request, month: MonthInPath, ending: InPath, who: _Reader, lang: Language = "en"
) -> Any:
    """`report.html`, `report.csv`, `report.json`."""
    return _month(request, month, who, lang, form_wanted(request, _FORMS, ending))


def _month(request: Request, month: str, who: Viewer, lang: str, form: Form) -> Any:
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        told = month_report(opened, month, door.how.clock, who)
        documents = documents_as_ways(opened, month, who, lang)
    if form is Form.JSON:
        return _plain(month, told, lang) | {"documents": [
            {"kind": str(one.kind), "about": one.about, "form": one.form,
             "language": one.language, "address": one.address}
            for one in documents.files
        ]}  # fmt: skip
    if form is Form.CSV:
        return paper(lanes_csv(told.figures), form, "", lang)
    from datecertain.web.month_report import render_month  # noqa: PLC0415 - is large

    page = render_month(told.figures, told.money, told.basis, lang, documents)
    return paper(page, form, "", lang)


def _plain(month: str, told: MonthReport, lang: str) -> dict[str, Any]:
    return {
        "month": month, "synthetic": told.basis.synthetic,
        "summary": summary_lines(told.figures, told.money, words(lang)),
        "lanes": lanes_plain(told.figures),
    }  # fmt: skip
