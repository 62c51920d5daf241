"""`datecertain quality`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.data_quality import QualityReport, quality_report, write_lists
from datecertain.operations.finding_words import finding_words
from datecertain.operations.telling_quality import quality_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import Kind, Score
from datecertain.wording import Words, words


def quality(
    period: PeriodOption,
    workspace: WorkspaceOption = Path(),
    post: Annotated[
        str, typer.Option("--post", help="Only what this post told, with every figure.")
    ] = "",
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the lists here, one CSV a post and kind."),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """How complete, timely and credible the posts' events of a month of acceptances are.

    Example: datecertain quality --period 2026-10 --post US --out lists
    """
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        report = quality_report(opened, demand_period(period), moment)
    told = sorted({score.post for score in report.scores})
    if post and post not in told:
        raise UsageError(f"no post {post!r} told anything of {period}: there are {', '.join(told)}")
    speak = words(lang)
    files = write_lists(report, out, speak, post) if out else []
    if json_:
        say_json({**quality_as_json(report, post), "files": [str(path) for path in files]})
        return
    say(speak.say(
        "data_quality.title", month=period, items=speak.count(report.quality.items),
        events=speak.count(report.quality.events), as_of=format_utc(moment),
    ))  # fmt: skip
    if post:
        _one_post(report, post, speak)
    else:
        _all_posts(report, told, speak)
    _flags(report, speak)
    say(*(str(path) for path in files))


#: Columns of the table of all posts: (heading, kinds, name or any).
_COLUMNS: tuple[tuple[str, tuple[Kind, ...], str], ...] = (
    ("complete", (Kind.MISSING,), ""),
    ("in_time", (Kind.LATE,), "pay_for_performance"),
    ("impossible", (Kind.SEQUENCE, Kind.SPEED), ""),
    ("repeated", (Kind.DUPLICATE,), ""),
    ("void_holds", (Kind.VOID_HOLD,), ""),
    ("missent", (Kind.MISSENT,), ""),
)


def _all_posts(report: QualityReport, posts: list[str], speak: Words) -> None:
    heads = [speak.say(f"data_quality.column.{name}") for name, *_ in _COLUMNS]
    rows = []
    for post in posts:
        cells = [post]
        for number, (_, kinds, name) in enumerate(_COLUMNS):
            mine = [s for s in report.scores if s.post == post and s.kind in kinds]
            mine = [s for s in mine if not name or s.name == name]
            bad, of = sum(s.bad for s in mine), sum(s.of for s in mine)
            good = 1 - bad / of if of else float("nan")
            cells.append(speak.share(good) if number < 2 else speak.count(bad))
        rows.append(cells)
    say_table("", (speak.say("data_quality.column.post"), *heads), rows)


def _one_post(report: QualityReport, post: str, speak: Words) -> None:
    rows = [
        _score_row(score, speak.say(f"data_quality.trend.{trend}"), speak)
        for score, trend in zip(report.scores, report.trends, strict=True)
        if score.post == post
    ]
    heads = ("what", "wrong", "of", "good_share", "interval", "trend")
    say_table("", [speak.say(f"data_quality.column.{name}") for name in heads], rows)
    for cost in report.quality.hold_costs:
        if cost.post == post:
            say(speak.say(
                "data_quality.hold_cost", post=post, partner=cost.partner,
                n=speak.count(cost.items), open=speak.count(cost.open),
                hours=speak.count(round(cost.hours)),
                why=speak.say(f"data_quality.hold_cost.{cost.why}"),
            ))  # fmt: skip
    say(speak.say(
        "data_quality.resend", post=post, n=speak.count(len(report.quality.resend(post)))
    ))  # fmt: skip


def _score_row(score: Score, trend: str, speak: Words) -> tuple[str, ...]:
    ends = score.interval()
    return (
        finding_words(score.kind, score.name, speak), speak.count(score.bad),
        speak.count(score.of), speak.share(score.good_share),
        f"{speak.share(ends.low)} – {speak.share(ends.high)}", trend,
    )  # fmt: skip


def _flags(report: QualityReport, speak: Words) -> None:
    if not report.quality.flags:
        say(speak.say("data_quality.no_flag", n=speak.count(len(report.quality.screens))))
    for one in report.quality.flags:
        say(speak.say(
            "data_quality.flag", office=one.office,
            screen=speak.label(f"data_quality.screen.{one.code}", one.code),
            hits=speak.count(one.hits), scans=speak.count(one.scans),
            peers=speak.share(one.peer_share),
        ))  # fmt: skip
