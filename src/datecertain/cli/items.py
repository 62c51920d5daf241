"""`datecertain item`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.cli.watch_list import AtOption
from datecertain.moments import parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.on_the_way import read_on_the_way
from datecertain.operations.telling_items import in_words, item_as_json
from datecertain.operations.telling_watch import live_lines
from datecertain.operations.timelines import item_timeline
from datecertain.operations.watch_list import live_item
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words


def item(
    number: Annotated[str, typer.Argument(help="S10 item number.")],
    workspace: WorkspaceOption = Path(),
    at: AtOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Everything known of an item, in order of time: acceptance, promise, scans, doubts, verdict.

    Example: datecertain item EE000000005KR -w october --lang ko
    """
    with open_workspace(workspace) as opened:
        told = item_timeline(opened, number)
        now = parse_utc(at) if at else SystemClock().now()
        live = live_item(opened, number, now, read_on_the_way(workspace))
    if json_:
        say_json(item_as_json(told, live))
        return
    say(*in_words(told, words(lang)))
    if live is not None:
        say("", *live_lines(live, now, words(lang)))
