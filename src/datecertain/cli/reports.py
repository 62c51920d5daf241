"""`datecertain report`: the month as pages, and `report card`: any period by any group."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.quality.cards import Card, Cards, Pooled
    from datecertain.quality.intervals import Interval

app = typer.Typer(help="Reports: a month as pages; any period by lane, gateway, area …",
                  invoke_without_command=True, **LOOKS)  # fmt: skip


@app.callback()
def report(
    context: typer.Context,
    period: Annotated[
        str | None,
        typer.Option("--period", help="Month of acceptance, YYYY-MM.", metavar="YYYY-MM"),
    ] = None,
    workspace: WorkspaceOption = Path(),
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the files (default: WORKSPACE/reports).")
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option("--documents", metavar="FORMS", help="Write the month's documents beside the "
                     "page, which leads to them: of pdf, html, xlsx, csv (statements) and letters "
                     "(to the senders of refunded items, the first 200), by commas; or all."),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The month as an HTML page in every language, a CSV of its lanes, and a summary here; or, with
    `card`, the report cards of a period.

    The page and --json lead to the documents of the month that are beside it.

    Example: datecertain report --period 2026-10 --documents pdf,xlsx
    """
    if context.invoked_subcommand is not None:
        return
    if period is None:
        raise typer.BadParameter("give the month: --period 2026-10", param_hint="--period")
    from datecertain.cli.settling import report_month  # noqa: PLC0415

    report_month(period, workspace, to, lang, json_, documents)


@app.command("card")
def card(
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day of acceptance, or a month.")
    ],
    by: Annotated[
        str,
        typer.Option(
            "--by", help="lane, origin, destination, gateway, area, weekday, contents, product, "
            "leg or flight.",
        ),
    ] = "lane",
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last day, or a month (default: as --from)."),
    ] = None,
    target: Annotated[float, typer.Option("--target", help="On-time share to be kept.")] = 0.96,
    confidence: Annotated[float, typer.Option("--confidence", help="Of all intervals.")] = 0.95,
    accuracy: Annotated[
        float,
        typer.Option(
            "--accuracy", help="Half an interval's width from which on years are pooled.",
        ),
    ] = 0.02,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """On-time shares of a period with intervals, years pooled where a group is thin, places only
    where tests tell groups apart, trends and changes, inquiries per thousand items, award standing.

    Example: datecertain report card --by lane --from 2026-10 --to 2026-12 --json
    """
    from datecertain.operations.report_cards import Group, day_range, report_cards  # noqa: PLC0415
    from datecertain.operations.telling_reports import cards_as_json  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415
    from datecertain.quality.cards import Asked  # noqa: PLC0415

    if by not in tuple(Group):
        raise UsageError(f"--by {by!r}: write one of {', '.join(Group)}")
    days = day_range(first, last or first)
    asked = Asked(*days, round(target * 1_000_000), confidence, accuracy)
    with open_workspace(workspace) as opened, progress("months", json_) as told:
        found = report_cards(opened, Group(by), asked, told)
    if json_:
        say_json(cards_as_json(found, by))
    else:
        _show(found, by, words(lang))


def _show(found: Cards, by: str, speak: Words) -> None:
    heads = ("group", "judged", "share", "exact", "wilson", "tier", "standing", "inquiries")
    say_table("", [speak.say(f"cards.column.{name}") for name in heads],
              [_row(one, by, speak) for one in found.cards])  # fmt: skip
    if not found.ranked:
        say(speak.say("cards.not_ranked", n=len(found.cards)))
    for one in found.cards:
        name = _name(one.name, by, speak)
        if one.pooled is not None:
            say(_pooled(one.pooled, name, speak))
        if one.trend is not None and one.trend.p <= found.change_p:
            say(speak.say("cards.trend", name=name, points=f"{one.trend.per_unit * 100:+.2f}",
                          p=f"{one.trend.p:.2%}"))  # fmt: skip
        if one.change is not None and one.change_on is not None and one.change.p <= found.change_p:
            say(speak.say(
                "cards.change", name=name, day=format_date(one.change_on),
                p=f"{one.change.p:.2%}", before=speak.share(one.change.before),
                after=speak.share(one.change.after),
            ))  # fmt: skip


def _row(one: Card, by: str, speak: Words) -> tuple[str, ...]:
    share = float("nan") if one.share is None else one.share
    rate = "–" if one.per_thousand is None else f"{one.per_thousand:.1f}"
    return (
        _name(one.name, by, speak), speak.count(one.judged), speak.share(share),
        _ends(one.exact, speak), _ends(one.wilson, speak),
        "–" if one.tier is None else str(one.tier),
        speak.say(f"cards.standing.{one.standing}"), rate,
    )  # fmt: skip


def _ends(interval: Interval, speak: Words) -> str:
    return f"{speak.share(interval.low).removesuffix(' %')}–{speak.share(interval.high)}"


def _name(name: str, by: str, speak: Words) -> str:
    if not name:
        return speak.say("cards.not_known")
    if by == "weekday":
        return speak.say(f"cards.weekday.{name}")
    return speak.label(f"{by}.{name}", name)


def _pooled(pooled: Pooled, name: str, speak: Words) -> str:
    note = "differs" if pooled.differs else "thin" if pooled.thin else "enough"
    return speak.say(
        "cards.pooled", name=name, years=pooled.years, n=speak.count(pooled.n),
        share=speak.share(pooled.good / pooled.n if pooled.n else float("nan")),
        ends=_ends(pooled.interval, speak), note=speak.say(f"cards.pooled.{note}"),
    )  # fmt: skip
