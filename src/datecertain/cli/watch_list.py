"""`datecertain watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.failed_dispatches import FailedDispatch, failed_yesterday
from datecertain.operations.on_the_way import read_on_the_way
from datecertain.operations.telling_watch import (
    COLUMNS,
    FAILED_COLUMNS,
    failed_as_json,
    failed_rows,
    list_as_json,
    states_line,
    table_rows,
    write_csv,
)
from datecertain.operations.watch_list import Asked, WatchList, watch_list
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="MOMENT",
        help="What was known at this moment, such as 2026-10-15T06:00Z (default: now).",
    ),
]  # fmt: skip


def watch(
    workspace: WorkspaceOption = Path(),
    post: Annotated[str, typer.Option("--post", help="Only what this post holds now.")] = "",
    office: Annotated[
        str, typer.Option("--office", help="Only what this office of exchange can save, or has.")
    ] = "",
    lane: Annotated[
        str, typer.Option("--lane", metavar="POST-POST", help="Only from one post to another.")
    ] = "",
    at: AtOption = None,
    failed: Annotated[
        bool,
        typer.Option("--failed-yesterday", help="Instead: dispatches that items missed yesterday."),
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Show no more items.")] = 20,
    reports: Annotated[
        int | None,
        typer.Option(
            "--reports-within", min=0,
            help="Hours within which a scan is told (default: the lane's terms).",
        ),
    ] = None,
    slack: Annotated[
        int | None,
        typer.Option(
            "--slack-used", min=0, max=100,
            help="At risk from this much on, in % (default: the lane's terms).",
        ),
    ] = None,
    chance: Annotated[
        int | None,
        typer.Option(
            "--chance", min=0, max=100,
            help="At risk below this chance, in % (default: the lane's terms).",
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="All items, as CSV.")
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Items on their way, in the order of the moment by which each can still be saved.

    Example: datecertain watch --post KR -w october
    """
    if lane and lane.count("-") != 1:
        raise UsageError(f"{lane!r} is no lane: write two posts, KR-US")
    now, lane = parse_utc(at) if at else SystemClock().now(), lane.upper()
    post, office = post.upper(), office.upper()
    speak = words(lang)
    with open_workspace(workspace) as opened, progress("watch", quiet=json_) as told:
        if failed:
            missed = failed_yesterday(opened, now, office, post, lane, told)
        else:
            found = watch_list(
                opened, now,
                Asked(post, office, lane, slack, chance, None if reports is None else reports * 60),
                limit=None if csv or json_ else limit,
                histories=read_on_the_way(workspace), progress=told,
            )  # fmt: skip
    if failed:
        _say_failed(missed, now, speak, json_)
        return
    if csv is not None:
        write_csv(found, csv)
    if json_:
        say_json(list_as_json(found))
    else:
        _say_list(found, limit, speak)


def _say_list(found: WatchList, limit: int, speak: Words) -> None:
    at, number = format_utc(found.now), sum(found.states.values())
    if not number:
        say(speak.say("watch.none", at=at, seen=speak.count(found.looked_at)))
        return
    rows = list(table_rows(found, speak))[:limit]
    columns = [speak.say(f"watch.{name}") for name in COLUMNS]
    say_table(speak.say("watch.title", at=at), columns, rows)
    if len(rows) < number:
        say(speak.say("watch.shown", shown=speak.count(len(rows))))
    say(states_line(found, speak))


def _say_failed(found: list[FailedDispatch], now: int, speak: Words, json_: bool) -> None:
    if json_:
        say_json(failed_as_json(found))
    elif not found:
        say(speak.say("watch.failed.none"))
    else:
        columns = [speak.say(f"watch.failed.{name}") for name in FAILED_COLUMNS]
        title = speak.say("watch.failed.title", at=format_utc(now))
        say_table(title, columns, list(failed_rows(found, speak)))
