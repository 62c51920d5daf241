"""`datecertain item`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.operations.telling_items import as_json, in_words
from datecertain.operations.timelines import item_timeline
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words


def item(
    number: Annotated[str, typer.Argument(help="S10 item number.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Everything known of an item, in order of time: acceptance, promise, scans, doubts, verdict.

    Example: datecertain item EE000000005KR -w october --lang ko
    """
    with open_workspace(workspace) as opened:
        told = item_timeline(opened, number)
    if json_:
        say_json(as_json(told))
    else:
        say(*in_words(told, words(lang)))
