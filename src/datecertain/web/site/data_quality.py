"""Data quality per partner: figures with their intervals beside the month before, and the list to
be sent (req 17-20, 50). A post sees what it told its partners, and what they told it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.operations import desk_looks
from datecertain.operations.data_quality import QualityReport, list_for
from datecertain.operations.desk_looks import as_post
from datecertain.operations.finding_words import finding_words
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import Kind
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, with_query
from datecertain.web.site.refunds import month_asked
from datecertain.web.site.table_files import MOST_ROWS, Cell, FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.data_quality", "/data-quality", Right.DATA_QUALITY),)
#: Columns of the table of all posts: (heading, kinds, name or any, shown as a share).
COLUMNS: tuple[tuple[str, tuple[Kind, ...], str, bool], ...] = (
    ("complete", (Kind.MISSING,), "", True), ("in_time", (Kind.LATE,), "pay_for_performance", True),
    ("impossible", (Kind.SEQUENCE, Kind.SPEED), "", False),
    ("repeated", (Kind.DUPLICATE,), "", False), ("void_holds", (Kind.VOID_HOLD,), "", False),
    ("missent", (Kind.MISSENT,), "", False),
)  # fmt: skip
_LIST = ("item_id", "says", "event", "at", "office", "sent_at", "partner")
_SHOWN = 100

_Reader = Annotated[Viewer, Depends(PageNeeds(Right.DATA_QUALITY))]


def _report(request: Request, who: Viewer, month: str) -> QualityReport | None:
    """The figures of a month; None: nothing was accepted in it. Kept while the facts are the
    same, for at most an hour."""
    with open_workspace(door_of(request).workspace) as opened:
        try:
            return look_at(request, opened, desk_looks.quality_report, as_post(who), month)
        except NotFound:
            return None


def _posts(report: QualityReport) -> list[str]:
    return sorted({score.post for score in report.scores})


@PAGES.get("/data-quality")
@kept_page()
def data_quality(request: Request, who: _Reader) -> Response:
    """All posts side by side, or one with its figures and its list."""
    words, month = page_words(language_of(request, STAFF)), month_asked(request)
    report = _report(request, who, month) if month else None
    posts = [] if report is None else _posts(report)
    post = asked(request, "post")["post"].upper()
    post = post if post in posts else ""
    rows = list_for(report, post, words, who.sees_flow) if report and post else []
    return page(
        request, "data_quality.html.j2", who, month=month, post=post, posts=posts,
        columns=[name for name, *_ in COLUMNS], report=report,
        table=[(one, _cells(report, one, words)) for one in posts] if report else [],
        scores=_scores(report, post, words) if report and post else [],
        costs=_costs(report, post, words) if report and post else [],
        listed=rows[:_SHOWN], listed_in_all=len(rows), items=who.may(Right.ITEMS),
        flags=[] if report is None else [
            (one, words.label(f"data_quality.screen.{one.code}", one.code))
            for one in report.quality.flags
        ],
        files=downloads(request, "/data-quality"),
        path_of=lambda one: with_query(request, post=one),
        list_files=downloads(request, "/data-quality/list") if post else (),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("nav.data_quality"))),
    )  # fmt: skip


def _cells(report: QualityReport, post: str, words: Words) -> list[str]:
    cells = []
    for _, kinds, name, share in COLUMNS:
        mine = [one for one in report.scores if one.post == post and one.kind in kinds
                and name in ("", one.name)]  # fmt: skip
        bad, of = sum(one.bad for one in mine), sum(one.of for one in mine)
        good = 1 - bad / of if of else float("nan")
        cells.append(words.share(good) if share else words.count(bad))
    return cells


def _scores(report: QualityReport, post: str, words: Words) -> list[tuple[str, ...]]:
    """What, wrong, of, good share, its interval, how it stands to the month before (code)."""
    found: list[tuple[str, ...]] = []
    for score, trend in zip(report.scores, report.trends, strict=True):
        if score.post != post:
            continue
        what = finding_words(score.kind, score.name, words)
        ends = score.interval()
        between = f"{words.share(ends.low)} – {words.share(ends.high)}" if score.of else "–"
        found.append((what, words.count(score.bad), words.count(score.of),
                      words.share(score.good_share), between, str(trend)))  # fmt: skip
    return found


def _costs(report: QualityReport, post: str, words: Words) -> list[str]:
    """What holds of a post that stop no clock cost it."""
    return [
        words.say(
            "data_quality.hold_cost", post=post, partner=cost.partner, n=words.count(cost.items),
            open=words.count(cost.open), hours=words.count(round(cost.hours)),
            why=words.say(f"data_quality.hold_cost.{cost.why}"),
        )
        for cost in report.quality.hold_costs if cost.post == post
    ]  # fmt: skip


@PAGES.get("/data-quality.{kind}")
def data_quality_file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """All posts side by side as a file."""
    words, month = page_words(language_of(request, STAFF)), month_asked(request)
    report = _report(request, who, month)
    heads = [words.say(f"data_quality.column.{name}")
             for name in ("post", *(one for one, *_ in COLUMNS))]  # fmt: skip
    rows: list[list[Cell]] = (
        [] if report is None else [[post, *_cells(report, post, words)] for post in _posts(report)]
    )
    return table_file(request, f"data-quality-{month}", kind, heads, rows)


@PAGES.get("/data-quality/list.{kind}")
def list_file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """What is to be sent to one post: each wrong event, and what is wrong with it."""
    words, month = page_words(language_of(request, STAFF)), month_asked(request)
    post, report = asked(request, "post")["post"].upper()[:2], _report(request, who, month)
    rows = [] if report is None else list_for(report, post, words, who.sees_flow)
    heads = [words.say(f"edi.list.{name}") for name in _LIST]
    cells: list[list[Cell]] = [[row[name] for name in _LIST] for row in rows[:MOST_ROWS]]
    return table_file(request, f"{month}-{post or 'none'}", kind, heads, cells)
