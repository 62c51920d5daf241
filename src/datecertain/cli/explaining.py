"""`datecertain explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json
from datecertain.moments import parse_date, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.explaining import explain_item
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.explaining_json import as_json
from datecertain.verdict.telling import in_words
from datecertain.web.explanation import explanation_html, staircase_svg
from datecertain.wording import words


def explain(
    item: Annotated[str, typer.Argument(help="S10 item number.")],
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    accepted: Annotated[
        str | None,
        typer.Option(
            "--accepted",
            metavar="DATE",
            help="The acceptance of that day, for a number used again (default: the latest).",
        ),
    ] = None,
    sender: Annotated[
        bool, typer.Option("--sender", help="The verdict towards the sender instead.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with a picture.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the picture alone.")
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One item's verdict: in three sentences, then step by step with evidence and terms.

    Example: datecertain explain EE000000005KR --lang ko --html explained.html
    """
    moment = parse_utc(as_of) if as_of else None
    day = parse_date(accepted) if accepted else None
    side = "sender" if sender else "between"
    with open_workspace(workspace) as opened:
        told = explain_item(opened, item, moment, SystemClock(), side, day)
    speak = words(lang)
    if html is not None:
        html.write_text(explanation_html(told, speak), encoding="utf-8")
    if svg is not None:
        svg.write_text(staircase_svg(told, speak), encoding="utf-8")
    if json_:
        say_json(as_json(told))
    else:
        say(*in_words(told, speak))
