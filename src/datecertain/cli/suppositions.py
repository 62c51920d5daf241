"""`datecertain tariff suppose`: past months as they might have been."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.trials import run_trial
from datecertain.errors import UsageError
from datecertain.settlement import bundled_tariff, load_tariff
from datecertain.settlement.suppositions import Move, Suppositions

_MOVE = "KR-US=KR-JP:20"


def _lane(text: str) -> tuple[str, str]:
    posts = text.upper().split("-")
    if len(posts) != 2 or not all(posts) or posts[0] == posts[1]:
        raise UsageError(f"{text!r} is not a lane: write KR-US")
    return posts[0], posts[1]


def suppose(
    month: Annotated[
        list[str], typer.Option("--month", metavar="YYYY-MM", help="A month, or several.")
    ],
    sharing: Annotated[
        str, typer.Option("--sharing", help="Share liable days by this policy: last_holder, …")
    ] = "",
    automatic: Annotated[
        list[str] | None,
        typer.Option("--automatic", metavar="LANE", help="Refund unasked on KR-US; or again."),
    ] = None,
    move: Annotated[
        list[str] | None,
        typer.Option("--move", metavar=_MOVE, help="Percent of a lane's items by another lane."),
    ] = None,
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", help="A tariff file (default: the bundled illustrative one)."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the items whose amount changes here."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What each post would have been owed with other shares, lanes or refunds; books nothing.

    What is moved fares as the other lane's own items did.

    Example: datecertain tariff suppose --month 2026-10 --move KR-US=KR-JP:20 --csv items.csv
    """
    moves = []
    for text in move or ():
        lanes, _, percent = text.partition(":")
        there, _, to = lanes.partition("=")
        if not to or not percent.isdigit():
            raise UsageError(f"{text!r} is not a move: write {_MOVE}")
        moves.append(Move(_lane(there), _lane(to), int(percent)))
    what = Suppositions(sharing, frozenset(map(_lane, automatic or ())), tuple(moves))
    if not what:
        raise UsageError("suppose something: --sharing, --automatic or --move")
    given = load_tariff(tariff) if tariff else bundled_tariff()
    months = sorted({demand_period(one) for one in month})
    run_trial(workspace, months, given, given, csv, lang, json_, what)
