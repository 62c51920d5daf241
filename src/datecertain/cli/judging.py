"""`datecertain judge`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_periods,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.cli.verdict_changes import as_json as as_json_change
from datecertain.cli.verdict_changes import in_words as change_in_words
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.judging import JudgeReport, judge_periods
from datecertain.operations.route_maps import judge_route_map_file
from datecertain.operations.verdict_changes import verdict_changes
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Engine
from datecertain.verdict.route_map_report import as_json as as_json_route_maps
from datecertain.verdict.route_map_report import (
    policy_lines,
    process_json,
    process_lines,
    process_table,
    report_tables,
    summary_lines,
)
from datecertain.web.route_maps import route_map_report_html
from datecertain.wording import words


def judge(
    period: Annotated[
        str | None, typer.Option("--period", help="Month of acceptance.", metavar="YYYY-MM")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="YYYY-MM",
            help="Last month, where several are judged: in one pass, which is much faster.",
        ),
    ] = None,
    as_of: AsOfOption = None,
    route_maps: Annotated[
        Path | None,
        typer.Option(
            "--route-maps",
            metavar="FILE",
            help="Judge items that carry their own plan (Parquet or CSV) instead of a month.",
        ),
    ] = None,
    process: Annotated[
        str | None,
        typer.Option("--process", metavar="ID", help="With --route-maps: explain one process."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="With --route-maps: write an HTML page here.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Judge every item, not only those that can have changed."),
    ] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="List the verdicts that came out otherwise, and why.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option("--engine", help="What does the set work; the verdicts are the same.")
    ] = Engine.DUCKDB,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Judge the items accepted in a month, on what was known at a moment; or route maps.

    Once a month was judged, only items that new facts touch or that are still open are judged
    again.

    Example: datecertain judge --period 2026-10 --as-of 2026-11-23T00:00Z

    Example: datecertain judge --period 2026-10 --to 2027-09

    Example: datecertain judge --period 2026-10 --changes

    Example: datecertain judge --route-maps shipments.parquet
    """
    if route_maps is not None:
        _judge_route_maps(route_maps, process, report, lang, json_)
        return
    if period is None:
        raise UsageError("say what to judge: --period 2026-10, or --route-maps FILE")
    clock = SystemClock()
    moment = parse_utc(as_of) if as_of else clock.now()
    with open_workspace(workspace, write=True) as opened, progress("judge", quiet=json_) as told:
        done = judge_periods(
            opened, demand_periods(period, to), moment, clock, told, everything=everything,
            engine=engine,
        )  # fmt: skip
        listed = {
            one.period: verdict_changes(opened, one.period, one.batch_id) for one in done if changes
        }
    if json_:
        answers = [
            asdict(one) | {"as_of": format_utc(one.as_of)}
            | ({"changes": [as_json_change(it) for it in listed[one.period]]} if changes else {})
            for one in done
        ]  # fmt: skip
        say_json(answers[0] if to is None else {"months": answers})
        return
    for one in done:
        say(*(change_in_words(it) for it in listed.get(one.period, ())), _done_in_words(one))


def _done_in_words(done: JudgeReport) -> str:
    moment = format_utc(done.as_of)
    if done.already_done:
        return f"{done.period} was judged before on the same facts as of {moment}."
    what = f"{done.items} items of {done.period} judged"
    if not done.whole:
        what = f"{done.judged} of {done.items} items of {done.period} can have changed, judged"
    return (
        f"{what} as of {moment}: {done.new} new verdicts, "
        f"{done.superseding} supersede an earlier one."
    )


def _judge_route_maps(
    path: Path, process: str | None, page: Path | None, lang: Language, json_: bool
) -> None:
    result = judge_route_map_file(path)
    if page is not None:
        page.write_text(route_map_report_html(result, lang), encoding="utf-8")
    if json_:
        say_json(as_json_route_maps(result) if process is None else process_json(result, process))
        return
    speak = words(lang)
    if process is not None:
        table = process_table(result, process, speak)
        say_table(table.title, table.columns, table.rows)
        say("", *process_lines(result, process, speak))
        return
    say_table(path.name, ("", ""), summary_lines(result, speak))
    for table in report_tables(result, speak):
        say("")
        say_table(table.title, table.columns, table.rows)
    if result.summary.late:
        say("", *policy_lines(result, speak))
    if page is not None:
        say("", str(page))
