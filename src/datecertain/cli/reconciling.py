"""`datecertain reconcile`: dispatches, items and bills of a month held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.operations.clock import SystemClock
from datecertain.operations.period_gaps import accept_gaps, accepted_names, period_gaps
from datecertain.operations.telling_statements import gap_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

#: Gaps of money are open.
OPEN = 4


def reconcile(
    period: PeriodOption,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="NAME", help="Accept this gap; give it again for more."),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="POST", help="The post that accepts.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The gaps between what was dispatched, received and billed in a settled month.

    Gaps of money keep the month open until each is accepted by its name; exit code 4 while any is.
    Example: datecertain reconcile --period 2026-10 --accept received_not_billed:KR-US --by KR
    --reason "test items"
    """
    with open_workspace(workspace, write=bool(accept)) as opened:
        demand_period(period)
        if accept:
            accept_gaps(opened, period, accept, by, reason, SystemClock())
        gaps, accepted = period_gaps(opened, period), accepted_names(opened, period)
    waiting = [gap for gap in gaps if gap.money and gap.name not in accepted]
    if json_:
        say_json([gap_as_json(gap, accepted) for gap in gaps])
    else:
        speak = words(lang)
        say_table(
            "", heads(speak, "reconciling", "gap", "about", "items"),
            [(speak.say(f"settlement.gap.{gap.kind}"), gap.about, str(len(gap.items)))
             for gap in gaps],
        )  # fmt: skip
        say(*(speak.say("reconciling.open", gap=gap.name, period=period) for gap in waiting))
        say(*(speak.say("reconciling.accepted", gap=name, why=why)
              for name, why in accepted.items()))  # fmt: skip
        if not waiting:
            say(speak.say("reconciling.closed", period=period))
    if waiting:
        raise typer.Exit(OPEN)
